"""From the record to the situation that an agenda is made from, and to what was done since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from quizengine import agenda, labwork, schedule
from quizengine import deck as decks
from quizengine import form as forms
from quizengine.agenda import Done, Exercise, Situation, Subject
from quizengine.asked import Asked
from quizengine.attempt import Event
from quizengine.bank import Bank
from quizengine.deck import Deck
from quizengine.exam import Exam, domain_of
from quizengine.lab import LabId
from quizengine.labwork import Work
from quizengine.progress import Answered, Sat, final_answers, untold
from quizengine.schedule import DAY, Day
from quizengine.topic import narrowed

AHEAD = 60  # days for which cards are foretold


def situation(
    exam: Exam,
    bank: Bank,
    asked: Asked,
    know: Mapping[str, float],
    sat: Sequence[Sat],
    graded: Sequence[Event],
    lab_events: Sequence[Event],
    *,
    day: Day,
    a_day: int,
    before: int,
) -> Situation:
    """How things stood `before` a moment (UTC milliseconds) of that day.

    `know` is what was known of each topic then; `a_day` how many new cards a day there are.
    """
    shape = exam.formats[0]
    pool = bank.pool(exam.code, shape.kinds.used)
    kept = forms.sealed(exam, pool, bank.labs.values())
    free = {id for id, _ in pool} - kept
    questions = Counter(
        topic for entry in bank.entries() if entry.id in free for topic in entry.topics
    )
    have = Counter(domain_of(task) for id, task in pool if id not in kept)
    answers = [answer for answer in final_answers(sat) if answer.at < before]
    silent = untold(sat, bank)
    deck = decks.lay_out(
        bank.every_card(),
        list(bank.topics),
        schedule.fold(event for event in graded if event.at < before),
        decks.missed(answer for answer in answers if answer.question.id not in silent),
        chosen=narrowed(bank.topics, exam=exam.code),
        first=(),
        now=max(before, day.begins),
        day=day,
        new=0,
        every=True,
    )
    work = labwork.fold(event for event in lab_events if event.at < before)
    return Situation(
        exam=exam.code,
        pace=shape.minutes.used / shape.length,
        length=shape.length,
        longest=forms.longest(exam, have, shape.length),
        answers=sum(exam.code in answer.question.exams for answer in answers),
        cards=_cards(deck, day, a_day),
        due=len(deck.due),
        subjects=[
            Subject(
                topic,
                bank.topics[id].title,
                share,
                know[topic],
                questions[topic],
                _closed(topic, bank, work, answers),
            )
            for id in bank.topics
            if (share := asked.whole.get(topic := str(id), 0.0)) > 0
        ],
        labs=[
            Exercise(lab.id, lab.title, lab.minutes, lab.topics)
            for id, lab in bank.labs.items()
            if exam.code in lab.exams and work.get(id, Work()).finished_at(lab) is None
        ],
        sealed=bool(kept),
    )


def done(
    exam: Exam, sat: Iterable[Sat], graded: Iterable[Event], lab_events: Iterable[Event], since: int
) -> Done:
    """What was done from a moment on."""
    sat = list(sat)
    answers = [answer for answer in final_answers(sat) if answer.at >= since]
    practised = (answer for answer in answers if answer.attempt.is_practice)
    mocks = [
        attempt
        for attempt, _ in sat
        if attempt.form.exam == exam.code
        and attempt.is_mock
        and attempt.submitted_at is not None
        and attempt.submitted_at >= since
    ]
    acts = (labwork.of(event) for event in lab_events if event.at >= since)
    return Done(
        cards=sum(event.at >= since for event in graded),
        answers=Counter(topic for answer in practised for topic in answer.question.topics),
        labs=frozenset(did.lab for did in acts if did.act == "checked"),
        mocks=tuple(len(one.form.places) for one in mocks if not one.form.sealed),
        sealed=tuple(len(one.form.places) for one in mocks if one.form.sealed),
    )


def _closed(
    topic: str, bank: Bank, work: Mapping[LabId, Work], answers: Iterable[Answered]
) -> float:
    """What the finished lab that is of most use for a topic is taken to have closed of it."""
    times = [answer.at for answer in answers if topic in answer.question.topics]
    found = [0.0]
    for id, lab in bank.labs.items():
        mine = work.get(id, Work())
        at = mine.finished_at(lab)
        if at is not None and topic in lab.topics:
            since = sum(time > at for time in times)
            found.append(agenda.closed_by_lab(since, alone=mine.is_done_alone(lab)))
    return max(found)


def _cards(deck: Deck, day: Day, a_day: int) -> list[int]:
    """How many cards are to be drilled on this day and the next ones: what is due then, by the
    grades so far, and new ones while there are any."""
    later = Counter(
        (memory.due - day.begins) // DAY
        for id, memory in deck.memories.items()
        if id not in deck.due
    )
    fresh = len(deck.new)
    found = []
    for n in range(AHEAD):
        new = min(a_day, fresh)
        fresh -= new
        found.append((len(deck.due) if n == 0 else later[n]) + new)
    return found
