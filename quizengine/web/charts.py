"""Where the lines and bars of the charts stand. What is drawn is told in words and tables too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from quizengine.agenda import date_of
from quizengine.scoring import HIGHEST, LOWEST, Result

if TYPE_CHECKING:  # numpy is loaded by what needs it
    from quizengine.outlook import Outlook

WIDE = 720  # units of a chart's width
TALL = 96  # units of the tallest bar
LEFT, ABOVE, HIGH = 48, 12, 180  # units: where a line of weeks begins, and how high it is
GRID = 100  # points of a score from one line of the grid to the next

Fate: TypeAlias = Literal["right", "wrong", "blank"]


@dataclass(frozen=True)
class Scale:
    """Where the score stands from 0 to WIDE, what it may be as well, and the pass mark."""

    score: float
    low: float
    high: float
    mark: float


@dataclass(frozen=True)
class Bar:
    """The time in front of one question. `y` counts from the top."""

    number: int
    x: float
    y: float
    width: float
    height: float
    fate: Fate


@dataclass(frozen=True)
class Spot:
    """The estimate at the end of a week; `until` is its date, or "now"."""

    until: str
    answers: int
    scaled: int
    x: float
    y: float


@dataclass(frozen=True)
class Way:
    """The estimates over the weeks. `grid` has the height of each line, and the score there;
    `mark` is the height of the pass mark."""

    spots: Sequence[Spot]
    grid: Sequence[tuple[float, int]]
    mark: float

    @property
    def points(self) -> str:
        """As a polyline takes them."""
        return " ".join(f"{spot.x},{spot.y}" for spot in self.spots)


def scale(result: Result) -> Scale:
    low, high = result.scaled_range
    return Scale(_at(result.scaled), _at(low), _at(high), _at(result.pass_mark))


def expected(seen: Outlook) -> Scale:
    """The estimate to expect of the next mock, and where 90 of 100 lie."""
    low, high = seen.chance.scaled_range
    mark = seen.exam.pass_mark.used
    return Scale(_at(seen.chance.scaled), _at(low), _at(high), _at(mark))


def way(seen: Outlook) -> Way | None:
    """The weeks and now, over no more of the scale than they need; None before the first week."""
    if not seen.weeks:
        return None
    told = [(date_of(week.day).isoformat(), week.count, week.scaled) for week in seen.weeks]
    told.append(("now", seen.chance.answers, seen.chance.scaled))
    mark = seen.exam.pass_mark.used
    scores = [mark, *(scaled for *_, scaled in told)]
    low = max(LOWEST, (min(scores) - GRID // 2) // GRID * GRID)
    high = min(HIGHEST, -(-(max(scores) + GRID // 2) // GRID) * GRID)

    def y(score: int) -> float:
        return round(ABOVE + (high - score) / (high - low) * HIGH, 1)

    step = (WIDE - LEFT - 12) / (len(told) - 1)
    spots = [Spot(*one, round(LEFT + n * step, 1), y(one[-1])) for n, one in enumerate(told)]
    return Way(spots, [(y(score), score) for score in range(low, high + 1, GRID)], y(mark))


def _at(score: int) -> float:
    return round((score - LOWEST) / (HIGHEST - LOWEST) * WIDE, 1)


def times(result: Result) -> Sequence[Bar]:
    """One bar a question, in the order of the form; the longest is TALL."""
    longest = max((marked.response.spent for marked in result.questions), default=0)
    step = WIDE / max(1, len(result.questions))
    bars = []
    for n, marked in enumerate(result.questions):
        height = round(marked.response.spent / longest * TALL, 1) if longest else 0.0
        fate: Fate = "right" if marked.is_right else "wrong" if marked.response.answer else "blank"
        x, width = round(n * step + step * 0.12, 2), round(min(step * 0.76, 24), 2)
        bars.append(Bar(marked.number, x, TALL - height, width, height, fate))
    return bars
