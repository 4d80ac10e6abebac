"""What the record says about the learner: counts with intervals, traps, changes, time.

An answer counts once it is final: in an exam when that was submitted, in practice when the key
was shown. Blanks say nothing about knowledge and are left out. Of several answers to one
question the last counts, so that a question learnt by heart counts once.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from quizengine.attempt import Attempt, AttemptId, Response
from quizengine.bank import Bank
from quizengine.content import QuestionId
from quizengine.exam import Exam, domain_of
from quizengine.form import sealed
from quizengine.hindsight import SHOW, Lure, change, lure
from quizengine.interval import wilson
from quizengine.lab import Lab
from quizengine.question import Question, Trap
from quizengine.scoring import CUT, score

ENOUGH = 5  # answers below which nothing is said about strength

Sat: TypeAlias = tuple[Attempt, Mapping[QuestionId, Question]]
Standing: TypeAlias = Literal["not enough evidence yet", "weak", "strong", "unclear"]
Level: TypeAlias = Literal["domain", "task", "topic"]


@dataclass(frozen=True)
class Answered:
    """One final answer."""

    attempt: Attempt
    question: Question
    response: Response
    at: int

    @property
    def is_right(self) -> bool:
        return self.question.is_right(self.response.answer)


@dataclass(frozen=True)
class Past:
    """What happened to one question so far. `is_right` is None before a final answer."""

    seen: bool = False
    is_right: bool | None = None
    sure: bool | None = None
    flagged: bool = False


@dataclass(frozen=True)
class Tally:
    """`right` of `seen` different questions, of `held` that the bank holds. `labs`: the ids of the
    finished labs that practise it, which says nothing about how well."""

    level: Level
    id: str
    title: str
    held: int
    seen: int
    right: int
    labs: tuple[str, ...] = ()

    @property
    def interval(self) -> tuple[float, float] | None:
        """90 % interval of the share right (Wilson's score interval), None without answers."""
        return wilson(self.right, self.seen) if self.seen else None

    @property
    def standing(self) -> Standing:
        """Weak or strong only where the whole interval lies on one side of the cut."""
        if self.seen < ENOUGH or self.interval is None:
            return "not enough evidence yet"
        low, high = self.interval
        return "weak" if high < CUT else "strong" if low > CUT else "unclear"


@dataclass(frozen=True)
class Changes:
    """Answers changed during exams, by what it did to the score."""

    better: int = 0
    worse: int = 0
    neither: int = 0


@dataclass(frozen=True)
class TrendPoint:
    """One finished exam. `scaled` is the estimate of its report."""

    attempt: Attempt
    right: int
    count: int
    scaled: int


@dataclass(frozen=True)
class Progress:
    """Times are median milliseconds per question, None without any. `lure` is the trap that
    caught more often than it was on offer, `shown_by` the questions that show it best."""

    exam: Exam
    answers: int
    tallies: Sequence[Tally]
    traps: Mapping[Trap, int]
    changes: Changes
    time_right: float | None
    time_wrong: float | None
    sure_but_wrong: Sequence[QuestionId]
    trend: Sequence[TrendPoint] = field(default_factory=tuple)
    lure: Lure | None = None
    shown_by: Sequence[QuestionId] = ()

    def at(self, level: Level) -> list[Tally]:
        return [tally for tally in self.tallies if tally.level == level]


def final_answers(sat: Iterable[Sat]) -> Iterator[Answered]:
    """Every answer that counts, attempt by attempt."""
    for attempt, questions in sat:
        for id, response in attempt.responses.items():
            at = response.revealed_at if attempt.is_practice else attempt.submitted_at
            if response.answer and at is not None:
                yield Answered(attempt, questions[id], response, at)


def past(sat: Iterable[Sat]) -> dict[QuestionId, Past]:
    """Of each question ever shown: the last final answer, and its marks as they stand."""
    sat = _oldest_first(sat)
    found: dict[QuestionId, Past] = {}
    for attempt, _ in sat:
        for id, response in attempt.responses.items():
            before = found.get(id, Past())
            flagged = response.flagged if response.seen else before.flagged
            found[id] = Past(before.seen or response.seen, None, None, flagged)
    for answer in _last(final_answers(sat)).values():
        before = found[answer.question.id]
        found[answer.question.id] = Past(
            before.seen, answer.is_right, answer.response.sure, before.flagged
        )
    return found


def untold(sat: Iterable[Sat], bank: Bank) -> dict[QuestionId, AttemptId]:
    """What was asked before a lab, and where: its key was shown in no attempt since, and it comes
    again after the lab, as far as a lab of the bank still asks it. Nothing is told of it until
    then."""
    asked: dict[QuestionId, tuple[int, AttemptId]] = {}
    told: dict[QuestionId, int] = {}
    for attempt, _ in sat:
        for place in attempt.form.places:
            id, ended = place.question, attempt.submitted_at
            if attempt.comes_again:
                if ended is not None:
                    asked[id] = max(asked.get(id, (0, attempt.id)), (ended, attempt.id))
                continue
            at = attempt.response(id).revealed_at if ended is None else ended
            if at is not None:
                told[id] = max(told.get(id, 0), at)
    if not asked:
        return {}
    there = {entry.id for entry in bank.entries() if not entry.withdrawn}
    asks = {id for lab in bank.labs.values() if there.issuperset(lab.asks) for id in lab.asks}
    return {id: where for id, (at, where) in asked.items() if id in asks and told.get(id, -1) < at}


def progress(exam: Exam, bank: Bank, sat: Iterable[Sat], done: Collection[Lab] = ()) -> Progress:
    """Where the learner stands in an exam. `done`: the labs that are finished."""
    sat = _oldest_first(sat)
    answers = [a for a in final_answers(sat) if exam.code in a.question.exams]
    last = _last(answers).values()
    hidden = untold(sat, bank)
    pool = bank.pool(exam.code, exam.formats[0].kinds.used)
    kept = sealed(exam, pool, bank.labs.values())
    showable = {id for id, _ in pool} - kept - hidden.keys()
    caught = lure((a.question, a.response.answer) for a in answers)
    practised = _practised(exam, done)
    return Progress(
        exam=exam,
        answers=len(answers),
        tallies=[replace(t, labs=practised.get(t.id, ())) for t in _tallies(exam, bank, last)],
        traps=_traps(answers),
        changes=_changes(answers),
        time_right=_median(a.response.spent for a in answers if a.is_right),
        time_wrong=_median(a.response.spent for a in answers if not a.is_right),
        sure_but_wrong=sorted(
            a.question.id
            for a in last
            if a.response.sure and not a.is_right and a.question.id not in hidden
        ),
        trend=[
            TrendPoint(attempt, result.right, result.count, result.scaled)
            for attempt, questions in sat
            if attempt.form.exam == exam.code and not attempt.is_open and attempt.is_mock
            for result in [score(exam, attempt, questions)]
        ],
        lure=caught,
        shown_by=[] if caught is None else _shown_by(caught, last, showable),
    )


def _practised(exam: Exam, done: Iterable[Lab]) -> dict[str, tuple[str, ...]]:
    """The finished labs by the topics and the tasks of an exam that they practise."""
    found: dict[str, tuple[str, ...]] = {}
    for lab in done:
        for place in (*lab.topics, *lab.exams.get(exam.code, ())):
            found[place] = (*found.get(place, ()), lab.id)
    return found


def _shown_by(
    caught: Lure, last: Iterable[Answered], among: Collection[QuestionId]
) -> list[QuestionId]:
    """The questions missed by a trap, as they were last answered: first where nothing else was
    wrong, then where the learner was sure, then the latest."""
    missed = [
        (set(traps) == {caught.trap}, answer.response.sure is True, answer.at, answer.question.id)
        for answer in last
        if answer.question.id in among
        for traps in [answer.question.traps(answer.response.answer)]
        if caught.trap in traps
    ]
    return [id for *_, id in sorted(missed, reverse=True)[:SHOW]]


def _oldest_first(sat: Iterable[Sat]) -> list[Sat]:
    """In one order on every machine, also of attempts begun within one millisecond."""
    return sorted(sat, key=lambda pair: (pair[0].started_at, pair[0].id))


def _last(answers: Iterable[Answered]) -> dict[QuestionId, Answered]:
    return {answer.question.id: answer for answer in sorted(answers, key=lambda a: a.at)}


def _tallies(exam: Exam, bank: Bank, answers: Iterable[Answered]) -> Iterator[Tally]:
    """Domains and tasks in the blueprint's order, then topics by id. A question counts where the
    bank places it now; one that the bank no longer asks, where it was placed when it was shown."""
    now = {
        entry.id: _keys(entry.exams[exam.code], entry.topics)
        for entry in bank.entries()
        if exam.code in entry.exams and not entry.withdrawn
    }
    held = Counter(key for keys in now.values() for key in keys)
    seen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for answer in answers:
        question = answer.question
        keys = now.get(question.id) or _keys(question.exams[exam.code], question.topics)
        seen.update(keys)
        right.update(keys if answer.is_right else ())

    def tally(level: Level, id: str, title: str) -> Tally:
        return Tally(level, id, title, held[id], seen[id], right[id])

    for domain in exam.domains:
        yield tally("domain", domain.id, domain.title)
    for task in exam.tasks.values():
        yield tally("task", task.id, task.title)
    for topic in sorted(bank.topics.values(), key=lambda topic: topic.id):
        if held[topic.id] or seen[topic.id]:
            yield tally("topic", topic.id, topic.title)


def _keys(task: str, topics: Sequence[str]) -> tuple[str, str, str]:
    """A question counts for its domain, its task and its first topic."""
    return domain_of(task), task, topics[0]


def _traps(answers: Iterable[Answered]) -> Mapping[Trap, int]:
    return Counter(
        trap for answer in answers for trap in answer.question.traps(answer.response.answer)
    )


def _changes(answers: Iterable[Answered]) -> Changes:
    """First complete answer against the one that counts, in exams (in practice the first is
    final)."""
    made = Counter(
        change(answer.question, answer.response) for answer in answers if answer.attempt.is_mock
    )
    return Changes(made["better"], made["worse"], made["neither"])


def _median(values: Iterable[int]) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None
