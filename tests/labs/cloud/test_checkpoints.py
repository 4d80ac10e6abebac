"""Checkpoints between a job and S3, and managed spot training."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from labs.cloud import checkpoints, images, spot
from labs.cloud.checkpoints import Checkpoints
from labs.cloud.inputs import DownloadFailed, Location
from labs.cloud.refusals import Refused
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import ACCOUNT, REGION, Call, End, FakeServices, FakeWorld, job, trained

CONFIG = {"S3Uri": "s3://bucket/checkpoints"}


def saving(*names: str, end: Callable[[Call], End] = trained) -> Callable[[Call], End]:
    """An algorithm that writes checkpoints, each before it tells a round."""

    def run(call: Call) -> End:
        for name in names:
            (call.base / "checkpoints" / name).write_bytes(name.encode())
            call.say("[0]\ttrain-rmse:9.00000")
        return end(call)

    return run


def statuses(description: Mapping[str, Any]) -> list[str]:
    return [each["Status"] for each in description["SecondaryStatusTransitions"]]


def described(do: Do, request: dict[str, Any]) -> dict[str, Any]:
    do("CreateTrainingJob", request)
    return do("DescribeTrainingJob", TrainingJobName="job")


def refused(do: Do, request: dict[str, Any]) -> str:
    with pytest.raises(Refused) as caught:
        do("CreateTrainingJob", request)
    return caught.value.message


def kept(world: FakeWorld) -> dict[str, bytes]:
    """What lies in S3 under the checkpoints' prefix."""
    bucket = world.services.buckets["bucket"]
    return {
        key.removeprefix("checkpoints/"): body
        for key, body in bucket.items()
        if key.startswith("checkpoints/")
    }


# Between the folder and S3


def test_what_the_algorithm_writes_is_in_s3_when_the_job_ends(world: FakeWorld, do: Do) -> None:
    world.algorithm = saving("a.1", "a.2", "a.3.sagemaker-ignore")

    told = described(do, job(CheckpointConfig=CONFIG))

    assert told["TrainingJobStatus"] == "Completed"
    assert told["CheckpointConfig"] == CONFIG
    assert kept(world) == {"a.1": b"a.1", "a.2": b"a.2"}


def test_what_lies_in_s3_is_there_when_the_algorithm_begins(world: FakeWorld, do: Do) -> None:
    bucket = world.services.buckets["bucket"]
    bucket |= {"checkpoints/a.1": b"1", "checkpoints/model-0/a.2": b"2", "checkpoints-of-all": b"3"}
    seen: dict[str, bytes] = {}

    def look(call: Call) -> End:
        folder = call.base / "checkpoints"
        seen.update(
            {path.relative_to(folder).as_posix(): path.read_bytes()
             for path in folder.rglob("*") if path.is_file()}
        )  # fmt: skip
        assert (call.base / "input/config/checkpointconfig.json").exists()
        return trained(call)

    world.algorithm = look
    described(do, job(CheckpointConfig=CONFIG | {"LocalPath": "/opt/ml/checkpoints/"}))

    assert seen == {"a.1": b"1", "model-0/a.2": b"2"}
    assert kept(world) == {"a.1": b"1", "model-0/a.2": b"2"}


def test_what_the_algorithm_deletes_is_deleted_in_s3(world: FakeWorld, do: Do) -> None:
    world.services.buckets["bucket"]["checkpoints/a.1"] = b"1"

    def prune(call: Call) -> End:
        (call.base / "checkpoints/a.1").unlink()
        (call.base / "checkpoints/a.2").write_bytes(b"2")
        return trained(call)

    world.algorithm = prune
    described(do, job(CheckpointConfig=CONFIG))

    assert kept(world) == {"a.2": b"2"}


def test_checkpoints_go_to_s3_while_the_job_runs(world: FakeWorld, do: Do) -> None:
    seen = False

    def wait(call: Call) -> End:
        nonlocal seen
        (call.base / "checkpoints/a.1").write_bytes(b"1")
        while not seen and not call.stop.wait(0.001):  # the test's time limit ends it otherwise
            with world.lock:
                seen = "a.1" in kept(world)
        return trained(call)

    world.algorithm = wait
    assert described(do, job(CheckpointConfig=CONFIG))["TrainingJobStatus"] == "Completed"
    assert seen


@pytest.mark.parametrize(
    "end", [End(1, "it broke"), End(143, stopped=True), End(137, timed_out=True)]
)
def test_checkpoints_stay_however_the_job_ends(world: FakeWorld, do: Do, end: End) -> None:
    world.algorithm = saving("a.1", end=lambda call: end)

    assert described(do, job(CheckpointConfig=CONFIG))["TrainingJobStatus"] != "Completed"
    assert kept(world) == {"a.1": b"a.1"}


def test_a_job_that_a_killed_cloud_begins_anew_goes_on_from_its_checkpoints(
    world: FakeWorld, do: Do
) -> None:
    world.algorithm = saving("a.1", "a.2")
    described(do, job(CheckpointConfig=CONFIG))
    *saved, ended = world.outcomes  # the last one the killed cloud had not told yet
    assert "fate" in ended

    later = FakeWorld()
    later.services.buckets["bucket"] = {"train/a.csv": b"1,2\n"}
    seen: list[list[str]] = []

    def look(call: Call) -> End:
        seen.append(sorted(path.name for path in (call.base / "checkpoints").iterdir()))
        return trained(call)

    later.algorithm = look
    plane = later.plane()
    plane.replaying = True
    plane.call(ACCOUNT, REGION, "CreateTrainingJob", job(CheckpointConfig=CONFIG))
    for told in saved:
        plane.restore(told)
    plane.resume()
    assert plane.settle(10)
    plane.close()

    assert kept(later) == {"a.1": b"a.1", "a.2": b"a.2"}
    assert seen == [["a.1", "a.2"]]


def test_a_change_can_be_repeated(tmp_path: Path) -> None:
    services, repeated = FakeServices(), FakeServices()
    found = Checkpoints(Location("bucket", "c/"), tmp_path)
    (tmp_path / "a").write_bytes(b"1")
    first = found.save(services)
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_bytes(b"2")
    second = found.save(services)

    assert found.save(services) is None
    for change in (first, second):
        assert change is not None
        checkpoints.repeat(change, repeated)
    assert repeated.buckets == services.buckets == {"bucket": {"c/b": b"2"}}


def test_a_file_written_anew_goes_to_s3_anew(tmp_path: Path) -> None:
    services = FakeServices()
    found = Checkpoints(Location("bucket", ""), tmp_path)
    for body in (b"1", b"22"):
        (tmp_path / "a").write_bytes(body)
        found.save(services)
        assert services.buckets["bucket"] == {"a": body}


def test_a_link_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").symlink_to(tmp_path / "secret")
    assert Checkpoints(Location("bucket", "c"), folder).save(FakeServices()) is None


def test_names_in_s3_that_lead_out_of_the_folder_are_left_there(tmp_path: Path) -> None:
    services = FakeServices()
    services.buckets["bucket"] = {"c/../../a": b"x", "c//a": b"x", "c/": b"", "c/b": b"y"}
    folder = tmp_path / "folder"
    folder.mkdir()

    Checkpoints(Location("bucket", "c"), folder).fetch(services)

    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "b"]


def test_a_key_that_cannot_be_a_file_fails_the_download(tmp_path: Path) -> None:
    services = FakeServices()
    services.buckets["bucket"] = {"c/a": b"x", "c/a/b": b"y"}
    with pytest.raises(DownloadFailed, match="cannot be a file called a/b"):
        Checkpoints(Location("bucket", "c"), tmp_path).fetch(services)


def test_a_bucket_that_goes_meanwhile_fails_the_job(world: FakeWorld, do: Do) -> None:
    def drop(call: Call) -> End:
        with world.lock:
            (call.base / "checkpoints/a").write_bytes(b"x")
            del world.services.buckets["other"]
        return trained(call)

    world.services.buckets["other"] = {}
    world.algorithm = drop
    told = described(do, job(CheckpointConfig={"S3Uri": "s3://other/c"}))
    assert told["FailureReason"] == "ClientError: Artifact upload failed:NoSuchBucket (404): other"


def test_the_bucket_of_checkpoints_must_exist(do: Do) -> None:
    message = refused(do, job(CheckpointConfig={"S3Uri": "s3://nowhere/c"}))
    assert message.startswith('There is no bucket "nowhere" for the S3Uri "s3://nowhere/c"')


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/opt/ml/model", "one of SageMaker's own folders"),
        ("/opt/ml/input/data/x", "one of SageMaker's own folders"),
        ("/tmp/x", "is not offered offline"),
        ("/opt/ml", "is not offered offline"),
        ("/opt/ml/../x", "is not offered offline"),
    ],
)
def test_checkpoints_have_a_folder_of_their_own(do: Do, path: str, why: str) -> None:
    assert why in refused(do, job(CheckpointConfig=CONFIG | {"LocalPath": path}))


# Managed spot training


def on_spot(interruptions: str | None = None, *, wait: int = 100, **more: Any) -> dict[str, Any]:
    environment = {} if interruptions is None else {spot.SWITCH: interruptions}
    return job(
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": wait},
        Environment=environment,
        **more,
    )


def test_without_an_interruption_it_is_a_job_like_any_other_and_cheaper(do: Do) -> None:
    told = described(do, on_spot())

    assert statuses(told) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert told["EnableManagedSpotTraining"] is True
    assert told["StoppingCondition"]["MaxWaitTimeInSeconds"] == 100
    assert 0 < told["BillableTimeInSeconds"] < told["TrainingTimeInSeconds"]


def test_a_job_at_the_usual_price_is_billed_for_all_its_time(do: Do) -> None:
    told = described(do, job())
    assert told["BillableTimeInSeconds"] == told["TrainingTimeInSeconds"]


def test_an_interrupted_job_starts_again_and_goes_on_from_what_is_in_s3(
    world: FakeWorld, do: Do
) -> None:
    seen: list[list[str]] = []
    to_come: list[str] = []

    def resuming(call: Call) -> End:
        to_come.append(call.environment[spot.SWITCH])
        folder = call.base / "checkpoints"
        seen.append(sorted(path.name for path in folder.iterdir()))
        done = len(seen[-1])
        for number in range(done, 4):
            (folder / f"a.{number}").write_bytes(b"x")
            call.say(f"[{number}]\ttrain-rmse:{number}.00000")
            if call.stop.is_set():
                # Whatever it does in its last moments, nobody sees.
                (folder / "a.9").write_bytes(b"too late")
                call.say("[9]\ttrain-rmse:9.00000")
                return End(143, stopped=True)
        return trained(call)

    world.algorithm = resuming
    told = described(do, on_spot("2,1", CheckpointConfig=CONFIG))

    assert statuses(told) == [
        "Starting", "Downloading", "Training", "Interrupted",
        "Starting", "Downloading", "Training", "Interrupted",
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert seen == [[], ["a.0", "a.1"], ["a.0", "a.1", "a.2"]]
    assert to_come == ["2,1", "1", ""]
    assert sorted(kept(world)) == ["a.0", "a.1", "a.2", "a.3"]
    ((_, lines),) = world.services.logs.items()
    texts = [text.partition("#011")[0] for _, text in lines]
    assert texts == ["[0]", "[1]", "[2]", "[3]", "[0]", "[1]"]  # the last two are `trained`'s
    assert told["TrainingStartTime"] == told["SecondaryStatusTransitions"][1]["StartTime"]
    assert told["TrainingTimeInSeconds"] > 2 * told["BillableTimeInSeconds"]


def test_without_checkpoints_an_interruption_loses_everything(world: FakeWorld, do: Do) -> None:
    attempts: list[Path] = []

    def run(call: Call) -> End:
        attempts.append(call.base)
        assert not (call.base / "model/half").exists()
        (call.base / "model/half").write_bytes(b"x")
        for number in range(3):
            call.say(f"[{number}]\ttrain-rmse:1.00000")
        return trained(call)

    world.algorithm = run
    told = described(do, on_spot("3"))

    assert told["TrainingJobStatus"] == "Completed"
    assert statuses(told).count("Interrupted") == 1
    assert len(set(attempts)) == 2


def test_a_job_that_ended_before_its_interruption_was_not_interrupted(do: Do) -> None:
    assert "Interrupted" not in statuses(described(do, on_spot("3")))


class Waiting(FakeWorld):
    """A world in which each state lasts ten seconds, and an attempt to train five."""

    def __init__(self) -> None:
        super().__init__()
        self.services.buckets["bucket"] = {"train/a.csv": b"1,2\n"}
        self.seconds = 0.0
        self.ticks = lambda: round(self.seconds * 1e9)
        self.algorithm = self._run
        self.deadlines: list[float | None] = []

    def _wait(self, event: threading.Event, seconds: float) -> bool:
        self.seconds += seconds
        return event.is_set()

    def _run(self, call: Call) -> End:
        self.deadlines.append(call.deadline_s)
        self.seconds += 5
        call.say("[0]\ttrain-rmse:1.00000")
        is_first = len(self.deadlines) == 1
        return End(143, stopped=is_first, timed_out=not is_first)


@pytest.mark.parametrize(
    ("wait", "left", "secondary"),
    # It trained from 10 to 25, and again from 45 on; it looks at the clock at 20 and at 55.
    [(80, [50, 25], "MaxWaitTimeExceeded"), (100, [50, 35], "MaxRuntimeExceeded")],
)
def test_time_runs_over_all_instances_and_waiting_counts_for_the_waiting_time(
    wait: int, left: list[float], secondary: str
) -> None:
    world = Waiting()
    plane = world.plane(pace_s=10)
    plane.call(ACCOUNT, REGION, "CreateTrainingJob", on_spot("1", wait=wait))
    assert plane.settle(600)
    told = plane.call(ACCOUNT, REGION, "DescribeTrainingJob", {"TrainingJobName": "job"})
    plane.close()

    assert world.deadlines == left
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Stopped", secondary)


def test_a_stopped_job_is_not_started_again(world: FakeWorld, do: Do, plane: Any) -> None:
    def run(call: Call) -> End:
        call.say("[0]\ttrain-rmse:1.00000")
        plane.call(ACCOUNT, REGION, "StopTrainingJob", {"TrainingJobName": "job"})
        return End(143, stopped=True)

    world.algorithm = run
    told = described(do, on_spot("1"))
    assert statuses(told) == ["Starting", "Downloading", "Training", "Stopping", "Stopped"]


INVALID = "Invalid MaxWaitTimeInSeconds. "


def test_a_waiting_time_is_for_spot_instances(do: Do) -> None:
    conditions = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}
    assert refused(do, job(StoppingCondition=conditions)) == (
        f"{INVALID}It is only supported when EnableManagedSpotTraining is set to true"
    )


@pytest.mark.parametrize(
    "conditions",
    [
        {"MaxRuntimeInSeconds": 60},
        {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
        {"MaxWaitTimeInSeconds": 60},  # a job may run for a day
    ],
)
def test_spot_instances_need_a_waiting_time_that_is_long_enough(
    do: Do, conditions: dict[str, int]
) -> None:
    request = job(EnableManagedSpotTraining=True, StoppingCondition=conditions)
    assert refused(do, request) == (
        f"{INVALID}It must be present and be greater than or equal to MaxRuntimeInSeconds"
    )


def test_an_algorithm_without_checkpoints_may_not_wait_for_long(do: Do) -> None:
    request = on_spot(wait=3601)
    request["AlgorithmSpecification"]["TrainingImage"] = images.uri(REGION, "kmeans")
    assert refused(do, request) == (
        "MaxWaitTimeInSeconds above 3600 is not supported for the given algorithm."
    )


@pytest.mark.parametrize("text", ["soon", "0", "-1", "1,,2", "1;2", "²"])
def test_an_interruption_comes_after_a_number_of_rounds(do: Do, text: str) -> None:
    assert f"OFFLINE_SPOT_INTERRUPTIONS is '{text}'" in refused(do, on_spot(text))


def test_only_a_spot_instance_is_taken_away(do: Do) -> None:
    request = job(Environment={spot.SWITCH: "1"})
    assert "needs EnableManagedSpotTraining" in refused(do, request)
