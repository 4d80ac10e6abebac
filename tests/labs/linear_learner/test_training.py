"""A job from its channels to its model, and back through an endpoint's door."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.linear_learner import serving, training
from labs.cloud.algorithms.recordio import Array
from tests.labs.algorithms.layouts import CSV, RECORDIO, Job, ask, csv, job, records

REGRESSION = {"predictor_type": "regressor", "mini_batch_size": "50", "epochs": "10"}
BINARY = {"predictor_type": "binary_classifier", "mini_batch_size": "50", "epochs": "6"}
MULTICLASS = {
    "predictor_type": "multiclass_classifier", "num_classes": "3", "mini_batch_size": "20",
    "epochs": "10",
}  # fmt: skip


@cache
def data(kind: str) -> Array:
    """A label and features, in an order without meaning."""
    load: Any = {"regressor": load_diabetes, "binary_classifier": load_breast_cancer}
    found = load.get(kind, load_iris)()
    table = np.column_stack([found.target, found.data])
    shuffled: Array = np.random.default_rng(0).permutation(table)
    return shuffled


def split(kind: str) -> dict[str, bytes]:
    """Three channels of csv."""
    table = data(kind)
    first, second = int(0.6 * len(table)), int(0.8 * len(table))
    parts = {"train": table[:first], "validation": table[first:second], "test": table[second:]}
    return {name: csv(part) for name, part in parts.items()}


def trained(
    base: Path,
    hyperparameters: dict[str, str],
    channels: dict[str, bytes] | None = None,
    **setting: str,
) -> Job:
    given = channels or split(hyperparameters["predictor_type"])
    return job(base, training.train, hyperparameters, given, **setting)


def about(done: Job) -> dict[str, Any]:
    raw = (done.model / "model_algo-1").read_bytes()
    return artefact.unpack(raw, "linear-learner", ("weight", "bias"))[0]


def predictions(done: Job, rows: Array) -> list[dict[str, Any]]:
    status, body = ask(serving.load(done.model), csv(rows))
    assert status == 200, body
    found: list[dict[str, Any]] = json.loads(body)["predictions"]
    return found


def test_a_regression_is_nearly_as_good_as_least_squares(tmp_path: Path) -> None:
    done = trained(tmp_path, REGRESSION)
    assert done.code == 0, done.failure
    table = data("regressor")
    found = [each["score"] for each in predictions(done, table[:, 1:])]
    left = table[:, 0] - np.array(found)
    assert (left**2).mean() < 0.6 * table[:, 0].var()  # least squares: 0.48
    (told,) = done.quality("test mse")
    assert told == pytest.approx((left[353:] ** 2).mean(), rel=0.05)


def test_two_classes_are_told_apart(tmp_path: Path) -> None:
    done = trained(tmp_path, BINARY)
    assert done.code == 0, done.failure
    table = data("binary_classifier")
    found = predictions(done, table[:, 1:])
    assert set(found[0]) == {"score", "predicted_label"}
    assert {each["predicted_label"] for each in found} == {0, 1}
    assert all(0 <= each["score"] <= 1 for each in found)
    right = np.array([each["predicted_label"] for each in found]) == table[:, 0]
    assert right.mean() > 0.95
    (told,) = done.quality("test binary_classification_accuracy")
    assert told == pytest.approx(right[455:].mean())


def test_classes_are_told_apart(tmp_path: Path) -> None:
    done = trained(tmp_path, MULTICLASS)
    assert done.code == 0, done.failure
    table = data("multiclass_classifier")
    found = predictions(done, table[:, 1:])
    assert sum(found[0]["score"]) == pytest.approx(1.0)
    assert found[0]["predicted_label"] == int(np.argmax(found[0]["score"]))
    right = np.array([each["predicted_label"] for each in found]) == table[:, 0]
    assert right.mean() > 0.9


@pytest.mark.parametrize("kind", ["regressor", "binary_classifier"])
def test_every_loss_trains_and_is_reported(tmp_path: Path, kind: str) -> None:
    from labs.cloud.algorithms.linear_learner.hyperparameters import LOSSES
    from labs.cloud.algorithms.linear_learner.losses import objective

    for loss in LOSSES[kind]:
        given = {"predictor_type": kind, "loss": loss, "epochs": "2", "num_models": "1"}
        done = trained(tmp_path / loss, given)
        assert done.code == 0, done.failure
        assert len(done.quality(f"validation {objective(loss)}")) == 3  # two epochs, and the end
        assert about(done)["loss"] == loss


def test_the_log_tells_each_epoch_and_the_end(tmp_path: Path) -> None:
    lines = trained(tmp_path, REGRESSION | {"epochs": "2"}).lines
    quality = [line for line in lines if line.startswith("#quality_metric")]
    shown = [re.sub(r"=[\d.e-]+$", "=#", line).removeprefix("#quality_metric: host=algo-1, ")
             for line in quality]  # fmt: skip
    assert shown == [
        "epoch=0, train mse_objective <loss>=#",
        "epoch=0, validation mse_objective <loss>=#",
        "epoch=1, train mse_objective <loss>=#",
        "epoch=1, validation mse_objective <loss>=#",
        "validation mse_objective <loss>=#",
        "validation mse <loss>=#",
        "validation absolute_loss <loss>=#",
        "test mse_objective <loss>=#",
        "test mse <loss>=#",
        "test absolute_loss <loss>=#",
    ]
    assert "#progress_metric: host=algo-1, completed 50 % of epochs" in lines
    assert "#progress_metric: host=algo-1, completed 100 % of epochs" in lines
    assert any(line.startswith("Best model found for hyperparameters: {") for line in lines)


def test_without_validation_the_training_data_are_told(tmp_path: Path) -> None:
    done = trained(tmp_path, BINARY, {"train": split("binary_classifier")["train"]})
    assert done.code == 0, done.failure
    assert len(done.quality("train recall")) == 1
    assert not done.quality("validation recall")
    assert "Test data is not provided." in done.lines


def test_precision_is_held_while_recall_is_raised(tmp_path: Path) -> None:
    found = {}
    for target in ("0.6", "0.999"):
        criterion = {"binary_classifier_model_selection_criteria": "recall_at_target_precision"}
        given = BINARY | criterion | {"target_precision": target, "epochs": "1", "num_models": "1"}
        done = trained(tmp_path / target, given)
        (precision,), (recall,) = (
            done.quality("validation precision"),
            done.quality("validation recall"),
        )
        assert precision >= float(target)
        found[target] = (about(done)["threshold"], recall)
    assert found["0.6"][0] < found["0.999"][0]
    assert found["0.6"][1] > found["0.999"][1]


def test_it_stops_early_where_nothing_gets_better(tmp_path: Path) -> None:
    given = BINARY | {"epochs": "50", "early_stopping_patience": "2"}
    done = trained(tmp_path / "stops", given)
    assert "Early stopping condition met. Stopping training." in done.lines
    epochs = len([line for line in done.lines if line.startswith("#progress_metric")])
    assert epochs < 30
    patient = trained(tmp_path / "patient", given | {"epochs": "4", "early_stopping_patience": "5"})
    assert "#progress_metric: host=algo-1, completed 100 % of epochs" in patient.lines


def test_several_models_are_no_worse_than_one(tmp_path: Path) -> None:
    slow = REGRESSION | {"learning_rate": "0.001", "early_stopping_patience": "20"}
    losses = [
        trained(tmp_path / number, slow | {"num_models": number}).quality("validation mse")[0]
        for number in ("1", "4")
    ]
    assert losses[1] <= losses[0]


def test_the_same_job_makes_the_same_model(tmp_path: Path) -> None:
    one, other = (trained(tmp_path / name, BINARY | {"epochs": "2"}) for name in ("a", "b"))
    raw = (one.model / "model_algo-1").read_bytes()
    assert raw == (other.model / "model_algo-1").read_bytes()


def test_recordio_and_csv_make_the_same_model(tmp_path: Path) -> None:
    table = data("regressor").astype(np.float32)
    given = REGRESSION | {"epochs": "2", "feature_dim": "10"}
    text = trained(tmp_path / "text", given, {"train": csv(table)})
    binary = trained(
        tmp_path / "binary",
        given,
        {"train": records(table[:, 1:], table[:, 0])},
        ContentType=RECORDIO,
    )
    assert binary.code == 0, binary.failure
    raw = (text.model / "model_algo-1").read_bytes()
    assert raw == (binary.model / "model_algo-1").read_bytes()


@pytest.mark.parametrize(
    ("given", "channels", "setting", "message"),
    [
        ({}, {"train": b"a,b\n1,2\n"}, {}, "column 1: 'a' is not a number"),
        ({}, {"train": b"7,1\n"}, {}, "A label is 7, and with predictor_type binary_classifier"),
        ({}, {"train": b"1,1\n0,2\n", "validation": b"1,1,1\n"}, {}, "A row has 2 features"),
        ({"feature_dim": "3"}, {"train": b"1,1\n"}, {}, "A row has 1 features"),
        ({}, {"train": b"1,1\n"}, {"ContentType": f"{CSV};label_size=0"}, "label_size=0"),
        ({}, {"train": records(np.ones((2, 1)))}, {"ContentType": RECORDIO}, "have no labels"),
        ({}, {"train": b"1,1\n", "other": b"1,1\n"}, {}, "there is no channel 'other'"),
        (
            {"predictor_type": "multiclass_classifier", "num_classes": "1000000"},
            {"train": b"1,1\n"},
            {},
            "1000000 classes with 1 features and mini_batch_size=1000 do not fit into memory",
        ),
        ({"epochs": "0"}, {"train": b"1,1\n"}, {}, "The value '0' is not valid for the 'epochs'"),
    ],
)
def test_what_the_learner_can_mend_ends_with_exit_code_2(
    tmp_path: Path,
    given: dict[str, str],
    channels: dict[str, bytes],
    setting: dict[str, str],
    message: str,
) -> None:
    done = trained(tmp_path, {"predictor_type": "binary_classifier"} | given, channels, **setting)
    assert (done.code, message in done.failure) == (2, True), done.failure
    assert not list(done.model.iterdir())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_job_that_diverges_says_what_to_lower(tmp_path: Path) -> None:
    given = REGRESSION | {"optimizer": "sgd", "learning_rate": "1e30", "normalize_data": "false"}
    done = trained(tmp_path, given, {"train": csv(data("regressor") * 1e6)})
    assert (done.code, "lower learning_rate" in done.failure) == (2, True), done.failure


def test_one_row_and_one_class_are_enough(tmp_path: Path) -> None:
    done = trained(tmp_path, BINARY, {"train": b"1,5\n", "validation": b"0,5\n", "test": b"1,5\n"})
    assert done.code == 0, done.failure
    assert not done.quality("validation roc_auc_score")
