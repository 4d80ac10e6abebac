"""A plane of fakes with a clock that a test sets, and what the tests of hosting ask of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from labs.cloud.invocation import Invocation
from labs.cloud.plane import Plane
from tests.labs.cloud.fakes import ACCOUNT, REGION, ROLE, FakeWorld

Do = Callable[..., dict[str, Any]]
IMAGE = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.2-0"


class Clock:
    """Nanoseconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += int(seconds * 1e9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world() -> FakeWorld:
    made = FakeWorld()
    made.services.buckets["bucket"] = {f"{name}.tar.gz": name.encode() for name in "ABC"}
    return made


@pytest.fixture
def plane(world: FakeWorld, clock: Clock) -> Iterator[Plane]:
    made = world.plane()
    made.world = replace(made.world, ticks=clock)
    yield made
    made.close()


@pytest.fixture
def do(plane: Plane) -> Do:
    """An operation of SageMaker's, to its end: do("DescribeModel", ModelName="m")."""

    def done(operation: str, **request: Any) -> dict[str, Any]:
        answer = plane.call(ACCOUNT, REGION, operation, request)
        assert plane.settle(10)
        return answer

    return done


def container(archive: str = "A", **more: Any) -> dict[str, Any]:
    return {"Image": IMAGE, "ModelDataUrl": f"s3://bucket/{archive}.tar.gz", **more}


def create_model(do: Do, *containers: Mapping[str, Any], name: str = "model", **more: Any) -> None:
    """A CreateModel of one container or several."""
    made: dict[str, Any] = {"Containers": [*containers]}
    if len(containers) == 1:
        made = {"PrimaryContainer": containers[0]}
    do("CreateModel", ModelName=name, ExecutionRoleArn=ROLE, **made, **more)


def variant(model: str = "model", **more: Any) -> dict[str, Any]:
    on = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    if "ServerlessConfig" in more:
        on = {}
    return {"VariantName": "AllTraffic", "ModelName": model, **on, **more}


def deploy(do: Do, *variants: Mapping[str, Any], name: str = "endpoint", **more: Any) -> None:
    """A configuration and its endpoint, of one name."""
    given = [*variants] or [variant()]
    do("CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=given, **more)
    do("CreateEndpoint", EndpointName=name, EndpointConfigName=name)


def described(do: Do, name: str = "endpoint") -> dict[str, Any]:
    return do("DescribeEndpoint", EndpointName=name)


def invoke(plane: Plane, body: bytes = b"1", *, name: str = "endpoint", **more: Any) -> Invocation:
    return plane.invoke(ACCOUNT, REGION, name, body, **more)


def said(invocation: Invocation) -> str:
    """The message of a refusal or an error."""
    told: str = json.loads(invocation.body)["Message"]
    return told


def code(invocation: Invocation) -> str | None:
    return dict(invocation.headers).get("x-amzn-errortype")


def metrics(
    world: FakeWorld, plane: Plane
) -> dict[tuple[str, str | None], tuple[int, float, float, float]]:
    """(name, container) -> (count, sum, least, most) of all that was handed on."""
    plane.hand_on()
    found: dict[tuple[str, str | None], tuple[int, float, float, float]] = {}
    for space, datum in world.services.metrics:
        assert space == "AWS/SageMaker"
        assert isinstance(datum.value, tuple)
        if "EndpointConfigName" in dict(datum.dimensions):
            continue  # the same once more, by fleet
        key = (datum.name, dict(datum.dimensions).get("ContainerName"))
        count, total, least, most = found.get(key, (0, 0.0, datum.value[2], datum.value[3]))
        more = datum.value
        found[key] = (
            count + more[0],
            total + more[1],
            min(least, more[2]),
            max(most, more[3]),
        )
    return found
