"""A training job: from the files under BASE to `model/xgboost-model`.

Source: the reference container's `algorithm_mode/train.py` and `callback.py`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labs.cloud.algorithms.xgboost import channels, data, engine, metrics
from labs.cloud.algorithms.xgboost.errors import (
    AlgorithmError,
    TrainingError,
    UserError,
    not_offered,
)
from labs.cloud.algorithms.xgboost.hyperparameters import Hyperparameters, parse
from labs.cloud.algorithms.xgboost.layout import Layout

if TYPE_CHECKING:
    from xgboost import Booster
    from xgboost.callback import TrainingCallback

# Parts of messages that tell of the learner's data. The reference looks for ten; these are the
# two that this version of the libraries still says.
LEARNERS_FAULT = ("label must be in [0, num_class)", "Target is multiclass but average='binary'")

# What it says where labels are not between 0 and 1, whatever else they are.
NO_CLASSES = ("base_score must be in (0,1)", "label must be in [0,1]")

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
    _refuse_what_is_not_offered(layout)
    nthread = settings.booster.get("nthread")

    folder = layout.channel(channels.TRAIN)
    training = data.read(folder, kind, nthread)
    if training is None:
        raise UserError(f"No data in training channel path {layout.shown(folder)}")
    validation = None
    if validated:
        other = layout.channel(channels.VALIDATION)
        validation = data.read(other, kind, nthread)
        if validation is None:
            raise UserError(f"No data in validation channel path {layout.shown(other)}")
        if validation.columns != training.columns:
            raise UserError(
                f"A line of the validation channel has {validation.columns} columns, one of the"
                f" train channel {training.columns}: each holds the label and the same features."
            )
        data.warn_of_copies(folder, other)

    log.info("Single node training.")
    log.info(
        "Train matrix has %d rows and %d columns",
        training.matrix.num_row(), training.matrix.num_col(),
    )  # fmt: skip
    if validation is not None:
        log.info("Validation matrix has %d rows", validation.matrix.num_row())
    if settings.save_model_on_termination:
        keep_model_on_termination()
    booster = boost(settings, training, validation, say=say, save=layout.save_model)
    layout.save_model(bytes(booster.save_raw("ubj")))


def boost(
    settings: Hyperparameters,
    training: data.Data,
    validation: data.Data | None,
    *,
    say: Callable[[str], None],
    save: Callable[[bytes], None],
) -> Booster:
    """The rounds. Raises TrainingError with what xgboost says."""
    import xgboost as xgb

    parameters: dict[str, Any] = dict(settings.booster)
    native = [name for name in settings.metrics if name not in metrics.BY_SCIKIT_LEARN]
    if native:
        parameters["eval_metric"] = native
    watched = [(training.matrix, channels.TRAIN)]
    if validation is not None:
        watched.append((validation.matrix, channels.VALIDATION))
    try:
        return xgb.train(
            parameters,
            training.matrix,
            settings.num_round,
            evals=watched,
            custom_metric=metrics.evaluation(settings.metrics, settings.objective),
            callbacks=_callbacks(settings, validation is not None, say, save),
            verbose_eval=False,
        )
    except (xgb.core.XGBoostError, ValueError, TypeError) as error:
        raise _translated(error) from None


def _callbacks(
    settings: Hyperparameters,
    validated: bool,
    say: Callable[[str], None],
    save: Callable[[bytes], None],
) -> list[TrainingCallback]:
    """In this order: a round is told and saved before it may be the last."""
    from xgboost import callback

    class SaveModel(callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            save(bytes(model.save_raw("ubj")))
            return False

    chosen: list[TrainingCallback] = [
        callback.EvaluationMonitor(logger=lambda line: say(line.rstrip("\n")))
    ]
    if settings.save_model_on_termination:
        chosen.append(SaveModel())
    metric = settings.stopping_metric
    if settings.early_stopping_rounds and validated and metric:
        chosen.append(
            callback.EarlyStopping(
                rounds=settings.early_stopping_rounds,
                data_name=channels.VALIDATION,
                metric_name=metric,
                maximize=metrics.is_maximized(metric),
                save_best=True,
            )
        )
    return chosen


def _translated(error: Exception) -> TrainingError:
    text = str(error).partition("\nStack trace:")[0].rstrip()
    if any(phrase in text for phrase in LEARNERS_FAULT):
        return UserError(text)
    if any(phrase in text for phrase in NO_CLASSES):
        text += "\nIs the label in the first column?"
    return AlgorithmError(f"XGB train call failed with exception:\n {text}")


def _refuse_what_is_not_offered(layout: Layout) -> None:
    hosts = layout.config("resourceconfig").get("hosts", ["algo-1"])
    if len(hosts) != 1:
        raise not_offered(f"Training on {len(hosts)} instances", "Use one.")
    if "LocalPath" in layout.config("checkpointconfig"):
        raise not_offered("Checkpointing", "Leave CheckpointConfig out.")
