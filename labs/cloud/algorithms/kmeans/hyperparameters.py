"""k-means' hyperparameters: names, ranges, defaults.

Source: "K-means hyperparameters" in SageMaker's developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from labs.cloud.algorithms.common.hyperparameters import (
    Choice,
    Flag,
    Integer,
    Only,
    OrAuto,
    Parameter,
    Real,
    Text,
    Words,
    parse,
)
from labs.cloud.algorithms.kmeans.metrics import NAMES

AUTO_TRIALS = 10  # what the algorithm's log shows
METHODS = Choice(("random", "kmeans++"))
PARAMETERS: Mapping[str, Parameter] = {
    "k": Parameter(Integer()),
    "feature_dim": Parameter(Integer()),
    "mini_batch_size": Parameter(Integer(), "5000"),
    "epochs": Parameter(Integer(), "1"),
    "init_method": Parameter(METHODS, "random"),
    "extra_center_factor": Parameter(OrAuto(Integer()), "auto"),
    "eval_metrics": Parameter(Words(NAMES), '["msd"]'),
    "local_lloyd_init_method": Parameter(METHODS, "kmeans++"),
    "local_lloyd_max_iter": Parameter(Integer(), "300"),
    "local_lloyd_num_trials": Parameter(OrAuto(Integer()), "auto"),
    "local_lloyd_tol": Parameter(Real("[0, 1]"), "0.0001"),
    "half_life_time_size": Parameter(Only("0"), "0"),
    "force_dense": Parameter(Flag(), "true"),  # the Python SDK sends it; all is dense here
    "_tuning_objective_metric": Parameter(Text(), ""),
}


@dataclass(frozen=True)
class Settings:
    """What a job is to do, by the names of the hyperparameters."""

    k: int
    feature_dim: int
    mini_batch_size: int
    epochs: int
    init_method: str
    extra_center_factor: int | None
    eval_metrics: tuple[str, ...]
    local_lloyd_init_method: str
    local_lloyd_max_iter: int
    local_lloyd_num_trials: int
    local_lloyd_tol: float


def read(given: Mapping[str, object]) -> Settings:
    """From what `input/config/hyperparameters.json` holds. Raises CustomerError."""
    values: dict[str, Any] = parse(given, PARAMETERS)
    if values["local_lloyd_num_trials"] is None:
        values["local_lloyd_num_trials"] = AUTO_TRIALS
    return Settings(**{each.name: values[each.name] for each in fields(Settings)})
