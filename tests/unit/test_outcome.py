"""What the world said of the learner: kept if it can be, and in order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from quizengine.content import ExamCode
from quizengine.errors import BadRequest, NotFound
from quizengine.outcome import Outcome, check, of
from tests.builders import Desk, a_figure, a_short_exam, an_event

TODAY = date(2026, 11, 21)
EXAM = a_short_exam()  # domains 1 and 2, pass mark 750


def an_outcome(**changes: Any) -> Outcome:
    told: dict[str, Any] = {
        "exam": ExamCode("mls-c01"),
        "taken_on": date(2026, 3, 14),
        "score": 812,
    }
    return Outcome(**told | changes)


# What is refused


def test_a_day_in_the_future_is_refused_and_today_is_not() -> None:
    check(an_outcome(taken_on=TODAY), EXAM, TODAY)
    with pytest.raises(BadRequest, match="2026-11-22 is in the future"):
        check(an_outcome(taken_on=date(2026, 11, 22)), EXAM, TODAY)


def test_a_domain_the_exam_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(BadRequest, match=r"mls-c01 has no domain 3\.") as refused:
        check(an_outcome(domains=dict.fromkeys("1834", "meets competencies")), EXAM, TODAY)
    assert refused.value.hint == "It has 1, 2."


@pytest.mark.parametrize(
    ("score", "passed", "words"),
    [
        (749, True, "749 is below the pass mark of 750: it cannot have been passed"),
        (750, False, "750 is at least the pass mark of 750: it cannot have been failed"),
        (1000, False, "1000 is at least the pass mark"),
        (100, True, "100 is below the pass mark"),
    ],
)
def test_a_score_that_contradicts_the_pass_mark_is_refused(
    score: int, passed: bool, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        check(an_outcome(score=score, passed=passed), EXAM, TODAY)
    check(an_outcome(score=score, passed=not passed), EXAM, TODAY)


def test_the_pass_mark_is_that_of_the_exam() -> None:
    check(an_outcome(score=720, passed=True), a_short_exam(pass_mark=a_figure(720)), TODAY)


def test_an_outcome_that_says_nothing_is_refused() -> None:
    with pytest.raises(BadRequest, match="says something"):
        check(an_outcome(score=None, provider="Another"), EXAM, TODAY)


@pytest.mark.parametrize(
    "said", [{"passed": False}, {"domains": {"2": "needs improvement"}}, {"score": 100}]
)
def test_a_score_a_word_or_one_class_is_enough(said: dict[str, object]) -> None:
    check(an_outcome(**{"score": None} | said), EXAM, TODAY)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"score": 99},
        {"score": 1001},
        {"score": 812.0},
        {"provider": ""},
        {"provider": "\x1b[2J"},
        {"domains": {"1": "passed"}},
        {"domains": {"\x1b[2J": "meets competencies"}},
        {"grade": "A"},
    ],
)
def test_what_no_report_says_is_no_outcome(nonsense: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        an_outcome(**nonsense)


def test_of_an_exam_that_is_unknown_nothing_is_kept() -> None:
    desk = Desk()
    with pytest.raises(NotFound, match="mls-c01"):
        desk.study().add_outcome(an_outcome(exam=ExamCode("mls-c02")), TODAY)
    assert desk.store.every_event() == []


def test_what_is_refused_is_not_kept() -> None:
    desk = Desk()
    with pytest.raises(BadRequest):
        desk.study().add_outcome(an_outcome(score=None), TODAY)
    assert desk.store.every_event() == []


# What is kept


def test_without_a_provider_it_was_the_real_exam() -> None:
    assert an_outcome().kind == "exam"
    assert an_outcome(provider="Another simulator").kind == "mock"


def test_what_was_told_is_given_back_in_the_order_it_was_taken() -> None:
    desk = Desk()
    told = [
        an_outcome(taken_on=date(2026, 5, 1), passed=True),
        an_outcome(taken_on=date(2025, 12, 31), score=None, domains={"1": "needs improvement"}),
        an_outcome(taken_on=date(2026, 1, 1), provider="Ein anderer Anbieter, größer"),
    ]
    for outcome in told:
        desk.study().add_outcome(outcome, TODAY)
        desk.clock.advance(minutes=1)
    assert desk.study().outcomes() == [told[1], told[2], told[0]]


def test_an_outcome_changes_no_history_and_no_progress() -> None:
    desk = Desk()
    before = desk.study().progress("mls-c01")
    desk.study().add_outcome(an_outcome(), TODAY)
    assert desk.study().history() == []
    assert desk.study().progress("mls-c01") == before


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"exam": "mls-c01", "taken_on": "yesterday"},
        {"exam": "mls-c01", "taken_on": 20260314},
        {"exam": "mls-c01", "taken_on": "2026-03-14", "grade": "A"},
    ],
)
def test_an_event_that_tells_no_outcome_is_an_error(payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        of(an_event("outcome", id="an-outcome", **payload))
