"""The rounds of one model. Source: the reference container's `callback.py` and `train.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from labs.cloud.algorithms.xgboost import channels, metrics
from labs.cloud.algorithms.xgboost.checkpoints import Checkpoints
from labs.cloud.algorithms.xgboost.errors import AlgorithmError, TrainingError, UserError, reason
from labs.cloud.algorithms.xgboost.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from xgboost import Booster, DMatrix
    from xgboost.callback import EarlyStopping, TrainingCallback

    Watched: TypeAlias = Sequence[tuple[DMatrix, str]]  # each with its name in the log

# Parts of messages that tell of the learner's data. The reference looks for ten; these are the
# two that this version of the libraries still says.
LEARNERS_FAULT = ("label must be in [0, num_class)", "Target is multiclass but average='binary'")

# What it says where labels are not between 0 and 1, whatever else they are.
NO_CLASSES = ("base_score must be in (0,1)", "label must be in [0,1]")

FOLLOWED = "stopping_metric"  # an attribute of a checkpoint's model


@dataclass(frozen=True)
class Boosted:
    """A model, and the scores of its last round as (data, metric, value)."""

    booster: Booster
    scores: tuple[tuple[str, str, float], ...]


def boost(
    settings: Hyperparameters,
    training: DMatrix,
    watched: Watched,
    *,
    say: Callable[[str], None],
    save: Callable[[bytes], None],
    checkpoints: Checkpoints | None = None,
) -> Boosted:
    """All rounds, or those that `checkpoints` do not hold yet. Raises TrainingError with what
    xgboost says.

    `say` gets one line a round. `save` gets the model of each round, if it is to be kept when the
    job is told to end.
    """
    import xgboost as xgb

    parameters: dict[str, Any] = dict(settings.booster)
    native = [name for name in settings.metrics if name not in metrics.BY_SCIKIT_LEARN]
    if native:
        parameters["eval_metric"] = native
    evaluation = metrics.evaluation(settings.metrics, settings.objective)
    latest = checkpoints.latest() if checkpoints else None
    begun, done = latest or (None, -1)
    history: dict[str, dict[str, list[float]]] = {}
    try:
        booster = xgb.train(
            parameters,
            training,
            settings.num_round - (done + 1),
            evals=watched,
            custom_metric=evaluation,
            callbacks=_callbacks(settings, watched, done + 1, say, save, checkpoints),
            verbose_eval=False,
            xgb_model=begun,
            evals_result=history,
        )
        if not history:  # no round was left
            evaluate: Any = evaluation  # its own annotation is of one score, it takes several
            text = booster.eval_set(watched, done, evaluate, False)
            return Boosted(booster, tuple(map(_score, text.split("\t")[1:])))
    except (xgb.core.XGBoostError, ValueError, TypeError) as error:
        raise translated(error) from None
    scores = tuple(
        (data, metric, values[-1])
        for data, columns in history.items()
        for metric, values in columns.items()
    )
    return Boosted(booster, scores)


def _score(text: str) -> tuple[str, str, float]:
    name, _, value = text.rpartition(":")
    data, _, metric = name.partition("-")
    return data, metric, float(value)


def _callbacks(
    settings: Hyperparameters,
    watched: Watched,
    start: int,
    say: Callable[[str], None],
    save: Callable[[bytes], None],
    checkpoints: Checkpoints | None,
) -> list[TrainingCallback]:
    """What happens after each round. xgboost asks no further once one says that it was the last,
    so that comes at the end. A round is told when it is saved: who reads of it can count on it."""
    from xgboost import callback

    class Keep(callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            raw = bytes(model.save_raw("ubj"))
            if checkpoints is not None:
                checkpoints.save(start + epoch, raw)
            if settings.save_model_on_termination:
                save(raw)
            return False

    class Monitor(callback.EvaluationMonitor):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return bool(super().after_iteration(model, start + epoch, evals_log))

    chosen: list[TrainingCallback] = []
    metric = settings.stopping_metric
    validated = any(name == channels.VALIDATION for _, name in watched)
    stopping = None
    if settings.early_stopping_rounds and validated and metric:
        stopping = _stopping(settings.early_stopping_rounds, metric)
        chosen.append(stopping)
    if checkpoints is not None or settings.save_model_on_termination:
        chosen.append(Keep())
    chosen.append(Monitor(logger=lambda line: say(line.rstrip("\n"))))
    if stopping is not None:
        chosen.append(_end_when_due(stopping))
    return chosen


def _stopping(rounds: int, metric: str) -> EarlyStopping:
    """Early stopping that tells nobody yet, and that goes on where a checkpoint's ended."""
    from xgboost import callback

    class Stopping(callback.EarlyStopping):
        def before_training(self, model: Any) -> Any:
            model = super().before_training(model)
            best = model.attr("best_iteration")
            if best is not None and model.attr(FOLLOWED) == metric:
                score = float(model.attr("best_score"))
                self.best_scores = {channels.VALIDATION: {metric: [score]}}
                self.stopping_history = {channels.VALIDATION: {metric: [score]}}
                self.current_rounds = self.starting_round - 1 - int(best)
            model.set_attr(**{FOLLOWED: metric})
            return model

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            super().after_iteration(model, epoch, evals_log)
            return False

        def after_training(self, model: Any) -> Any:
            model = super().after_training(model)
            model.set_attr(**{FOLLOWED: None})
            return model

    return Stopping(
        rounds=rounds,
        data_name=channels.VALIDATION,
        metric_name=metric,
        maximize=metrics.is_maximized(metric),
        save_best=True,
    )


def _end_when_due(stopping: EarlyStopping) -> TrainingCallback:
    from xgboost import callback

    class End(callback.TrainingCallback):
        def _is_due(self) -> bool:
            return bool(stopping.current_rounds >= stopping.rounds)

        def before_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return self._is_due()

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return self._is_due()

    return End()


def translated(error: Exception) -> TrainingError:
    """What xgboost or scikit-learn said, as the job's failure."""
    text = reason(error)
    if any(phrase in text for phrase in LEARNERS_FAULT):
        return UserError(text)
    if any(phrase in text for phrase in NO_CLASSES):
        text += "\nIs the label in the first column?"
    return AlgorithmError(f"XGB train call failed with exception:\n {text}")
