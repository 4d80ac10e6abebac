"""The ranges that a tuning job searches: each number's scale mapped to [0, 1], and back.

The scales are those of SageMaker's documentation, "Define Hyperparameter Ranges". Which one Auto
means it does not say: here it is the logarithmic one for a range that spans two orders of
magnitude or more, else the linear one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from labs.cloud.refusals import invalid

Point: TypeAlias = "Mapping[str, str]"  # hyperparameters by name, as a training job gets them
Place: TypeAlias = "Mapping[str, float | str]"  # where a point lies: in [0, 1], or a category

MOST_RANGES = 30  # SageMaker's quota: hyperparameters that can be searched
LONG = 100  # highest / lowest from which Auto is logarithmic


@dataclass(frozen=True)
class Numeric:
    """A range of numbers, both ends included. `scale` is Linear, Logarithmic or
    ReverseLogarithmic."""

    name: str
    low: float
    high: float
    scale: str
    is_integer: bool

    @property
    def kind(self) -> str:
        return "Integer" if self.is_integer else "Continuous"

    @property
    def count(self) -> float:
        """How many values it has."""
        return self.high - self.low + 1 if self.is_integer else math.inf

    def at(self, place: float) -> str:
        """The value at a place in [0, 1]; each integer has its share around it."""
        first, last = self._ends()
        value = self._unscaled(first + place * (last - first))
        if self.is_integer:
            return str(min(max(round(value), round(self.low)), round(self.high)))
        return repr(min(max(value, self.low), self.high))

    def place(self, text: str) -> float | None:
        """Where a value lies; None if it is none of the range."""
        try:
            value = float(text)
        except ValueError:
            return None
        if not self.low <= value <= self.high or (self.is_integer and value != round(value)):
            return None
        first, last = self._ends()
        return min(max((self._scaled(value) - first) / (last - first), 0.0), 1.0)

    def _ends(self) -> tuple[float, float]:
        half = 0.5 if self.is_integer else 0.0
        return self._scaled(self.low - half), self._scaled(self.high + half)

    def _scaled(self, value: float) -> float:
        if self.scale == "Logarithmic":
            return math.log(value)
        return -math.log1p(-value) if self.scale == "ReverseLogarithmic" else value

    def _unscaled(self, value: float) -> float:
        if self.scale == "Logarithmic":
            return math.exp(value)
        return -math.expm1(-value) if self.scale == "ReverseLogarithmic" else value


@dataclass(frozen=True)
class Categorical:
    """A list of words."""

    name: str
    values: tuple[str, ...]
    kind = "Categorical"

    @property
    def count(self) -> float:
        return len(self.values)

    def place(self, text: str) -> str | None:
        return text if text in self.values else None


Range: TypeAlias = "Numeric | Categorical"


@dataclass(frozen=True)
class Space:
    """All ranges of a search."""

    ranges: tuple[Range, ...]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Space:
        """From a request's ParameterRanges. Raises Refused."""
        integers = given.get("IntegerParameterRanges") or []
        reals = given.get("ContinuousParameterRanges") or []
        words = given.get("CategoricalParameterRanges") or []
        ranges: list[Range] = [
            *(_numeric(each, is_integer=True) for each in integers),
            *(_numeric(each, is_integer=False) for each in reals),
            *map(_categorical, words),
        ]
        names = [each.name for each in ranges]
        if len(names) > MOST_RANGES:
            raise invalid(
                f"ParameterRanges has {len(names)} hyperparameters, and at most {MOST_RANGES} can "
                "be searched."
            )
        for name in names:
            if names.count(name) > 1:
                raise invalid(f"ParameterRanges has more than one range for [{name}].")
        return cls(tuple(ranges))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.ranges)

    @property
    def count(self) -> float:
        """How many points there are; infinite with a continuous range."""
        return math.prod(each.count for each in self.ranges)

    def at(self, place: Place) -> Point:
        return {
            each.name: each.at(float(place[each.name]))
            if isinstance(each, Numeric)
            else str(place[each.name])
            for each in self.ranges
        }

    def place(self, point: Point) -> Place | None:
        """Where a point lies, whatever more it has; None if it is none of the space."""
        places = {each.name: each.place(point.get(each.name, "")) for each in self.ranges}
        found = {name: place for name, place in places.items() if place is not None}
        return found if len(found) == len(places) else None

    def points(self) -> Iterator[Point]:
        """Every point, if they can be counted: the last range's values change fastest."""
        for values in itertools.product(*map(_values, self.ranges)):
            yield {each.name: value for each, value in zip(self.ranges, values, strict=True)}


def _values(given: Range) -> Sequence[str]:
    if isinstance(given, Categorical):
        return given.values
    return [str(value) for value in range(round(given.low), round(given.high) + 1)]


def _numeric(given: Mapping[str, Any], *, is_integer: bool) -> Numeric:
    name = given["Name"]
    low, high = (_number(name, given[end], is_integer) for end in ("MinValue", "MaxValue"))
    if low >= high:
        raise invalid(
            f"The MinValue [{given['MinValue']}] of hyperparameter [{name}] must be less than its "
            f"MaxValue [{given['MaxValue']}]. One value is no range: make it a static "
            "hyperparameter."
        )
    scale = given.get("ScalingType") or "Auto"
    if scale == "Auto":
        scale = "Logarithmic" if low > 0 and high / low >= LONG else "Linear"
    if scale == "Logarithmic" and low <= 0:
        raise invalid(
            f"Logarithmic scaling of hyperparameter [{name}] needs a range of values greater than "
            f"0, and its MinValue is [{given['MinValue']}]."
        )
    if scale == "ReverseLogarithmic" and is_integer:
        raise invalid(
            f"Reverse logarithmic scaling is not supported for integer hyperparameters: [{name}]."
        )
    if scale == "ReverseLogarithmic" and not 0 <= low < high < 1:
        raise invalid(
            f"Reverse logarithmic scaling of hyperparameter [{name}] needs a range within "
            f"0 <= x < 1.0, and it is [{given['MinValue']}, {given['MaxValue']}]."
        )
    return Numeric(name, low, high, scale, is_integer)


def _number(name: str, text: str, is_integer: bool) -> float:
    try:
        value = float(int(text)) if is_integer else float(text)
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        what = "an integer" if is_integer else "a number"
        raise invalid(f"[{text}] in the range of hyperparameter [{name}] is not {what}.")
    return value


def _categorical(given: Mapping[str, Any]) -> Categorical:
    name, values = given["Name"], tuple(given["Values"])
    for value in values:
        if values.count(value) > 1:
            raise invalid(f"The values of hyperparameter [{name}] hold [{value}] more than once.")
    return Categorical(name, values)
