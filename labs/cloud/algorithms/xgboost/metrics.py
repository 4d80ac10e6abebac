"""The evaluation metrics: their names, which way is better, and who computes them.

xgboost computes most of them. Fifteen are computed with scikit-learn from the predictions of each
round, without the rows' weights, and stand after xgboost's own in a log line.

Source: the reference container's `xgb_constants.py` and `custom_metrics.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from xgboost import DMatrix

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Score: TypeAlias = Callable[[Array, Array], float]  # (labels, predictions) -> score
    Evaluation: TypeAlias = Callable[[Array, DMatrix], list[tuple[str, float]]]

MAXIMIZE = (
    "accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "map", "ndcg",
    "precision", "r2", "recall", "precision_macro", "precision_micro", "recall_macro",
    "recall_micro",
)  # fmt: skip
MINIMIZE = (
    "aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik",
    "interval-regression-accuracy", "logloss", "mae", "mape", "merror", "mlogloss", "mphe", "mse",
    "poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik",
)  # fmt: skip
NAMES = MAXIMIZE + MINIMIZE
WITH_THRESHOLD = ("error", "ndcg", "map")  # may be written metric@t

OF_LABELS = (
    "accuracy", "balanced_accuracy", "f1", "f1_binary", "f1_macro", "precision",
    "precision_macro", "precision_micro", "recall", "recall_macro", "recall_micro",
)  # fmt: skip
OF_VALUES = ("mae", "mse", "r2", "rmse")
BY_SCIKIT_LEARN = frozenset(OF_LABELS + OF_VALUES)
DIFFERENCES = frozenset(("mae", "mse", "rmse"))  # of these numpy is all that is needed

RAW_SCORES = ("binary:logitraw", "rank:pairwise", "rank:ndcg", "rank:map")  # 0 parts the classes


def is_maximized(metric: str) -> bool:
    """Whether more of it is better; `ndcg@5` goes the way of `ndcg`."""
    return metric.partition("@")[0] in MAXIMIZE


def watched(given: Sequence[str], tuning: str | None) -> tuple[str, ...]:
    """The metrics that a job reports: in the order given, or sorted with a tuning objective."""
    if tuning is None:
        return tuple(given)
    return tuple(sorted({*given, tuning}))


def evaluation(metrics: Iterable[str], objective: str) -> Evaluation | None:
    """What computes those of `metrics` that xgboost does not know; None if it knows them all.

    xgboost hands it the predictions of one data set: probabilities for binary:logistic, a row of
    them for multi:softprob, class numbers for multi:softmax.
    """
    ours = [metric for metric in metrics if metric in BY_SCIKIT_LEARN]
    if not ours:
        return None
    scores = _of_differences() if DIFFERENCES.issuperset(ours) else _scores()

    def evaluate(predictions: Array, data: DMatrix) -> list[tuple[str, float]]:
        labels = data.get_label()
        classes = predicted_classes(predictions, objective)
        return [
            (metric, scores[metric](labels, classes if metric in OF_LABELS else predictions))
            for metric in ours
        ]

    return evaluate


def predicted_classes(predictions: Array, objective: str) -> Array:
    """The class each row is put in: shape (rows,), from (rows,) or (rows, classes)."""
    if predictions.ndim == 2:
        best: Array = predictions.argmax(axis=1)
        return best
    if objective == "multi:softmax":
        return predictions
    return (predictions > (0.0 if objective in RAW_SCORES else 0.5)).astype(int)


def _of_differences() -> dict[str, Score]:
    """scikit-learn's numbers, to the last bit, without the second that loading it takes. What it
    would refuse it is handed, so that the words are its own."""
    import numpy as np

    def over(metric: str, mean: Callable[[Array], float]) -> Score:
        def score(labels: Array, predictions: Array) -> float:
            differences = labels - predictions if labels.shape == predictions.shape else None
            if differences is None or not np.isfinite(differences).all():
                return _scores()[metric](labels, predictions)
            return mean(differences.reshape(-1, 1))

        return score

    return {
        "mae": over("mae", lambda off: float(np.average(np.abs(off), axis=0)[0])),
        "mse": over("mse", lambda off: float(np.average(off**2, axis=0)[0])),
        "rmse": over("rmse", lambda off: float(np.sqrt(np.average(off**2, axis=0))[0])),
    }


def _scores() -> dict[str, Score]:
    import numpy as np
    from sklearn import metrics as sk

    def over_classes(score: Callable[..., float], average: str) -> Score:
        return lambda labels, classes: score(labels, classes, average=average, zero_division=0)

    def balanced_accuracy(labels: Array, classes: Array) -> float:
        # scikit-learn's own function warns each round in which a foreign class is predicted.
        there = np.unique(labels)
        return float(
            sk.recall_score(labels, classes, labels=there, average="macro", zero_division=0)
        )

    return {
        "accuracy": sk.accuracy_score,
        "balanced_accuracy": balanced_accuracy,
        "f1": over_classes(sk.f1_score, "macro"),
        "f1_binary": over_classes(sk.f1_score, "binary"),
        "f1_macro": over_classes(sk.f1_score, "macro"),
        "precision": over_classes(sk.precision_score, "binary"),
        "precision_macro": over_classes(sk.precision_score, "macro"),
        "precision_micro": over_classes(sk.precision_score, "micro"),
        "recall": over_classes(sk.recall_score, "binary"),
        "recall_macro": over_classes(sk.recall_score, "macro"),
        "recall_micro": over_classes(sk.recall_score, "micro"),
        "mae": sk.mean_absolute_error,
        "mse": sk.mean_squared_error,
        "r2": sk.r2_score,
        "rmse": sk.root_mean_squared_error,
    }
