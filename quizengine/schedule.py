"""When a card is due: a fold over its grades, by FSRS with its published parameters.

A grade is again (not known), hard, good or easy. FSRS-6 keeps two numbers of each card: stability,
the days after which recall falls to 90 %, and difficulty, 1 to 10. A card that is being learnt
comes back within minutes; one that is known is due on a day. No interval is shuffled: the same
grades give the same days.

Source: github.com/open-spaced-repetition (the model); the package `fsrs` computes it. Its own
retrievability counts whole days, so that a card would be as fresh after 23 hours as at once; here
time is continuous, also where the next stability follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from quizengine.attempt import Event, in_order
from quizengine.content import CardId, Model, Slug

if TYPE_CHECKING:
    from fsrs import Scheduler

Grade: TypeAlias = Literal["again", "hard", "good", "easy"]
GRADES: tuple[Grade, ...] = get_args(Grade)
Stage: TypeAlias = Literal["learning", "known", "relearning"]
STAGES: tuple[Stage, ...] = get_args(Stage)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
DAY = 86_400_000  # milliseconds


class Graded(Model):
    """What a `graded` event tells."""

    card: Slug
    grade: Grade


class Day(NamedTuple):
    """The learner's own day: UTC milliseconds at which it begins and ends."""

    begins: int
    ends: int


@dataclass(frozen=True)
class Memory:
    """A card after its last grade. `stability` in days; `at` (of that grade) and `due` in UTC
    milliseconds; `step` counts the short intervals of learning, None for a card that is known."""

    stability: float
    difficulty: float
    stage: Stage
    step: int | None
    at: int
    due: int

    def recall(self, now: int) -> float:
        """Retrievability: the chance, 0 to 1, that it is known at `now`."""
        return _recall(self.stability, max(0, now - self.at) / DAY, _scheduler().parameters[20])

    def is_due(self, now: int, day: Day) -> bool:
        """What is known is due on its day, what is being learnt to the minute."""
        return self.due < day.ends if self.stage == "known" else self.due <= now


def of(event: Event) -> Graded:
    """The grade an event tells of. Raises ValueError where it tells none."""
    return Graded.model_validate(event.payload)


def fold(events: Iterable[Event]) -> dict[CardId, Memory]:
    """Every card that was graded, as its `graded` events leave it, whatever their order."""
    memories: dict[CardId, Memory] = {}
    for event in sorted(events, key=in_order):
        told = of(event)
        card = CardId(told.card)
        memories[card] = graded(memories.get(card), told.grade, event.at)
    return memories


@lru_cache(maxsize=32_768)  # a record is folded again and again
def graded(memory: Memory | None, grade: Grade, at: int) -> Memory:
    """The card after a grade at `at`; `memory` is None for a card that is new."""
    from fsrs import Card, Rating, State

    card = Card(card_id=0, due=_moment(at))
    if memory is not None:
        card = Card(
            card_id=0,
            state=State(STAGES.index(memory.stage) + 1),
            step=memory.step,
            stability=memory.stability,
            difficulty=memory.difficulty,
            due=_moment(memory.due),
            last_review=_moment(memory.at),
        )
    card, _ = _scheduler().review_card(card, Rating(GRADES.index(grade) + 1), _moment(at))
    assert card.stability is not None
    assert card.difficulty is not None
    return Memory(
        stability=card.stability,
        difficulty=card.difficulty,
        stage=STAGES[card.state - 1],
        step=card.step,
        at=at,
        due=(card.due - EPOCH) // MS,
    )


def intervals(memory: Memory | None, now: int) -> dict[Grade, int]:
    """For each grade, after how many milliseconds the card would be due again."""
    return {grade: graded(memory, grade, now).due - now for grade in GRADES}


@lru_cache
def _scheduler() -> Scheduler:
    import fsrs

    class Continuous(fsrs.Scheduler):
        """FSRS in which retrievability falls by the minute, and not by the day."""

        def get_card_retrievability(
            self, card: fsrs.Card, current_datetime: datetime | None = None
        ) -> float:
            if card.last_review is None or card.stability is None or current_datetime is None:
                return 0
            elapsed = max(timedelta(0), current_datetime - card.last_review)
            return _recall(card.stability, elapsed / timedelta(days=1), self.parameters[20])

    return Continuous(enable_fuzzing=False)


def _recall(stability: float, days: float, decay: float) -> float:
    """FSRS-6: R(t) = (1 + f t / S) ^ -decay, where f makes R(S) = 0.9."""
    factor = 0.9 ** (-1 / decay) - 1
    return float((1 + factor * days / stability) ** -decay)


def _moment(milliseconds: int) -> datetime:
    return EPOCH + milliseconds * MS
