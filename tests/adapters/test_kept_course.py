"""The model of the learner is kept between runs; whatever is wrong with it is ignored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.course import Course
from quizengine.observation import Observation
from quizengine.storage.kept import KeptCourse, course_from_bytes, course_to_bytes

TOPICS = ("data/stores", "data/streams")
EVIDENCE = [
    Observation(20_000.0 + 3 * n, (TOPICS[n % 2],), n % 3 > 0, 0.25, f"q{n % 4}") for n in range(12)
]
COURSE = Course.over(TOPICS).fold(EVIDENCE)
BYTES = course_to_bytes(COURSE)


def test_what_was_kept_is_found_with_its_weeks(tmp_path: Path) -> None:
    kept = KeptCourse(tmp_path / "cache")
    kept.write("now", COURSE)
    found = kept.read("now", TOPICS)
    assert found is not None
    assert found.mastery.is_fold_of(EVIDENCE)
    assert found.mastery.estimate(21_000) == COURSE.mastery.estimate(21_000)
    assert [(w.ends, w.count) for w in found.weeks] == [(w.ends, w.count) for w in COURSE.weeks]
    assert np.array_equal([w.know for w in found.weeks], [w.know for w in COURSE.weeks])


def test_a_course_without_any_week_can_be_kept(tmp_path: Path) -> None:
    kept = KeptCourse(tmp_path)
    kept.write("now", Course.over(TOPICS))
    found = kept.read("now", TOPICS)
    assert found is not None
    assert found.weeks == ()


def test_nothing_was_kept_under_another_name(tmp_path: Path) -> None:
    kept = KeptCourse(tmp_path)
    kept.write("now", COURSE)
    assert kept.read("morning", TOPICS) is None


def test_what_is_over_other_topics_is_not_found(tmp_path: Path) -> None:
    kept = KeptCourse(tmp_path)
    kept.write("now", COURSE)
    assert kept.read("now", (*TOPICS, "training/tuning")) is None


@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
def test_a_file_with_any_byte_changed_is_refused(at: int, by: int) -> None:
    damaged = bytearray(BYTES)
    damaged[at] ^= by
    with pytest.raises(ValueError, match="damaged"):
        course_from_bytes(TOPICS, bytes(damaged))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x01.", BYTES[:500]])
def test_a_foreign_file_is_not_found(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mastery-now.npz").write_bytes(content)
    assert KeptCourse(tmp_path).read("now", TOPICS) is None


def test_where_the_disk_refuses_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    kept = KeptCourse(tmp_path / "cache")
    kept.write("now", COURSE)
    assert kept.read("now", TOPICS) is None
