"""What an attempt tells beside its score: the traps that caught, what changing answers did, where
the time went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

from quizengine.attempt import Response
from quizengine.question import Question, Trap
from quizengine.scoring import Marked, Result

SLOWEST = 3
Change: TypeAlias = Literal["better", "worse", "neither"]


@dataclass(frozen=True)
class Changes:
    """`count` questions whose final answer is not the first complete one: `better` became right,
    `worse` were right at first."""

    count: int
    better: int
    worse: int


@dataclass(frozen=True)
class Pace:
    """Milliseconds in front of a question: the `median`, and the `slowest` few, slowest first."""

    median: int
    slowest: tuple[Marked, ...]


@dataclass(frozen=True)
class Sureness:
    """How many were called `sure` or `unsure`, and how many of each were right."""

    sure: int
    sure_right: int
    unsure: int
    unsure_right: int


def traps(result: Result) -> Counter[Trap]:
    """How often each kind of trap caught: the wrong options that were picked."""
    return Counter(
        trap
        for marked in result.questions
        for trap in marked.question.traps(marked.response.answer)
    )


def change(question: Question, response: Response) -> Change | None:
    """What changing the first complete answer did; None where it stands.

    An ordering has none: each move of a step is a new order.
    """
    complete = [answer for answer in response.answers if question.is_complete(answer)]
    if question.kind == "ordering" or not complete or complete[0] == response.answer:
        return None
    gained = question.is_right(response.answer) - question.is_right(complete[0])
    return "better" if gained > 0 else "worse" if gained < 0 else "neither"


def changes(result: Result) -> Changes:
    """What became of first answers."""
    made = Counter(change(marked.question, marked.response) for marked in result.questions)
    return Changes(made.total() - made[None], made["better"], made["worse"])


def pace(result: Result) -> Pace | None:
    """Where the time went; None if no question was looked at."""
    seen = [marked for marked in result.questions if marked.response.spent]
    if not seen:
        return None
    slowest = sorted(seen, key=lambda marked: -marked.response.spent)[:SLOWEST]
    return Pace(round(median(marked.response.spent for marked in seen)), tuple(slowest))


def sureness(result: Result) -> Sureness:
    """Answers that said how sure they were."""
    told = [(m.response.sure, m.is_right) for m in result.questions if m.response.answer]
    return Sureness(
        sure=sum(sure is True for sure, _ in told),
        sure_right=sum(sure is True and right for sure, right in told),
        unsure=sum(sure is False for sure, _ in told),
        unsure_right=sum(sure is False and right for sure, right in told),
    )
