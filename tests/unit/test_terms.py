"""How long an attempt lasts, with what accommodation."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import BadRequest
from quizengine.exam import Format
from quizengine.terms import EXTRA_TIME, MINUTE, ExtraTime, agree, length_for, warnings_passed
from tests.builders import an_exam

MLS: Format = an_exam().formats[0]  # 65 questions in 180 minutes


@pytest.mark.parametrize(
    ("length", "minutes"), [(65, 180), (130, 360), (1, 3), (10, 28), (13, 36), (64, 178)]
)
def test_a_form_has_the_exams_own_pace_rounded_up_to_whole_minutes(
    length: int, minutes: int
) -> None:
    assert agree(MLS, length).minutes == minutes


@given(st.integers(1, 1_000))
def test_the_pace_is_never_faster_than_the_real_one_and_less_than_a_minute_slower(
    length: int,
) -> None:
    given_minutes = agree(MLS, length).minutes
    assert given_minutes is not None
    assert 0 <= given_minutes - length * 180 / 65 < 1


@pytest.mark.parametrize(
    ("extra", "minutes"),
    [
        ("none", 180),
        ("+30", 210),
        ("x1.25", 225),
        ("x1.5", 270),
        ("x2", 360),
        ("untimed", None),
    ],
)
def test_every_accommodation_gives_its_time(extra: ExtraTime, minutes: float | None) -> None:
    terms = agree(MLS, 65, extra=extra)
    assert (terms.minutes, terms.extra) == (minutes, extra)


def test_every_accommodation_there_is_has_been_looked_at() -> None:
    assert EXTRA_TIME == ("none", "+30", "x1.25", "x1.5", "x2", "untimed")


def test_an_accommodation_counts_on_the_minutes_asked_for_too() -> None:
    assert agree(MLS, 10, minutes=20, extra="x1.5").minutes == 30
    assert agree(MLS, 10, minutes=20, extra="+30").minutes == 50


def test_breaks_are_an_accommodation_of_a_timed_attempt() -> None:
    assert agree(MLS, 65, breaks=True).breaks
    assert not agree(MLS, 65).breaks
    assert not agree(MLS, 65, extra="untimed", breaks=True).breaks


def test_without_a_wish_a_form_is_as_long_as_the_exam() -> None:
    assert length_for(MLS, None, None) == 65


@pytest.mark.parametrize(("minutes", "length"), [(180, 65), (30, 10), (3, 1), (0.5, 1), (90, 32)])
def test_minutes_alone_give_as_many_questions_as_the_pace_allows(
    minutes: float, length: int
) -> None:
    assert length_for(MLS, None, minutes) == length


def test_questions_and_minutes_together_are_taken_as_asked() -> None:
    assert length_for(MLS, 20, 5) == 20
    assert agree(MLS, 20, minutes=5).minutes == 5


@pytest.mark.parametrize("questions", [0, -1, 1_001])
def test_a_number_of_questions_that_cannot_be_meant_is_refused(questions: int) -> None:
    with pytest.raises(BadRequest, match=f"{questions} questions") as refused:
        length_for(MLS, questions, None)
    assert refused.value.hint == "Ask for between 1 and 1000."


@pytest.mark.parametrize("minutes", [0, -5, 1_441, math.inf, -math.inf, math.nan])
def test_minutes_that_cannot_be_meant_are_refused(minutes: float) -> None:
    with pytest.raises(BadRequest, match=f"{minutes:g} minutes") as refused:
        agree(MLS, 10, minutes=minutes)
    assert refused.value.hint == "Give more than 0 and at most 1440."


@pytest.mark.parametrize("minutes", [math.inf, -math.inf, math.nan])
def test_minutes_that_are_no_number_give_no_length_either(minutes: float) -> None:
    with pytest.raises(BadRequest):
        length_for(MLS, None, minutes)


@pytest.mark.parametrize(
    ("left", "passed"),
    [
        (30 * MINUTE + 1, set()),
        (30 * MINUTE, {30}),
        (15 * MINUTE, {30, 15}),
        (5 * MINUTE + 1, {30, 15}),
        (60_000, {30, 15, 5, 1}),
        (0, {30, 15, 5, 1}),
        (None, set()),
    ],
)
def test_a_warning_is_due_from_its_minute_on(left: int | None, passed: set[int]) -> None:
    assert warnings_passed(left) == passed
