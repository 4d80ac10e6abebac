"""What each loss is, for each row: a function of its score and its label.

A score is the linear function's value: the prediction in regression, the logit of class 1 with two
classes, one logit a class with more. Source: the names in "Linear learner hyperparameters".
"""

from __future__ import annotations

import numpy as np

from labs.cloud.algorithms.linear_learner.hyperparameters import Settings
from labs.cloud.algorithms.recordio import Array

OBJECTIVES = {  # as the log calls them; the first three are AWS's names
    "squared_loss": "mse_objective",
    "logistic": "binary_classification_cross_entropy_objective",
    "softmax_loss": "multiclass_cross_entropy_objective",
}


def objective(loss: str) -> str:
    """What the log calls the mean of a loss."""
    return OBJECTIVES.get(loss, f"{loss.removesuffix('_loss')}_objective")


def losses(scores: Array, labels: Array, settings: Settings) -> Array:
    """Shape (rows,), from scores of shape (rows,), or (rows, classes), and labels (rows,)."""
    scores = scores.astype(np.float64)
    error = np.abs(scores - labels) if settings.is_regression else np.empty(0)
    beyond = np.maximum(0.0, error - settings.loss_insensitivity)
    delta = settings.huber_delta
    found: Array
    match settings.loss:
        case "squared_loss":
            found = error**2
        case "absolute_loss":
            found = error
        case "eps_insensitive_squared_loss":
            found = beyond**2
        case "eps_insensitive_absolute_loss":
            found = beyond
        case "huber_loss":
            found = np.where(error < delta, error**2 / 2, delta * (error - delta / 2))
        case "logistic":
            found = np.logaddexp(0.0, -signs(labels) * scores)
        case "hinge_loss":
            found = np.maximum(0.0, 1.0 - signs(labels) * scores)
        case "softmax_loss":
            rows = np.arange(len(labels))
            found = np.logaddexp.reduce(scores, axis=1) - scores[rows, labels.astype(int)]
        case other:
            raise AssertionError(other)
    return found


def signs(labels: Array) -> Array:
    """-1 and 1 for the classes 0 and 1."""
    return 2.0 * labels - 1.0
