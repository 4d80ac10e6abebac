"""The fakes of the cloud's own tests, with an algorithm whose scores follow from its
hyperparameters."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from labs.cloud import images
from labs.cloud.plane import Plane
from tests.labs.cloud.conftest import do, plane, world  # noqa: F401
from tests.labs.cloud.fakes import ACCOUNT, REGION, ROLE, Call, End, FakeWorld, channel

RMSE = "validation:rmse"
RANGES: dict[str, Any] = {
    "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.9"}],
    "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "9"}],
}
GRID: dict[str, Any] = {
    "CategoricalParameterRanges": [
        {"Name": "eta", "Values": ["0.1", "0.5"]},
        {"Name": "max_depth", "Values": ["2", "4", "6"]},
    ]
}
Curve = Callable[[Mapping[str, str]], "list[float]"]


def tuning(name: str = "tune", *, jobs: int | None = 4, parallel: int = 1, **more: Any) -> Any:
    """A CreateHyperParameterTuningJob. `more` goes to where it belongs: `static` and `definition`
    to the training jobs' definition, `request` to the request, the rest to the configuration."""
    limits: dict[str, Any] = {"MaxParallelTrainingJobs": parallel, **more.pop("limits", {})}
    if jobs is not None:
        limits["MaxNumberOfTrainingJobs"] = jobs
    request = more.pop("request", {})
    return {
        "HyperParameterTuningJobName": name,
        "TrainingJobDefinition": definition(
            static=more.pop("static", {"num_round": "3"}), **more.pop("definition", {})
        ),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": RMSE},
            "ResourceLimits": limits,
            "ParameterRanges": RANGES,
            "RandomSeed": 1,
            **more,
        },
        **request,
    }


def definition(*, static: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "StaticHyperParameters": dict(static or {"num_round": "3"}),
        "AlgorithmSpecification": {
            "TrainingImage": images.uri(REGION),
            "TrainingInputMode": "File",
        },
        "RoleArn": ROLE,
        "InputDataConfig": [channel()],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def falling(given: Mapping[str, str]) -> list[float]:
    """As many rounds as asked for, towards the distance of eta from 0.5."""
    end = abs(float(given["eta"]) - 0.5)
    rounds = int(given["num_round"])
    return [end + 1 / (1 + number) for number in range(rounds)]


class Learner:
    """An algorithm that tells a curve of its hyperparameters, and stops when it is told to."""

    def __init__(self, curve: Curve = falling) -> None:
        self.curve = curve
        self.lock = threading.Lock()
        self.at_once = self.most_at_once = 0

    def __call__(self, call: Call) -> End:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.train(call)
        finally:
            with self.lock:
                self.at_once -= 1

    def train(self, call: Call) -> End:
        given = json.loads((call.base / "input/config/hyperparameters.json").read_text())
        for number, value in enumerate(self.curve(given)):
            if call.stop.is_set():
                return End(143, stopped=True)
            call.say(f"[{number}]\ttrain-rmse:1.00000\tvalidation-rmse:{value:.5f}")
        (call.base / "model/xgboost-model").write_bytes(b"{model}")
        return End()


@pytest.fixture
def learner(world: FakeWorld) -> Learner:  # noqa: F811
    world.algorithm = made = Learner()
    return made


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(plane: Plane, learner: Learner) -> Ask:  # noqa: F811
    """An operation on the tuning job `tune` unless another is named; nothing is waited for."""

    def asked(operation: str, name: str = "tune", **more: Any) -> dict[str, Any]:
        request = {"HyperParameterTuningJobName": name, **more}
        return plane.call(ACCOUNT, REGION, operation, request)

    return asked


@pytest.fixture
def tuned(plane: Plane, ask: Ask) -> Ask:  # noqa: F811
    """Makes a tuning job, waits for its end, and describes it."""

    def done(**more: Any) -> dict[str, Any]:
        request = tuning(**more)
        plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)
        assert plane.settle(30)
        return ask("DescribeHyperParameterTuningJob", request["HyperParameterTuningJobName"])

    return done


@pytest.fixture
def jobs(ask: Ask) -> Callable[..., list[dict[str, Any]]]:
    """The training jobs of a tuning job, by name."""

    def listed(name: str = "tune", **more: Any) -> list[dict[str, Any]]:
        answer = ask("ListTrainingJobsForHyperParameterTuningJob", name, MaxResults=100, **more)
        found: list[dict[str, Any]] = answer["TrainingJobSummaries"]
        return found

    return listed
