"""How good a model is on data it did not learn from: the threshold that suits it, and its scores.

Which scores there are for which predictor_type: "Metrics computed by the linear learner algorithm"
in SageMaker's developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from labs.cloud.algorithms.linear_learner.hyperparameters import BINARY, REGRESSOR, Settings
from labs.cloud.algorithms.linear_learner.losses import losses, objective
from labs.cloud.algorithms.recordio import Array


class Score(NamedTuple):
    """One line of the log. A loss is better low, a score high."""

    name: str
    value: float
    is_loss: bool = False


class Judgement(NamedTuple):
    """What the model is chosen by: its name in the log and its value. `threshold` parts the two
    classes: a row whose score is at least that is of class 1."""

    criterion: str
    value: float
    is_loss: bool
    threshold: float = 0.0

    @property
    def cost(self) -> float:
        """Lower is better."""
        return self.value if self.is_loss else -self.value


def judge(scores: Array, labels: Array, settings: Settings) -> Judgement:
    """By what a job selects its model, on some rows; see `losses` for the shapes."""
    criterion = settings.binary_classifier_model_selection_criteria
    if settings.predictor_type != BINARY or criterion == "loss_function":
        mean = float(losses(scores, labels, settings).mean())
        return Judgement(objective(settings.loss), mean, is_loss=True)
    if settings.num_calibration_samples is not None:
        scores = scores[: settings.num_calibration_samples]
        labels = labels[: settings.num_calibration_samples]
    return _calibrated(scores, labels, settings)


def _calibrated(scores: Array, labels: Array, settings: Settings) -> Judgement:
    """The threshold at which the criterion is highest; of several, the one nearest to 0."""
    criterion = settings.binary_classifier_model_selection_criteria
    positives = float(labels.sum())
    if positives in (0.0, float(len(labels))):  # one class: no threshold is better than another
        accuracy = float(((scores >= 0) == (labels == 1)).mean())
        return Judgement("sampled_accuracy", accuracy, is_loss=False)
    from sklearn.metrics import roc_curve

    false_rate, true_rate, cuts = roc_curve(
        labels, scores.astype(np.float64), drop_intermediate=False
    )
    hits = true_rate * positives
    mistakes = false_rate * (len(labels) - positives)
    precision = np.divide(hits, hits + mistakes, out=np.zeros_like(hits), where=hits > 0)
    match criterion:
        case "accuracy":
            value = (hits + len(labels) - positives - mistakes) / len(labels)
        case "f_beta":
            weight = settings.f_beta**2
            value = (1 + weight) * hits / (weight * positives + hits + mistakes)
        case "precision_at_target_recall":
            value = np.where(true_rate >= settings.target_recall, precision, -1.0)
        case _:  # recall_at_target_precision
            value = np.where(precision >= settings.target_precision, true_rate, -1.0)
    between = _between(cuts)
    best = np.flatnonzero(value == value.max())
    chosen = best[np.abs(between[best]).argmin()]
    return Judgement(f"sampled_{criterion}", float(value[chosen]), False, float(between[chosen]))


def _between(cuts: Array) -> Array:
    """A threshold for each cut, halfway to the next score below it, so that no row lies on it.
    The first cut, above all scores, is infinite."""
    below = np.append(cuts[1:], cuts[-1] - 2.0)
    above = np.where(np.isinf(cuts), cuts[1] + 2.0, cuts)
    halfway: Array = (above + below) / 2
    return halfway


def scores_of(
    scores: Array, labels: Array, threshold: float, settings: Settings
) -> Iterator[Score]:
    """All that are told of a model at the end."""
    mean = float(losses(scores, labels, settings).mean())
    yield Score(objective(settings.loss), mean, is_loss=True)
    if settings.predictor_type == REGRESSOR:
        error = scores.astype(np.float64) - labels
        yield Score("mse", float((error**2).mean()), is_loss=True)
        yield Score("absolute_loss", float(np.abs(error).mean()), is_loss=True)
    elif settings.predictor_type == BINARY:
        yield from _of_two_classes(scores, labels, threshold, settings)
    else:
        yield from _of_classes(scores, labels, settings)


def _of_two_classes(
    scores: Array, labels: Array, threshold: float, settings: Settings
) -> Iterator[Score]:
    from sklearn import metrics

    found = (scores >= threshold).astype(int)
    yield Score("binary_classification_accuracy", float(metrics.accuracy_score(labels, found)))
    beta = settings.f_beta
    f_beta = metrics.fbeta_score(labels, found, beta=beta, zero_division=0)
    yield Score(f"binary_f_{beta:.3f}", float(f_beta))
    yield Score("precision", float(metrics.precision_score(labels, found, zero_division=0)))
    yield Score("recall", float(metrics.recall_score(labels, found, zero_division=0)))
    if len(np.unique(labels)) == 2:  # else there is none
        yield Score("roc_auc_score", float(metrics.roc_auc_score(labels, scores)))


def _of_classes(scores: Array, labels: Array, settings: Settings) -> Iterator[Score]:
    from sklearn import metrics

    found = scores.argmax(axis=1)
    own = scores[np.arange(len(labels)), labels.astype(int)]
    rank = 1 + (scores > own[:, None]).sum(axis=1)  # of the right class
    top, beta = settings.accuracy_top_k, settings.f_beta
    yield Score("multiclass_accuracy", float((found == labels).mean()))
    yield Score(f"multiclass_top_k_accuracy_{top}", float((rank <= top).mean()))
    yield Score("dcg", float((1 / np.log2(1 + rank)).mean()))
    averaged = {"average": "macro", "zero_division": 0}
    yield Score("macro_recall", float(metrics.recall_score(labels, found, **averaged)))
    yield Score("macro_precision", float(metrics.precision_score(labels, found, **averaged)))
    macro = metrics.fbeta_score(labels, found, beta=beta, **averaged)
    yield Score(f"macro_f_{beta:.3f}", float(macro))
