"""The first lab: its solution passes, its starter says what is missing, its fault is found."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from labs.cloud.plane import Plane
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("train_xgboost")]

LAB = catalogue.load("train_xgboost")


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    return desk


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_runs_and_names_the_first_step(fresh: Make) -> None:
    desk = fresh()
    ran = desk.run("starter.py")
    assert "341 rows to train on, 114 to validate, 114 to test." in ran.out
    assert ran.left == "Step 1 is still to be written: upload() in starter.py."
    assert desk.failing() == [check.id for check in LAB.checks]


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []


def test_the_report_shows_what_the_guide_says_of_the_two_losses(solved: Desk) -> None:
    report = json.loads(solved.get("report.json") or b"")
    verdict = solved.look("rounds-read")
    assert 10 <= report["best_round"] <= 20, "the guide says: after some fifteen rounds"
    best = float(verdict.saw.rpartition(" ")[2])
    assert report["validation_logloss"] > 2 * best, "the guide says: worse than twice its best"
    assert report["train_logloss"] < 0.01


def test_the_fault_fails_as_the_guide_says(solved: Desk) -> None:
    job = solved.client("sagemaker").describe_training_job(TrainingJobName="train-xgboost-fault")
    assert job["TrainingJobStatus"] == "Failed"
    assert "LIBSVM" in job["FailureReason"]
    assert "ContentType" not in job["InputDataConfig"][0]
    lines = solved.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="train-xgboost-fault/"
    )["events"]
    assert any("LIBSVM" in line["message"] for line in lines)


def test_planting_the_fault_twice_is_one_fault(solved: Desk) -> None:
    assert "Started train-xgboost-fault" in solved.run("fault.py").out


# What each check says where it does not hold


def rows(count: int, label: float = 1.0, width: int = 31) -> str:
    cells = [f"{label:g}", *("0.5" for _ in range(width - 1))]
    return "".join(f"{','.join(cells)}\n" for _ in range(count))


@pytest.mark.parametrize(
    ("body", "saw", "then"),
    [
        ("label,a,b\n" + rows(2), "train.csv, line 1 is not numbers: 'label,a,b'", "No header"),
        (rows(2, width=30), "have [30] columns", "make 31"),
        (rows(2, label=17.99), "The first column", "The label stands first"),
    ],
)
def test_training_rows_of_another_shape_are_told(
    fresh: Make, body: str, saw: str, then: str
) -> None:
    desk = fresh()
    desk.put("train/train.csv", body)
    verdict = desk.look("training-data")
    assert not verdict.passed
    assert saw in verdict.saw
    assert then in verdict.next


def test_training_rows_that_are_validated_on_are_told(fresh: Make) -> None:
    desk = fresh()
    desk.put("train/a.csv", rows(2))
    desk.put("train/b.csv", rows(1, label=0.0))
    desk.put("validation/validation.csv", rows(1, label=0.0))
    assert desk.look("training-data").saw == "3 rows of 31 columns, label first"
    verdict = desk.look("validation-data")
    assert verdict.saw == "1 of 1 validation rows are training rows"


def channel(desk: Desk, name: str, folder: str | None = None, **more: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{desk.account.bucket}/{desk.prefix}/{folder or name}/",
    }
    told = {"ContentType": "text/csv", **more}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **told}


def start(desk: Desk, name: str, *channels: dict[str, Any], limit: int = 600, **told: str) -> str:
    """Start a job; its whole name."""
    request: dict[str, Any] = desk.module("fault")["job"](f"{desk.prefix}-{name}", {})
    request["InputDataConfig"] = list(channels)
    request["HyperParameters"] = {"objective": "binary:logistic", "num_round": "2", **told}
    request["StoppingCondition"] = {"MaxRuntimeInSeconds": limit}
    desk.client("sagemaker").create_training_job(**request)
    return f"{desk.prefix}-{name}"


def ended(desk: Desk, job: str) -> None:
    """Wait for the end of a job, whatever it is."""
    waiter = desk.client("sagemaker").get_waiter("training_job_completed_or_stopped")
    with contextlib.suppress(WaiterError):  # that is how it tells that one has failed
        waiter.wait(TrainingJobName=job, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000})


def train(desk: Desk, name: str, *channels: str, limit: int = 600, **told: str) -> None:
    ended(desk, start(desk, name, *(channel(desk, one) for one in channels), limit=limit, **told))


@pytest.fixture
def prepared(fresh: Make, solved: Desk) -> Desk:
    """A desk whose data is uploaded."""
    desk = fresh()
    for name in ("train/train.csv", "validation/validation.csv"):
        desk.put(name, solved.get(name) or b"")
    return desk


def test_a_job_without_a_validation_channel_is_told(prepared: Desk) -> None:
    train(prepared, "one", "train")
    verdicts = prepared.check()
    saw = f"{prepared.prefix}-one completed, but its channels are train"
    assert verdicts["job-completed"].saw == saw
    assert verdicts["right-objective"].saw == "No job with both channels has completed yet"


def test_a_job_with_another_objective_is_told(prepared: Desk) -> None:
    train(prepared, "two", "train", "validation", objective="reg:squarederror")
    verdicts = prepared.check()
    assert verdicts["job-completed"].passed
    assert verdicts["right-objective"].saw.endswith("has the objective reg:squarederror")


def test_a_job_that_failed_is_told_with_its_reason(prepared: Desk) -> None:
    train(prepared, "bad", "train", "validation", objective="binary:logistics")
    verdict = prepared.look("job-completed")
    assert verdict.saw.startswith(f"{prepared.prefix}-bad failed: ")
    assert "objective" in verdict.saw
    assert verdict.next == "Read its FailureReason whole."


def test_a_job_that_may_run_for_a_day_is_told(prepared: Desk) -> None:
    train(prepared, "long", "train", "validation", limit=86400)
    saw = f"{prepared.prefix}-long may run for 24 hours"
    assert prepared.look("right-objective").saw == saw


def test_a_job_that_runs_still_is_waited_for_and_stopped_by_a_clean(prepared: Desk) -> None:
    name = start(prepared, "slow", channel(prepared, "train"), num_round="1000000")
    assert prepared.look("job-completed").saw == f"{name} is InProgress"
    assert not [fate for fate in prepared.clean() if fate.why]


def changed(desk: Desk, **fields: object) -> str:
    return json.dumps({**json.loads(desk.get("report.json") or b""), **fields})


@pytest.mark.parametrize(
    ("fields", "check", "saw"),
    [
        (
            {"job": "another"},
            "metrics-read",
            "names the job 'another', which is none of this lab's",
        ),
        ({"train_logloss": 0.5}, "metrics-read", "says train_logloss 0.5; the job's last was"),
        ({"validation_logloss": "?"}, "metrics-read", "says validation_logloss '?'; the job's"),
        ({"best_round": 59}, "rounds-read", "says best_round 59; the log of 60 rounds says"),
        ({"best_round": "16"}, "rounds-read", "says best_round '16'; the log of 60 rounds says"),
    ],
)
def test_a_report_that_is_not_what_the_job_said_is_told(
    solved: Desk, fields: dict[str, object], check: str, saw: str
) -> None:
    with solved.instead("report.json", changed(solved, **fields)):
        verdict = solved.look(check)
    assert not verdict.passed
    assert saw in verdict.saw


@pytest.mark.parametrize("body", [None, "not JSON", "[1]", b"\xff"])
def test_a_report_that_is_none_is_told(solved: Desk, body: str | bytes | None) -> None:
    with solved.instead("report.json", body):
        verdicts = solved.check()
    for check in ("metrics-read", "rounds-read"):
        assert "There is no JSON object in s3://" in verdicts[check].saw


def scores(desk: Desk) -> list[float]:
    return [float(line) for line in (desk.get("predictions.csv") or b"").split()]


def as_lines(values: list[float]) -> str:
    return "".join(f"{value}\n" for value in values)


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (lambda told: "malignant\n", "line 1 is not numbers"),
        (lambda told: as_lines(told[:-1]), "113 predictions for 114 test rows"),
        (lambda told: as_lines([round(one) for one in told]), "predictions differ from what"),
        (lambda told: "", "0 predictions for 114 test rows"),
        (lambda told: as_lines([math.nan] * len(told)), "predictions differ from what"),
    ],
)
def test_predictions_that_are_not_the_models_are_told(
    solved: Desk, change: Callable[[list[float]], str], saw: str
) -> None:
    with solved.instead("predictions.csv", change(scores(solved))):
        verdict = solved.look("predictions")
    assert not verdict.passed
    assert saw in verdict.saw


def test_an_archive_that_is_broken_is_told(solved: Desk) -> None:
    job = json.loads(solved.get("report.json") or b"")["job"]
    with solved.instead(f"output/{job}/output/model.tar.gz", b"no archive"):
        assert "holds no xgboost-model" in solved.look("predictions").saw


def test_the_repair_is_followed_step_by_step(prepared: Desk) -> None:
    def saw() -> str:
        return prepared.look("repaired").saw

    prefix = prepared.prefix
    assert saw() == "The fault has not been planted yet"
    ended(prepared, prepared.module("fault")["plant"]())
    assert saw() == f"There is no job whose name begins with {prefix}-repaired yet"
    train(prepared, "repaired-1", "train")
    assert saw().startswith(f"{prefix}-repaired-1 reads s3://")
    unread = channel(prepared, "train", "fault")
    del unread["ContentType"]
    ended(prepared, start(prepared, "repaired-2", unread))
    assert saw().startswith(f"{prefix}-repaired-2 is Failed. ")
    ended(prepared, start(prepared, "repaired-3", channel(prepared, "train", "fault")))
    assert prepared.look("repaired").passed


# The way back


def test_a_cleaned_lab_has_left_nothing_and_its_neighbours_stay(
    prepared: Desk, solved: Desk
) -> None:
    train(prepared, "one", "train")
    fates = prepared.clean()
    assert {fate.thing.kind for fate in fates} == {"training job", "log stream", "object"}
    assert not [fate for fate in fates if fate.why]
    assert prepared.clean() == []
    assert len(prepared.failing()) == len(LAB.checks)
    assert solved.failing() == []
