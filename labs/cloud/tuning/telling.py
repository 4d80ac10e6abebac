"""What Describe and List tell of a tuning job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.cloud.tuning.search import Search

_ON_REQUEST = (
    "HyperParameterTuningJobName", "HyperParameterTuningJobConfig", "TrainingJobDefinition",
    "TrainingJobDefinitions", "WarmStartConfig",
)  # fmt: skip


def description(search: Search, overall_best: Mapping[str, Any] | None) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob's answer; what is empty is left out, as AWS does."""
    best = search.best()
    told: dict[str, Any] = {key: search.request.get(key) for key in _ON_REQUEST}
    told |= _status(search)
    told["FailureReason"] = search.failure
    told["BestTrainingJob"] = best and best.summary()
    told["OverallBestTrainingJob"] = overall_best
    told["TuningJobCompletionDetails"] = {
        "NumberOfTrainingJobsObjectiveNotImproving": search.not_improving()
    }
    told["ConsumedResources"] = {"RuntimeInSeconds": int(search.runtime_s)}
    return {key: value for key, value in told.items() if value is not None}


def _status(search: Search) -> dict[str, Any]:
    trials = search.trials
    statuses = [each.run.job.status for each in trials]
    failures = [each.run.job.failure or "" for each in trials if each.run.job.status == "Failed"]
    retryable = sum(each.startswith("InternalServerError") for each in failures)
    objectives = [each.objective_status for each in trials]
    return {
        "HyperParameterTuningJobArn": search.arn,
        "HyperParameterTuningJobStatus": search.status,
        "CreationTime": search.created,
        "HyperParameterTuningEndTime": search.ended_at,
        "LastModifiedTime": search.modified,
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": statuses.count("InProgress") + statuses.count("Stopping"),
            "RetryableError": retryable,
            "NonRetryableError": len(failures) - retryable,
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {
            name: objectives.count(name) for name in ("Succeeded", "Pending", "Failed")
        },
    }


def summary(search: Search) -> dict[str, Any]:
    """HyperParameterTuningJobSummary."""
    config = search.request["HyperParameterTuningJobConfig"]
    told = {
        "HyperParameterTuningJobName": search.name,
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
        **_status(search),
    }
    return {key: value for key, value in told.items() if value is not None}
