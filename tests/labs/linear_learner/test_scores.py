"""The losses, the threshold that suits a model best, and its scores."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import metrics

from labs.cloud.algorithms.linear_learner.hyperparameters import CRITERIA, LOSSES, read
from labs.cloud.algorithms.linear_learner.losses import losses
from labs.cloud.algorithms.linear_learner.scores import judge, scores_of
from labs.cloud.algorithms.recordio import Array

BINARY = {"predictor_type": "binary_classifier"}
MULTICLASS = {"predictor_type": "multiclass_classifier", "num_classes": "3"}
TWO_CLASSES = st.lists(
    st.tuples(st.integers(-5, 5), st.integers(0, 1)), min_size=2, max_size=25
)  # scores often alike


def of(scores: Any, labels: Any, loss: str = "auto", **given: str) -> list[float]:
    kind = next((kind for kind, names in LOSSES.items() if loss in names), "regressor")
    settings = read({"predictor_type": kind, "num_classes": "3", "loss": loss} | given)
    found: list[float] = losses(np.array(scores), np.array(labels), settings).round(6).tolist()
    return found


def test_each_loss_is_what_its_name_says() -> None:
    scores, labels = [1.0, 3.0, -0.5], [1.0, 1.0, 0.0]
    assert of(scores, labels, "squared_loss") == [0, 4, 0.25]
    assert of(scores, labels, "absolute_loss") == [0, 2, 0.5]
    insensitive = {"loss_insensitivity": "0.25"}
    assert of(scores, labels, "eps_insensitive_absolute_loss", **insensitive) == [0, 1.75, 0.25]
    assert of(scores, labels, "eps_insensitive_squared_loss", **insensitive) == [0, 3.0625, 0.0625]
    assert of(scores, labels, "huber_loss", huber_delta="1") == [0, 1.5, 0.125]
    assert of(scores, labels, "hinge_loss") == [0, 0, 0.5]


def test_logistic_and_softmax_loss_are_the_logarithm_of_what_is_missing() -> None:
    scores, labels = np.array([0.3, -2.0, 4.0]), np.array([1.0, 0.0, 0.0])
    chance = 1 / (1 + np.exp(-scores))
    expected = metrics.log_loss(labels, chance)
    assert np.mean(of(scores, labels, "logistic")) == pytest.approx(expected, abs=1e-6)
    table = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 5.0]])
    chances = np.exp(table) / np.exp(table).sum(axis=1, keepdims=True)
    expected = metrics.log_loss([2, 0], chances, labels=[0, 1, 2])
    assert np.mean(of(table, [2.0, 0.0], "softmax_loss")) == pytest.approx(expected, abs=1e-6)


def test_a_loss_far_from_the_label_is_large_and_no_overflow() -> None:
    assert of([-1e30, 1e30], [1.0, 1.0], "logistic") == [1e30, 0.0]


def value(criterion: str, found: Array, labels: Array) -> float:
    """What a criterion means; beta is 0.5."""
    hits = float((found & (labels == 1)).sum())
    precision, recall = hits / max(found.sum(), 1), hits / labels.sum()
    match criterion:
        case "accuracy":
            return float((found == (labels == 1)).mean())
        case "f_beta":
            return float(1.25 * hits / (0.25 * labels.sum() + found.sum()))
        case "precision_at_target_recall":
            return float(precision if recall >= 0.6 else -1)
        case _:
            return float(recall if precision >= 0.6 else -1)


@pytest.mark.parametrize("criterion", [each for each in CRITERIA if each != "loss_function"])
@given(rows=TWO_CLASSES)
def test_no_threshold_is_better_than_the_chosen_one(
    criterion: str, rows: list[tuple[int, int]]
) -> None:
    scores, labels = (np.array(each, dtype=np.float32) for each in zip(*rows, strict=True))
    assume(0 < labels.sum() < len(labels))
    settings = read(
        BINARY
        | {"binary_classifier_model_selection_criteria": criterion, "f_beta": "0.5"}
        | {"target_recall": "0.6", "target_precision": "0.6"}
    )
    found = judge(scores, labels, settings)
    every = [value(criterion, scores >= cut, labels) for cut in np.arange(-6, 7) - 0.5]
    assert found.value == pytest.approx(max(every))
    assert found.value == pytest.approx(value(criterion, scores >= found.threshold, labels))
    assert np.abs(scores - found.threshold).min() > 0.1  # no row lies on it
    assert found.cost == -found.value


@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 0, 0]])
def test_one_class_alone_leaves_the_threshold_where_it_is(labels: list[int]) -> None:
    found = judge(np.array([-1.0, 1.0, 2.0]), np.array(labels), read(BINARY))
    assert found.threshold == 0.0
    assert found.value == pytest.approx(2 / 3 if labels[0] else 1 / 3)


def test_only_so_many_rows_calibrate() -> None:
    scores, labels = np.array([1.0, -1.0, 5.0, 6.0]), np.array([1, 0, 0, 0])
    few = judge(scores, labels, read(BINARY | {"num_calibration_samples": "2"}))
    assert (few.threshold, few.value) == (0.0, 1.0)
    assert judge(scores, labels, read(BINARY)).value == 0.75


def test_a_model_may_be_chosen_by_its_loss() -> None:
    by_loss = {"binary_classifier_model_selection_criteria": "loss_function"}
    found = judge(np.array([0.0, 0.0]), np.array([0, 1]), read(BINARY | by_loss))
    assert found.criterion == "binary_classification_cross_entropy_objective"
    assert found.cost == found.value == pytest.approx(np.log(2))


def told(scores: Any, labels: Any, given: dict[str, str], threshold: float = 0.0) -> dict[str, Any]:
    found = scores_of(np.array(scores), np.array(labels), threshold, read(given))
    return {each.name: round(each.value, 6) for each in found}


def test_two_classes_have_their_scores() -> None:
    found = told([2.0, 1.0, -1.0, 0.5], [1, 0, 0, 1], BINARY | {"f_beta": "2"}, threshold=0.4)
    assert found.pop("binary_classification_cross_entropy_objective") > 0
    assert found == {
        "binary_classification_accuracy": 0.75,
        "binary_f_2.000": round(5 / (4 + 1.5), 6),
        "precision": round(2 / 3, 6),
        "recall": 1.0,
        "roc_auc_score": 0.75,
    }


def test_with_one_class_alone_there_is_no_auc() -> None:
    assert "roc_auc_score" not in told([1.0, 2.0], [1, 1], BINARY)


def test_classes_have_their_scores() -> None:
    table = np.array([[3.0, 1.0, 0.0], [3.0, 1.0, 0.0], [0.0, 1.0, 3.0]])
    found = told(table, [0, 1, 2], MULTICLASS | {"accuracy_top_k": "2"})
    assert found["multiclass_accuracy"] == round(2 / 3, 6)
    assert found["multiclass_top_k_accuracy_2"] == 1.0
    assert found["dcg"] == round((1 + 1 / np.log2(3) + 1) / 3, 6)
    assert found["macro_recall"] == round(2 / 3, 6)
    assert found["macro_precision"] == round((0.5 + 0 + 1) / 3, 6)
    assert found["macro_f_1.000"] == round((2 / 3 + 0 + 1) / 3, 6)


def test_a_regression_has_its_scores() -> None:
    assert told([1.0, 3.0], [1.0, 1.0], {"predictor_type": "regressor"}) == {
        "mse_objective": 2.0,
        "mse": 2.0,
        "absolute_loss": 1.0,
    }


def test_every_score_that_is_told_is_a_metric() -> None:
    """Its line is found by one of the patterns that DescribeTrainingJob shows."""
    import re

    from labs.cloud.algorithms.linear_learner.metrics import definitions

    patterns = [pattern for _, pattern, _ in definitions()]
    for (kind, names), part in itertools.product(LOSSES.items(), ("validation", "test")):
        for loss in names:
            given = {"predictor_type": kind, "num_classes": "3", "loss": loss}
            table = np.eye(3) if kind == "multiclass_classifier" else np.arange(3.0)
            for score in scores_of(table, np.array([0, 1, 1]), 0.0, read(given)):
                tag = "loss" if score.is_loss else "score"
                line = f"#quality_metric: host=algo-1, {part} {score.name} <{tag}>={score.value}"
                assert any(re.search(pattern, line) for pattern in patterns), line
