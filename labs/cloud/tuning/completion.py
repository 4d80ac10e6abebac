"""When a tuning job launches no more training jobs, though it could."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.cloud.tuning.definition import Objective

NOTICEABLE = 0.01  # an improvement of the best by less is none (API reference)
ATTEMPTS = 5  # training jobs after which a tuning job without any result gives up


@dataclass(frozen=True)
class Ending:
    """What the tuning job becomes once its training jobs are over."""

    status: str
    reason: str | None = None


@dataclass(frozen=True)
class Result:
    """How one training job ended; `value` is None if it told no objective."""

    status: str
    value: float | None


def ending(
    criteria: Mapping[str, Any], objective: Objective, results: Sequence[Result]
) -> Ending | None:
    """Why a tuning job ends now, given how its jobs ended, in that order; None if it does not."""
    if problem := hopeless(results, ATTEMPTS):
        return Ending("Failed", problem)
    values = [each.value for each in results if each.value is not None]
    target = criteria.get("TargetObjectiveMetricValue")
    if target is not None and any(
        objective.cost(value) <= objective.cost(target) for value in values
    ):
        return Ending("Completed")
    patience = (criteria.get("BestObjectiveNotImproving") or {}).get(
        "MaxNumberOfTrainingJobsNotImproving"
    )
    if patience is not None and not_improving(objective, values) >= patience:
        return Ending("Completed")
    return None


def hopeless(results: Sequence[Result], attempts: int) -> str | None:
    """Why a tuning job has failed, in SageMaker's words, if so many jobs have all come to
    nothing."""
    if len(results) < attempts or any(each.value is not None for each in results):
        return None
    if all(each.status == "Failed" for each in results):
        return (
            f"No training job succeeded after {len(results)} attempts. For additional details, "
            "please take a look at the training job failures by listing training jobs for the "
            "hyperparameter tuning job."
        )
    if all(each.status == "Stopped" for each in results):
        return None  # somebody stopped them
    return (
        f"No objective metrics found after running {len(results)} training jobs. Please ensure "
        "that the custom algorithm is emitting the objective metric as defined by the regular "
        "expression provided."
    )


def not_improving(objective: Objective, values: Sequence[float]) -> int:
    """How many jobs have ended since the best was last improved noticeably."""
    best: float | None = None
    since = 0
    for value in values:
        cost = objective.cost(value)
        if best is None or cost < best - NOTICEABLE * abs(best):
            best, since = cost, 0
        else:
            since += 1
    return since
