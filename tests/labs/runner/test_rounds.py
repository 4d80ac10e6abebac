"""What is read of rounds: from logs as CloudWatch shows them, and of trials that were stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from labs.runner import rounds

METRIC = "validation:rmse"
LOG = (
    "Train matrix has 265 rows and 10 columns",
    "[0]#011train-rmse:58.1#011validation-rmse:60.50",
    "[1]#011train-rmse:40.25#011validation-rmse:57.25",
    "[12:30:01] WARNING: not a round",
    "[2]\ttrain-rmse:30.0\tvalidation-rmse:5.8e+01",
)


@dataclass(frozen=True)
class Told:
    """An account that has these logs, by job, and these training jobs of one tuning job."""

    logs: Mapping[str, tuple[str, ...]]
    trials: tuple[dict[str, Any], ...] = ()
    prefix: str = "a-lab"
    bucket: str = "bucket"
    role_arn: str = "arn"
    region: str = "us-east-1"

    def client(self, service: str) -> Any:
        return self

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, **asked: str) -> Iterator[dict[str, Any]]:
        if "HyperParameterTuningJobName" in asked:
            yield from ({"TrainingJobSummaries": [each]} for each in self.trials)
        else:
            job = asked["logStreamNamePrefix"].removesuffix("/")
            yield {"events": [{"message": line} for line in self.logs[job]]}

    class exceptions:  # noqa: N801 (boto3's own name)
        class ClientError(Exception):
            pass


def a_trial(name: str, status: str, value: float | None) -> dict[str, Any]:
    told: dict[str, Any] = {"TrainingJobName": name, "TrainingJobStatus": status}
    if value is not None:
        told["FinalHyperParameterTuningJobObjectiveMetric"] = {"MetricName": METRIC, "Value": value}
    return told


def test_a_round_is_a_line_that_begins_with_its_number_and_tells_a_metric() -> None:
    assert rounds.rounds(Told({"job": LOG}), "job") == 3


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("validation:rmse", [60.5, 57.25, 58.0]),
        ("train:rmse", [58.1, 40.25, 30.0]),
        ("validation:mae", []),
    ],
)
def test_scores_are_read_whether_the_tab_is_one_or_is_written_out(
    metric: str, values: list[float]
) -> None:
    assert rounds.scores(Told({"job": LOG}), "job", metric) == values


def test_a_stopped_trial_counts_up_to_the_round_after_which_it_was_told_to() -> None:
    told = Told(
        {"one": LOG, "two": LOG, "three": LOG, "four": ()},
        (
            a_trial("one", "Completed", 57.25),
            a_trial("two", "Stopped", 57.25),
            a_trial("three", "Stopped", None),
            a_trial("four", "Failed", None),
        ),
    )
    found = rounds.of_trials(told, {"HyperParameterTuningJobName": "search"})
    assert found == {"one": 3, "two": 2, "three": 3, "four": 0}


def test_without_a_best_trial_there_is_no_number() -> None:
    name, value = rounds.best_trial({})
    assert name == ""
    assert value != value


def test_a_job_without_a_model_has_no_trees() -> None:
    assert rounds.trees(Told({}), {"TrainingJobName": "job"}) is None
