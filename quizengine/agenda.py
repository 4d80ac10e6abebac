"""What to do each day until an exam: decided as data, from how things stand.

Of each day's minutes, due cards come first. Then, by how the days lie:

- a mock while evidence is thin, which is until as many answers are there as an exam has questions,
  and once a week after that;
- the mocks that are kept sealed in the last days, and no other mock after the first of them;
- else the topics on which the exam loses most: in the lab that practises one, or by questions.

What a topic loses is its share of the exam times what is not known of it. Practice is taken to
close a quarter of that for each ten questions, and a lab a half: rules that spread the effort,
which nobody has measured. What a finished lab closed is taken back by the answers that come after
it, a tenth by each: from then on they tell what is known. It is planned anew every day, so a plan
only promises its first day.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from quizengine.attempt import Event
from quizengine.content import ExamCode, Model
from quizengine.errors import BadRequest
from quizengine.words import plural

Kind: TypeAlias = Literal["cards", "mock", "sealed mock", "lab", "practice"]

LEAST_A_DAY, MOST_A_DAY = 10, 960  # minutes
LONGEST = 730  # days ahead
CARD = 0.5  # minutes that a card takes
CARDS_SHARE = 0.5  # of a day's minutes that cards may take
LEAST_MOCK = 10  # questions, fewer of which say too little
SHORT_MOCK = 20  # questions of one that is proposed at any time
BETWEEN_MOCKS = 7  # days
SEALED_DAYS = (2, 5)  # so many days before the exam
BLOCK = 10  # questions of one practice
LEAST_BLOCK = 3
CLOSED_BY_BLOCK, CLOSED_BY_LAB = 0.25, 0.5  # shares of what is not known
LEAST_SLICE = 10  # minutes: for less no lab is begun


class Goal(Model):
    """What the learner aims at: an exam, its day, and the minutes a day there are until then."""

    exam: ExamCode
    on: date
    minutes: Annotated[int, Field(ge=LEAST_A_DAY, le=MOST_A_DAY)]


@dataclass(frozen=True)
class Subject:
    """A topic: its share of the exam, what is known of it, and how many questions can practise
    it. `closed` is the share of what is not known that finished labs are taken to have closed."""

    id: str
    title: str
    share: float
    know: float
    questions: int
    closed: float = 0.0

    @property
    def lost(self) -> float:
        """The share of the exam that is lost here."""
        return self.share * (1 - self.know) * (1 - self.closed)


@dataclass(frozen=True)
class Exercise:
    """A lab that is not done yet."""

    id: str
    title: str
    minutes: int
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Situation:
    """How things stand when a day begins.

    `pace` is in minutes a question, `length` the questions of a real form, `longest` of the longest
    that can be drawn. `cards` says how many come on this day and on those after it, new ones too;
    `due` how many are due. `sealed`: whether mocks are kept for the end.
    """

    exam: ExamCode
    pace: float
    length: int
    longest: int
    answers: int
    cards: Sequence[int]
    subjects: Sequence[Subject]
    labs: Sequence[Exercise] = ()
    due: int = 0
    sealed: bool = False

    @property
    def is_thin(self) -> bool:
        """Whether there are fewer answers than a form has questions."""
        return self.answers < self.length


@dataclass(frozen=True)
class Item:
    """One thing to do, and the words of the command that starts it. `count` is cards or questions;
    `about` a topic's or a lab's id."""

    kind: Kind
    title: str
    minutes: int
    command: tuple[str, ...]
    count: int = 0
    about: str | None = None
    reason: str = ""

    @property
    def line(self) -> str:
        return " ".join(("quizengine", *self.command))


@dataclass(frozen=True)
class Day:
    on: date
    items: tuple[Item, ...]

    @property
    def minutes(self) -> int:
        return sum(item.minutes for item in self.items)


@dataclass(frozen=True)
class Done:
    """What was done since a day's plan was made: cards graded, answers by topic, labs checked,
    mocks submitted (questions of each), sealed ones apart."""

    cards: int = 0
    answers: Mapping[str, int] = field(default_factory=dict)
    labs: frozenset[str] = frozenset()
    mocks: tuple[int, ...] = ()
    sealed: tuple[int, ...] = ()

    def has(self, item: Item) -> bool:
        """Whether the item is done. A mock counts from half its questions on."""
        match item.kind:
            case "cards":
                return self.cards >= item.count
            case "practice":
                return self.answers.get(item.about or "", 0) >= item.count
            case "lab":
                return item.about in self.labs
            case "mock":
                return any(2 * count >= item.count for count in self.mocks)
            case "sealed mock":
                return any(2 * count >= item.count for count in self.sealed)


@dataclass(frozen=True)
class Agenda:
    """The days until the exam, today first; empty on its day and after. `done` is about today.
    `too_long`: a whole mock, where a day has no room for one."""

    goal: Goal
    days: tuple[Day, ...]
    done: Done = Done()
    too_long: Item | None = None

    @property
    def today(self) -> list[tuple[Item, bool]]:
        """Today's items, and whether each is done."""
        items = self.days[0].items if self.days else ()
        return [(item, self.done.has(item)) for item in items]

    @property
    def left(self) -> list[Item]:
        return [item for item, done in self.today if not done]


def day_number(on: date) -> float:
    """Its first moment, UTC, in days since the epoch."""
    return float((on - date(1970, 1, 1)).days)


def date_of(day: float) -> date:
    """The date on which that moment lies, UTC."""
    return date(1970, 1, 1) + timedelta(days=int(day))


def of(event: Event) -> Goal:
    """The goal that a `planned` event tells of. Raises ValueError where it tells none."""
    return Goal.model_validate_json(json.dumps(event.payload))


def check(goal: Goal, today: date) -> None:
    """Raise BadRequest for a day that cannot be planned to."""
    if goal.on <= today:
        raise BadRequest(f"{goal.on} is not in the future.", "Give the day of the exam.")
    if (goal.on - today).days > LONGEST:
        raise BadRequest(f"{goal.on} is more than two years away.", "Give a nearer day.")


def agenda(goal: Goal, today: date, situation: Situation, done: Done | None = None) -> Agenda:
    """All days from today on to that before the exam. No day has more minutes than the goal's."""
    planner = _Planner(goal, situation)
    days = (goal.on - today).days
    found = tuple(
        Day(today + timedelta(days=n), tuple(planner.day(n, days - n)))
        for n in range(min(days, LONGEST))  # a foreign record may name any day
    )
    return Agenda(goal, found, Done() if done is None else done, _too_long(goal, situation))


def next_steps(situation: Situation, count: int = 3) -> list[Item]:
    """The best things to do at any time: due cards, a mock while evidence is thin, then where most
    is lost, by its lab first."""
    found: list[Item] = []
    if situation.due:
        found.append(_due(situation))
    if situation.is_thin and situation.longest >= LEAST_MOCK:
        found.append(_mock(situation, min(situation.longest, SHORT_MOCK), sealed=False))
    labs = {topic: lab for lab in reversed(situation.labs) for topic in lab.topics}
    for subject in ranked(situation.subjects):
        lab = labs.get(subject.id)
        if lab is not None and lab.id not in [item.about for item in found]:
            found.append(_lab(lab, lab.minutes, subject))
        elif subject.questions >= LEAST_BLOCK:
            found.append(_practice(situation, subject, min(BLOCK, subject.questions)))
    return found[:count]


def closed_by_lab(answers: int, *, alone: bool) -> float:
    """The share of what is not known of a topic that a finished lab is taken to have closed, after
    so many `answers` since. With its solution in hand it was no more than practice."""
    whole = CLOSED_BY_LAB if alone else CLOSED_BY_BLOCK
    return whole * max(0.0, 1 - answers / BLOCK)


def ranked(subjects: Iterable[Subject]) -> list[Subject]:
    """Where most is lost comes first."""
    return sorted(subjects, key=lambda subject: (-subject.lost, subject.id))


class _Planner:
    """Goes through the days; what it planned changes what comes next."""

    def __init__(self, goal: Goal, situation: Situation) -> None:
        self.goal = goal
        self.now = situation
        self.subjects = {subject.id: subject for subject in situation.subjects}
        self.labs = {lab.id: lab for lab in situation.labs}
        self.last_mock: int | None = None
        self.sealed_begun = False

    def day(self, n: int, left: int) -> Iterable[Item]:
        """The items of the day `n` days from today, `left` days before the exam."""
        free = self.goal.minutes
        cards = self.now.cards[n] if n < len(self.now.cards) else 0
        cards = min(cards, int(free * CARDS_SHARE / CARD))
        if cards:
            item = _cards(self.now, cards)
            free -= item.minutes
            yield item
        questions = min(self.now.longest, int(free / self.now.pace))
        if self._sealed(left) and questions >= LEAST_MOCK:
            self.sealed_begun = True
            item = _mock(self.now, questions, sealed=True)
            free -= item.minutes
            yield item
        elif self._mock(n, left) and questions >= LEAST_MOCK:
            self.last_mock = n
            self.now = replace(self.now, answers=self.now.answers + questions)
            item = _mock(self.now, questions, sealed=False)
            free -= item.minutes
            yield item
        yield from self._effort(free)

    def _sealed(self, left: int) -> bool:
        return self.now.sealed and left in SEALED_DAYS

    def _mock(self, n: int, left: int) -> bool:
        """Whether evidence is wanted. The last day is for practice."""
        if self.sealed_begun or left == 1:
            return False
        if self.now.is_thin:
            return True
        since = n if self.last_mock is None else n - self.last_mock
        return since >= BETWEEN_MOCKS

    def _effort(self, free: int) -> Iterable[Item]:
        """Labs and practice, while there is time for them; no topic twice a day."""
        met: set[str] = set()
        while True:
            subject = next((s for s in ranked(self.subjects.values()) if s.id not in met), None)
            if subject is None:
                return
            met.add(subject.id)
            lab = next((lab for lab in self.labs.values() if subject.id in lab.topics), None)
            if lab is not None and free >= min(LEAST_SLICE, lab.minutes):
                minutes = min(free, lab.minutes)
                yield _lab(lab, minutes, subject)
                met.update(lab.topics)
                self._work_on(lab, minutes)
            else:
                count = min(BLOCK, subject.questions, int(free / self.now.pace))
                if count < LEAST_BLOCK:
                    if free < LEAST_BLOCK * self.now.pace:
                        return
                    continue
                item = _practice(self.now, subject, count)
                minutes = item.minutes
                yield item
                self._close(subject.id, CLOSED_BY_BLOCK * count / BLOCK)
            free -= minutes

    def _work_on(self, lab: Exercise, minutes: int) -> None:
        rest = lab.minutes - minutes
        del self.labs[lab.id]
        if rest:
            self.labs[lab.id] = replace(lab, minutes=rest)
            return
        for topic in lab.topics:
            if topic in self.subjects:
                self._close(topic, CLOSED_BY_LAB)

    def _close(self, topic: str, part: float) -> None:
        subject = self.subjects[topic]
        self.subjects[topic] = replace(subject, know=subject.know + part * (1 - subject.know))


def _cards(now: Situation, count: int) -> Item:
    return Item(
        "cards",
        "1 card" if count == 1 else f"{count} cards, due ones first",
        math.ceil(count * CARD),
        ("cards", "--exam", now.exam, "--limit", str(count)),
        count,
        reason="what is due is forgotten first",
    )


def _due(now: Situation) -> Item:
    return Item(
        "cards",
        f"{plural(now.due, 'card')} due",
        math.ceil(now.due * CARD),
        ("cards", "--exam", now.exam, "--due"),
        now.due,
        reason="what is due is forgotten first",
    )


def _mock(now: Situation, count: int, *, sealed: bool) -> Item:
    full = count == now.length
    words: tuple[str, ...] = ("exam", "start", now.exam)
    if not full:
        words += ("--questions", str(count))
    return Item(
        "sealed mock" if sealed else "mock",
        f"a mock of {plural(count, 'question')}{', never seen' if sealed else ''}",
        math.ceil(count * now.pace),
        (*words, "--sealed") if sealed else words,
        count,
        reason="how it would go" if sealed else "little is known yet" if now.is_thin else "weekly",
    )


def _too_long(goal: Goal, now: Situation) -> Item | None:
    mock = _mock(now, now.longest, sealed=False)
    return mock if mock.count >= LEAST_MOCK and mock.minutes > goal.minutes else None


def _lab(lab: Exercise, minutes: int, subject: Subject) -> Item:
    return Item(
        "lab",
        f"lab: {lab.title}",
        minutes,
        ("lab", "start", lab.id),
        about=lab.id,
        reason=_reason(subject),
    )


def _practice(now: Situation, subject: Subject, count: int) -> Item:
    return Item(
        "practice",
        f"{plural(count, 'question')}: {subject.title}",
        math.ceil(count * now.pace),
        ("practice", now.exam, "--in", subject.id, "--questions", str(count)),
        count,
        subject.id,
        _reason(subject),
    )


def _reason(subject: Subject) -> str:
    done = ", lab done" if subject.closed else ""
    return f"{subject.share:.0%} of the exam, {subject.know:.0%} known{done}"
