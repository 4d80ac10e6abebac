"""The fourth lab: four strategies on one problem, an honest test, and a search that fails."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.tuning import strategies
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("hyperparameter_tuning"),
]

LAB = catalogue.load("hyperparameter_tuning")
GUIDE = " ".join(catalogue.guide(LAB).split())
OWN = ("grid-searched", "random-searched", "bayesian-searched", "hyperband-searched")
CONFIG = "HyperParameterTuningJobConfig"


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    return desk


def report(desk: Desk, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.get(f"{name}.json") or b"")
    return found


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_runs_and_names_the_first_step(fresh: Make) -> None:
    desk = fresh()
    ran = desk.run("starter.py")
    assert "So far: Strategy, HyperParameterTuningJobObjective, ResourceLimits" in ran.out
    assert ran.left == "Step 1 is still to be written: grid() in starter.py."
    assert desk.failing() == [check.id for check in LAB.checks]


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []


def test_the_figures_of_the_guide_are_those_that_come_out(solved: Desk) -> None:
    told, test = report(solved, "compared"), report(solved, "test")
    assert f'"best": {told["Grid"]["best"]:.1f}' in GUIDE
    assert {told[one]["rounds"] for one in ("Grid", "Random", "Bayesian")} == {900}
    assert told["Hyperband"]["trials"] == 12
    assert told["Hyperband"]["rounds"] < 1200
    assert test["trial"] == told["Bayesian"]["best_trial"]
    shown = (
        f'"validation_rmse": {test["validation_rmse"]:.1f}, "test_rmse": {test["test_rmse"]:.1f}'
    )
    assert shown in GUIDE


def test_the_guide_says_when_bayesian_begins_to_learn_here() -> None:
    assert strategies.STARTUP == 3
    assert "Its first trials (here three; AWS does not say) are drawn at random" in GUIDE


def test_random_has_tried_more_values_of_eta_than_the_grid(solved: Desk) -> None:
    def etas(job: str) -> set[str]:
        listed = solved.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=f"hyperparameter-tuning-{job}", MaxResults=100
        )
        return {each["TunedHyperParameters"]["eta"] for each in listed["TrainingJobSummaries"]}

    assert len(etas("grid")) == 3
    assert len(etas("random")) == 9
    assert etas("random") < etas("hyperband"), "the guide: its first nine points are Random's"


def test_both_pictures_are_drawn(solved: Desk) -> None:
    best, points = ((solved.folder / f"{name}.svg").read_text() for name in ("best", "points"))
    for strategy in ("Grid", "Random", "Bayesian", "Hyperband"):
        assert f">{strategy}</text>" in best
        assert f">{strategy}</text>" in points
    assert "the lowest of all is 55." in best


def test_a_search_that_has_completed_is_not_run_again(solved: Desk) -> None:
    solution, ready = solved.module("solution_boto3"), solved.module("ready")
    before = len(searches(solved))
    assert ready["search"](solution["grid"]()) == "hyperparameter-tuning-grid"
    assert len(searches(solved)) == before


def searches(desk: Desk) -> list[str]:
    found = desk.client("sagemaker").list_hyper_parameter_tuning_jobs(NameContains=desk.prefix)
    return [
        each["HyperParameterTuningJobName"] for each in found["HyperParameterTuningJobSummaries"]
    ]


def test_another_configuration_makes_another_search(fresh: Make) -> None:
    desk = fresh()
    ready, solution = desk.module("ready"), desk.module_of("solution_boto3")
    with desk._beside():
        ready["upload"]()
    config = solution["grid"]()
    one = {"CategoricalParameterRanges": [{"Name": "eta", "Values": ["0.1", "0.2"]}]}
    two = {"CategoricalParameterRanges": [{"Name": "eta", "Values": ["0.1", "0.3"]}]}
    names = [ready["search"](config | {"ParameterRanges": each}) for each in (one, two, one)]
    grid = f"{desk.prefix}-grid"
    assert names == [grid, f"{grid}2", grid]
    verdict = desk.look("grid-searched")
    assert (verdict.passed, verdict.saw) == (False, f"{grid}2 searches eta")


def test_the_fault_fails_and_only_its_trials_say_why(solved: Desk) -> None:
    sagemaker, name = solved.client("sagemaker"), "hyperparameter-tuning-fault"
    found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert "please take a look at the training job failures" in found["FailureReason"]
    assert "label" not in found["FailureReason"]
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )
    for trial in listed["TrainingJobSummaries"]:
        assert "for the logistic loss" in trial["FailureReason"]
    assert solved.run("fault.py").out == f"{name} has failed. Why?\n", "twice is one fault"


# What each check says where it does not hold


def changing(strategy: str, change: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
    """Whatever is described of the search by one strategy is changed."""

    def described(answer: dict[str, Any]) -> None:
        if answer.get(CONFIG, {}).get("Strategy") == strategy:
            change(answer)

    return described


def _failed(answer: dict[str, Any]) -> None:
    answer |= {"HyperParameterTuningJobStatus": "Failed", "FailureReason": "No training job"}


def _few(answer: dict[str, Any]) -> None:
    answer["TrainingJobStatusCounters"] |= {"Completed": 3, "Stopped": 2}


def _one_more(answer: dict[str, Any]) -> None:
    ranges = answer[CONFIG]["ParameterRanges"]
    ranges.setdefault("CategoricalParameterRanges", []).append({"Name": "gamma", "Values": ["0"]})


@pytest.mark.parametrize("check", OWN)
@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (_failed, " is Failed. No training job"),
        (_few, " has brought 5 trials to an end"),
        (_one_more, " searches eta, gamma, max_depth"),
    ],
)
def test_a_search_that_is_none_is_told(
    solved: Desk, check: str, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    strategy = check.partition("-")[0].title()
    changed = changing(strategy, change)
    verdict = solved.look(check, solved.otherwise(changed))
    assert not verdict.passed
    assert saw in verdict.saw
    assert not solved.look("one-problem", solved.otherwise(changed)).passed


def _one_value(answer: dict[str, Any]) -> None:
    answer[CONFIG]["ParameterRanges"]["CategoricalParameterRanges"][0]["Values"] = ["0.1"]


def _linear(answer: dict[str, Any]) -> None:
    answer[CONFIG]["ParameterRanges"]["ContinuousParameterRanges"][0]["ScalingType"] = "Linear"


def _listed(answer: dict[str, Any]) -> None:
    answer[CONFIG]["ParameterRanges"]["ContinuousParameterRanges"] = [
        {"Name": "eta", "Values": ["0.1"]}
    ]


def _without_seed(answer: dict[str, Any]) -> None:
    del answer[CONFIG]["RandomSeed"]


def _all_at_once(answer: dict[str, Any]) -> None:
    answer[CONFIG]["ResourceLimits"]["MaxParallelTrainingJobs"] = 9


def _to_the_end(answer: dict[str, Any]) -> None:
    answer[CONFIG]["StrategyConfig"] = {"HyperbandStrategyConfig": {"MaxResource": 1}}


@pytest.mark.parametrize(
    ("check", "change", "saw"),
    [
        ("grid-searched", _one_value, "has one value for a hyperparameter"),
        ("random-searched", _linear, "draws eta with the scaling type Linear"),
        ("random-searched", _listed, "draws eta from a list of values"),
        ("random-searched", _without_seed, "has no RandomSeed"),
        ("bayesian-searched", _all_at_once, "runs 9 trials at a time"),
        ("hyperband-searched", _to_the_end, "ended no trial before its last round"),
    ],
)
def test_a_search_that_misses_its_point_is_told(
    solved: Desk, check: str, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    strategy = check.partition("-")[0].title()
    verdict = solved.look(check, solved.otherwise(changing(strategy, change)))
    assert not verdict.passed
    assert saw in verdict.saw
    assert verdict.next


def test_a_hyperband_search_in_which_aws_ended_nothing_early_passes_and_is_told(
    solved: Desk,
) -> None:
    changed = solved.otherwise(changing("Hyperband", _to_the_end))
    verdict = solved.look(
        "hyperband-searched", replace(changed, role_arn="arn:aws:iam::111122223333:role/labs")
    )
    assert verdict.passed
    assert "; none was ended early: a trial is over before AWS looks at it" in verdict.saw


def _other_metric(answer: dict[str, Any]) -> None:
    answer[CONFIG]["HyperParameterTuningJobObjective"]["MetricName"] = "validation:mae"


def _other_settings(answer: dict[str, Any]) -> None:
    answer["TrainingJobDefinition"]["StaticHyperParameters"]["num_round"] = "50"


def _other_rows(answer: dict[str, Any]) -> None:
    del answer["TrainingJobDefinition"]["InputDataConfig"][1]


def _other_bounds(answer: dict[str, Any]) -> None:
    for each in answer[CONFIG]["ParameterRanges"]["CategoricalParameterRanges"]:
        each["Values"] = each["Values"][:2]


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (_other_metric, "Grid and Random have other objective: "),
        (_other_settings, "Grid and Random have other static hyperparameters: "),
        (_other_rows, "Grid and Random have other channels: "),
        (_other_bounds, "Grid and Random have other bounds: "),
    ],
)
def test_searches_of_different_problems_are_told(
    solved: Desk, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    verdict = solved.look("one-problem", solved.otherwise(changing("Grid", change)))
    assert not verdict.passed
    assert saw in verdict.saw


@pytest.mark.parametrize(
    ("strategy", "field", "value"),
    [
        ("Grid", "job", "another"),
        ("Random", "trials", 10),
        ("Hyperband", "rounds", 1200),
        ("Bayesian", "best", 50.0),
        ("Bayesian", "best", None),
        ("Random", "best", 10**400),
        ("Grid", "trials", [9]),
        ("Grid", "best_trial", ""),
    ],
)
def test_a_comparison_that_is_wrong_is_told(
    solved: Desk, strategy: str, field: str, value: object
) -> None:
    told = report(solved, "compared")
    told[strategy][field] = value
    with solved.instead("compared.json", json.dumps(told)):
        verdict = solved.look("compared")
    assert not verdict.passed
    assert f"compared.json says {value!r} under {strategy}, {field}; it is " in verdict.saw
    assert verdict.next


@pytest.mark.parametrize("check", ["compared", "tested"])
@pytest.mark.parametrize("body", [None, "[1]", "no JSON"])
def test_a_report_that_is_none_is_told(solved: Desk, check: str, body: str | None) -> None:
    name = {"compared": "compared.json", "tested": "test.json"}[check]
    with solved.instead(name, body):
        assert f"/{name}" in solved.look(check).saw


@pytest.mark.parametrize(
    ("fields", "saw"),
    [
        ({"trial": "another"}, "names the trial 'another', which is not the best of all four"),
        ({"trial": []}, "names the trial [], which is not the best of all four"),
        ({"trial": {"a": 1}}, "which is not the best of all four"),
        ({"validation_rmse": 10**400}, "test.json says validation_rmse 1000"),
        ({"validation_rmse": math.nan}, "test.json says validation_rmse nan; it was 55."),
        ({"validation_rmse": 1.0}, "test.json says validation_rmse 1.0; it was 55."),
        ({"test_rmse": 55.23}, "test.json says test_rmse 55.23; the model of "),
        ({"test_rmse": True}, "test.json says test_rmse True; the model of "),
        ({"test_rmse": "low"}, "test.json says test_rmse 'low'; the model of "),
    ],
)
def test_a_test_that_is_wrong_is_told(solved: Desk, fields: dict[str, object], saw: str) -> None:
    with solved.instead("test.json", json.dumps(report(solved, "test") | fields)):
        verdict = solved.look("tested")
    assert not verdict.passed
    assert saw in verdict.saw


def test_a_winner_without_a_model_is_told(solved: Desk) -> None:
    trial = report(solved, "test")["trial"]
    with solved.instead(f"output/{trial}/output/model.tar.gz", b"no archive"):
        verdict = solved.look("tested")
    assert verdict.saw == f"{trial} has left no xgboost-model"
    assert "save_model_on_termination" in verdict.next


def _named(end: str, change: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
    def described(answer: dict[str, Any]) -> None:
        if str(answer.get("HyperParameterTuningJobName", "")).endswith(end):
            change(answer)

    return described


def _elsewhere(answer: dict[str, Any]) -> None:
    (train, _) = answer["TrainingJobDefinition"]["InputDataConfig"]
    train["DataSource"]["S3DataSource"]["S3Uri"] = "s3://elsewhere/"


def _nothing_found(answer: dict[str, Any]) -> None:
    del answer["BestTrainingJob"]


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (_failed, "hyperparameter-tuning-repaired is Failed. No training job"),
        (_elsewhere, "hyperparameter-tuning-repaired trains on s3://elsewhere"),
        (_nothing_found, "hyperparameter-tuning-repaired has found nothing"),
    ],
)
def test_a_repair_that_is_none_is_told(
    solved: Desk, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    verdict = solved.look("repaired", solved.otherwise(_named("-repaired", change)))
    assert (verdict.passed, verdict.saw) == (False, saw)


def test_a_fault_that_was_planted_is_to_be_repaired(fresh: Make) -> None:
    desk = fresh()
    assert desk.look("repaired").saw == "The fault has not been planted yet"
    desk.run("fault.py")
    saw = f"There is no tuning job whose name begins with {desk.prefix}-repaired yet"
    assert desk.look("repaired").saw == saw
    kinds = [fate.thing.kind for fate in desk.clean()]
    assert kinds[:4] == ["tuning job", "training job", "training job", "training job"]
    assert desk.clean() == []


def test_every_name_fits_into_what_aws_allows() -> None:
    for name in re.findall(r"`(hyperparameter-tuning-[a-z0-9]+)`", GUIDE):
        assert len(name) <= 32
    assert len(f"{LAB.prefix}-hyperband9") <= 32
