"""A learner at a desk who sits chosen questions, in few words."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from quizengine.bank import LoadedBank
from quizengine.content import ExamCode, QuestionId, TopicId
from quizengine.form import Form, place
from quizengine.practice import Only
from quizengine.progress import Past, Progress, Tally
from quizengine.question import Answer, Kind, Question
from quizengine.study import Plan, Seat, Study
from quizengine.terms import Terms
from quizengine.topic import Topic
from tests.builders import Desk, a_question, a_short_exam, a_topic

MLS = "mls-c01"
STREAMS = "data/streams"
STOPPING = "training/early-stopping"
UNUSED = "training/unused"
PLACED = {  # ids by their first letter: their task, their topics and their kind
    "a": ("1.1", (STOPPING,), "single"),
    "b": ("2.2", (STREAMS, STOPPING), "single"),
    "c": ("1.2", (STREAMS,), "multiple"),
}


def a_placed_question(id: str, **changes: object) -> Question:
    """a1, a2 ... in task 1.1; b1 ... in 2.2; c1 ... in 1.2 and with two right options."""
    task, topics, _ = PLACED[id[0]]
    kind: Kind = "multiple" if id[0] == "c" else "single"
    return a_question(kind, id, **{"exams": {MLS: task}, "topics": topics} | changes)


def placed_bank(*instead: Question) -> LoadedBank:
    """a1-a6, b1-b6 and c1-c2, and three topics of which one holds no question."""
    ids = [*(f"a{n}" for n in range(1, 7)), *(f"b{n}" for n in range(1, 7)), "c1", "c2"]
    questions = {id: a_placed_question(id) for id in ids}
    questions |= {question.id: question for question in instead}
    streams = Topic(
        id=TopicId(STREAMS),
        area="Data",
        title="Streams",
        scope="What arrives without end.",
        exams={MLS: "1.2"},
    )
    topics = [a_topic(), streams, a_topic(UNUSED)]
    return LoadedBank(questions.values(), (), topics, [a_short_exam()])


BANK = placed_bank()


def picked(words: str) -> Answer:
    """`right-a right-b` as an answer; nothing is blank."""
    return tuple(words.split())


@dataclass
class Learner:
    """Every act takes a second."""

    desk: Desk = field(default_factory=lambda: Desk(BANK))

    @property
    def study(self) -> Study:
        return self.desk.study()

    def starts(
        self, *ids: str, practice: bool = False, minutes: float | None = None, unscored: str = ""
    ) -> Seat:
        bank, rng = self.desk.bank, random.Random(1)
        form = Form(
            exam=ExamCode(MLS),
            format="practice" if practice else "standard",
            places=tuple(place(bank.question(id), id not in unscored.split(), rng) for id in ids),
            bank=bank.digest,
        )
        exam = bank.exams[form.exam]
        terms = Terms(minutes=minutes, feedback=practice)
        self.desk.clock.advance(ms=1000)
        return self.study.start(Plan(exam, exam.formats[0], form, terms))

    def answers(self, seat: Seat, id: str, words: str, sure: bool | None = None) -> Seat:
        self.desk.clock.advance(ms=1000)
        return self.study.answer(seat, id, picked(words), sure=sure)

    def submits(self, seat: Seat) -> Seat:
        self.desk.clock.advance(ms=1000)
        return self.study.submit(seat)

    def sits(self, answers: Mapping[str, str], *, sure: bool | None = None) -> Seat:
        """A whole mock exam."""
        seat = self.starts(*answers)
        for id, words in answers.items():
            seat = self.answers(seat, id, words, sure)
        return self.submits(seat)

    def practises(self, answers: Mapping[str, str], *, sure: bool | None = None) -> Seat:
        """Practice that is left open, every answer revealed."""
        seat = self.starts(*answers, practice=True)
        for id, words in answers.items():
            seat = self.study.reveal(self.answers(seat, id, words, sure), id)
        return seat

    def progress(self) -> Progress:
        return self.study.progress(MLS)

    def tally(self, id: str) -> Tally:
        """The tally of a domain, a task or a topic."""
        return next(tally for tally in self.progress().tallies if tally.id == id)

    def past(self, id: str) -> Past:
        return self.study.past().get(QuestionId(id), Past())

    def offered(self, *only: Only, within: str | None = None) -> set[str]:
        """What practice of that kind would ask."""
        plan = self.study.plan_practice(MLS, only=only, within=within, questions=100)
        return {place.question for place in plan.form.places}
