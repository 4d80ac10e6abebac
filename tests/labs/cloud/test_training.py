"""A training job's life, with an algorithm that does what the test says."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import (
    ACCOUNT,
    REGION,
    Call,
    End,
    FakeWorld,
    channel,
    job,
    trained,
    until_stopped,
)

GROUP = "/aws/sagemaker/TrainingJobs"


def described(do: Do, name: str = "job") -> dict[str, Any]:
    return do("DescribeTrainingJob", TrainingJobName=name)


def statuses(description: Mapping[str, Any]) -> list[str]:
    return [each["Status"] for each in description["SecondaryStatusTransitions"]]


class Gate:
    """An algorithm that waits in the middle until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, call: Call) -> End:
        self.reached.set()
        while not self.open.wait(0.01):
            if call.stop.is_set():
                return End(143, stopped=True)
        return trained(call)


@pytest.fixture
def gate(world: FakeWorld) -> Gate:
    world.algorithm = made = Gate()
    return made


def start(plane: Plane, request: Mapping[str, Any] | None = None) -> None:
    plane.call(ACCOUNT, REGION, "CreateTrainingJob", dict(request or job()))


# To its end


def test_a_job_goes_through_every_state_and_its_model_lies_in_s3(do: Do, world: FakeWorld) -> None:
    answer = do("CreateTrainingJob", job())
    told = described(do)
    assert answer == {"TrainingJobArn": told["TrainingJobArn"]}
    assert told["TrainingJobArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/job"
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Completed", "Completed")
    assert statuses(told) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    artefact = "s3://bucket/output/job/output/model.tar.gz"
    assert told["ModelArtifacts"] == {"S3ModelArtifacts": artefact}
    assert "output/job/output/model.tar.gz" in world.services.buckets["bucket"]
    assert "output/job/output/output.tar.gz" not in world.services.buckets["bucket"]


def test_each_state_ends_when_the_next_begins_and_the_time_counts_from_downloading(do: Do) -> None:
    do("CreateTrainingJob", job())
    told = described(do)
    moves = told["SecondaryStatusTransitions"]
    assert [each["EndTime"] for each in moves[:-1]] == [each["StartTime"] for each in moves[1:]]
    assert moves[0]["StartTime"] == told["CreationTime"]
    assert moves[1]["StartTime"] == told["TrainingStartTime"]
    assert moves[-1]["EndTime"] == told["TrainingEndTime"] == told["LastModifiedTime"]
    seconds = (told["TrainingEndTime"] - told["TrainingStartTime"]).total_seconds()
    assert told["TrainingTimeInSeconds"] == told["BillableTimeInSeconds"] == seconds


def test_the_last_value_of_each_metric_is_told_and_all_of_them_are_measured(
    do: Do, world: FakeWorld
) -> None:
    do("CreateTrainingJob", job())
    final = {each["MetricName"]: each["Value"] for each in described(do)["FinalMetricDataList"]}
    assert final == {"train:rmse": 1.5, "validation:rmse": 2.0}
    assert [(space, datum.name, datum.value) for space, datum in world.services.metrics] == [
        (GROUP, "train:rmse", 2.5),
        (GROUP, "validation:rmse", 3.0),
        (GROUP, "train:rmse", 1.5),
        (GROUP, "validation:rmse", 2.0),
    ]
    assert world.services.metrics[0][1].dimensions == (("TrainingJobName", "job"),)


def test_the_log_shows_a_tab_as_cloudwatch_does(do: Do, world: FakeWorld) -> None:
    do("CreateTrainingJob", job())
    ((group, stream), events) = next(iter(world.services.logs.items()))
    assert group == GROUP
    assert stream == "job/algo-1-1795262400"
    assert [text for _, text in events] == [
        "[0]#011train-rmse:2.50000#011validation-rmse:3.00000",
        "[1]#011train-rmse:1.50000#011validation-rmse:2.00000",
    ]


def test_log_lines_and_metrics_are_there_while_the_job_runs(plane: Plane, world: FakeWorld) -> None:
    seen: list[tuple[int, int]] = []

    def algorithm(call: Call) -> End:
        call.say("[0]\ttrain-rmse:2.50000")
        seen.append((len(world.services.logs), len(world.services.metrics)))
        return trained(call)

    world.algorithm = algorithm
    start(plane)
    assert plane.settle()
    assert seen == [(1, 1)]


def test_the_algorithm_finds_its_data_and_configuration_where_a_container_does(
    do: Do, world: FakeWorld
) -> None:
    found: dict[str, Any] = {}

    def algorithm(call: Call) -> End:
        for name in ("hyperparameters", "inputdataconfig", "resourceconfig"):
            found[name] = json.loads((call.base / f"input/config/{name}.json").read_text())
        found["files"] = [p.read_bytes() for p in (call.base / "input/data/train").iterdir()]
        found["environment"] = call.environment
        found["deadline"] = call.deadline_s
        return trained(call)

    world.algorithm = algorithm
    do("CreateTrainingJob", job(Environment={"MINE": "1"}))
    assert found["hyperparameters"] == {"num_round": "2"}
    assert found["inputdataconfig"]["train"] == {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert found["resourceconfig"]["hosts"] == ["algo-1"]
    assert found["files"] == [b"1,2\n"]
    assert found["environment"] == {
        "MINE": "1",
        "TRAINING_JOB_NAME": "job",
        "TRAINING_JOB_ARN": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/job",
        "AWS_REGION": REGION,
    }
    assert found["deadline"] == 60


def test_output_data_become_an_archive_of_their_own(do: Do, world: FakeWorld) -> None:
    def algorithm(call: Call) -> End:
        (call.base / "output/data/predictions.csv").write_text("1\n")
        return trained(call)

    world.algorithm = algorithm
    do("CreateTrainingJob", job(OutputDataConfig={"S3OutputPath": "s3://bucket", "KmsKeyId": "k"}))
    assert world.services.kms_keys == {
        "job/output/model.tar.gz": "k",
        "job/output/output.tar.gz": "k",
    }


def test_the_description_leaves_out_what_is_empty(do: Do) -> None:
    do("CreateTrainingJob", job(VpcConfig={}, Environment={}))
    assert not {"VpcConfig", "Environment", "FailureReason"} & set(described(do))


def test_the_description_shows_the_algorithms_metric_definitions(do: Do) -> None:
    do("CreateTrainingJob", job())
    definitions = described(do)["AlgorithmSpecification"]["MetricDefinitions"]
    number = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"
    regex = rf".*\[[0-9]+\].*#011validation-auc:{number}.*"
    assert {"Name": "validation:auc", "Regex": regex} in definitions


# How it fails


@pytest.mark.parametrize(
    ("code", "failure", "reason"),
    [
        (1, "no label", "AlgorithmError: no label, exit code: 1"),
        (137, "ended by signal 9", "AlgorithmError: ended by signal 9, exit code: 137"),
        (1, None, "AlgorithmError: , exit code: 1"),
    ],
)
def test_a_process_that_fails_gives_the_reason(
    do: Do, world: FakeWorld, code: int, failure: str | None, reason: str
) -> None:
    world.algorithm = lambda call: End(code, failure)
    do("CreateTrainingJob", job())
    told = described(do)
    assert (told["TrainingJobStatus"], told["FailureReason"]) == ("Failed", reason)
    assert statuses(told) == ["Starting", "Downloading", "Training", "Failed"]
    assert "ModelArtifacts" not in told
    assert "TrainingEndTime" in told


def test_a_reason_has_1024_characters_and_keeps_its_exit_code(do: Do, world: FakeWorld) -> None:
    world.algorithm = lambda call: End(1, "x" * 5000)
    do("CreateTrainingJob", job())
    reason = described(do)["FailureReason"]
    assert len(reason) == 1024
    assert reason.endswith("x, exit code: 1")


def test_data_that_vanish_before_they_are_fetched_fail_the_job(
    do: Do, plane: Plane, world: FakeWorld, gate: Gate
) -> None:
    running = world.plane(at_once=1)
    start(running, job("first"))
    assert gate.reached.wait(5)
    start(running)  # waits for its turn
    del world.services.buckets["bucket"]["train/a.csv"]
    gate.open.set()
    assert running.settle(10)
    told = running.call(ACCOUNT, REGION, "DescribeTrainingJob", {"TrainingJobName": "job"})
    reason = "ClientError: Data download failed:no S3 objects found under s3://bucket/train"
    assert (told["TrainingJobStatus"], told["FailureReason"]) == ("Failed", reason)
    running.close()


def test_a_bucket_that_vanishes_before_the_upload_fails_the_job(do: Do, world: FakeWorld) -> None:
    def algorithm(call: Call) -> End:
        del world.services.buckets["bucket"]
        return trained(call)

    world.algorithm = algorithm
    do("CreateTrainingJob", job())
    told = described(do)
    reason = "ClientError: Artifact upload failed:NoSuchBucket (404): bucket"
    assert (told["TrainingJobStatus"], told["FailureReason"]) == ("Failed", reason)


def test_a_fault_of_the_cloud_itself_is_told_and_no_thread_is_lost(
    do: Do, world: FakeWorld, caplog: pytest.LogCaptureFixture
) -> None:
    def algorithm(call: Call) -> End:
        raise OSError("no room left")

    world.algorithm = algorithm
    do("CreateTrainingJob", job())
    reason = described(do)["FailureReason"]
    assert reason.startswith("InternalServerError: The offline cloud itself failed: OSError(")
    assert "training job job" in caplog.text
    world.algorithm = trained
    do("CreateTrainingJob", job("next"))
    assert described(do, "next")["TrainingJobStatus"] == "Completed"


# How it is stopped


def test_a_job_that_is_stopped_ends_as_stopped(do: Do, plane: Plane, world: FakeWorld) -> None:
    world.algorithm = until_stopped
    start(plane)
    do("StopTrainingJob", TrainingJobName="job")
    told = described(do)
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert statuses(told)[-2:] == ["Stopping", "Stopped"]
    assert "ModelArtifacts" not in told


def test_a_model_that_was_saved_before_the_end_is_kept(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    begun = threading.Event()

    def algorithm(call: Call) -> End:
        trained(call)
        begun.set()
        call.stop.wait(10)
        return End(0, stopped=True)

    world.algorithm = algorithm
    start(plane)
    assert begun.wait(5)
    do("StopTrainingJob", TrainingJobName="job")
    told = described(do)
    assert statuses(told) == [
        "Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped",
    ]  # fmt: skip
    assert told["TrainingJobStatus"] == "Stopped"
    assert "ModelArtifacts" in told


def test_between_the_request_and_the_end_it_is_stopping(plane: Plane, world: FakeWorld) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def algorithm(call: Call) -> End:
        begun.set()
        call.stop.wait(10)
        may_end.wait(10)
        return End(143, stopped=True)

    world.algorithm = algorithm
    start(plane)
    assert begun.wait(5)
    name = {"TrainingJobName": "job"}
    plane.call(ACCOUNT, REGION, "StopTrainingJob", name)
    told = plane.call(ACCOUNT, REGION, "DescribeTrainingJob", name)
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Stopping", "Stopping")
    with pytest.raises(Refused, match="because the training job is in status Stopping"):
        plane.call(ACCOUNT, REGION, "StopTrainingJob", name)
    may_end.set()
    assert plane.settle(10)


def test_a_job_that_waits_for_its_turn_is_stopped_at_once(world: FakeWorld, gate: Gate) -> None:
    plane = world.plane(at_once=1)
    start(plane, job("first"))
    assert gate.reached.wait(5)
    start(plane, job("second"))
    plane.call(ACCOUNT, REGION, "StopTrainingJob", {"TrainingJobName": "second"})
    while not world.outcomes:  # told by a thread of its own
        threading.Event().wait(0.001)
    told = plane.call(ACCOUNT, REGION, "DescribeTrainingJob", {"TrainingJobName": "second"})
    assert statuses(told) == ["Starting", "Stopping", "Stopped"]
    assert "TrainingStartTime" not in told
    assert "BillableTimeInSeconds" not in told
    gate.open.set()
    assert plane.settle(10)
    plane.close()


def test_a_job_over_its_time_is_stopped_as_such_and_keeps_its_model(
    do: Do, world: FakeWorld
) -> None:
    def algorithm(call: Call) -> End:
        trained(call)
        return End(0, timed_out=True)

    world.algorithm = algorithm
    do("CreateTrainingJob", job())
    told = described(do)
    assert told["TrainingJobStatus"] == "Stopped"
    assert told["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert "ModelArtifacts" in told


def test_a_job_that_is_over_cannot_be_stopped(do: Do) -> None:
    do("CreateTrainingJob", job())
    with pytest.raises(Refused, match="because the training job is in status Completed"):
        do("StopTrainingJob", TrainingJobName="job")


# What is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"RoleArn": "arn:aws:iam::123456789012:role/nobody"},
            "Could not assume role arn:.*nobody",
        ),
        ({"InputDataConfig": [channel(uri="s3://nowhere/train")]}, "No S3 objects found under"),
        ({"InputDataConfig": [channel(uri="s3://bucket/none")]}, "No S3 objects found under"),
        ({"InputDataConfig": [channel(uri="https://bucket/train")]}, "is no S3 URI"),
        ({"InputDataConfig": [channel("..")]}, "cannot be the name of a channel"),
        ({"InputDataConfig": [channel(), channel()]}, "channels in InputDataConfig must differ"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://nowhere/"}}, 'There is no bucket "nowhere"'),
        ({"ResourceConfig": {}}, "ResourceConfig needs InstanceType"),
        (
            {"ResourceConfig": job()["ResourceConfig"] | {"VolumeSizeInGB": 0}},
            "needs a VolumeSizeInGB of at least 1",
        ),
        (
            {
                "AlgorithmSpecification": {
                    "TrainingImage": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mine:1",
                    "TrainingInputMode": "File",
                }
            },
            "is not one of the built-in ones",
        ),
        (
            {"AlgorithmSpecification": {"TrainingInputMode": "File"}},
            "needs a TrainingImage, such as 492215442770.*sagemaker-xgboost:3.2-0",
        ),
    ],
)
def test_what_aws_refuses_at_once_is_refused(do: Do, change: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message) as refused:
        do("CreateTrainingJob", job(**change))
    assert (refused.value.code, refused.value.status) == ("ValidationException", 400)
    with pytest.raises(Refused, match="Requested resource not found"):
        described(do)


def test_a_network_that_is_not_there_is_not_offered(do: Do) -> None:
    known = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    do("CreateTrainingJob", job("inside", VpcConfig=known))
    assert described(do, "inside")["VpcConfig"] == known
    wrong = {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-2"]}
    with pytest.raises(Refused, match="VpcConfig that names subnet-2, sg-2 is not off") as refused:
        do("CreateTrainingJob", job(VpcConfig=wrong))
    assert refused.value.code == "NotOfferedOffline"


def test_metric_definitions_of_a_built_in_algorithm_cannot_be_changed(do: Do) -> None:
    request = job()
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "a", "Regex": "b"}]
    with pytest.raises(Refused, match="can't override the metric definitions"):
        do("CreateTrainingJob", request)


def test_a_name_is_taken_until_its_job_is_deleted(do: Do) -> None:
    do("CreateTrainingJob", job())
    with pytest.raises(Refused, match="names must be unique") as refused:
        do("CreateTrainingJob", job())
    assert refused.value.code == "ResourceInUse"
    do("DeleteTrainingJob", TrainingJobName="job")
    do("CreateTrainingJob", job())
    assert described(do)["TrainingJobStatus"] == "Completed"


def test_a_job_that_runs_cannot_be_deleted(plane: Plane, gate: Gate) -> None:
    start(plane)
    with pytest.raises(Refused, match="is in status InProgress"):
        plane.call(ACCOUNT, REGION, "DeleteTrainingJob", {"TrainingJobName": "job"})
    gate.open.set()


@pytest.mark.parametrize("operation", ["Describe", "Stop", "Delete"])
def test_a_job_nobody_made_is_not_found(do: Do, operation: str) -> None:
    with pytest.raises(Refused, match="Requested resource not found"):
        do(f"{operation}TrainingJob", TrainingJobName="nobody")


# Its data


def files(do: Do, world: FakeWorld, **of_channel: Any) -> dict[str, bytes]:
    """The files that a job with this one channel finds."""
    found: dict[str, bytes] = {}

    def algorithm(call: Call) -> End:
        folder = call.base / "input/data/train"
        for path in folder.rglob("*"):
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
        return trained(call)

    world.algorithm = algorithm
    do("CreateTrainingJob", job(InputDataConfig=[channel(**of_channel)]))
    return found


def test_folders_below_the_prefix_stay_folders_and_a_consoles_folder_is_no_file(
    do: Do, world: FakeWorld
) -> None:
    world.services.buckets["bucket"] |= {"train/": b"", "train/2026/b.csv": b"3", "trainer": b"4"}
    found = files(do, world, uri="s3://bucket/train/")
    assert found == {"a.csv": b"1,2\n", "2026/b.csv": b"3"}


def test_a_prefix_is_only_the_beginning_of_keys(do: Do, world: FakeWorld) -> None:
    world.services.buckets["bucket"] |= {"train/2026/b.csv": b"3", "trainer/c.csv": b"4"}
    found = files(do, world, uri="s3://bucket/train")
    assert found == {"a.csv": b"1,2\n", "2026/b.csv": b"3", "trainer/c.csv": b"4"}


def test_one_key_is_one_file(do: Do, world: FakeWorld) -> None:
    assert files(do, world, uri="s3://bucket/train/a.csv") == {"a.csv": b"1,2\n"}


def test_a_manifest_names_the_files(do: Do, world: FakeWorld) -> None:
    manifest = [{"prefix": "s3://bucket/train/"}, "a.csv"]
    world.services.buckets["bucket"] |= {
        "train/b.csv": b"9",
        "list": json.dumps(manifest).encode(),
    }
    source = {"S3DataType": "ManifestFile"}
    assert files(do, world, uri="s3://bucket/list", source=source) == {"a.csv": b"1,2\n"}


def test_gzip_is_undone(do: Do, world: FakeWorld) -> None:
    world.services.buckets["bucket"] = {"train/a.csv.gz": gzip.compress(b"5")}
    assert files(do, world, CompressionType="Gzip") == {"a.csv": b"5"}


def test_pipe_mode_brings_no_files(do: Do, world: FakeWorld) -> None:
    assert files(do, world, InputMode="Pipe") == {}


@pytest.mark.parametrize(
    ("objects", "of_channel", "reason"),
    [
        ({"train/../../x": b""}, {}, "cannot be a file called '../../x'"),
        ({"train//etc/x": b""}, {"uri": "s3://bucket/train/"}, "cannot be a file called '/etc/x'"),
        ({"train/a": b"", "train/a/b": b""}, {}, "cannot be a file called a/b"),
        ({"train/" + "x" * 300: b""}, {}, "cannot be a file called x"),
        ({"train/\x00": b""}, {}, "cannot be a file called"),
        ({"train/a": b"plain"}, {"CompressionType": "Gzip"}, "is not gzip"),
        ({"train": b"{}"}, {"source": {"S3DataType": "ManifestFile"}}, "is not a manifest"),
        (
            {"train/a": b"1,2"},
            {"source": {"S3DataType": "ManifestFile"}},
            "s3://bucket/train is no object. With S3DataType ManifestFile the S3Uri names one file",
        ),
        (
            {"train": b'[{"prefix": "s3://bucket/no/"}, "a"]'},
            {"source": {"S3DataType": "ManifestFile"}},
            "s3://bucket/no/a is gone",
        ),
    ],
)
def test_data_that_cannot_be_files_fail_the_job_and_leave_its_folder_alone(
    do: Do,
    world: FakeWorld,
    objects: dict[str, bytes],
    of_channel: dict[str, Any],
    reason: str,
) -> None:
    world.services.buckets["bucket"] = objects
    files(do, world, **of_channel)
    told = described(do)
    assert told["TrainingJobStatus"] == "Failed"
    assert told["FailureReason"].startswith("ClientError: Data download failed:")
    assert reason in told["FailureReason"]


# Many


def test_jobs_of_other_regions_and_accounts_are_others(plane: Plane, world: FakeWorld) -> None:
    for account, region in ((ACCOUNT, "us-east-1"), ("210987654321", REGION)):
        with pytest.raises(Refused, match=r"image|bucket|No S3"):
            plane.call(account, region, "CreateTrainingJob", job())
    start(plane)
    assert plane.settle(10)
    listed = [
        plane.call(account, region, "ListTrainingJobs", {})["TrainingJobSummaries"]
        for account, region in ((ACCOUNT, REGION), (ACCOUNT, "us-east-1"), ("210987654321", REGION))
    ]
    assert [len(each) for each in listed] == [1, 0, 0]


def test_two_jobs_at_once_keep_their_own(do: Do, plane: Plane, world: FakeWorld) -> None:
    both = threading.Barrier(2, timeout=10)

    def algorithm(call: Call) -> End:
        both.wait()
        name = call.environment["TRAINING_JOB_NAME"]
        call.say(f"[0]\ttrain-rmse:{name}")
        (call.base / "model/xgboost-model").write_text(name)
        both.wait()
        return End()

    world.algorithm = algorithm
    start(plane, job("1"))
    start(plane, job("2"))
    assert plane.settle(10)
    for name, value in (("1", 1.0), ("2", 2.0)):
        told = described(do, name)
        assert [each["Value"] for each in told["FinalMetricDataList"]] == [value]


def test_jobs_are_listed_in_pages(do: Do) -> None:
    for name in ("c", "a", "b"):
        do("CreateTrainingJob", job(name))
    first = do("ListTrainingJobs", MaxResults=2)
    rest = do("ListTrainingJobs", MaxResults=2, NextToken=first["NextToken"])
    pages = [*first["TrainingJobSummaries"], *rest["TrainingJobSummaries"]]
    assert [each["TrainingJobName"] for each in pages] == ["c", "a", "b"]
    assert "NextToken" not in rest
    named = do("ListTrainingJobs", SortBy="Name", SortOrder="Descending", NameContains="a")
    assert [each["TrainingJobName"] for each in named["TrainingJobSummaries"]] == ["a"]


# Paced, reset, recorded


def test_at_a_learners_pace_every_state_lasts(world: FakeWorld) -> None:
    plane = world.plane(pace_s=1.5)
    start(plane)
    assert plane.settle(10)
    assert world.waits == [1.5] * 4  # Starting, Downloading, Training, Uploading
    plane.close()


def test_a_reset_while_a_job_runs_leaves_no_trace_of_it(
    do: Do, plane: Plane, world: FakeWorld, gate: Gate
) -> None:
    start(plane)
    assert gate.reached.wait(5)
    plane.reset()
    assert plane.settle(10)
    with pytest.raises(Refused, match="not found"):
        described(do)
    assert world.outcomes == []
    world.algorithm = trained
    do("CreateTrainingJob", job())
    assert described(do)["TrainingJobStatus"] == "Completed"


def test_what_came_of_a_job_can_be_told_again_to_another_plane(do: Do, world: FakeWorld) -> None:
    do("CreateTrainingJob", job())
    before = described(do)
    (outcome,) = world.outcomes
    written = json.loads(json.dumps(outcome, default=lambda value: {"b": value.decode("latin-1")}))
    for each in written["objects"]:
        each[2] = each[2]["b"].encode("latin-1")

    later = FakeWorld()
    later.services.buckets["bucket"] = {"train/a.csv": b"1,2\n"}
    later.algorithm = lambda call: pytest.fail("it ran again")
    again = later.plane()
    again.replaying = True
    start(again)
    again.restore(written)
    again.resume()
    assert again.settle(10)
    after = again.call(ACCOUNT, REGION, "DescribeTrainingJob", {"TrainingJobName": "job"})
    assert after == before
    key = "output/job/output/model.tar.gz"
    assert later.services.buckets["bucket"][key] == world.services.buckets["bucket"][key]
    assert later.services.logs == world.services.logs
    assert later.services.metrics == world.services.metrics
    assert later.outcomes == []
    again.close()


def test_a_job_without_an_outcome_starts_again_after_the_replay(world: FakeWorld) -> None:
    plane = world.plane()
    plane.replaying = True
    start(plane)
    start(plane, job("stopped"))
    plane.call(ACCOUNT, REGION, "StopTrainingJob", {"TrainingJobName": "stopped"})
    assert plane.settle(0)
    assert world.services.logs == {}
    plane.resume()
    assert plane.settle(10)
    found = [
        plane.call(ACCOUNT, REGION, "DescribeTrainingJob", {"TrainingJobName": name})
        for name in ("job", "stopped")
    ]
    assert [each["TrainingJobStatus"] for each in found] == ["Completed", "Stopped"]
    plane.close()


def test_an_outcome_comes_when_what_it_tells_can_be_seen_and_never_within_a_call(
    plane: Plane, world: FakeWorld, gate: Gate
) -> None:
    threads: list[tuple[str, str]] = []

    def told(outcome: Mapping[str, Any]) -> None:
        name = {"TrainingJobName": outcome["name"]}
        seen = plane.call(ACCOUNT, REGION, "DescribeTrainingJob", name)["TrainingJobStatus"]
        threads.append((threading.current_thread().name, seen))

    plane.on_outcome = told
    start(plane)
    gate.open.set()
    assert plane.settle(10)
    (name, status) = threads[0]
    assert name.startswith("training")
    assert status == "Completed"


def test_metrics_that_are_no_numbers_are_passed_over(do: Do, world: FakeWorld) -> None:
    def algorithm(call: Call) -> End:
        call.say("[0]\ttrain-rmse:nan\ttrain-logloss:inf\ttrain-own:1\ttrain-auc:0.5")
        return trained(call)

    world.algorithm = algorithm
    do("CreateTrainingJob", job())
    names = {datum.name for _, datum in world.services.metrics}
    assert names == {"train:auc", "train:rmse", "validation:rmse"}
