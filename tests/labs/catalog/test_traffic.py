"""The lab on variants: its solution passes, its fault misleads, each check says what is missing."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from labs.catalog.traffic import checks
from labs.cloud.plane import Plane
from labs.datasets import visitors
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("catalog-traffic")]

LAB = catalogue.load("traffic")
GUIDE = catalogue.guide(LAB)


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    assert 'verdict.json: {"winner": "A", "visitors": 200' in ran.out, "the fault"
    assert "answered by {'A'}" in ran.out, "nobody hears a shadow"
    return desk


@pytest.fixture
def begun(fresh: Make, solved: Desk) -> Desk:
    """A desk with the two models of the solution."""
    desk = fresh()
    sagemaker = desk.client("sagemaker")
    for letter in "ab":
        found = sagemaker.describe_model(ModelName=f"{solved.prefix}-{letter}")
        sagemaker.create_model(
            ModelName=f"{desk.prefix}-{letter}",
            PrimaryContainer=found["PrimaryContainer"],
            ExecutionRoleArn=found["ExecutionRoleArn"],
        )
    return desk


def variant(desk: Desk, name: str, model: str, weight: float = 1.0) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": f"{desk.prefix}-{model}",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": weight,
    }


def captured(desk: Desk, percentage: int = 100, *modes: str) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": percentage,
        "DestinationS3Uri": f"s3://{desk.account.bucket}/{desk.prefix}/captured",
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes or ("InputAndOutput",)],
    }


def config(desk: Desk, name: str, variants: list[dict[str, Any]], **more: Any) -> str:
    desk.client("sagemaker").create_endpoint_config(
        EndpointConfigName=f"{desk.prefix}-{name}", ProductionVariants=variants, **more
    )
    return f"{desk.prefix}-{name}"


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_names_the_first_step_and_then_the_next(begun: Desk) -> None:
    assert begun.run("starter.py").left == "Step 1 is still to be written: size() in starter.py."
    starter = begun.folder / "starter.py"
    text = starter.read_text().replace(
        '    sys.exit("Step 1 is still to be written: size() in starter.py.")', "    return 670"
    )
    starter.write_text(text)
    ran = begun.run("starter.py")
    assert ran.left == "Step 2 is still to be written: shadow() in starter.py."
    assert "What is captured goes to s3://" in ran.out
    assert begun.failing() == [check.id for check in LAB.checks][1:]


def test_the_fault_asks_for_the_test_first(begun: Desk) -> None:
    assert begun.run("fault.py").left == "There is no test.csv yet: step 4 makes it."


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []


def test_the_picture_is_drawn(solved: Desk) -> None:
    assert "variant B" in (solved.folder / "test.svg").read_text()


def test_the_reports_are_those_that_the_guide_shows(solved: Desk) -> None:
    (a, b, difference, low, high, p) = map(
        float,
        re.search(
            r'"a": (.+?), .+: (.+?), .+: (.+?), .+: (.+?), .+: (.+?), .+: (.+?)}', GUIDE
        ).groups(),  # type: ignore[union-attr]
    )
    told = json.loads(solved.get("compared.json") or b"")
    shown = {"a": a, "b": b, "difference": difference, "low": low, "high": high, "p": p}
    assert told == pytest.approx(shown, abs=0.0006)
    other = json.loads(solved.get("shadow.json") or b"")["other_banner"]
    assert f'"other_banner": {other}' in GUIDE
    assert 200 / 3 < other < 200 / 2, "more than every third visitor"


def test_luck_is_with_the_worse_model_at_first(solved: Desk) -> None:
    rows = checks._rows(solved.account)
    assert isinstance(rows, list)
    early, all_of_them = checks._compared(rows[:200]), checks._compared(rows)
    assert early["high"] < 0 < all_of_them["low"]
    assert "with p = 0.003" in GUIDE
    assert early["p"] == pytest.approx(0.003, abs=0.0005)


def test_nobody_is_asked_twice_and_both_arms_are_large_enough() -> None:
    arms = [visitors.arm(number) for number in range(visitors.VISITORS)]
    assert min(arms.count(letter) for letter in "AB") >= checks._per_arm() == 670


# What each check says where it does not hold


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("planned", "plan"),
        ("shadow-read", "shadow"),
        ("shares", "shares"),
        ("compared", "compared"),
        ("peeked", "peeking"),
        ("rolled-out", "rolled-out"),
    ],
)
@pytest.mark.parametrize("body", [None, "[1]", b"\xff\x00"])
def test_a_report_that_is_none_is_told(
    solved: Desk, check: str, name: str, body: str | bytes | None
) -> None:
    with solved.instead(f"{name}.json", body):
        verdict = solved.look(check)
    assert not verdict.passed
    assert f"There is no JSON object in s3://{solved.account.bucket}/" in verdict.saw


@pytest.mark.parametrize(
    ("check", "name", "told"),
    [
        ("planned", "plan", {"per_arm": 335}),
        ("planned", "plan", {"per_arm": "670"}),
        ("shadow-read", "shadow", {"asked": 100}),
        ("shadow-read", "shadow", {"copied": True}),
        ("shadow-read", "shadow", {"other_banner": 10**400}),
        ("compared", "compared", {"a": 0.203}),
        ("compared", "compared", {"low": -0.087}),
        ("compared", "compared", {"p": None}),
        ("peeked", "peeking", {"once": 0.5}),
        ("peeked", "peeking", {"at_any_look": [0.231]}),
        ("peeked", "peeking", {"at_any_look": 0.225}),  # one look too few
        ("shares", "shares", {"by_weight": {"A": 100, "B": 100}}),
        ("shares", "shares", {"by_weight": {"A": 90000, "B": 10000}}),
        ("shares", "shares", {"by_weight": {"A": True, "B": -1}}),
        ("shares", "shares", {"by_weight": {}}),
        ("shares", "shares", {"by_weight": ["A"]}),
        ("shares", "shares", {"then": {"A": 9.0, "B": 1.0}}),
        ("shares", "shares", {"then": {"A": 0.0, "B": 0.0}}),
        ("shares", "shares", {"then": {"A": "1", "B": "1"}}),
        ("shares", "shares", {"then": {"A": 1.0}}),
        ("shares", "shares", {"then": [1.0, 1.0]}),
        ("rolled-out", "rolled-out", {"weights": {"A": 1.0, "B": 1.0}}),
        ("rolled-out", "rolled-out", {"weights": {"A": 0.0, "B": 0.0}}),
        ("rolled-out", "rolled-out", {"weights": {"A": 0.0, "B": "all"}}),
        ("rolled-out", "rolled-out", {"weights": 1}),
        ("rolled-out", "rolled-out", {"answered": {"A": 9, "B": 11}}),
        ("rolled-out", "rolled-out", {"answered": None}),
        ("repaired", "verdict", {"winner": "A"}),
        ("repaired", "verdict", {"visitors": 200, "winner": "A", "p": 0.0027}),
        ("repaired", "verdict", {"visitors": 1401}),
        ("repaired", "verdict", {"visitors": True}),
        ("repaired", "verdict", {"p": 0.0027}),
        ("repaired", "verdict", {"winner": ["B"]}),
    ],
)
def test_a_report_that_is_wrong_is_told(
    solved: Desk, check: str, name: str, told: dict[str, Any]
) -> None:
    before = json.loads(solved.get(f"{name}.json") or b"")
    with solved.instead(f"{name}.json", json.dumps(before | told)):
        verdict = solved.look(check)
    assert not verdict.passed
    assert f"{name}.json says" in verdict.saw
    assert verdict.next


@pytest.mark.parametrize(
    ("check", "name", "told"),
    [
        ("shares", "shares", {"then": {"A": 9.0, "B": 9.0}}),
        ("shares", "shares", {"then": {"A": 0.5, "B": 0.5}}),
        ("peeked", "peeking", {"once": 0.06, "at_any_look": 0.23}),  # rounded
        ("peeked", "peeking", {"at_any_look": 0.2355}),  # z by each arm's own variance
    ],
)
def test_another_right_way_is_as_good(
    solved: Desk, check: str, name: str, told: dict[str, Any]
) -> None:
    before = json.loads(solved.get(f"{name}.json") or b"")
    with solved.instead(f"{name}.json", json.dumps(before | told)):
        assert solved.look(check).passed


def test_a_wrong_report_fails_its_own_check_alone(solved: Desk) -> None:
    with solved.instead("compared.json", "{}"):
        assert solved.failing() == ["compared"]


def edited(desk: Desk, change: Callable[[list[str]], list[str]]) -> str:
    return "\n".join(change((desk.get("test.csv") or b"").decode().splitlines()))


def _astray(lines: list[str]) -> list[str]:
    first = lines[1].replace(",A,", ",x,").replace(",B,", ",A,").replace(",x,", ",B,")
    return [lines[0], first, *lines[2:]]


def _bought(lines: list[str]) -> list[str]:
    return [lines[0], lines[1][:-1] + str(1 - int(lines[1][-1])), *lines[2:]]


def _score(lines: list[str]) -> list[str]:
    who, variant, _, bought = lines[1].split(",")
    return [lines[0], f"{who},{variant},0.5123,{bought}", *lines[2:]]


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (lambda lines: lines[:1], "test.csv has 0 rows"),
        (lambda lines: [], "test.csv has 0 rows"),
        (lambda lines: lines[:201], "test.csv has 200 rows"),
        (lambda lines: [lines[0], *lines[2:], lines[1]], "test.csv has 1400 rows"),
        (lambda lines: [*lines[:5], "some,words"], "Line 6 of test.csv is 'some,words'"),
        (lambda lines: [*lines[:5], "4,A,high,0"], "Line 6 of test.csv is"),
        (lambda lines: [lines[0], "x" * 200_000], "Line 2 of test.csv is 'xxx"),
        (lambda lines: [lines[0], lines[1].replace(",0.", ",1e999"), *lines[2:]], "the score inf"),
        (_astray, "1 visitors were asked at the other arm, visitor 0 first"),
        (_score, "test.csv has the score 0.5123 for visitor 0"),
        (_bought, "for visitor 0, which is not so"),
    ],
)
def test_rows_that_cannot_be_are_told(
    solved: Desk, change: Callable[[list[str]], list[str]], saw: str
) -> None:
    with solved.instead("test.csv", edited(solved, change)):
        for check in ("tested", "compared", "repaired"):
            verdict = solved.look(check)
            assert not verdict.passed
            assert saw in verdict.saw


def test_rows_that_are_none_are_told(solved: Desk) -> None:
    with solved.instead("test.csv", None):
        assert "There is no s3://" in solved.look("tested").saw
    with solved.instead("test.csv", b"\xff\x00\xfe\n\x00,\xff"):
        assert "Line 2 of test.csv" in solved.look("tested").saw


def test_a_verdict_that_was_not_asked_for_is_told(solved: Desk) -> None:
    with solved.instead("verdict.json", None):
        assert solved.look("repaired").next == "quizengine lab run fault.py"


@pytest.mark.parametrize(
    ("names", "weights", "capture", "saw"),
    [
        (("B", "A"), (1.0, 1.0), None, "-b answers, and "),
        (("A", "A"), (1.0, 1.0), None, "-a answers, and "),
        (("A", "B"), (1.0, 0.5), None, "only a part of the requests is copied"),
        (("A", "B"), (1.0, 1.0), None, "does not capture each request and each answer"),
        (("A", "B"), (1.0, 1.0), (50,), "does not capture each request and each answer"),
        (("A", "B"), (1.0, 1.0), (100, "Input"), "does not capture each request"),
        (("A", "B"), (1.0, 1.0), (100,), "has not been asked yet"),
    ],
)
def test_a_shadow_that_is_another_is_told(
    begun: Desk,
    names: tuple[str, str],
    weights: tuple[float, float],
    capture: tuple[Any, ...] | None,
    saw: str,
) -> None:
    more = {} if capture is None else {"DataCaptureConfig": captured(begun, *capture)}
    one, other = (name.lower() for name in names)
    shadow = variant(begun, "Shadow", other, weights[1])
    config(
        begun,
        "s",
        [variant(begun, "A", one, weights[0])],
        ShadowProductionVariants=[shadow],
        **more,
    )
    verdict = begun.look("shadowed")
    assert not verdict.passed
    assert saw in verdict.saw


@pytest.mark.parametrize(
    ("variants", "saw"),
    [
        ([("A", "a", 1.0)], "No configuration has two production variants"),
        ([("A", "a", 9.0), ("C", "b", 1.0)], "has the variants A, C"),
        ([("A", "b", 9.0), ("B", "a", 1.0)], "has the variants A, B"),
        ([("A", "a", 1.0), ("B", "b", 1.0)], "has the weights A 1, B 1"),
        ([("A", "a", 0.0), ("B", "b", 0.0)], "has the weights A 0, B 0"),
        ([("A", "a", 0.9), ("B", "b", 0.1)], "There is no JSON object in s3://"),
    ],
)
def test_shares_of_another_kind_are_told(
    begun: Desk, variants: list[tuple[str, str, float]], saw: str
) -> None:
    config(begun, "ab", [variant(begun, *each) for each in variants])
    verdict = begun.look("shares")
    assert not verdict.passed
    assert saw in verdict.saw


def test_a_model_that_is_missing_is_told(fresh: Make, solved: Desk) -> None:
    desk = fresh()
    for name in ("shadow.json", "test.csv"):
        desk.put(name, solved.get(name) or b"")
    assert desk.look("shadow-read").saw == f"There is no model {desk.prefix}-a"
    assert desk.look("tested").saw == f"There is no model {desk.prefix}-a"
    desk.put("model.tar.gz", b"no archive")
    desk.client("sagemaker").create_model(
        ModelName=f"{desk.prefix}-a",
        PrimaryContainer={
            "Image": desk.variables["LAB_XGBOOST_IMAGE"],
            "ModelDataUrl": f"s3://{desk.account.bucket}/{desk.prefix}/model.tar.gz",
        },
        ExecutionRoleArn=desk.variables["LAB_ROLE_ARN"],
    )
    assert "no xgboost-model" in desk.look("tested").saw


def test_what_was_captured_is_read_whatever_else_lies_there(solved: Desk) -> None:
    place = f"captured/{solved.prefix}/Shadow/2026/01/01/00/x.jsonl"
    odd = b'\xff\n[]\n{"captureData": 1}\n{"captureData": {"endpointInput": {}}}\n'
    with solved.instead(place, odd):
        assert solved.look("shadow-read").passed
    line = visitors.as_csv(visitors.earlier()[:1]).decode().strip()
    part = {"encoding": "CSV", "data": line}
    said = {"endpointInput": part, "endpointOutput": {"encoding": "CSV", "data": "0.123"}}
    with solved.instead(place.replace("2026", "9999"), json.dumps({"captureData": said})):
        assert "What the shadow answered is not what" in solved.look("shadow-read").saw


def test_what_is_captured_late_is_waited_for(fresh: Make) -> None:
    """On AWS captured files come some minutes apart."""
    clock = itertools.count()
    rows = visitors.earlier()[:2]
    lines = visitors.as_csv(rows).decode().splitlines()
    captured = fresh().module("ready")["captured"]
    captured.__globals__.update(
        sagemaker=SimpleNamespace(describe_endpoint=lambda **_: {"DataCaptureConfig": {}}),
        time=SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda _: None),
        _lines=lambda _: [(line, 0.5) for line in lines[: 1 if next(clock) < 100 else 2]],
    )
    assert list(captured("Shadow", rows)) == lines


def test_nothing_captured_is_told(begun: Desk) -> None:
    begun.put("shadow.json", '{"asked": 200}')
    assert (
        "Nothing that was asked for the 200 visitors is captured" in begun.look("shadow-read").saw
    )


# The way back


def test_an_endpoint_that_is_left_is_told_and_a_cleaned_lab_has_left_nothing(
    begun: Desk, solved: Desk
) -> None:
    sagemaker = begun.client("sagemaker")
    shadow = [variant(begun, "Shadow", "b")]
    name = config(begun, "s", [variant(begun, "A", "a")], ShadowProductionVariants=shadow)
    sagemaker.create_endpoint(EndpointName=begun.prefix, EndpointConfigName=name)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=begun.prefix, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000})
    assert begun.look("taken-down").saw == f"Still there: {begun.prefix} (InService)"
    begun.put("plan.json", "{}")
    fates = begun.clean()
    assert fates[0].thing.kind == "endpoint"
    assert not [fate for fate in fates if fate.why]
    assert begun.clean() == []
    assert solved.failing() == []
