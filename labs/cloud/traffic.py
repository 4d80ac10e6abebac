"""What an endpoint's invocations leave behind in CloudWatch: metrics, and lines in its log.

Counted in memory, a total for each minute, and handed on when somebody looks: InvokeEndpoint does
not wait for moto.
"""

from __future__ import annotations

import threading
from collections import deque
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
    """Of one variant of one endpoint. `host` is its instance, as the log stream names it."""

    def __init__(self, endpoint: str, variant: str, host: str) -> None:
        self._endpoint, self._variant = endpoint, variant
        self._stream = f"{variant}/{host}"
        self._lock = threading.Lock()
        self._minutes: dict[datetime, dict[str, _Total]] = {}
        self._lines: deque[tuple[datetime, str]] = deque(maxlen=MOST_LINES)

    @property
    def group(self) -> str:
        """The log group's name."""
        return _group(self._endpoint)

    def count(
        self, now: datetime, status: int, size: int, instances: int, model_us: float, over_us: float
    ) -> None:
        """One invocation: the model's HTTP status, bytes of its answer, microseconds."""
        values = (
            1.0,
            float(400 <= status < 500),
            float(status >= 500),
            1 / max(1, instances),
            model_us,
            over_us,
        )
        line = f'"POST /invocations HTTP/1.1" {status} {size}'
        with self._lock:
            minute = now.replace(second=0, microsecond=0)
            totals = self._minutes.get(minute)
            if totals is None:
                names = (*_COUNTS, *_LATENCIES)
                totals = self._minutes[minute] = {name: _Total() for name in names}
            for total, value in zip(totals.values(), values, strict=True):
                total.add(value)
            self._lines.append((now, line))

    def say(self, now: datetime, line: str) -> None:
        """A line of the container's own."""
        with self._lock:
            self._lines.append((now, line))

    def hand_on(self, services: Services) -> dict[str, Any] | None:
        """Give everything to CloudWatch that it has not had: what that was, as JSON has it, for
        `give`; None if it was nothing."""
        with self._lock:
            minutes, self._minutes = self._minutes, {}
            lines = [(ms(at), text) for at, text in self._lines]
            self._lines.clear()
        if not (minutes or lines):
            return None
        told = {
            "stream": self._stream,
            "lines": lines,
            "totals": [
                (minute.isoformat(), name, total.count, total.sum, total.least, total.most)
                for minute, totals in minutes.items()
                for name, total in totals.items()
            ],
        }
        give(services, self._endpoint, self._variant, told)
        return told


def give(services: Services, endpoint: str, variant: str, told: Mapping[str, Any]) -> None:
    """Give CloudWatch what a variant's traffic told."""
    if lines := [(at, text) for at, text in told["lines"]]:
        services.log(_group(endpoint), told["stream"], lines)
    dimensions = (("EndpointName", endpoint), ("VariantName", variant))
    services.measure(
        NAMESPACE,
        [
            Datum(
                name,
                datetime.fromisoformat(minute),
                dimensions,
                (count, total, least, most),
                "Microseconds" if name in _LATENCIES else "None",
            )
            for minute, name, count, total, least, most in told["totals"]
        ],
    )


def _group(endpoint: str) -> str:
    return f"/aws/sagemaker/Endpoints/{endpoint}"
