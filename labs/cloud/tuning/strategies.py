"""What a search tries next: a function of what it has tried, and of nothing else.

Every proposal has dice of its own, made from the job's seed and the trial's number. So Grid,
Random and Hyperband try the same points whatever ends first; Bayesian does so if each trial has
ended before the next is chosen.

Sampling is Optuna's: RandomSampler, and for Bayesian the tree-structured Parzen estimator
(TPESampler, multivariate). It sees each number's place on its scale. Which model and acquisition
function SageMaker uses is not public.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labs.cloud.tuning.space import Numeric, Place, Point, Space

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

STARTUP = 3  # trials before the Parzen estimator has something to go by; until then random
ATTEMPTS = 8  # draws for a point that was not tried before
LISTED = 100_000  # points of a space, up to which those not tried are listed when draws fail


@dataclass(frozen=True)
class Seen:
    """A point that was tried. `value` is its objective, lower being better; None as long as it
    has none. `is_over` without a value: it failed."""

    point: Point
    value: float | None
    is_over: bool = True


def prepare() -> None:
    """Load the library, which takes a moment, and have it say no more than its warnings."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)


def propose(
    strategy: str, space: Space, seed: int, number: int, seen: Sequence[Seen]
) -> Point | None:
    """The point of the trial with this number, from 0; None if there is none left to try."""
    if strategy == "Grid":
        return next(itertools.islice(space.points(), number, None), None)
    tried = {_key(space, each.point) for each in seen}
    for attempt in range(2 * ATTEMPTS):
        if attempt == ATTEMPTS:
            strategy = "Random"  # the estimator is sure of points that were tried
        dice = _dice(seed, number, attempt)
        point = space.at(_sample(strategy, space, dice, seen))
        if _key(space, point) not in tried:
            return point
    if space.count > LISTED:
        return point
    left = [each for each in space.points() if _key(space, each) not in tried]
    return left[_dice(seed, number, 2 * ATTEMPTS) % len(left)] if left else None


def _sample(strategy: str, space: Space, dice: int, seen: Iterable[Seen]) -> Place:
    prepare()
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution
    from optuna.trial import TrialState, create_trial

    distributions: dict[str, Any] = {
        each.name: FloatDistribution(0, 1)
        if isinstance(each, Numeric)
        else CategoricalDistribution(each.values)
        for each in space.ranges
    }
    study = optuna.create_study(sampler=_sampler(strategy, dice))
    if strategy == "Bayesian":
        for each in seen:
            place = space.place(each.point)
            if place is None or (each.is_over and each.value is None):
                continue
            state = TrialState.COMPLETE if each.is_over else TrialState.RUNNING
            study.add_trial(
                create_trial(
                    params=dict(place),
                    distributions=distributions,
                    value=each.value if each.is_over else None,
                    state=state,
                )
            )
    return study.ask(distributions).params


def _sampler(strategy: str, dice: int) -> BaseSampler:
    from optuna.samplers import RandomSampler, TPESampler

    if strategy == "Bayesian":
        return TPESampler(seed=dice, multivariate=True, n_startup_trials=STARTUP)
    return RandomSampler(seed=dice)


def _dice(seed: int, number: int, attempt: int) -> int:
    """A seed of 32 bits."""
    text = f"{seed}/{number}/{attempt}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest())


def _key(space: Space, point: Point) -> tuple[str | None, ...]:
    return tuple(point.get(each.name) for each in space.ranges)
