"""What endpoints do as a role whose policies lack something: asynchronous ones, those of many
models, and those that capture."""

from __future__ import annotations

import json

from labs.cloud.plane import Plane
from tests.labs.cloud.fakes import FakeWorld
from tests.labs.cloud.test_roles import lacking
from tests.labs.hosting.conftest import Do, container, create_model, deploy, invoke, said
from tests.labs.hosting.test_asynchronous import TOPICS, accepted, ask, start


def test_a_model_of_many_that_may_not_be_read_is_not_loaded(
    do: Do, world: FakeWorld, plane: Plane
) -> None:
    create_model(do, container() | {"ModelDataUrl": "s3://bucket/", "Mode": "MultiModel"})
    deploy(do)
    lacking(world, "s3:GetObject")
    target = {"x-amzn-sagemaker-target-model": "A.tar.gz"}
    answer = invoke(plane, headers=target)
    assert answer.status == 400
    assert 's3:GetObject on resource: "arn:aws:s3:::bucket/A.tar.gz"' in said(answer)
    lacking(world)
    assert invoke(plane, headers=target).status == 200


def test_what_may_not_be_written_is_captured_in_vain(
    do: Do, world: FakeWorld, plane: Plane
) -> None:
    create_model(do, container())
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    deploy(do, DataCaptureConfig=capture)
    lacking(world, "s3:PutObject")
    assert invoke(plane).status == 200
    plane.hand_on_captured()
    assert not [key for key in world.services.buckets["bucket"] if key.startswith("captured")]
    lacking(world)
    assert invoke(plane).status == 200
    plane.hand_on_captured()
    assert [key for key in world.services.buckets["bucket"] if key.startswith("captured")]


def test_an_inference_whose_input_may_not_be_read_fails_and_says_so(
    do: Do, world: FakeWorld, plane: Plane
) -> None:
    world.services.buckets["bucket"]["in/1"] = b"1"
    world.services.topics = {"arn:error": []}
    start(do, NotificationConfig=TOPICS)
    lacking(world, "s3:GetObject")
    accepted(ask(plane))
    assert plane.settle(10)
    (message,) = world.services.topics["arn:error"]
    assert (
        's3:GetObject on resource: "arn:aws:s3:::bucket/in/1"'
        in json.loads(message)["failureReason"]
    )


def test_an_answer_that_may_not_be_written_is_a_failure(
    do: Do, world: FakeWorld, plane: Plane
) -> None:
    world.services.buckets["bucket"]["in/1"] = b"1"
    world.services.topics = {"arn:error": []}
    start(do, NotificationConfig=TOPICS)
    lacking(world, "s3:PutObject")
    accepted(ask(plane))
    assert plane.settle(10)
    (message,) = world.services.topics["arn:error"]
    assert "is not authorized to perform: s3:PutObject" in message


def test_nobody_is_notified_for_a_role_that_may_not_publish(
    do: Do, world: FakeWorld, plane: Plane
) -> None:
    world.services.buckets["bucket"]["in/1"] = b"1"
    world.services.topics = {"arn:success": [], "arn:error": []}
    start(do, NotificationConfig=TOPICS)
    lacking(world, "sns:Publish")
    output = accepted(ask(plane))["output"]
    assert plane.settle(10)
    assert output in world.services.buckets["bucket"]
    assert world.services.topics == {"arn:success": [], "arn:error": []}
