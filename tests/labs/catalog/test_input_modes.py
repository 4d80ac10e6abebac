"""The lab of input modes: what is copied first, in which format, and a card that is disproved."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labs.cloud.plane import Plane
from labs.datasets import sensors
from labs.runner import catalogue
from labs.tools import records
from tests.labs.catalog.desks import Desk, Make, ended

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("input_modes")]

LAB = catalogue.load("input_modes")
GUIDE = " ".join(catalogue.guide(LAB).split())


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


def test_the_starter_asks_for_a_forecast_before_anything_runs(fresh: Make) -> None:
    desk = fresh()
    ran = desk.run("starter.py")
    assert ran.left == "Step 1 is still to be written: expect() says nothing of file_copies_first."
    assert desk.failing() == [check.id for check in LAB.checks]


def test_the_starter_with_a_forecast_names_the_second_step(fresh: Make) -> None:
    desk = fresh()
    starter = desk.folder / "starter.py"
    starter.write_text(starter.read_text().replace(": None,", ": False,"))
    assert desk.run("starter.py").left == "Step 2 is still to be written: upload() in starter.py."
    assert desk.look("forecast").saw == "Kept before the first job. Now see what comes"
    assert desk.failing() == [check.id for check in LAB.checks][1:]


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []
    saw = "Kept before the first job. So far 4 came as you said"
    assert solved.look("forecast").saw == saw


def test_file_copies_all_pipe_nothing_and_fastfile_is_like_file_here(solved: Desk) -> None:
    told = json.loads(solved.get("modes.json") or b"")
    sizes = json.loads(solved.get("sizes.json") or b"")
    for kind, size in sizes.items():
        copied = [told[f"{mode}-{kind}"]["copied"] for mode in ("file", "fastfile", "pipe")]
        assert copied == [size, size, 0]
        assert told[f"pipe-{kind}"]["read"] > told[f"file-{kind}"]["read"]
    assert "FastFile is File here" in GUIDE


def test_the_sizes_are_those_that_the_guide_shows(solved: Desk) -> None:
    assert (solved.get("sizes.json") or b"").decode() in GUIDE
    rows = sensors.table()
    assert f"{len(rows):,} readings of {rows.shape[1] - 1} sensors" in GUIDE
    (number, size) = re.findall(r"such as (\S+) takes (\w+) bytes of csv", GUIDE)[0]
    assert (len(f"{number},"), size) == (10, "ten")
    assert number in sensors.as_csv(rows).decode()


def test_the_fault_tells_which_content_type_was_looked_for(solved: Desk) -> None:
    job = solved.client("sagemaker").describe_training_job(TrainingJobName=f"{solved.prefix}-fault")
    assert job["TrainingJobStatus"] == "Failed"
    assert "Requested content-type is 'application/x-recordio-protobuf'" in job["FailureReason"]
    assert "Started input-modes-fault" in solved.run("fault.py").out, "twice is one fault"


# What each check says where it does not hold


@pytest.mark.parametrize(
    ("body", "saw"),
    [
        (None, "There is no JSON object in s3://"),
        ("[]", "There is no JSON object in s3://"),
        ("{}", "forecast.json says None under file_copies_first"),
        ('{"file_copies_first": 1}', "forecast.json says 1 under file_copies_first"),
    ],
)
def test_a_forecast_that_is_none_is_told(solved: Desk, body: str | None, saw: str) -> None:
    with solved.instead("forecast.json", body):
        verdict = solved.look("forecast")
    assert not verdict.passed
    assert saw in verdict.saw


def test_what_is_said_afterwards_is_no_forecast(solved: Desk) -> None:
    def earlier(answer: dict[str, Any]) -> None:
        if "TrainingJobName" in answer:
            answer["CreationTime"] = answer["CreationTime"].replace(year=2020)

    verdict = solved.look("forecast", solved.otherwise(earlier))
    assert not verdict.passed
    assert "forecast.json is younger than input-modes-" in verdict.saw


def test_a_forecast_that_came_otherwise_is_told_and_not_graded(solved: Desk) -> None:
    def later(answer: dict[str, Any]) -> None:
        if "CreationTime" in answer:
            answer["CreationTime"] = answer["CreationTime"].replace(year=2099)

    told = json.loads(solved.get("forecast.json") or b"") | {"pipe_needs_recordio": True}
    with solved.instead("forecast.json", json.dumps(told)):
        verdict = solved.look("forecast", solved.otherwise(later))
    assert verdict.passed
    assert verdict.saw == "Kept before the first job. It came otherwise: pipe_needs_recordio"


def test_the_two_formats_are_followed_step_by_step(fresh: Make) -> None:
    desk, rows = fresh(), np.arange(12.0).reshape(3, 4)

    def saw() -> str:
        return desk.look("two-formats").saw

    assert saw() == f"There is nothing below s3://{desk.account.bucket}/{desk.prefix}/csv/"
    desk.put("csv/0.csv", "label,a,b\n")
    assert saw() == f"There is nothing below s3://{desk.account.bucket}/{desk.prefix}/recordio/"
    desk.put("recordio/0.recordio", b"no records")
    assert saw() == "The csv: line 1 is not numbers: 'label,a,b'"
    desk.put("csv/0.csv", sensors.as_csv(rows))
    assert saw().startswith("The RecordIO-protobuf: byte 0: no record begins here")
    desk.put("recordio/0.recordio", records.as_records(rows[:2]))
    assert saw() == "The csv has 3 rows, the RecordIO-protobuf 2"
    desk.put("recordio/0.recordio", records.as_records(rows[[0, 2, 1]]))
    assert saw() == "Row 2 of the csv is not row 2 of the RecordIO-protobuf"
    desk.put("recordio/0.recordio", records.as_records(rows[:, :3]))
    assert saw() == "Row 1 of the csv is not row 1 of the RecordIO-protobuf"
    body = records.as_records(rows)
    desk.put("recordio/0.recordio", body)
    assert saw() == "sizes.json says None under csv"
    desk.put("sizes.json", json.dumps({"csv": len(sensors.as_csv(rows)), "recordio": 1}))
    assert saw() == "sizes.json says 1 under recordio"
    desk.put("sizes.json", json.dumps({"csv": len(sensors.as_csv(rows)), "recordio": len(body)}))
    assert desk.look("two-formats").passed


def _of(name: str, change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Change the description of a job whose name has this part."""

    def changed(answer: dict[str, Any]) -> None:
        if name in answer.get("TrainingJobName", ""):
            change(answer)

    return changed


def _channel(**members: object) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer["InputDataConfig"][0].update(members)


def _no_content_type(answer: dict[str, Any]) -> None:
    del answer["InputDataConfig"][0]["ContentType"]


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (_of("-pipe-csv-", _channel(InputMode="File")), "No job in Pipe mode that reads text/csv"),
        (_of("-file-csv-", _no_content_type), "No job in File mode that reads text/csv"),
        (_of("-file-csv-", _channel(ContentType="text/libsvm")), "No job in File mode that reads"),
        (
            _of("-pipe-recordio-", lambda answer: answer.update(TrainingJobStatus="InProgress")),
            "-pipe-recordio-",
        ),
        (
            _of("-fastfile-csv-", lambda answer: answer["HyperParameters"].update(epochs="9")),
            "has other hyperparameters",
        ),
        (
            _of(
                "-file-csv-",
                lambda answer: answer["AlgorithmSpecification"].update(TrainingImage="another"),
            ),
            "The jobs have several images",
        ),
    ],
)
def test_jobs_that_are_not_the_six_are_told(
    solved: Desk, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    verdict = solved.look("six-jobs", solved.otherwise(change))
    assert not verdict.passed
    assert saw in verdict.saw
    assert verdict.next


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("file-csv", "copied", 0),
        ("fastfile-csv", "copied", 0),
        ("pipe-csv", "first_batch_s", None),
        ("pipe-recordio", "read", True),
        ("file-recordio", "read", 1),
    ],
)
def test_a_figure_that_the_log_does_not_tell_is_told(
    solved: Desk, name: str, field: str, value: object
) -> None:
    told = json.loads(solved.get("modes.json") or b"")
    told[name][field] = value
    with solved.instead("modes.json", json.dumps(told)):
        verdict = solved.look("measured")
    assert not verdict.passed
    assert verdict.saw == f"modes.json says {value!r} under {name}, {field}"


def test_a_table_that_names_other_jobs_is_told(solved: Desk) -> None:
    told = json.loads(solved.get("modes.json") or b"")
    for body in (None, "7"):
        with solved.instead("modes.json", body):
            assert "There is no JSON object in s3://" in solved.look("measured").saw
    swapped = told | {"pipe-csv": told["file-csv"]}
    for other in (swapped, told | {"pipe-csv": 7}, told | {"pipe-csv": {"job": "none"}}):
        with solved.instead("modes.json", json.dumps(other)):
            saw = solved.look("measured").saw
        assert saw.startswith("modes.json names the job ")
        assert saw.endswith(" under pipe-csv, another way")


def test_the_repair_is_followed_step_by_step(fresh: Make) -> None:
    desk = fresh()
    assert desk.look("repaired").saw == "The fault has not been planted yet"
    ended(desk, desk.module("fault")["plant"]())
    saw = f"There is no job whose name begins with {desk.prefix}-repaired yet"
    assert desk.look("repaired").saw == saw


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (lambda answer: answer.update(TrainingJobStatus="Failed"), "is Failed"),
        (_channel(InputMode="File"), "reads in File mode"),
        (_no_content_type, " as application/x-recordio-protobuf"),
        (
            _channel(DataSource={"S3DataSource": {"S3Uri": "s3://b/c"}}),
            "reads s3://b/c as text/csv",
        ),
    ],
)
def test_a_repair_by_other_means_is_told(
    solved: Desk, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    verdict = solved.look("repaired", solved.otherwise(_of("-repaired-", change)))
    assert not verdict.passed
    assert saw in verdict.saw


@pytest.mark.parametrize(
    ("way", "saw"),
    [
        ("none", "which is no job that completed"),
        ("file-csv", "(File mode) had its data copied first"),
        ("fastfile-csv", "(FastFile mode) had its data copied first"),
        ("pipe-recordio", "has read RecordIO"),
    ],
)
def test_a_job_that_disproves_nothing_is_told(solved: Desk, way: str, saw: str) -> None:
    jobs = json.loads(solved.get("modes.json") or b"")
    name = jobs.get(way, {"job": "none"})["job"]
    with solved.instead("card.json", json.dumps({"disproved_by": name})):
        verdict = solved.look("judged")
    assert not verdict.passed
    assert saw in verdict.saw


# The way back


def test_a_cleaned_lab_has_left_nothing_and_its_neighbours_stay(fresh: Make, solved: Desk) -> None:
    desk = fresh()
    desk.module("fault")["plant"]()
    fates = desk.clean()
    assert {"training job", "object"} <= {fate.thing.kind for fate in fates}
    assert not [fate for fate in fates if fate.why]
    assert desk.clean() == []
    assert solved.look("measured").passed
