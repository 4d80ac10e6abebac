"""How times and counts are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.words import clock, duration, harmless, plural, span, tally, time_left, verdict

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (0, "0:00"),
        (1, "0:01"),
        (SECOND, "0:01"),
        (SECOND + 1, "0:02"),
        (MINUTE - SECOND, "0:59"),
        (MINUTE - SECOND + 1, "1:00"),
        (MINUTE, "1:00"),
        (HOUR - SECOND, "59:59"),
        (HOUR - SECOND + 1, "1:00:00"),
        (HOUR, "1:00:00"),
        (HOUR + 1, "1:00:01"),
        (3 * HOUR, "3:00:00"),
        (100 * HOUR - SECOND, "99:59:59"),
    ],
)
def test_a_clock_counts_begun_seconds(milliseconds: int, said: str) -> None:
    assert clock(milliseconds) == said


@given(st.integers(0, 200 * HOUR))
def test_a_clock_is_never_behind_and_less_than_a_second_ahead(milliseconds: int) -> None:
    seconds = 0
    for part in clock(milliseconds).split(":"):
        seconds = seconds * 60 + int(part)
    assert 0 <= seconds * SECOND - milliseconds < SECOND


@given(st.integers(1, 200 * HOUR))
def test_a_clock_shows_nothing_only_when_nothing_is_left(milliseconds: int) -> None:
    assert clock(milliseconds) != clock(0)


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(None, "no time limit"), (0, "time is up"), (1, "0:01 left"), (HOUR, "1:00:00 left")],
)
def test_the_time_left_is_said_in_words(milliseconds: int | None, said: str) -> None:
    assert time_left(milliseconds) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.5, "0.5 minutes"),
        (1, "1 minute"),
        (59.5, "59.5 minutes"),
        (60, "1 hour"),
        (60.5, "60.5 minutes"),
        (90, "90 minutes"),
        (120, "2 hours"),
        (2_880, "48 hours"),
    ],
)
def test_a_duration_is_in_hours_only_if_they_are_whole(minutes: float, said: str) -> None:
    assert duration(minutes) == said


@pytest.mark.parametrize(("count", "said"), [(0, "0 events"), (1, "1 event"), (2, "2 events")])
def test_only_one_is_singular(count: int, said: str) -> None:
    assert plural(count, "event") == said


def test_what_was_answered_is_counted_in_words() -> None:
    assert tally(10, 7, 1) == "3 answered, 7 unanswered, 1 flagged."


@pytest.mark.parametrize(
    ("is_right", "sure", "said"),
    [
        (True, None, "Right."),
        (True, True, "Right."),
        (False, None, "Not right."),
        (False, False, "Not right."),
        (False, True, "Not right, and you were sure."),
    ],
)
def test_only_who_was_sure_and_wrong_is_told_so(
    is_right: bool, sure: bool | None, said: str
) -> None:
    assert verdict(is_right, sure) == said


@pytest.mark.parametrize("text", ["", "Größe 漢字 🦆", "two\n\tlines", "half a pair?"])
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("obeyed", ["\x1b[2J", "\x07", "\r", "\x9b2J", "\u202e", "\x00", "\ud800"])
def test_what_a_terminal_would_obey_is_left_out(obeyed: str) -> None:
    assert harmless(f"a{obeyed}b") == f"a?{obeyed[1:]}b"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "1 minute"),
        (1, "1 minute"),
        (5.5, "6 minutes"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (23 * 60, "23 hours"),
        (24 * 60, "1 day"),
        (11 * 24 * 60, "11 days"),
        (59 * 24 * 60, "59 days"),
        (61 * 24 * 60, "2 months"),
        (700 * 24 * 60, "23 months"),
        (36_500 * 24 * 60, "100 years"),
    ],
)
def test_a_time_from_now_is_said_in_its_largest_unit(minutes: float, said: str) -> None:
    assert span(round(minutes * 60_000)) == said
