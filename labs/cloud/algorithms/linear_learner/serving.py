"""Answers from a trained model: a score for each row, and in classification the label.

Source: "Linear learner response formats" in SageMaker's developer guide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.common.answering import Columns, Model
from labs.cloud.algorithms.common.errors import BadModel
from labs.cloud.algorithms.common.layout import MODEL_NAME, model_file
from labs.cloud.algorithms.linear_learner.hyperparameters import BINARY, MULTICLASS, REGRESSOR
from labs.cloud.algorithms.recordio import Array

NAME = "linear-learner"
LARGEST = float(np.finfo(np.float32).max)

__all__ = ["BadModel", "load"]


def load(folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Model:
    """The model in `folder`, an unpacked model.tar.gz; `environment` is the model's own. Raises
    BadModel."""
    about, (weight, bias) = artefact.unpack(model_file(folder), NAME, ("weight", "bias"))
    kind, loss, threshold = (about.get(name) for name in ("predictor_type", "loss", "threshold"))
    outputs = weight.shape[-1]
    fits = {REGRESSOR: outputs == 1, BINARY: outputs == 1, MULTICLASS: outputs >= 3}
    if weight.ndim != 2 or bias.shape != (outputs,) or not isinstance(kind, str):
        raise BadModel(f"{MODEL_NAME} has a weight and a bias that do not fit together.")
    if not fits.get(kind, False):
        raise BadModel(f"{MODEL_NAME} is of predictor_type {kind!r} with {outputs} outputs.")
    if not isinstance(threshold, float) or not math.isfinite(threshold):
        raise BadModel(f"{MODEL_NAME} has the threshold {threshold!r}, which is no number.")
    weight, bias = weight.astype(np.float64), bias.astype(np.float64)

    def predict(rows: Array) -> Columns:
        scores = np.clip(rows @ weight + bias, -LARGEST, LARGEST)
        if kind == REGRESSOR:
            return {"score": _told(scores[:, 0])}
        if kind == BINARY:
            labels = (scores[:, 0] >= threshold).astype(int)
            shown = scores if loss == "hinge_loss" else _sigmoid(scores)
            return {"score": _told(shown[:, 0]), "predicted_label": labels}
        return {"score": _told(_softmax(scores)), "predicted_label": scores.argmax(axis=1)}

    return Model(weight.shape[0], outputs, predict, environment)


def _told(scores: Array) -> Array:
    return scores.astype(np.float32)


def _sigmoid(scores: Array) -> Array:
    found: Array = np.exp(-np.logaddexp(0.0, -scores))
    return found


def _softmax(scores: Array) -> Array:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Array = shifted / shifted.sum(axis=1, keepdims=True)
    return found
