"""Cross-validation: a model for each fold, tried on the rows that it did not see.

Source: the reference container's `train.py` and `prediction_utils.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from labs.cloud.algorithms.xgboost import channels
from labs.cloud.algorithms.xgboost.boosting import Boosted, boost, translated
from labs.cloud.algorithms.xgboost.checkpoints import Checkpoints
from labs.cloud.algorithms.xgboost.hyperparameters import Hyperparameters
from labs.cloud.algorithms.xgboost.metrics import predicted_classes

if TYPE_CHECKING:
    import numpy as np
    from xgboost import Booster, DMatrix

    from labs.cloud.algorithms.xgboost.boosting import Watched

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

log = logging.getLogger(__name__)


def cross_validate(
    settings: Hyperparameters,
    joined: DMatrix,
    watched: Watched,
    *,
    say: Callable[[str], None],
    save: Callable[[bytes, int], None],
    checkpoints: Checkpoints | None = None,
) -> tuple[list[Booster], Array]:
    """`folds` times `repeats` models, and what they predicted of the rows they did not see.

    `joined` holds all rows. As in the reference, scores are those on `watched`, the whole
    channels. Without a validation channel, which the reference cannot do, they are those on the
    fold's own two parts. Of the predictions: see `Predictions.table`. Raises TrainingError.
    """
    assert settings.folds is not None
    log.info("Run %d-round of %d-fold cross validation with %d rows",
             settings.repeats, settings.folds, joined.num_row())  # fmt: skip
    validated = any(name == channels.VALIDATION for _, name in watched)
    models: list[Boosted] = []
    predictions = Predictions(joined.get_label(), settings)
    # A job that goes on must find the folds again with which it began.
    seed = 0 if settings.seed is None and checkpoints is not None else settings.seed
    for training_rows, held_rows in _splits(settings, joined, seed):
        fold = len(models)
        training, held = _part(joined, training_rows), _part(joined, held_rows)
        own = [(training, channels.TRAIN), (held, channels.VALIDATION)]

        def keep(raw: bytes, fold: int = fold) -> None:
            save(raw, fold)

        log.info("Train cross validation fold %d", fold % settings.folds + 1)
        boosted = boost(
            settings,
            training,
            watched if validated else own,
            say=say,
            save=keep,
            checkpoints=checkpoints.of_fold(fold) if checkpoints else None,
        )
        models.append(boosted)
        predictions.add(held_rows, boosted.booster.predict(held))
        if len(models) % settings.folds == 0:
            log.info("The metrics of round %d cross validation", len(models) // settings.folds)
            say(_means(settings.num_round, models[-settings.folds :]))
    if settings.repeats > 1:
        log.info("The overall metrics of %d-round cross validation", settings.repeats)
        say(_means(settings.num_round, models))
    return [each.booster for each in models], predictions.table()


def _splits(
    settings: Hyperparameters, joined: DMatrix, seed: int | None
) -> Iterator[tuple[Array, Array]]:
    import numpy as np
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

    stratified = settings.is_classification
    kind = RepeatedStratifiedKFold if stratified else RepeatedKFold
    folds = kind(n_splits=settings.folds, n_repeats=settings.repeats, random_state=_state(seed))
    labels = joined.get_label() if stratified else None
    try:
        yield from folds.split(np.zeros((joined.num_row(), 1)), labels)
    except ValueError as error:
        raise translated(error) from None


def _state(seed: int | None) -> int | None:
    """scikit-learn takes seeds of 32 bits without a sign."""
    return None if seed is None else seed % 2**32


def _part(joined: DMatrix, rows: Array) -> DMatrix:
    import xgboost as xgb

    try:
        return joined.slice(rows)
    except xgb.core.XGBoostError as error:  # rows in groups
        raise translated(error) from None


def _means(num_round: int, models: list[Boosted]) -> str:
    """`[num_round]`, and the mean of each score over the models."""
    values: dict[tuple[str, str], list[float]] = {}
    for model in models:
        for data, metric, value in model.scores:
            values.setdefault((metric, data), []).append(value)
    metrics = dict.fromkeys(metric for metric, _ in values)
    parts = [
        f"\t{data}-{metric}:{sum(of) / len(of):.5f}"
        for metric in metrics
        for data in (channels.TRAIN, channels.VALIDATION)
        if (of := values.get((metric, data)))
    ]
    return f"[{num_round}]" + "".join(parts)


class Predictions:
    """What was predicted of each row by the models that did not see it, one of each repeat."""

    def __init__(self, labels: Array, settings: Hyperparameters) -> None:
        self._labels, self._settings = labels, settings
        self._scores: list[list[float]] = [[] for _ in labels]
        self._classes: list[list[float]] = [[] for _ in labels]

    def add(self, rows: Array, predicted: Array) -> None:
        """`predicted` of shape (rows,), or (rows, classes)."""
        classes = predicted_classes(predicted, self._settings.objective)
        scores = predicted.max(axis=1) if predicted.ndim == 2 else predicted
        for row, score, chosen in zip(rows, scores.tolist(), classes.tolist(), strict=True):
            self._scores[row].append(score)
            self._classes[row].append(chosen)

    def table(self) -> Array:
        """Shape (rows, 2) or, with classes, (rows, 3): the label, the mean of the predictions (of
        the likeliest class, where there are several), and the class most often predicted, the
        smallest of several."""
        import numpy as np

        columns = [self._labels, np.array(self._scores).mean(axis=1)]
        if self._settings.is_classification:
            columns.append(np.array([max(sorted(set(of)), key=of.count) for of in self._classes]))
        return np.column_stack(columns)
