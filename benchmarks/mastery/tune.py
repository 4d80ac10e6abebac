"""The constants of the simple trackers: the best of a grid, by the log loss of the next answer.

Only the development learners are used; the tables are made from others. `python -m
benchmarks.mastery.tune` prints what stands as defaults in trackers.py.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from benchmarks.mastery.learners import SCENARIOS, Learner, learner
from benchmarks.mastery.trackers import ROW, Bkt, Elo, Leitner, Pfa, Simple

DEVELOPMENT = range(10_000, 10_030)  # seeds

GRIDS: dict[Callable[..., Simple], Mapping[str, Sequence[float]]] = {
    Leitner: {"first": (0.5, 0.55, 0.6, 0.65), "step": (0.03, 0.05, 0.07, 0.1)},
    Elo: {"start": (0.4,), "overall": (0.05, 0.1, 0.2), "topic": (0.1, 0.2, 0.4)},
    Bkt: {
        "begin": (0.5, 0.7),
        "learn": (0.0, 0.02, 0.05),
        "slip": (0.15, 0.2, 0.25),
        "guess": (0.4, 0.5, 0.6),
    },
    Pfa: {"begin": (0.5, 0.8, 1.0), "right": (0.03, 0.1, 0.2), "wrong": (-0.05, -0.1, -0.2, -0.3)},
}


def log_loss(tracker: Callable[[], Simple], learners: Sequence[Learner]) -> float:
    """Per answer, each foretold before it is seen."""
    total, count = 0.0, 0
    for one in learners:
        found = tracker()
        for answer in one.answers:
            right = float(found.right()[ROW[answer.topics[0]]])
            total -= math.log(right if answer.is_right else 1 - right)
            count += 1
            found.observe(answer)
    return total / count


def main() -> None:
    learners = [learner(scenario, seed) for scenario in SCENARIOS for seed in DEVELOPMENT]
    for tracker, grid in GRIDS.items():
        tried = []
        for values in itertools.product(*grid.values()):
            constants = dict(zip(grid, values, strict=True))
            tried.append((log_loss(partial(tracker, **constants), learners), constants))
        tried.sort(key=lambda pair: pair[0])
        print(tracker.__name__)
        for loss, constants in tried[:3]:
            print(f"  {loss:.4f}", constants)


if __name__ == "__main__":
    main()
