"""How much a tuning job may do: its ResourceLimits against SageMaker's quotas, and Hyperband's
resource.

Quotas: SageMaker developer guide, "Resource Limits for Automatic Model Tuning", as of 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.cloud.refusals import Refused, invalid
from labs.cloud.tuning.definition import EPOCHS, Definition
from labs.cloud.tuning.space import Categorical
from labs.cloud.tuning.stopping import Hyperband

MOST_JOBS = 750
MOST_PARALLEL = 10
MOST_EPOCHS = 20_000  # of Hyperband's MaxResource (API reference)
LONGEST_S = 30 * 86_400


@dataclass(frozen=True)
class Limits:
    """`hyperband` is None for any other strategy."""

    jobs: int
    parallel: int
    runtime_s: float
    hyperband: Hyperband | None


def limits(config: Mapping[str, Any], definitions: Sequence[Definition]) -> Limits:
    """From a HyperParameterTuningJobConfig. Raises Refused."""
    given, strategy = config["ResourceLimits"], config["Strategy"]
    jobs, parallel = given.get("MaxNumberOfTrainingJobs"), given["MaxParallelTrainingJobs"]
    combinations = sum(each.space.count for each in definitions)
    if not all(each.space.ranges for each in definitions):
        raise invalid("ParameterRanges needs at least one hyperparameter range.")
    if strategy == "Grid":
        jobs = _grid(definitions, combinations, jobs)
    elif jobs is None:
        if not given.get("MaxRuntimeInSeconds") and not config.get("TuningJobCompletionCriteria"):
            raise invalid(
                "ResourceLimits needs MaxNumberOfTrainingJobs, MaxRuntimeInSeconds, or there must "
                "be TuningJobCompletionCriteria: else the tuning job has no end."
            )
        jobs = int(min(MOST_JOBS, combinations))
    if jobs > MOST_JOBS:
        raise _over_quota("training jobs per hyperparameter tuning job", MOST_JOBS, jobs)
    if parallel > MOST_PARALLEL:
        raise _over_quota(
            "parallel training jobs per hyperparameter tuning job", MOST_PARALLEL, parallel
        )
    if jobs > combinations:
        raise invalid(
            "You don't have enough combinations of hyperparameter ranges. The total number of "
            f"hyperparameter combinations for the provided ranges [{combinations:.1f}] must be "
            f"equal or greater than the value of MaxNumberOfJobs, [{jobs}]. Provide additional "
            "ranges."
        )
    runtime_s = given.get("MaxRuntimeInSeconds", LONGEST_S)
    return Limits(jobs, parallel, runtime_s, _hyperband(config, definitions))


def _grid(definitions: Sequence[Definition], combinations: float, jobs: int | None) -> int:
    for definition in definitions:
        for each in definition.space.ranges:
            if not isinstance(each, Categorical):
                raise invalid(
                    "The Grid strategy supports only categorical hyperparameter ranges, and "
                    f"[{each.name}] has a range of type {each.kind}."
                )
    if jobs not in (None, combinations):
        raise invalid(
            f"With the Grid strategy MaxNumberOfTrainingJobs [{jobs}] must equal the number of "
            f"distinct combinations of the categorical values, [{combinations:.0f}]. You can "
            "leave it out."
        )
    return int(combinations)


def _hyperband(config: Mapping[str, Any], definitions: Sequence[Definition]) -> Hyperband | None:
    given = (config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig")
    if config["Strategy"] != "Hyperband":
        if given:
            raise invalid("HyperbandStrategyConfig is for the Strategy Hyperband only.")
        return None
    if config.get("TrainingJobEarlyStoppingType") == "Auto":
        raise invalid(
            "TrainingJobEarlyStoppingType must be Off with the Strategy Hyperband, which stops "
            "training jobs by a mechanism of its own."
        )
    given = given or {}
    most = given.get("MaxResource") or _epochs(definitions)
    least = given.get("MinResource") or 1
    if most is None:
        raise invalid(
            "The Strategy Hyperband needs a MaxResource in HyperbandStrategyConfig, or one of "
            f"{', '.join(EPOCHS)} in StaticHyperParameters."
        )
    if most > MOST_EPOCHS:
        raise invalid(f"MaxResource [{most}] must be at most {MOST_EPOCHS}.")
    if least > most:
        raise invalid(f"MinResource [{least}] must be at most MaxResource [{most}].")
    return Hyperband(least, most)


def _epochs(definitions: Sequence[Definition]) -> int | None:
    static = definitions[0].static
    texts = [static[name] for name in EPOCHS if name in static]
    return int(texts[0]) if texts and texts[0].isdecimal() and int(texts[0]) else None


def _over_quota(what: str, quota: int, asked: int) -> Refused:
    return Refused(
        "ResourceLimitExceeded",
        f"The account-level service limit 'Number of {what}' is {quota}, and the request is for "
        f"{asked}.",
    )
