"""What an endpoint's invocations leave behind in CloudWatch: metrics, and lines in its log.

Counted in memory, a total for each minute, and handed on when somebody looks: InvokeEndpoint does
not wait for moto.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs.cloud.job import ms
from labs.cloud.ports import Datum, Services

NAMESPACE = "AWS/SageMaker"
MOST_LINES = 10_000  # kept of a variant until somebody looks; the oldest go first
_COUNTS = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationsPerInstance")
_LATENCIES = ("ModelLatency", "OverheadLatency")
_UNITS = {  # AWS's documentation of each; the others have none
    **dict.fromkeys(
        (
            *_LATENCIES, "ContainerLatency", "ModelSetupTime", "ModelLoadingWaitTime",
            "ModelUnloadingTime", "ModelDownloadingTime", "ModelLoadingTime", "TimeInBacklog",
            "RequestDownloadLatency", "ResponseUploadLatency",
        ),
        "Microseconds",
    ),
    **dict.fromkeys(
        (
            "ApproximateBacklogSize", "ApproximateBacklogSizePerInstance",
            "HasBacklogWithoutCapacity", "RequestDownloadFailures", "ResponseUploadFailures",
            "NotificationFailures", "ExpiredRequests", "InvocationFailures",
            "InvocationsProcessed", "ServerlessProvisionedConcurrencyExecutions",
            "ServerlessProvisionedConcurrencyInvocations",
            "ServerlessProvisionedConcurrencySpilloverInvocations",
        ),
        "Count",
    ),
    "ApproximateAgeOfOldestRequest": "Seconds",
    "TotalProcessingTime": "Milliseconds",
}  # fmt: skip


@dataclass
class _Total:
    count: int = 0
    sum: float = 0.0
    least: float = 0.0
    most: float = 0.0

    def add(self, value: float) -> None:
        self.least = min(self.least, value) if self.count else value
        self.most = max(self.most, value)
        self.count += 1
        self.sum += value


class Traffic:
    """Of one variant of one endpoint, or (a variant without a name) of the endpoint as a whole.
    `host` is its instance, as the log stream names it."""

    def __init__(self, endpoint: str, variant: str, host: str) -> None:
        self._endpoint, self._variant = endpoint, variant
        self._stream = f"{variant}/{host}"
        self._lock = threading.Lock()
        self._minutes: dict[tuple[datetime, str], dict[str, _Total]] = {}
        self._others: dict[tuple[datetime, str, str | None], _Total] = defaultdict(_Total)
        self._lines: deque[tuple[datetime, str, str | None]] = deque(maxlen=MOST_LINES)

    @property
    def group(self) -> str:
        """The log group's name."""
        return _group(self._endpoint)

    def count(
        self,
        now: datetime,
        status: int,
        size: int,
        instances: int,
        model_us: float,
        over_us: float,
        config: str = "",
    ) -> None:
        """One invocation: the model's HTTP status, bytes of its answer, microseconds. A
        serverless variant has no instances. By `config`, the endpoint configuration, it is counted
        as well: that tells the fleets of an update apart."""
        values = (
            1.0,
            float(400 <= status < 500),
            float(status >= 500),
            1 / instances if instances else 0.0,
            model_us,
            over_us,
        )
        line = f'"POST /invocations HTTP/1.1" {status} {size}'
        with self._lock:
            minute = (now.replace(second=0, microsecond=0), config)
            totals = self._minutes.get(minute)
            if totals is None:
                names = (*_COUNTS, *_LATENCIES)
                totals = self._minutes[minute] = {name: _Total() for name in names}
            for total, value in zip(totals.values(), values, strict=True):
                total.add(value)
            self._lines.append((now, line, None))

    def measure(
        self, now: datetime, values: Mapping[str, float], container: str | None = None
    ) -> None:
        """Other metrics, by name; of one of the variant's containers, if it has several."""
        minute = now.replace(second=0, microsecond=0)
        with self._lock:
            for name, value in values.items():
                self._others[minute, name, container].add(value)

    def say(self, now: datetime, line: str, stream: str | None = None) -> None:
        """A line of a container's own, in the variant's stream or in one below it."""
        with self._lock:
            self._lines.append((now, line, stream))

    def hand_on(self, services: Services) -> dict[str, Any] | None:
        """Give everything to CloudWatch that it has not had: what that was, as JSON has it, for
        `give`; None if it was nothing."""
        with self._lock:
            minutes, self._minutes = self._minutes, {}
            others, self._others = self._others, defaultdict(_Total)
            said = [*self._lines]
            self._lines.clear()
        if not (minutes or others or said):
            return None
        totals: list[tuple[datetime, str, str | None, str, _Total]] = [
            (minute, name, None, config, total)
            for (minute, config), totals in minutes.items()
            for name, total in totals.items()
            if total.sum or name != "InvocationsPerInstance"
        ]
        totals += [(*key, "", total) for key, total in others.items()]
        streams: dict[str, list[tuple[int, str]]] = {}
        for at, text, below in said:
            stream = self._stream if below is None else f"{self._stream}/{below}"
            streams.setdefault(stream, []).append((ms(at), text))
        told = {
            "streams": streams,
            "totals": [
                (
                    *(minute.isoformat(), name, each.count, each.sum, each.least, each.most),
                    *(container, config),
                )
                for minute, name, container, config, each in totals
            ],
        }
        give(services, self._endpoint, self._variant, told)
        return told


def give(services: Services, endpoint: str, variant: str, told: Mapping[str, Any]) -> None:
    """Give CloudWatch what a variant's traffic told."""
    streams = told["streams"] if "streams" in told else {told["stream"]: told["lines"]}
    for stream, lines in streams.items():
        if lines:
            services.log(_group(endpoint), stream, [(at, text) for at, text in lines])
    where = (("EndpointName", endpoint), *((("VariantName", variant),) if variant else ()))
    data = []
    for each in told["totals"]:  # those of earlier versions are shorter
        minute, name, *total, container, config = (*each, None, None)[:8]
        dimensions = where if container is None else (*where, ("ContainerName", container))
        at, unit = datetime.fromisoformat(minute), _UNITS.get(name, "None")
        data.append(Datum(name, at, dimensions, tuple(total), unit))
        if config:
            by_config = (*dimensions, ("EndpointConfigName", config))
            data.append(Datum(name, at, by_config, tuple(total), unit))
    services.measure(NAMESPACE, data)


def _group(endpoint: str) -> str:
    return f"/aws/sagemaker/Endpoints/{endpoint}"
