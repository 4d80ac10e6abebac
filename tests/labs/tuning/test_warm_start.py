"""Tuning jobs that begin with what others have learnt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from labs.cloud.tuning.strategies import Seen
from labs.cloud.tuning.warm_start import Heritage, ranked
from tests.labs.cloud.fakes import ACCOUNT, REGION, channel
from tests.labs.tuning.conftest import RANGES, Ask, Learner, tuning

Jobs = Callable[..., list[dict[str, Any]]]
FINAL = "FinalHyperParameterTuningJobObjectiveMetric"
IDENTICAL, TRANSFER = "IdenticalDataAndAlgorithm", "TransferLearning"


def warm(kind: str = IDENTICAL, *parents: str) -> dict[str, Any]:
    named = [{"HyperParameterTuningJobName": name} for name in parents or ("parent",)]
    return {"WarmStartConfig": {"ParentHyperParameterTuningJobs": named, "WarmStartType": kind}}


@pytest.fixture
def parent(tuned: Ask) -> dict[str, Any]:
    return tuned(name="parent", jobs=6, Strategy="Bayesian")


def test_the_best_of_the_family_is_named(tuned: Ask, parent: Mapping[str, Any], jobs: Jobs) -> None:
    told = tuned(name="child", jobs=2, Strategy="Bayesian", request=warm())
    assert told["WarmStartConfig"] == warm()["WarmStartConfig"]
    values = {
        each["TrainingJobName"]: each[FINAL]["Value"] for each in jobs("parent") + jobs("child")
    }
    overall = told["OverallBestTrainingJob"]
    assert overall[FINAL]["Value"] == min(values.values())
    assert overall["TuningJobName"] == overall["TrainingJobName"].split("-")[0]
    assert told["BestTrainingJob"]["TrainingJobName"].startswith("child-001")


def test_with_transfer_learning_there_is_no_best_of_the_family(
    tuned: Ask, parent: Mapping[str, Any]
) -> None:
    told = tuned(name="child", jobs=1, Strategy="Bayesian", request=warm(TRANSFER))
    assert "OverallBestTrainingJob" not in told


@pytest.mark.parametrize("kind", [IDENTICAL, TRANSFER])
def test_a_search_begins_where_its_parent_ended(
    tuned: Ask, parent: Mapping[str, Any], jobs: Jobs, kind: str
) -> None:
    tuned(name="cold", jobs=3, Strategy="Bayesian")
    tuned(name="child", jobs=3, Strategy="Bayesian", request=warm(kind))
    points = {
        name: [each["TunedHyperParameters"] for each in jobs(name)]
        for name in ("parent", "cold", "child")
    }
    assert points["cold"] == points["parent"][:3], "the same seed"
    assert not [each for each in points["child"] if each in points["parent"]]


def test_what_was_learnt_decides(tuned: Ask, learner: Learner, jobs: Jobs) -> None:
    usual = learner.curve
    tuned(name="low", jobs=8)
    learner.curve = lambda given: [-value for value in usual(given)]
    tuned(name="high", jobs=8)
    for name in ("low", "high"):
        tuned(name=f"child-{name}", jobs=2, Strategy="Bayesian", request=warm(IDENTICAL, name))
    low, high = jobs("child-low"), jobs("child-high")
    assert [each["TunedHyperParameters"] for each in low] != [
        each["TunedHyperParameters"] for each in high
    ]


def test_a_random_search_goes_on_with_new_points(
    tuned: Ask, parent: Mapping[str, Any], jobs: Jobs
) -> None:
    tuned(name="cold", jobs=9)
    tuned(name="child", jobs=3, request=warm())
    points = {
        name: [each["TunedHyperParameters"] for each in jobs(name)] for name in ("cold", "child")
    }
    assert points["child"] == points["cold"][6:]


def test_static_and_tuned_may_change_places(
    tuned: Ask, parent: Mapping[str, Any], jobs: Jobs
) -> None:
    depth = {"IntegerParameterRanges": RANGES["IntegerParameterRanges"]}
    static = {"num_round": "3", "eta": "0.4"}
    told = tuned(name="child", jobs=2, static=static, ParameterRanges=depth, request=warm())
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert {*jobs("child")[0]["TunedHyperParameters"]} == {"max_depth"}
    back = tuned(name="grandchild", jobs=2, Strategy="Bayesian", request=warm(IDENTICAL, "child"))
    assert back["HyperParameterTuningJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            {"static": {"gamma": "1"}},
            "The set of tunable plus static HyperParameter names is not the same",
        ),
        (
            {
                "HyperParameterTuningJobObjective": {
                    "Type": "Maximize",
                    "MetricName": "validation:r2",
                }
            },
            "objective metric must be the same as in the parent tuning job parent: Minimize",
        ),
        (
            {
                "ParameterRanges": {
                    "ContinuousParameterRanges": RANGES["ContinuousParameterRanges"],
                    "CategoricalParameterRanges": [{"Name": "max_depth", "Values": ["2", "3"]}],
                }
            },
            r"type of hyperparameter \[max_depth\] must not change: it is Integer",
        ),
        (
            {"definition": {"InputDataConfig": [channel("train", "s3://bucket/train/a")]}},
            "InputDataConfig must be the same as in the parent tuning job parent",
        ),
        ({"request": warm(IDENTICAL, "nobody")}, "not found"),
    ],
)
def test_a_family_has_things_in_common(
    plane: Plane, parent: Mapping[str, Any], more: dict[str, Any], why: str
) -> None:
    request = tuning("child", **{"request": warm(), **more})
    with pytest.raises(Refused, match=why):
        plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)


def test_transfer_learning_may_have_other_data(tuned: Ask, parent: Mapping[str, Any]) -> None:
    other = {"InputDataConfig": [channel("train", "s3://bucket/train/a")]}
    told = tuned(name="child", jobs=1, definition=other, request=warm(TRANSFER))
    assert told["HyperParameterTuningJobStatus"] == "Completed"


def test_too_much_may_not_change(plane: Plane, tuned: Ask) -> None:
    names = ["gamma", "alpha", "lambda", "subsample", "max_delta_step", "colsample_bytree"]
    before = {"num_round": "3", **dict.fromkeys(names, "0.5")}
    tuned(name="parent", jobs=1, static=before)
    after = {"num_round": "3", **dict.fromkeys(names, "0.6")}
    request = tuning("child", static=after, request=warm())
    with pytest.raises(Refused, match=r"There are 12 changes .* at most 10"):
        plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)


@pytest.mark.parametrize("strategy", ["Grid", "Hyperband"])
def test_other_strategies_learn_from_nobody(
    plane: Plane, parent: Mapping[str, Any], strategy: str
) -> None:
    both: dict[str, dict[str, Any]] = {
        "Grid": {
            "ParameterRanges": {
                "CategoricalParameterRanges": [
                    {"Name": "eta", "Values": ["0.1"]},
                    {"Name": "max_depth", "Values": ["1"]},
                ]
            },
            "jobs": 1,
        },
        "Hyperband": {"StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 3}}},
    }
    request = tuning("child", Strategy=strategy, request=warm(), **both[strategy])
    with pytest.raises(Refused, match=f"WarmStartConfig and the Strategy {strategy}"):
        plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)


def test_a_parent_must_be_over(plane: Plane, learner: Learner) -> None:
    gate = threading.Event()
    usual = learner.curve
    learner.curve = lambda given: [gate.wait(10), *usual(given)]
    plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", tuning("parent", jobs=1))
    request = tuning("child", request=warm())
    try:
        with pytest.raises(Refused, match="parent is in status InProgress"):
            plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)
    finally:
        gate.set()
    assert plane.settle(30)


def test_ranks_compare_what_values_cannot() -> None:
    point = {"eta": "0.1"}
    parents = (tuple(Seen(point, value) for value in (1000.0, 3000.0)),)
    own = [Seen(point, 0.1), Seen(point, None, is_over=False), Seen(point, 0.2)]
    values = [each.value for each in Heritage(TRANSFER, parents).and_own(own)]
    assert values == [0.25, 0.75, 0.25, None, 0.75]
    assert [each.value for each in Heritage(IDENTICAL, parents).and_own(own)] == [
        1000.0, 3000.0, 0.1, None, 0.2,
    ]  # fmt: skip
    assert [each.is_over for each in ranked(own)] == [True, False, True]
