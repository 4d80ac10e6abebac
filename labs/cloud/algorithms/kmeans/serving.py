"""Answers from a trained model: for each row the closest centre, and how far it is.

Source: "K-means response formats" in SageMaker's developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.common.answering import Columns, Model
from labs.cloud.algorithms.common.errors import BadModel
from labs.cloud.algorithms.common.layout import MODEL_NAME, model_file
from labs.cloud.algorithms.kmeans.nearest import nearest
from labs.cloud.algorithms.recordio import Array

NAME = "kmeans"
LARGEST = float(np.finfo(np.float32).max)

__all__ = ["BadModel", "load"]


def load(folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Model:
    """The model in `folder`, an unpacked model.tar.gz; `environment` is the model's own. Raises
    BadModel."""
    _, (centres,) = artefact.unpack(model_file(folder), NAME, ("centres",))
    if centres.ndim != 2:
        raise BadModel(f"{MODEL_NAME} has centres of shape {centres.shape}, not (k, features).")

    def predict(rows: Array) -> Columns:
        closest, squares = nearest(rows, centres)
        distances = np.minimum(np.sqrt(squares), LARGEST).astype(np.float32)
        return {"closest_cluster": closest.astype(np.float32), "distance_to_cluster": distances}

    return Model(centres.shape[1], len(centres), predict, environment)
