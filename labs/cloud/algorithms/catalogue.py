"""What the cloud knows of each algorithm without running it: its metrics, and what can be tuned.

An entry is read by the training jobs (which lines of a log are metrics) and by the tuning jobs
(which of them can be an objective, and which hyperparameters have ranges). Nothing here imports a
library that computes.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from labs.cloud.algorithms.kmeans import metrics as kmeans
from labs.cloud.algorithms.linear_learner import metrics as linear_learner
from labs.cloud.algorithms.xgboost import hyperparameters
from labs.cloud.algorithms.xgboost import metrics as xgboost

Direction: TypeAlias = Literal["Maximize", "Minimize"]
Kind: TypeAlias = Literal["Integer", "Continuous", "Categorical"]

NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"


@dataclass(frozen=True)
class Metric:
    """`regex` finds its value in a line of the log. `better` is None if it can be no objective."""

    name: str
    regex: str
    better: Direction | None = None


@dataclass(frozen=True)
class Algorithm:
    """`metrics` is empty, and `tunable` None, where the learner's own script has both.

    `rounds` is the hyperparameter that says how often it goes over its data: what Hyperband
    shares out. `client_error` is the exit code by which it says that the learner can mend it.
    """

    metrics: tuple[Metric, ...] = ()
    tunable: Mapping[str, Kind] | None = None
    rounds: str | None = None
    client_error: int | None = None

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """All metrics'."""
        return frozenset(each.name for each in self.metrics)

    @property
    def objectives(self) -> Mapping[str, Direction]:
        """The metrics that a tuning job can have as its objective, each with its direction."""
        return MappingProxyType(
            {each.name: each.better for each in self.metrics if each.better is not None}
        )


def _of_xgboost() -> Iterable[Metric]:
    for part in ("train", "validation"):
        for name in xgboost.NAMES:
            better: Direction = "Maximize" if xgboost.is_maximized(name) else "Minimize"
            regex = rf".*\[[0-9]+\].*#011{part}-{name}:{NUMBER}.*"
            yield Metric(f"{part}:{name}", regex, better if part == "validation" else None)


def _kinds(**names: Iterable[str]) -> Mapping[str, Kind]:
    kinds: tuple[Kind, ...] = ("Integer", "Continuous", "Categorical")
    return {name: kind for kind in kinds for name in names.get(kind, ())}


ALGORITHMS: Mapping[str, Algorithm] = {
    "xgboost": Algorithm(
        tuple(_of_xgboost()),
        _kinds(
            Integer=[each for each in hyperparameters.TUNABLE if each in hyperparameters.INTEGERS],
            Continuous=[each for each in hyperparameters.TUNABLE if each in hyperparameters.REALS],
        ),
        rounds="num_round",
    ),
    "linear_learner": Algorithm(
        tuple(Metric(*each) for each in linear_learner.definitions()),
        _kinds(
            Integer=["mini_batch_size"],
            Continuous=["wd", "l1", "learning_rate", "positive_example_weight_mult"],
            Categorical=["use_bias"],
        ),
        rounds="epochs",
        client_error=2,
    ),
    "kmeans": Algorithm(
        tuple(Metric(*each) for each in kmeans.definitions()),
        _kinds(
            Integer=["epochs", "extra_center_factor", "mini_batch_size"],
            Categorical=["init_method"],
        ),
        rounds="epochs",
        client_error=2,
    ),
    "sklearn": Algorithm(),
}
