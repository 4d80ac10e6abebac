"""A cloud that is started anew: what its tuning jobs were told becomes of them again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from labs.cloud.plane import Plane
from tests.labs.cloud.fakes import ACCOUNT, REGION, Call, End, FakeWorld
from tests.labs.tuning.conftest import Learner, tuning

STRATEGIES = ["Random", "Bayesian"]


def ask(plane: Plane, operation: str, name: str = "tune", **more: Any) -> dict[str, Any]:
    request = {"HyperParameterTuningJobName": name, **more}
    return plane.call(ACCOUNT, REGION, operation, request)


def seen(plane: Plane, name: str = "tune") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    jobs = ask(plane, "ListTrainingJobsForHyperParameterTuningJob", name, MaxResults=100)
    return ask(plane, "DescribeHyperParameterTuningJob", name), jobs["TrainingJobSummaries"]


def written(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outcomes as they come back from the disk."""
    texts = json.dumps(outcomes, default=lambda value: {"bytes": value.decode("latin-1")})

    def read(value: dict[str, Any]) -> Any:
        return value["bytes"].encode("latin-1") if value.keys() == {"bytes"} else value

    back: list[dict[str, Any]] = json.loads(texts, object_hook=read)
    return back


@contextmanager
def again(
    *records: dict[str, Any], algorithm: Callable[[Call], End] | None = None
) -> Iterator[tuple[Plane, FakeWorld]]:
    """A new cloud after a record, in which a call is {"call": operation, ...}."""
    world = FakeWorld()
    world.services.buckets["bucket"] = {"train/a.csv": b"1,2\n"}
    world.algorithm = algorithm or Learner()
    plane = world.plane()
    plane.replaying = True
    for record in records:
        if "call" in record:
            request = {key: value for key, value in record.items() if key != "call"}
            plane.call(ACCOUNT, REGION, record["call"], request)
        else:
            plane.restore(record)
    plane.resume()
    assert plane.settle(30)
    yield plane, world
    plane.close()


def created(**more: Any) -> dict[str, Any]:
    return {"call": "CreateHyperParameterTuningJob", **tuning(**more)}


def recorded(world: FakeWorld, plane: Plane, **more: Any) -> list[dict[str, Any]]:
    """The record of a tuning job that ran to its end."""
    plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", tuning(**more))
    assert plane.settle(30)
    return [created(**more), *written(world.outcomes)]


def never(call: Call) -> End:
    return pytest.fail("it ran again")


def times_apart(told: Mapping[str, Any]) -> dict[str, Any]:
    """Without the times that the fake clock, which counts its looks, cannot repeat."""
    return {key: value for key, value in told.items() if key != "CreationTime"}


@pytest.mark.parametrize("early", ["Off", "Auto"])
def test_one_that_is_over_is_as_it_was(
    plane: Plane, world: FakeWorld, learner: Learner, early: str
) -> None:
    learner.curve = lambda given: [float(given["max_depth"])] * 20
    record = recorded(world, plane, jobs=8, TrainingJobEarlyStoppingType=early)
    before, jobs = seen(plane)
    assert bool(before["TrainingJobStatusCounters"]["Stopped"]) == (early == "Auto")
    with again(*record, algorithm=never) as (other, later):
        after, those = seen(other)
        assert times_apart(after) == times_apart(before)
        assert those == jobs
        assert later.outcomes == []
        name = {"TrainingJobName": jobs[0]["TrainingJobName"]}
        arn = other.call(ACCOUNT, REGION, "DescribeTrainingJob", name)["TuningJobArn"]
        assert arn == before["HyperParameterTuningJobArn"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_one_that_was_cut_off_anywhere_goes_on_to_the_same_end(
    plane: Plane, world: FakeWorld, learner: Learner, strategy: str
) -> None:
    record = recorded(world, plane, jobs=5, Strategy=strategy)
    before, jobs = seen(plane)
    for length in range(1, len(record)):
        with again(*record[:length]) as (other, _):
            after, those = seen(other)
            assert after["HyperParameterTuningJobStatus"] == "Completed"
            assert after["TrainingJobStatusCounters"] == before["TrainingJobStatusCounters"]
            points = [each["TunedHyperParameters"] for each in those]
            assert points == [each["TunedHyperParameters"] for each in jobs], length
            names = [each["TrainingJobName"] for each in those]
            assert len({*names}) == 5
            told = [each["launched"]["name"] for each in record[:length] if "launched" in each]
            assert names[: len(told)] == told, "a job that was launched keeps its name"


def test_a_job_that_ran_begins_anew_and_is_judged_anew(
    plane: Plane, world: FakeWorld, learner: Learner
) -> None:
    learner.curve = lambda given: [float(given["max_depth"])] * 20
    record = recorded(world, plane, jobs=8, TrainingJobEarlyStoppingType="Auto")
    _, jobs = seen(plane)
    stopped = next(n for n, each in enumerate(jobs) if each["TrainingJobStatus"] == "Stopped")
    place = next(
        n
        for n, each in enumerate(record)
        if each.get("launched", {}).get("name") == jobs[stopped]["TrainingJobName"]
    )
    with again(*record[: place + 1], algorithm=Learner(learner.curve)) as (other, _):
        _, those = seen(other)
        assert [each["TrainingJobStatus"] for each in those] == [
            each["TrainingJobStatus"] for each in jobs
        ]


def test_one_that_was_to_stop_is_stopped(plane: Plane, world: FakeWorld, learner: Learner) -> None:
    record = recorded(world, plane, jobs=5)
    stop = {"call": "StopHyperParameterTuningJob", "HyperParameterTuningJobName": "tune"}
    for length in range(1, len(record)):
        with again(*record[:length], stop) as (other, _):
            after, those = seen(other)
            if after["TrainingJobStatusCounters"]["Completed"] < 5:
                assert after["HyperParameterTuningJobStatus"] == "Stopped"
            assert len(those) == sum("launched" in each for each in record[:length])


def test_a_deleted_one_stays_deleted_and_its_jobs_stay(
    plane: Plane, world: FakeWorld, learner: Learner
) -> None:
    record = recorded(world, plane, jobs=2)
    delete = {"call": "DeleteHyperParameterTuningJob", "HyperParameterTuningJobName": "tune"}
    with again(*record, delete, algorithm=never) as (other, _):
        listed = other.call(ACCOUNT, REGION, "ListHyperParameterTuningJobs", {})
        assert listed["HyperParameterTuningJobSummaries"] == []
        jobs = other.call(ACCOUNT, REGION, "ListTrainingJobs", {})["TrainingJobSummaries"]
        assert [each["TrainingJobStatus"] for each in jobs] == ["Completed"] * 2


def test_a_child_still_knows_its_parent(plane: Plane, world: FakeWorld, learner: Learner) -> None:
    first = recorded(world, plane, name="parent", jobs=4, Strategy="Bayesian")
    world.outcomes.clear()
    config = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "parent"}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    more = {"Strategy": "Bayesian", "request": {"WarmStartConfig": config}}
    second = recorded(world, plane, name="child", jobs=3, **more)
    _, jobs = seen(plane, "child")
    with again(*first, second[0]) as (other, _):
        after, those = seen(other, "child")
        assert [each["TunedHyperParameters"] for each in those] == [
            each["TunedHyperParameters"] for each in jobs
        ]
        assert "OverallBestTrainingJob" in after


def test_outcomes_come_after_their_call_and_never_within_it(
    plane: Plane, world: FakeWorld, learner: Learner
) -> None:
    before = len(world.outcomes)
    with world.lock:
        plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", tuning(jobs=2))
        assert len(world.outcomes) == before
    assert plane.settle(30)
    kinds = [(each["kind"], *({*each} & {"launched", "ended", "fate"})) for each in world.outcomes]
    assert kinds == [
        ("tuning-job", "launched"),
        ("training-job", "fate"),
        ("tuning-job", "launched"),
        ("training-job", "fate"),
        ("tuning-job", "ended"),
    ]
