"""Variants without instances: cold starts, limits, and what they are not offered with."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.ports import Answer, Model
from labs.cloud.refusals import Refused
from labs.cloud.serverless import COLD_S, IDLE_S
from tests.labs.cloud.fakes import FakeModel, FakeWorld
from tests.labs.hosting.conftest import (
    Clock,
    Do,
    code,
    container,
    create_model,
    deploy,
    described,
    invoke,
    metrics,
    said,
    variant,
)

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}


@pytest.fixture
def endpoint(do: Do) -> str:
    create_model(do, container())
    deploy(do, variant(ServerlessConfig=SERVERLESS))
    return "endpoint"


class Slow:
    """Models that answer when the test lets them."""

    def __init__(self, world: FakeWorld) -> None:
        self.asked, self.open = threading.Semaphore(0), threading.Event()
        slow = self

        class Model(FakeModel):
            def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
                slow.asked.release()
                assert slow.open.wait(10)
                return super().answer(body, content_type, accept)

        def load(algorithm: str, archive: bytes, environment: Any) -> Model:
            return Model(archive, environment)

        world.host.load = load  # type: ignore[method-assign]


def test_it_is_described_by_what_it_may_use(do: Do, endpoint: str) -> None:
    (told,) = described(do)["ProductionVariants"]
    assert told["CurrentServerlessConfig"] == told["DesiredServerlessConfig"] == SERVERLESS
    assert told["CurrentInstanceCount"] == 0


def test_the_first_invocation_and_one_after_a_pause_are_cold_starts(
    plane: Plane, world: FakeWorld, clock: Clock, endpoint: str
) -> None:
    loaded: list[bytes] = []
    load = world.host.load

    def noted(algorithm: str, archive: bytes, environment: Any) -> Model:
        loaded.append(archive)
        return load(algorithm, archive, environment)

    world.host.load = noted  # type: ignore[method-assign]
    for _ in range(3):
        assert invoke(plane).body == b"A:1"
        clock.forward(IDLE_S - 1)
    assert (world.waits, loaded) == ([COLD_S], [b"A"])
    clock.forward(2)
    assert invoke(plane).body == b"A:1"
    assert (world.waits, loaded) == ([COLD_S, COLD_S], [b"A", b"A"])
    found = metrics(world, plane)
    assert found["ModelSetupTime", None][0] == 2
    assert found["Invocations", None][0] == 4
    assert ("InvocationsPerInstance", None) not in found, "there are no instances"


def test_beyond_its_concurrency_invocations_are_throttled(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    slow = Slow(world)
    create_model(do, container())
    deploy(do, variant(ServerlessConfig=SERVERLESS))
    bodies: list[bytes] = []
    asking = [threading.Thread(target=lambda: bodies.append(invoke(plane).body)) for _ in range(2)]
    for each in asking:
        each.start()
        assert slow.asked.acquire(timeout=10)
    refused = invoke(plane)
    assert (refused.status, code(refused)) == (429, "ThrottlingException")
    slow.open.set()
    for each in asking:
        each.join()
    assert bodies == [b"A:1", b"A:1"]
    assert world.waits == [COLD_S, COLD_S], "each has an environment of its own"
    assert invoke(plane).status == 200
    assert metrics(world, plane)["ServerlessConcurrentExecutionsUtilization", None][3] == 1.0


def test_what_is_provisioned_starts_warm(do: Do, plane: Plane, world: FakeWorld) -> None:
    slow = Slow(world)
    create_model(do, container())
    deploy(do, variant(ServerlessConfig=SERVERLESS | {"ProvisionedConcurrency": 1}))
    asking = [threading.Thread(target=lambda: invoke(plane)) for _ in range(2)]
    asking[0].start()
    assert slow.asked.acquire(timeout=10)
    assert world.waits == []
    asking[1].start()  # beyond what is provisioned
    assert slow.asked.acquire(timeout=10)
    assert world.waits == [COLD_S]
    slow.open.set()
    for each in asking:
        each.join()
    found = metrics(world, plane)
    assert found["ServerlessProvisionedConcurrencyInvocations", None][1] == 1
    assert found["ServerlessProvisionedConcurrencySpilloverInvocations", None][1] == 1


def test_a_model_that_breaks_frees_its_environment(plane: Plane, endpoint: str) -> None:
    for _ in range(3):
        assert said(invoke(plane, b"worse")).startswith("Received server error (500) from primary")
    assert invoke(plane).status == 200


def test_a_body_has_at_most_four_mebibytes(plane: Plane, endpoint: str) -> None:
    assert invoke(plane, b"x" * 4_194_304).status == 200
    refused = invoke(plane, b"x" * 4_194_305)
    assert (refused.status, said(refused)) == (413, "HTTP content length exceeded 4194304 bytes.")


def test_its_concurrency_can_be_changed(do: Do, endpoint: str) -> None:
    def change(**wanted: Any) -> None:
        do(
            "UpdateEndpointWeightsAndCapacities",
            EndpointName="endpoint",
            DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", **wanted}],
        )

    change(ServerlessUpdateConfig={"MaxConcurrency": 5, "ProvisionedConcurrency": 3})
    (told,) = described(do)["ProductionVariants"]
    wanted = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 3}
    assert told["CurrentServerlessConfig"] == wanted
    with pytest.raises(Refused, match="is 6, which is more than its MaxConcurrency, 5"):
        change(ServerlessUpdateConfig={"ProvisionedConcurrency": 6})
    with pytest.raises(Refused, match="is serverless, and has no instances"):
        change(DesiredInstanceCount=2)


def test_instances_may_become_of_it_but_not_it_of_instances(do: Do, endpoint: str) -> None:
    do(
        "CreateEndpointConfig",
        EndpointConfigName="instances",
        ProductionVariants=[variant()],
    )
    do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="instances")
    assert described(do)["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    with pytest.raises(Refused, match="cannot be updated to a serverless configuration"):
        do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="endpoint")


def test_it_has_no_instances_that_could_be_scaled(plane: Plane, endpoint: str) -> None:
    endpoints = plane.region("123456789012", "eu-central-1").endpoints
    assert not endpoints.has_variant("endpoint", "AllTraffic")


CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ASYNC = {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}


@pytest.mark.parametrize(
    ("changed", "more", "message"),
    [
        ({"ServerlessConfig": SERVERLESS | {"MemorySizeInMB": 1500}}, {}, "is 1500. It must be"),
        ({"ServerlessConfig": SERVERLESS | {"ProvisionedConcurrency": 3}}, {}, "which is more"),
        ({"InstanceType": "ml.m5.large"}, {}, "both ServerlessConfig and InstanceType"),
        ({"InitialInstanceCount": 1}, {}, "both ServerlessConfig and InitialInstanceCount"),
        ({"ModelName": "pipeline"}, {}, "which has several Containers"),
        ({"ModelName": "isolated"}, {}, "which has EnableNetworkIsolation"),
        ({"ModelName": "multi"}, {}, "which has a container in MultiModel mode"),
        ({}, {"DataCaptureConfig": CAPTURE}, "Data capture is not supported for serverless"),
        ({}, {"AsyncInferenceConfig": ASYNC}, "AsyncInferenceConfig is not supported for server"),
    ],
)
def test_what_it_is_not_offered_with_is_refused(
    do: Do, changed: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    create_model(do, container())
    create_model(do, container("A"), container("B"), name="pipeline")
    create_model(do, container(), name="isolated", EnableNetworkIsolation=True)
    multi = container(Mode="MultiModel") | {"ModelDataUrl": "s3://bucket/"}
    create_model(do, multi, name="multi")
    with pytest.raises(Refused, match=message):
        deploy(do, variant(ServerlessConfig=SERVERLESS) | changed, **more)


def test_it_is_the_only_variant(do: Do) -> None:
    create_model(do, container())
    both = [variant(ServerlessConfig=SERVERLESS), variant() | {"VariantName": "other"}]
    with pytest.raises(Refused, match="has one production variant"):
        deploy(do, *both)
