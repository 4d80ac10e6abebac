"""A model's containers: in a row, or each by its name."""

from __future__ import annotations

from typing import Any

import pytest

from labs.cloud import pipeline
from labs.cloud.container import Container
from labs.cloud.pipeline import LARGEST_BETWEEN, Failed, Pipeline
from labs.cloud.plane import Plane
from labs.cloud.ports import Answer, BadModel, Model
from labs.cloud.refusals import Refused
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeAnswer, FakeModel, FakeWorld
from tests.labs.hosting.conftest import (
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

TARGET = "x-amzn-sagemaker-target-container-hostname"


def model(archive: bytes) -> FakeModel:
    return FakeModel(archive, {})


class Noting:
    """A model that notes how it was asked, and answers with as much as it is told to."""

    def __init__(self, answer: FakeAnswer) -> None:
        self.asked: list[tuple[bytes, str | None, str | None]] = []
        self._answer = answer

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        self.asked.append((body, content_type, accept))
        return self._answer


class Living(FakeModel):
    """One with a process of its own, as it were."""

    closed = 0

    def close(self) -> None:
        Living.closed += 1


# The row itself


def row(*models: Model) -> Pipeline:
    stages = [(f"container-{n}", each) for n, each in enumerate(models, 1)]
    return Pipeline(stages, ticks=lambda: 0)


def test_each_container_gets_what_the_one_before_it_answered() -> None:
    first = Noting(FakeAnswer(200, "application/json", b"middle"))
    second = Noting(FakeAnswer(200, "text/csv", b"end"))
    answer = row(first, second).answer(b"start", "text/csv", "text/html")
    assert (answer.status, answer.content_type, answer.body) == (200, "text/csv", b"end")
    assert first.asked == [(b"start", "text/csv", None)], "Accept is for the last"
    assert second.asked == [(b"middle", "application/json", "text/html")]


def test_the_first_that_fails_answers_and_no_other_is_asked() -> None:
    last = Noting(FakeAnswer(200, "text/csv", b"end"))
    answer = row(model(b"A"), Noting(FakeAnswer(415, "text/plain", b"no")), last).answer(
        b"1", None, None
    )
    assert answer == Failed("container-2", 415, "text/plain", b"no")
    assert last.asked == []


def test_a_container_that_breaks_is_one_that_fails() -> None:
    answer = row(model(b"A"), model(b"B")).answer(b"worse", None, None)
    assert answer == Failed("container-1", 500, "text/plain", b"the container broke")


@pytest.mark.parametrize(("size", "status"), [(LARGEST_BETWEEN, 200), (LARGEST_BETWEEN + 1, 413)])
def test_only_so_much_goes_from_one_to_the_next(size: int, status: int) -> None:
    first = Noting(FakeAnswer(200, "text/csv", b"x" * size))
    assert row(first, Noting(FakeAnswer(200, "", b""))).answer(b"1", None, None).status == status


def test_a_row_that_cannot_be_loaded_leaves_no_process_behind(world: FakeWorld) -> None:
    def load(algorithm: str, archive: bytes, environment: Any) -> Model:
        if archive == b"B":
            raise BadModel("it is no model")
        return Living(archive, environment)

    world.host.load = load  # type: ignore[method-assign]
    containers = [Container(name, described_image(), None, {}) for name in ("a", "b")]
    before = Living.closed
    with pytest.raises(BadModel):
        pipeline.load(world.host, containers, [b"A", b"B"], ticks=lambda: 0)
    assert Living.closed == before + 1


def described_image() -> str:
    image: str = container()["Image"]
    return image


# An endpoint of one


@pytest.fixture
def endpoint(do: Do) -> str:
    """Of a model of two containers, A and B."""
    create_model(do, container("A"), container("B"))
    deploy(do)
    return "endpoint"


def test_a_pipeline_answers_through_all_its_containers(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    assert described(do)["EndpointStatus"] == "InService"
    assert len(described(do)["ProductionVariants"][0]["DeployedImages"]) == 2
    assert invoke(plane).body == b"B:A:1"
    assert world.host.checked == [b"A", b"B"]


def test_an_error_names_its_container(plane: Plane, endpoint: str) -> None:
    refused = invoke(plane, b"bad")
    assert (refused.status, code(refused)) == (424, "ModelError")
    assert said(refused).startswith(
        'Received client error (415) from container-1 with message "no such type". See https://'
    )


def test_too_much_between_two_containers_is_told_as_aws_tells_it(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    def load(algorithm: str, archive: bytes, environment: Any) -> Model:
        return Noting(FakeAnswer(200, "text/csv", b"x" * 6_000_000))

    world.host.load = load  # type: ignore[method-assign]
    create_model(do, container(ContainerHostname="first"), container("B", ContainerHostname="then"))
    deploy(do)
    assert said(invoke(plane)).startswith(
        "Received response from first with status code 200. However, the request payload from "
        "first to then is 6000000 bytes, which has exceeded the maximum limit of 5 MB. See https:"
    )


def test_each_container_has_a_log_and_a_latency_of_its_own(
    plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    invoke(plane)
    invoke(plane, b"bad")
    found = metrics(world, plane)
    assert found["ContainerLatency", "container-1"][0] == 2
    assert found["ContainerLatency", "container-2"][0] == 1
    assert found["Invocations", None][0] == 2
    streams = {
        stream.split("/", 2)[2]: [text for _, text in events]
        for (_, stream), events in world.services.logs.items()
        if stream.count("/") == 2
    }
    assert streams == {
        "container-1": [
            '"POST /invocations HTTP/1.1" 200 3',
            '"POST /invocations HTTP/1.1" 415 12',
            "no such type",
        ],
        "container-2": ['"POST /invocations HTTP/1.1" 200 5'],
    }


def test_a_broken_container_is_named_and_so_are_all_of_them(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    objects = world.services.buckets["bucket"]
    objects["B.tar.gz"] = objects["C.tar.gz"] = b"broken"
    create_model(do, container("A"), container("B"), container("C"))
    deploy(do)
    told = described(do)
    assert told["EndpointStatus"] == "Failed"
    assert told["FailureReason"].startswith(
        "The container-2 and container-3 container for production variant AllTraffic did not pass "
        "the ping health check."
    )


def test_a_model_is_described_with_its_containers(do: Do, endpoint: str) -> None:
    told = do("DescribeModel", ModelName="model")
    assert told["Containers"] == [container("A"), container("B")]
    assert "PrimaryContainer" not in told


# What may not be created

HOSTS = [container(ContainerHostname="a"), container("B", ContainerHostname="a")]
MULTI = {"Mode": "MultiModel", "ModelDataUrl": "s3://bucket/"}


@pytest.mark.parametrize(
    ("containers", "more", "message"),
    [
        ([container()] * 16, {}, "at most 15 containers"),
        ([container(ContainerHostname="a"), container("B")], {}, "every one of them needs one"),
        (HOSTS, {}, "must be unique: a, a"),
        ([container(), container("no")], {}, "Could not access model data at s3://bucket/no"),
        ([container()], {"InferenceExecutionConfig": {"Mode": "Direct"}}, "several Containers"),
        (
            [container() | MULTI] * 2,
            {},
            "More than one container in MultiModel mode is not supported with inference pipeline",
        ),
        ([container(), container() | MULTI], {}, "MultiModel mode among several is not offered"),
        ([{"ModelDataUrl": "s3://bucket/A.tar.gz"}, container()], {}, "needs an Image"),
    ],
)
def test_what_is_no_row_is_refused(
    do: Do, containers: list[dict[str, Any]], more: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        create_model(do, *containers, **more)


# Each by its name


@pytest.fixture
def direct(do: Do) -> str:
    create_model(
        do,
        container("A", ContainerHostname="first"),
        container("B", ContainerHostname="second"),
        InferenceExecutionConfig={"Mode": "Direct"},
    )
    deploy(do)
    return "endpoint"


def test_only_the_container_that_is_named_answers(
    plane: Plane, world: FakeWorld, direct: str
) -> None:
    assert invoke(plane, headers={TARGET: "second"}).body == b"B:1"
    assert invoke(plane, headers={TARGET: "first"}).body == b"A:1"
    failed = invoke(plane, b"bad", headers={TARGET: "second"})
    assert said(failed).startswith("Received client error (415) from second with message")
    found = metrics(world, plane)
    assert found["Invocations", "second"][1] == 2
    assert found["Invocation4XXErrors", "second"][1] == 1
    assert found["Invocations", "first"][1] == 1
    assert found["Invocations", None][1] == 3


@pytest.mark.parametrize(
    ("headers", "message"),
    [({}, "name one of its containers"), ({TARGET: "no"}, "no container no")],
)
def test_a_container_that_is_not_named_well_is_a_validation_error(
    plane: Plane, direct: str, headers: dict[str, str], message: str
) -> None:
    refused = invoke(plane, headers=headers)
    assert (refused.status, code(refused)) == (400, "ValidationError")
    assert message in said(refused)


def test_a_row_takes_no_name(plane: Plane, endpoint: str) -> None:
    refused = invoke(plane, headers={TARGET: "container-1"})
    assert (refused.status, code(refused)) == (400, "ValidationError")


# Its processes


@pytest.fixture
def living(world: FakeWorld) -> None:
    """All models have processes of their own."""

    def load(algorithm: str, archive: bytes, environment: Any) -> Model:
        return Living(archive, environment)

    world.host.load = load  # type: ignore[method-assign]


@pytest.mark.parametrize("kind", ["one", "row", "direct", "many", "serverless"])
def test_a_reset_ends_processes_whoever_waits_for_them(
    do: Do, plane: Plane, world: FakeWorld, living: None, kind: str
) -> None:
    hosts = [container("A", ContainerHostname="a"), container("B", ContainerHostname="b")]
    made: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
        "one": ([container()], {}),
        "row": (hosts, {}),
        "direct": (hosts, {"InferenceExecutionConfig": {"Mode": "Direct"}}),
        "many": ([container() | MULTI], {}),
        "serverless": ([container()], {}),
    }
    containers, more = made[kind]
    create_model(do, *containers, **more)
    limits = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    deploy(do, variant(ServerlessConfig=limits) if kind == "serverless" else variant())
    headers = {TARGET: "a"} if kind == "direct" else {}
    if kind == "many":
        headers = {"x-amzn-sagemaker-target-model": "A.tar.gz"}
    assert invoke(plane, headers=headers).status == 200
    under_way = plane.region(ACCOUNT, REGION).endpoints._cells["endpoint"].deployment
    before = Living.closed
    do("DeleteEndpoint", EndpointName="endpoint")
    assert Living.closed == before
    plane.reset()
    assert Living.closed == before + (2 if kind in ("row", "direct") else 1)
    assert under_way is not None
    del under_way
    assert Living.closed == before + (2 if kind in ("row", "direct") else 1), "not twice"


def test_a_models_process_ends_when_nobody_holds_it_any_more(
    do: Do, plane: Plane, world: FakeWorld, living: None
) -> None:
    create_model(do, container("A"), name="a")
    deploy(do, variant("a"), name="a")
    before = Living.closed
    under_way = plane.region(ACCOUNT, REGION).endpoints._cells["a"].deployment
    do(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="a",
        DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredWeight": 2.0}],
    )
    assert Living.closed == before, "the same model at another weight"
    do("UpdateEndpoint", EndpointName="a", EndpointConfigName="a")
    assert Living.closed == before, "an invocation of the old one is still under way"
    assert under_way is not None
    assert under_way.invoke(b"1", None, None, None, {}).body == b"A:1"
    under_way = None
    assert Living.closed == before + 1
    do("DeleteEndpoint", EndpointName="a")
    assert Living.closed == before + 2
