"""Everything a learner can do, over a record in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from quizengine.attempt import Event
from quizengine.bank import LoadedBank
from quizengine.content import QuestionId
from quizengine.errors import (
    AlreadySubmitted,
    BadRequest,
    NotFound,
    OnBreak,
    StoreFull,
    Superseded,
    TimeIsUp,
)
from quizengine.form import to_file
from quizengine.question import Answer, Question
from quizengine.scoring import Result
from quizengine.storage.memory import MemoryStore
from quizengine.study import Seat, Study
from quizengine.terms import MINUTE
from tests.builders import (
    START,
    Desk,
    a_bank,
    a_choice,
    a_plan,
    a_prompt,
    a_question,
    a_short_exam,
    a_single,
    a_study,
    an_exam,
    question_data,
)

SHORT = a_short_exam()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def study(desk: Desk) -> Study:
    return desk.study()


@pytest.fixture
def seat(study: Study) -> Seat:
    return study.start(a_plan(study))


def kinds_of_events(desk: Desk, seat: Seat) -> list[str]:
    return [event.kind for event in desk.store.events(seat.attempt.id)]


def answer_all(study: Study, seat: Seat, picked: str = "right") -> Seat:
    for place in seat.attempt.form.places:
        seat = study.answer(seat, place.question, (picked,))
    return seat


def left(study: Study, seat: Seat) -> float:
    """Minutes left."""
    milliseconds = study.left(seat)
    assert milliseconds is not None
    return milliseconds / MINUTE


# What there is


def test_an_offer_counts_the_questions_and_knows_the_longest_form() -> None:
    offer = a_study(a_bank({"1": 5, "2": 3}, exam=SHORT)).offer("MLS-C01")
    assert offer.have == {"1": 5, "2": 3}
    assert offer.longest == 7
    assert not offer.is_full


def test_an_offer_is_full_if_the_real_exam_can_be_drawn(study: Study) -> None:
    assert study.offer("mls-c01").is_full


def test_every_exam_is_offered_by_code() -> None:
    bank = LoadedBank([], (), (), [an_exam("mls-c01"), an_exam("aif-c01")])
    assert [offer.exam.code for offer in a_study(bank).offers()] == ["aif-c01", "mls-c01"]
    assert [offer.longest for offer in a_study(bank).offers()] == [0, 0]


# Planning and starting


def test_a_plan_is_the_real_exam_unless_something_else_is_wished(study: Study) -> None:
    plan = a_plan(study)
    assert plan.is_real_length
    assert plan.terms.minutes == 20
    assert len(plan.form.places) == 10


def test_a_plan_of_fewer_questions_keeps_the_pace(study: Study) -> None:
    plan = a_plan(study, questions=4)
    assert (len(plan.form.places), plan.terms.minutes) == (4, 8)
    assert not plan.is_real_length


def test_a_plan_of_fewer_minutes_has_fewer_questions(study: Study) -> None:
    plan = a_plan(study, minutes=6)
    assert (len(plan.form.places), plan.terms.minutes) == (3, 6)


@pytest.mark.parametrize("minutes", [float("nan"), float("inf"), -1.0, 0.0, 1e300])
def test_a_plan_of_impossible_minutes_is_refused(study: Study, minutes: float) -> None:
    with pytest.raises(BadRequest):
        a_plan(study, minutes=minutes)


def test_a_plan_alone_leaves_no_trace(desk: Desk, study: Study) -> None:
    a_plan(study)
    assert desk.store.attempts() == []


def test_a_seed_redraws_the_same_form(study: Study) -> None:
    assert a_plan(study, seed=3).form == a_plan(study, seed=3).form
    assert a_plan(study, seed=3).form != a_plan(study, seed=4).form


def test_without_a_seed_chance_chooses_one_and_the_form_names_it(study: Study) -> None:
    plan = a_plan(study)
    assert plan.form.seed == 7
    assert a_plan(study, seed=7).form == plan.form


def test_a_saved_form_is_planned_again_on_another_machine(study: Study) -> None:
    saved = to_file(a_plan(study, questions=4).form)
    plan = a_study().plan_from_file(saved, "form.json", extra="x2")
    assert plan.form == a_plan(study, questions=4).form
    assert plan.terms.minutes == 16
    assert plan.changed == []


def test_to_start_shows_the_first_question_and_starts_the_clock(
    desk: Desk, study: Study, seat: Seat
) -> None:
    assert kinds_of_events(desk, seat) == ["started", "shown"]
    assert seat.question.id == seat.attempt.form.places[0].question
    assert seat.attempt.started_at == START
    assert left(study, seat) == 20


def test_what_was_shown_is_seen_and_comes_last_in_the_next_form(desk: Desk, study: Study) -> None:
    seat = study.start(a_plan(study))
    for index in range(1, 10):
        seat = study.go_to(seat, index)
    first = {place.question for place in seat.attempt.form.places}
    assert set(desk.store.last_shown()) == first
    assert first.isdisjoint(place.question for place in a_plan(study).form.places)


# Answering


def test_an_answer_is_in_the_record_before_it_is_acknowledged(
    desk: Desk, study: Study, seat: Seat
) -> None:
    seat = study.answer(seat, seat.question.id, ("right",), sure=True)
    event = desk.store.events(seat.attempt.id)[-1]
    assert event.kind == "answered"
    assert event.payload == {"picked": ["right"], "complete": True, "sure": True}
    assert seat.attempt.response(seat.question.id).answer == ("right",)


def test_an_answer_that_cannot_be_meant_leaves_no_trace(
    desk: Desk, study: Study, seat: Seat
) -> None:
    before = desk.store.events(seat.attempt.id)
    with pytest.raises(BadRequest):
        study.answer(seat, seat.question.id, ("right", "wrong-a"))
    with pytest.raises(BadRequest):
        study.answer(seat, seat.question.id, ("nonsense",))
    with pytest.raises(NotFound):
        study.answer(seat, "elsewhere", ("right",))
    assert desk.store.events(seat.attempt.id) == before


def test_an_answer_the_store_could_not_keep_is_not_acknowledged() -> None:
    desk = Desk(store=FullStore(room=2))
    study = desk.study()
    seat = study.start(a_plan(study))
    seat = study.answer(seat, seat.question.id, ("wrong-a",))
    with pytest.raises(StoreFull):
        study.answer(seat, seat.question.id, ("right",))
    assert desk.study().resume().attempt.response(seat.question.id).answer == ("wrong-a",)


def test_the_order_of_picks_is_kept_in_canonical_form() -> None:
    bank = a_bank(5, exam=SHORT, kinds=("multiple",))
    study = a_study(bank)
    seat = study.start(a_plan(study))
    seat = study.answer(seat, seat.question.id, ("right-b", "right-a"))
    assert seat.attempt.response(seat.question.id).answer == ("right-a", "right-b")


def test_options_are_struck_out_and_can_still_be_chosen(study: Study, seat: Seat) -> None:
    id = seat.question.id
    seat = study.strike(seat, id, frozenset({"right", "wrong-a", "wrong-b"}))
    seat = study.answer(seat, id, ("right",))
    assert seat.attempt.response(id).struck == {"right", "wrong-a", "wrong-b"}
    assert seat.attempt.response(id).answer == ("right",)
    assert study.strike(seat, id, frozenset()).attempt.response(id).struck == frozenset()


@pytest.mark.parametrize("nonsense", ["a-nonsense", "zzz-nonsense"])
def test_what_is_no_option_cannot_be_struck_out(study: Study, seat: Seat, nonsense: str) -> None:
    with pytest.raises(BadRequest, match=nonsense):
        study.strike(seat, seat.question.id, frozenset({"right", nonsense}))


def test_flags_and_notes_are_kept_and_do_not_score(study: Study, seat: Seat) -> None:
    id = seat.question.id
    seat = study.note(study.flag(seat, id, True), id, "Why?")
    assert seat.attempt.flagged == [0]
    assert seat.attempt.response(id).note == "Why?"
    assert study.report(study.submit(seat).attempt.id).result.right == 0


def test_a_note_has_at_most_2000_characters(study: Study, seat: Seat) -> None:
    study.note(seat, seat.question.id, "x" * 2_000)
    with pytest.raises(BadRequest, match="2001 characters"):
        study.note(seat, seat.question.id, "x" * 2_001)


def test_a_question_is_shown_once_however_often_it_is_visited(
    desk: Desk, study: Study, seat: Seat
) -> None:
    for index in (3, 0, 3):
        seat = study.go_to(seat, index)
    assert seat.attempt.position == 3
    assert kinds_of_events(desk, seat).count("shown") == 2


def test_to_stay_where_one_is_leaves_no_trace(desk: Desk, study: Study, seat: Seat) -> None:
    assert study.go_to(seat, 0) is seat
    assert len(kinds_of_events(desk, seat)) == 2


@pytest.mark.parametrize(("index", "number"), [(-1, 0), (10, 11)])
def test_there_is_no_question_beyond_the_form(
    study: Study, seat: Seat, index: int, number: int
) -> None:
    with pytest.raises(BadRequest, match=f"no question {number}"):
        study.go_to(seat, index)


# Time


def test_time_runs_down_with_the_clock(desk: Desk, study: Study, seat: Seat) -> None:
    desk.clock.advance(minutes=7)
    assert left(study, seat) == 13


CHANGES: dict[str, Callable[[Study, Seat], Seat]] = {
    "answer": lambda study, seat: study.answer(seat, seat.question.id, ("right",)),
    "strike": lambda study, seat: study.strike(seat, seat.question.id, frozenset({"right"})),
    "flag": lambda study, seat: study.flag(seat, seat.question.id, True),
    "note": lambda study, seat: study.note(seat, seat.question.id, "x"),
    "go_to": lambda study, seat: study.go_to(seat, 5),
    "pause": lambda study, seat: study.pause(seat),
}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@every_change
def test_no_answer_is_taken_once_the_time_is_up(
    desk: Desk, study: Study, change: Callable[[Study, Seat], Seat]
) -> None:
    seat = study.start(a_plan(study, breaks=True))
    desk.clock.advance(minutes=20, ms=-1)
    change(study, seat)
    before = desk.store.events(seat.attempt.id)
    desk.clock.advance(ms=1)
    with pytest.raises(TimeIsUp):
        change(study, seat)
    assert desk.store.events(seat.attempt.id) == before


@every_change
def test_nothing_changes_after_the_end(
    desk: Desk, study: Study, change: Callable[[Study, Seat], Seat]
) -> None:
    done = study.submit(study.start(a_plan(study, breaks=True)))
    before = desk.store.events(done.attempt.id)
    with pytest.raises(AlreadySubmitted):
        change(study, done)
    with pytest.raises(AlreadySubmitted):
        study.submit(done)
    assert desk.store.events(done.attempt.id) == before


@every_change
def test_nothing_changes_during_a_break(
    study: Study, change: Callable[[Study, Seat], Seat]
) -> None:
    seat = study.pause(study.start(a_plan(study, breaks=True)))
    with pytest.raises(OnBreak):
        change(study, seat)


def test_an_untimed_attempt_has_no_end_but_the_learners(desk: Desk, study: Study) -> None:
    seat = study.start(a_plan(study, extra="untimed"))
    desk.clock.advance(minutes=100_000)
    assert study.left(seat) is None
    seat = study.answer(seat, seat.question.id, ("right",))
    assert study.submit(seat).attempt.submitted_by == "learner"


def test_a_break_stops_the_clock(desk: Desk, study: Study) -> None:
    seat = study.start(a_plan(study, breaks=True))
    desk.clock.advance(minutes=5)
    seat = study.pause(seat)
    desk.clock.advance(minutes=600)
    assert left(study, seat) == 15
    seat = study.end_break(seat)
    assert left(study, seat) == 15
    desk.clock.advance(minutes=15)
    assert left(study, seat) == 0


def test_a_break_needs_the_terms_for_it(study: Study, seat: Seat) -> None:
    with pytest.raises(BadRequest, match="without breaks"):
        study.pause(seat)
    assert study.end_break(seat) is seat


def test_an_attempt_can_be_submitted_from_a_break(desk: Desk, study: Study) -> None:
    seat = study.pause(study.start(a_plan(study, breaks=True)))
    desk.clock.advance(minutes=60)
    done = study.submit(seat)
    assert done.attempt.submitted_by == "learner"


# Coming back


def test_an_attempt_resumes_where_it_was(desk: Desk, study: Study, seat: Seat) -> None:
    seat = study.go_to(study.answer(seat, seat.question.id, ("right",)), 4)
    desk.clock.advance(minutes=3)
    again = desk.study().resume()
    assert again.attempt.responses == seat.attempt.responses
    assert again.attempt.form == seat.attempt.form
    assert again.question == seat.question
    assert left(desk.study(), again) == 17


def test_nobody_sits_in_front_of_a_question_between_two_windows(desk: Desk, seat: Seat) -> None:
    desk.clock.advance(minutes=2)
    seat = desk.study().flag(seat, seat.question.id, True)
    desk.clock.advance(minutes=600)
    seat = desk.study().resume()
    desk.clock.advance(minutes=1)
    done = desk.study().submit(seat)
    assert done.attempt.response(seat.question.id).spent <= 3 * MINUTE


def test_the_clock_runs_on_while_the_program_is_closed(desk: Desk, seat: Seat) -> None:
    desk.clock.advance(minutes=12)
    assert left(desk.study(), desk.study().resume()) == 8


def test_a_clock_set_back_gives_no_time(desk: Desk, study: Study, seat: Seat) -> None:
    desk.clock.advance(minutes=8)
    seat = study.answer(seat, seat.question.id, ("right",))
    desk.clock.advance(minutes=-300)
    again = desk.study().resume()
    assert left(study, again) == 12
    desk.clock.advance(minutes=4)
    assert left(study, again) == 8
    assert study.left_in(again.attempt) == 12 * MINUTE


def test_a_clock_set_back_again_and_again_gives_no_time(desk: Desk, study: Study) -> None:
    seat = study.start(a_plan(study))
    for minute in range(1, 20):
        desk.clock.advance(minutes=1)
        seat = study.flag(seat, seat.question.id, bool(minute % 2))
        desk.clock.advance(minutes=-50)
        study = desk.study()
        seat = study.resume()
        assert left(study, seat) == 20 - minute


def test_a_clock_set_back_during_a_break_gives_no_time(desk: Desk, study: Study) -> None:
    seat = study.start(a_plan(study, breaks=True))
    desk.clock.advance(minutes=5)
    study.pause(seat)
    desk.clock.advance(minutes=-100)
    study = desk.study()
    seat = study.resume()
    desk.clock.advance(minutes=2)
    seat = study.end_break(seat)
    assert left(study, seat) == 15


def test_a_jump_past_the_deadline_submits_nothing_by_itself(
    desk: Desk, study: Study, seat: Seat
) -> None:
    study.answer(seat, seat.question.id, ("right",))
    desk.clock.advance(minutes=60 * 24 * 365)
    again = desk.study().resume()
    assert again.attempt.is_open
    assert left(study, again) == 0
    assert "submitted" not in kinds_of_events(desk, seat)
    with pytest.raises(TimeIsUp):
        study.answer(again, again.question.id, ("wrong-a",))


def test_a_jump_past_the_deadline_that_was_an_error_costs_nothing(desk: Desk, seat: Seat) -> None:
    desk.clock.advance(minutes=600)
    desk.study().resume()
    desk.clock.advance(minutes=-598)
    study = desk.study()
    assert left(study, study.resume()) == 18


def test_an_attempt_is_resumed_by_a_beginning_of_its_id(desk: Desk, study: Study) -> None:
    first, second = study.start(a_plan(study)), study.start(a_plan(study))
    for seat in (first, second):
        assert study.resume(seat.attempt.id[:8]).attempt.id == seat.attempt.id
        assert study.resume(seat.attempt.id.upper()).attempt.id == seat.attempt.id


def test_without_a_name_the_latest_open_attempt_is_resumed(desk: Desk, study: Study) -> None:
    study.start(a_plan(study))
    desk.clock.advance(minutes=1)
    second = study.start(a_plan(study))
    desk.clock.advance(minutes=1)
    study.submit(study.start(a_plan(study)))
    assert study.resume().attempt.id == second.attempt.id


def test_a_beginning_that_two_attempts_share_names_neither(study: Study) -> None:
    study.start(a_plan(study))
    study.start(a_plan(study))
    with pytest.raises(BadRequest, match="Several attempts begin with '0000'"):
        study.resume("0000")


def test_a_submitted_attempt_is_not_resumed(study: Study, seat: Seat) -> None:
    study.submit(seat)
    with pytest.raises(AlreadySubmitted):
        study.resume(seat.attempt.id)
    with pytest.raises(BadRequest, match="no open attempt"):
        study.resume()


def test_an_attempt_resumes_with_the_questions_it_was_begun_with(desk: Desk, seat: Seat) -> None:
    desk.bank = LoadedBank([], (), (), desk.bank.exams.values())
    again = desk.study().resume()
    assert again.questions == seat.questions


# Crashes


class FullStore(MemoryStore):
    """Has room for so many commits and then for none, until there is `room` again."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room: int | None = room

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        if self.room is not None:
            if self.room == 0:
                self.room = None
                raise StoreFull("The disk is full.", "Make room.")
            self.room -= 1
        super().append(events, epoch=epoch)


def test_a_question_in_front_of_the_learner_counts_as_seen_even_after_a_crash_at_the_start() -> (
    None
):
    desk = Desk(store=FullStore(room=1))
    study = desk.study()
    plan = a_plan(study)
    try:
        seat = study.start(plan)
    except StoreFull:
        seat = desk.study().resume()
    assert seat.question.id in desk.store.last_shown()


def test_a_question_in_front_of_the_learner_counts_as_seen_even_after_a_crash_on_the_way() -> None:
    desk = Desk(store=FullStore(room=4))
    study = desk.study()
    seat = study.start(a_plan(study))
    try:
        seat = study.go_to(study.flag(seat, seat.question.id, True), 5)
        seat = study.go_to(seat, 6)
    except StoreFull:
        seat = desk.study().resume()
    assert seat.question.id in desk.store.last_shown()


def test_an_event_that_is_written_twice_counts_once(desk: Desk, study: Study, seat: Seat) -> None:
    seat = study.answer(seat, seat.question.id, ("right",))
    events = desk.store.events(seat.attempt.id)
    desk.store.append(events[::-1])
    assert desk.store.events(seat.attempt.id) == events
    assert desk.study().resume().attempt.responses == seat.attempt.responses


# Two windows


@every_change
def test_the_newest_window_wins(
    desk: Desk, study: Study, change: Callable[[Study, Seat], Seat]
) -> None:
    old = study.start(a_plan(study, breaks=True))
    new = desk.study().resume()
    before = desk.store.events(old.attempt.id)
    with pytest.raises(Superseded):
        change(study, old)
    with pytest.raises(Superseded):
        study.submit(old)
    assert desk.store.events(old.attempt.id) == before
    change(desk.study(), new)


def test_an_older_window_that_takes_the_attempt_back_is_the_newest(
    desk: Desk, study: Study, seat: Seat
) -> None:
    second = desk.study().resume()
    third = study.resume()
    study.flag(third, third.question.id, True)
    with pytest.raises(Superseded):
        desk.study().flag(second, second.question.id, True)


def test_a_window_on_another_attempt_is_left_alone(study: Study, seat: Seat) -> None:
    other = study.start(a_plan(study))
    study.resume(other.attempt.id)
    assert study.flag(seat, seat.question.id, True).attempt.flagged == [0]


def test_a_new_window_comes_after_the_older_one_even_within_one_millisecond() -> None:
    falling = (f"{n:08x}-0000-4000-8000-000000000000" for n in range(1_000, 0, -1))
    desk = Desk()
    study = Study(desk.bank, desk.store, desk.clock, new_id=lambda: next(falling), new_seed=int)
    seat = study.start(a_plan(study))
    study.answer(seat, seat.question.id, ("wrong-a",))
    again = study.resume()
    study.answer(again, again.question.id, ("right",))
    assert study.resume().attempt.response(seat.question.id).answer == ("right",)


# Submitting


def test_the_learner_submits_in_time(desk: Desk, study: Study, seat: Seat) -> None:
    desk.clock.advance(minutes=20, ms=-1)
    done = study.submit(seat).attempt
    assert (done.submitted_by, done.submitted_at) == ("learner", START + 20 * MINUTE - 1)


def test_time_submits_at_the_deadline_however_late_it_is_noticed(
    desk: Desk, study: Study, seat: Seat
) -> None:
    desk.clock.advance(minutes=500)
    done = study.submit(seat).attempt
    assert (done.submitted_by, done.submitted_at) == ("time", START + 20 * MINUTE)
    assert sum(response.spent for response in done.responses.values()) == 20 * MINUTE


def test_time_submits_from_a_new_window_too(desk: Desk, seat: Seat) -> None:
    desk.clock.advance(minutes=500)
    study = desk.study()
    assert study.submit(study.resume()).attempt.submitted_by == "time"


# Afterwards


def test_the_history_lists_every_attempt_oldest_first(desk: Desk, study: Study) -> None:
    first = study.submit(answer_all(study, study.start(a_plan(study))))
    desk.clock.advance(minutes=1)
    second = study.start(a_plan(study))
    lines = study.history()
    assert [line.attempt.id for line in lines] == [first.attempt.id, second.attempt.id]
    assert [line.result and line.result.scaled for line in lines] == [1000, None]
    assert lines[0].attempt.form.exam == "mls-c01"


def test_a_report_marks_what_was_answered(study: Study, seat: Seat) -> None:
    study.submit(answer_all(study, seat, "wrong-a"))
    report = study.report()
    assert (report.result.right, report.result.count, report.result.scaled) == (0, 6, 100)
    assert (report.regraded, report.corrected) == (None, [])


def test_a_report_is_found_by_a_beginning_of_the_id(study: Study) -> None:
    done = [study.submit(study.start(a_plan(study))) for _ in range(3)]
    for seat in done:
        assert study.report(seat.attempt.id[:8]).attempt.id == seat.attempt.id


def test_without_a_name_the_latest_finished_attempt_is_reported(desk: Desk, study: Study) -> None:
    study.submit(study.start(a_plan(study)))
    desk.clock.advance(minutes=1)
    latest = study.submit(study.start(a_plan(study)))
    desk.clock.advance(minutes=1)
    study.start(a_plan(study))
    assert study.report().attempt.id == latest.attempt.id


def test_an_open_attempt_has_no_report_yet(study: Study, seat: Seat) -> None:
    with pytest.raises(BadRequest, match="still open") as refused:
        study.report(seat.attempt.id)
    assert refused.value.hint == f"quizengine exam resume {seat.attempt.id[:8]}"


def test_a_report_of_an_unknown_attempt_knows_the_close_ones(study: Study, seat: Seat) -> None:
    with pytest.raises(NotFound) as refused:
        study.report("00000009")
    assert seat.attempt.id[:8] in refused.value.close


# The bank changes afterwards


def sat_and_changed(
    before: Question, after: Question | None, picked: Answer
) -> tuple[Study, QuestionId]:
    """d1-000 as it was, answered; every other question right; then as it is, or gone."""
    desk = Desk(a_bank(5, exam=SHORT, instead=[before]))
    study = desk.study()
    seat = study.start(a_plan(study))
    for place in seat.attempt.form.places:
        mine = place.question == before.id
        seat = study.answer(seat, place.question, picked if mine else ("right",))
    study.submit(seat)
    others = [q for q in desk.bank.questions.values() if q.id != before.id]
    desk.bank = LoadedBank(
        others if after is None else [*others, after], (), (), desk.bank.exams.values()
    )
    return desk.study(), before.id


def marked(result: Result, id: QuestionId) -> bool:
    return next(m.is_right for m in result.questions if m.question.id == id)


def test_a_corrected_key_is_shown_beside_the_result() -> None:
    study, id = sat_and_changed(a_single("d1-000", "a"), a_single("d1-000", "b"), ("b",))
    report = study.report()
    assert report.corrected == [id]
    assert report.regraded is not None
    assert not marked(report.result, id)
    assert marked(report.regraded, id)
    assert len(report.regraded.questions) == 10


def test_history_stays_as_it_was_shown_when_a_key_is_corrected() -> None:
    study, id = sat_and_changed(a_single("d1-000", "a"), a_single("d1-000", "b"), ("a",))
    result = study.history()[0].result
    assert result is not None
    assert marked(result, id)
    assert result.scaled == 1000


def test_a_withdrawn_question_is_left_out_of_the_new_marking() -> None:
    withdrawn = a_single("d1-000", "a", withdrawn="It was ambiguous.")
    study, id = sat_and_changed(a_single("d1-000", "a"), withdrawn, ("b",))
    report = study.report()
    assert report.corrected == [id]
    assert report.regraded is not None
    assert id not in [m.question.id for m in report.regraded.questions]
    assert report.regraded.scaled == 1000


def test_a_question_the_bank_lacks_now_is_marked_as_it_was_shown() -> None:
    study, id = sat_and_changed(a_single("d1-000", "a"), None, ("b",))
    report = study.report()
    assert (report.regraded, report.corrected) == (None, [])
    assert not marked(report.result, id)


def test_better_wording_alone_marks_nothing_anew() -> None:
    better = a_single("d1-000", "a", stem="Now clearer: the loss rises again.")
    study, id = sat_and_changed(a_single("d1-000", "a"), better, ("a",))
    report = study.report()
    assert (report.regraded, report.corrected) == (None, [])
    shown = next(m.question for m in report.result.questions if m.question.id == id)
    assert "clearer" not in shown.stem


def test_a_key_corrected_together_with_the_exams_it_serves_is_marked_anew() -> None:
    before = a_single("d1-000", "a", exams={"mls-c01": "1.1", "mla-c01": "1.1"})
    after = a_single("d1-000", "b", exams={"mls-c01": "1.1"})
    study, id = sat_and_changed(before, after, ("b",))
    report = study.report()
    assert report.corrected == [id]
    assert report.regraded is not None
    assert marked(report.regraded, id)


def test_options_of_a_multiple_in_another_order_in_the_file_change_no_mark() -> None:
    options = question_data("multiple")["options"]
    before = a_question("multiple", "d1-000")
    after = a_question("multiple", "d1-000", options=options[::-1])
    study, id = sat_and_changed(before, after, ("right-a", "right-b"))
    report = study.report()
    assert marked(report.result, id)
    assert report.regraded is None or marked(report.regraded, id)
    assert report.corrected == []


def test_prompts_of_a_matching_in_another_order_in_the_file_change_no_mark() -> None:
    prompts = question_data("matching")["prompts"]
    before = a_question("matching", "d1-000")
    after = a_question("matching", "d1-000", prompts=prompts[::-1])
    study, id = sat_and_changed(before, after, before.key)
    report = study.report()
    assert marked(report.result, id)
    assert report.regraded is None or marked(report.regraded, id)
    assert report.corrected == []


def test_a_corrected_match_is_marked_anew() -> None:
    prompts = list(question_data("matching")["prompts"])
    prompts[0] = a_prompt("labels", "symbolic")
    before = a_question("matching", "d1-000")
    after = a_question("matching", "d1-000", prompts=prompts)
    study, id = sat_and_changed(before, after, ("symbolic", "unsupervised", "reinforcement"))
    report = study.report()
    assert report.corrected == [id]
    assert report.regraded is not None
    assert marked(report.regraded, id)


def test_a_question_that_takes_more_answers_now_is_marked_anew() -> None:
    more = [a_choice("a", True), a_choice("b", True), *(a_choice(n) for n in "cde")]
    after = a_question("multiple", "d1-000", options=more)
    study, id = sat_and_changed(a_single("d1-000", "a"), after, ("a",))
    report = study.report()
    assert report.corrected == [id]
    assert report.regraded is not None
    assert not marked(report.regraded, id)


def test_regrading_moves_the_score_and_not_only_the_mark() -> None:
    for picked, shown, today in (("a", 1000, "lower"), ("b", "lower", 1000)):
        study, id = sat_and_changed(a_single("d1-000", "a"), a_single("d1-000", "b"), (picked,))
        report = study.report()
        assert report.regraded is not None
        place = next(m.place for m in report.result.questions if m.question.id == id)
        if place.scored:
            assert (report.result.scaled == 1000) == (shown == 1000)
            assert (report.regraded.scaled == 1000) == (today == 1000)
        else:
            assert report.result.scaled == report.regraded.scaled == 1000


# Practice


def test_practice_shows_the_key_of_a_question_at_once_and_the_answer_is_final(study: Study) -> None:
    seat = study.start(study.plan_practice("mls-c01", questions=3))
    id = seat.question.id
    seat = study.reveal(study.answer(seat, id, ("wrong-a",)), id)
    assert seat.attempt.response(id).revealed_at == START
    assert study.reveal(seat, id) is seat
    with pytest.raises(BadRequest, match="final"):
        study.answer(seat, id, ("right",))
    assert seat.attempt.response(id).answer == ("wrong-a",)


def test_an_exam_shows_no_key_before_its_end(study: Study, seat: Seat) -> None:
    with pytest.raises(BadRequest, match="no key before its end"):
        study.reveal(seat, seat.question.id)


def test_what_was_wrong_can_be_practised_alone(study: Study, seat: Seat) -> None:
    wrong, right = (place.question for place in seat.attempt.form.places[:2])
    seat = study.answer(study.answer(seat, wrong, ("wrong-a",)), right, ("right",))
    study.submit(seat)
    plan = study.plan_practice("mls-c01", only=["wrong"])
    assert [place.question for place in plan.form.places] == [wrong]


def test_practice_keeps_to_a_domain_or_a_task(study: Study) -> None:
    for within, expected in (("2", {"2.1", "2.2", "2.3"}), ("2.3", {"2.3"})):
        places = study.plan_practice("mls-c01", within=within, questions=50).form.places
        tasks = {study.bank.question(place.question).exams["mls-c01"] for place in places}
        assert tasks == expected


def test_practice_leaves_sealed_questions_alone(study: Study) -> None:
    practised = study.plan_practice("mls-c01", questions=500).form.places
    last_mock = a_plan(study, from_sealed=True).form.places
    assert {p.question for p in practised}.isdisjoint(p.question for p in last_mock)


@pytest.mark.parametrize("questions", [0, -1])
def test_practice_of_no_questions_cannot_be_meant(study: Study, questions: int) -> None:
    with pytest.raises(BadRequest):
        study.plan_practice("mls-c01", questions=questions)


def test_a_seat_is_a_value_and_an_older_one_of_the_same_window_can_go_on(
    study: Study, seat: Seat
) -> None:
    flagged = study.flag(seat, seat.question.id, True)
    assert seat.attempt.flagged == []
    assert flagged == replace(seat, attempt=flagged.attempt, revision=2)


# Windows that outlive the program, as those of a browser do


def test_a_window_goes_on_after_the_program_was_run_anew(desk: Desk, seat: Seat) -> None:
    seat = desk.study().flag(seat, seat.question.id, True)
    anew = desk.study()
    back = anew.return_to(seat.attempt.id, seat.epoch)
    assert back.attempt.flagged == [0]
    assert anew.is_newest(back)
    back = anew.answer(back, seat.question.id, ("right",))
    assert back.attempt.response(seat.question.id).complete


def test_a_window_that_was_superseded_meanwhile_can_change_nothing(desk: Desk, seat: Seat) -> None:
    desk.study().resume()
    anew = desk.study()
    back = anew.return_to(seat.attempt.id, seat.epoch)
    assert not anew.is_newest(back)
    with pytest.raises(Superseded):
        anew.answer(back, seat.question.id, ("right",))


def test_a_window_that_nobody_opened_is_not_the_newest(desk: Desk, seat: Seat) -> None:
    study = desk.study()
    assert not study.is_newest(study.return_to(seat.attempt.id, seat.epoch + 7))


def test_to_look_at_an_attempt_takes_it_from_no_window(desk: Desk, seat: Seat) -> None:
    study = desk.study()
    line = study.look_at(seat.attempt.id[:8])
    assert (line.attempt.id, line.result) == (seat.attempt.id, None)
    assert study.is_newest(seat)
    assert study.submit(seat).attempt.submitted_at == START
    line = study.look_at(seat.attempt.id)
    assert line.result is not None


@pytest.mark.parametrize(("late", "taken"), [(0, True), (4_999, True), (5_000, False)])
def test_with_slack_a_change_may_come_a_little_after_the_deadline(
    desk: Desk, seat: Seat, late: int, taken: bool
) -> None:
    study, slack = desk.study(), replace(seat, slack=5_000)
    desk.clock.advance(minutes=20, ms=late)
    with pytest.raises(TimeIsUp):
        study.answer(seat, seat.question.id, ("right",))
    if not taken:
        with pytest.raises(TimeIsUp):
            study.answer(slack, seat.question.id, ("right",))
        return
    after = study.answer(slack, seat.question.id, ("right",))
    deadline = seat.attempt.deadline
    assert deadline is not None
    assert after.attempt.last_at == deadline - 1  # it was made in time
    assert study.submit(after).attempt.submitted_at == deadline


def test_slack_prolongs_no_break_and_opens_no_attempt_that_has_ended(desk: Desk) -> None:
    study = desk.study()
    seat = replace(study.start(a_plan(study, breaks=True)), slack=5_000)
    ended = study.submit(seat)
    with pytest.raises(AlreadySubmitted):
        study.flag(ended, seat.question.id, True)
    with pytest.raises(OnBreak):
        study.flag(study.pause(replace(seat, revision=9)), seat.question.id, True)
