"""What the bank holds, counted: by exam, domain, task and topic, by kind and difficulty, how far it
serves what it was drawn from, and how old the copies are that settle it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from quizengine.bank import Bank
from quizengine.card import Card
from quizengine.content import Digest
from quizengine.exam import domain_of, quotas
from quizengine.question import Question

AGES = (30, 90, 365)  # days


@dataclass(frozen=True)
class Place:
    """`have` questions of an exam in a domain or a task; a full form takes `form` of a domain."""

    exam: str
    id: str
    title: str
    have: int
    form: int | None


@dataclass(frozen=True)
class TopicCount:
    """Questions and cards whose first topic it is."""

    id: str
    title: str
    questions: int
    cards: int


@dataclass(frozen=True)
class Coverage:
    """Of the things `wanted`, what no question and what no card serves, by id."""

    wanted: int
    no_question: Sequence[str]
    no_card: Sequence[str]


@dataclass(frozen=True)
class Ages:
    """References by the days since the copy that was read: `within` maps an age to how many are
    no older (and older than the age before); `older` than the last, or of an unknown day."""

    within: Mapping[int, int]
    older: int
    undated: int
    oldest: date | None


@dataclass(frozen=True)
class Census:
    """`questions` counts those that are asked, without the `withdrawn`."""

    digest: Digest
    questions: int
    withdrawn: int
    cards: int
    topics: Sequence[TopicCount]
    kinds: Mapping[str, int]
    difficulty: Mapping[str, int]
    domains: Sequence[Place]
    tasks: Sequence[Place]
    items: Coverage
    gaps: Coverage
    references: Ages


def census(bank: Bank, today: date) -> Census:
    entries = bank.entries()
    asked = [bank.question(entry.id) for entry in entries if not entry.withdrawn]
    cards = bank.every_card()
    places = list(_places(bank))
    wanted = [id for id, item in bank.sources.items.items() if item.ask != "no"]
    return Census(
        digest=bank.digest,
        questions=len(asked),
        withdrawn=len(entries) - len(asked),
        cards=len(cards),
        topics=_topics(bank, asked, cards),
        kinds=dict(Counter(question.kind for question in asked)),
        difficulty=dict(Counter(question.difficulty for question in asked)),
        domains=[place for place in places if place.form is not None],
        tasks=[place for place in places if place.form is None],
        items=_coverage(bank, wanted, asked, cards),
        gaps=_coverage(bank, list(bank.sources.gaps), asked, cards),
        references=_ages([*asked, *cards], today),
    )


def _places(bank: Bank) -> Iterable[Place]:
    """The domains and tasks of each exam, as far as its first format can ask what is there."""
    for code, exam in sorted(bank.exams.items()):
        tasks = Counter(str(task) for _, task in bank.pool(code, exam.formats[0].kinds.used))
        domains = Counter(domain_of(task) for task in tasks.elements())
        need = quotas(exam, exam.formats[0].length)
        for domain in exam.domains:
            yield Place(code, domain.id, domain.title, domains[domain.id], need[domain.id])
            for task in domain.tasks:
                yield Place(code, task.id, task.title, tasks[task.id], None)


def _topics(
    bank: Bank, questions: Iterable[Question], cards: Iterable[Card]
) -> Sequence[TopicCount]:
    asked = Counter(question.topic for question in questions)
    recalled = Counter(card.topic for card in cards)
    return [
        TopicCount(topic.id, topic.title, asked[topic.id], recalled[topic.id])
        for topic in bank.topics.values()
    ]


def _coverage(
    bank: Bank, wanted: Sequence[str], questions: Iterable[Question], cards: Iterable[Card]
) -> Coverage:
    """An item that repeats another's matter is served with it."""

    def matter(id: str) -> str:
        item = bank.sources.items.get(id)
        return id if item is None or item.same_as is None else item.same_as

    asked = {matter(id) for question in questions for id in question.covers}
    recalled = {
        matter(id)
        for card in cards
        for id in [*card.covers, *(source.item for source in card.sources)]
    }
    return Coverage(
        wanted=len(wanted),
        no_question=[id for id in wanted if matter(id) not in asked],
        no_card=[id for id in wanted if matter(id) not in recalled],
    )


def _ages(contents: Iterable[Question | Card], today: date) -> Ages:
    days = [reference.as_of for content in contents for reference in content.references]
    dated = sorted(day for day in days if day != "unknown")
    within = {}
    rest = dated
    for age in AGES:
        within[age] = sum(day >= today - timedelta(days=age) for day in rest)
        rest = rest[: len(rest) - within[age]]
    return Ages(within, len(rest), len(days) - len(dated), dated[0] if dated else None)
