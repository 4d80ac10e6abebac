"""Finding questions and cards: by their words, and by what they belong to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from quizengine.bank import Bank, Entry
from quizengine.card import Card
from quizengine.content import ExamCode, QuestionId, TopicId
from quizengine.exam import domain_of
from quizengine.form import sealed
from quizengine.question import Difficulty, Kind

MOST = 1_000  # questions that words may find


@dataclass(frozen=True)
class Wanted:
    """What to look for: all of the `words`, on one of the `topics`, asked in the `exam`, there in
    the domain ("3") or task ("3.4") `part`. What is empty or None does not matter."""

    words: str = ""
    topics: Collection[TopicId] | None = None
    exam: ExamCode | None = None
    part: str | None = None
    kind: Kind | None = None
    difficulty: Difficulty | None = None


def questions(bank: Bank, wanted: Wanted) -> list[Entry]:
    """The questions that are wanted: best first, or in the order of the topics without words."""
    entries = {entry.id: entry for entry in bank.entries()}
    if wanted.words.strip():
        found = [entries[hit.id] for hit in bank.search(wanted.words, MOST)]
    else:
        place = {topic: n for n, topic in enumerate(bank.topics)}
        found = sorted(
            entries.values(), key=lambda e: (place.get(TopicId(e.topics[0]), len(place)), e.id)
        )
    return [entry for entry in found if _is_wanted(entry, wanted)]


def _is_wanted(entry: Entry, wanted: Wanted) -> bool:
    task = None if wanted.exam is None else entry.exams.get(wanted.exam)
    return (
        (wanted.exam is None or task is not None)
        and (wanted.part is None or (task is not None and wanted.part in (task, domain_of(task))))
        and (wanted.topics is None or not set(wanted.topics).isdisjoint(entry.topics))
        and wanted.kind in (None, entry.kind)
        and wanted.difficulty in (None, entry.difficulty)
    )


def cards(bank: Bank, wanted: Wanted) -> list[Card]:
    """The cards with all the words, on one of the topics: those first that ask with them."""
    words = wanted.words.lower().split()
    place = {topic: n for n, topic in enumerate(bank.topics)}
    found = [
        card
        for card in bank.every_card()
        if all(word in _text(card) for word in words)
        and (wanted.topics is None or not set(wanted.topics).isdisjoint(card.topics))
    ]

    def rank(card: Card) -> tuple[int, int, str]:
        missing = sum(word not in card.prompt.lower() for word in words)
        return missing, place.get(card.topic, len(place)), card.id

    return sorted(found, key=rank)


def _text(card: Card) -> str:
    return f"{card.prompt}\n{card.answer}\n{card.common_error}".lower()


def kept_back(bank: Bank) -> frozenset[QuestionId]:
    """What is kept for the last mocks of some exam."""
    found: set[QuestionId] = set()
    for code, exam in bank.exams.items():
        found |= sealed(exam, bank.pool(code, exam.formats[0].kinds.used), bank.labs.values())
    return frozenset(found)
