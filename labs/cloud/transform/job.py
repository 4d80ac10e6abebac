"""A transform job: what was asked, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from labs.cloud.job import moment, ms

TERMINAL = frozenset({"Completed", "Failed", "Stopped"})
LONGEST_REASON = 1024  # characters of a FailureReason
# What AWS says of a job whose request left these out.
_PROCESSING = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
_INPUT = {"CompressionType": "None", "SplitType": "None"}
_OUTPUT = {"AssembleWith": "None"}
_ON_REQUEST = (
    "TransformJobName", "ModelName", "MaxConcurrentTransforms", "ModelClientConfig",
    "MaxPayloadInMB", "BatchStrategy", "Environment", "TransformInput", "TransformOutput",
    "TransformResources", "DataProcessing",
)  # fmt: skip


def with_defaults(request: Mapping[str, Any]) -> dict[str, Any]:
    """A CreateTransformJob with what it need not say."""
    return {
        **request,
        "TransformInput": _INPUT | _given(request["TransformInput"]),
        "TransformOutput": _OUTPUT | _given(request["TransformOutput"]),
        "DataProcessing": _PROCESSING | _given(request.get("DataProcessing")),
    }


@dataclass(frozen=True)
class TransformJob:
    """`request` is CreateTransformJob's, with its defaults. Times are aware."""

    request: Mapping[str, Any]
    arn: str
    created: datetime
    modified: datetime
    status: str = "InProgress"
    started: datetime | None = None
    ended: datetime | None = None
    failure: str | None = None

    @classmethod
    def new(cls, request: Mapping[str, Any], arn: str, now: datetime) -> TransformJob:
        return cls(request, arn, now, now)

    @property
    def name(self) -> str:
        return str(self.request["TransformJobName"])

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL

    def begun(self, now: datetime) -> TransformJob:
        """On its instance, which is paid for from now on."""
        return replace(self, started=now, modified=now)

    def entered(self, status: str, now: datetime, failure: str | None = None) -> TransformJob:
        """Stopping, or at its end."""
        if self.is_over:
            raise ValueError(f"{self.name} is over ({self.status}) and cannot enter {status}")
        return replace(
            self,
            status=status,
            modified=now,
            ended=now if status in TERMINAL else None,
            failure=None if failure is None else failure[:LONGEST_REASON],
        )

    def description(self) -> dict[str, Any]:
        """DescribeTransformJob's answer; what is empty is left out, as AWS does."""
        told = {key: self.request.get(key) for key in _ON_REQUEST}
        told |= {
            "TransformJobArn": self.arn,
            "TransformJobStatus": self.status,
            "FailureReason": self.failure,
            "CreationTime": self.created,
            "TransformStartTime": self.started,
            "TransformEndTime": self.ended,
        }
        return _given(told)

    def summary(self) -> dict[str, Any]:
        """What ListTransformJobs says of it."""
        told = {
            "TransformJobName": self.name,
            "TransformJobArn": self.arn,
            "CreationTime": self.created,
            "TransformEndTime": self.ended,
            "LastModifiedTime": self.modified,
            "TransformJobStatus": self.status,
            "FailureReason": self.failure,
        }
        return _given(told)

    def fate(self) -> dict[str, Any]:
        """Everything but the request, JSON-able; times are UTC milliseconds."""
        return {
            "created": ms(self.created),
            "modified": ms(self.modified),
            "status": self.status,
            "started": None if self.started is None else ms(self.started),
            "ended": None if self.ended is None else ms(self.ended),
            "failure": self.failure,
        }

    def with_fate(self, fate: Mapping[str, Any]) -> TransformJob:
        """The same request with what `fate` told."""
        return replace(
            self,
            created=moment(fate["created"]),
            modified=moment(fate["modified"]),
            status=fate["status"],
            started=None if fate["started"] is None else moment(fate["started"]),
            ended=None if fate["ended"] is None else moment(fate["ended"]),
            failure=fate["failure"],
        )


def _given(told: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (told or {}).items() if value not in (None, {}, [], "")}
