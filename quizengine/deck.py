"""The cards of one sitting: what is due, which new ones, and in what order they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from quizengine.attempt import Event
from quizengine.card import Card
from quizengine.content import CardId, TopicId
from quizengine.progress import Answered
from quizengine.schedule import Day, Memory
from quizengine.terms import MINUTE

NEW_A_DAY = 10  # unless the learner says otherwise
MOST_A_DAY = 1_000
AHEAD = 20 * MINUTE  # what is being learnt comes back so much early when nothing else is left


@dataclass(frozen=True)
class Deck:
    """`due` and `new` as they were when it was laid out, at `at`; `waiting` is what still comes,
    in this order, and `asked` what was graded since. `missed` tells which are due for a wrong
    answer. `memories` are those of all cards of the choice."""

    at: int
    memories: Mapping[CardId, Memory]
    missed: frozenset[CardId]
    due: tuple[CardId, ...]
    new: tuple[CardId, ...]
    waiting: tuple[CardId, ...]
    asked: frozenset[CardId] = frozenset()

    def next(self, now: int) -> CardId | None:
        """The card to ask; None when all are done. What was asked and is not yet known comes
        back when its minutes are over, or a little before if nothing else waits."""
        again = self._returning
        if again and self.memories[again[0]].due <= now:
            return again[0]
        if self.waiting:
            return self.waiting[0]
        if again and self.memories[again[0]].due <= now + AHEAD:
            return again[0]
        return None

    @property
    def left(self) -> int:
        """How many cards there are still to do."""
        return len(self.waiting) + len(self._returning)

    @property
    def next_due(self) -> int | None:
        """When the first of its cards that are not waiting is due. UTC milliseconds."""
        later = self.memories.keys() - set(self.waiting)
        return min((self.memories[id].due for id in later), default=None)

    def why(self, card: CardId) -> str:
        """Why it is asked, in words."""
        if card in self.missed:
            return "due: you missed a question on it"
        if card not in self.memories:
            return "new"
        if card in self.asked:
            return "once more"
        return "due" if card in self.due else "not due yet"

    def after(self, card: CardId, memory: Memory) -> Deck:
        """The deck once the card was graded."""
        return replace(
            self,
            memories={**self.memories, card: memory},
            missed=self.missed - {card},
            waiting=tuple(id for id in self.waiting if id != card),
            asked=self.asked | {card},
        )

    @property
    def _returning(self) -> list[CardId]:
        learning = [id for id in self.asked if self.memories[id].stage != "known"]
        return sorted(learning, key=lambda id: (self.memories[id].due, id))


def missed(answers: Iterable[Answered]) -> dict[CardId, int]:
    """Of each card, when a question that names it was last answered wrong. UTC milliseconds."""
    found: dict[CardId, int] = {}
    for answer in answers:
        if not answer.is_right:
            for card in map(CardId, answer.question.cards):
                found[card] = max(answer.at, found.get(card, 0))
    return found


def still_missed(card: CardId, missed: Mapping[CardId, int], memory: Memory | None) -> bool:
    """Whether the card was not drilled since a question that names it was answered wrong."""
    return card in missed and (memory is None or memory.at < missed[card])


def introduced(events: Iterable[Event], day: Day) -> int:
    """How many cards had their first grade on that day."""
    first: dict[str, int] = {}
    for event in events:
        card = event.payload["card"]
        first[card] = min(event.at, first.get(card, event.at))
    return sum(day.begins <= at < day.ends for at in first.values())


def lay_out(
    cards: Sequence[Card],
    topics: Sequence[TopicId],
    memories: Mapping[CardId, Memory],
    missed: Mapping[CardId, int],
    *,
    chosen: Collection[TopicId],
    first: Collection[TopicId],
    now: int,
    day: Day,
    new: int,
    every: bool = False,
    limit: int | None = None,
    since: int | None = None,
) -> Deck:
    """The deck of the cards that have a topic among the `chosen`.

    First what is due: for a wrong answer, then by its date. Then `new` new ones: those whose topic
    is among `first` (the exam's) before others, the topics taking turns in the order of `topics`.
    With `every` all others follow, the least remembered first, and all new ones count.

    A sitting that began at `since` goes on: what was graded from then on comes back only as it
    would have, and counts for the `limit`.
    """
    mine = [card for card in cards if not set(chosen).isdisjoint(card.topics)]
    again = {card.id for card in mine if still_missed(card.id, missed, memories.get(card.id))}
    known = {card.id: memories[card.id] for card in mine if card.id in memories}
    due = [id for id, memory in known.items() if id not in again and memory.is_due(now, day)]
    ordered = sorted(again, key=lambda id: (missed[id], id))
    ordered += sorted(due, key=lambda id: (known[id].due, id))
    unseen = {card.id for card in mine if card.id not in memories} - again
    fresh = [id for id in _by_turns(cards, topics, first) if id in unseen]
    fresh = fresh if every else fresh[: max(0, new)]
    rest = sorted(known.keys() - set(ordered), key=lambda id: (known[id].recall(now), id))
    asked = {id for id, memory in known.items() if since is not None and memory.at >= since} - again
    waiting = [id for id in (*ordered, *fresh, *(rest if every else ())) if id not in asked]
    room = None if limit is None else max(0, limit - len(asked))
    return Deck(
        at=now,
        memories=known,
        missed=frozenset(again),
        due=tuple(ordered),
        new=tuple(fresh),
        waiting=tuple(waiting[:room]),
        asked=frozenset(asked),
    )


def _by_turns(
    cards: Iterable[Card], topics: Sequence[TopicId], first: Collection[TopicId]
) -> list[CardId]:
    """All cards in the order in which they are met: the first of each topic, then the second."""
    place = {topic: number for number, topic in enumerate(topics)}
    turn: Counter[TopicId] = Counter()
    keys = []
    for card in sorted(cards, key=lambda card: card.id):
        at = place.get(card.topic, len(place))
        later = set(first).isdisjoint(card.topics)
        keys.append((later, turn[card.topic], at, card.id))
        turn[card.topic] += 1
    return [key[-1] for key in sorted(keys)]
