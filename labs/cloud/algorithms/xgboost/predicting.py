"""Predictions of one model, or of several that answer together."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from xgboost import Booster

    Array: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

VOTED = ("multi:softmax", "binary:hinge")  # objectives that predict a class


class Predictor(Protocol):
    """Any thread may ask it at any time."""

    features: int
    objective: str
    classes: int  # 0 unless the objective is multi:

    def of_rows(self, rows: Array) -> Array:
        """Shape (rows,), or (rows, classes) for multi:softprob, from (rows, features)."""

    def of_matrix(self, rows: Array | csr_matrix) -> Array:
        """As `of_rows`, of sparse rows as well: what is not there is missing."""


class One:
    """A single booster, which has predicted before: its first prediction sets it up."""

    def __init__(self, booster: Booster) -> None:
        learner = json.loads(booster.save_config())["learner"]
        self.features = booster.num_features()
        self.objective = str(learner["objective"]["name"])
        self.classes = int(learner["learner_model_param"]["num_class"])
        self._booster = booster
        # Trees answer many threads at once and need no copy; the other boosters do neither.
        self._is_trees = learner["gradient_booster"]["name"] == "gbtree"
        self._one_at_a_time = threading.Lock()

    def of_rows(self, rows: Array) -> Array:
        if self._is_trees:
            predicted: Array = self._booster.inplace_predict(rows, validate_features=False)
            return predicted
        return self.of_matrix(rows)

    def of_matrix(self, rows: Array | csr_matrix) -> Array:
        import xgboost as xgb

        matrix = xgb.DMatrix(rows, nthread=1)
        with self._one_at_a_time:
            predicted: Array = self._booster.predict(matrix, validate_features=False)
        return predicted


class Ensemble:
    """The mean of what the models predict; where that is a class, the one most often predicted,
    the smallest of several. Raises ValueError if the models are not of one kind."""

    def __init__(self, models: Sequence[One]) -> None:
        kinds = {(model.features, model.objective, model.classes) for model in models}
        if len(kinds) > 1:
            raise ValueError(
                "The models of the archive differ in features, objective or number of classes: "
                + ", ".join(f"({features}, {objective}, {classes})"
                            for features, objective, classes in sorted(kinds))
            )  # fmt: skip
        ((self.features, self.objective, self.classes),) = kinds
        self._models = models

    def of_rows(self, rows: Array) -> Array:
        return self._together([model.of_rows(rows) for model in self._models])

    def of_matrix(self, rows: Array | csr_matrix) -> Array:
        return self._together([model.of_matrix(rows) for model in self._models])

    def _together(self, predicted: list[Array]) -> Array:
        import numpy as np

        all_of_them = np.stack(predicted)
        if self.objective not in VOTED:
            mean: Array = np.mean(all_of_them, axis=0)
            return mean
        classes = np.unique(all_of_them)
        votes = (all_of_them[..., None] == classes).sum(axis=0)
        winners: Array = classes[votes.argmax(axis=-1)]
        return winners
