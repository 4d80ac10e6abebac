"""What state a CloudWatch alarm on a metric is in.

On AWS an alarm is looked at once a minute or so; here whenever somebody asks for it, and the period
that is not over yet counts as soon as there is something in it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

State: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

_COMPARED: Final = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
STATISTICS: Final = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


@dataclass(frozen=True)
class Sample:
    """Values that were put into a metric together; one value alone has a count of 1."""

    at: datetime
    count: float
    sum: float
    least: float
    most: float


@dataclass(frozen=True)
class Watch:
    """An alarm on one metric: `enough` of the last `periods` periods of `period` seconds past the
    threshold. `missing` is its TreatMissingData. Source: "Alarm evaluation" in the CloudWatch user
    guide."""

    statistic: str
    comparison: str
    threshold: float
    period: int
    periods: int
    enough: int
    missing: str = "missing"

    @property
    def is_known(self) -> bool:
        """Whether it can be told here: no percentiles, and no bands."""
        return self.statistic in STATISTICS and self.comparison in _COMPARED

    def since(self, now: datetime) -> datetime:
        """From when on samples matter."""
        return self._begin(now) - self.periods * timedelta(seconds=self.period)

    def state(self, samples: Iterable[Sample], now: datetime) -> tuple[State, str] | None:
        """The state and its reason; None if it stays as it is."""
        points = self._points(samples, now)
        told = [point for point in points if point is not None]
        if not told and self.missing in ("missing", "ignore"):
            if self.missing == "ignore":
                return None
            return "INSUFFICIENT_DATA", f"No datapoint in the last {self.periods} periods."
        past, said = _COMPARED[self.comparison]
        breaching = sum(bool(past(point, self.threshold)) for point in told)
        if self.missing == "breaching":
            breaching += len(points) - len(told)
        values = ", ".join(f"{point:g}" for point in told) or "none"
        crossed = (
            f"Threshold Crossed: {breaching} of the last {self.periods} datapoints [{values}] "
            f"{'was' if breaching == 1 else 'were'} {said} the threshold ({self.threshold:g})"
        )
        return ("ALARM" if breaching >= self.enough else "OK"), f"{crossed}."

    def _points(self, samples: Iterable[Sample], now: datetime) -> Sequence[float | None]:
        """The statistic in each of the last periods, the oldest first; None where there is no
        sample. The current period is the last one if there is something in it."""
        step = timedelta(seconds=self.period)
        current = self._begin(now)
        within: dict[datetime, list[Sample]] = {}
        for sample in samples:
            within.setdefault(self._begin(sample.at), []).append(sample)
        last = current if current in within else current - step
        begins = [last - n * step for n in reversed(range(self.periods))]
        return [self._of(within[begin]) if begin in within else None for begin in begins]

    def _begin(self, at: datetime) -> datetime:
        """The beginning of the period that a moment lies in."""
        whole = int(at.timestamp()) // self.period * self.period
        return datetime.fromtimestamp(whole, UTC)

    def _of(self, samples: Sequence[Sample]) -> float:
        count, total = sum(each.count for each in samples), sum(each.sum for each in samples)
        match self.statistic:
            case "Average":
                return total / count if count else 0.0
            case "Sum":
                return total
            case "SampleCount":
                return count
            case "Minimum":
                return min(each.least for each in samples)
            case _:
                return max(each.most for each in samples)
