"""Everything a learner can do, one method each. The shells call this and nothing else.

Every method that changes an attempt returns only after the change is durable.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from quizengine import agenda as agendas
from quizengine import corrections, labwork, practice, progress, record, schedule, search
from quizengine import deck as decks
from quizengine import form as forms
from quizengine import outcome as outcomes
from quizengine.agenda import Agenda, Done, Goal, Item, Situation
from quizengine.attempt import (
    Attempt,
    AttemptId,
    ClientId,
    Event,
    EventKind,
    apply,
    fold,
)
from quizengine.bank import Bank, Entry, find_exam, find_lab, lab_for
from quizengine.card import Card
from quizengine.content import CardId, Digest, ExamCode, QuestionId, TopicId
from quizengine.corrections import Correction
from quizengine.deck import NEW_A_DAY, Deck
from quizengine.errors import AlreadySubmitted, BadRequest, KeptBack, NotFound, StoreDamaged, shown
from quizengine.exam import Exam, Format, domain_of
from quizengine.form import Form, Pool
from quizengine.lab import Lab, LabId
from quizengine.labwork import Act as LabAct
from quizengine.labwork import Compared, Did, Target, Work
from quizengine.outcome import Outcome
from quizengine.ports import Clock, Kept, Store
from quizengine.practice import Only
from quizengine.progress import Past, Progress
from quizengine.question import (
    Answer,
    Difficulty,
    Kind,
    Question,
    in_terms_of,
    question_from_canonical,
)
from quizengine.schedule import Day, Grade, Memory
from quizengine.scoring import CUT, Result, score
from quizengine.search import Wanted
from quizengine.terms import ExtraTime, Terms, agree, length_for
from quizengine.topic import Topic, narrowed

if TYPE_CHECKING:  # numpy is loaded by what needs it
    from quizengine.asked import Asked as WhatIsAsked
    from quizengine.course import Course
    from quizengine.observation import Evidence
    from quizengine.outlook import Outlook

WEAK = 3  # topics of a practice of the weak ones
UNTOUCHED = 30  # days, after which what is left is foretold, where no exam's day is known
MOST_COMPUTED = 200  # of one generator in one practice
PRACTICE = 10  # questions of a practice, unless said otherwise

Act: TypeAlias = tuple[EventKind, QuestionId | None, dict[str, Any]]


@dataclass(frozen=True)
class Seat:
    """One window on one attempt. A newer window on the same attempt supersedes it.

    `skew` is added to the clock so that a wall clock set back between two windows gives no
    time: a window begins no earlier than the last event. `slack` is how many milliseconds after
    the deadline a change is still taken, where it needs time on its way: it was made before.
    """

    attempt: Attempt
    questions: Mapping[QuestionId, Question]
    client: ClientId
    epoch: int
    skew: int
    revision: int = 0
    slack: int = 0

    @property
    def question(self) -> Question:
        """The question in front of the learner."""
        return self.questions[self.attempt.place.question]


@dataclass(frozen=True)
class Offer:
    """An exam as it can be chosen: `have` questions per domain, and the longest form up to the
    real length that keeps the blueprint (0: none)."""

    exam: Exam
    have: Mapping[str, int]
    longest: int

    @property
    def is_full(self) -> bool:
        return self.longest >= self.exam.formats[0].length


@dataclass(frozen=True)
class Plan:
    """An attempt as it would be: what the start screen shows."""

    exam: Exam
    format: Format
    form: Form
    terms: Terms
    changed: Sequence[QuestionId] = ()  # questions of a form file whose wording is newer here

    @property
    def is_real_length(self) -> bool:
        return len(self.form.places) == self.format.length


@dataclass(frozen=True)
class Report:
    """The result as it was shown, and beside it as the bank would mark it today.

    `regraded` is None while both agree; `corrected` names the questions whose key differs now or
    that were withdrawn (those are left out of `regraded`). `due` names the cards of what was
    answered wrong that have not been drilled since, `labs` where to practise what was not right
    and how many of these questions are about each. `compared`: of a lab's questions, before and
    after it.
    """

    exam: Exam
    attempt: Attempt
    result: Result
    regraded: Result | None
    corrected: Sequence[QuestionId]
    due: Sequence[CardId] = ()
    labs: Sequence[tuple[Lab, int]] = ()
    compared: Compared | None = None


@dataclass(frozen=True)
class LabLine:
    """A lab, and what the learner did in it so far. `compared`, of a lab that was named: how what
    it asks was answered; None where it asks nothing, or not this bank's questions."""

    lab: Lab
    work: Work
    compared: Compared | None = None


@dataclass(frozen=True)
class Gain:
    """A weak topic that a lab would help: what is known of it, and the share of the exam that is
    lost there."""

    topic: Topic
    know: float
    lost: float


def most_gained(gains: Mapping[LabId, Sequence[Gain]]) -> LabId | None:
    """The lab whose weak topics lose most of the exam; the first of equals."""
    return max(gains, key=lambda lab: sum(gain.lost for gain in gains[lab]), default=None)


@dataclass(frozen=True)
class Asked:
    """A card in front of the learner. `memory` is None for a new one; `missed` where it is due
    because an answer was wrong; `intervals` are milliseconds until it would come back."""

    card: Card
    memory: Memory | None
    missed: bool
    intervals: Mapping[Grade, int]


@dataclass(frozen=True)
class HistoryLine:
    """One attempt of the past or present. `result` is None while it is open, and where this bank
    does not know the `exam`."""

    exam: Exam | None
    attempt: Attempt
    result: Result | None


class Study:
    def __init__(
        self,
        bank: Bank,
        store: Store,
        clock: Clock,
        *,
        new_id: Callable[[], str],
        new_seed: Callable[[], int],
        kept: Kept | None = None,
    ) -> None:
        self.bank = bank
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._new_seed = new_seed
        self._kept = kept
        self._parsed: dict[Digest, Question] = {}  # revisions never change
        self._ended: dict[AttemptId, tuple[str, Attempt]] = {}  # nor does what has ended

    # What there is

    def offers(self) -> list[Offer]:
        """Every exam, with what the bank holds for it."""
        return [self.offer(code) for code in sorted(self.bank.exams)]

    def offer(self, code: str) -> Offer:
        exam = find_exam(self.bank, code)
        pool = self.bank.pool(exam.code, exam.formats[0].kinds.used)
        have = Counter(domain_of(task) for _, task in pool)
        return Offer(exam, have, forms.longest(exam, have, exam.formats[0].length))

    def find_questions(
        self,
        words: str = "",
        *,
        exam: str | None = None,
        part: str | None = None,
        area: str | None = None,
        topic: str | None = None,
        kind: Kind | None = None,
        difficulty: Difficulty | None = None,
    ) -> list[Entry]:
        """The questions with all of the words, and of these kinds; `part` is a domain or a task
        of the exam. Without those of an open attempt, about which nothing is told."""
        wanted = Wanted(
            words=words,
            topics=self._topics(area, topic),
            exam=None if exam is None else find_exam(self.bank, exam).code,
            part=part,
            kind=kind,
            difficulty=difficulty,
        )
        found, hidden = search.questions(self.bank, wanted), self.withheld()
        return [entry for entry in found if entry.id not in hidden]

    def find_cards(
        self,
        words: str = "",
        *,
        exam: str | None = None,
        area: str | None = None,
        topic: str | None = None,
    ) -> list[Card]:
        """The cards with all of the words, on what the exam asks, in an area, on a topic."""
        code = None if exam is None else find_exam(self.bank, exam).code
        return search.cards(self.bank, Wanted(words, self._topics(area, topic, code)))

    def _topics(
        self, area: str | None, topic: str | None, exam: ExamCode | None = None
    ) -> frozenset[TopicId] | None:
        if (exam, area, topic) == (None, None, None):
            return None
        return narrowed(self.bank.topics, exam=exam, area=area, topic=topic)

    def kept_back(self) -> frozenset[QuestionId]:
        """The questions that are kept for the last mocks of some exam."""
        return search.kept_back(self.bank)

    def withheld(self) -> dict[QuestionId, AttemptId]:
        """The questions of open attempts whose key was not shown there, and what was asked before
        a lab and comes again after it: nothing is told about them until then."""
        found: dict[QuestionId, AttemptId] = {}
        for started, submitted in self._store.attempts():
            if submitted is None:
                attempt = self._attempt(started.attempt)
                for place in attempt.form.places:
                    if attempt.response(place.question).revealed_at is None:
                        found[place.question] = attempt.id
        return self._untold() | found

    # Starting and coming back

    def plan(
        self,
        code: str,
        *,
        format: str | None = None,
        questions: int | None = None,
        minutes: float | None = None,
        extra: ExtraTime = "none",
        breaks: bool = False,
        from_sealed: bool = False,
        computed: bool = False,
        seed: int | None = None,
    ) -> Plan:
        """Draw a form and agree on the terms, without starting. With `computed`, questions whose
        numbers are new each time may be drawn as well. Raises TooFewQuestions."""
        exam = find_exam(self.bank, code)
        shape = exam.format(format)
        length = length_for(shape, questions, minutes)
        terms = agree(shape, length, minutes=minutes, extra=extra, breaks=breaks)
        seed = self._new_seed() if seed is None else seed
        rng = random.Random(seed)
        fresh = practice.compute(exam, self.bank, self.past(), rng) if computed else []
        form = forms.draw(
            exam,
            self.bank,
            practice.shown_with_their_like(self._store.last_shown(), fresh),
            rng,
            format=shape,
            length=length,
            from_sealed=from_sealed,
            computed=fresh,
            seed=seed,
        )
        return Plan(exam, shape, form, terms)

    def plan_on_paper(self, code: str, questions: int, seed: int | None = None) -> Plan:
        """A form to print, whatever was seen before: the same seed and bank give the same one, on
        every computer. Raises TooFewQuestions."""
        exam = find_exam(self.bank, code)
        shape = exam.formats[0]
        length = length_for(shape, questions, None)
        seed = self._new_seed() if seed is None else seed
        form = forms.draw(
            exam, self.bank, {}, random.Random(seed), format=shape, length=length, seed=seed
        )
        return Plan(exam, shape, form, agree(shape, length))

    def plan_practice(
        self,
        code: str,
        *,
        only: Collection[Only] = (),
        within: str | None = None,
        weak: bool = False,
        computed: bool = False,
        questions: int | None = None,
        minutes: float | None = None,
        seed: int | None = None,
    ) -> Plan:
        """Draw questions to practise, with feedback at once: ten unless it is said how many.

        `only` narrows to what was wrong, unseen, flagged or unsure (any of these); `within` to a
        domain ("3"), a task ("3.4"), an area or a topic; `weak` to the topics on which the exam
        loses most. Sealed questions are left alone; computed ones take their turn among the others,
        each with new numbers, and with `computed` there are no others.
        With `minutes`, as many as the exam's pace allows, and the practice ends then.
        """
        exam = find_exam(self.bank, code)
        shape = exam.formats[0]
        if questions is None:
            questions = PRACTICE if minutes is None else length_for(shape, None, minutes)
        terms = Terms(minutes=minutes, feedback=True)
        agree(shape, questions, minutes=minutes)
        seed = self._new_seed() if seed is None else seed
        topics = self._weak(exam) if weak else None
        past, rng = self.past(), random.Random(seed)
        bank = self.bank
        wanted = practice.compute(exam, bank, past, rng, only=only, within=within, topics=topics)
        if computed and 0 < len(wanted) < questions:
            each = min(MOST_COMPUTED, math.ceil(questions / len(wanted)))
            wanted = practice.compute(
                exam, bank, past, rng, only=only, within=within, topics=topics, each=each
            )
        shown = practice.shown_with_their_like(self._store.last_shown(), wanted)
        if not computed:
            without = self._untold()
            wanted += practice.choose(
                exam, bank, past, only=only, within=within, topics=topics, without=without
            )
        form = forms.draw_practice(exam, bank, wanted, shown, rng, questions, seed)
        return Plan(exam, shape, form, terms)

    def practisable(
        self,
        code: str,
        *,
        only: Collection[Only] = (),
        within: str | None = None,
        weak: bool = False,
    ) -> Pool:
        """All questions that fit such a practice, with their tasks: one of each kind that is
        computed."""
        exam, past = find_exam(self.bank, code), self.past()
        topics = self._weak(exam) if weak else None
        computed = practice.compute(
            exam, self.bank, past, random.Random(0), only=only, within=within, topics=topics
        )
        found = practice.choose(
            exam, self.bank, past, only=only, within=within, topics=topics, without=self._untold()
        )
        return [*computed, *found]

    def plan_from_file(
        self,
        text: str,
        name: str,
        *,
        minutes: float | None = None,
        extra: ExtraTime = "none",
        breaks: bool = False,
    ) -> Plan:
        """The plan of a form somebody saved. `name` is the file's, for errors."""
        form, changed = forms.from_file(text, name, self.bank)
        exam = find_exam(self.bank, form.exam)
        shape = exam.format(form.format)
        terms = agree(shape, len(form.places), minutes=minutes, extra=extra, breaks=breaks)
        return Plan(exam, shape, form, terms, changed)

    def start(self, plan: Plan) -> Seat:
        """Begin the attempt: the clock runs from here."""
        questions = {p.question: self.bank.question(p.question) for p in plan.form.places}
        attempt_id = AttemptId(self._new_id())
        self._store.keep({q.digest(): q.canonical() for q in questions.values()})
        epoch = self._store.claim(attempt_id)
        client = ClientId(self._new_id())
        about = {
            "form": plan.form.model_dump(mode="json"),
            "terms": plan.terms.model_dump(mode="json"),
        }
        acts: list[Act] = [("started", None, about), ("shown", plan.form.places[0].question, {})]
        learner = self._store.learner()
        events = self._events(attempt_id, learner, client, -1, self._clock.now(), acts)
        self._store.append(events, epoch=epoch)
        return Seat(fold(events), questions, client, epoch, skew=0, revision=events[-1].revision)

    def resume(self, attempt: str | None = None) -> Seat:
        """Take an open attempt over in a new window: the one named, or the latest.

        The clock has run on. If the deadline has passed, nothing is submitted yet: the learner
        is asked first, since the computer's clock may be wrong.
        """
        found = self._find(attempt, is_open=True)
        if not found.is_open:
            raise AlreadySubmitted
        seat = self._seat(found.id, self._store.claim(found.id))
        if self.left(seat) == 0 or seat.attempt.on_break_since is not None:
            return seat
        return self._commit(seat, self.now(seat), ("shown", seat.attempt.place.question, {}))

    def return_to(self, attempt: str, epoch: int) -> Seat:
        """The seat of a window that outlived the program, as one in a browser does. It claims
        nothing: what it does is Superseded if a newer window was opened meanwhile."""
        return self._seat(self._find(attempt, is_open=True).id, epoch)

    def is_newest(self, seat: Seat) -> bool:
        """Whether no newer window has the attempt."""
        return self._store.epoch(seat.attempt.id) == seat.epoch

    # During an attempt

    def now(self, seat: Seat) -> int:
        return self._clock.now() + seat.skew

    def left(self, seat: Seat) -> int | None:
        """Milliseconds left, None if untimed."""
        return seat.attempt.left(self.now(seat))

    def left_in(self, attempt: Attempt) -> int | None:
        """Milliseconds left in an attempt seen from outside, None if untimed."""
        return attempt.left(max(self._clock.now(), attempt.last_at))

    def answer(
        self, seat: Seat, question: str, picked: Answer, *, sure: bool | None = None
    ) -> Seat:
        """Answer a question; an empty answer takes it back. Raises TimeIsUp, Superseded."""
        asked = self._asked(seat, question)
        picked = asked.checked(picked)
        if seat.attempt.response(asked.id).revealed_at is not None:
            raise BadRequest(
                "The key of this question was shown: its answer is final.",
                "Go on to another question.",
            )
        payload = {"picked": list(picked), "complete": asked.is_complete(picked), "sure": sure}
        return self._act(seat, ("answered", asked.id, payload))

    def strike(self, seat: Seat, question: str, options: frozenset[str]) -> Seat:
        """Mark options as ruled out. A struck option can still be chosen."""
        asked = self._asked(seat, question)
        if unknown := sorted(options - set(asked.shuffled)):
            raise BadRequest(
                f"Question {asked.id} has no choice {shown(unknown[0])}.",
                f"It has {len(asked.shuffled)}.",
            )
        return self._act(seat, ("struck", asked.id, {"options": sorted(options)}))

    def flag(self, seat: Seat, question: str, on: bool) -> Seat:
        """Flag for review; no effect on the score."""
        return self._act(seat, ("flagged", self._asked(seat, question).id, {"on": on}))

    def note(self, seat: Seat, question: str, text: str) -> Seat:
        """Keep a note on a question, to be read at review. At most 2,000 characters."""
        if len(text) > 2_000:
            raise BadRequest(f"The note has {len(text)} characters.", "A note has at most 2000.")
        return self._act(seat, ("noted", self._asked(seat, question).id, {"text": text}))

    def reveal(self, seat: Seat, question: str) -> Seat:
        """Practice: show the key and the reasons. The answer is final from here."""
        asked = self._asked(seat, question)
        if not seat.attempt.is_practice:
            raise BadRequest("An exam shows no key before its end.", "quizengine practice does.")
        if seat.attempt.response(asked.id).revealed_at is not None:
            return seat
        return self._act(seat, ("revealed", asked.id, {}))

    def go_to(self, seat: Seat, index: int) -> Seat:
        """Put the question at `index` (from 0) in front of the learner."""
        places = seat.attempt.form.places
        if not 0 <= index < len(places):
            raise BadRequest(
                f"There is no question {index + 1}.", f"The form has 1 to {len(places)}."
            )
        if index == seat.attempt.position:
            return seat
        question = places[index].question
        acts: list[Act] = [("moved", question, {})]
        if not seat.attempt.response(question).seen:
            acts.append(("shown", question, {}))
        return self._act(seat, *acts)

    def pause(self, seat: Seat) -> Seat:
        """Stop the clock for a break, where the terms allow it."""
        if not seat.attempt.terms.breaks:
            raise BadRequest(
                "This attempt was started without breaks.",
                "quizengine exam start --breaks allows stopping the clock.",
            )
        return self._act(seat, ("paused", None, {}))

    def end_break(self, seat: Seat) -> Seat:
        if seat.attempt.on_break_since is None:
            return seat
        return self._commit(seat, self.now(seat), ("resumed", None, {}))

    def submit(self, seat: Seat) -> Seat:
        """End the attempt for good, by the learner's word or because the time is up."""
        if not seat.attempt.is_open:
            raise AlreadySubmitted
        now = self.now(seat)
        deadline = seat.attempt.deadline
        by: Literal["learner", "time"] = "learner"
        if deadline is not None and seat.attempt.is_over(now):
            by, now = "time", max(deadline, seat.attempt.last_at)
        return self._commit(seat, now, ("submitted", None, {"by": by}))

    # Afterwards

    def history(self) -> list[HistoryLine]:
        """All attempts, oldest first."""
        return [self._line(self._known(*pair)) for pair in self._store.attempts()]

    def look_at(self, attempt: str) -> HistoryLine:
        """One attempt as the history has it: to look at it takes it from no window."""
        return self._line(self._find(attempt, is_open=True))

    def report(self, attempt: str | None = None) -> Report:
        """The result of a submitted attempt: the one named (or a beginning of its id), or the
        latest. Recomputed from what was shown. Raises KeptBack for what was asked before a lab and
        comes again."""
        found = self._find(attempt, is_open=False)
        if found.is_open:
            raise BadRequest(
                f"Attempt {found.id[:8]} is still open: it has no result yet.",
                f"quizengine exam resume {found.id[:8]}",
            )
        exam = find_exam(self.bank, found.form.exam)
        shown = self._shown(found)
        result = score(exam, found, shown)
        if found.comes_again and not shown.keys().isdisjoint(self._untold()):
            raise KeptBack(found.form.lab or "", result.right, result.count)
        today, corrected = self._today(shown)
        regraded = score(exam, _in_terms_of(today, shown, found), today) if corrected else None
        missed = decks.missed(progress.final_answers([(found, shown)]))
        drilled = self._memories()
        known = set(self.bank.cards())
        due = [
            card
            for card in sorted(missed)
            if card in known and decks.still_missed(card, missed, drilled.get(card))
        ]
        labs, lab = self._labs_for(result), found.form.lab
        compared = None if lab is None else labwork.compared(LabId(lab), self._sat())
        return Report(exam, found, result, regraded, corrected, due, labs, compared)

    def past(self) -> dict[QuestionId, Past]:
        """What the record says of each question: its last answer, and its marks."""
        return progress.past(self._sat())

    def progress(self, code: str) -> Progress:
        """Where the learner stands in one exam, from every answer that counts."""
        exam = find_exam(self.bank, code)
        return progress.progress(exam, self.bank, self._sat(), self._finished_labs())

    def corrected(self) -> list[Question]:
        """The questions, as they are now, whose marking was corrected or that were withdrawn
        after the learner met them, and of which `tell_corrected` has not told yet."""
        met: dict[QuestionId, Question] = {}
        untold = self._untold()
        for attempt, questions in self._sat():
            for id, question in questions.items():
                if id in untold:
                    continue
                if not attempt.is_open or attempt.response(id).revealed_at is not None:
                    met[id] = question
        told = {
            (event.question, _marking(self._revision(event.question, event.payload["digest"])))
            for event in self._store.of_kind("told")
            if event.question is not None
        }
        _, changed = self._today(met)
        found = [self.bank.question(id) for id in sorted(changed)]
        return [question for question in found if (question.id, _marking(question)) not in told]

    def tell_corrected(self, questions: Sequence[Question]) -> None:
        """Note that the learner was told of these corrections."""
        self._store.keep({question.digest(): question.canonical() for question in questions})
        self._store.append(
            [self._alone("told", {"digest": q.digest()}, question=q.id) for q in questions]
        )

    # What to do

    def outlook(self, code: str, *, at_most: int | None = None) -> Outlook | None:
        """What the model of the learner says of one exam: weak places, chance, trend, forgetting.

        None where the bank has no question of it; and where more than `at_most` answers came in
        since the model was last kept, which take a while.
        """
        from quizengine import outlook

        exam = find_exam(self.bank, code)
        asked = self._what_is_asked(exam)
        course = None if asked is None else self._course(self._evidence(), at_most=at_most)
        if asked is None or course is None:
            return None
        now, goal = self._clock.now() / schedule.DAY, self.goal()
        until = now + UNTOUCHED
        if goal is not None and goal.exam == exam.code:
            until = agendas.day_number(goal.on)
        told = len(self._store.of_kind("outcome"))
        return outlook.outlook(
            exam, asked, self.bank.topics, course, day=now, until=until, outcomes=told
        )

    def set_goal(self, goal: Goal, today: date) -> None:
        """Keep the exam to prepare for, its day, and the minutes a day. Raises BadRequest."""
        exam = find_exam(self.bank, goal.exam)
        agendas.check(goal, today)
        if self._what_is_asked(exam) is None:
            raise BadRequest(
                f"The bank holds no question of {exam.code}.",
                "quizengine exam list shows what it has.",
            )
        before = self._planned()
        at = max(self._clock.now(), 0 if before is None else before.at + 1)
        self._store.append([self._alone("planned", goal.model_dump(mode="json"), at=at)])

    def goal(self) -> Goal | None:
        """The latest one that was set."""
        return None if (planned := self._planned()) is None else agendas.of(planned)

    def agenda(self, day: Day, today: date, *, a_day: int = NEW_A_DAY) -> Agenda | None:
        """What to do each day until the exam; None without a goal that this bank serves.

        It is made from the record as it stood when the day began (or later that day, when the
        goal was set), so that it stays the same while its items are done.
        """
        planned = self._planned()
        if planned is None:
            return None
        goal = agendas.of(planned)
        exam = self.bank.exams.get(goal.exam)
        if exam is None:
            return None
        since = max(day.begins, planned.at + 1)
        found = self._situation(exam, day, a_day, since, kept="morning")
        if found is None:
            return None
        return agendas.agenda(goal, today, *found)

    def next_steps(self, code: str, day: Day, *, a_day: int = NEW_A_DAY) -> list[Item]:
        """The best three things to do for an exam at this moment."""
        now = self._clock.now() + 1
        found = self._situation(find_exam(self.bank, code), day, a_day, now)
        return [] if found is None else agendas.next_steps(found[0])

    # Cards

    def deck(
        self,
        day: Day,
        *,
        exam: str | None = None,
        area: str | None = None,
        topic: str | None = None,
        a_day: int = NEW_A_DAY,
        new: int | None = None,
        every: bool = False,
        limit: int | None = None,
        since: int | None = None,
    ) -> Deck:
        """The cards to drill now: what is due, then new ones.

        `exam`, `area` and `topic` narrow the choice. As many new ones as are left of `a_day` for
        this `day`, or `new` whatever the day had; those of the exam named, or else of the latest
        attempt, come first. `every` adds what is not due and all new ones. `since` is when a
        sitting began that goes on, in a shell that keeps no deck.
        """
        chosen = narrowed(
            self.bank.topics,
            exam=None if exam is None else find_exam(self.bank, exam).code,
            area=area,
            topic=topic,
        )
        sat = list(self._sat())
        untold = progress.untold(sat, self.bank)
        graded = self._store.of_kind("graded")
        aim = sat[-1][0].form.exam if exam is None and sat else exam
        if new is not None and since is not None:
            new -= decks.introduced(graded, Day(since, self._clock.now() + 1))
        return decks.lay_out(
            self.bank.every_card(),
            list(self.bank.topics),
            schedule.fold(graded),
            decks.missed(a for a in progress.final_answers(sat) if a.question.id not in untold),
            chosen=chosen,
            first=narrowed(self.bank.topics, exam=aim),
            now=self._clock.now(),
            day=day,
            new=a_day - decks.introduced(graded, day) if new is None else new,
            every=every,
            limit=limit,
            since=since,
        )

    def next_card(self, deck: Deck) -> Asked | None:
        """The card to ask now; None when the deck is done."""
        now = self._clock.now()
        id = deck.next(now)
        if id is None:
            return None
        memory = deck.memories.get(id)
        return Asked(self.bank.card(id), memory, id in deck.missed, schedule.intervals(memory, now))

    def until_due(self, deck: Deck) -> int | None:
        """Milliseconds until the next card of a deck that is done is due; None if none is."""
        return None if deck.next_due is None else max(0, deck.next_due - self._clock.now())

    def grade(self, deck: Deck, card: CardId, grade: Grade) -> Deck:
        """Keep how well the card was known; the deck goes on without it, or with it later.

        A card's grades never stand at one moment, nor go back in time with a clock that did.
        """
        before = deck.memories.get(card)
        at = max(self._clock.now(), 0 if before is None else before.at + 1)
        told = schedule.Graded(card=card, grade=grade)
        self._store.append([self._alone("graded", told.model_dump(mode="json"), at=at)])
        return deck.after(card, schedule.graded(before, grade, at))

    def corrections(
        self, *, exam: str | None = None, area: str | None = None, topic: str | None = None
    ) -> list[Correction]:
        """What the source decks say that is not so, and what is."""
        code: ExamCode | None = None if exam is None else find_exam(self.bank, exam).code
        chosen = narrowed(self.bank.topics, exam=code, area=area, topic=topic)
        return corrections.of(self.bank, chosen)

    # Labs

    def labs(self) -> list[LabLine]:
        """Every lab, in the order in which they are done."""
        work = labwork.fold(self._store.of_kind("lab"))
        return [LabLine(lab, work.get(id, Work())) for id, lab in self.bank.labs.items()]

    def lab(self, id: str) -> LabLine:
        """One lab. Raises NotFound."""
        wanted = find_lab(self.bank, id)
        line = next(line for line in self.labs() if line.lab == wanted)
        return replace(line, compared=self._compared(wanted))

    def plan_lab(self, id: str, *, again: bool = False, seed: int | None = None) -> Plan:
        """The questions of a lab: before it without a key, so that they can come again; once it is
        done, or asked for `again`, with the key and every reason. Raises BadRequest, NotFound."""
        line = self.lab(id)
        lab, compared = line.lab, line.compared
        exam = self._exam_of(lab)
        if compared is None or exam is None:
            raise BadRequest(
                f"The lab {lab.id} asks no questions.", f"quizengine lab show {lab.id}"
            )
        if compared.open is not None:
            raise BadRequest(
                f"The questions of {lab.id} are being asked.",
                f"quizengine exam resume {compared.open[:8]}",
            )
        after = again or line.work.finished_at(lab) is not None or compared.after is not None
        if compared.before is not None and not after:
            right = sum(compared.before.values())
            raise KeptBack(lab.id, right, len(compared.before))
        seed = self._new_seed() if seed is None else seed
        form = forms.draw_lab(exam, self.bank, lab, random.Random(seed), seed)
        terms = Terms(minutes=None, extra="untimed", feedback=after)
        return Plan(exam, exam.formats[0], form, terms)

    def lab_gains(self, code: str | None = None) -> dict[LabId, list[Gain]]:
        """The weak topics that each lab which is not done would help, where most is lost first:
        those of an exam (else of the one that is prepared for) on which there are answers, and of
        which less is known than passing takes. Empty where the model has nothing to go by."""
        from quizengine.weakness import needed, why

        exam = self._prepared(code)
        asked = None if exam is None else self._what_is_asked(exam)
        course = None if asked is None else self._course(self._evidence())
        if asked is None or course is None or not course.mastery.count:
            return {}
        enough, told = needed(CUT, asked.guess(asked.whole)), why(course.mastery)
        known = course.mastery.estimate(self._clock.now() / schedule.DAY)
        weak = {
            topic: Gain(self.bank.topics[TopicId(topic)], now, share * (1 - now))
            for topic, share in asked.whole.items()
            if told[topic].seen and (now := known[topic].know) < enough
        }
        return {
            LabId(line.lab.id): sorted(mine, key=lambda gain: (-gain.lost, gain.topic.id))
            for line in self.labs()
            if line.work.finished_at(line.lab) is None
            and (mine := [weak[topic] for topic in line.lab.topics if topic in weak])
        }

    def note_lab(
        self,
        lab: str,
        act: LabAct,
        *,
        checks: Mapping[str, bool] | None = None,
        check: str | None = None,
        target: Target = "offline",
    ) -> None:
        """Keep what was done in a lab: `checks` where it was checked, `check` for a hint; `target`:
        where."""
        id = find_lab(self.bank, lab).id
        did = Did(lab=id, act=act, target=target, checks=dict(checks or {}), check=check)
        self._store.append([self._alone("lab", did.model_dump(mode="json"))])

    # The record as a whole

    def export(self) -> Iterator[str]:
        """The whole record as JSON Lines."""
        return record.to_lines(
            self._store.learner(), self._store.every_revision(), self._store.every_event()
        )

    def import_lines(
        self, lines: Iterable[str], name: str, *, merge: bool = False
    ) -> tuple[int, int]:
        """Take in a record from the lines of a file called `name`; (events new, events known).

        A union by event id: importing twice changes nothing. All or nothing. Another machine's
        record is mixed with one that holds something only if `merge` says so: nothing undoes it.
        """
        found = record.from_lines(lines, name)
        mine = self._store.learner()
        strangers = {event.learner for event in found.events} - {mine}
        here = {event.learner for event in self._store.every_event()}
        if strangers - here and here and not merge:
            raise BadRequest(
                f"{name} was written by another installation, and this record is not empty. "
                "Nothing was imported.",
                "If both are yours: quizengine record import --merge FILE",
            )
        new = record.unknown(self._store.every_event(), found.events, name)
        self._store.keep(found.revisions)
        self._store.append(new)
        self._ended.clear()
        return len(new), len(found.events) - len(new)

    def add_outcome(self, outcome: Outcome, today: date) -> None:
        """Keep what a real exam, or another provider's mock, said."""
        outcomes.check(outcome, find_exam(self.bank, outcome.exam), today)
        self._store.append([self._alone("outcome", outcome.model_dump(mode="json"))])

    def outcomes(self) -> list[Outcome]:
        """What was told so far, in the order it was taken."""
        found = [outcomes.of(event) for event in self._store.of_kind("outcome")]
        return sorted(found, key=lambda outcome: outcome.taken_on)

    # Within

    def _sat(self) -> Iterator[tuple[Attempt, Mapping[QuestionId, Question]]]:
        """Every attempt with the revisions it showed, oldest first."""
        for pair in self._store.attempts():
            attempt = self._known(*pair)
            yield attempt, self._shown(attempt)

    def _untold(self) -> dict[QuestionId, AttemptId]:
        """What was asked before a lab and comes again after it: see `progress.untold`."""
        if not any(
            started.payload["form"].get("lab") is not None for started, _ in self._store.attempts()
        ):
            return {}
        return progress.untold(self._sat(), self.bank)

    def _prepared(self, code: str | None = None) -> Exam | None:
        """The exam named; else that of the goal, of the latest attempt, or the first there is."""
        if code is not None:
            return find_exam(self.bank, code)
        goal = self.goal()
        latest = [started.payload["form"]["exam"] for started, _ in self._store.attempts()]
        wanted = [*([] if goal is None else [goal.exam]), *latest[::-1]]
        exams = self.bank.exams
        return next((exams[code] for code in wanted if code in exams), None)

    def _compared(self, lab: Lab) -> Compared | None:
        if self._exam_of(lab) is None:
            return None
        return labwork.compared(LabId(lab.id), self._sat())

    def _exam_of(self, lab: Lab) -> Exam | None:
        """The exam whose questions a lab asks: the one that is prepared for, if it asks all of
        them, else the first of the lab's that does."""
        known = {entry.id: entry for entry in self.bank.entries() if not entry.withdrawn}
        if not lab.asks or not known.keys() >= set(lab.asks):
            return None
        prepared = self._prepared()
        wanted = [*([] if prepared is None else [prepared.code]), *map(ExamCode, lab.exams)]
        return next(
            (
                self.bank.exams[code]
                for code in wanted
                if code in self.bank.exams
                and all(code in known[QuestionId(id)].exams for id in lab.asks)
            ),
            None,
        )

    def _planned(self) -> Event | None:
        """The event of the latest goal."""
        planned = self._store.of_kind("planned")
        return planned[-1] if planned else None

    def _what_is_asked(self, exam: Exam) -> WhatIsAsked | None:
        """What a mock asks; None where the bank has no question of it."""
        from quizengine.asked import asked

        try:
            return asked(exam, self.bank)
        except BadRequest:
            return None

    def _evidence(self) -> list[Evidence]:
        from quizengine.evidence import evidence

        return evidence(self.bank, self._sat(), self.outcomes())

    def _course(
        self, evidence: Sequence[Evidence], *, name: str = "now", at_most: int | None = None
    ) -> Course | None:
        """The fold of the evidence, from the latest kept state that is one of its beginning; None
        where more than `at_most` pieces would have to be folded."""
        from quizengine.course import Course

        best, own = Course.over(self.bank.topics), -1
        for kept in ("now", "morning") if self._kept is not None else ():
            assert self._kept is not None
            found = self._kept.read(kept, self.bank.topics)
            if found is not None and found.mastery.is_fold_of(evidence):
                own = found.mastery.count if kept == name else own
                best = found if found.mastery.count > best.mastery.count else best
        rest = evidence[best.mastery.count :]
        if at_most is not None and len(rest) > at_most:
            return None
        course = best.fold(rest)
        if self._kept is not None and own != course.mastery.count:
            self._kept.write(name, course)
        return course

    def _situation(
        self, exam: Exam, day: Day, a_day: int, before: int, *, kept: str = "now"
    ) -> tuple[Situation, Done] | None:
        """How things stood before a moment, and what was done since."""
        from quizengine import advice

        asked = self._what_is_asked(exam)
        if asked is None:
            return None
        moment = before / schedule.DAY
        course = self._course([e for e in self._evidence() if e.day < moment], name=kept)
        assert course is not None
        know = {id: found.know for id, found in course.mastery.estimate(moment).items()}
        sat, graded = list(self._sat()), self._store.of_kind("graded")
        labs = self._store.of_kind("lab")
        found = advice.situation(
            exam, self.bank, asked, know, sat, graded, labs, day=day, a_day=a_day, before=before
        )
        return found, advice.done(exam, sat, graded, labs, before)

    def _weak(self, exam: Exam) -> list[str]:
        """The topics on which the exam loses most."""
        asked = self._what_is_asked(exam)
        if asked is None:
            return []
        course = self._course(self._evidence())
        assert course is not None
        known = course.mastery.estimate(self._clock.now() / schedule.DAY)
        share = asked.whole
        lost = sorted(share, key=lambda topic: (share[topic] * (known[topic].know - 1), topic))
        return lost[:WEAK]

    def _labs_for(self, result: Result) -> list[tuple[Lab, int]]:
        """Where to practise what was not right, the lab of most of it first; none that is done."""
        found: Counter[LabId] = Counter()
        for marked in result.questions:
            if not marked.is_right and (lab := lab_for(self.bank, marked.question)) is not None:
                found[LabId(lab.id)] += 1
        finished = self._finished_labs()
        labs = ((self.bank.labs[id], count) for id, count in found.most_common())
        return [(lab, count) for lab, count in labs if lab not in finished]

    def _finished_labs(self) -> list[Lab]:
        return [line.lab for line in self.labs() if line.work.finished_at(line.lab) is not None]

    def _line(self, attempt: Attempt) -> HistoryLine:
        exam = self.bank.exams.get(attempt.form.exam)
        result = None
        if exam is not None and not attempt.is_open:
            result = score(exam, attempt, self._shown(attempt))
        return HistoryLine(exam, attempt, result)

    def _seat(self, id: AttemptId, epoch: int) -> Seat:
        attempt = self._attempt(id)
        skew = max(0, attempt.last_at - self._clock.now())
        # Revisions count on, so that a new window comes after the old one within a millisecond.
        revision = max(event.revision for event in self._store.events(id))
        client = ClientId(self._new_id())
        return Seat(attempt, self._shown(attempt), client, epoch, skew, revision)

    def _asked(self, seat: Seat, question: str) -> Question:
        seat.attempt.number_of(question)
        return seat.questions[QuestionId(question)]

    def _act(self, seat: Seat, *acts: Act) -> Seat:
        """Do it if the attempt allows that now."""
        now = self.now(seat)
        deadline = seat.attempt.deadline
        if deadline is not None and deadline <= now < deadline + seat.slack:
            now = deadline - 1
        seat.attempt.check_change(now)
        return self._commit(seat, now, *acts)

    def _commit(self, seat: Seat, at: int, *acts: Act) -> Seat:
        attempt = seat.attempt
        events = self._events(attempt.id, attempt.learner, seat.client, seat.revision, at, acts)
        self._store.append(events, epoch=seat.epoch)
        for event in events:
            attempt = apply(attempt, event)
        return replace(seat, attempt=attempt, revision=events[-1].revision)

    def _events(
        self,
        attempt: AttemptId,
        learner: str,
        client: ClientId,
        revision: int,
        at: int,
        acts: Sequence[Act],
    ) -> list[Event]:
        """One event an act; `revision` is the last one the client used."""
        return [
            Event(
                id=self._new_id(),
                learner=learner,
                attempt=attempt,
                client=client,
                revision=number,
                kind=kind,
                question=question,
                payload=payload,
                at=at,
            )
            for number, (kind, question, payload) in enumerate(acts, start=revision + 1)
        ]

    def _alone(
        self,
        kind: EventKind,
        payload: dict[str, Any],
        *,
        question: QuestionId | None = None,
        at: int | None = None,
    ) -> Event:
        """An event that belongs to no attempt: it has an id of one for itself."""
        return Event(
            id=self._new_id(),
            learner=self._store.learner(),
            attempt=AttemptId(self._new_id()),
            client=ClientId(self._new_id()),
            revision=0,
            kind=kind,
            question=question,
            payload=payload,
            at=self._clock.now() if at is None else at,
        )

    def _find(self, named: str | None, *, is_open: bool) -> Attempt:
        """The attempt whose id begins with `named`; unnamed, the latest open (or ended) one."""
        pairs = self._store.attempts()
        ids = [started.attempt for started, _ in pairs]
        if named is None:
            ids = [s.attempt for s, submitted in pairs if (submitted is None) == is_open][-1:]
            if not ids:
                raise BadRequest(
                    f"There is no {'open' if is_open else 'finished'} attempt.",
                    "quizengine exam start begins one; quizengine exam history lists all.",
                )
        else:
            ids = [id for id in ids if named and id.startswith(named.lower())]
        if len(ids) > 1:
            raise BadRequest(
                f"Several attempts begin with {shown(named)}: {', '.join(ids[:5])}.",
                "Give more of the id.",
            )
        if not ids:
            known = [started.attempt[:8] for started, _ in pairs]
            raise NotFound("attempt", named or "", known, "quizengine exam history lists them.")
        return self._attempt(ids[0])

    def _attempt(self, id: AttemptId) -> Attempt:
        try:
            return fold(self._store.events(id))
        except (ValueError, KeyError, TypeError) as error:  # an event that tells nothing
            raise StoreDamaged(
                f"The record of attempt {id[:8]} cannot be read: {error}.",
                "quizengine doctor examines the record.",
            ) from error

    def _known(self, started: Event, submitted: Event | None) -> Attempt:
        """The attempt; one that has ended is folded once."""
        before = self._ended.get(started.attempt)
        if submitted is not None and before is not None and before[0] == submitted.id:
            return before[1]
        attempt = self._attempt(started.attempt)
        if submitted is not None:
            self._ended[started.attempt] = (submitted.id, attempt)
        return attempt

    def _shown(self, attempt: Attempt) -> dict[QuestionId, Question]:
        """The revisions this attempt showed."""
        return {
            place.question: self._revision(place.question, place.digest)
            for place in attempt.form.places
        }

    def _revision(self, question: QuestionId, digest: Digest) -> Question:
        if digest not in self._parsed:
            self._parsed[digest] = self._read(question, digest)
        return self._parsed[digest]

    def _read(self, question: QuestionId, digest: Digest) -> Question:
        text = self._store.revision(digest)
        if text is None:
            raise StoreDamaged(
                f"The record lacks the shown revision of question {question}.",
                "quizengine doctor examines the record.",
            )
        return question_from_canonical(text)

    def _memories(self) -> dict[CardId, Memory]:
        return schedule.fold(self._store.of_kind("graded"))

    def _today(
        self, shown: Mapping[QuestionId, Question]
    ) -> tuple[dict[QuestionId, Question], list[QuestionId]]:
        """The same questions as the bank marks them now, without the withdrawn ones, and the ids
        whose marking changed."""
        today = dict(shown)
        corrected = []
        for id, old in shown.items():
            try:
                new = self.bank.question(id)
            except NotFound:
                continue
            if new.withdrawn is not None:
                corrected.append(id)
                del today[id]
            elif new.kind != old.kind or new.marking != old.marking:
                corrected.append(id)
                today[id] = new.model_copy(update={"exams": old.exams})
        return today, corrected


def _marking(question: Question) -> tuple[str, object, bool]:
    """What two revisions that mark alike have in common."""
    return question.kind, question.marking, question.withdrawn is not None


def _in_terms_of(
    today: Mapping[QuestionId, Question], shown: Mapping[QuestionId, Question], attempt: Attempt
) -> Attempt:
    """The attempt with its answers as answers to today's revisions."""
    responses = {
        id: replace(response, answer=in_terms_of(today[id], shown[id], response.answer))
        if id in today
        else response
        for id, response in attempt.responses.items()
    }
    return replace(attempt, responses=responses)
