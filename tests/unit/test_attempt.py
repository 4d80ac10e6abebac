"""An attempt as its events tell it, and what may happen in it at a given moment."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizengine.attempt import Attempt, Event, EventKind, Response, fold
from quizengine.errors import AlreadySubmitted, NotFound, OnBreak, TimeIsUp
from quizengine.terms import MINUTE
from tests.builders import START, a_plan, a_start, an_event

PLAN = a_plan(breaks=True)  # ten questions, twenty minutes
BEGUN = a_start(PLAN)
UNTIMED = a_start(a_plan(extra="untimed"))
Q = [place.question for place in PLAN.form.places]


def after(*events: Event) -> Attempt:
    return fold([BEGUN, *events])


def at(minutes: float) -> int:
    return START + round(minutes * MINUTE)


def answered(question: str, *picked: str, at: float = 0, sure: bool | None = None) -> Event:
    complete = len(picked) == 1
    return an_event("answered", question, at=at, picked=list(picked), complete=complete, sure=sure)


# Each kind of event

EXAMPLES: dict[EventKind, Event] = {
    "started": BEGUN,
    "shown": an_event("shown", Q[1], at=1),
    "moved": an_event("moved", Q[1], at=1),
    "answered": answered(Q[1], "right", at=1),
    "struck": an_event("struck", Q[1], at=1, options=["wrong-a"]),
    "flagged": an_event("flagged", Q[1], at=1, on=True),
    "noted": an_event("noted", Q[1], at=1, text="Look again."),
    "revealed": an_event("revealed", Q[1], at=1),
    "paused": an_event("paused", at=1),
    "resumed": an_event("resumed", at=1),
    "submitted": an_event("submitted", at=1, by="learner"),
    "outcome": an_event("outcome", at=1, exam="mls-c01"),
    "graded": an_event("graded", at=1, card="a-card", grade="good"),
    "told": an_event("told", Q[1], at=1, digest="0" * 64),
    "lab": an_event("lab", at=1, lab="early_stopping", act="started"),
    "planned": an_event("planned", at=1, exam="mls-c01", on="2027-03-01", minutes=45),
}


def test_every_kind_of_event_there_is_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(get_args(EventKind))


def test_an_attempt_begins_with_its_first_question_and_all_its_time() -> None:
    begun = after()
    assert (begun.form, begun.terms) == (PLAN.form, PLAN.terms)
    assert begun.place.question == Q[0]
    assert begun.is_open
    assert begun.left(at(0)) == 20 * MINUTE
    assert begun.unanswered == list(range(10))
    assert begun.response(Q[3]) == Response()


def test_a_question_that_was_shown_is_seen() -> None:
    shown = after(EXAMPLES["shown"])
    assert shown.places_where(lambda response: response.seen) == [1]


def test_to_move_puts_another_question_in_front() -> None:
    assert after(EXAMPLES["moved"]).position == 1


def test_an_answer_is_kept_with_how_sure_it_was() -> None:
    response = after(answered(Q[1], "right", sure=False)).response(Q[1])
    assert (response.answer, response.complete, response.sure) == (("right",), True, False)


def test_the_last_answer_counts_and_the_earlier_ones_are_remembered() -> None:
    changed = after(
        answered(Q[1], "wrong-a", at=1),
        answered(Q[1], "wrong-a", at=2),
        answered(Q[1], "right", at=3),
    )
    assert changed.response(Q[1]).answer == ("right",)
    assert changed.response(Q[1]).answers == (("wrong-a",), ("right",))


def test_an_answer_can_be_taken_back() -> None:
    empty = after(answered(Q[1], "right", at=1), answered(Q[1], at=2))
    assert empty.response(Q[1]).answer == ()
    assert empty.response(Q[1]).answers == (("right",), ())
    assert 1 in empty.unanswered


def test_an_answer_in_part_still_counts_as_unanswered() -> None:
    part = after(answered(Q[1], "a", "b", at=1), answered(Q[2], "right", at=1))
    assert part.unanswered == [0, 1, 3, 4, 5, 6, 7, 8, 9]


def test_the_choices_given_so_far_are_counted_without_the_gaps() -> None:
    matched = an_event("answered", Q[0], picked=["x", "", "y"], complete=False)
    assert after(matched).response(Q[0]).given == 2
    assert after().response(Q[0]).given == 0


def test_the_next_unanswered_question_lies_ahead_or_else_behind() -> None:
    assert after().next_unanswered == 1
    last = an_event("moved", Q[9])
    assert after(last).next_unanswered == 0
    assert after(answered(Q[0], "right"), last).next_unanswered == 1
    partly = an_event("answered", Q[3], picked=["right"], complete=False)
    others = [answered(q, "right") for q in Q if q != Q[3]]
    assert after(partly, *others, last).next_unanswered == 3


def test_in_front_of_the_only_unanswered_question_the_next_is_itself() -> None:
    assert after(*(answered(q, "right") for q in Q[1:])).next_unanswered == 0
    assert after(*(answered(q, "right") for q in Q)).next_unanswered is None


def test_a_strike_replaces_the_one_before() -> None:
    struck = after(
        EXAMPLES["struck"], an_event("struck", Q[1], at=2, options=["wrong-b", "wrong-c"])
    )
    assert struck.response(Q[1]).struck == {"wrong-b", "wrong-c"}


def test_a_flag_can_be_set_and_taken_off() -> None:
    assert after(EXAMPLES["flagged"]).flagged == [1]
    assert after(EXAMPLES["flagged"], an_event("flagged", Q[1], at=2, on=False)).flagged == []


def test_a_note_is_kept() -> None:
    assert after(EXAMPLES["noted"]).response(Q[1]).note == "Look again."


def test_a_revealed_key_is_remembered_with_its_moment() -> None:
    assert after(EXAMPLES["revealed"]).response(Q[1]).revealed_at == at(1)


@pytest.mark.parametrize("by", ["learner", "time"])
def test_a_submitted_attempt_is_closed(by: str) -> None:
    done = after(an_event("submitted", at=5, by=by))
    assert not done.is_open
    assert (done.submitted_at, done.submitted_by) == (at(5), by)


def test_each_thing_said_of_a_question_leaves_the_others_as_they_are() -> None:
    said = after(*(EXAMPLES[kind] for kind in ("shown", "answered", "struck", "flagged", "noted")))
    response = said.response(Q[1])
    assert response.seen
    assert response.flagged
    assert (response.answer, response.note) == (("right",), "Look again.")
    assert response.struck == {"wrong-a"}
    assert set(said.responses) == {Q[1]}


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if kind != "submitted"])
def test_what_comes_after_the_end_changes_nothing(kind: EventKind) -> None:
    done = after(answered(Q[1], "wrong-a"), an_event("submitted", at=1, by="learner"))
    late = EXAMPLES[kind].model_copy(update={"at": at(2)})
    assert fold([BEGUN, answered(Q[1], "wrong-a"), EXAMPLES["submitted"], late]) == done


def test_a_second_submission_does_not_move_the_end() -> None:
    twice = after(EXAMPLES["submitted"], an_event("submitted", at=3, by="time"))
    assert twice == after(EXAMPLES["submitted"])


def test_a_second_start_changes_nothing_but_the_last_moment() -> None:
    again = a_start(PLAN, at=3)
    assert after(again) == replace(after(), last_at=at(3))


def test_an_attempt_begins_with_started_and_with_nothing_else() -> None:
    with pytest.raises(ValueError, match="begins with 'moved'"):
        fold([EXAMPLES["moved"]])
    with pytest.raises(ValueError, match="without events"):
        fold([])


def test_an_event_about_no_question_is_a_fault_of_the_record() -> None:
    with pytest.raises(ValueError, match="names no question"):
        after(an_event("flagged", on=True))


def test_an_event_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="kind"):
        Event.model_validate(BEGUN.model_dump() | {"kind": "cheated"})


def test_a_question_of_another_form_is_not_found() -> None:
    with pytest.raises(NotFound, match="no question in this form called 'elsewhere'"):
        after().number_of("elsewhere")


# Time


def test_the_time_is_up_exactly_at_the_deadline() -> None:
    begun = after()
    assert begun.deadline == at(20)
    assert not begun.is_over(at(20) - 1)
    assert begun.is_over(at(20))
    assert begun.left(at(25)) == 0


def test_an_untimed_attempt_is_never_over() -> None:
    begun = fold([UNTIMED])
    assert begun.deadline is None
    assert begun.left(at(10_000)) is None
    assert not begun.is_over(at(10_000))


def test_during_a_break_the_clock_stands() -> None:
    paused = after(an_event("paused", at=5))
    assert paused.left(at(5)) == paused.left(at(50)) == 15 * MINUTE
    assert not paused.is_over(at(50))


def test_breaks_push_the_deadline_back_by_their_length() -> None:
    rested = after(
        an_event("paused", at=5),
        an_event("resumed", at=15),
        an_event("paused", at=16),
        an_event("resumed", at=18),
    )
    assert rested.deadline == at(20 + 10 + 2)
    assert rested.left(at(18)) == 14 * MINUTE


def test_a_break_begun_twice_or_ended_twice_counts_once() -> None:
    once = after(an_event("paused", at=5), an_event("resumed", at=15))
    twice = after(
        an_event("paused", at=5),
        an_event("paused", at=6),
        an_event("resumed", at=15),
        an_event("resumed", at=17),
    )
    assert twice.deadline == once.deadline


def test_a_break_that_ends_before_it_began_gives_and_takes_nothing() -> None:
    assert after(an_event("paused", at=5), an_event("resumed", at=4)).deadline == at(20)


def test_the_last_moment_is_the_latest_and_not_that_of_the_last_event() -> None:
    assert after(answered(Q[0], "right", at=9), answered(Q[1], "right", at=3)).last_at == at(9)


def test_time_is_spent_on_the_question_in_front() -> None:
    spent = after(
        an_event("moved", Q[3], at=2),
        an_event("moved", Q[0], at=5),
        an_event("moved", Q[3], at=6),
        an_event("submitted", at=10, by="learner"),
    )
    assert spent.response(Q[0]).spent == 3 * MINUTE
    assert spent.response(Q[3]).spent == 7 * MINUTE


def test_a_break_is_spent_on_no_question() -> None:
    rested = after(
        an_event("paused", at=2),
        an_event("resumed", at=12),
        an_event("moved", Q[1], at=13),
    )
    assert rested.response(Q[0]).spent == 3 * MINUTE


def test_an_attempt_ended_during_a_break_spends_nothing_more() -> None:
    ended = after(an_event("paused", at=2), an_event("submitted", at=12, by="learner"))
    assert ended.response(Q[0]).spent == 2 * MINUTE


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 3)), max_size=12))
def test_all_time_spent_sums_to_the_time_that_passed(moves: list[tuple[int, float]]) -> None:
    events, moment = [], 0.0
    for n, minutes in moves:
        moment += minutes
        events.append(an_event("moved", Q[n], at=moment))
    done = after(*events, an_event("submitted", at=moment + 1, by="learner"))
    total = sum(response.spent for response in done.responses.values())
    assert done.submitted_at is not None
    assert total == done.submitted_at - done.started_at


# What may happen now


def test_an_open_attempt_can_be_changed_until_the_deadline() -> None:
    after().check_change(at(20) - 1)


def test_no_answer_is_taken_once_the_time_is_up() -> None:
    with pytest.raises(TimeIsUp):
        after().check_change(at(20))


def test_no_answer_is_taken_during_a_break() -> None:
    with pytest.raises(OnBreak):
        after(an_event("paused", at=5)).check_change(at(6))


def test_no_answer_is_taken_after_the_end() -> None:
    with pytest.raises(AlreadySubmitted):
        after(EXAMPLES["submitted"]).check_change(at(2))


# Laws


@given(
    st.lists(
        st.tuples(st.sampled_from(Q), st.sampled_from(["right", "wrong-a"]), st.floats(0, 19)),
        max_size=20,
    )
)
def test_an_attempt_is_the_same_after_its_events_were_written_and_read_again(
    answers: list[tuple[str, str, float]],
) -> None:
    events = [answered(question, picked, at=minute) for question, picked, minute in answers]
    kept = [BEGUN, *events]
    again = [Event.model_validate_json(event.model_dump_json()) for event in kept]
    assert fold(again) == fold(kept)
    for question in Q:
        mine = [picked for q, picked, _ in answers if q == question]
        assert fold(kept).response(question).answer == ((mine[-1],) if mine else ())


@given(st.randoms(use_true_random=False))
def test_answers_to_different_questions_do_not_depend_on_their_order(rng: random.Random) -> None:
    events = [answered(question, "right", at=n) for n, question in enumerate(Q)]
    expected = after(*events)
    rng.shuffle(events)
    assert after(*events) == expected
