"""Asynchronous endpoints: the queue, what becomes of an inference, and how it is told."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.invocation import Invocation
from labs.cloud.plane import Plane
from labs.cloud.ports import Answer, Model
from labs.cloud.refusals import Refused
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeModel, FakeWorld
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

OUTPUT = {"S3OutputPath": "s3://bucket/out", "S3FailurePath": "s3://bucket/failed/"}
TOPICS = {"SuccessTopic": "arn:success", "ErrorTopic": "arn:error"}


def start(do: Do, *, concurrent: int | None = None, **output: Any) -> None:
    """An asynchronous endpoint of the archive A."""
    config: dict[str, Any] = {"OutputConfig": OUTPUT | output}
    if concurrent is not None:
        config["ClientConfig"] = {"MaxConcurrentInvocationsPerInstance": concurrent}
    create_model(do, container())
    deploy(do, AsyncInferenceConfig=config)


def ask(
    plane: Plane,
    key: str | None = "in/1",
    body: bytes = b"",
    *,
    name: str = "endpoint",
    **more: Any,
) -> Invocation:
    """InvokeEndpointAsync; `more` are further headers, without their prefix."""
    headers = {f"x-amzn-sagemaker-{key.replace('_', '-')}": each for key, each in more.items()}
    if key is not None:
        headers["x-amzn-sagemaker-inputlocation"] = f"s3://bucket/{key}"
    return plane.invoke_later(ACCOUNT, REGION, name, body, headers)


def accepted(answer: Invocation) -> dict[str, str]:
    """Where its output and failure will be, and its id."""
    assert answer.status == 202
    headers = dict(answer.headers)
    return {
        "output": headers["x-amzn-sagemaker-outputlocation"].removeprefix("s3://bucket/"),
        "failure": headers["x-amzn-sagemaker-failurelocation"].removeprefix("s3://bucket/"),
        "id": json.loads(answer.body)["InferenceId"],
    }


@pytest.fixture
def objects(world: FakeWorld) -> dict[str, bytes]:
    objects = world.services.buckets["bucket"]
    objects |= {"in/1": b"1", "in/bad": b"bad", "in/worse": b"worse"}
    return objects


def scaled(do: Do, count: int) -> None:
    wanted = {"VariantName": "AllTraffic", "DesiredInstanceCount": count}
    do(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[wanted],
    )


# From a request to its outcome


def test_an_inference_is_accepted_and_its_answer_comes_to_s3(
    do: Do, plane: Plane, objects: dict[str, bytes]
) -> None:
    start(do)
    told = described(do)["AsyncInferenceConfig"]
    assert told == {"OutputConfig": OUTPUT}
    where = accepted(ask(plane))
    assert plane.settle(10)
    assert where["output"].startswith("out/")
    assert where["output"].endswith(".out")
    assert where["failure"].startswith("failed/")
    assert where["failure"].endswith("-error.out")
    assert objects[where["output"]] == b"A:1"
    assert where["failure"] not in objects


@pytest.mark.parametrize(
    ("key", "failed"), [("in/bad", b"no such type"), ("in/worse", b"the container broke")]
)
def test_what_the_model_refuses_comes_to_the_place_of_failures(
    do: Do, plane: Plane, objects: dict[str, bytes], key: str, failed: bytes
) -> None:
    start(do)
    where = accepted(ask(plane, key))
    assert plane.settle(10)
    assert where["output"] not in objects
    assert objects[where["failure"]] == failed


def test_the_request_may_bring_its_body(do: Do, plane: Plane, objects: dict[str, bytes]) -> None:
    start(do)
    where = accepted(ask(plane, None, b"7"))
    assert plane.settle(10)
    assert objects[where["output"]] == b"A:7"


def test_a_request_may_name_its_id_and_its_output(
    do: Do, plane: Plane, objects: dict[str, bytes]
) -> None:
    start(do)
    asked = ask(plane, inference_id="mine", filename="f.json", s3outputpathextension="/a/b")
    where = accepted(asked)
    assert plane.settle(10)
    assert (where["id"], where["output"]) == ("mine", "out/a/b/f.json")
    assert objects["out/a/b/f.json"] == b"A:1"


# What is refused


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"key": None}, "exactly one of InputLocation and Body"),
        ({"body": b"1"}, "exactly one of InputLocation and Body"),
        ({"key": None, "body": b"x" * 128_001}, "at most 128000 are allowed"),
        ({"requestttlseconds": "59"}, "requestttlseconds is 59. It must be a number from 60 to"),
        ({"invocationtimeoutseconds": "3601"}, "from 1 to 3600"),
        ({"invocationtimeoutseconds": "soon"}, "is soon"),
        ({"key": None, "inputlocation": "https://a/b"}, "is no S3 URI"),
        ({"name": "nobody"}, "Endpoint nobody of account"),
        ({"filename": "../up"}, "filename is ../up. It must match"),
        ({"filename": "a.tar.gz"}, "filename is a.tar.gz"),
        ({"s3outputpathextension": "a b"}, "s3outputpathextension is a b"),
        ({"inference_id": "x" * 65}, "inference-id is xxx"),
    ],
)
def test_a_request_that_cannot_be_queued_is_a_validation_error(
    do: Do, plane: Plane, request_: dict[str, Any], message: str
) -> None:
    start(do)
    refused = ask(plane, **request_)
    assert (refused.status, code(refused)) == (400, "ValidationError")
    assert message in said(refused)


def test_each_kind_of_endpoint_is_asked_in_its_own_way(
    do: Do, plane: Plane, objects: dict[str, bytes]
) -> None:
    start(do)
    refused = invoke(plane)
    assert (refused.status, code(refused)) == (400, "ValidationError")
    assert "Use InvokeEndpointAsync." in said(refused)
    deploy(do, variant(), name="other")
    refused = ask(plane, name="other")
    assert (refused.status, code(refused)) == (400, "ValidationError")
    assert "Use InvokeEndpoint." in said(refused)
    with pytest.raises(Refused, match="from an asynchronous to a synchronous configuration"):
        do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="other")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"S3OutputPath": None}, "needs an S3OutputPath"),
        ({"S3OutputPath": "https://b/k"}, "is no S3 URI"),
        ({"S3FailurePath": "https://b/k"}, "is no S3 URI"),
    ],
)
def test_a_configuration_says_where_outputs_go(do: Do, output: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        start(do, **output)


@pytest.mark.parametrize(
    ("containers", "more"),
    [
        ([container(Mode="MultiModel") | {"ModelDataUrl": "s3://bucket/"}], {}),
        ([container("A"), container("B")], {"InferenceExecutionConfig": {"Mode": "Direct"}}),
    ],
)
def test_a_model_that_has_to_be_told_more_cannot_be_asked_later(
    do: Do, containers: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    create_model(do, *containers, **more)
    with pytest.raises(Refused, match="names neither a model nor a container"):
        deploy(do, AsyncInferenceConfig={"OutputConfig": OUTPUT})


# The queue


class Slow:
    """Models that answer when the test lets them."""

    def __init__(self, world: FakeWorld, clock: Clock | None = None, takes_s: float = 0) -> None:
        self.asked, self.open = threading.Semaphore(0), threading.Event()
        self.at_work = self.most = 0
        lock, slow = threading.Lock(), self

        class Model(FakeModel):
            def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
                with lock:
                    slow.at_work += 1
                    slow.most = max(slow.most, slow.at_work)
                slow.asked.release()
                assert slow.open.wait(10)
                if clock is not None:
                    clock.forward(takes_s)
                with lock:
                    slow.at_work -= 1
                return super().answer(body, content_type, accept)

        def load(algorithm: str, archive: bytes, environment: Any) -> Model:
            return Model(archive, environment)

        world.host.load = load  # type: ignore[method-assign]


def test_only_so_many_are_at_work_at_once(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    slow = Slow(world)
    start(do, concurrent=2)
    places = [accepted(ask(plane))["output"] for _ in range(5)]
    for _ in range(2):
        assert slow.asked.acquire(timeout=10)
    found = metrics(world, plane)
    assert found["ApproximateBacklogSize", None][3] == 5
    slow.open.set()
    assert plane.settle(10)
    assert slow.most == 2
    assert all(objects[place] == b"A:1" for place in places)


def test_without_instances_inferences_wait_until_there_are_some(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    start(do)
    scaled(do, 0)
    where = accepted(ask(plane))
    assert plane.settle(10)
    assert where["output"] not in objects
    found = metrics(world, plane)
    assert found["HasBacklogWithoutCapacity", None][3] == 1
    assert found["ApproximateBacklogSize", None][3] == 1
    assert found["ApproximateAgeOfOldestRequest", None][3] > 0
    scaled(do, 1)
    assert objects[where["output"]] == b"A:1"


def test_an_empty_queue_leaves_nothing_behind_however_often_somebody_looks(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    start(do)
    ask(plane)
    assert plane.settle(10)
    plane.hand_on()
    before = len(world.outcomes)
    for _ in range(3):
        plane.hand_on()
    assert len(world.outcomes) == before
    assert metrics(world, plane)["ApproximateBacklogSize", None][2] == 0


def test_other_endpoints_cannot_do_without_instances(do: Do) -> None:
    create_model(do, container())
    deploy(do)
    with pytest.raises(Refused, match="Only an asynchronous endpoint can do without"):
        scaled(do, 0)


def test_what_waits_for_longer_than_it_may_expires(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    world.services.topics["arn:error"] = []
    start(do, NotificationConfig=TOPICS)
    scaled(do, 0)
    short = accepted(ask(plane, requestttlseconds="60"))
    long = accepted(ask(plane))
    for _ in range(100):  # each look at the clock is a second
        plane.world.now()
    scaled(do, 1)
    assert short["output"] not in objects
    assert objects[long["output"]] == b"A:1"
    (message,) = world.services.topics["arn:error"]
    assert "in the queue for longer than 60 seconds" in json.loads(message)["failureReason"]
    assert metrics(world, plane)["ExpiredRequests", None][1] == 1


def test_a_model_that_takes_too_long_has_failed(
    do: Do, plane: Plane, world: FakeWorld, clock: Clock, objects: dict[str, bytes]
) -> None:
    slow = Slow(world, clock, takes_s=5)
    slow.open.set()
    start(do)
    late = accepted(ask(plane, invocationtimeoutseconds="4"))
    in_time = accepted(ask(plane))
    assert plane.settle(10)
    assert late["output"] not in objects
    assert objects[in_time["output"]] == b"A:1"


def test_an_endpoint_that_is_deleted_or_forgotten_ends_its_queue(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    slow = Slow(world)
    start(do, concurrent=1)
    places = [accepted(ask(plane))["output"] for _ in range(2)]
    assert slow.asked.acquire(timeout=10)
    before = len(world.outcomes)
    plane.call(ACCOUNT, REGION, "DeleteEndpoint", {"EndpointName": "endpoint"})
    slow.open.set()
    assert plane.settle(10)
    assert len(world.outcomes) == before
    assert not any(place in objects for place in places)


# How it is told


def told(world: FakeWorld, topic: str) -> list[dict[str, Any]]:
    return [json.loads(message) for message in world.services.topics[topic]]


def test_success_and_failure_are_published(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    world.services.topics |= {"arn:success": [], "arn:error": []}
    start(do, NotificationConfig=TOPICS)
    good = accepted(ask(plane, content_type="text/csv", accept="text/csv"))
    assert plane.settle(10)
    bad = accepted(ask(plane, "in/bad", inference_id="mine"))
    assert plane.settle(10)
    accepted(ask(plane, "in/none"))
    assert plane.settle(10)
    (success,) = told(world, "arn:success")
    assert success.pop("eventTime").endswith("Z")
    assert success.pop("receivedTime").endswith("Z")
    assert success == {
        "awsRegion": REGION,
        "invocationStatus": "Completed",
        "requestParameters": {
            "accept": "text/csv",
            "contentType": "text/csv",
            "endpointName": "endpoint",
            "inputLocation": "s3://bucket/in/1",
        },
        "responseParameters": {
            "contentType": "text/csv",
            "outputLocation": f"s3://bucket/{good['output']}",
        },
        "inferenceId": good["id"],
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    refused, missing = told(world, "arn:error")
    assert (refused["inferenceId"], refused["invocationStatus"]) == ("mine", "Failed")
    assert refused["failureReason"] == (
        'ClientError: Received client error (415) from primary with message "no such type". See '
        "the SageMaker Endpoint logs in your account for more information."
    )
    where = f"s3://bucket/{bad['failure']}"
    assert refused["responseParameters"]["outputLocation"] == where
    assert "s3://bucket/in/none could not be downloaded" in missing["failureReason"]


def test_a_notification_may_include_the_answer(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    world.services.topics["arn:success"] = []
    included = {"IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"]}
    start(do, NotificationConfig=TOPICS | included)
    objects["in/large"] = b"x" * (128 << 10)
    for key in ("in/1", "in/large"):
        ask(plane, key)
        assert plane.settle(10)
    small, large = told(world, "arn:success")
    assert base64.b64decode(small["responseBody"]["content"]) == b"A:1"
    assert "responseBody" not in large


def test_a_topic_that_is_not_there_is_counted_and_no_more(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    start(do, NotificationConfig=TOPICS)
    where = accepted(ask(plane))
    assert plane.settle(10)
    assert objects[where["output"]] == b"A:1"
    assert metrics(world, plane)["NotificationFailures", None][1] == 1


def test_a_bucket_that_is_not_there_fails_the_inference(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    world.services.topics["arn:error"] = []
    start(do, S3OutputPath="s3://nobody/out", NotificationConfig=TOPICS)
    ask(plane)
    assert plane.settle(10)
    (message,) = told(world, "arn:error")
    assert "could not be uploaded" in message["failureReason"]
    assert metrics(world, plane)["ResponseUploadFailures", None][1] == 1


def test_its_metrics_are_those_of_asynchronous_endpoints_alone(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    start(do)
    for key in ("in/1", "in/bad", "in/none"):
        ask(plane, key)
    assert plane.settle(10)
    found = {name: each for (name, _), each in metrics(world, plane).items()}
    assert found["InvocationsProcessed"][1] == 3
    assert found["InvocationFailures"][1] == 2
    assert found["RequestDownloadFailures"][1] == 1
    assert found["Invocation4XXErrors"][:2] == (2, 1.0)
    assert not {"Invocations", "InvocationsPerInstance", "OverheadLatency"} & set(found)
    lines = [
        text
        for (_, stream), events in world.services.logs.items()
        if stream.endswith("/data-log")
        for _, text in events
    ]
    assert len(lines) == 3


# The law, and the record


@given(keys=st.lists(st.sampled_from(["in/1", "in/bad", "in/worse", "in/none"]), max_size=8))
def test_every_inference_that_was_accepted_ends_in_one_place_at_most(keys: list[str]) -> None:
    world = FakeWorld()
    objects = world.services.buckets["bucket"] = {
        "A.tar.gz": b"A", "in/1": b"1", "in/bad": b"bad", "in/worse": b"worse",
    }  # fmt: skip
    plane = world.plane()
    plane.world = replace(plane.world, ticks=Clock())

    def do(operation: str, **request: Any) -> dict[str, Any]:
        answer = plane.call(ACCOUNT, REGION, operation, request)
        assert plane.settle(10)
        return answer

    start(do)
    places = [(key, accepted(ask(plane, key))) for key in keys]
    assert plane.settle(10)
    for key, where in places:
        assert (where["output"] in objects) == (key == "in/1")
        assert (where["failure"] in objects) == (key in ("in/bad", "in/worse"))
    plane.close()


def test_a_cloud_that_was_killed_goes_on_with_what_was_not_done(
    do: Do, plane: Plane, world: FakeWorld, objects: dict[str, bytes]
) -> None:
    world.services.topics["arn:success"] = []
    start(do, NotificationConfig=TOPICS)
    done = accepted(ask(plane))
    assert plane.settle(10)
    scaled(do, 0)
    waiting = accepted(ask(plane))
    scaled(do, 2)

    later = FakeWorld()
    later.services.buckets["bucket"] = {"A.tar.gz": b"A", "in/1": b"1"}
    later.services.topics["arn:success"] = []
    again = later.plane()
    ids = iter([done["id"], name(done), waiting["id"], name(waiting)])
    again.world = replace(again.world, new_id=lambda: next(ids))
    again.replaying = True
    first, *others = (each for each in world.outcomes if each["kind"] == "endpoint")
    inferences = [each for each in world.outcomes if each["kind"] == "inference"]

    def repeat(operation: str, **request: Any) -> dict[str, Any]:
        return again.call(ACCOUNT, REGION, operation, request)

    start(repeat, NotificationConfig=TOPICS)
    again.restore(first)
    assert accepted(ask(again)) == done
    again.restore(inferences[0])
    again.restore(others[-1])
    assert accepted(ask(again)) == waiting  # killed before this one had an outcome
    assert later.services.buckets["bucket"][done["output"]] == b"A:1"
    assert waiting["output"] not in later.services.buckets["bucket"]
    assert len(told(later, "arn:success")) == 1
    again.resume()
    assert again.settle(10)
    assert later.services.buckets["bucket"][waiting["output"]] == b"A:1"
    assert len(told(later, "arn:success")) == 2
    again.close()


def name(where: dict[str, str]) -> str:
    """The new id that an output's name was made of."""
    return where["output"].removeprefix("out/").removesuffix(".out")
