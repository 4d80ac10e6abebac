"""What an attempt tells beside its score: the traps that caught, what changing answers did, where
the time went.

A trap is a habit only where it catches more often than it is on offer. Had each wrong choice been
made blindly among the wrong options, a trap would have caught as often as its share of these; what
was caught beyond that, in standard deviations, is asked to be more than chance gives.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

from quizengine.attempt import Response
from quizengine.question import Answer, Question, Trap
from quizengine.scoring import Marked, Result

SLOWEST = 3
SHOW = 3  # questions that show a trap
LEAST_CAUGHT = 5  # times, below which a trap is taken for chance
BEYOND = 1.6449  # standard deviations beyond chance: 5 % one-sided, as Z90 of progress.py
ADVICE: dict[Trap, str] = {
    "boundary": "Say of each service that is offered what it does itself and where its neighbour "
    "takes over; then choose the one whose own work is asked for.",
    "stage": "Name first at which stage the question stands (data, training, evaluation, "
    "deployment, operation), and strike what belongs to another.",
    "constraint": "List every requirement of the question, and hold each option against all of "
    "them, not against the one that it meets best.",
    "elsewhere": "Where a sentence sounds true, ask of what it is true: of this service, this "
    "setting and this case, or of another.",
}
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


@dataclass(frozen=True)
class Lure:
    """The trap that a learner falls for most: it `caught` so many times, where blind choice among
    the same wrong options would have been caught `expected` times; it was on offer in `offered`
    of the questions that were answered."""

    trap: Trap
    caught: int
    expected: float
    offered: int

    @property
    def advice(self) -> str:
        """How to avoid it, in a sentence."""
        return ADVICE[self.trap]

    @property
    def told(self) -> str:
        """How often it caught, beside chance, in words."""
        return (
            f"It caught you {self.caught} times in {self.offered} questions that set it; choosing "
            f"blindly among the same wrong options would have made it {self.expected:.0f}."
        )


def lure(answers: Iterable[tuple[Question, Answer]]) -> Lure | None:
    """The trap that caught most beyond chance; None where none did often and clearly enough.

    Of an answer with k wrong choices in a question with m wrong options, of which t are of a kind,
    blind choice takes k*t/m of that kind, with the variance of draws without replacement.
    """
    caught, offered = Counter[Trap](), Counter[Trap]()
    expected: dict[Trap, float] = defaultdict(float)
    variance: dict[Trap, float] = defaultdict(float)
    for question, answer in answers:
        there = Counter(question.traps(question.shuffled))
        offered.update(there.keys() if answer else ())
        fell = Counter(question.traps(answer))
        caught.update(fell)
        wrong, k = there.total(), fell.total()
        for trap, count in there.items():
            share = count / wrong
            expected[trap] += k * share
            left = (wrong - k) / (wrong - 1) if wrong > 1 else 0.0
            variance[trap] += k * share * (1 - share) * left
    habits = [
        Lure(trap, count, expected[trap], offered[trap])
        for trap, count in caught.items()
        if count >= LEAST_CAUGHT and count - expected[trap] > BEYOND * math.sqrt(variance[trap])
    ]
    return max(habits, key=lambda habit: (habit.caught - habit.expected, habit.trap), default=None)


def lure_of(result: Result) -> tuple[Lure, list[Marked]] | None:
    """The trap that caught most in one attempt, and the questions that show it best: first those
    in which nothing else was wrong, then those of which the learner was sure."""
    found = lure((marked.question, marked.response.answer) for marked in result.questions)
    if found is None:
        return None
    missed = [
        (set(traps) != {found.trap}, marked.response.sure is not True, marked.number, marked)
        for marked in result.questions
        if found.trap in (traps := marked.question.traps(marked.response.answer))
    ]
    return found, [marked for *_, marked in sorted(missed, key=lambda row: row[:3])[:SHOW]]


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
