"""Selected output, RecordIO in and out, several models in one archive, and one of many."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from labs.cloud.algorithms.recordio import Record, Tensor, read, rows, write
from labs.cloud.algorithms.xgboost.serving import BadModel, Model, load
from tests.labs.xgboost.asking import FEATURES, ROW, ask, train
from tests.labs.xgboost.jobs import bare, flowers, patients, tumours

FLOWER = "6.3,3.3,6.0,2.5"
RECORDIO = "application/x-recordio-protobuf"
ALL = "predicted_label,labels,probability,probabilities,raw_score,raw_scores"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a model of each objective that has classes."""
    return {
        objective: train(
            tmp_path_factory.mktemp("model"),
            data,
            objective=objective,
            **({"num_class": "3"} if objective.startswith("multi:") else {}),
        )
        for objective, data in (
            ("binary:logistic", tumours()),
            ("binary:logitraw", tumours()),
            ("binary:hinge", tumours()),
            ("multi:softmax", flowers()),
            ("multi:softprob", flowers()),
        )
    }


def selecting(folder: Path, keys: str, **more: str) -> Model:
    return load(folder, {"SAGEMAKER_INFERENCE_OUTPUT": keys} | more)


def tumour() -> str:
    return ",".join(f"{cell:g}" for cell in tumours()[0][0])


def one(model: Model, body: str, accept: str = "application/json") -> dict[str, Any]:
    status, answer = ask(model, body, accept=accept)
    assert status == 200, answer
    (row,) = json.loads(answer)["predictions"]
    assert isinstance(row, dict)
    return row


# Selected output


@pytest.mark.parametrize(
    ("objective", "label", "classes"),
    [("binary:logistic", 0, [0, 1]), ("multi:softprob", 2, [0, 1, 2])],
)
def test_a_model_of_probabilities_has_all_six_parts(
    models: dict[str, Path], objective: str, label: int, classes: list[int]
) -> None:
    body = tumour() if objective.startswith("binary") else FLOWER
    row = one(selecting(models[objective], ALL), body)
    predicted = json.loads(ask(load(models[objective]), body, accept="application/json")[1])[
        "predictions"
    ][0]["score"]

    assert list(row) == ALL.split(",")
    assert row["predicted_label"] == label
    assert row["labels"] == classes
    assert sum(row["probabilities"]) == pytest.approx(1)
    if isinstance(predicted, list):
        assert row["probabilities"] == row["raw_scores"] == predicted
        assert row["probability"] == row["raw_score"] == max(predicted)
    else:  # the probability is that of class 1, whichever is predicted
        assert row["probability"] == row["raw_score"] == predicted
        assert row["probabilities"] == row["raw_scores"] == [1.0 - predicted, predicted]


@pytest.mark.parametrize(
    ("objective", "label"),
    [("binary:logitraw", 0), ("binary:hinge", 0.0), ("multi:softmax", 2.0)],
)
def test_a_model_of_labels_has_no_probabilities(
    models: dict[str, Path], objective: str, label: float
) -> None:
    row = one(selecting(models[objective], ALL), tumour() if "binary" in objective else FLOWER)

    assert math.isnan(row["probability"])
    assert math.isnan(row["probabilities"])
    assert (row["predicted_label"], type(row["predicted_label"])) == (label, type(label))
    assert row["raw_scores"] == [1.0 - row["raw_score"], row["raw_score"]]


def test_a_regression_has_a_score_and_nothing_else(folder: Path, model: Model) -> None:
    row = one(selecting(folder, "predicted_score, predicted_label"), ROW)

    assert row["predicted_score"] == float(ask(model, ROW)[1])
    assert math.isnan(row["predicted_label"])


def test_csv_keeps_the_order_that_was_asked_for_and_quotes_lists(models: dict[str, Path]) -> None:
    model = selecting(models["multi:softprob"], " Probabilities , predicted_label,labels,nonsense")
    status, body = ask(model, f"{FLOWER}\n{FLOWER}")
    first, second = body.split("\n")  # nothing ends the last line

    assert status == 200
    assert first == second
    assert first.startswith('"[')
    assert first.endswith(']",2,"[0, 1, 2]",nan')


def test_lines_of_a_batch_transform_are_ended(models: dict[str, Path]) -> None:
    model = selecting(models["binary:logistic"], "predicted_label", SAGEMAKER_BATCH="true")

    assert ask(model, tumour()) == (200, "0\n")
    assert one(model, tumour()) == {"predicted_label": 0}


def test_json_lines_hold_the_selected_parts(models: dict[str, Path]) -> None:
    model = selecting(models["binary:logistic"], "predicted_label,labels")
    status, body = ask(model, f"{tumour()}\n{tumour()}", accept="application/jsonlines")

    assert status == 200
    assert body == '{"predicted_label": 0, "labels": [0, 1]}\n' * 2


def test_records_hold_each_the_parts_of_one_row(models: dict[str, Path]) -> None:
    model = selecting(models["multi:softprob"], "predicted_label,probabilities")
    answer = model.answer(f"5.1,3.5,1.4,0.2\n{FLOWER}".encode(), "text/csv", RECORDIO)
    first, second = read(answer.body)

    assert (answer.status, answer.content_type) == (200, RECORDIO)
    assert first.label["predicted_label"].values.tolist() == [0]
    assert second.label["predicted_label"].values.tolist() == [2]
    assert second.label["probabilities"].values.shape == (3,)
    assert first.features == {}


def test_an_objective_without_parts_is_an_error_of_the_model(tmp_path: Path) -> None:
    model = selecting(train(tmp_path, patients(), objective="count:poisson"), "predicted_score")

    assert ask(model, ROW) == (
        500,
        "Objective `count:poisson` unsupported for selectable inference predictions.",
    )
    assert ask(model, ROW, accept="text/html")[0] == 406


# RecordIO-protobuf


def test_records_are_answered_like_the_same_rows_of_csv(model: Model) -> None:
    values = np.array([float(cell) for cell in ROW.split(",")], dtype="f4")
    keys = np.arange(FEATURES, dtype="u8")
    for tensor in (Tensor(values), Tensor(values, keys, (FEATURES,)), Tensor(values, keys)):
        label = {"values": Tensor(np.ones(1, "f4"))}  # passed over
        body = write([Record({"values": tensor}, label)] * 2)
        for name in (RECORDIO, "recordio-protobuf", "Application/X-RecordIO-Protobuf; a=b"):
            assert ask(model, body, name) == ask(model, f"{ROW}\n{ROW}")


def test_what_a_sparse_record_does_not_hold_is_missing(folder: Path, model: Model) -> None:
    tensor = Tensor(np.array([0.03], "f4"), np.array([2], "u8"), (FEATURES,))
    row = [np.nan, np.nan, 0.03] + [np.nan] * 7
    expected = bare(folder).predict(xgb.DMatrix(np.array([row], dtype="f4"))).tolist()

    status, body = ask(model, write([Record({"values": tensor})]), RECORDIO)

    assert (status, float(body)) == (200, expected[0])


def test_records_may_be_narrower_than_the_model_and_not_wider(model: Model) -> None:
    def body(columns: int) -> bytes:
        return write([Record({"values": Tensor(np.zeros(columns, "f4"))})])

    assert ask(model, body(3), RECORDIO) == ask(model, "0,0,0")
    status, message = ask(model, body(11), RECORDIO)
    assert (status, "(10 vs. 11)" in message) == (400, True)


@pytest.mark.parametrize("body", [b"1,2", write([]) + b"\0", write([Record()])])
def test_what_is_no_row_of_a_record_is_not_supported(model: Model, body: bytes) -> None:
    status, message = ask(model, body, RECORDIO)
    assert status == 415
    assert message.startswith("Loading recordio-protobuf data failed with Exception")


def test_a_sparse_record_of_endless_width_takes_no_room(model: Model) -> None:
    tensor = Tensor(np.ones(1, "f4"), np.array([2**31 - 2], "u8"), (2**31 - 1,))
    assert ask(model, write([Record({"values": tensor})]), RECORDIO)[0] == 400


def test_infinity_is_refused_in_records_as_in_csv(model: Model) -> None:
    for tensor in (
        Tensor(np.full(FEATURES, np.inf, "f4")),
        Tensor(np.array([np.inf], "f4"), np.array([0], "u8"), (FEATURES,)),
    ):
        assert ask(model, write([Record({"values": tensor})]), RECORDIO)[0] == 415


def test_scores_come_as_records_if_asked_for(model: Model, models: dict[str, Path]) -> None:
    answer = model.answer(f"{ROW}\n{ROW}".encode(), "text/csv", RECORDIO)
    score = np.float32(ask(model, ROW)[1])
    of_classes = load(models["multi:softprob"]).answer(FLOWER.encode(), "text/csv", RECORDIO)
    (record,) = read(of_classes.body)

    assert answer.content_type == RECORDIO
    assert [record.label["score"].values.tolist() for record in read(answer.body)] == [[score]] * 2
    assert record.label["score"].values.shape == (3,)
    assert rows(()) is None


# Several models in one archive


def ensemble(tmp_path: Path, objective: str, **more: str) -> list[xgb.Booster]:
    """Three models that differ, put into one folder; bare boosters."""
    data = flowers() if objective.startswith("multi:") else tumours()
    boosters = []
    for number, rounds in enumerate(("1", "5", "9")):
        folder = train(
            tmp_path / "jobs" / str(number), data, objective=objective, num_round=rounds, **more
        )
        boosters.append(bare(folder))
        (tmp_path / f"xgboost-model-{number}").write_bytes((folder / "xgboost-model").read_bytes())
    return boosters


def test_several_models_answer_with_their_mean(tmp_path: Path) -> None:
    boosters = ensemble(tmp_path, "binary:logistic")
    features = tumours()[0][:5]
    body = "\n".join(",".join(f"{cell:g}" for cell in row) for row in features)
    given = xgb.DMatrix(np.array([line.split(",") for line in body.split("\n")], dtype="f4"))
    mean = np.mean([booster.predict(given) for booster in boosters], axis=0)

    status, answer = ask(load(tmp_path), body)

    assert status == 200
    assert [float(line) for line in answer.split()] == mean.tolist()
    assert len(set(answer.split())) > 1


@pytest.mark.parametrize(
    ("objective", "more"), [("multi:softmax", {"num_class": "3"}), ("binary:hinge", {})]
)
def test_models_of_classes_vote_for_each_row(
    tmp_path: Path, objective: str, more: dict[str, str]
) -> None:
    boosters = ensemble(tmp_path, objective, **more)
    features = (flowers() if more else tumours())[0]
    body = "\n".join(",".join(f"{cell:g}" for cell in row) for row in features)
    given = xgb.DMatrix(np.array([line.split(",") for line in body.split("\n")], dtype="f4"))
    votes = np.array([booster.predict(given) for booster in boosters]).astype(int)
    winners = [np.bincount(column).argmax() for column in votes.T]

    status, answer = ask(load(tmp_path), body)

    assert status == 200
    assert [float(line) for line in answer.split()] == winners
    assert len(set(winners)) > 1


def test_the_first_of_several_can_be_taken_alone(tmp_path: Path) -> None:
    (first, *_) = ensemble(tmp_path, "binary:logistic")
    model = load(tmp_path, {"SAGEMAKER_INFERENCE_ENSEMBLE": "false"})
    given = xgb.DMatrix(np.array([tumour().split(",")], dtype="f4"))

    assert float(ask(model, tumour())[1]) == first.predict(given)[0]


def test_models_of_different_kinds_are_no_ensemble(
    tmp_path: Path, folder: Path, models: dict[str, Path]
) -> None:
    for name, source in (("a", folder), ("b", models["binary:hinge"])):
        (tmp_path / name).write_bytes((source / "xgboost-model").read_bytes())
    with pytest.raises(BadModel, match="differ in features, objective or number of classes"):
        load(tmp_path)


# One of many models of an endpoint


def test_the_server_of_many_models_has_forms_of_its_own(models: dict[str, Path]) -> None:
    model = load(models["binary:logistic"], {"SAGEMAKER_MULTI_MODEL": "true"})
    plain = ask(load(models["binary:logistic"]), f"{tumour()}\n{tumour()}")[1].split()
    body = f"{tumour()}\n{tumour()}"

    assert ask(model, body, accept="text/csv") == (200, ",".join(plain))
    assert json.loads(ask(model, body)[1]) == [float(score) for score in plain]
    assert ask(model, body, accept="application/jsonlines")[0] == 406
