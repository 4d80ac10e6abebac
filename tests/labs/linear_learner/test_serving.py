"""What is believed of a model's file, and what it answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.linear_learner.serving import BadModel, load
from tests.labs.algorithms.layouts import ask

ABOUT = {
    "algorithm": "linear-learner",
    "predictor_type": "binary_classifier",
    "loss": "logistic",
    "threshold": 1.0,
}


def folder(tmp_path: Path, weight: Any, bias: Any, **about: Any) -> Path:
    arrays = {"weight": np.array(weight, "f4"), "bias": np.array(bias, "f4")}
    (tmp_path / "model_algo-1").write_bytes(artefact.pack(ABOUT | about, arrays))
    return tmp_path


def answered(at: Path, body: bytes) -> list[dict[str, Any]]:
    status, answer = ask(load(at), body)
    assert status == 200, answer
    found: list[dict[str, Any]] = json.loads(answer)["predictions"]
    return found


def test_a_row_is_of_class_1_from_the_threshold_on(tmp_path: Path) -> None:
    found = answered(folder(tmp_path, [[2.0]], [0.0]), b"0.4\n0.5\n0\n")
    assert [each["predicted_label"] for each in found] == [0, 1, 0]
    assert found[2]["score"] == 0.5


def test_hinge_loss_has_no_chances_but_scores(tmp_path: Path) -> None:
    (found,) = answered(folder(tmp_path, [[2.0]], [0.5], loss="hinge_loss"), b"-3\n")
    assert found == {"score": -5.5, "predicted_label": 0}


def test_a_regression_has_the_score_alone(tmp_path: Path) -> None:
    found = answered(folder(tmp_path, [[2.0], [1.0]], [1.0], predictor_type="regressor"), b"3,4\n")
    assert found == [{"score": 11.0}]


@pytest.mark.parametrize(
    ("kind", "weight"),
    [
        ("regressor", [[3e38], [3e38]]),
        ("binary_classifier", [[3e38], [3e38]]),
        ("multiclass_classifier", [[3e38, -3e38, 0.0], [3e38, 0.0, -3e38]]),
    ],
)
def test_the_largest_numbers_still_have_an_answer(
    tmp_path: Path, kind: str, weight: list[list[float]]
) -> None:
    at = folder(tmp_path, weight, [0.0] * len(weight[0]), predictor_type=kind)
    for found in answered(at, b"3e38,3e38\n-3e38,-3e38\n"):
        assert np.isfinite(found["score"]).all()


@pytest.mark.parametrize(
    ("weight", "bias", "about", "message"),
    [
        ([[1.0]], [0.0, 0.0], {}, "do not fit together"),
        ([1.0], [0.0], {}, "do not fit together"),
        ([[1.0, 2.0]], [0.0, 0.0], {}, "'binary_classifier' with 2 outputs"),
        ([[1.0]], [0.0], {"predictor_type": "multiclass_classifier"}, "with 1 outputs"),
        ([[1.0]], [0.0], {"predictor_type": "other"}, "is of predictor_type 'other'"),
        ([[1.0]], [0.0], {"predictor_type": ["x"]}, "do not fit together"),
        ([[1.0]], [0.0], {"threshold": "1"}, "has the threshold '1'"),
        ([[1.0]], [0.0], {"threshold": 10**400}, "which is no number"),
        ([[1.0]], [0.0], {"algorithm": "kmeans"}, "is not a model of linear-learner"),
    ],
)
def test_a_model_that_does_not_fit_together_is_refused(
    tmp_path: Path, weight: Any, bias: Any, about: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadModel, match=message):
        load(folder(tmp_path, weight, bias, **about))


def test_an_archive_without_its_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(b"{}")
    with pytest.raises(BadModel, match="no file model_algo-1 at its top"):
        load(tmp_path)
