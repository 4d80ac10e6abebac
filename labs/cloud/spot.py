"""Managed spot training: cheaper instances that can be taken away while a job trains.

Source: "Managed Spot Training in Amazon SageMaker AI" in the developer guide; SageMaker's API
reference for DescribeTrainingJob.

Here no instance is taken away by itself. A job's Environment says when it is to happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.cloud.refusals import invalid

SWITCH = "OFFLINE_SPOT_INTERRUPTIONS"
LONGEST_WAIT_S = 3600  # for a built-in algorithm that has no checkpoints
WITHOUT_CHECKPOINTS = ("linear_learner", "kmeans")
DISCOUNT = 0.7  # assumed: AWS's price follows the market, and is up to 90 percent lower
DAY_S = 86_400  # MaxRuntimeInSeconds where none is given


def check(request: Mapping[str, Any], algorithm: str) -> None:
    """Raise ValidationException if a CreateTrainingJob and its waiting time do not go together."""
    conditions = request.get("StoppingCondition") or {}
    wait = conditions.get("MaxWaitTimeInSeconds")
    if not request.get("EnableManagedSpotTraining"):
        if wait is not None:
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining "
                "is set to true"
            )
        if SWITCH in (request.get("Environment") or {}):
            raise invalid(f"The variable {SWITCH} needs EnableManagedSpotTraining.")
        return
    if wait is None or wait < conditions.get("MaxRuntimeInSeconds", DAY_S):
        raise invalid(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds"
        )
    if wait > LONGEST_WAIT_S and algorithm in WITHOUT_CHECKPOINTS:
        raise invalid(
            f"MaxWaitTimeInSeconds above {LONGEST_WAIT_S} is not supported for the given algorithm."
        )
    interruptions(request)


def interruptions(request: Mapping[str, Any]) -> tuple[int, ...]:
    """After how many rounds each instance is taken away: `20,5` is once after 20, and once more
    after 5 further ones. A round is a line of the log that holds metrics. Raises
    ValidationException."""
    text = (request.get("Environment") or {}).get(SWITCH, "")
    rounds = [part.strip() for part in text.split(",")] if text.strip() else []
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 10**9 for part in rounds):
        raise invalid(
            f"The variable {SWITCH} is {text!r}, and must be numbers of rounds, such as 20,5."
        )
    return tuple(map(int, rounds))


def environment(request: Mapping[str, Any], rounds: Sequence[int]) -> dict[str, str]:
    """A job's Environment, as it is when only the interruptions after `rounds` are to come."""
    given = dict(request.get("Environment") or {})
    if SWITCH in given:
        given[SWITCH] = ",".join(map(str, rounds))
    return given
