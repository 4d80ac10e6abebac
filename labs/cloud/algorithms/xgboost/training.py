"""A training job: from the files under BASE to `model/xgboost-model`.

Source: the reference container's `algorithm_mode/train.py`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from labs.cloud.algorithms.xgboost import boosting, channels, data, engine, folds
from labs.cloud.algorithms.xgboost.checkpoints import Checkpoints
from labs.cloud.algorithms.xgboost.errors import TrainingError, UserError, not_offered
from labs.cloud.algorithms.xgboost.hyperparameters import Hyperparameters, parse
from labs.cloud.algorithms.xgboost.layout import Layout

if TYPE_CHECKING:
    from xgboost import Booster

log = logging.getLogger(__name__)


def run(
    layout: Layout,
    *,
    say: Callable[[str], None],
    keep_model_on_termination: Callable[[], None] = lambda: None,
) -> int:
    """Train; returns the exit code: 0, or 1 with the reason in `output/failure`.

    `say` gets one line a round (without the end of the line). `keep_model_on_termination` is
    called once before the first round if `save_model_on_termination` is set: from then on each
    round leaves a model, and whoever is told to end may end at once, with exit code 0.
    """
    layout.prepare()
    try:
        train(layout, say=say, keep_model_on_termination=keep_model_on_termination)
    except Exception as error:
        # SageMaker cuts FailureReason at 1024 characters: only a bug needs its traceback.
        story = "" if isinstance(error, TrainingError) else f"{traceback.format_exc(chain=False)}\n"
        failure = f"framework error: \n{story}{error}"
        layout.failure.write_text(failure, encoding="utf-8")
        log.error("Reporting training FAILURE")
        log.error(failure)
        return 1
    return 0


def train(
    layout: Layout,
    *,
    say: Callable[[str], None],
    keep_model_on_termination: Callable[[], None] = lambda: None,
) -> None:
    """As `run`, but raises: TrainingError, or whatever a bug brings."""
    engine.prepare()
    log.info("Running XGBoost Sagemaker in algorithm mode")
    settings = parse(layout.config("hyperparameters"))
    kind, validated = channels.validate(layout.config("inputdataconfig"))
    _refuse_several_hosts(layout)
    if settings.csv_weights and kind != "csv":
        log.warning("csv_weights=1 has no meaning for %s, and is passed over", kind)
    checkpoints = layout.checkpoints
    names = (channels.TRAIN, channels.VALIDATION) if validated else (channels.TRAIN,)
    tables = _read(layout, settings, kind, names)

    log.info("Single node training.")
    training = tables[channels.TRAIN].matrix
    log.info("Train matrix has %d rows and %d columns", training.num_row(), training.num_col())
    if validated:
        rows = tables[channels.VALIDATION].matrix.num_row()
        log.info("Validation matrix has %d rows", rows)
    if settings.save_model_on_termination:
        keep_model_on_termination()
    watched = [(table.matrix, name) for name, table in tables.items()]
    saved = None if checkpoints is None else Checkpoints(checkpoints)
    if settings.folds is None:
        boosted = boosting.boost(
            settings, training, watched, say=say, save=layout.save_model, checkpoints=saved
        )
        layout.save_model(_raw(boosted.booster))
        return
    joined = training
    if validated:
        log.info("Read both train and validation data into one DMatrix")
        both = data.read(
            [layout.channel(name) for name in names],
            kind,
            weighted=settings.csv_weights,
            nthread=settings.booster.get("nthread"),
        )
        assert both is not None
        joined = both.matrix
    boosters, predictions = folds.cross_validate(
        settings, joined, watched, say=say, save=layout.save_model, checkpoints=saved
    )
    layout.save_predictions(predictions)
    for fold, booster in enumerate(boosters):
        layout.save_model(_raw(booster), fold)


def _read(
    layout: Layout, settings: Hyperparameters, kind: channels.Format, names: Sequence[str]
) -> dict[str, data.Data]:
    """The channels by their names. Raises UserError."""
    tables: dict[str, data.Data] = {}
    for name, title in zip(names, ("training", "validation"), strict=False):
        folder = layout.channel(name)
        table = data.read(
            [folder], kind, weighted=settings.csv_weights, nthread=settings.booster.get("nthread")
        )
        if table is None:
            raise UserError(f"No data in {title} channel path {layout.shown(folder)}")
        tables[name] = table
    widths = [table.columns for table in tables.values()]
    if len(set(widths)) > 1:
        raise UserError(
            f"A line of the validation channel has {widths[1]} columns, one of the"
            f" train channel {widths[0]}: each holds the label and the same features."
        )
    if len(names) > 1:
        data.warn_of_copies(*map(layout.channel, names))
    return tables


def _raw(booster: Booster) -> bytes:
    return bytes(booster.save_raw("ubj"))


def _refuse_several_hosts(layout: Layout) -> None:
    hosts = layout.config("resourceconfig").get("hosts", ["algo-1"])
    if len(hosts) != 1:
        raise not_offered(f"Training on {len(hosts)} instances", "Use one.")
