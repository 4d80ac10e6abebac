"""What to do each day until an exam."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from quizengine import agenda as agendas
from quizengine.agenda import (
    BLOCK,
    CLOSED_BY_BLOCK,
    CLOSED_BY_LAB,
    Done,
    Exercise,
    Goal,
    Item,
    Situation,
    Subject,
    agenda,
    closed_by_lab,
    next_steps,
)
from quizengine.content import ExamCode
from quizengine.errors import BadRequest

MLS = ExamCode("mls-c01")
TODAY = date(2026, 11, 21)
STREAMS = Subject("data/streams", "Streams", 0.3, 0.4, 20)
STOPPING = Subject("training/early-stopping", "Early stopping", 0.2, 0.9, 20)
STORES = Subject("data/stores", "Stores", 0.5, 0.6, 20)
LAB = Exercise("train", "Train a model", 60, (STREAMS.id,))


def goal(days: int = 20, minutes: int = 45) -> Goal:
    return Goal(exam=MLS, on=TODAY + timedelta(days=days), minutes=minutes)


def situation(**changes: Any) -> Situation:
    """Enough evidence, no cards, three topics, no lab, nothing sealed; two minutes a question."""
    known: dict[str, Any] = {
        "exam": MLS,
        "pace": 2.0,
        "length": 65,
        "longest": 65,
        "answers": 100,
        "cards": (),
        "subjects": (STREAMS, STOPPING, STORES),
    }
    return Situation(**known | changes)


def planned(goal: Goal, situation: Situation) -> list[list[Item]]:
    return [list(day.items) for day in agenda(goal, TODAY, situation).days]


def kinds(goal: Goal, situation: Situation) -> list[list[str]]:
    return [[item.kind for item in day] for day in planned(goal, situation)]


# What comes first


def test_the_plan_has_every_day_until_that_before_the_exam() -> None:
    days = agenda(goal(3), TODAY, situation()).days
    assert [day.on for day in days] == [TODAY + timedelta(days=n) for n in range(3)]


def test_what_is_practised_first_is_what_the_exam_loses_most_by() -> None:
    first = planned(goal(), situation())[0]
    assert [item.about for item in first] == [STORES.id, STREAMS.id]


def test_practice_of_a_topic_lets_others_come_before_it_on_later_days() -> None:
    days = planned(goal(12, minutes=20), situation())
    assert [item.about for day in days[:4] for item in day] == [
        STORES.id, STREAMS.id, STORES.id, STREAMS.id,
    ]  # fmt: skip


def test_a_finished_lab_lets_other_topics_come_first_and_says_why() -> None:
    done = replace(STORES, closed=0.5)
    first = planned(goal(), situation(subjects=(STREAMS, STOPPING, done)))[0]
    assert [item.about for item in first] == [STREAMS.id, STORES.id]
    assert first[1].reason == "50% of the exam, 60% known, lab done"


def test_what_a_lab_closed_is_taken_back_by_the_answers_that_come_after_it() -> None:
    assert closed_by_lab(0, alone=True) == CLOSED_BY_LAB
    assert closed_by_lab(0, alone=False) == CLOSED_BY_BLOCK, "with the solution it is practice"
    whole = [closed_by_lab(n, alone=True) for n in range(2 * BLOCK)]
    assert whole == sorted(whole, reverse=True)
    assert whole[BLOCK:] == [0.0] * BLOCK


def test_a_topic_whose_lab_is_not_done_is_practised_in_the_lab() -> None:
    weak = situation(subjects=(STREAMS, STOPPING), labs=(LAB,))
    first, second, third = planned(goal(3), weak)
    assert [(item.kind, item.minutes) for item in first] == [("lab", 45)]
    assert (second[0].kind, second[0].minutes) == ("lab", 15)
    assert first[0].line == "quizengine lab start train"
    assert all(item.kind != "lab" for item in third)


def test_due_cards_are_drilled_before_anything_else() -> None:
    first = planned(goal(), situation(cards=(10,)))[0]
    assert (first[0].kind, first[0].minutes) == ("cards", 5)
    assert first[0].line == "quizengine cards --exam mls-c01 --limit 10"


def test_many_due_cards_take_half_the_day_and_leave_the_rest_to_questions() -> None:
    first = planned(goal(minutes=40), situation(cards=(500,)))[0]
    assert (first[0].count, first[0].minutes) == (40, 20)
    assert first[1].kind == "practice"


def test_mocks_come_while_evidence_is_thin_and_once_a_week_after_that() -> None:
    days = kinds(goal(30, minutes=60), situation(answers=0))
    mocks = [n for n, day in enumerate(days) if "mock" in day]
    assert mocks == [0, 1, 2, 9, 16, 23]  # 30 questions a day: on the fourth there are 90 answers


def test_a_mock_is_as_long_as_the_day_allows() -> None:
    short = planned(goal(minutes=30), situation(answers=0))[0][0]
    full = planned(goal(minutes=180), situation(answers=0))[0][0]
    assert (short.count, short.line) == (15, "quizengine exam start mls-c01 --questions 15")
    assert (full.count, full.line) == (65, "quizengine exam start mls-c01")


def test_a_whole_mock_that_no_day_has_room_for_is_told() -> None:
    told = agenda(goal(minutes=129), TODAY, situation()).too_long
    assert told is not None
    assert (told.minutes, told.line) == (130, "quizengine exam start mls-c01")
    assert agenda(goal(minutes=130), TODAY, situation()).too_long is None
    assert agenda(goal(minutes=10), TODAY, situation(longest=5)).too_long is None


def test_where_the_bank_is_small_no_mock_is_longer_than_it_allows() -> None:
    small = planned(goal(minutes=180), situation(answers=0, longest=20))[0][0]
    assert small.line == "quizengine exam start mls-c01 --questions 20"
    assert "mock" not in kinds(goal(minutes=180), situation(answers=0, longest=5))[0]


def test_sealed_mocks_come_in_the_last_days_and_no_other_after_them() -> None:
    days = kinds(goal(30, minutes=60), situation(sealed=True))
    assert [n for n, day in enumerate(days) if "sealed mock" in day] == [25, 28]
    assert not [day for day in days[25:] if "mock" in day]


def test_a_topic_without_questions_is_not_practised() -> None:
    bare = Subject("data/bare", "Bare", 0.9, 0.1, 0)
    days = planned(goal(), situation(subjects=(bare, STREAMS)))
    items = [item.about for day in days for item in day]
    assert bare.id not in items
    assert STREAMS.id in items


SITUATIONS = st.builds(
    situation,
    pace=st.floats(0.5, 6),
    answers=st.integers(0, 200),
    longest=st.integers(0, 65),
    cards=st.lists(st.integers(0, 300), max_size=40),
    labs=st.lists(
        st.builds(
            Exercise,
            st.sampled_from(("one", "two", "three")),
            st.just("A lab"),
            st.integers(1, 200),
            st.sampled_from(((STREAMS.id,), (STORES.id, STOPPING.id), ("other/topic",))),
        ),
        max_size=3,
        unique_by=lambda lab: lab.id,
    ),
    sealed=st.booleans(),
)
GOALS = st.builds(goal, days=st.integers(1, 40), minutes=st.integers(10, 300))


@settings(max_examples=60, deadline=None)
@given(GOALS, SITUATIONS)
def test_no_day_is_longer_than_its_minutes(goal: Goal, now: Situation) -> None:
    days = agenda(goal, TODAY, now).days
    assert all(0 <= day.minutes <= goal.minutes for day in days)
    assert all(item.minutes > 0 for day in days for item in day.items)


@settings(max_examples=60, deadline=None)
@given(GOALS, SITUATIONS)
def test_cards_stand_first_and_no_mock_after_a_sealed_one(goal: Goal, now: Situation) -> None:
    days = kinds(goal, now)
    assert all("cards" not in day[1:] for day in days)
    every = [kind for day in days for kind in day if "mock" in kind]
    assert every == sorted(every)  # "mock" before "sealed mock"


@settings(max_examples=60, deadline=None)
@given(GOALS, SITUATIONS)
def test_no_lab_is_given_more_minutes_than_it_takes(goal: Goal, now: Situation) -> None:
    for lab in now.labs:
        given = [i.minutes for day in planned(goal, now) for i in day if i.about == lab.id]
        assert sum(given) <= lab.minutes


@settings(max_examples=60, deadline=None)
@given(GOALS, SITUATIONS)
def test_no_topic_comes_twice_on_one_day(goal: Goal, now: Situation) -> None:
    for day in planned(goal, now):
        about = [item.about for item in day if item.about is not None]
        assert len(about) == len(set(about))


# What was done


def test_what_the_record_shows_is_ticked() -> None:
    plan = agenda(goal(), TODAY, situation(cards=(10,)), Done(cards=10, answers={STORES.id: 3}))
    assert [(item.kind, done) for item, done in plan.today][:2] == [
        ("cards", True), ("practice", False),
    ]  # fmt: skip
    assert plan.left[0].kind == "practice"


@pytest.mark.parametrize(
    ("now", "done"),
    [
        (situation(cards=(10,)), Done(cards=12)),
        (situation(subjects=(STREAMS,)), Done(answers={STREAMS.id: 10})),
        (situation(subjects=(STREAMS,), labs=(LAB,)), Done(labs=frozenset({"train"}))),
        (situation(answers=0), Done(mocks=(20,))),
    ],
)
def test_each_kind_of_item_can_be_done(now: Situation, done: Done) -> None:
    first = planned(goal(), now)[0][0]
    assert done.has(first)
    assert not Done().has(first)


def test_a_sealed_mock_is_not_done_by_another() -> None:
    first = planned(goal(2), situation(sealed=True))[0][0]
    assert first.kind == "sealed mock"
    assert not Done(mocks=(65,)).has(first)
    assert Done(sealed=(first.count,)).has(first)


def test_on_the_day_of_the_exam_and_after_it_there_is_nothing_to_do() -> None:
    for days in (0, 3):
        plan = agenda(goal(1), TODAY + timedelta(days=1 + days), situation())
        assert (plan.days, plan.today, plan.left) == ((), [], [])


# What can be planned


@pytest.mark.parametrize("days", [-1, 0, agendas.LONGEST + 1])
def test_a_day_that_cannot_be_planned_to_is_refused(days: int) -> None:
    with pytest.raises(BadRequest):
        agendas.check(goal(days), TODAY)


def test_a_day_far_away_that_a_foreign_record_names_is_planned_to_no_end() -> None:
    far = Goal(exam=MLS, on=date.max, minutes=45)
    assert len(agenda(far, TODAY, situation()).days) == agendas.LONGEST


def test_tomorrow_can_be_planned_to() -> None:
    agendas.check(goal(1), TODAY)


@pytest.mark.parametrize("minutes", [0, 9, 961])
def test_a_day_of_no_or_too_many_minutes_is_refused(minutes: int) -> None:
    with pytest.raises(ValidationError):
        goal(minutes=minutes)


# Next steps


def test_next_steps_are_at_most_three_and_begin_with_the_cards() -> None:
    steps = next_steps(situation(cards=(14,), due=4, labs=(LAB,)))
    assert steps[0].line == "quizengine cards --exam mls-c01 --due"
    assert [step.kind for step in steps] == ["cards", "practice", "lab"]


def test_the_next_step_is_a_short_mock_while_little_is_known() -> None:
    assert next_steps(situation(answers=3))[0].line == (
        "quizengine exam start mls-c01 --questions 20"
    )
