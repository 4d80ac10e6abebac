"""FSRS over the grades of a card: what is remembered, and when it is due."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import fsrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.attempt import Event
from quizengine.content import CardId
from quizengine.schedule import DAY, EPOCH, GRADES, MS, Day, Grade, Memory, fold, graded, intervals
from tests.builders import START, an_event

MINUTE_OF_A_DAY = 1 / (24 * 60)
HISTORIES = st.lists(
    st.tuples(st.floats(0, 400), st.sampled_from(GRADES)), min_size=1, max_size=12
)  # days waited, and the grade


def after(*steps: tuple[float, Grade]) -> Memory:
    """The memory after grades, each so many days after the one before."""
    memory, at = None, START
    for days, grade in steps:
        at += round(days * DAY)
        memory = graded(memory, grade, at)
    assert memory is not None
    return memory


def grades_of(card: str, *steps: tuple[float, Grade]) -> list[Event]:
    days, events = 0.0, []
    for n, (waited, grade) in enumerate(steps):
        days += waited
        at = days * 24 * 60 + n / 60_000  # no two within a millisecond
        events.append(an_event("graded", at=at, id=f"{card}-{n}", card=card, grade=grade))
    return events


KNOWN = after((0, "good"), (MINUTE_OF_A_DAY * 10, "good"))


# What is remembered


def test_recall_is_certain_at_once_and_90_percent_after_the_stability() -> None:
    assert KNOWN.recall(KNOWN.at) == 1.0
    assert KNOWN.recall(KNOWN.at + round(KNOWN.stability * DAY)) == pytest.approx(0.9, abs=1e-6)


def test_recall_falls_within_a_day_too() -> None:
    hours = [KNOWN.recall(KNOWN.at + n * DAY // 24) for n in range(25)]
    assert all(later < earlier for earlier, later in pairwise(hours))


@pytest.mark.parametrize("days", [1, 2, 30])
def test_after_whole_days_recall_is_the_librarys(days: int) -> None:
    card = fsrs.Card(card_id=0, due=EPOCH, stability=KNOWN.stability, last_review=EPOCH)
    theirs = fsrs.Scheduler().get_card_retrievability(card, EPOCH + days * DAY * MS)
    assert KNOWN.recall(KNOWN.at + days * DAY) == pytest.approx(theirs)


def test_after_whole_days_the_next_memory_is_the_librarys() -> None:
    card = fsrs.Card(card_id=0, due=EPOCH)
    scheduler = fsrs.Scheduler(enable_fuzzing=False)
    now = EPOCH + START * MS
    for days, grade in ((0, 3), (0, 3), (2, 3), (12, 1), (0, 3), (5, 2), (9, 4)):
        now += days * DAY * MS
        card, _ = scheduler.review_card(card, fsrs.Rating(grade), now)
    ours = after(
        (0, "good"), (0, "good"), (2, "good"), (12, "again"), (0, "good"), (5, "hard"), (9, "easy")
    )
    assert (ours.stability, ours.difficulty) == (card.stability, card.difficulty)
    assert EPOCH + ours.due * MS == card.due


def test_half_a_day_more_counts_also_for_the_next_stability() -> None:
    whole = graded(KNOWN, "good", KNOWN.at + 3 * DAY)
    later = graded(KNOWN, "good", KNOWN.at + 3 * DAY + DAY // 2)
    assert later.stability > whole.stability


def test_a_clock_set_back_makes_nothing_more_than_certain() -> None:
    assert KNOWN.recall(KNOWN.at - DAY) == 1.0


# When it is due


def test_a_new_card_comes_back_in_minutes_unless_it_was_easy() -> None:
    minutes = {grade: span / 60_000 for grade, span in intervals(None, START).items()}
    assert minutes == {"again": 1, "hard": 5.5, "good": 10, "easy": 8 * 24 * 60}


def test_a_card_that_was_known_and_is_forgotten_comes_back_in_minutes() -> None:
    lapsed = graded(KNOWN, "again", KNOWN.at + 3 * DAY)
    assert (lapsed.stage, lapsed.due - lapsed.at) == ("relearning", 10 * 60_000)
    assert lapsed.stability < KNOWN.stability


def test_what_is_known_is_due_on_its_day_and_what_is_learnt_to_the_minute() -> None:
    assert (KNOWN.stage, KNOWN.due - KNOWN.at) == ("known", 2 * DAY)
    morning = Day(KNOWN.due - 20 * 3_600_000, KNOWN.due + 4 * 3_600_000)
    assert KNOWN.is_due(morning.begins, morning)
    assert not KNOWN.is_due(morning.begins, Day(morning.begins - DAY, morning.begins))
    learning = graded(None, "again", START)
    assert not learning.is_due(learning.due - 1, Day(START, START + DAY))
    assert learning.is_due(learning.due, Day(START, START + DAY))


@given(HISTORIES)
def test_a_better_grade_never_brings_a_card_back_sooner(steps: list[tuple[float, Grade]]) -> None:
    memory = after(*steps)
    found = list(intervals(memory, memory.at + DAY).values())
    assert found == sorted(found)
    assert found[0] > 0


@given(HISTORIES, st.floats(0, 1_000_000))
def test_no_history_leads_out_of_the_models_bounds(
    steps: list[tuple[float, Grade]], days: float
) -> None:
    memory = after(*steps)
    assert 0 < memory.stability < math.inf
    assert 1 <= memory.difficulty <= 10
    assert memory.due > memory.at
    assert 0 < memory.recall(memory.at + round(days * DAY)) <= 1


# The fold


@given(HISTORIES, HISTORIES, st.randoms())
def test_the_order_in_which_grades_arrive_does_not_matter(
    one: list[tuple[float, Grade]], other: list[tuple[float, Grade]], dice: object
) -> None:
    events = grades_of("one", *one) + grades_of("other", *other)
    found = fold(events)
    dice.shuffle(events)  # type: ignore[attr-defined]
    assert fold(events) == found
    assert set(found) == {"one", "other"}


def test_the_fold_is_one_grade_after_the_other() -> None:
    steps: list[tuple[float, Grade]] = [(0, "again"), (0.01, "good"), (1.5, "hard"), (9, "again")]
    events = grades_of("a-card", *steps)
    one_by_one = None
    for event, (_, grade) in zip(events, steps, strict=True):
        one_by_one = graded(one_by_one, grade, event.at)
    assert fold(events) == {CardId("a-card"): one_by_one}
    assert fold([]) == {}


@pytest.mark.parametrize(
    "payload",
    [{}, {"card": "a-card"}, {"card": "a-card", "grade": "fine"}, {"card": "", "grade": "good"}],
)
def test_a_grade_that_tells_nothing_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        fold([an_event("graded", **payload)])
