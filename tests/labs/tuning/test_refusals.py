"""What a tuning job cannot be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labs.cloud import images
from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from tests.labs.cloud.fakes import ACCOUNT, REGION, channel
from tests.labs.tuning.conftest import GRID, RANGES, RMSE, definition, tuning

BOTH = {"eta": "0.1", "num_round": "3"}
MAXIMIZE = {"Type": "Maximize", "MetricName": RMSE}


def objective(metric: str, type_: str = "Minimize") -> dict[str, Any]:
    return {"HyperParameterTuningJobObjective": {"Type": type_, "MetricName": metric}}


def reals(name: str, low: str = "0.1", high: str = "0.5") -> dict[str, Any]:
    one = {"Name": name, "MinValue": low, "MaxValue": high}
    return {"ParameterRanges": {"ContinuousParameterRanges": [one]}}


def integers(name: str, low: str = "1", high: str = "3") -> dict[str, Any]:
    one = {"Name": name, "MinValue": low, "MaxValue": high}
    return {"ParameterRanges": {"IntegerParameterRanges": [one]}}


def several(*definitions: dict[str, Any], **config: Any) -> dict[str, Any]:
    request = {"TrainingJobDefinition": None, "TrainingJobDefinitions": [*definitions]}
    usual = {"HyperParameterTuningJobObjective": None, "ParameterRanges": None}
    return {"request": request, **usual, **config}


def named(name: str = "a", type_: str = "Minimize") -> dict[str, Any]:
    metric = RMSE if type_ == "Minimize" else "validation:auc"
    return definition(
        DefinitionName=name,
        TuningObjective={"Type": type_, "MetricName": metric},
        HyperParameterRanges=RANGES,
    )


@pytest.fixture
def refused(plane: Plane) -> Callable[..., Refused]:
    def why(**more: Any) -> Refused:
        with pytest.raises(Refused) as error:
            plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", tuning(**more))
        return error.value

    return why


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (objective("validation:accurate"), "[validation:accurate], isn't valid for the"),
        (objective("train:rmse"), "Choose a valid objective metric: "),
        ({"HyperParameterTuningJobObjective": MAXIMIZE}, "Choose a valid objective metric type."),
        ({"HyperParameterTuningJobObjective": None}, "needs a HyperParameterTuningJobObjective"),
        ({"static": BOTH}, "both in StaticHyperParameters and in the ranges: [eta]"),
        ({"ParameterRanges": {}}, "at least one hyperparameter range"),
        (reals("nthread"), "[nthread] isn't tunable for the"),
        (reals("learning_rate"), "[learning_rate] isn't tunable"),
        (reals("max_depth"), "[max_depth] is of type Integer"),
        (reals("eta", "0.1", "2"), "[eta] isn't valid: Hyperparameter eta: 2.0 is not in [0, 1]"),
        (integers("max_depth", "-1", "9"), "max_depth: -1 is not in [0, +inf)"),
        (integers("max_depth"), "combinations for the provided ranges [3.0] must be equal or"),
        ({"Strategy": "Grid"}, "supports only categorical"),
        (
            {"Strategy": "Grid", "ParameterRanges": GRID, "jobs": 5},
            "[5] must equal the number of distinct combinations of the categorical values, [6]",
        ),
        ({"jobs": None}, "the tuning job has no end"),
        ({"Strategy": "Hyperband"}, "needs a MaxResource"),
        (
            {
                "Strategy": "Hyperband",
                "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 9, "MaxResource": 8}},
            },
            "MinResource [9] must be at most MaxResource [8]",
        ),
        (
            {
                "Strategy": "Hyperband",
                "StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 20_001}},
            },
            "at most 20000",
        ),
        (
            {
                "Strategy": "Hyperband",
                "StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 8}},
                "TrainingJobEarlyStoppingType": "Auto",
            },
            "TrainingJobEarlyStoppingType must be Off with the Strategy Hyperband",
        ),
        (
            {"StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 8}}},
            "for the Strategy Hyperband only",
        ),
        ({"request": {"TrainingJobDefinitions": [named()]}}, "Provide either"),
        ({"request": {"TrainingJobDefinition": None}}, "Provide either"),
        (several(named(), ParameterRanges=RANGES), "of its own"),
        (several(named("a"), named("a")), "a DefinitionName of its own"),
        (several(definition()), "a DefinitionName of its own"),
        ({"definition": {"ResourceConfig": None}}, "Provide either a ResourceConfig"),
        ({"definition": {"InputDataConfig": [channel(uri="s3://bucket/no")]}}, "No S3 objects"),
        ({"definition": {"RoleArn": "arn:aws:iam::123456789012:role/x"}}, "Could not assume role"),
        (
            {"definition": {"OutputDataConfig": {"S3OutputPath": "s3://nowhere/x"}}},
            'no bucket "nowhere"',
        ),
    ],
)
def test_a_mistake_is_refused_at_once(
    refused: Callable[..., Refused], asked: dict[str, Any], why: str
) -> None:
    error = refused(**asked)
    assert why in error.message
    assert error.code == "ValidationException"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"jobs": 751}, "'Number of training jobs per hyperparameter tuning job' is 750"),
        ({"parallel": 11}, "parallel training jobs per hyperparameter tuning job' is 10"),
        (
            {
                "Strategy": "Grid",
                "jobs": None,
                "ParameterRanges": {
                    "CategoricalParameterRanges": [
                        {"Name": name, "Values": [f"0.{n:02d}1" for n in range(28)]}
                        for name in ("eta", "subsample")
                    ]
                },
            },
            "750, and the request is for 784",
        ),
    ],
)
def test_more_than_a_quota_is_refused(
    refused: Callable[..., Refused], asked: dict[str, Any], why: str
) -> None:
    error = refused(**asked)
    assert why in error.message
    assert error.code == "ResourceLimitExceeded"


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"request": {"Autotune": {"Mode": "Enabled"}}}, "with Autotune"),
        (
            {"ParameterRanges": {"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]}},
            "ParameterRanges.AutoParameters",
        ),
        (
            {
                "TuningJobCompletionCriteria": {
                    "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}
                }
            },
            "CompleteOnConvergence Enabled",
        ),
        (several(named("a"), named("b", "Maximize")), "TuningObjective of both types"),
        (
            {"definition": {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}},
            "TrainingJobDefinition.ResourceConfig.InstanceCount 2",
        ),
    ],
)
def test_what_is_not_there_offline_says_so(
    refused: Callable[..., Refused], asked: dict[str, Any], what: str
) -> None:
    error = refused(**asked)
    assert error.code == "NotOfferedOffline"
    assert what in error.message


def test_a_name_is_taken_whatever_its_case(plane: Plane, refused: Callable[..., Refused]) -> None:
    plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", tuning("Tune", jobs=1))
    assert plane.settle(30)
    error = refused(name="tune")
    assert error.code == "ResourceInUse"
    assert "already exists" in error.message


def test_the_metric_definitions_of_a_built_in_algorithm_are_its_own(
    refused: Callable[..., Refused],
) -> None:
    specification = {
        "TrainingImage": images.uri(REGION),
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "mine", "Regex": "x=(.*)"}],
    }
    error = refused(definition={"AlgorithmSpecification": specification})
    assert "You can't override the metric definitions" in error.message


def test_a_scripts_metric_must_be_defined(refused: Callable[..., Refused], plane: Plane) -> None:
    specification = {
        "TrainingImage": images.uri(REGION, "sklearn"),
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
    }
    static = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://bucket/a.tar.gz",
    }
    asked: dict[str, Any] = {
        "definition": {"AlgorithmSpecification": specification},
        "static": static,
        "jobs": 1,
    }
    ranges = {"ContinuousParameterRanges": [{"Name": "C", "MinValue": "0.1", "MaxValue": "9"}]}
    error = refused(ParameterRanges=ranges, **objective("accuracy"), **asked)
    assert error.message.startswith("A metric is required for this hyperparameter tuning job")
    request = tuning(ParameterRanges=ranges, **objective("loss"), **asked)
    plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)
    assert plane.settle(30)


def test_the_first_of_several_instance_types_is_taken(plane: Plane) -> None:
    configs = [
        {"InstanceType": name, "InstanceCount": 1, "VolumeSizeInGB": 3}
        for name in ("ml.m5.xlarge", "ml.m5.large")
    ]
    flexible = {"AllocationStrategy": "Prioritized", "InstanceConfigs": configs}
    request = tuning(
        jobs=1,
        definition={"ResourceConfig": None, "HyperParameterTuningResourceConfig": flexible},
    )
    plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)
    assert plane.settle(30)
    (found,) = plane.call(ACCOUNT, REGION, "ListTrainingJobs", {})["TrainingJobSummaries"]
    name = {"TrainingJobName": found["TrainingJobName"]}
    job = plane.call(ACCOUNT, REGION, "DescribeTrainingJob", name)
    assert job["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"
