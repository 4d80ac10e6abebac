"""Metrics: which way is better, and the same numbers as scikit-learn and xgboost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from sklearn import metrics as sk

from labs.cloud.algorithms.xgboost import metrics
from tests.labs.xgboost.jobs import Array, csv, flowers, job, patients, tumours


def last_scores(
    tmp_path: Path, hyperparameters: dict[str, str], features: Array, labels: Array
) -> tuple[dict[str, float], Array]:
    """The last line's scores of the validation data, and the model's predictions of them."""
    cut = len(labels) * 2 // 3
    done = job(
        tmp_path,
        {"num_round": "4", "max_depth": "2", "nthread": "1"} | hyperparameters,
        csv(features[:cut], labels[:cut]),
        csv(features[cut:], labels[cut:]),
    ).run()
    assert done.code == 0, done.failure
    scores = {
        name.removeprefix("validation-"): float(score)
        for name, score in (part.split(":") for part in done.lines[-1].split("\t")[1:])
        if name.startswith("validation-")
    }
    rows = np.array([[float(f"{cell:g}") for cell in row] for row in features[cut:]])
    return scores, done.booster.predict(xgb.DMatrix(rows))


def of_classes(labels: Array, classes: Array) -> dict[str, float]:
    return {
        "accuracy": sk.accuracy_score(labels, classes),
        "balanced_accuracy": sk.balanced_accuracy_score(labels, classes),
        "f1": sk.f1_score(labels, classes, average="macro"),
        "f1_macro": sk.f1_score(labels, classes, average="macro"),
        "precision_macro": sk.precision_score(labels, classes, average="macro"),
        "precision_micro": sk.precision_score(labels, classes, average="micro"),
        "recall_macro": sk.recall_score(labels, classes, average="macro"),
        "recall_micro": sk.recall_score(labels, classes, average="micro"),
    }


@pytest.mark.parametrize("objective", ["binary:logistic", "binary:logitraw", "binary:hinge"])
def test_scores_of_two_classes_are_those_of_the_predicted_class(
    tmp_path: Path, objective: str
) -> None:
    features, labels = tumours()
    true = labels[len(labels) * 2 // 3 :]
    names = [*of_classes(true, true), "f1_binary", "precision", "recall"]
    scores, predictions = last_scores(
        tmp_path, {"objective": objective, "eval_metric": ",".join(names)}, features, labels
    )
    classes = (predictions > (0 if objective == "binary:logitraw" else 0.5)).astype(int)
    wanted = of_classes(true, classes) | {
        "f1_binary": sk.f1_score(true, classes),
        "precision": sk.precision_score(true, classes),
        "recall": sk.recall_score(true, classes),
    }
    assert {name: scores[name] for name in wanted} == pytest.approx(wanted, abs=1e-5)
    assert 0.8 < scores["accuracy"] < 1


def test_accuracy_and_error_of_one_round_add_up_to_one(tmp_path: Path) -> None:
    scores, _ = last_scores(
        tmp_path, {"objective": "binary:logistic", "eval_metric": "error,accuracy"}, *tumours()
    )
    assert scores["error"] + scores["accuracy"] == pytest.approx(1, abs=2e-5)


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_scores_of_three_classes_are_those_of_the_likeliest(tmp_path: Path, objective: str) -> None:
    features, labels = flowers()
    true = labels[len(labels) * 2 // 3 :]
    scores, predictions = last_scores(
        tmp_path,
        {
            "objective": objective,
            "num_class": "3",
            "eval_metric": "merror," + ",".join(of_classes(true, true)),
        },
        features,
        labels,
    )
    classes = predictions.argmax(axis=1) if predictions.ndim == 2 else predictions
    wanted = of_classes(true, classes)
    assert {name: scores[name] for name in wanted} == pytest.approx(wanted, abs=1e-5)
    assert scores["merror"] == pytest.approx(1 - scores["accuracy"], abs=1e-5)
    assert scores["accuracy"] > 0.8


def test_scores_of_a_regression_are_those_of_the_values(tmp_path: Path) -> None:
    features, labels = patients()
    true = labels[len(labels) * 2 // 3 :]
    scores, predictions = last_scores(
        tmp_path,
        {"objective": "reg:squarederror", "eval_metric": "rmse,mae,mse,r2,mape"},
        features,
        labels,
    )
    wanted = {
        "rmse": sk.root_mean_squared_error(true, predictions),
        "mae": sk.mean_absolute_error(true, predictions),
        "mse": sk.mean_squared_error(true, predictions),
        "r2": sk.r2_score(true, predictions),
        "mape": sk.mean_absolute_percentage_error(true, predictions),
    }
    assert scores == pytest.approx(wanted, rel=1e-4)


def test_xgboosts_own_metrics_come_first_then_the_others_as_the_learner_gave_them(
    tmp_path: Path,
) -> None:
    features, labels = tumours()
    done = job(
        tmp_path,
        {
            "num_round": "1",
            "objective": "binary:logistic",
            "eval_metric": "recall,error,accuracy,auc,f1",
        },
        csv(features, labels),
    ).run()
    names = [part.split(":")[0] for part in done.lines[0].split("\t")[1:]]
    assert names == [f"train-{name}" for name in ("error", "auc", "recall", "accuracy", "f1")]


def test_with_a_tuning_objective_the_metrics_are_sorted() -> None:
    assert metrics.watched(["rmse", "mape"], None) == ("rmse", "mape")
    assert metrics.watched(["rmse", "mape"], "mphe") == ("mape", "mphe", "rmse")
    assert metrics.watched([], "rmse") == ("rmse",)
    assert metrics.watched([], None) == ()


def test_a_metric_is_either_better_high_or_better_low() -> None:
    assert (len(metrics.MAXIMIZE), len(metrics.MINIMIZE)) == (16, 17)
    assert not set(metrics.MAXIMIZE) & set(metrics.MINIMIZE)
    assert len(metrics.BY_SCIKIT_LEARN) == 15
    assert set(metrics.NAMES) >= metrics.BY_SCIKIT_LEARN


@pytest.mark.parametrize(
    ("metric", "maximized"),
    [("auc", True), ("rmse", False), ("ndcg@5", True), ("error@0.7", False), ("map@3", True)],
)
def test_a_threshold_does_not_turn_a_metric_round(metric: str, maximized: bool) -> None:
    assert metrics.is_maximized(metric) is maximized


def test_a_class_that_is_never_predicted_scores_nothing_and_warns_of_nothing() -> None:
    evaluate = metrics.evaluation(sorted(metrics.BY_SCIKIT_LEARN), "binary:logistic")
    assert evaluate is not None
    data = xgb.DMatrix(np.zeros((4, 1)), label=[0, 0, 0, 0])
    scores = dict(evaluate(np.array([0.9, 0.9, 0.9, 0.9]), data))
    assert scores["accuracy"] == 0
    assert scores["precision"] == 0


def test_nothing_of_ours_is_computed_when_xgboost_knows_all_metrics() -> None:
    assert metrics.evaluation(["auc", "error"], "binary:logistic") is None


@pytest.mark.parametrize("metric", sorted(metrics.DIFFERENCES))
@pytest.mark.parametrize("rows", [1, 2, 88, 1000, 12345])
def test_what_numpy_computes_is_scikit_learns_number_to_the_last_bit(
    metric: str, rows: int
) -> None:
    dice = np.random.default_rng(rows)
    labels, predictions = dice.normal(size=(2, rows)).astype(np.float32) * np.float32(100)
    assert metrics._of_differences()[metric](labels, predictions) == metrics._scores()[metric](
        labels, predictions
    )


def test_what_scikit_learn_refuses_it_refuses_in_its_own_words() -> None:
    labels, predictions = np.array([[1, 2], [1, np.inf]], dtype=np.float32)
    with pytest.raises(ValueError, match="Input contains infinity"):
        metrics._of_differences()["rmse"](labels, predictions)
