"""Answers: statuses, forms and numbers, one by one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.algorithms.xgboost import payload, serving
from labs.cloud.algorithms.xgboost.predicting import One
from labs.cloud.algorithms.xgboost.serving import BadModel, Model, load
from tests.labs.xgboost.asking import FEATURES, ROW, ask, train
from tests.labs.xgboost.jobs import bare, flowers, job, libsvm, patients, tumours


@pytest.fixture(scope="module")
def of_classes(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Three classes, four features."""
    objective = {"objective": "multi:softprob", "num_class": "3"}
    return load(train(tmp_path_factory.mktemp("classes"), flowers(), **objective))


# Forms of an answer


def test_a_prediction_is_the_32_bit_number_as_python_writes_it_on_its_own_line(
    folder: Path, model: Model
) -> None:
    rows = np.array([[float(cell) for cell in ROW.split(",")]], dtype=np.float32)
    (prediction,) = bare(folder).predict(xgb.DMatrix(rows)).tolist()
    answer = model.answer(ROW.encode(), "text/csv", None)
    assert answer.status == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.body.decode() == f"{prediction!r}\n"


def test_each_row_has_its_line(model: Model) -> None:
    status, body = ask(model, f"{ROW}\n{ROW}\n")
    one = ask(model, ROW)[1]
    assert (status, body) == (200, one * 2)


def test_the_probabilities_of_a_row_stand_beside_each_other(of_classes: Model) -> None:
    status, body = ask(of_classes, "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5")
    lines = [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
    assert status == 200
    assert [len(line) for line in lines] == [3, 3]
    assert [sum(line) for line in lines] == [pytest.approx(1)] * 2
    assert [np.argmax(line) for line in lines] == [0, 2]


def test_json_holds_a_score_for_each_row(model: Model, of_classes: Model) -> None:
    answer = model.answer(f"{ROW}\n{ROW}".encode(), "text/csv", "application/json")
    score = float(ask(model, ROW)[1])
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {"predictions": [{"score": score}, {"score": score}]}
    status, body = ask(of_classes, "5.1,3.5,1.4,0.2", accept="application/json")
    (prediction,) = json.loads(body)["predictions"]
    assert (status, len(prediction["score"])) == (200, 3)


def test_json_lines_hold_the_same_a_line_a_row(model: Model) -> None:
    answer = model.answer(f"{ROW}\n{ROW}".encode(), "text/csv", "application/jsonlines")
    score = float(ask(model, ROW)[1])
    assert answer.content_type == "application/jsonlines"
    assert [json.loads(line) for line in answer.body.splitlines()] == [{"score": score}] * 2


@pytest.mark.parametrize("accept", [None, "", "*/*", "text/csv", "TEXT/CSV", "text/csv; q=0.5"])
def test_csv_is_what_is_answered_if_nothing_else_is_asked_for(
    model: Model, accept: str | None
) -> None:
    assert model.answer(ROW.encode(), "text/csv", accept).content_type.startswith("text/csv")


@pytest.mark.parametrize(
    "accept",
    ["text/csv, application/json", "text/html", "json"],
)
def test_another_answer_is_not_acceptable(model: Model, accept: str) -> None:
    assert ask(model, ROW, accept=accept)[0] == 406


# Content types and bodies


@pytest.mark.parametrize(
    "content_type",
    ["text/csv", "csv", "CSV", "text/csv; charset=utf-8", "text/csv;label_size=1", "Text/CSV"],
)
def test_csv_has_many_names(model: Model, content_type: str) -> None:
    assert ask(model, ROW, content_type)[0] == 200


@pytest.mark.parametrize("content_type", [None, "", "libsvm", "text/libsvm", "text/x-libsvm"])
def test_libsvm_is_meant_when_nothing_is_said(model: Model, content_type: str | None) -> None:
    assert ask(model, "0:0.1 3:0.2", content_type)[0] == 200


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/x-parquet", "parquet", "text/csv;label_size=2", "text/plain",
     ";", "\x00"],
)  # fmt: skip
def test_other_content_types_are_not_supported(model: Model, content_type: str) -> None:
    status, body = ask(model, ROW, content_type)
    assert status == 415
    assert body


def test_an_empty_body_has_an_empty_answer(model: Model) -> None:
    assert ask(model, b"") == (204, "")
    assert ask(model, b"", "application/json") == (204, "")


def test_the_body_may_have_six_mebibytes(model: Model) -> None:
    most = 6 * 1024**2
    assert ask(model, ROW + "\n" * (most - len(ROW)))[0] == 200
    status, body = ask(model, ROW + "\n" * (most + 1 - len(ROW)))
    assert (status, str(most) in body) == (413, True)


def test_the_limit_can_be_set_up_to_twenty(folder: Path) -> None:
    assert load(folder, {"MAX_CONTENT_LENGTH": "20"}).largest_body == 20
    assert load(folder, {"MAX_CONTENT_LENGTH": str(2**40)}).largest_body == 20 * 1024**2
    for nonsense in ("", "6MB", "-1"):
        with pytest.raises(BadModel, match="must be a number of bytes"):
            load(folder, {"MAX_CONTENT_LENGTH": nonsense})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", ", ", "|"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_rows_are_read_whatever_parts_them(model: Model, delimiter: str, end: str) -> None:
    row = ROW.replace(",", delimiter)
    line_end = "\r\n" if end == "\r\n" else "\n"
    assert ask(model, row + line_end + row + end) == (200, ask(model, ROW)[1] * 2)


@pytest.mark.parametrize(
    "body",
    ["a,b,c,d,e,f,g,h,i,j", f"{ROW}\n0.1,0.2", f"{ROW}\n\n{ROW}", f"{ROW},", "yes",
     '"0.1","0.2"', "1_0,2", "0.1,inf", "0.1,1e39", "١,2", "0x10,1", b"\xff\xfe", "   ", "1,-,3"]
)  # fmt: skip
def test_what_is_not_csv_is_not_supported_or_too_wide(model: Model, body: str | bytes) -> None:
    status, text = ask(model, body)
    if body == f"{ROW},":  # a blank eleventh cell
        assert status == 400
    else:
        assert status == 415
        assert text.startswith(
            "Loading csv data failed with Exception, please ensure data is in csv format:\n <class"
        )


def test_more_columns_than_features_cannot_be_evaluated(model: Model) -> None:
    status, text = ask(model, f"1,{ROW}")
    assert status == 400
    assert text == (
        "Unable to evaluate payload provided: Number of columns does not match number of features"
        " in booster. (10 vs. 11) A request holds no label."
    )
    assert ask(model, "10:1", "text/libsvm")[0] == 400


def test_fewer_columns_are_missing_ones(folder: Path, model: Model) -> None:
    rows = np.full((1, FEATURES), np.nan)
    rows[0, :3] = [0.01, 0.02, 0.03]
    (prediction,) = bare(folder).predict(xgb.DMatrix(rows)).tolist()
    assert ask(model, "0.01,0.02,0.03") == (200, f"{prediction!r}\n")


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN"])
def test_a_blank_cell_is_missing(model: Model, cell: str) -> None:
    assert ask(model, f"0.01,{cell},0.03") == ask(model, "0:0.01 2:0.03", "text/libsvm")


# libsvm


def test_libsvm_rows_mean_what_they_meant_in_training(tmp_path: Path) -> None:
    features, labels = patients()
    rows = libsvm(features, labels)
    hyperparameters = {"num_round": "10", "nthread": "1"}
    done = job(tmp_path, hyperparameters, rows, ContentType="text/libsvm").run()
    status, body = ask(load(done.layout.model), rows, "text/libsvm")
    assert status == 200
    errors = np.array([float(line) for line in body.splitlines()]) - labels
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(done.scores("train-rmse")[-1], abs=1e-3)


def test_a_label_before_the_features_is_passed_over(model: Model) -> None:
    assert ask(model, "1 1:0.1 3:0.2", "libsvm") == ask(model, "1:0.1 3:0.2", "libsvm")
    assert ask(model, "0\n1", "libsvm") == (200, ask(model, ",", "csv")[1] * 2)


@pytest.mark.parametrize(
    "body", ["1:x", "a:1", "1 2:3 x", "1:2:3", "-1:2", "1:2\n\n1:3", "qid:1 1:2", ":1", "1:inf"]
)
def test_what_is_not_libsvm_is_not_supported(model: Model, body: str) -> None:
    status, text = ask(model, body, "text/libsvm")
    assert status == 415
    assert text.startswith("Loading libsvm data failed with Exception, ")


def test_a_wide_request_takes_no_more_room_than_it_sent(model: Model) -> None:
    assert ask(model, "1:1 4294967296000:1", "libsvm")[0] == 400


# The quick way and the careful way


@given(
    st.lists(
        st.one_of(
            st.floats(width=32).map(repr),
            st.integers().map(str),
            st.sampled_from(
                ["", " ", "nan", "inf", "1_0", "1e39", "a", "\n", "\r", ";", "-", "1 2"]
            ),
        ),
        max_size=6,
    ).map(",".join)
)
def test_the_quick_way_reads_as_the_careful_one_or_leaves_it_to_it(body: str) -> None:
    row = payload.plain_row(body.encode())
    if row is not None:
        assert payload.csv_rows(body.encode()).tolist() == [
            np.array(row, dtype=np.float32).tolist()
        ]


@given(st.binary(max_size=30), st.sampled_from(["csv", "libsvm", "recordio-protobuf"]))
def test_no_body_makes_it_fail(body: bytes, content_type: str) -> None:
    assert _MODEL.answer(body, content_type, None).status in (200, 204, 400, 415)


@given(st.text(alphabet="0123456789.,:; \n-einaf", max_size=30))
def test_no_text_makes_it_fail(body: str) -> None:
    for content_type in ("csv", "libsvm"):
        assert _MODEL.answer(body.encode(), content_type, None).status in (200, 204, 400, 415)


def _small_model() -> Model:
    rows = np.arange(12.0).reshape(6, 2)
    booster = xgb.train({"nthread": 1}, xgb.DMatrix(rows, label=rows[:, 0]), 2)
    return Model(One(booster), {})


_MODEL = _small_model()


# The model


@pytest.mark.parametrize(
    ("data", "hyperparameters"),
    [
        (tumours, {"objective": "binary:logistic"}),
        (tumours, {"objective": "binary:logitraw"}),
        (tumours, {"objective": "binary:hinge"}),
        (flowers, {"objective": "multi:softmax", "num_class": "3"}),
        (flowers, {"objective": "multi:softprob", "num_class": "3"}),
        (patients, {"booster": "dart", "rate_drop": "0.5", "seed": "3"}),
        (patients, {"booster": "gblinear"}),
        (patients, {"objective": "count:poisson", "num_parallel_tree": "2"}),
    ],
)
@pytest.mark.filterwarnings("ignore:(?s).*are not used:UserWarning")
def test_every_kind_of_model_answers_as_bare_xgboost_predicts(
    tmp_path: Path, data: Callable[[], Any], hyperparameters: dict[str, str]
) -> None:
    features, labels = data()
    folder = train(tmp_path, (features, labels), **hyperparameters)
    rows = [[f"{cell:g}" for cell in row] for row in features[:40]]
    predictions = bare(folder).predict(xgb.DMatrix(np.array(rows, dtype=np.float64)))
    model = load(folder)
    together = ask(model, "\n".join(",".join(row) for row in rows))[1]
    alone = "".join(ask(model, ",".join(row))[1] for row in rows)
    wanted = "".join(",".join(map(repr, np.atleast_1d(row).tolist())) + "\n" for row in predictions)
    assert together == wanted
    assert alone == wanted


@pytest.mark.parametrize("booster", ["gbtree", "dart", "gblinear"])
@pytest.mark.filterwarnings("ignore:(?s).*are not used:UserWarning")
def test_many_threads_get_each_their_own_answer(tmp_path: Path, booster: str) -> None:
    features, labels = patients()
    model = load(train(tmp_path, (features, labels), booster=booster))
    bodies = [",".join(f"{cell:g}" for cell in row) for row in features[:60]]
    wanted = [ask(model, body) for body in bodies]
    wrong: list[str] = []
    begin = threading.Barrier(6)

    def work() -> None:
        begin.wait()
        for body, answer in zip(bodies, wanted, strict=True):
            if ask(model, body) != answer:
                wrong.append(body)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_environment_chooses_the_answer_that_is_given_unasked(folder: Path) -> None:
    json_first = load(folder, {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"})
    assert json_first.answer(ROW.encode(), "text/csv", None).content_type == "application/json"
    assert json_first.answer(ROW.encode(), "text/csv", "text/csv").content_type.startswith("text")


def test_a_batch_transform_gets_lines_whatever_it_asks_for(tmp_path: Path) -> None:
    objective = {"objective": "multi:softprob", "num_class": "3"}
    model = load(train(tmp_path, flowers(), **objective), {"SAGEMAKER_BATCH": "true"})
    status, body = ask(model, "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5", accept="application/json")
    assert status == 200
    assert [len(json.loads(line)) for line in body.splitlines()] == [3, 3]


def test_a_request_format_is_what_its_content_type_says() -> None:
    assert serving.request_format("text/csv") == "csv"
