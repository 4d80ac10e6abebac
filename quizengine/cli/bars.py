"""Small pictures in characters. What they show is always said in numbers beside them, too."""

from __future__ import annotations

import locale
import sys
from collections.abc import Sequence
from typing import NamedTuple

from quizengine import wiring


class Signs(NamedTuple):
    """Of a bar: nothing, its interval, what is most likely, the mark; and the steps of a line."""

    empty: str
    inside: str
    at: str
    mark: str
    steps: str


FINE = Signs("·", "━", "●", "│", "▁▂▃▄▅▆▇█")
PLAIN = Signs(".", "=", "o", "|", "")
WIDTH = 20


def signs() -> Signs:
    """What the terminal can show: plain characters in plain output, or where it has no others."""
    encoding = getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False)
    try:
        "".join(FINE).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return PLAIN if wiring.is_plain() else FINE


def bar(low: float, at: float, high: float, mark: float, signs: Signs, width: int = WIDTH) -> str:
    """An interval on a scale from 0 to 1, with a mark: `··━━●━━│··`."""

    def place(value: float) -> int:
        return min(width - 1, max(0, int(value * width)))

    cells = [signs.empty] * width
    for n in range(place(low), place(high) + 1):
        cells[n] = signs.inside
    cells[place(mark)] = signs.mark
    cells[place(at)] = signs.at
    return "".join(cells)


def spark(values: Sequence[int], lowest: int, highest: int, signs: Signs) -> str:
    """A line of small columns; where there are none, nothing: the numbers stand beside it."""
    steps = len(signs.steps)
    if not steps:
        return ""
    span = max(1, highest - lowest)
    places = (round((value - lowest) / span * (steps - 1)) for value in values)
    return "".join(signs.steps[min(steps - 1, max(0, place))] for place in places)
