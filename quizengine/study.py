"""Everything a learner can do, one method each. The shells call this and nothing else.

Every method that changes an attempt returns only after the change is durable.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, TypeAlias

from quizengine import form as forms
from quizengine import outcome as outcomes
from quizengine import practice, progress, record
from quizengine.attempt import (
    Attempt,
    AttemptId,
    ClientId,
    Event,
    EventKind,
    apply,
    fold,
)
from quizengine.bank import Bank, find_exam
from quizengine.content import Digest, QuestionId
from quizengine.errors import AlreadySubmitted, BadRequest, NotFound, StoreDamaged, shown
from quizengine.exam import Exam, Format, domain_of
from quizengine.form import Form, Place
from quizengine.outcome import Outcome
from quizengine.ports import Clock, Store
from quizengine.practice import Only
from quizengine.progress import Past, Progress
from quizengine.question import Answer, Question, in_terms_of, question_from_canonical
from quizengine.scoring import Result, score
from quizengine.terms import ExtraTime, Terms, agree, length_for

PRACTICE = 10  # questions of a practice, unless said otherwise

Act: TypeAlias = tuple[EventKind, QuestionId | None, dict[str, Any]]


@dataclass(frozen=True)
class Seat:
    """One window on one attempt. A newer window on the same attempt supersedes it.

    `skew` is added to the clock so that a wall clock set back between two windows gives no
    time: a window begins no earlier than the last event.
    """

    attempt: Attempt
    questions: Mapping[QuestionId, Question]
    client: ClientId
    epoch: int
    skew: int
    revision: int = 0

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
    that were withdrawn (those are left out of `regraded`).
    """

    exam: Exam
    attempt: Attempt
    result: Result
    regraded: Result | None
    corrected: Sequence[QuestionId]


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
    ) -> None:
        self.bank = bank
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._new_seed = new_seed
        self._parsed: dict[Digest, Question] = {}  # revisions never change

    # What there is

    def offers(self) -> list[Offer]:
        """Every exam, with what the bank holds for it."""
        return [self.offer(code) for code in sorted(self.bank.exams)]

    def offer(self, code: str) -> Offer:
        exam = find_exam(self.bank, code)
        pool = self.bank.pool(exam.code, exam.formats[0].kinds.used)
        have = Counter(domain_of(task) for _, task in pool)
        return Offer(exam, have, forms.longest(exam, have, exam.formats[0].length))

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
        seed: int | None = None,
    ) -> Plan:
        """Draw a form and agree on the terms, without starting. Raises TooFewQuestions."""
        exam = find_exam(self.bank, code)
        shape = exam.format(format)
        length = length_for(shape, questions, minutes)
        terms = agree(shape, length, minutes=minutes, extra=extra, breaks=breaks)
        seed = self._new_seed() if seed is None else seed
        form = forms.draw(
            exam,
            self.bank,
            self._store.last_shown(),
            random.Random(seed),
            format=shape,
            length=length,
            from_sealed=from_sealed,
            seed=seed,
        )
        return Plan(exam, shape, form, terms)

    def plan_practice(
        self,
        code: str,
        *,
        only: Collection[Only] = (),
        within: str | None = None,
        questions: int | None = None,
        minutes: float | None = None,
        seed: int | None = None,
    ) -> Plan:
        """Draw questions to practise, with feedback at once: ten unless it is said how many.

        `only` narrows to what was wrong, unseen, flagged or unsure (any of these); `within` to a
        domain ("3"), a task ("3.4"), an area or a topic. Sealed questions are left alone.
        With `minutes`, as many as the exam's pace allows, and the practice ends then.
        """
        exam = find_exam(self.bank, code)
        shape = exam.formats[0]
        if questions is None:
            questions = PRACTICE if minutes is None else length_for(shape, None, minutes)
        terms = Terms(minutes=minutes, feedback=True)
        agree(shape, questions, minutes=minutes)
        seed = self._new_seed() if seed is None else seed
        wanted = practice.choose(exam, self.bank, self.past(), only=only, within=within)
        form = forms.draw_practice(
            exam, self.bank, wanted, self._store.last_shown(), random.Random(seed), questions, seed
        )
        return Plan(exam, shape, form, terms)

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
        epoch = self._store.claim(found.id)
        found = self._attempt(found.id)
        skew = max(0, found.last_at - self._clock.now())
        # Revisions count on, so that a new window comes after the old one within a millisecond.
        revision = max(event.revision for event in self._store.events(found.id))
        client = ClientId(self._new_id())
        seat = Seat(found, self._shown(found), client, epoch, skew, revision)
        if self.left(seat) == 0 or found.on_break_since is not None:
            return seat
        return self._commit(seat, self.now(seat), ("shown", found.place.question, {}))

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
        lines = []
        for started, submitted in self._store.attempts():
            attempt = self._attempt(started.attempt)
            exam = self.bank.exams.get(attempt.form.exam)
            result = None
            if exam is not None and submitted is not None:
                result = score(exam, attempt, self._shown(attempt))
            lines.append(HistoryLine(exam, attempt, result))
        return lines

    def report(self, attempt: str | None = None) -> Report:
        """The result of a submitted attempt: the one named (or a beginning of its id), or the
        latest. Recomputed from what was shown."""
        found = self._find(attempt, is_open=False)
        if found.is_open:
            raise BadRequest(
                f"Attempt {found.id[:8]} is still open: it has no result yet.",
                f"quizengine exam resume {found.id[:8]}",
            )
        exam = find_exam(self.bank, found.form.exam)
        shown = self._shown(found)
        result = score(exam, found, shown)
        today, corrected = self._today(shown)
        regraded = score(exam, _in_terms_of(today, shown, found), today) if corrected else None
        return Report(exam, found, result, regraded, corrected)

    def past(self) -> dict[QuestionId, Past]:
        """What the record says of each question: its last answer, and its marks."""
        return progress.past(self._sat())

    def progress(self, code: str) -> Progress:
        """Where the learner stands in one exam, from every answer that counts."""
        exam = find_exam(self.bank, code)
        return progress.progress(exam, self.bank, self._sat())

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
        return len(new), len(found.events) - len(new)

    def add_outcome(self, outcome: Outcome, today: date) -> None:
        """Keep what a real exam, or another provider's mock, said."""
        outcomes.check(outcome, find_exam(self.bank, outcome.exam), today)
        event = Event(
            id=self._new_id(),
            learner=self._store.learner(),
            attempt=AttemptId(self._new_id()),
            client=ClientId(self._new_id()),
            revision=0,
            kind="outcome",
            payload=outcome.model_dump(mode="json"),
            at=self._clock.now(),
        )
        self._store.append([event])

    def outcomes(self) -> list[Outcome]:
        """What was told so far, in the order it was taken."""
        found = [outcomes.of(event) for event in self._store.of_kind("outcome")]
        return sorted(found, key=lambda outcome: outcome.taken_on)

    # Within

    def _sat(self) -> Iterator[tuple[Attempt, Mapping[QuestionId, Question]]]:
        """Every attempt with the revisions it showed, oldest first."""
        for started, _ in self._store.attempts():
            attempt = self._attempt(started.attempt)
            yield attempt, self._shown(attempt)

    def _asked(self, seat: Seat, question: str) -> Question:
        seat.attempt.number_of(question)
        return seat.questions[QuestionId(question)]

    def _act(self, seat: Seat, *acts: Act) -> Seat:
        """Do it if the attempt allows that now."""
        now = self.now(seat)
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

    def _shown(self, attempt: Attempt) -> dict[QuestionId, Question]:
        """The revisions this attempt showed."""
        return {place.question: self._revision(place) for place in attempt.form.places}

    def _revision(self, place: Place) -> Question:
        if place.digest not in self._parsed:
            self._parsed[place.digest] = self._read(place)
        return self._parsed[place.digest]

    def _read(self, place: Place) -> Question:
        text = self._store.revision(place.digest)
        if text is None:
            raise StoreDamaged(
                f"The record lacks the shown revision of question {place.question}.",
                "quizengine doctor examines the record.",
            )
        return question_from_canonical(text)

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
