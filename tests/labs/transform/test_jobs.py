"""A transform job's life, with a model that does what the test says."""

from __future__ import annotations

import gzip
import itertools
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.ports import Answer
from labs.cloud.refusals import Refused
from labs.cloud.transform.asking import Asking
from labs.cloud.transform.client import Client, Refusal
from labs.cloud.transform.job import with_defaults
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import ACCOUNT, REGION, ROLE, FakeAnswer, FakeWorld, model
from tests.labs.transform.conftest import Host, logged, outputs, request, start

Transform = Callable[..., dict[str, Any]]
SEE_LOGS = "See job logs for more information"


# To its end


def test_each_object_has_its_answers_beside_its_name(
    transform: Transform, world: FakeWorld
) -> None:
    told = transform()
    assert told["TransformJobStatus"] == "Completed"
    assert outputs(world) == {"a.csv.out": b"A,1\nB,2\n", "deep/c.csv.out": b"C,3\n"}


def test_the_description_has_the_request_with_its_defaults_and_the_times(
    transform: Transform, do: Do
) -> None:
    told = transform(KmsKeyId="alias/mine", Tags=[{"Key": "k", "Value": "v"}])
    assert told["TransformJobArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:transform-job/job"
    assert told["CreationTime"] < told["TransformStartTime"] < told["TransformEndTime"]
    assert told["TransformInput"]["CompressionType"] == "None"
    assert told["TransformOutput"]["AssembleWith"] == "None"
    assert told["DataProcessing"] == {
        "InputFilter": "$",
        "OutputFilter": "$",
        "JoinSource": "None",
    }
    assert "FailureReason" not in told
    assert "Tags" not in told
    listed = do("ListTransformJobs", StatusEquals="Completed")["TransformJobSummaries"]
    assert [each["TransformJobName"] for each in listed] == ["job"]
    assert do("ListTransformJobs", StatusEquals="Failed")["TransformJobSummaries"] == []


def test_the_output_is_encrypted_with_the_key_that_is_named(
    transform: Transform, world: FakeWorld
) -> None:
    transform(KmsKeyId="alias/mine")
    assert world.services.kms_keys["out/a.csv.out"] == "alias/mine"


def test_an_object_named_by_its_whole_key_is_answered_under_its_own_name(
    transform: Transform, world: FakeWorld
) -> None:
    transform(S3Uri="s3://bucket/in/a.csv")
    assert [*outputs(world)] == ["a.csv.out"]


def test_a_manifest_names_the_objects(transform: Transform, world: FakeWorld) -> None:
    manifest = [{"prefix": "s3://bucket/"}, "in/deep/c.csv", "other/x.csv"]
    world.services.buckets["bucket"]["list"] = json.dumps(manifest).encode()
    transform(S3DataType="ManifestFile", S3Uri="s3://bucket/list")
    assert outputs(world) == {"in/deep/c.csv.out": b"C,3\n", "other/x.csv.out": b"X\n"}


def test_gzip_is_unpacked_before_it_is_split(
    transform: Transform, world: FakeWorld, host: Host
) -> None:
    world.services.buckets["bucket"] |= {"z/a.csv.gz": gzip.compress(b"q,1\n")}
    transform(S3Uri="s3://bucket/z/", CompressionType="Gzip")
    assert outputs(world) == {"a.csv.gz.out": b"Q,1\n"}


# What the model is asked


def test_lines_go_together_up_to_the_payload_and_singly_if_asked(
    transform: Transform, host: Host
) -> None:
    transform(S3Uri="s3://bucket/in/a.csv", Accept="text/csv")
    assert host.asked == [(b"a,1\nb,2\n", "text/csv", "text/csv")]


def test_a_single_record_is_a_request_of_its_own(transform: Transform, host: Host) -> None:
    transform(BatchStrategy="SingleRecord")
    assert [body for body, *_ in host.asked] == [b"a,1\n", b"b,2\n", b"c,3\n"]


def test_without_splitting_the_object_is_sent_whole(transform: Transform, host: Host) -> None:
    transform(SplitType="None", ContentType=None)
    assert host.asked[0] == (b"a,1\nb,2\n", None, None)


def test_the_container_knows_that_it_is_in_a_batch(transform: Transform, host: Host) -> None:
    transform(Environment={"MINE": "1"}, MaxConcurrentTransforms=4, BatchStrategy="SingleRecord")
    assert host.models[0].environment == {
        "MINE": "1",
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "6",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "4",
    }
    assert host.models[0].is_closed


def test_as_many_requests_are_under_way_as_may_be_and_their_order_stays(
    transform: Transform, world: FakeWorld, host: Host
) -> None:
    together = threading.Barrier(2, timeout=10)  # breaks if the second never comes

    def answering(body: bytes, *_: Any) -> Answer:
        together.wait()
        return FakeAnswer(200, "text/csv", body)

    host.answering = answering
    told = transform(
        S3Uri="s3://bucket/in/a.csv", BatchStrategy="SingleRecord", MaxConcurrentTransforms=2
    )
    assert told["TransformJobStatus"] == "Completed"
    assert outputs(world) == {"a.csv.out": b"a,1\nb,2\n"}


def test_an_input_filter_keeps_a_column_back_and_the_join_brings_it_again(
    transform: Transform, world: FakeWorld, host: Host
) -> None:
    transform(
        S3Uri="s3://bucket/in/a.csv",
        AssembleWith="Line",
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    assert host.asked[0][0] == b"1\n2\n"
    assert outputs(world) == {"a.csv.out": b"a,1\nb,2\n"}


# Failures


def test_an_object_that_the_model_refuses_fails_the_job_and_the_others_are_kept(
    transform: Transform, world: FakeWorld, host: Host
) -> None:
    def answering(body: bytes, *_: Any) -> Answer:
        bad = body.startswith(b"c")
        return FakeAnswer(400 if bad else 200, "text/csv", b"no,\nreally" if bad else body)

    host.answering = answering
    told = transform()
    assert told["TransformJobStatus"] == "Failed"
    assert told["FailureReason"] == f"ClientError: {SEE_LOGS}"
    assert outputs(world) == {"a.csv.out": b"a,1\nb,2\n"}
    where = "bucket/in/deep/c.csv"
    assert logged(world) == [
        "MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD",
        f"{where}: ClientError: 400",
        f"{where}: ",
        f"{where}: Message:",
        f"{where}: no,",
        f"{where}: really",
    ]


def test_a_model_that_breaks_is_asked_again_and_then_the_job_fails(
    transform: Transform, world: FakeWorld, host: Host
) -> None:
    host.answering = lambda *_: FakeAnswer(500, "text/plain", b"oh")
    told = transform(S3Uri="s3://bucket/in/a.csv", ModelClientConfig={"InvocationsMaxRetries": 2})
    assert len(host.asked) == 3
    assert told["FailureReason"] == f"AlgorithmError: {SEE_LOGS}"
    assert logged(world)[1] == ("bucket/in/a.csv: Bad HTTP status received from algorithm: 500")


def test_a_model_that_works_again_is_forgiven(
    transform: Transform, world: FakeWorld, host: Host
) -> None:
    statuses = iter([503, 200])
    host.answering = lambda body, *_: FakeAnswer(next(statuses), "text/csv", body)
    assert transform(S3Uri="s3://bucket/in/a.csv")["TransformJobStatus"] == "Completed"


def test_a_container_that_raises_fails_the_object(transform: Transform, host: Host) -> None:
    def answering(*_: Any) -> Answer:
        raise RuntimeError("the pipe broke")

    host.answering = answering
    assert transform()["FailureReason"] == f"AlgorithmError: {SEE_LOGS}"


def test_a_record_larger_than_the_payload_fails_in_awss_words(
    transform: Transform, world: FakeWorld
) -> None:
    world.services.buckets["bucket"]["big/a.csv"] = b"1" * (2 << 20)
    assert transform(S3Uri="s3://bucket/big", MaxPayloadInMB=1)["TransformJobStatus"] == "Failed"
    assert logged(world)[1:] == [
        "bucket/big/a.csv: ClientError: Too much data for max payload size"
    ]


def test_a_model_that_cannot_be_loaded_fails_the_job(do: Do, world: FakeWorld) -> None:
    world.services.buckets["bucket"]["b.tar.gz"] = b"broken"
    do("CreateModel", model(data="s3://bucket/b.tar.gz"))
    do("CreateTransformJob", request())
    told = do("DescribeTransformJob", TransformJobName="job")
    assert told["FailureReason"] == (
        "AlgorithmError: Model container failed to respond to ping. it is no model"
    )
    assert logged(world, of_data=False) == ["it is no model"]


def test_model_data_that_went_away_fails_the_job(do: Do, world: FakeWorld) -> None:
    do("CreateModel", model())
    del world.services.buckets["bucket"]["a.tar.gz"]
    do("CreateTransformJob", request())
    reason = do("DescribeTransformJob", TransformJobName="job")["FailureReason"]
    assert "Failed to download model data from URL" in reason


def test_a_bucket_for_the_output_that_goes_away_fails_the_job(
    transform: Transform, world: FakeWorld, host: Host
) -> None:
    world.services.buckets["target"] = {}

    def answering(body: bytes, *_: Any) -> Answer:
        world.services.buckets.pop("target", None)
        return FakeAnswer(200, "text/csv", body)

    host.answering = answering
    told = transform(S3OutputPath="s3://target/out")
    assert told["FailureReason"] == "ClientError: Failed to upload: NoSuchBucket (404): target"


def test_what_is_no_gzip_fails_its_object(transform: Transform, world: FakeWorld) -> None:
    assert transform(CompressionType="Gzip")["FailureReason"] == f"ClientError: {SEE_LOGS}"
    assert "it is not gzip" in logged(world)[1]


# Stopping, forgetting, beginning anew


@pytest.fixture
def gate(host: Host) -> tuple[threading.Event, threading.Event]:
    """A model that says that it was asked, and answers when it may."""
    reached, may_go = threading.Event(), threading.Event()

    def answering(body: bytes, *_: Any) -> Answer:
        reached.set()
        assert may_go.wait(10)
        return FakeAnswer(200, "text/csv", body)

    host.answering = answering
    return reached, may_go


Gate = tuple[threading.Event, threading.Event]


def test_of_a_stopped_job_no_output_is_kept(
    plane: Plane, do: Do, world: FakeWorld, gate: Gate
) -> None:
    do("CreateModel", model())
    start(plane)
    assert gate[0].wait(10)
    plane.call(ACCOUNT, REGION, "StopTransformJob", {"TransformJobName": "job"})
    named = {"TransformJobName": "job"}
    assert (
        plane.call(ACCOUNT, REGION, "DescribeTransformJob", named)["TransformJobStatus"]
        == "Stopping"
    )
    assert plane.settle(10)  # it does not wait for the model's answer
    gate[1].set()
    told = do("DescribeTransformJob", named)
    assert told["TransformJobStatus"] == "Stopped"
    assert "FailureReason" not in told
    assert outputs(world) == {}


def test_a_job_that_is_over_cannot_be_stopped(transform: Transform, do: Do) -> None:
    transform()
    with pytest.raises(Refused, match="the transform job is in status Completed"):
        do("StopTransformJob", TransformJobName="job")


def test_a_job_that_waits_for_its_turn_is_stopped_at_once(world: FakeWorld, gate: Gate) -> None:
    plane = world.plane(at_once=1)
    try:
        plane.call(ACCOUNT, REGION, "CreateModel", model())
        start(plane)
        assert gate[0].wait(10)
        plane.call(ACCOUNT, REGION, "CreateTransformJob", request(TransformJobName="second"))
        plane.call(ACCOUNT, REGION, "StopTransformJob", {"TransformJobName": "second"})
        gate[1].set()
        assert plane.settle(10)
        told = plane.call(ACCOUNT, REGION, "DescribeTransformJob", {"TransformJobName": "second"})
    finally:
        plane.close()
    assert told["TransformJobStatus"] == "Stopped"
    assert "TransformStartTime" not in told


def test_a_forgotten_job_leaves_no_trace(plane: Plane, world: FakeWorld, gate: Gate) -> None:
    plane.call(ACCOUNT, REGION, "CreateModel", model())
    start(plane)
    assert gate[0].wait(10)
    plane.forget()
    gate[1].set()
    assert plane.settle(10)
    assert outputs(world) == {}
    assert world.outcomes == []


def test_a_repeated_record_shows_the_same_job_and_the_same_objects(
    transform: Transform, world: FakeWorld, do: Do
) -> None:
    before = transform()
    lines, objects = logged(world), outputs(world)
    [told] = json.loads(json.dumps(world.outcomes, default=list))
    again = FakeWorld()
    again.services.buckets["bucket"] = {"a.tar.gz": b"A", "in/a.csv": b"a,1\n"}
    plane = again.plane()
    try:
        plane.replaying = True
        plane.call(ACCOUNT, REGION, "CreateModel", model())
        start(plane)
        for outcome in world.outcomes:
            plane.restore(outcome)
        plane.resume()
        assert plane.settle(10)
        after = plane.call(ACCOUNT, REGION, "DescribeTransformJob", {"TransformJobName": "job"})
    finally:
        plane.close()
    assert told["kind"] == "transform-job"
    assert after == before
    assert outputs(again) == objects
    assert logged(again) == lines


def test_a_job_without_an_outcome_begins_anew(world: FakeWorld) -> None:
    plane = world.plane()
    try:
        plane.replaying = True
        plane.call(ACCOUNT, REGION, "CreateModel", model())
        start(plane)
        plane.resume()
        assert plane.settle(10)
        told = plane.call(ACCOUNT, REGION, "DescribeTransformJob", {"TransformJobName": "job"})
    finally:
        plane.close()
    assert told["TransformJobStatus"] == "Completed"
    assert len(outputs(world)) == 2


# What is refused at once


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"ModelName": "nobody"}, "Could not find model"),
        ({"S3Uri": "s3://bucket/empty"}, "No S3 objects found"),
        ({"S3Uri": "s3://nowhere/in"}, "No S3 objects found"),
        ({"S3OutputPath": "s3://nowhere/out"}, 'no bucket "nowhere"'),
        ({"S3OutputPath": "https://bucket/out"}, "is no S3 URI"),
        ({"MaxPayloadInMB": 101}, "cannot be greater than 100 MB"),
        ({"MaxPayloadInMB": 30, "MaxConcurrentTransforms": 4}, "4 \\* 30 = 120"),
        ({"MaxPayloadInMB": 0}, "not offered offline"),
        ({"SplitType": "TFRecord"}, "not offered offline"),
        ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}, "InstanceC"),
        ({"DataCaptureConfig": {"DestinationS3Uri": "s3://bucket/c"}}, "not offered offline"),
        ({"ExperimentConfig": {"ExperimentName": "e"}}, "not offered offline"),
        ({"DataProcessing": {"InputFilter": "$..a"}}, "Invalid InputFilter"),
        ({"DataProcessing": {"OutputFilter": "x"}}, "Invalid OutputFilter"),
        ({"DataProcessing": {"JoinSource": "Input"}, "ContentType": "image/png"}, "image/png"),
        ({"DataProcessing": {"JoinSource": "Input"}, "SplitType": "RecordIO"}, "RecordIO"),
        (
            {"DataProcessing": {"JoinSource": "Input"}, "Accept": "application/json"},
            "both have to be csv",
        ),
        ({"DataProcessing": {"JoinSource": "Input"}, "Accept": "image/png"}, "Accept image/png"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    do: Do, more: dict[str, Any], why: str
) -> None:
    do("CreateModel", model())
    with pytest.raises(Refused, match=why):
        do("CreateTransformJob", request(**more))
    assert do("ListTransformJobs")["TransformJobSummaries"] == []


def test_a_name_is_given_once(transform: Transform, do: Do) -> None:
    transform()
    with pytest.raises(Refused, match="Job name must be unique") as refused:
        do("CreateTransformJob", request())
    assert refused.value.code == "ResourceInUse"


def test_a_job_that_is_not_there_is_not_found(do: Do) -> None:
    for operation in ("DescribeTransformJob", "StopTransformJob"):
        with pytest.raises(Refused, match="Could not find requested job with name: nobody"):
            do(operation, TransformJobName="nobody")


def test_a_deleted_model_does_not_disturb_a_job_that_has_begun(
    plane: Plane, do: Do, gate: Gate
) -> None:
    do("CreateModel", model())
    start(plane)
    assert gate[0].wait(10)
    plane.call(ACCOUNT, REGION, "DeleteModel", {"ModelName": "model"})
    gate[1].set()
    assert plane.settle(10)
    told = do("DescribeTransformJob", TransformJobName="job")
    assert told["TransformJobStatus"] == "Completed"


def test_containers_in_a_row_answer_as_one_model(do: Do, world: FakeWorld, host: Host) -> None:
    container = model()["PrimaryContainer"]
    row = {"ModelName": "model", "ExecutionRoleArn": ROLE, "Containers": [container, container]}
    do("CreateModel", row)
    do("CreateTransformJob", request(S3Uri="s3://bucket/in/a.csv"))
    told = do("DescribeTransformJob", TransformJobName="job")
    assert told["TransformJobStatus"] == "Completed"
    assert len(host.asked) == len(host.models) == 2
    assert all(each.is_closed for each in host.models)


@pytest.mark.parametrize("mode", ["MultiModel", "Direct"])
def test_a_model_whose_invocations_name_their_container_has_no_batch(
    do: Do, world: FakeWorld, mode: str
) -> None:
    container = model()["PrimaryContainer"]
    made: dict[str, Any] = {"ModelName": "model", "ExecutionRoleArn": ROLE}
    if mode == "Direct":
        made |= {
            "Containers": [container, container],
            "InferenceExecutionConfig": {"Mode": "Direct"},
        }
    else:
        made["PrimaryContainer"] = {**container, "Mode": mode, "ModelDataUrl": "s3://bucket/in/"}
    do("CreateModel", made)
    with pytest.raises(Refused, match=f"CreateTransformJob with a model in {mode} mode"):
        do("CreateTransformJob", request())


def test_of_containers_in_a_row_each_has_a_log_and_tells_why_it_refused(
    do: Do, world: FakeWorld, host: Host
) -> None:
    container = model()["PrimaryContainer"]
    row = {"ModelName": "model", "ExecutionRoleArn": ROLE, "Containers": [container, container]}
    host.answering = lambda body, *_: FakeAnswer(
        400 if body.startswith(b"1") else 200, "text/csv", b"1" + body
    )
    do("CreateModel", row)
    do("CreateTransformJob", request(S3Uri="s3://bucket/in/a.csv"))
    told = do("DescribeTransformJob", TransformJobName="job")
    assert told["TransformJobStatus"] == "Failed"
    streams = {
        stream.rpartition("/")[2]: [text for _, text in events]
        for (_, stream), events in world.services.logs.items()
    }
    assert streams["container-2"] == ["11a,1", "b,2"]
    assert "container-1" not in streams
    assert "data-log" in streams


def test_a_model_that_does_not_answer_in_time_fails_its_object(host: Host, gate: Gate) -> None:
    client = Client(
        host.load("xgboost", b"", {}),
        Asking.of(with_defaults(request(ModelClientConfig={"InvocationsTimeoutInSeconds": 1}))),
        itertools.count(step=10**9).__next__,  # each look at the clock is a second later
        lambda: None,
    )
    with pytest.raises(Refusal) as refused:
        client.answers(b"a,1\n")
    gate[1].set()
    assert refused.value.lines == ["Unable to get response from algorithm"]
