"""The lab about rare positives: its solution passes, and its faulty report is seen through."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from labs.catalog.metrics_that_decide import checks
from labs.cloud.plane import Plane
from labs.datasets import payments
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make, tables_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("catalog-metrics-that-decide")]

LAB = catalogue.load("metrics_that_decide")
Told = dict[str, Any]
NO_NUMBERS: list[Any] = [None, True, "14", [1], 10**400]


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    assert "98.1% of the test rows are right" in ran.out, "the fault, as it was found"
    return desk


def told(desk: Desk, name: str) -> Told:
    found: Told = json.loads(desk.get(f"{name}.json") or b"{}")
    return found


def put_job(desk: Desk, name: str, **more: str) -> None:
    """A job that has not got far: its bucket has no rows."""
    functions = desk.module("jobs")
    desk.client("s3").put_object(
        Bucket=desk.account.bucket, Key=f"{desk.prefix}/train/train.csv", Body=b"1,2\n0,1\n"
    )
    desk.client("sagemaker").create_training_job(
        TrainingJobName=f"{desk.prefix}-{name}",
        HyperParameters={"objective": "binary:logistic", "num_round": "1", **more},
        **functions["definition"](functions["channel"]("train", "train")),
    )


# The data


def test_the_rows_are_what_their_csv_says_and_few_of_them_are_fraud() -> None:
    parts = (*payments.tables(), payments.later())
    assert [len(rows) for rows in parts] == [8_000, 4_000, 4_000, 20_000]
    for rows in parts:
        again = np.loadtxt(io.BytesIO(payments.as_csv(rows)), delimiter=",")
        assert (again == rows).all(), "so that nobody scores other rows than the checks do"
        assert rows[:, 0].mean() == pytest.approx(0.02, abs=0.0025), "about two in a hundred"
    assert (payments.tables()[1] == parts[1]).all(), "the same each time"
    guide = " ".join(catalogue.guide(LAB).split())
    assert "about two in a hundred are fraud" in guide
    assert "8,000 to train on, 4,000 for validation, 4,000 to test" in guide


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_says_which_step_is_to_be_written(fresh: Make) -> None:
    desk = fresh()
    ran = desk.run("starter.py")
    assert str(ran.left).startswith("Step 1 is still to be written: expect() says nothing of noth")
    text = (desk.folder / "starter.py").read_text()
    (desk.folder / "starter.py").write_text(text.replace(": None,", ": False,"))
    ran = desk.run("starter.py")
    assert ran.left == "Step 2 is still to be written: train() in starter.py."
    assert desk.failing() == [check.id for check in LAB.checks if check.id != "forecast"]


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []


def test_what_the_guide_says_of_this_data_is_so(solved: Desk) -> None:
    half, areas, decision = (told(solved, name) for name in ("half", "areas", "decision"))
    guide = catalogue.guide(LAB)
    assert half["nothing"]["accuracy"] == 0.978
    plain = half["plain"]
    assert f'"tp": {plain["tp"]}, "fp": {plain["fp"]}, "fn": {plain["fn"]}' in guide
    for kind in ("plain", "weighted"):
        assert f'"roc": {areas[kind]["roc"]:.2f}, "pr": {areas[kind]["pr"]:.2f}' in guide
    lowest, tested = decision["validation_cost"], decision["test_cost"]
    threshold = f'"threshold": {decision["threshold"]:.2f}...'
    assert f'{threshold}, "validation_cost": {lowest}, "test_cost": {tested}' in guide
    # recall rises with the weight and precision falls; the order hardly changes
    assert half["weighted"]["recall"] > 3 * plain["recall"]
    assert half["weighted"]["precision"] < plain["precision"] / 3
    assert abs(areas["weighted"]["pr"] - areas["plain"]["pr"]) < 0.03


def test_a_threshold_that_was_chosen_on_the_test_rows_promises_too_much(solved: Desk) -> None:
    fault = solved.module("fault")
    leaked = min(fault["THRESHOLDS"], key=lambda each: fault["cost"]("test", each))
    honest = min(fault["THRESHOLDS"], key=lambda each: fault["cost"]("validation", each))
    promised, came = (fault["cost"](part, leaked) for part in ("test", "later"))
    assert f"it was {promised:.0f} EUR where {came:,.0f} came" in " ".join(
        catalogue.guide(LAB).split()
    )
    assert promised < 0.93 * came
    assert abs(fault["cost"]("test", honest) / fault["cost"]("later", honest) - 1) < 0.05


def test_the_areas_are_those_of_the_library_and_of_the_log(solved: Desk) -> None:
    for kind, job in checks._completed(solved.account).items():
        scores = checks._scores(solved.account, kind, "validation")
        truth = checks._truth("validation")
        assert scores is not None
        mine = checks._areas(scores, truth)
        assert mine["roc"] == pytest.approx(roc_auc_score(truth, scores))
        assert mine["pr"] == pytest.approx(average_precision_score(truth, scores))
        logged = tables_of(solved, job["TrainingJobName"])
        assert mine["roc"] == pytest.approx(logged["validation:auc"][-1], abs=1e-3)
        assert mine["pr"] == pytest.approx(logged["validation:aucpr"][-1], abs=checks.AREAS["pr"])


def test_ties_are_counted_as_half() -> None:
    truth, scores = [1, 0, 1, 0, 0], [0.5, 0.5, 0.9, 0.1, 0.5]
    mine = checks._areas(scores, truth)
    assert mine["roc"] == pytest.approx(roc_auc_score(truth, scores))
    assert mine["pr"] == pytest.approx(average_precision_score(truth, scores))
    assert checks._cheapest(scores, truth) == (10, 0.5)


def test_the_fault_waits_for_its_turn(fresh: Make) -> None:
    left = str(fresh().run("fault.py").left)
    assert left.endswith("/scores/plain/test.csv.out yet: step 2 makes it.")


# What each check says where it does not hold


def test_jobs_that_are_missing_or_of_another_weight_are_told(fresh: Make, cloud: Plane) -> None:
    desk = fresh()
    put_job(desk, "broken", objective="no:such")
    assert cloud.settle(60)
    assert f"{desk.prefix}-broken is Failed. " in desk.look("trained").saw
    put_job(desk, "plain")
    assert cloud.settle(60)
    assert desk.look("trained").saw == "No job with one has completed"
    put_job(desk, "weighted", scale_pos_weight="0.02")
    assert cloud.settle(60)
    assert desk.look("trained").saw == f"{desk.prefix}-weighted has scale_pos_weight 0.02"
    assert "are fraud, " in desk.look("trained").next
    assert desk.look("trained").next.endswith(checks.AGAIN)
    assert desk.look("scored").saw.startswith("There is no s3://") or not desk.look("scored").passed


def test_jobs_that_differ_in_more_than_the_weight_are_told(solved: Desk) -> None:
    def deeper(answer: Told) -> None:
        settings = answer.get("HyperParameters", {})
        if "scale_pos_weight" in settings:
            settings["max_depth"] = "9"

    verdict = solved.look("trained", solved.otherwise(deeper))
    assert verdict.saw == "The two jobs differ in max_depth as well"
    assert verdict.next.endswith(checks.AGAIN)


def test_a_weight_that_is_no_number_is_told(solved: Desk) -> None:
    def worded(answer: Told) -> None:
        if "scale_pos_weight" in answer.get("HyperParameters", {}):
            answer["HyperParameters"]["scale_pos_weight"] = "many"

    assert "has scale_pos_weight nan" in solved.look("trained", solved.otherwise(worded)).saw


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (lambda lines: None, "There is no s3://"),
        (lambda lines: lines[:-1], "has 3999 scores; there are 4000 payments"),
        (lambda lines: ["0.5", *lines[1:]], "does not hold what the newest model"),
        (lambda lines: ["word", *lines[1:]], "line 1 is not numbers"),
        (lambda lines: [",".join(lines)], "its lines are not one number each"),
        (lambda lines: [], "has 0 scores"),
        (lambda lines: ["nan"] * 4000, "does not hold"),
    ],
)
@pytest.mark.parametrize("place", ["plain/validation", "weighted/test"])
def test_scores_that_are_not_the_models_are_told(
    solved: Desk, place: str, change: Callable[[list[str]], list[str] | None], saw: str
) -> None:
    name = f"scores/{place}.csv.out"
    changed = change((solved.get(name) or b"").decode().split())
    with solved.instead(name, None if changed is None else "\n".join(changed)):
        verdict = solved.look("scored")
    assert not verdict.passed
    assert saw in verdict.saw
    assert changed is None or verdict.next.endswith(checks.AGAIN)


@pytest.mark.parametrize("body", [None, "[]", b"\xff"])
@pytest.mark.parametrize(
    ("check", "name"),
    [("counted", "half"), ("ranked", "areas"), ("decided", "decision"), ("repaired", "fault")],
)
def test_a_report_that_is_none_is_told(
    solved: Desk, check: str, name: str, body: str | bytes | None
) -> None:
    with solved.instead(f"{name}.json", body):
        verdict = solved.look(check)
    assert not verdict.passed
    assert verdict.saw.startswith(("There is no JSON object", "The fault has not been planted"))


@pytest.mark.parametrize(
    ("field", "value"),
    [*((field, 0.123) for field in checks.HOW), *(("f2", each) for each in NO_NUMBERS)],
)
def test_a_cell_or_a_metric_that_is_wrong_is_told(solved: Desk, field: str, value: object) -> None:
    half = told(solved, "half")
    half["weighted"][field] = value
    with solved.instead("half.json", json.dumps(half)):
        verdict = solved.look("counted")
    assert not verdict.passed
    assert verdict.saw == f"half.json says {value!r} under weighted, {field}"
    assert verdict.next == checks.HOW[field]


@pytest.mark.parametrize(
    ("name", "check"), [("half", "counted"), ("areas", "ranked")], ids=["half", "areas"]
)
@pytest.mark.parametrize("value", [None, 3, []])
def test_a_model_that_a_report_does_not_tell_of_is_told(
    solved: Desk, name: str, check: str, value: object
) -> None:
    with solved.instead(f"{name}.json", json.dumps({**told(solved, name), "plain": value})):
        assert "says None under plain, " in solved.look(check).saw
    if name == "half":
        with solved.instead("half.json", json.dumps({**told(solved, name), "nothing": value})):
            assert "says None under nothing, accuracy" in solved.look(check).saw


def test_areas_that_are_exchanged_are_told(solved: Desk) -> None:
    areas = told(solved, "areas")
    areas["weighted"] = {"roc": areas["weighted"]["pr"], "pr": areas["weighted"]["roc"]}
    with solved.instead("areas.json", json.dumps(areas)):
        assert " under weighted, roc" in solved.look("ranked").saw


def test_areas_that_were_copied_from_the_guide_are_told(solved: Desk) -> None:
    (shown,) = (line for line in catalogue.guide(LAB).splitlines() if '"roc"' in line)
    with solved.instead("areas.json", shown):
        assert solved.look("ranked").saw == "areas.json says 0.91 under plain, roc"


def test_a_threshold_that_was_rounded_is_told(solved: Desk) -> None:
    rounded = round(told(solved, "decision")["threshold"], 2)
    changed = {**told(solved, "decision"), "threshold": rounded}
    with solved.instead("decision.json", json.dumps(changed)):
        assert "do not round it" in solved.look("decided").next


@pytest.mark.parametrize(
    ("changed", "saw"),
    [
        ({"model": "best"}, "decision.json says 'best' under model"),
        ({"model": ["plain"]}, "decision.json says ['plain'] under model"),
        ({"threshold": "0.05"}, "'0.05' under threshold"),
        ({"threshold": float("nan")}, "nan under threshold"),
        ({"threshold": True}, "True under threshold"),
        ({"threshold": 0.5}, "on the validation rows; 3910 is possible"),
        ({"threshold": -1}, "on the validation rows; 3910 is possible"),
        ({"model": "weighted"}, "on the validation rows;"),
        ({"validation_cost": 1}, "decision.json says 1 under validation_cost"),
        ({"test_cost": None}, "decision.json says None under test_cost"),
    ],
)
def test_a_decision_that_costs_more_than_it_must_is_told(
    solved: Desk, changed: Told, saw: str
) -> None:
    with solved.instead("decision.json", json.dumps({**told(solved, "decision"), **changed})):
        verdict = solved.look("decided")
    assert not verdict.passed
    assert saw in verdict.saw


def test_the_cheapest_threshold_of_the_dearer_model_is_told(solved: Desk) -> None:
    scores = checks._scores(solved.account, "weighted", "validation")
    cost, threshold = checks._cheapest(scores or [], checks._truth("validation"))
    changed = {"model": "weighted", "threshold": threshold, "validation_cost": cost}
    with solved.instead("decision.json", json.dumps({**told(solved, "decision"), **changed})):
        assert f"The model weighted costs {cost} at best" in solved.look("decided").saw


def test_a_threshold_from_the_test_rows_is_recognised(solved: Desk) -> None:
    scores = checks._scores(solved.account, "plain", "test")
    _, threshold = checks._cheapest(scores or [], checks._truth("test"))
    with solved.instead(
        "decision.json", json.dumps({**told(solved, "decision"), "threshold": threshold})
    ):
        assert "choose on validation" in solved.look("decided").next


def test_the_fault_is_repaired_in_two_steps(solved: Desk) -> None:
    before = solved.get("fault.json") or b""
    fault = solved.module("fault")
    try:
        assert solved.run("fault.py").left is None
        verdict = solved.look("repaired")
        assert "It finds 21 of 88 frauds" in verdict.saw
        leaked = min(fault["THRESHOLDS"], key=lambda each: fault["cost"]("test", each))
        half_way = {"threshold": leaked, "promised": fault["cost"]("test", leaked)}
        solved.put("fault.json", json.dumps(half_way))
        verdict = solved.look("repaired")
        assert "is the cheapest on the test rows, on which it is promised" in verdict.saw
    finally:
        solved.put("fault.json", before)
    assert solved.look("repaired").passed


@pytest.mark.parametrize(
    ("changed", "saw"),
    [
        ({"threshold": None}, "None under threshold"),
        ({"threshold": "0.05"}, "'0.05' under threshold"),
        ({"promised": 500}, "fault.json promises 500 EUR per 1,000; the test rows say"),
        ({"promised": "little"}, "promises 'little' EUR"),
    ],
)
def test_a_promise_that_the_test_rows_do_not_make_is_told(
    solved: Desk, changed: Told, saw: str
) -> None:
    with solved.instead("fault.json", json.dumps({**told(solved, "fault"), **changed})):
        assert saw in solved.look("repaired").saw


# The way back


def test_a_cleaned_lab_has_left_nothing_and_its_neighbours_stay(
    fresh: Make, solved: Desk, cloud: Plane
) -> None:
    desk = fresh()
    put_job(desk, "plain")
    assert cloud.settle(60)
    fates = desk.clean()
    assert {fate.thing.kind for fate in fates} == {"training job", "log stream", "object"}
    assert not [fate for fate in fates if fate.why]
    assert desk.clean() == []
    assert solved.failing() == []
