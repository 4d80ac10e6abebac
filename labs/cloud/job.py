"""A training job: what was asked, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from labs.cloud.spot import DISCOUNT

TERMINAL = frozenset({"Completed", "Failed", "Stopped"})
_PRIMARY = {
    "Completed": "Completed", "Failed": "Failed", "Stopped": "Stopped",
    "MaxRuntimeExceeded": "Stopped", "MaxWaitTimeExceeded": "Stopped", "Stopping": "Stopping",
}  # fmt: skip
# As AWS words them (API reference, SecondaryStatusTransition; the SDK prints them while it waits).
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job runtime exceeded MaxWaitTimeInSeconds provided",
    "Interrupted": "The managed spot training instances were interrupted",
}
_ON_REQUEST = (
    "TuningJobArn", "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig",
    "OutputDataConfig", "ResourceConfig", "VpcConfig", "StoppingCondition", "Environment",
    "RetryStrategy", "CheckpointConfig",
)  # fmt: skip
_SWITCHES = (
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
)


@dataclass(frozen=True)
class Transition:
    """A time in one secondary status; `end` is None while it lasts."""

    status: str
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Reading:
    """A metric's value, read from a log line."""

    metric: str
    value: float
    at: datetime


@dataclass(frozen=True)
class Job:
    """`request` is CreateTrainingJob's. Times are aware. `model` is the artefact's S3 URI."""

    request: Mapping[str, Any]
    arn: str
    created: datetime
    transitions: tuple[Transition, ...]
    modified: datetime
    started: datetime | None = None
    ended: datetime | None = None
    failure: str | None = None
    model: str | None = None
    metrics: tuple[Reading, ...] = ()

    @classmethod
    def new(cls, request: Mapping[str, Any], arn: str, now: datetime) -> Job:
        return cls(request, arn, now, (Transition("Starting", now),), now)

    @property
    def name(self) -> str:
        return str(self.request["TrainingJobName"])

    @property
    def secondary(self) -> str:
        return self.transitions[-1].status

    @property
    def status(self) -> str:
        """InProgress, Stopping, Completed, Failed or Stopped. Once Stopping, only an end
        follows."""
        if self.secondary in _PRIMARY:
            return _PRIMARY[self.secondary]
        stopping = any(transition.status == "Stopping" for transition in self.transitions)
        return "Stopping" if stopping else "InProgress"

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL

    def entered(self, secondary: str, now: datetime) -> Job:
        """In the next secondary status."""
        if self.is_over:
            raise ValueError(f"{self.name} is over ({self.status}) and cannot enter {secondary}")
        last = replace(self.transitions[-1], end=now)
        over = _PRIMARY.get(secondary) in TERMINAL
        new = Transition(secondary, now, now if over else None)
        return replace(
            self,
            transitions=(*self.transitions[:-1], last, new),
            modified=now,
            started=self.started or (now if secondary == "Downloading" else None),
            ended=now if over else None,
        )

    def description(self) -> dict[str, Any]:
        """DescribeTrainingJob's answer; what is empty is left out, as AWS does."""
        told: dict[str, Any] = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            "FailureReason": self.failure,
            "ModelArtifacts": {"S3ModelArtifacts": self.model} if self.model else None,
            "CreationTime": self.created,
            "TrainingStartTime": self.started,
            "TrainingEndTime": self.ended if self.started else None,
            "LastModifiedTime": self.modified,
            "SecondaryStatusTransitions": [
                _left_out(
                    {
                        "Status": each.status,
                        "StartTime": each.start,
                        "EndTime": each.end,
                        "StatusMessage": _MESSAGES[each.status],
                    }
                )
                for each in self.transitions
            ],
            "FinalMetricDataList": [
                {"MetricName": each.metric, "Value": each.value, "Timestamp": each.at}
                for each in self.metrics
            ],
        }
        told |= {key: self.request.get(key) for key in _ON_REQUEST}
        told |= {key: bool(self.request.get(key)) for key in _SWITCHES}
        if self.started is not None and self.ended is not None:
            told |= {
                "TrainingTimeInSeconds": _whole_seconds(self.ended - self.started),
                "BillableTimeInSeconds": _whole_seconds(self._billed(self.ended - self.started)),
            }
        return _left_out(told)

    def _billed(self, trained: timedelta) -> timedelta:
        """An instance is paid for from Downloading until it ends or is taken away."""
        if not self.request.get("EnableManagedSpotTraining"):
            return trained
        waited = [
            each.end - each.start
            for each in self.transitions
            if each.status in ("Interrupted", "Starting") and each.end is not None
            if self.started is not None and each.start >= self.started
        ]
        return (trained - sum(waited, timedelta())) * (1 - DISCOUNT)

    def summary(self) -> dict[str, Any]:
        """What ListTrainingJobs says of it."""
        return _left_out(
            {
                "TrainingJobName": self.name,
                "TrainingJobArn": self.arn,
                "CreationTime": self.created,
                "TrainingEndTime": self.ended if self.started else None,
                "LastModifiedTime": self.modified,
                "TrainingJobStatus": self.status,
                "SecondaryStatus": self.secondary,
            }
        )

    # What became of it, as JSON

    def fate(self) -> dict[str, Any]:
        """Everything but the request, JSON-able; times are UTC milliseconds."""
        return {
            "created": ms(self.created),
            "modified": ms(self.modified),
            "started": None if self.started is None else ms(self.started),
            "ended": None if self.ended is None else ms(self.ended),
            "failure": self.failure,
            "model": self.model,
            "transitions": [
                [each.status, ms(each.start), None if each.end is None else ms(each.end)]
                for each in self.transitions
            ],
            "metrics": [[each.metric, each.value, ms(each.at)] for each in self.metrics],
        }

    def with_fate(self, fate: Mapping[str, Any]) -> Job:
        """The same request with what `fate` told."""
        return replace(
            self,
            created=moment(fate["created"]),
            modified=moment(fate["modified"]),
            started=None if fate["started"] is None else moment(fate["started"]),
            ended=None if fate["ended"] is None else moment(fate["ended"]),
            failure=fate["failure"],
            model=fate["model"],
            transitions=tuple(
                Transition(status, moment(start), None if end is None else moment(end))
                for status, start, end in fate["transitions"]
            ),
            metrics=tuple(Reading(name, value, moment(at)) for name, value, at in fate["metrics"]),
        )


def ms(at: datetime) -> int:
    """UTC milliseconds, rounded down."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def moment(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _whole_seconds(time: timedelta) -> int:
    return max(1, math.ceil(time.total_seconds()))


def _left_out(told: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: SDK v3 refuses an empty VpcConfig."""
    return {key: value for key, value in told.items() if value not in (None, {}, [])}
