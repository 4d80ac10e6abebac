"""What must be so in the account once this lab is done.

An endpoint is to be taken down at the end, so what it did is read from what it leaves behind: its
metrics, its configurations, and the answers that were kept.
"""

from __future__ import annotations

import json
import math
from typing import Any

from labs.lab import Account, Verdict
from labs.runner import look


def _model(account: Account, letter: str) -> dict[str, Any] | None:
    sagemaker = account.client("sagemaker")
    try:
        found = sagemaker.describe_model(ModelName=f"{account.prefix}-{letter}")
    except sagemaker.exceptions.ClientError:
        return None
    return found if isinstance(found, dict) else None


def _archive(account: Account, model: dict[str, Any]) -> tuple[str, bytes | None]:
    """The address of a model's archive, and its bytes if it is there."""
    url = model.get("PrimaryContainer", {}).get("ModelDataUrl", "")
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return url, look.read(account, key, bucket) if key else None


def _told(account: Account, letter: str, begin: int, end: int) -> list[float] | None:
    """What a model says of these test rows, as sent: as CSV."""
    model = _model(account, letter)
    archive = _archive(account, model)[1] if model else None
    if archive is None:
        return None
    from labs.datasets import tumours  # brings scikit-learn, which takes a second

    rows = look.rows(tumours.as_csv(tumours.tables()[2][begin:end, 1:]))
    assert not isinstance(rows, str)
    return look.predictions(archive, rows)


def models_made(account: Account) -> Verdict:
    for letter in ("a", "b"):
        name = f"{account.prefix}-{letter}"
        model = _model(account, letter)
        if model is None:
            return Verdict(False, f"There is no model {name}", "CreateModel makes one.")
        url, _ = _archive(account, model)
        if _told(account, letter, 0, 1) is None:
            hint = "ModelDataUrl is the model.tar.gz that the job put under its output path."
            return Verdict(False, f"{name} names {url or 'no archive'}: no xgboost-model", hint)
    return Verdict(True, f"{account.prefix}-a and {account.prefix}-b, each with its model")


def _asked(account: Account, letter: str) -> int:
    """How often a variant was asked since model A was made."""
    made = look.model_made(account, f"{account.prefix}-a")
    return look.invocations(account, account.prefix, letter, made)


def endpoint_answered(account: Account) -> Verdict:
    name = account.prefix
    status = look.endpoints(account).get(name)
    asked = _asked(account, "A")
    if asked:
        return Verdict(True, f"Variant A of {name} has been asked {asked} times")
    if status is None:
        hint = "CreateEndpointConfig, then CreateEndpoint."
        return Verdict(False, f"There is no endpoint {name}, nor has there been one", hint)
    if status != "InService":
        return Verdict(False, f"{name} is {status}", "Wait for InService; Failed says why.")
    return Verdict(
        False,
        f"{name} is in service, and its variant A has not been asked",
        "Its variant is to be called A. Ask it by invoke_endpoint of sagemaker-runtime.",
    )


def _numbers(name: str, text: object) -> list[float] | None:
    """The scores in an answer's body: of CSV in lines, or in one line with commas."""
    try:
        if name.endswith("_to_json"):
            return [float(each["score"]) for each in json.loads(str(text))["predictions"]]
        return [float(each) for each in str(text).replace(",", " ").split()]
    except (ValueError, KeyError, TypeError):
        return None


def formats(account: Account) -> Verdict:
    where = f"s3://{account.bucket}/{account.prefix}/answers.json"
    answers = look.read_json(account, f"{account.prefix}/answers.json")
    if answers is None:
        return Verdict(False, f"There is no JSON object in {where}", "Keep the answers there.")
    true = _told(account, "a", 0, 5)
    if true is None:
        return Verdict(False, f"There is no model {account.prefix}-a to compare with", "Step 1.")
    for name in ("csv_to_csv", "csv_to_json", "libsvm_to_csv"):
        told = _numbers(name, answers.get(name))
        if told is None:
            saw = f"answers.json has under {name}: {str(answers.get(name))[:60]!r}"
            wants = '{"predictions": [{"score": ...}]}' if "json" in name else "a number a line"
            return Verdict(False, saw, f"It is to be the body of the answer: {wants}.")
        if len(told) != len(true) or not all(map(_close, told, true)):
            return Verdict(
                False,
                f"{name} says {_brief(told)}; the model says {_brief(true)}",
                "Send the first five test rows without their label. LIBSVM counts columns from 0.",
            )
    return Verdict(True, f"Three formats, the same five scores: {_brief(true)}")


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, abs_tol=1e-4)


def _brief(scores: list[float]) -> str:
    return ", ".join(f"{score:.3f}" for score in scores[:5])


def _split(account: Account) -> dict[str, Any] | None:
    """The newest of the lab's configurations that has two variants or more."""
    sagemaker = account.client("sagemaker")
    found = sagemaker.list_endpoint_configs(
        NameContains=account.prefix, SortBy="CreationTime", SortOrder="Descending"
    )
    for each in found["EndpointConfigs"]:
        config = sagemaker.describe_endpoint_config(EndpointConfigName=each["EndpointConfigName"])
        if len(config["ProductionVariants"]) > 1:
            return dict(config)
    return None


def weights(account: Account) -> Verdict:
    config = _split(account)
    if config is None:
        hint = "Make a second endpoint configuration with variants A and B."
        return Verdict(False, "No configuration has two variants", hint)
    shares = {
        variant["VariantName"]: variant["InitialVariantWeight"]
        for variant in config["ProductionVariants"]
    }
    said = ", ".join(f"{name} {weight:g}" for name, weight in sorted(shares.items()))
    if set(shares) != {"A", "B"} or not math.isclose(shares["A"], 3 * shares["B"]):
        saw = f"{config['EndpointConfigName']} has the weights {said}"
        return Verdict(False, saw, "Three requests of four to A, one to B: weights 3 and 1.")
    return Verdict(True, f"{config['EndpointConfigName']}: {said}")


def both_asked(account: Account) -> Verdict:
    counted = {letter: _asked(account, letter) for letter in ("A", "B")}
    if silent := [letter for letter, count in counted.items() if not count]:
        return Verdict(
            False,
            f"Variant {silent[0]} has not been asked yet",
            "UpdateEndpoint to the configuration of two variants, then ask a hundred times.",
        )
    report = look.read_json(account, f"{account.prefix}/report.json") or {}
    told = report.get("invocations")
    if not isinstance(told, dict) or not all(
        isinstance(told.get(letter), int) and 0 < told[letter] <= counted[letter]
        for letter in counted
    ):
        return Verdict(
            False,
            f"report.json says {told!r} under invocations; CloudWatch counts {counted}",
            "Read the sums of Invocations by variant and write them there.",
        )
    share = told["B"] / (told["A"] + told["B"])
    return Verdict(True, f"A {told['A']}, B {told['B']}: {share:.0%} went to B")


def repaired(account: Account) -> Verdict:
    where = f"s3://{account.bucket}/{account.prefix}/repaired.csv"
    body = look.read(account, f"{account.prefix}/repaired.csv")
    if body is None:
        return Verdict(
            False, f"There is no {where}", "fault.py writes it once the endpoint answers it."
        )
    told = _numbers("csv", body.decode("utf-8", "replace"))
    for true in (_told(account, letter, 5, 8) for letter in ("a", "b")):
        if told and true and len(true) == len(told) and all(map(_close, told, true)):
            return Verdict(True, f"fault.py was answered: {_brief(told)}")
    return Verdict(
        False,
        f"repaired.csv holds {body[:60]!r}, which neither model says of those rows",
        "Send the same three rows, as CSV and without the label.",
    )


def taken_down(account: Account) -> Verdict:
    left = look.endpoints(account)
    if left:
        names = ", ".join(f"{name} ({status})" for name, status in sorted(left.items()))
        return Verdict(False, f"Still there: {names}", "Delete it once the other steps are done.")
    if not any(_asked(account, letter) for letter in ("A", "B")):
        return Verdict(False, "There has been no endpoint to take down yet", "Steps 2 to 4 first.")
    return Verdict(True, "Every endpoint of this lab is gone")
