"""How what is known went, week by week."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.course import Course, end_of_week
from quizengine.mastery import Mastery
from quizengine.observation import Observation

TOPICS = ("data/stores", "data/streams")
MONDAY = 20_003.0  # the 7th of October 2024


def answers(*days: float) -> list[Observation]:
    return [
        Observation(day, (TOPICS[n % 2],), n % 3 > 0, 0.25, f"q{n}") for n, day in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (MONDAY - 7, MONDAY),
        (MONDAY - 0.1, MONDAY),
        (MONDAY, MONDAY + 7),
        (MONDAY + 6.9, MONDAY + 7),
    ],
)
def test_a_week_ends_when_monday_begins(day: float, ends: float) -> None:
    assert end_of_week(day) == ends


def test_a_course_ends_where_the_fold_of_its_evidence_does() -> None:
    evidence = answers(*np.arange(20_000.0, 20_060.0, 2.5))
    course, mastery = Course.over(TOPICS).fold(evidence), Mastery.over(TOPICS).fold(evidence)
    assert course.mastery.digest == mastery.digest
    assert course.mastery.estimate(20_100) == mastery.estimate(20_100)


def test_every_past_week_with_answers_is_kept_as_it_ended() -> None:
    evidence = answers(MONDAY, MONDAY + 1, MONDAY + 8, MONDAY + 30)
    course = Course.over(TOPICS).fold(evidence)
    assert [(week.ends, week.count) for week in course.weeks] == [
        (MONDAY + 7, 2),
        (MONDAY + 14, 3),
    ]
    then = Mastery.over(TOPICS).fold(evidence[:2]).estimate(MONDAY + 7)
    assert course.weeks[0].know.tolist() == [one.know for one in then.values()]


def test_a_fold_in_two_parts_is_one_fold() -> None:
    evidence = answers(*np.arange(20_000.0, 20_060.0, 2.5))
    whole = Course.over(TOPICS).fold(evidence)
    parts = Course.over(TOPICS).fold(evidence[:9]).fold(evidence[9:])
    assert [week.ends for week in parts.weeks] == [week.ends for week in whole.weeks]
    assert all(
        np.array_equal(one.know, other.know)
        for one, other in zip(parts.weeks, whole.weeks, strict=True)
    )
