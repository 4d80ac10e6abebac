"""Features and labels brought to mean 0 and standard deviation 1, and a model's way back.

Source: "How linear learner works" in SageMaker's developer guide: the first rows tell both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from labs.cloud.algorithms.common.batches import Batch
from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.linear_learner.candidate import Linear
from labs.cloud.algorithms.linear_learner.hyperparameters import BINARY, MULTICLASS, Settings
from labs.cloud.algorithms.recordio import Array


@dataclass(frozen=True, eq=False)
class Scaling:
    """`mean` and `deviation` of each feature, shape (features,), and those of the label. `weights`
    of the classes, shape (classes,), or None if all count alike."""

    mean: Array
    deviation: Array
    label_mean: float
    label_deviation: float
    weights: Array | None

    @classmethod
    def of(cls, batches: Iterable[Batch], settings: Settings) -> Scaling:
        """From the first num_point_for_scaler rows. Raises CustomerError."""
        from sklearn.preprocessing import StandardScaler

        features, label = StandardScaler(), StandardScaler()
        counts = np.zeros(max(2, settings.num_classes))
        left = settings.num_point_for_scaler
        for batch in batches:
            rows, labels = batch.features[:left], labelled(batch, settings)[:left]
            features.partial_fit(rows.astype(np.float64))
            label.partial_fit(labels.astype(np.float64)[:, None])
            if not settings.is_regression:
                counts += np.bincount(labels.astype(int), minlength=len(counts))
            left -= len(rows)
            if left <= 0:
                break
        count = features.n_features_in_
        return cls(
            features.mean_ if settings.unbias_data else np.zeros(count),
            features.scale_ if settings.normalize_data else np.ones(count),
            float(label.mean_[0]) if settings.unbias_label else 0.0,
            float(label.scale_[0]) if settings.normalize_label else 1.0,
            _class_weights(counts, settings),
        )

    def features(self, rows: Array) -> Array:
        """As they are learned from. Raises CustomerError."""
        return _narrowed((rows - self.mean) / self.deviation)

    def labels(self, labels: Array) -> Array:
        """As they are learned from. Raises CustomerError."""
        return _narrowed((labels.astype(np.float64) - self.label_mean) / self.label_deviation)

    def rows(self, labels: Array) -> Array | None:
        """How much each row counts, by its class."""
        return None if self.weights is None else self.weights[labels.astype(int)]

    def undone(self, linear: Linear) -> Linear:
        """The same model for features and labels as they come."""
        weight = linear.weight.astype(np.float64) / self.deviation[:, None]
        bias = linear.bias - self.mean @ weight
        return Linear(weight * self.label_deviation, bias * self.label_deviation + self.label_mean)


def _narrowed(scaled: Array) -> Array:
    """As float32, if it fits."""
    with np.errstate(over="ignore"):
        narrow: Array = scaled.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise CustomerError("The data are so large that they do not fit into 32 bits: scale them.")
    return narrow


def labelled(batch: Batch, settings: Settings) -> Array:
    """The labels of a batch, which are what they must be. Raises CustomerError."""
    labels = batch.labels
    if labels is None:
        raise CustomerError("The data have no labels, and Linear Learner needs one for each row.")
    if settings.is_regression:
        return labels
    classes = max(2, settings.num_classes)
    wrong = labels[(labels != np.floor(labels)) | (labels < 0) | (labels >= classes)]
    if len(wrong):
        raise CustomerError(
            f"A label is {wrong[0]:g}, and with predictor_type {settings.predictor_type} labels "
            f"must be 0{' or 1' if classes == 2 else f' to {classes - 1}'}. "
            "Is the label in the first column?"
        )
    return labels


def _class_weights(counts: Array, settings: Settings) -> Array | None:
    """The weight that each class's rows have in the loss."""
    if settings.predictor_type == MULTICLASS and settings.balance_multiclass_weights:
        weights: Array = counts.sum() / (len(counts) * np.maximum(counts, 1.0))
        return weights
    weight = settings.positive_example_weight_mult
    if settings.predictor_type != BINARY or weight == 1.0:
        return None
    if weight == "balanced":
        weight = counts[0] / counts[1] if counts.all() else 1.0
    return np.array([1.0, float(weight)])
