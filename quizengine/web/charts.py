"""Where the lines and bars of the charts stand. What is drawn is told in words and tables too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from quizengine.scoring import HIGHEST, LOWEST, Result

WIDE = 720  # units of a chart's width
TALL = 96  # units of the tallest bar

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


def scale(result: Result) -> Scale:
    low, high = result.scaled_range
    return Scale(_at(result.scaled), _at(low), _at(high), _at(result.pass_mark))


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
