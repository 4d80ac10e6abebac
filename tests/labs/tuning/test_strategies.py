"""What is tried next."""

from __future__ import annotations

import statistics

import pytest

from labs.cloud.tuning.space import Categorical, Numeric, Point, Space
from labs.cloud.tuning.strategies import Seen, propose

ETA = Numeric("eta", 0.01, 1, "Logarithmic", False)
DEPTH = Numeric("depth", 1, 8, "Linear", True)
BOOSTER = Categorical("booster", ("gbtree", "dart"))
SPACE = Space((ETA, DEPTH, BOOSTER))


def cost(point: Point) -> float:
    """Least at eta 0.1, depth 5, gbtree."""
    eta, depth = ETA.place(point["eta"]), int(point["depth"])
    assert eta is not None
    return (eta - 0.5) ** 2 + ((depth - 5) / 8) ** 2 + (point["booster"] == "dart") / 10


def searched(strategy: str, jobs: int, seed: int = 1, space: Space = SPACE) -> list[Seen]:
    """A search that tries one point after the other."""
    seen: list[Seen] = []
    for number in range(jobs):
        point = propose(strategy, space, seed, number, seen)
        assert point is not None
        seen.append(Seen(point, cost(point)))
    return seen


@pytest.mark.parametrize("strategy", ["Random", "Hyperband", "Bayesian"])
def test_the_same_seed_tries_the_same_points(strategy: str) -> None:
    first, second = searched(strategy, 9), searched(strategy, 9)
    assert first == second
    other = searched(strategy, 9, seed=2)
    assert [each.point for each in other] != [each.point for each in first]


@pytest.mark.parametrize("strategy", ["Random", "Hyperband"])
def test_random_points_do_not_depend_on_what_has_ended(strategy: str) -> None:
    seen = searched(strategy, 6)
    running = [Seen(each.point, None, is_over=False) for each in seen]
    failed = [Seen(each.point, None) for each in seen]
    points = {str(propose(strategy, SPACE, 1, 6, each)) for each in (seen, running, failed)}
    assert len(points) == 1


def test_bayesian_learns_from_what_has_ended() -> None:
    seen = searched("Bayesian", 8)
    worse = [Seen(each.point, -(each.value or 0)) for each in seen]
    assert propose("Bayesian", SPACE, 1, 8, seen) != propose("Bayesian", SPACE, 1, 8, worse)


def test_bayesian_finds_better_points_than_random_does() -> None:
    def least(strategy: str, seed: int) -> float:
        return min(each.value for each in searched(strategy, 20, seed) if each.value is not None)

    seeds = range(5)
    bayesian = statistics.median(least("Bayesian", seed) for seed in seeds)
    random = statistics.median(least("Random", seed) for seed in seeds)
    assert bayesian < random


def test_bayesian_thinks_of_jobs_that_run_and_passes_over_failed_ones() -> None:
    seen = searched("Bayesian", 8)
    usual = propose("Bayesian", SPACE, 1, 8, seen)
    assert usual is not None
    near = {**usual, "eta": repr(float(usual["eta"]) * 0.99)}
    failed, running = Seen(near, None), Seen(near, None, is_over=False)
    assert propose("Bayesian", SPACE, 1, 8, [*seen, *[failed] * 3]) == usual
    assert propose("Bayesian", SPACE, 1, 8, [*seen, *[running] * 3]) != usual


def test_what_lies_outside_of_the_ranges_teaches_nothing() -> None:
    seen = searched("Bayesian", 8)
    foreign = Seen({**seen[0].point, "eta": "7"}, -100.0)
    assert propose("Bayesian", SPACE, 1, 8, [*seen, foreign]) == propose(
        "Bayesian", SPACE, 1, 8, seen
    )


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_no_point_is_tried_twice_until_none_is_left(strategy: str) -> None:
    space = Space((DEPTH, BOOSTER))
    seen: list[Seen] = []
    for number in range(16):
        point = propose(strategy, space, 3, number, seen)
        assert point is not None
        seen.append(Seen(point, 1.0))
    assert len({str(each.point) for each in seen}) == 16
    assert propose(strategy, space, 3, 16, seen) is None


def test_a_grid_tries_every_combination_in_order_and_ends() -> None:
    space = Space((BOOSTER, Categorical("depth", ("2", "4"))))
    found = [propose("Grid", space, 0, number, []) for number in range(5)]
    assert [tuple(each.values()) if each else None for each in found] == [
        ("gbtree", "2"),
        ("gbtree", "4"),
        ("dart", "2"),
        ("dart", "4"),
        None,
    ]


def test_random_covers_a_logarithmic_range_evenly() -> None:
    space = Space((ETA,))
    values = [float(each.point["eta"]) for each in _drawn(space, 200)]
    assert 70 < sum(value < 0.1 for value in values) < 130


def _drawn(space: Space, count: int) -> list[Seen]:
    points = [propose("Random", space, 5, number, []) for number in range(count)]
    return [Seen(point, None) for point in points if point is not None]


def test_the_library_keeps_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    searched("Bayesian", 7)
    assert capfd.readouterr() == ("", "")
