"""A tuning job's life, with an algorithm whose scores follow from its hyperparameters."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import ACCOUNT, REGION, Call, End, FakeWorld
from tests.labs.tuning.conftest import GRID, RANGES, RMSE, Ask, Learner, definition, tuning

Jobs = Callable[..., list[dict[str, Any]]]
FINAL = "FinalHyperParameterTuningJobObjectiveMetric"


def create(plane: Plane, **more: Any) -> None:
    plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", tuning(**more))


def training_job(plane: Plane, name: str) -> dict[str, Any]:
    return plane.call(ACCOUNT, REGION, "DescribeTrainingJob", {"TrainingJobName": name})


def value(summary: dict[str, Any]) -> float:
    found: float = summary[FINAL]["Value"]
    return found


# To its end


def test_a_tuning_job_launches_training_jobs_and_names_the_best(tuned: Ask, jobs: Jobs) -> None:
    told = tuned(jobs=5)
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["HyperParameterTuningEndTime"] == told["LastModifiedTime"]
    assert told["TrainingJobStatusCounters"] == {
        "Completed": 5, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0,
    }  # fmt: skip
    assert told["ObjectiveStatusCounters"] == {"Succeeded": 5, "Pending": 0, "Failed": 0}
    best = told["BestTrainingJob"]
    assert value(best) == min(map(value, jobs()))
    assert best[FINAL]["MetricName"] == RMSE
    assert best["ObjectiveStatus"] == "Succeeded"
    assert "OverallBestTrainingJob" not in told
    assert told["ConsumedResources"]["RuntimeInSeconds"] > 0


def test_what_was_asked_for_is_described(tuned: Ask) -> None:
    told, asked = tuned(jobs=1), tuning(jobs=1)
    asked["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] = "Off"
    assert told.items() >= asked.items()
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:hyper-parameter-tuning-job/tune"
    assert told["HyperParameterTuningJobArn"] == arn


def test_each_is_a_training_job_like_others_and_knows_whose_it_is(
    plane: Plane, tuned: Ask, jobs: Jobs, world: FakeWorld
) -> None:
    arn = tuned(jobs=2, request={"Tags": [{"Key": "a", "Value": "b"}]})[
        "HyperParameterTuningJobArn"
    ]
    for number, summary in enumerate(jobs(), 1):
        name = summary["TrainingJobName"]
        assert re.fullmatch(rf"tune-00{number}-[0-9a-f]{{8}}", name)
        job = training_job(plane, name)
        assert job["TuningJobArn"] == arn
        assert job["HyperParameters"] == {
            "num_round": "3",
            "_tuning_objective_metric": RMSE,
            **summary["TunedHyperParameters"],
        }
        assert summary["TunedHyperParameters"].keys() == {"eta", "max_depth"}
        assert summary["TrainingJobArn"] == job["TrainingJobArn"]
        final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
        assert value(summary) == final[RMSE]
        assert f"output/{name}/output/model.tar.gz" in world.services.buckets["bucket"]
        assert world.services.tags["TrainingJob", name] == [{"Key": "a", "Value": "b"}]
    listed = plane.call(ACCOUNT, REGION, "ListTrainingJobs", {"NameContains": "tune-"})
    assert len(listed["TrainingJobSummaries"]) == 2


def test_maximize_looks_for_the_highest(tuned: Ask, jobs: Jobs, learner: Learner) -> None:
    objective = {"Type": "Maximize", "MetricName": "validation:r2"}
    learner.train = lambda call: _told(call, "validation-r2")  # type: ignore[method-assign]
    told = tuned(jobs=5, HyperParameterTuningJobObjective=objective)
    assert value(told["BestTrainingJob"]) == max(map(value, jobs()))


def _told(call: Call, name: str) -> End:
    call.say(f"[0]\t{name}:0.{call.environment['TRAINING_JOB_NAME'][7:8]}")
    return End()


@pytest.mark.parametrize("strategy", ["Random", "Bayesian", "Hyperband"])
def test_the_same_seed_finds_the_same(tuned: Ask, jobs: Jobs, strategy: str) -> None:
    config = {"HyperbandStrategyConfig": {"MaxResource": 3}} if strategy == "Hyperband" else {}
    found = []
    for name in ("one", "two"):
        tuned(name=name, jobs=6, Strategy=strategy, StrategyConfig=config)
        found.append([(each["TunedHyperParameters"], each.get(FINAL)) for each in jobs(name)])
    assert found[0] == found[1]
    assert len({str(point) for point, _ in found[0]}) == 6


@pytest.mark.parametrize("strategy", ["Random", "Hyperband"])
def test_points_do_not_depend_on_how_many_run_at_once(
    tuned: Ask, jobs: Jobs, strategy: str
) -> None:
    config = {"HyperbandStrategyConfig": {"MaxResource": 3}} if strategy == "Hyperband" else {}
    points = []
    for name, parallel in (("one", 1), ("five", 5)):
        tuned(name=name, jobs=6, parallel=parallel, Strategy=strategy, StrategyConfig=config)
        points.append([each["TunedHyperParameters"] for each in jobs(name)])
    assert points[0] == points[1]


def test_without_a_seed_each_search_is_another(plane: Plane, ask: Ask, jobs: Jobs) -> None:
    for name in ("one", "two"):
        request = tuning(name, jobs=1)
        del request["HyperParameterTuningJobConfig"]["RandomSeed"]
        plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)
    assert plane.settle(30)
    assert jobs("one")[0]["TunedHyperParameters"] != jobs("two")[0]["TunedHyperParameters"]


def test_grid_tries_each_combination_once(tuned: Ask, jobs: Jobs) -> None:
    told = tuned(jobs=None, Strategy="Grid", ParameterRanges=GRID, parallel=3)
    assert told["TrainingJobStatusCounters"]["Completed"] == 6
    assert [tuple(each["TunedHyperParameters"].values()) for each in jobs()] == [
        ("0.1", "2"), ("0.1", "4"), ("0.1", "6"), ("0.5", "2"), ("0.5", "4"), ("0.5", "6"),
    ]  # fmt: skip


# At once


class Gate(Learner):
    """Lets training jobs go on when the test says so."""

    def __init__(self, reached: int) -> None:
        super().__init__()
        self.barrier = threading.Barrier(reached + 1)
        self.open = threading.Event()

    def train(self, call: Call) -> End:
        if not self.open.is_set():
            self.barrier.wait(10)
            while not self.open.wait(0.01):
                if call.stop.is_set():
                    return End(143, stopped=True)
        return super().train(call)


def test_no_more_than_the_limit_are_in_progress(plane: Plane, world: FakeWorld, ask: Ask) -> None:
    world.algorithm = gate = Gate(2)
    create(plane, jobs=7, parallel=3)
    gate.barrier.wait(10)  # two train, which is all that the world does at once
    told = ask("DescribeHyperParameterTuningJob")
    assert told["TrainingJobStatusCounters"]["InProgress"] == 3
    assert told["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 3, "Failed": 0}
    assert told["HyperParameterTuningJobStatus"] == "InProgress"
    assert "BestTrainingJob" not in told
    gate.open.set()
    assert plane.settle(30)
    assert gate.most_at_once == 2
    assert ask("DescribeHyperParameterTuningJob")["TrainingJobStatusCounters"]["Completed"] == 7


def test_many_tuning_jobs_and_others_share_the_world_without_waiting_for_each_other(
    plane: Plane, learner: Learner, ask: Ask
) -> None:
    for number in range(8):
        create(plane, name=f"tune{number}", jobs=4, parallel=3)
    assert plane.settle(30)
    assert learner.most_at_once <= 2
    for number in range(8):
        told = ask("DescribeHyperParameterTuningJob", f"tune{number}")
        assert told["HyperParameterTuningJobStatus"] == "Completed"


# Stopping


def test_a_stopped_tuning_job_stops_its_jobs_and_launches_no_more(
    plane: Plane, world: FakeWorld, ask: Ask, jobs: Jobs
) -> None:
    world.algorithm = gate = Gate(2)
    create(plane, jobs=7, parallel=3)
    gate.barrier.wait(10)
    assert ask("StopHyperParameterTuningJob") == {}
    assert ask("DescribeHyperParameterTuningJob")["HyperParameterTuningJobStatus"] == "Stopping"
    with pytest.raises(Refused, match="in status Stopping"):
        ask("StopHyperParameterTuningJob")
    assert plane.settle(30)
    told = ask("DescribeHyperParameterTuningJob")
    assert told["HyperParameterTuningJobStatus"] == "Stopped"
    assert told["TrainingJobStatusCounters"]["Stopped"] == len(jobs()) == 3
    assert told["ObjectiveStatusCounters"]["Failed"] == 3
    with pytest.raises(Refused, match="in status Stopped"):
        ask("StopHyperParameterTuningJob")


def test_a_training_job_that_somebody_stops_makes_room_for_the_next(
    plane: Plane, world: FakeWorld, ask: Ask, jobs: Jobs
) -> None:
    world.algorithm = gate = Gate(1)
    create(plane, jobs=2)
    gate.barrier.wait(10)
    (first,) = jobs()
    gate.barrier = threading.Barrier(1)
    plane.call(ACCOUNT, REGION, "StopTrainingJob", {"TrainingJobName": first["TrainingJobName"]})
    gate.open.set()
    assert plane.settle(30)
    assert [each["TrainingJobStatus"] for each in jobs()] == ["Stopped", "Completed"]
    assert ask("DescribeHyperParameterTuningJob")["HyperParameterTuningJobStatus"] == "Completed"


def test_a_tuning_job_that_is_over_can_be_deleted_and_its_jobs_stay(
    plane: Plane, tuned: Ask, ask: Ask, jobs: Jobs
) -> None:
    tuned(jobs=1)
    (job,) = jobs()
    assert ask("DeleteHyperParameterTuningJob") == {}
    with pytest.raises(Refused, match=r"Requested resource not found\.") as refused:
        ask("DescribeHyperParameterTuningJob")
    assert refused.value.code == "ResourceNotFound"
    assert training_job(plane, job["TrainingJobName"])["TrainingJobStatus"] == "Completed"
    tuned(jobs=1)
    assert jobs()[0]["TrainingJobName"] != job["TrainingJobName"]


def test_one_that_runs_cannot_be_deleted(plane: Plane, world: FakeWorld, ask: Ask) -> None:
    world.algorithm = gate = Gate(1)
    create(plane)
    gate.barrier.wait(10)
    with pytest.raises(Refused, match="tune is in status InProgress"):
        ask("DeleteHyperParameterTuningJob")
    gate.open.set()
    assert plane.settle(30)


def test_a_training_job_that_is_deleted_is_still_listed(
    plane: Plane, tuned: Ask, ask: Ask, jobs: Jobs
) -> None:
    before = tuned(jobs=2)
    for each in jobs():
        name = each["TrainingJobName"]
        plane.call(ACCOUNT, REGION, "DeleteTrainingJob", {"TrainingJobName": name})
    assert len(jobs()) == 2
    assert ask("DescribeHyperParameterTuningJob") == before


# Early stopping


def slow_and_fast(given: dict[str, str]) -> list[float]:
    """The deeper, the worse, from beginning to end."""
    return [int(given["max_depth"]) + 10 / (1 + number) for number in range(30)]


def test_auto_stops_what_is_worse_than_the_median_and_off_nothing(
    tuned: Ask, jobs: Jobs, learner: Learner
) -> None:
    learner.curve = slow_and_fast  # type: ignore[assignment]
    for kind in ("Off", "Auto"):
        tuned(name=kind, jobs=12, TrainingJobEarlyStoppingType=kind)
    off, auto = jobs("Off"), jobs("Auto")
    assert {each["TrainingJobStatus"] for each in off} == {"Completed"}
    assert [each["TrainingJobStatus"] for each in auto[:3]] == ["Completed"] * 3
    stopped = [each for each in auto if each["TrainingJobStatus"] == "Stopped"]
    assert stopped
    assert [each["TunedHyperParameters"] for each in off] == [
        each["TunedHyperParameters"] for each in auto
    ]
    assert min(map(value, off)) == min(map(value, auto))
    for each in stopped:
        curve = [round(told, 5) for told in slow_and_fast(each["TunedHyperParameters"])]
        assert curve.index(value(each)) >= 10, "judged after its first ten epochs"
        assert each["ObjectiveStatus"] == "Succeeded"


def test_a_job_that_is_stopped_early_counts_as_stopped(
    tuned: Ask, learner: Learner, jobs: Jobs, plane: Plane
) -> None:
    learner.curve = slow_and_fast  # type: ignore[assignment]
    told = tuned(jobs=12, TrainingJobEarlyStoppingType="Auto")
    counters = told["TrainingJobStatusCounters"]
    assert counters["Stopped"] > 0
    assert counters["Completed"] + counters["Stopped"] == 12
    assert told["ObjectiveStatusCounters"]["Succeeded"] == 12
    for each in jobs(StatusEquals="Stopped"):
        job = training_job(plane, each["TrainingJobName"])
        final = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
        assert final[RMSE] == value(each), "what it told later is no metric"
        assert "Stopping" in [one["Status"] for one in job["SecondaryStatusTransitions"]]


def test_a_job_that_has_ended_by_itself_by_then_is_stopped_all_the_same(
    tuned: Ask, learner: Learner, jobs: Jobs
) -> None:
    def train(call: Call) -> End:
        depth = int(call.environment["TRAINING_JOB_NAME"][7:8])
        for number in range(30):
            call.say(f"[{number}]\tvalidation-rmse:{depth}")
        return End()  # never looks whether it is to stop

    learner.train = train  # type: ignore[method-assign]
    tuned(jobs=6, TrainingJobEarlyStoppingType="Auto")
    assert [each["TrainingJobStatus"] for each in jobs()] == ["Completed"] * 3 + ["Stopped"] * 3
    assert [value(each) for each in jobs()] == [1, 2, 3, 4, 5, 6]


def test_hyperband_lets_the_better_ones_train_longer(
    tuned: Ask, learner: Learner, jobs: Jobs
) -> None:
    learner.curve = slow_and_fast  # type: ignore[assignment]
    told = tuned(
        jobs=30,
        static={"num_round": "30"},
        Strategy="Hyperband",
        StrategyConfig={"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 27}},
    )
    rounds = {}
    for each in jobs():
        curve = [round(told_, 5) for told_ in slow_and_fast(each["TunedHyperParameters"])]
        rounds[each["TrainingJobName"]] = curve.index(value(each)) + 1
    assert {*rounds.values()} == {1, 3, 9, 27}
    assert told["TrainingJobStatusCounters"]["Stopped"] == 30, "also those that reached the most"
    assert rounds[told["BestTrainingJob"]["TrainingJobName"]] == 27


def test_hyperband_lets_a_job_end_by_itself_in_its_last_round(tuned: Ask, jobs: Jobs) -> None:
    band = {"HyperbandStrategyConfig": {"MinResource": 3, "MaxResource": 3}}
    for name, rounds, status in (("same", "3", "Completed"), ("more", "4", "Stopped")):
        told = tuned(
            name=name,
            jobs=2,
            Strategy="Hyperband",
            StrategyConfig=band,
            static={"num_round": rounds},
        )
        assert {each["TrainingJobStatus"] for each in jobs(name)} == {status}
        assert told["BestTrainingJob"]["TrainingJobStatus"] == status


def test_hyperband_takes_the_most_from_the_hyperparameters(
    tuned: Ask, learner: Learner, jobs: Jobs
) -> None:
    static = {"predictor_type": "regressor", "epochs": "4"}
    learner.train = lambda call: End()  # type: ignore[method-assign]
    from labs.cloud import images

    specification = {
        "TrainingImage": images.uri(REGION, "linear_learner"),
        "TrainingInputMode": "File",
    }
    told = tuned(
        jobs=2,
        Strategy="Hyperband",
        static=static,
        definition={"AlgorithmSpecification": specification},
        HyperParameterTuningJobObjective={
            "Type": "Minimize",
            "MetricName": "validation:objective_loss",
        },
        ParameterRanges={
            "ContinuousParameterRanges": [{"Name": "l1", "MinValue": "0.001", "MaxValue": "1"}]
        },
    )
    assert told["HyperParameterTuningJobStatus"] == "Failed"  # nothing was told
    assert "No objective metrics found" in told["FailureReason"]


# When it ends before its time


def test_it_ends_when_the_target_is_met(tuned: Ask, jobs: Jobs) -> None:
    told = tuned(jobs=20, TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.5})
    values = [*map(value, jobs())]
    assert len(values) < 20
    assert values[-1] <= 0.5 < min(values[:-1], default=1)
    assert told["HyperParameterTuningJobStatus"] == "Completed"


def test_it_ends_when_the_best_does_not_improve(tuned: Ask, learner: Learner) -> None:
    learner.curve = lambda _: [1.0]
    told = tuned(
        jobs=20,
        TuningJobCompletionCriteria={
            "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}
        },
    )
    assert told["TrainingJobStatusCounters"]["Completed"] == 4
    details = told["TuningJobCompletionDetails"]
    assert details == {"NumberOfTrainingJobsObjectiveNotImproving": 3}


def test_it_ends_when_its_time_is_up(tuned: Ask, learner: Learner) -> None:
    # each look at the clock is a second, and every round is one
    learner.curve = lambda _: [1.0] * 20
    told = tuned(jobs=500, limits={"MaxRuntimeInSeconds": 120})
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert 1 < sum(told["TrainingJobStatusCounters"].values()) < 50
    assert told["TrainingJobStatusCounters"]["Stopped"] == 1
    assert told["ConsumedResources"]["RuntimeInSeconds"] >= 120


def test_a_job_gets_no_more_time_than_the_tuning_job_has(tuned: Ask, learner: Learner) -> None:
    given: list[float | None] = []

    def train(call: Call) -> End:
        given.append(call.deadline_s)
        return End()

    learner.train = train  # type: ignore[method-assign]
    tuned(jobs=2, limits={"MaxRuntimeInSeconds": 130})
    long = definition(StoppingCondition={"MaxRuntimeInSeconds": 86_400})
    tuned(name="b", jobs=1, limits={"MaxRuntimeInSeconds": 130}, definition=long)
    assert given[0] == 60
    assert given[-1] is not None
    assert given[-1] <= 130


def test_it_fails_when_five_jobs_in_a_row_fail(tuned: Ask, learner: Learner, jobs: Jobs) -> None:
    learner.train = lambda call: End(1, failure="no such column")  # type: ignore[method-assign]
    told = tuned(jobs=20)
    assert told["HyperParameterTuningJobStatus"] == "Failed"
    assert told["FailureReason"].startswith("No training job succeeded after 5 attempts.")
    assert told["TrainingJobStatusCounters"]["NonRetryableError"] == 5
    assert told["ObjectiveStatusCounters"]["Failed"] == 5
    assert "BestTrainingJob" not in told
    assert "no such column" in jobs()[0]["FailureReason"]


def test_it_fails_when_no_job_has_told_its_objective(tuned: Ask, learner: Learner) -> None:
    learner.train = lambda call: End()  # type: ignore[method-assign]
    told = tuned(jobs=3)
    assert told["HyperParameterTuningJobStatus"] == "Failed"
    assert "No objective metrics found after running 3 training jobs" in told["FailureReason"]


def test_one_failed_job_among_others_is_counted_and_no_more(tuned: Ask, learner: Learner) -> None:
    usual = learner.train

    def train(call: Call) -> End:
        is_second = call.environment["TRAINING_JOB_NAME"].startswith("tune-002")
        return End(1, failure="bad luck") if is_second else usual(call)

    learner.train = train  # type: ignore[method-assign]
    told = tuned(jobs=4)
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert told["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 1}


def test_a_fault_of_the_search_fails_it_and_not_the_training_job(
    tuned: Ask, world: FakeWorld, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    def tag(kind: str, name: str, arn: str, tags: Any) -> None:
        if name.startswith("tune-003"):
            raise ZeroDivisionError("of the search")

    world.services.tag = tag  # type: ignore[method-assign]
    told = tuned(jobs=5)
    assert told["HyperParameterTuningJobStatus"] == "Failed"
    assert "of the search" in told["FailureReason"]
    assert [each["TrainingJobStatus"] for each in jobs()] == ["Completed", "Completed", "Stopped"]
    assert "tuning job tune" in caplog.text


# Lists


def test_the_training_jobs_are_listed_in_every_order(tuned: Ask, jobs: Jobs, ask: Ask) -> None:
    tuned(jobs=4)
    names = [each["TrainingJobName"] for each in jobs()]
    assert names == sorted(names)
    backwards = jobs(SortBy="CreationTime", SortOrder="Descending")
    assert [each["TrainingJobName"] for each in backwards] == names[::-1]
    by_value = [*map(value, jobs(SortBy="FinalObjectiveMetricValue"))]
    assert by_value == sorted(by_value)
    assert jobs(SortBy="Status", StatusEquals="Failed") == []
    first = ask("ListTrainingJobsForHyperParameterTuningJob", MaxResults=3)
    rest = ask(
        "ListTrainingJobsForHyperParameterTuningJob", MaxResults=3, NextToken=first["NextToken"]
    )
    both = first["TrainingJobSummaries"] + rest["TrainingJobSummaries"]
    assert [each["TrainingJobName"] for each in both] == names
    assert "NextToken" not in rest


def test_jobs_without_an_objective_are_not_listed_by_it(
    tuned: Ask, learner: Learner, jobs: Jobs
) -> None:
    learner.train = lambda call: End(1, failure="no")  # type: ignore[method-assign]
    tuned(jobs=2)
    assert len(jobs()) == 2
    assert jobs(SortBy="FinalObjectiveMetricValue") == []


def test_tuning_jobs_are_listed_by_name(tuned: Ask, plane: Plane) -> None:
    for name in ("b", "a", "c"):
        tuned(name=name, jobs=1)
    answer = plane.call(ACCOUNT, REGION, "ListHyperParameterTuningJobs", {"MaxResults": 2})
    found = answer["HyperParameterTuningJobSummaries"]
    assert [each["HyperParameterTuningJobName"] for each in found] == ["a", "b"]
    assert found[0]["Strategy"] == "Random"
    assert found[0]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 1
    assert answer["NextToken"] == "2"
    none = plane.call(ACCOUNT, REGION, "ListHyperParameterTuningJobs", {"StatusEquals": "Failed"})
    assert none["HyperParameterTuningJobSummaries"] == []


# Several definitions


def test_several_definitions_take_turns(tuned: Ask, jobs: Jobs) -> None:
    several = [
        definition(
            DefinitionName=name,
            TuningObjective={"Type": "Minimize", "MetricName": RMSE},
            HyperParameterRanges=RANGES,
            static={"num_round": rounds},
        )
        for name, rounds in (("short", "2"), ("long", "6"))
    ]
    request = {"TrainingJobDefinition": None, "TrainingJobDefinitions": several}
    told = tuned(
        jobs=6, request=request, HyperParameterTuningJobObjective=None, ParameterRanges=None
    )
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert "TrainingJobDefinition" not in told
    assert [each["TrainingJobDefinitionName"] for each in jobs()] == ["short", "long"] * 3
    assert told["BestTrainingJob"]["TrainingJobDefinitionName"] == "long"


# As others are told


def test_a_reset_forgets_it(plane: Plane, world: FakeWorld, ask: Ask, do: Do) -> None:
    world.algorithm = gate = Gate(1)
    create(plane)
    gate.barrier.wait(10)
    plane.reset()
    gate.open.set()
    assert plane.settle(10)
    assert do("ListHyperParameterTuningJobs")["HyperParameterTuningJobSummaries"] == []
    assert do("ListTrainingJobs")["TrainingJobSummaries"] == []
