"""Any order of answers, flags, strikes, moves, breaks, crashes and clocks set wrong: every
acknowledged answer is kept, nothing else appears, and no time is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from quizengine.attempt import Event, fold
from quizengine.content import QuestionId
from quizengine.errors import AttemptError, StoreFull, Superseded
from quizengine.form import Form
from quizengine.question import BLANK, Answer
from quizengine.storage.memory import MemoryStore
from quizengine.study import Seat, Study
from quizengine.terms import MINUTE
from tests.builders import KINDS, Desk, a_bank, a_plan, a_short_exam

BANK = a_bank(8, exam=a_short_exam(), kinds=KINDS)
PLACE = st.integers(0, 9)


class BreakingStore(MemoryStore):
    """Fails at the next commit if told to: before it or, worse, after it."""

    fails: str | None = None

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        fails, self.fails = self.fails, None
        if fails == "before":
            raise StoreFull("The disk is full.", "Make room.")
        super().append(events, epoch=epoch)
        if fails == "after":
            raise StoreFull("The power went.", "Start again.")


class Sitting(RuleBasedStateMachine):
    store: BreakingStore
    desk: Desk
    study: Study
    seat: Seat
    form: Form

    @initialize(extra=st.sampled_from(["none", "x1.5", "untimed"]))
    def begin(self, extra: Any) -> None:
        self.store = BreakingStore()
        self.desk = Desk(BANK, self.store)
        self.study = self.desk.study()
        self.seat = self.study.start(a_plan(self.study, breaks=True, extra=extra))
        self.form = self.seat.attempt.form
        self.stale: list[tuple[Study, Seat]] = []
        self.answers: dict[
            QuestionId, set[Answer]
        ] = {}  # what may be there; one, unless a crash hid it
        self.flags: dict[QuestionId, bool] = {}
        self.struck: dict[QuestionId, frozenset[str]] = {}
        self.ended: tuple[int | None, str | None] | None = None
        self.least = self.study.left(self.seat)

    # What a learner does

    def id(self, place: int) -> QuestionId:
        return self.form.places[place].question

    def acted(self, seat: Seat) -> None:
        """An acknowledged act: from here on there is never more time than now."""
        self.seat = seat
        self.least = self.study.left(seat)

    def allowed(self) -> bool:
        attempt, now = self.seat.attempt, self.study.now(self.seat)
        return attempt.is_open and attempt.on_break_since is None and not attempt.is_over(now)

    def refused(self, act: Any) -> bool:
        """Whether the attempt allowed no act now; then indeed none must happen."""
        if self.allowed():
            return False
        with pytest.raises(AttemptError):
            act()
        return True

    @rule(place=PLACE, data=st.data(), fails=st.sampled_from([None, None, None, "before", "after"]))
    def answer(self, place: int, data: st.DataObject, fails: str | None) -> None:
        question = self.seat.questions[self.form.places[place].question]
        picks = st.permutations(question.shuffled).map(lambda ids: tuple(ids[: question.wanted]))
        picked = data.draw(st.just(BLANK) | picks)
        meant = question.checked(picked)
        if self.refused(lambda: self.study.answer(self.seat, question.id, picked)):
            return
        self.store.fails = fails
        try:
            self.acted(self.study.answer(self.seat, question.id, picked))
        except StoreFull:
            before = self.answers.get(question.id, {BLANK})
            self.answers[question.id] = before | ({meant} if fails == "after" else set())
            self.crash(0)
        else:
            self.answers[question.id] = {meant}

    @rule(place=PLACE, on=st.booleans())
    def flag(self, place: int, on: bool) -> None:
        if not self.refused(lambda: self.study.flag(self.seat, self.id(place), on)):
            self.acted(self.study.flag(self.seat, self.id(place), on))
            self.flags[self.id(place)] = on

    @rule(place=PLACE, data=st.data())
    def strike(self, place: int, data: st.DataObject) -> None:
        question = self.seat.questions[self.form.places[place].question]
        options = data.draw(st.frozensets(st.sampled_from(question.shuffled)))
        if not self.refused(lambda: self.study.strike(self.seat, question.id, options)):
            self.acted(self.study.strike(self.seat, question.id, options))
            self.struck[question.id] = options

    @rule(place=PLACE)
    def move(self, place: int) -> None:
        if place == self.seat.attempt.position:
            assert self.study.go_to(self.seat, place) is self.seat
        elif not self.refused(lambda: self.study.go_to(self.seat, place)):
            self.acted(self.study.go_to(self.seat, place))
            assert self.seat.question.id == self.id(place)

    @precondition(lambda self: self.seat.attempt.terms.breaks)
    @rule(minutes=st.integers(0, 30))
    def rest(self, minutes: int) -> None:
        if self.refused(lambda: self.study.pause(self.seat)):
            return
        before = self.study.left(self.seat)
        self.acted(self.study.pause(self.seat))
        self.desk.clock.advance(minutes=minutes)
        assert self.study.left(self.seat) == before

    @rule()
    def go_on(self) -> None:
        if self.seat.attempt.on_break_since is None:
            assert self.study.end_break(self.seat) is self.seat
        elif self.seat.attempt.is_open:
            before = self.study.left(self.seat)
            self.acted(self.study.end_break(self.seat))
            assert self.study.left(self.seat) == before

    @rule()
    def submit(self) -> None:
        if self.ended is not None:
            with pytest.raises(AttemptError):
                self.study.submit(self.seat)
            return
        over = self.seat.attempt.is_over(self.study.now(self.seat))
        self.seat = self.study.submit(self.seat)
        assert self.seat.attempt.submitted_by == ("time" if over else "learner")
        self.ended = (self.seat.attempt.submitted_at, self.seat.attempt.submitted_by)

    # What the world does

    @rule(minutes=st.integers(0, 9))
    def time_passes(self, minutes: int) -> None:
        before, resting = self.study.left(self.seat), self.seat.attempt.on_break_since is not None
        self.desk.clock.advance(minutes=minutes)
        after = self.study.left(self.seat)
        if before is not None and after is not None:
            assert after == (before if resting else max(0, before - minutes * MINUTE))

    @rule(wrong_by=st.sampled_from([0, 0, 3, -3, -1_000, 100_000, -100_000]))
    def crash(self, wrong_by: int) -> None:
        """The program ends; the wall clock may be set; the attempt is opened again."""
        if self.ended is not None:
            return
        self.stale.append((self.study, self.seat))
        self.desk.clock.advance(minutes=wrong_by)
        self.study = self.desk.study()
        self.seat = self.study.resume()
        for id, possible in self.answers.items():
            found = self.seat.attempt.response(id).answer
            assert found in possible
            self.answers[id] = {found}

    @precondition(lambda self: self.stale)
    @rule(data=st.data(), place=PLACE)
    def an_older_window_wakes_up(self, data: st.DataObject, place: int) -> None:
        study, seat = data.draw(st.sampled_from(self.stale))
        before = self.store.events(self.seat.attempt.id)
        with pytest.raises(AttemptError):
            study.flag(seat, self.id(place), True)
        with pytest.raises(Superseded):
            study.submit(seat)
        assert self.store.events(self.seat.attempt.id) == before

    # What is always so

    @invariant()
    def what_was_acknowledged_is_there_and_nothing_else(self) -> None:
        attempt = self.seat.attempt
        for place in self.form.places:
            response = attempt.response(place.question)
            assert {response.answer} == self.answers.get(place.question, {BLANK})
            assert response.flagged == self.flags.get(place.question, False)
            assert response.struck == self.struck.get(place.question, frozenset())

    @invariant()
    def the_window_shows_what_the_record_says(self) -> None:
        assert fold(self.store.events(self.seat.attempt.id)) == self.seat.attempt

    @invariant()
    def the_form_never_changes(self) -> None:
        assert self.seat.attempt.form == self.form

    @invariant()
    def no_time_is_given(self) -> None:
        now = self.study.left(self.seat)
        if now is not None and self.least is not None:
            assert now <= self.least

    @invariant()
    def the_end_stays_the_end(self) -> None:
        if self.ended is not None:
            attempt = self.seat.attempt
            assert (attempt.submitted_at, attempt.submitted_by) == self.ended
            assert self.study.report(attempt.id).attempt == attempt


TestSitting = Sitting.TestCase
TestSitting.settings = settings(max_examples=40, stateful_step_count=30)
