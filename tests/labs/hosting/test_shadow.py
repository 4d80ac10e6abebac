"""A shadow variant: what it is asked, who hears it, and what it leaves behind."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.endpoint import Plan, Variant
from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from labs.cloud.shadow import share_of
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeAnswer, FakeWorld
from tests.labs.hosting.conftest import (
    Do,
    code,
    container,
    create_model,
    deploy,
    described,
    invoke,
    said,
    variant,
)

CAPTURE: dict[str, Any] = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}


def shadow(model: str = "new", **more: Any) -> dict[str, Any]:
    return variant(model, VariantName="Shadow", **more)


@pytest.fixture
def both(do: Do) -> None:
    """Two models: `model` of the archive A, `new` of B."""
    create_model(do, container())
    create_model(do, container("B"), name="new")


def counted(world: FakeWorld, plane: Plane, name: str = "Invocations") -> dict[str, float]:
    """The sum of a metric of each variant."""
    plane.hand_on()
    found: dict[str, float] = {}
    for _, datum in world.services.metrics:
        if datum.name == name and len(datum.dimensions) == 2:  # by configuration, too
            assert isinstance(datum.value, tuple)
            of = dict(datum.dimensions)["VariantName"]
            found[of] = found.get(of, 0.0) + datum.value[1]
    return found


def captured(world: FakeWorld, plane: Plane, of: str) -> list[dict[str, Any]]:
    plane.hand_on_captured()
    bodies = [
        body
        for key, body in sorted(world.services.buckets["bucket"].items())
        if key.startswith(f"captured/endpoint/{of}/")
    ]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


@pytest.mark.usefixtures("both")
def test_only_the_production_variant_is_heard_and_both_are_asked(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    deploy(do, ShadowProductionVariants=[shadow()], DataCaptureConfig=CAPTURE)
    for number in range(3):
        body = b"%d" % number
        headers = {"x-amzn-sagemaker-inference-id": f"id-{number}"}
        answer = invoke(plane, body, content_type="text/csv", headers=headers)
        assert answer.body == b"A:" + body
        assert dict(answer.headers)["x-amzn-invoked-production-variant"] == "AllTraffic"
    assert counted(world, plane) == {"AllTraffic": 3.0, "Shadow": 3.0}
    lines = captured(world, plane, "Shadow")
    told = [each["captureData"]["endpointOutput"]["data"] for each in lines]
    assert told == ["B:0", "B:1", "B:2"]
    assert [each["eventMetadata"]["inferenceId"] for each in lines] == ["id-0", "id-1", "id-2"]
    assert len(captured(world, plane, "AllTraffic")) == 3


@pytest.mark.usefixtures("both")
def test_the_caller_does_not_wait_for_the_shadow_nor_meet_its_errors(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    opened, asked = threading.Event(), threading.Event()

    class Slow:
        def answer(self, body: bytes, content_type: str | None, accept: str | None) -> FakeAnswer:
            asked.set()
            assert opened.wait(10)
            return FakeAnswer(500, "text/plain", b"the shadow broke")

    load = world.host.load
    world.host.load = lambda a, archive, e: Slow() if archive == b"B" else load(a, archive, e)  # type: ignore[method-assign,assignment]
    deploy(do, ShadowProductionVariants=[shadow()])
    assert invoke(plane, b"1").body == b"A:1"
    assert asked.wait(10)
    assert invoke(plane, b"2").body == b"A:2"
    opened.set()
    assert plane.settle(10)
    assert counted(world, plane, "Invocation5XXErrors") == {"AllTraffic": 0.0, "Shadow": 2.0}
    stream = next(each for _, each in world.services.logs if each.startswith("Shadow/"))
    lines = [text for _, text in world.services.logs["/aws/sagemaker/Endpoints/endpoint", stream]]
    assert "the shadow broke" in lines


@pytest.mark.usefixtures("both")
def test_a_share_of_the_requests_is_copied(do: Do, plane: Plane, world: FakeWorld) -> None:
    deploy(
        do,
        variant(InitialVariantWeight=4.0),
        ShadowProductionVariants=[shadow(InitialVariantWeight=1.0)],
    )
    world.chances = [0.1, 0.3, 0.2499, 0.25, 0.9]
    for _ in range(5):
        assert invoke(plane).status == 200
    assert counted(world, plane) == {"AllTraffic": 5.0, "Shadow": 2.0}


def weighing(weight: float) -> Variant:
    return Variant("v", "m", (), "ml.m5.large", 1, weight)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_share_is_a_share(one: float, other: float) -> None:
    share = share_of(weighing(one), weighing(other))
    assert 0 <= share <= 1
    assert (share == 1) == (one >= other)


@pytest.mark.usefixtures("both")
def test_a_shadow_is_described_and_no_request_can_name_it(do: Do, plane: Plane) -> None:
    deploy(do, ShadowProductionVariants=[shadow()])
    told = described(do)
    assert [each["VariantName"] for each in told["ProductionVariants"]] == ["AllTraffic"]
    (other,) = told["ShadowProductionVariants"]
    assert (other["VariantName"], other["CurrentInstanceCount"]) == ("Shadow", 1)
    config = do("DescribeEndpointConfig", EndpointConfigName="endpoint")
    assert config["ShadowProductionVariants"][0]["ModelName"] == "new"
    refused = invoke(plane, target_variant="Shadow")
    assert code(refused) == "ValidationError"
    assert "Variant Shadow of endpoint endpoint" in said(refused)
    with pytest.raises(Refused, match="not offered offline"):
        do(
            "UpdateEndpointWeightsAndCapacities",
            EndpointName="endpoint",
            DesiredWeightsAndCapacities=[{"VariantName": "Shadow", "DesiredWeight": 0.5}],
        )


@pytest.mark.usefixtures("both")
def test_a_shadow_comes_and_goes_with_the_configuration(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    deploy(do)
    one, two = {"ProductionVariants": [variant()]}, {"ProductionVariants": [variant("new")]}
    do("CreateEndpointConfig", EndpointConfigName="c1", ShadowProductionVariants=[shadow()], **one)
    do("CreateEndpointConfig", EndpointConfigName="c2", **two)
    do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="c1")
    invoke(plane)
    weights = [{"VariantName": "AllTraffic", "DesiredWeight": 2.0}]
    do(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=weights,
    )
    world.chances = [0.7, 0.3]
    invoke(plane), invoke(plane)
    assert counted(world, plane)["Shadow"] == 2.0
    do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="c2")
    assert "ShadowProductionVariants" not in described(do)
    assert invoke(plane).body == b"B:1"
    assert counted(world, plane)["Shadow"] == 2.0


@pytest.mark.usefixtures("both")
def test_a_shadow_that_cannot_serve_keeps_an_endpoint_from_coming(do: Do, world: FakeWorld) -> None:
    world.services.buckets["bucket"]["B.tar.gz"] = b"broken"
    deploy(do, ShadowProductionVariants=[shadow()])
    told = described(do)
    assert told["EndpointStatus"] == "Failed"
    assert "for production variant Shadow did not pass the ping" in told["FailureReason"]


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (
            {"ShadowProductionVariants": [shadow(), variant("new", VariantName="More")]},
            "not 1 and 2",
        ),
        ({"variants": [variant(), variant(VariantName="B")]}, "not 2 and 1"),
        ({"ShadowProductionVariants": [variant("new")]}, "variant names must differ"),
        ({"ShadowProductionVariants": [shadow("none")]}, "Could not find model"),
        (
            {
                "ShadowProductionVariants": [
                    shadow(ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
                ]
            },
            "serverless",
        ),
        (
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}},
            "not offered offline",
        ),
    ],
)
def test_what_cannot_be_is_refused(do: Do, request_: dict[str, Any], says: str) -> None:
    told = {"ShadowProductionVariants": [shadow()]} | request_
    variants = told.pop("variants", [variant()])
    with pytest.raises(Refused, match=says):
        do("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=variants, **told)


@pytest.mark.usefixtures("both")
def test_what_was_told_of_an_endpoint_brings_its_shadow_back(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    deploy(do, ShadowProductionVariants=[shadow()])
    (outcome,) = [each for each in world.outcomes if each["kind"] == "endpoint"]
    assert outcome["archives"] == {"AllTraffic": [b"A"], "Shadow": [b"B"]}
    told = json.loads(json.dumps(outcome["fate"]["serving"]))
    plan = Plan.told(told)
    assert plan.shadow is not None
    assert [each.name for each in plan.everything] == ["AllTraffic", "Shadow"]
    plane.region(ACCOUNT, REGION).endpoints.restore("endpoint", outcome)
    invoke(plane)
    assert counted(world, plane) == {"AllTraffic": 1.0, "Shadow": 1.0}
