"""Which of a search's training jobs is to stop, after what it has told just now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from labs.cloud.tuning import stopping
from labs.cloud.tuning.limits import Limits
from labs.cloud.tuning.stopping import Hyperband
from labs.cloud.tuning.trial import Trial

Rule: TypeAlias = Callable[[Trial, Iterable[Trial]], bool]  # of a trial among all of the search


def rule(config: Mapping[str, Any], limits: Limits) -> Rule:
    """That of a HyperParameterTuningJobConfig."""
    band = limits.hyperband
    if band is not None:
        return lambda trial, trials: _falls_behind(trial, _peers(trial, trials), band)
    if config.get("TrainingJobEarlyStoppingType") == "Auto":
        return lambda trial, trials: _is_unlikely(trial, _peers(trial, trials))
    return lambda trial, trials: False


def _falls_behind(trial: Trial, peers: Iterable[Trial], band: Hyperband) -> bool:
    epoch = len(trial.costs)
    if epoch >= band.most:
        return trial.rounds > band.most  # else it has ended by itself, with its model
    if epoch not in band.rungs(trial.number):
        return False
    bracket = band.bracket(trial.number)
    others = [
        each.costs[epoch - 1]
        for each in peers
        if band.bracket(each.number) == bracket and len(each.costs) >= epoch
    ]
    return not band.goes_on(trial.costs[-1], others)


def _is_unlikely(trial: Trial, peers: Iterable[Trial]) -> bool:
    completed = (each.averages for each in peers if each.run.job.status == "Completed")
    return stopping.is_unlikely(trial.costs[-1], len(trial.costs), completed)


def _peers(trial: Trial, trials: Iterable[Trial]) -> Iterator[Trial]:
    """The others of its definition: no other objective can be compared with its own. Nobody is
    looked for until one is asked for, since most epochs are no rung."""
    return (each for each in trials if each.definition is trial.definition and each is not trial)
