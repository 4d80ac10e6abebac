"""What must be so in the account once this lab is done.

The endpoint is taken down at the end, so what it did is read from its metrics, its configurations,
what was captured, and the rows that were kept.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

from labs.lab import Account, Verdict
from labs.runner import look

BASE, LEAST = 0.16, 0.06  # what the plan is made for
LOOK = 100  # visitors between two looks of the fault
ALARMS = 0.0051  # how far a share of false alarms may be off: two digits will do
FAR = 5.0  # standard errors that no honest count is away from its weight's share


class Row(NamedTuple):
    """A visitor of the test, as test.csv tells of her."""

    visitor: int
    variant: str
    score: float
    bought: int


def _variants(account: Account, member: str) -> dict[str, Any] | None:
    """The newest of the lab's configurations with two variants in all, of which `member` has the
    last: ProductionVariants or ShadowProductionVariants."""
    sagemaker = account.client("sagemaker")
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(
        NameContains=account.prefix, SortBy="CreationTime", SortOrder="Descending"
    )
    for page in pages:
        for each in page["EndpointConfigs"]:
            name = each["EndpointConfigName"]
            config = sagemaker.describe_endpoint_config(EndpointConfigName=name)
            enough = 2 if member == "ProductionVariants" else 1
            if name.startswith(f"{account.prefix}-") and len(config.get(member, ())) >= enough:
                return dict(config)
    return None


def _scores(account: Account, letter: str, rows: Any) -> list[float] | Verdict:
    """What the model {prefix}-{letter} says of rows of measurements."""
    from labs.datasets import visitors

    sagemaker = account.client("sagemaker")
    name = f"{account.prefix}-{letter}"
    try:
        model = sagemaker.describe_model(ModelName=name)
    except sagemaker.exceptions.ClientError:
        return Verdict(False, f"There is no model {name}", "models() of ready.py makes both.")
    url = model.get("PrimaryContainer", {}).get("ModelDataUrl", "")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    archive = look.read(account, key, bucket) if key else None
    sent = look.rows(visitors.as_csv(rows))
    assert not isinstance(sent, str)
    found = look.predictions(archive, sent) if archive else None
    if found is None:
        saw = f"{name} names {url or 'no archive'}: no xgboost-model"
        return Verdict(False, saw, "quizengine lab clean, then begin anew.")
    return found


def _report(account: Account, name: str, step: int) -> dict[str, Any] | Verdict:
    """A report of the learner's."""
    told = look.read_json(account, f"{account.prefix}/{name}.json")
    if told is not None:
        return told
    where = f"s3://{account.bucket}/{account.prefix}/{name}.json"
    return Verdict(False, f"There is no JSON object in {where}", f"Step {step} says what it has.")


def _wrong(name: str, told: Mapping[str, Any], true: Mapping[str, float], within: float) -> str:
    """The first field that is not as it must be, as a sentence; empty if all are."""
    for field, value in true.items():
        if not look.is_near(told.get(field), value, within):
            return f"{name}.json says {told.get(field)!r} under {field}; it is {value:.4g}"
    return ""


def _per_arm() -> int:
    one, other = BASE, BASE + LEAST
    middle = (one + other) / 2
    spread = NormalDist().inv_cdf(0.975) * math.sqrt(2 * middle * (1 - middle))
    spread += NormalDist().inv_cdf(0.8) * math.sqrt(one * (1 - one) + other * (1 - other))
    return math.ceil((spread / LEAST) ** 2)


def planned(account: Account) -> Verdict:
    told = _report(account, "plan", 1)
    if isinstance(told, Verdict):
        return told
    needed = _per_arm()
    if not look.is_near(told.get("per_arm"), needed, 0.01 * needed):
        return Verdict(
            False,
            f"plan.json says {told.get('per_arm')!r} under per_arm",
            "16 % against 22 %, level 5 % two-sided (1.96), power 80 % (0.84): see the formula.",
        )
    return Verdict(True, f"{told['per_arm']} visitors in each arm")


# The shadow


def shadowed(account: Account) -> Verdict:
    config = _variants(account, "ShadowProductionVariants")
    if config is None:
        hint = "CreateEndpointConfig with one of ProductionVariants and one of them."
        return Verdict(False, "No configuration has ShadowProductionVariants", hint)
    name = config["EndpointConfigName"]
    (one,), (other,) = config["ProductionVariants"], config["ShadowProductionVariants"]
    models = (one.get("ModelName"), other.get("ModelName"))
    if models != (f"{account.prefix}-a", f"{account.prefix}-b"):
        saw = f"{name}: {models[0]} answers, and {models[1]} is its shadow"
        return Verdict(False, saw, "The old model answers; the new one sees the same.")
    if other["VariantName"] != "Shadow" or one["VariantName"] != "A":
        saw = f"{name} calls its variants {one['VariantName']} and {other['VariantName']}"
        return Verdict(False, saw, "Call them A and Shadow: files and metrics go by these names.")
    if other["InitialVariantWeight"] < one["InitialVariantWeight"]:
        hint = "Equal weights copy every request."
        return Verdict(False, f"In {name} only a part of the requests is copied", hint)
    capture = config.get("DataCaptureConfig", {})
    modes = {each["CaptureMode"] for each in capture.get("CaptureOptions", ())}
    if (
        not capture.get("EnableCapture")
        or capture["InitialSamplingPercentage"] < 100
        or not ({"Input", "Output"} <= modes or "InputAndOutput" in modes)
    ):
        saw = f"{name} does not capture each request and each answer"
        return Verdict(False, saw, "DataCaptureConfig: 100 %, Input and Output. Step 2 has it.")
    asked = look.invocations(account, account.prefix, "Shadow")
    if not asked:
        hint = "Ask the endpoint. CloudWatch may take a minute on AWS."
        return Verdict(False, f"The shadow of {name} has not been asked yet", hint)
    return Verdict(True, f"A answers, {other['ModelName']} sees the same: asked {asked} times")


def _captured(account: Account) -> Iterator[tuple[str, float]]:
    """What the shadow was asked, as text, and what it answered; no other lines."""
    prefix = f"{account.prefix}/captured/{account.prefix}/Shadow/"
    for key in look.objects(account, prefix):
        for line in (look.read(account, key) or b"").splitlines():
            try:
                data = json.loads(line)["captureData"]
                yield _text(data["endpointInput"]), float(_text(data["endpointOutput"]))
            except (ValueError, KeyError, TypeError):
                continue


def _text(part: Mapping[str, Any]) -> str:
    told = str(part["data"])
    if part["encoding"] == "BASE64":
        told = base64.b64decode(told).decode()
    return told.strip()


def shadow_read(account: Account) -> Verdict:
    told = _report(account, "shadow", 2)
    if isinstance(told, Verdict):
        return told
    from labs.datasets import visitors

    rows = visitors.earlier()
    lines = visitors.as_csv(rows).decode().splitlines()
    heard, new = _scores(account, "a", rows), _scores(account, "b", rows)
    for scores in (heard, new):
        if isinstance(scores, Verdict):
            return scores
    assert isinstance(heard, list)
    assert isinstance(new, list)
    of_shadow = dict(zip(lines, new, strict=True))
    captured = {line: score for line, score in _captured(account) if line in of_shadow}
    if not captured:
        where = f"{account.prefix}/captured/{account.prefix}/Shadow/"
        saw = f"Nothing that was asked for the 200 visitors is captured under {where}"
        return Verdict(False, saw, "On AWS it may take some minutes to come.")
    if any(abs(captured[line] - of_shadow[line]) > 1e-4 for line in captured):
        saw = f"What the shadow answered is not what {account.prefix}-b says"
        return Verdict(False, saw, "quizengine lab clean, then begin anew.")
    of_a = dict(zip(lines, heard, strict=True))
    other = sum((captured[line] >= 0.5) != (of_a[line] >= 0.5) for line in captured)
    true = {"asked": len(rows), "copied": len(captured), "other_banner": other}
    if wrong := _wrong("shadow", told, true, 0):
        return Verdict(
            False,
            wrong,
            "Pair the two scores by the line that was sent; 0.5 decides. "
            "On AWS more may have come since: run it again.",
        )
    return Verdict(True, f"{other} of {len(captured)} visitors would have seen the other banner")


# Shares


def shares(account: Account) -> Verdict:
    config = _variants(account, "ProductionVariants")
    if config is None:
        hint = "Without the shadow: it allows one production variant only."
        return Verdict(False, "No configuration has two production variants", hint)
    name = config["EndpointConfigName"]
    given = {
        each["VariantName"]: (each.get("ModelName"), each["InitialVariantWeight"])
        for each in config["ProductionVariants"]
    }
    models = {letter: given.get(letter, ("nothing", 0.0))[0] for letter in "AB"}
    if set(given) != {"A", "B"} or models != {
        letter: f"{account.prefix}-{letter.lower()}" for letter in "AB"
    }:
        saw = f"{name} has the variants {', '.join(sorted(given))}"
        return Verdict(False, saw, "A is the model a, B the model b.")
    if not math.isclose(given["A"][1], 9 * given["B"][1]) or not given["B"][1]:
        saw = f"{name} has the weights A {given['A'][1]:g}, B {given['B'][1]:g}"
        return Verdict(False, saw, "A tenth to B: weights 9 and 1.")
    told = _report(account, "shares", 3)
    if isinstance(told, Verdict):
        return told
    counted = _counts(told.get("by_weight"))
    asked = sum(counted.values()) if counted else 0
    saw = f"shares.json says {told.get('by_weight')!r} under by_weight"
    if not counted or not 100 <= asked <= 100_000:
        return Verdict(False, saw, "Ask for the 200 visitors and count InvokedProductionVariant.")
    if abs(counted.get("B", 0) - asked / 10) > FAR * math.sqrt(asked * 0.09):
        return Verdict(False, saw, "Do not name a TargetVariant here: it goes past the weights.")
    metrics = {letter: look.invocations(account, account.prefix, letter) for letter in "AB"}
    if any(metrics[letter] < count for letter, count in counted.items()):
        return Verdict(False, f"{saw}; CloudWatch counts {metrics}", "Count the answers anew.")
    then = told.get("then")
    if not _is_one_weight(then):
        return Verdict(
            False,
            f"shares.json says {then!r} under then",
            "UpdateEndpointWeightsAndCapacities: one weight for both; weights() reads what is so.",
        )
    return Verdict(True, f"{counted.get('B', 0)} of {asked} went to B, then half and half")


def _is_one_weight(told: object) -> bool:
    """Whether A and B have the same weight: a number above 0, up to 100."""
    if not isinstance(told, dict) or set(told) != {"A", "B"}:
        return False
    numbers = all(look.is_near(each, 50, 50) for each in told.values())
    return numbers and told["A"] == told["B"] != 0


def _counts(told: object) -> dict[str, int]:
    """How often A and B answered; empty if that is not what it tells."""
    if not isinstance(told, dict) or not set(told) <= {"A", "B"}:
        return {}
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in told.values()):
        return {}
    return told


# The test


def _rows(account: Account) -> list[Row] | Verdict:
    """test.csv, if it can be what the endpoint and the visitors said."""
    from labs.datasets import visitors

    key = f"{account.prefix}/test.csv"
    body = look.read(account, key)
    if body is None:
        saw = f"There is no s3://{account.bucket}/{key}"
        return Verdict(False, saw, "keep_rows() of ready.py puts it there: step 4.")
    found = []
    for number, line in enumerate(body.decode("utf-8", "replace").splitlines()[1:], 2):
        try:
            who, variant, score, bought = line.split(",")
            found.append(Row(int(who), variant, float(score), int(bought)))
        except ValueError:
            wants = "visitor, variant, score, bought (0 or 1)"
            saw = f"Line {number} of test.csv is {line[:60]!r}"
            return Verdict(False, saw, f"It wants {wants}.")
    if [row.visitor for row in found] != list(range(visitors.VISITORS)):
        saw = f"test.csv has {len(found)} rows, and not each visitor once in her order"
        return Verdict(False, saw, "All 1,400, numbered from 0: the test ends when it was to end.")
    if astray := [row for row in found if row.variant != visitors.arm(row.visitor)]:
        saw = (
            f"{len(astray)} visitors were asked at the other arm, visitor {astray[0].visitor} first"
        )
        return Verdict(False, saw, "arm(number) says which is hers; name it as TargetVariant.")
    true: dict[str, list[float]] = {}
    for letter in "AB":
        scores = _scores(account, letter.lower(), visitors.visitors())
        if isinstance(scores, Verdict):
            return scores
        true[letter] = scores
    for row in found:
        if not abs(row.score - true[row.variant][row.visitor]) <= 1e-4:
            said = f"variant {row.variant} says {true[row.variant][row.visitor]:.4f}"
            saw = f"test.csv has the score {row.score:.4f} for visitor {row.visitor}; {said}"
            return Verdict(False, saw, "Send each visitor's own row, and keep what was answered.")
        if row.bought != visitors.bought(row.visitor, row.score):
            saw = f"test.csv has bought {row.bought} for visitor {row.visitor}, which is not so"
            return Verdict(False, saw, "int(bought(number, score)), with the score just answered.")
    return found


def tested(account: Account) -> Verdict:
    rows = _rows(account)
    if isinstance(rows, Verdict):
        return rows
    counted = {letter: look.invocations(account, account.prefix, letter) for letter in "AB"}
    met = {letter: sum(row.variant == letter for row in rows) for letter in "AB"}
    if any(counted[letter] < met[letter] for letter in "AB"):
        saw = f"test.csv has {met}; CloudWatch counts {counted}"
        return Verdict(False, saw, "Each row is an answer of the endpoint. Metrics take a minute.")
    return Verdict(True, f"A met {met['A']} visitors, B {met['B']}: more than {_per_arm()} each")


def _compared(rows: Sequence[Row]) -> dict[str, float]:
    arms = [[row.bought for row in rows if row.variant == letter] for letter in "AB"]
    (a, met_a), (b, met_b) = ((sum(each) / max(1, len(each)), len(each)) for each in arms)
    if not met_a or not met_b:
        return {"a": a, "b": b, "difference": 0.0, "low": -1.0, "high": 1.0, "p": 1.0}
    whole = sum(row.bought for row in rows) / len(rows)
    pooled = math.sqrt(whole * (1 - whole) * (1 / met_a + 1 / met_b))
    reach = NormalDist().inv_cdf(0.975) * math.sqrt(a * (1 - a) / met_a + b * (1 - b) / met_b)
    p = math.erfc(abs(b - a) / pooled / math.sqrt(2)) if pooled else 1.0
    low, high = b - a - reach, b - a + reach
    return {"a": a, "b": b, "difference": b - a, "low": low, "high": high, "p": p}


def compared(account: Account) -> Verdict:
    rows = _rows(account)
    if isinstance(rows, Verdict):
        return rows
    told = _report(account, "compared", 4)
    if isinstance(told, Verdict):
        return told
    true = _compared(rows)
    if wrong := _wrong("compared", told, true, 0.002):
        return Verdict(False, wrong, "Step 4 has the formulas: over all rows, once.")
    a, b, low, high = (f"{100 * true[name]:.1f} %" for name in ("a", "b", "low", "high"))
    return Verdict(True, f"A {a}, B {b}; the difference lies between {low} and {high}")


def peeked(account: Account) -> Verdict:
    told = _report(account, "peeking", 5)
    if isinstance(told, Verdict):
        return told
    import numpy as np

    from labs.datasets import visitors

    tests = visitors.equal_tests()
    met = visitors.EACH * np.arange(1, visitors.LOOKS + 1)
    share = tests.sum(axis=1) / (2 * met)
    error = np.sqrt(share * (1 - share) * 2 / met)
    alarms = np.abs(tests[:, 1] - tests[:, 0]) / met > NormalDist().inv_cdf(0.975) * error
    true = {"once": alarms[:, -1].mean(), "at_any_look": alarms.any(axis=1).mean()}
    if wrong := _wrong("peeking", told, true, ALARMS):
        return Verdict(False, wrong, "|z| above 1.96 at the last look; at any of the 14 looks.")
    once, often = (f"{100 * true[name]:.0f} %" for name in ("once", "at_any_look"))
    return Verdict(True, f"Equal models: {once} false alarms with one look, {often} with 14")


def repaired(account: Account) -> Verdict:
    rows = _rows(account)
    if isinstance(rows, Verdict):
        return rows
    told = look.read_json(account, f"{account.prefix}/verdict.json")
    if told is None:
        return Verdict(False, "There is no verdict yet", "quizengine lab run fault.py")
    seen = told.get("visitors")
    if isinstance(seen, bool) or not isinstance(seen, int) or not 0 < seen <= len(rows):
        return Verdict(
            False, f"verdict.json says {seen!r} under visitors", "How many it looked at."
        )
    met = {letter: sum(row.variant == letter for row in rows[:seen]) for letter in "AB"}
    if min(met.values()) < _per_arm():
        return Verdict(
            False,
            f"verdict.json says {told.get('winner')!r} after {seen} visitors",
            f"Which size was planned, and how often did it look before? {LOOK} are no end.",
        )
    true = _compared(rows[:seen])
    if wrong := _wrong("verdict", told, {"p": true["p"]}, 0.002):
        return Verdict(False, wrong, "p of all these visitors: p_value(rows).")
    better = "B" if true["difference"] > 0 else "A"
    if told.get("winner") != better:
        saw = f"verdict.json says {told.get('winner')!r} under winner"
        return Verdict(False, saw, "Whose share of buyers is higher, over all of them?")
    return Verdict(True, f"{better} has won after {seen} visitors, p = {true['p']:.3f}")


# The end


def rolled_out(account: Account) -> Verdict:
    told = _report(account, "rolled-out", 7)
    if isinstance(told, Verdict):
        return told
    now = told.get("weights")
    if (
        not isinstance(now, dict)
        or set(now) != {"A", "B"}
        or now["A"] != 0
        or not look.is_near(now["B"], 50, 50)
        or not now["B"]
    ):
        hint = "DesiredWeight 0 for A; weights() reads what is so once it is in service."
        return Verdict(False, f"rolled-out.json says {now!r} under weights", hint)
    answered = _counts(told.get("answered"))
    if not answered.get("B") or answered.get("A"):
        saw = f"rolled-out.json says {told.get('answered')!r} under answered"
        return Verdict(False, saw, "Ask some twenty times without naming a variant: all are B's.")
    config = _variants(account, "ProductionVariants")
    weights = [
        each["InitialVariantWeight"] for each in (config or {}).get("ProductionVariants", ())
    ]
    if not weights or 0 in weights:
        saw = "The newest configuration of two variants gives A nothing"
        return Verdict(False, saw, "No new configuration: UpdateEndpointWeightsAndCapacities.")
    return Verdict(True, f"B answered all {answered['B']}, on the configuration of step 3")


def taken_down(account: Account) -> Verdict:
    left = look.endpoints(account)
    if left:
        names = ", ".join(f"{name} ({status})" for name, status in sorted(left.items()))
        return Verdict(False, f"Still there: {names}", "Delete it once the other steps are done.")
    if not any(look.invocations(account, account.prefix, name) for name in ("A", "Shadow")):
        return Verdict(False, "There has been no endpoint to take down yet", "Steps 2 to 7 first.")
    return Verdict(True, "Every endpoint of this lab is gone")
