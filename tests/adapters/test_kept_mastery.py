"""The model of the learner as bytes, and back."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.mastery import Mastery
from quizengine.observation import Observation
from quizengine.storage.mastery import from_bytes, to_bytes

TOPICS = ("data/stores", "data/streams", "training/stopping")
ANSWERS = [
    Observation(20_000 + n, (TOPICS[n % 3],), n % 4 > 0, 0.25, f"question-{n % 5}", 30.0, n % 2 > 0)
    for n in range(20)
]


def test_a_kept_state_goes_on_as_if_it_had_never_been_kept() -> None:
    whole = Mastery.over(TOPICS).fold(ANSWERS)
    kept = from_bytes(TOPICS, to_bytes(Mastery.over(TOPICS).fold(ANSWERS[:12])))
    went_on = kept.fold(ANSWERS[12:])
    assert np.array_equal(went_on.belief.cov, whole.belief.cov)
    assert went_on.estimate(20_100) == whole.estimate(20_100)
    assert (went_on.traces, went_on.day, went_on.count) == (whole.traces, whole.day, whole.count)
    assert np.array_equal(went_on.moved, whole.moved)


def test_a_state_without_evidence_can_be_kept() -> None:
    kept = from_bytes(TOPICS, to_bytes(Mastery.over(TOPICS)))
    assert kept.count == 0
    assert kept.fold(ANSWERS).digest == Mastery.over(TOPICS).fold(ANSWERS).digest


def test_a_kept_state_says_whether_the_record_is_still_the_one_it_was_made_from() -> None:
    kept = from_bytes(TOPICS, to_bytes(Mastery.over(TOPICS).fold(ANSWERS[:12])))
    assert kept.is_fold_of(ANSWERS)
    told_late = [ANSWERS[0]._replace(day=19_999.0), *ANSWERS]
    assert not kept.is_fold_of(told_late)


def test_a_state_of_other_topics_is_refused() -> None:
    with pytest.raises(ValueError, match="not"):
        from_bytes(TOPICS[:2], to_bytes(Mastery.over(TOPICS)))


def test_a_state_of_other_topics_of_the_same_number_is_no_fold_of_the_record() -> None:
    other = from_bytes(("x/a", "x/b", "y/a"), to_bytes(Mastery.over(TOPICS).fold(ANSWERS)))
    assert not other.is_fold_of(ANSWERS)


@pytest.mark.parametrize("cut", [0, 10, 1_000])
def test_half_a_file_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="kept state"):
        from_bytes(TOPICS, to_bytes(Mastery.over(TOPICS))[:cut])


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_damaged_file_is_refused_or_tells_the_same(place: int, byte: int) -> None:
    whole = Mastery.over(TOPICS).fold(ANSWERS)
    data = bytearray(to_bytes(whole))
    data[place % len(data)] = byte
    try:
        kept = from_bytes(TOPICS, bytes(data))
    except ValueError:
        return
    assert np.array_equal(kept.belief.mean, whole.belief.mean)
    assert np.array_equal(kept.belief.cov, whole.belief.cov)
    assert (kept.traces, kept.digest) == (whole.traces, whole.digest)


def test_a_file_with_objects_in_it_is_refused() -> None:
    file = io.BytesIO()
    np.savez(file, mean=np.array([{"an": "object"}], dtype=object))
    with pytest.raises(ValueError, match=r"pickle|Object"):
        from_bytes(TOPICS, file.getvalue())
