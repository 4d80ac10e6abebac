"""Which training jobs of a search are stopped before their end."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.tuning.stopping import GRACE, LEAST, Hyperband, is_unlikely, running_averages

FALLING = [10.0, 8.0, 6.0, 4.0]


# The median rule


def test_a_job_worse_than_the_median_of_the_averages_is_stopped() -> None:
    completed = [[*[9.0] * 10, 8.0], [*[9.0] * 10, 6.0], [*[0.0] * 10, 4.0]]
    assert is_unlikely(6.1, 11, completed)
    assert not is_unlikely(6.0, 11, completed)


def test_running_averages_are_of_all_so_far() -> None:
    assert running_averages([10.0, 8.0, 6.0, 4.0]) == [10.0, 9.0, 8.0, 7.0]
    assert running_averages([]) == []


def test_only_epochs_up_to_the_jobs_own_count() -> None:
    completed = [running_averages([*[5.0] * 11, 100.0])] * 3
    assert is_unlikely(6.0, 11, completed)
    assert not is_unlikely(6.0, 12, completed)


def test_a_job_that_completed_earlier_counts_with_all_it_has() -> None:
    assert is_unlikely(5.0, 11, [[4.0]] * 3)


@pytest.mark.parametrize("epoch", range(1, GRACE + 1))
def test_the_first_steps_of_a_job_do_not_count(epoch: int) -> None:
    assert not is_unlikely(1000.0, epoch, [FALLING] * 9)


@pytest.mark.parametrize("count", range(LEAST))
def test_the_first_jobs_are_never_stopped(count: int) -> None:
    assert not is_unlikely(1000.0, 20, [FALLING] * count)


def test_a_job_that_told_nothing_is_no_measure() -> None:
    assert not is_unlikely(1000.0, 20, [[], [], FALLING])


@given(
    curves=st.lists(
        st.lists(st.floats(-100, 100), min_size=1, max_size=6), min_size=LEAST, max_size=9
    )
)
def test_what_is_as_good_as_the_best_ever_is_never_stopped(curves: list[list[float]]) -> None:
    best = min(value for curve in curves for value in curve)
    completed = [running_averages(curve) for curve in curves]
    for epoch in range(1, 16):
        assert not is_unlikely(best - 1e-9, epoch, completed)


# Hyperband


def test_the_brackets_are_those_of_the_paper() -> None:
    band = Hyperband(1, 81)  # table 1 of the paper, eta 3: 81, 34, 15, 8, 5 configurations
    assert band.brackets == 5
    assert [band._share(bracket) for bracket in range(5)] == [81, 34, 15, 8, 5]
    assert [Hyperband(1, 81).rungs(0), _of_bracket(band, 3), _of_bracket(band, 4)] == [
        (1, 3, 9, 27),
        (27,),
        (),
    ]


def _of_bracket(band: Hyperband, bracket: int) -> tuple[int, ...]:
    number = next(each for each in range(500) if band.bracket(each) == bracket)
    return band.rungs(number)


@given(least=st.integers(1, 50), more=st.integers(0, 500), number=st.integers(0, 800))
def test_every_rung_lies_between_the_least_and_the_most(least: int, more: int, number: int) -> None:
    band = Hyperband(least, least + more)
    rungs = band.rungs(number)
    assert all(least <= rung < least + more for rung in rungs)
    assert list(rungs) == sorted(set(rungs))
    assert 0 <= band.bracket(number) < band.brackets


def test_over_a_round_each_bracket_gets_its_share_and_none_waits_for_long() -> None:
    band = Hyperband(1, 9)  # shares 9, 5, 3
    given_ = [band.bracket(number) for number in range(17)]
    assert Counter(given_) == {0: 9, 1: 5, 2: 3}
    assert {*given_[:5]} == {0, 1, 2}
    assert [band.bracket(number) for number in range(17, 34)] == given_


def test_the_best_third_on_a_rung_goes_on() -> None:
    band = Hyperband(1, 9)
    assert band.goes_on(5.0, [])
    assert not band.goes_on(5.0, [4.0])
    assert band.goes_on(3.0, [4.0])
    assert not band.goes_on(2.0, [1.0, 3.0])
    assert band.goes_on(2.0, [1.0, 3.0, 4.0])


def test_the_same_least_and_most_stops_nobody_before() -> None:
    band = Hyperband(7, 7)
    assert (band.brackets, band.rungs(0), band.rungs(99)) == (1, (), ())
