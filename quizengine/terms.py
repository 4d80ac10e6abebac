"""What is agreed before an attempt starts: how long, with what accommodation."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias, get_args

from quizengine.content import Model
from quizengine.errors import BadRequest
from quizengine.exam import Format

MINUTE = 60_000  # milliseconds
WARNINGS = (30, 15, 5, 1)  # minutes left at which the learner is told

# "+30" is AWS's ESL +30 MINUTES for non-native speakers; the factors are what testing
# providers commonly grant; "untimed" is for practice.
ExtraTime: TypeAlias = Literal["none", "+30", "x1.25", "x1.5", "x2", "untimed"]
EXTRA_TIME: tuple[ExtraTime, ...] = get_args(ExtraTime)


class Terms(Model):
    """`minutes` is all there is, extra time included; None for an untimed attempt.

    `breaks` allows stopping the clock, an accommodation. `feedback` is practice: the key and the
    reasons of a question may be shown as soon as it is answered.
    """

    minutes: float | None
    extra: ExtraTime = "none"
    breaks: bool = False
    feedback: bool = False


def length_for(format: Format, questions: int | None, minutes: float | None) -> int:
    """How many questions: as asked, or as many as the exam's pace allows in `minutes`."""
    if questions is not None:
        if not 1 <= questions <= 1_000:
            raise BadRequest(
                f"A form cannot have {questions} questions.", "Ask for between 1 and 1000."
            )
        return questions
    if minutes is None:
        return format.length
    _check(minutes)
    return max(1, int(minutes * format.length / format.minutes.used))


def agree(
    format: Format,
    length: int,
    *,
    minutes: float | None = None,
    extra: ExtraTime = "none",
    breaks: bool = False,
) -> Terms:
    """The terms for `length` questions: the exam's own pace unless `minutes` are given."""
    if minutes is not None:
        _check(minutes)
    if extra == "untimed":
        return Terms(minutes=None, extra=extra)
    if minutes is None:
        minutes = float(math.ceil(length * format.minutes.used / format.length))
    if extra == "+30":
        minutes += 30
    elif extra != "none":
        minutes *= float(extra[1:])
    return Terms(minutes=minutes, extra=extra, breaks=breaks)


def warnings_passed(left: int | None) -> frozenset[int]:
    """The warnings, in minutes, that are due or past at `left` milliseconds (None: untimed)."""
    return frozenset(m for m in WARNINGS if left is not None and left <= m * MINUTE)


def _check(minutes: float) -> None:
    if not (math.isfinite(minutes) and 0 < minutes <= 1_440):
        raise BadRequest(
            f"An attempt cannot last {minutes:g} minutes.", "Give more than 0 and at most 1440."
        )
