"""The third lab: what stops and what does not, which model is kept, and a search Off and Auto."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.tuning import stopping
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make, ended, tables_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("early_stopping")]

LAB = catalogue.load("early_stopping")
GUIDE = " ".join(catalogue.guide(LAB).split())
ALL = {"early_stopping_rounds": "1", "eval_metric": "rmse"}


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
    assert ran.left == "Step 1 is still to be written: expect() says nothing of patience_stops."
    assert desk.failing() == [check.id for check in LAB.checks]


def test_the_starter_with_a_forecast_names_the_second_step(fresh: Make) -> None:
    desk = fresh()
    starter = desk.folder / "starter.py"
    starter.write_text(starter.read_text().replace(": None,", ": False,"))
    assert desk.run("starter.py").left == "Step 2 is still to be written: train() in starter.py."
    assert desk.look("forecast").saw == "Kept before the first job. Now see what comes"
    assert desk.failing() == [check.id for check in LAB.checks][1:]


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []
    saw = "Kept before the first job. So far 5 came as you said"
    assert solved.look("forecast").saw == saw


def test_the_report_is_the_one_that_the_guide_shows(solved: Desk) -> None:
    (shown,) = re.findall(r'\{"job": "early-stopping-patience.+?\}', GUIDE)
    told = json.loads(solved.get("patience.json") or b"")
    assert told | {"job": ""} == json.loads(shown) | {"job": ""}
    assert told["rounds"] == told["best_round"] + 1 + 10
    assert told["trees"] == told["best_round"] + 1


def test_auto_finds_the_same_best_for_fewer_rounds(solved: Desk) -> None:
    told = json.loads(solved.get("search.json") or b"")
    assert told["auto"]["best"] == told["off"]["best"]
    assert (told["off"]["stopped"], told["off"]["rounds"]) == (0, 1000)
    assert 1 <= told["auto"]["stopped"] < 7
    assert told["auto"]["rounds"] < 1000
    assert "found the same best" in solved.look("compared").saw


def test_the_guide_says_when_auto_acts_here() -> None:
    assert (stopping.LEAST, stopping.GRACE) == (3, 10)
    assert "here it is three trials and ten rounds." in GUIDE


def test_both_pictures_are_drawn_and_say_what_they_show(solved: Desk) -> None:
    curves = (solved.folder / "curves.svg").read_text()
    search = (solved.folder / "search.svg").read_text()
    assert "is lowest in round 14" in curves
    assert "ends after round 24" in curves
    assert "Of 10 trials Auto stopped" in search
    assert "stopped by Auto" in search


def test_the_fault_runs_every_round_on_rows_that_it_was_trained_on(solved: Desk) -> None:
    found = tables_of(solved, "early-stopping-fault")
    assert len(found["validation:rmse"]) == 200
    assert found["validation:rmse"] == found["train:rmse"], "the trace that the guide tells of"
    assert "Started early-stopping-fault" in solved.run("fault.py").out, "twice is one fault"


# What each check says where it does not hold


@pytest.mark.parametrize(
    ("body", "saw"),
    [
        (None, "There is no JSON object in s3://"),
        ("[]", "There is no JSON object in s3://"),
        ("{}", "forecast.json says None under patience_stops"),
        ('{"patience_stops": "yes"}', "forecast.json says 'yes' under patience_stops"),
    ],
)
def test_a_forecast_that_is_none_is_told(solved: Desk, body: str | None, saw: str) -> None:
    with solved.instead("forecast.json", body):
        verdict = solved.look("forecast")
    assert not verdict.passed
    assert saw in verdict.saw


def test_what_is_said_afterwards_is_no_forecast(solved: Desk) -> None:
    before = solved.get("forecast.json") or b""

    def earlier(answer: dict[str, Any]) -> None:
        if "TrainingJobName" in answer:
            answer["CreationTime"] = answer["CreationTime"].replace(year=2020)

    verdict = solved.look("forecast", solved.otherwise(earlier))
    assert not verdict.passed
    assert "forecast.json is younger than early-stopping-" in verdict.saw
    assert solved.get("forecast.json") == before


def test_a_forecast_that_came_otherwise_is_told_and_not_graded(solved: Desk) -> None:
    told = json.loads(solved.get("forecast.json") or b"") | {"no_metric_stops": True}
    late = solved.otherwise(_in_the_future)
    with solved.instead("forecast.json", json.dumps(told)):
        verdict = solved.look("forecast", late)
    assert verdict.passed
    assert verdict.saw == "Kept before the first job. It came otherwise: no_metric_stops"


def _in_the_future(answer: dict[str, Any]) -> None:
    if "CreationTime" in answer:
        answer["CreationTime"] = answer["CreationTime"].replace(year=2099)


def test_a_forecast_that_was_kept_is_not_changed_by_another_run(solved: Desk) -> None:
    before = solved.get("forecast.json")
    ran = solved.module("ready")
    with solved._beside():
        ran["keep"]({"patience_stops": False})
    assert solved.get("forecast.json") == before


@pytest.fixture
def prepared(fresh: Make, solved: Desk) -> Desk:
    """A desk whose rows are uploaded."""
    desk = fresh()
    for name in ("train", "validation", "fault-train", "fault-validation"):
        desk.put(f"{name}/{name}.csv", solved.get(f"{name}/{name}.csv") or b"")
    return desk


def train(desk: Desk, name: str, *folders: str, **told: str) -> str:
    """Run a job to its end; its whole name. Six rounds, the first of which is the best."""
    jobs = desk.module("jobs")
    settings = {"objective": "reg:squarederror", "num_round": "6", "eta": "1", "max_depth": "9"}
    channels = [jobs["channel"](each.rpartition("-")[2], each) for each in folders]
    desk.client("sagemaker").create_training_job(
        TrainingJobName=f"{desk.prefix}-{name}",
        HyperParameters=settings | told,
        **jobs["definition"](*channels),
    )
    ended(desk, f"{desk.prefix}-{name}")
    return f"{desk.prefix}-{name}"


def test_the_four_jobs_are_followed_step_by_step(prepared: Desk) -> None:
    both = ("train", "validation")
    name = train(prepared, "bad", *both, **ALL, max_depth="none")
    verdict = prepared.look("stopped-early")
    assert verdict.saw.startswith(f"{name} is Failed. ")
    assert verdict.next == "Read its FailureReason, or wait for its end."
    name = train(prepared, "long", *both, **(ALL | {"early_stopping_rounds": "99"}))
    assert prepared.look("stopped-early").saw == f"{name} ran all of its 6 rounds"
    name = train(prepared, "good", *both, **ALL)
    assert prepared.look("stopped-early").saw.startswith(f"{name} ended after ")
    saw = "There is no completed job with early_stopping_rounds and eval_metric, and no validation"
    assert prepared.look("nothing-stopped").saw.startswith(saw)
    train(prepared, "one", "train", **ALL)
    saw = "There is no completed job with early_stopping_rounds and a validation channel, and no"
    assert prepared.look("nothing-stopped").saw.startswith(saw)
    train(prepared, "two", *both, early_stopping_rounds="1")
    assert "and no early_stopping_rounds" in prepared.look("nothing-stopped").saw
    name = train(prepared, "three", *both, eval_metric="rmse", eta="0.5")
    saw = f"{name} differs in other hyperparameters as well"
    assert prepared.look("nothing-stopped").saw == saw
    train(prepared, "four", *both, eval_metric="rmse")
    assert prepared.look("nothing-stopped").passed


def test_a_job_that_ended_before_its_last_round_is_told(solved: Desk) -> None:
    def longer(answer: dict[str, Any]) -> None:
        if "no-metric" in answer.get("TrainingJobName", ""):
            answer["HyperParameters"]["num_round"] = "201"

    def all_longer(answer: dict[str, Any]) -> None:
        if "TrainingJobName" in answer:
            answer["HyperParameters"]["num_round"] = "201"

    saw = solved.look("nothing-stopped", solved.otherwise(longer)).saw
    assert "differs in other hyperparameters as well" in saw
    saw = solved.look("nothing-stopped", solved.otherwise(all_longer)).saw
    assert "ended after 200 of 201 rounds" in saw


def changed(desk: Desk, report: str, **fields: object) -> str:
    return json.dumps({**json.loads(desk.get(f"{report}.json") or b""), **fields})


@pytest.mark.parametrize(
    ("fields", "saw"),
    [
        ({"job": "another"}, "names the job 'another', which is not one with patience"),
        ({"job": "early-stopping-fault"}, "which is not one with patience"),
        ({"rounds": 24}, "patience.json says rounds 24"),
        ({"best_round": 15}, "patience.json says best_round 15"),
        ({"trees": 25}, "patience.json says trees 25"),
        ({"rounds_saved": None}, "patience.json says rounds_saved None"),
    ],
)
def test_a_report_of_the_one_job_that_is_wrong_is_told(
    solved: Desk, fields: dict[str, object], saw: str
) -> None:
    with solved.instead("patience.json", changed(solved, "patience", **fields)):
        verdict = solved.look("best-kept")
    assert not verdict.passed
    assert saw in verdict.saw
    assert verdict.next


@pytest.mark.parametrize("check", ["best-kept", "compared"])
@pytest.mark.parametrize("body", [None, "[1]", "no JSON"])
def test_a_report_that_is_none_is_told(solved: Desk, check: str, body: str | None) -> None:
    name = {"best-kept": "patience.json", "compared": "search.json"}[check]
    with solved.instead(name, body):
        assert f"/{name}" in solved.look(check).saw


def test_a_model_that_is_gone_is_told(solved: Desk) -> None:
    job = json.loads(solved.get("patience.json") or b"")["job"]
    with solved.instead(f"output/{job}/output/model.tar.gz", b"no archive"):
        assert "has left no model or no scores" in solved.look("best-kept").saw


def test_the_repair_is_followed_step_by_step(prepared: Desk) -> None:
    def saw() -> str:
        return prepared.look("repaired").saw

    prefix = prepared.prefix
    assert saw() == "The fault has not been planted yet"
    ended(prepared, prepared.module("fault")["plant"]())
    assert saw() == f"There is no job whose name begins with {prefix}-repaired yet"
    name = train(prepared, "repaired-1", "fault-train", "fault-validation", **ALL)
    assert saw() == f"265 of the rows that {name} validates on are rows that it trains on"
    name = train(prepared, "repaired-2", "fault-train", "validation", eval_metric="rmse")
    assert saw() == f"{name} ran 6 of 6 rounds"
    name = train(prepared, "repaired-3", "fault-train", "validation", **ALL, max_depth="none")
    assert saw() == f"{name} is Failed"
    train(prepared, "repaired-4", "fault-train", "validation", **ALL)
    assert prepared.look("repaired").passed


def _other(member: str, value: object) -> Callable[[dict[str, Any]], None]:
    """One member of Auto's configuration is another."""

    def change(answer: dict[str, Any]) -> None:
        config = answer.get("HyperParameterTuningJobConfig", {})
        if config.get("TrainingJobEarlyStoppingType") == "Auto":
            config[member] = value

    return change


def _without_seed(answer: dict[str, Any]) -> None:
    answer.get("HyperParameterTuningJobConfig", {}).pop("RandomSeed", None)


def _other_settings(answer: dict[str, Any]) -> None:
    if "-auto-" in answer.get("HyperParameterTuningJobName", ""):
        answer["TrainingJobDefinition"]["StaticHyperParameters"]["eta"] = "0.2"


def _none_stopped(answer: dict[str, Any]) -> None:
    if "TrainingJobStatusCounters" in answer:
        answer["TrainingJobStatusCounters"]["Stopped"] = 0


def _status(status: str) -> Callable[[dict[str, Any]], None]:
    def change(answer: dict[str, Any]) -> None:
        if "-auto-" in answer.get("HyperParameterTuningJobName", ""):
            answer["HyperParameterTuningJobStatus"] = status

    return change


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (_other("Strategy", "Bayesian"), "other strategies: Random and Bayesian"),
        (_other("RandomSeed", 5), "other seeds: 6 and 5"),
        (_other("ParameterRanges", {}), "other ranges: "),
        (_other("ResourceLimits", {}), "other limits: "),
        (_other_settings, "other static hyperparameters: "),
        (_without_seed, "The two searches have no RandomSeed"),
        (_none_stopped, "Auto stopped none of the trials"),
        (_status("InProgress"), " is InProgress"),
        (_status("Failed"), " is Failed"),
        (_status("Stopped"), "No tuning job with TrainingJobEarlyStoppingType Auto has completed"),
    ],
)
def test_searches_that_cannot_be_compared_are_told(
    solved: Desk, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    verdict = solved.look("searched", solved.otherwise(change))
    assert not verdict.passed
    assert saw in verdict.saw
    assert verdict.next


def test_a_search_in_which_aws_stopped_nothing_passes_and_is_told(solved: Desk) -> None:
    there = replace(solved.otherwise(_none_stopped), role_arn="arn:aws:iam::111122223333:role/labs")
    verdict = solved.look("searched", there)
    assert verdict.passed
    assert "Auto stopped none: a trial is over in seconds, before AWS looks at it" in verdict.saw


def test_the_solution_starts_no_job_before_the_one_before_has_ended(solved: Desk) -> None:
    sagemaker = solved.client("sagemaker")
    names = ("patience", "no-channel", "no-metric", "no-patience")
    jobs = sorted(
        (
            sagemaker.describe_training_job(TrainingJobName=each["TrainingJobName"])
            for name in names
            for each in sagemaker.list_training_jobs(NameContains=f"{solved.prefix}-{name}-")[
                "TrainingJobSummaries"
            ]
        ),
        key=lambda job: job["CreationTime"],
    )
    assert len(jobs) == len(names)
    for before, after in itertools.pairwise(jobs):
        assert before["TrainingEndTime"] <= after["CreationTime"]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("off", "stopped", 3),
        ("auto", "stopped", 0),
        ("auto", "rounds", 1000),
        ("off", "best", "?"),
        ("auto", "best", 50.0),
    ],
)
def test_a_report_of_the_searches_that_is_wrong_is_told(
    solved: Desk, kind: str, field: str, value: object
) -> None:
    told = json.loads(solved.get("search.json") or b"")
    told[kind][field] = value
    with solved.instead("search.json", json.dumps(told)):
        verdict = solved.look("compared")
    assert not verdict.passed
    assert f"search.json says {value!r} under {kind}, {field}; it was " in verdict.saw
    with solved.instead("search.json", changed(solved, "search", **{kind: 7})):
        assert f"search.json says None under {kind}, " in solved.look("compared").saw


def test_a_best_that_auto_lost_is_told(solved: Desk) -> None:
    def lost(answer: dict[str, Any]) -> None:
        if "-auto-" in answer.get("HyperParameterTuningJobName", ""):
            best = answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
            best["Value"] += 1

    told = json.loads(solved.get("search.json") or b"")
    told["auto"]["best"] += 1
    with solved.instead("search.json", json.dumps(told)):
        verdict = solved.look("compared", solved.otherwise(lost))
    assert verdict.passed
    assert "found another best: Auto stopped the better trial" in verdict.saw


# The way back


def test_a_cleaned_lab_has_left_nothing_and_its_neighbours_stay(
    prepared: Desk, solved: Desk
) -> None:
    begin_a_long_search(prepared)
    fates = prepared.clean()
    kinds = [fate.thing.kind for fate in fates]
    assert kinds[0] == "tuning job", "it would start further training jobs"
    assert {"training job", "object"} <= set(kinds)
    assert not [fate for fate in fates if fate.why]
    assert prepared.clean() == []
    assert solved.look("compared").passed


def begin_a_long_search(desk: Desk) -> None:
    """A tuning job that would run for an hour."""
    jobs = desk.module("jobs")
    ranges = [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.3"}]
    settings = {"num_round": "1000000", "objective": "reg:squarederror"}
    desk.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=f"{desk.prefix}-long",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {
                "Type": "Minimize",
                "MetricName": "validation:rmse",
            },
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {"ContinuousParameterRanges": ranges},
        },
        TrainingJobDefinition={
            "StaticHyperParameters": settings,
            **jobs["definition"](
                jobs["channel"]("train", "train"), jobs["channel"]("validation", "validation")
            ),
        },
    )
