"""What must be so in the account once this lab is done.

The endpoints are to be taken down at the end, so what they did is read from what they leave behind:
configurations, metrics, and the answers that were kept.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from labs.catalog.batch_and_endpoints import prices
from labs.lab import Account, Verdict
from labs.runner import look, verdicts

Description: TypeAlias = Mapping[str, Any]

KINDS = ("real-time", "serverless", "asynchronous", "multi-model")
TOLD = {  # how the configuration of each kind is known
    "real-time": "instances for the model of one archive, and no AsyncInferenceConfig",
    "serverless": "a ServerlessConfig in its variant",
    "asynchronous": "an AsyncInferenceConfig",
    "multi-model": "instances for the model in Mode MultiModel",
}
FROM_A = ("real_time", "serverless", "asynchronous", "multi_model_a")
FIVE, FAULT_ROWS = 5, 8_000


def _model(account: Account, name: str) -> Description | None:
    sagemaker = account.client("sagemaker")
    try:
        found = sagemaker.describe_model(ModelName=name)
    except sagemaker.exceptions.ClientError:
        return None
    return found if isinstance(found, dict) else None


def _is_multi(model: Description | None) -> bool:
    return bool(model) and (model or {}).get("PrimaryContainer", {}).get("Mode") == "MultiModel"


def _told(account: Account, letter: str, begin: int, end: int) -> list[float] | None:
    """What a model says of these test rows, as sent: as CSV."""
    archive = look.read(account, f"{account.prefix}/models/{letter}.tar.gz")
    if archive is None:
        return None
    from labs.datasets import tumours  # brings scikit-learn, which takes a second

    rows = look.rows(tumours.as_csv(tumours.tables()[2][begin:end, 1:]))
    assert not isinstance(rows, str)
    return look.predictions(archive, rows)


def models_made(account: Account) -> Verdict:
    where = f"s3://{account.bucket}/{account.prefix}/models/"
    if any(_told(account, letter, 0, 1) is None for letter in ("a", "b")):
        hint = "archives() of ready.py puts them there: quizengine lab run."
        return Verdict(False, f"a.tar.gz or b.tar.gz is not in {where}", hint)
    for name, url, multi in (("one", f"{where}a.tar.gz", False), ("many", where, True)):
        model = _model(account, f"{account.prefix}-{name}")
        if model is None:
            hint = "CreateModel makes one."
            return Verdict(False, f"There is no model {account.prefix}-{name}", hint)
        given = model.get("PrimaryContainer", {}).get("ModelDataUrl", "")
        if _is_multi(model) != multi or given.rstrip("/") != url.rstrip("/"):
            mode = "MultiModel" if _is_multi(model) else "SingleModel"
            return Verdict(
                False,
                f"{account.prefix}-{name} is in Mode {mode} and names {given or 'no archive'}",
                f"Mode {'MultiModel' if multi else 'SingleModel'}, and ModelDataUrl {url}",
            )
    return Verdict(True, f"{account.prefix}-one, and {account.prefix}-many with both archives")


def _kind(account: Account, config: Description) -> str:
    """Of which of the four kinds a configuration is."""
    (variant, *_) = config["ProductionVariants"]
    if "ServerlessConfig" in variant:
        return "serverless"
    if "AsyncInferenceConfig" in config:
        return "asynchronous"
    is_multi = _is_multi(_model(account, variant["ModelName"]))
    return "multi-model" if is_multi else "real-time"


def four_endpoints(account: Account) -> Verdict:
    sagemaker, status = account.client("sagemaker"), look.endpoints(account)
    found = sagemaker.list_endpoint_configs(NameContains=account.prefix, MaxResults=100)
    kinds = {
        _kind(account, sagemaker.describe_endpoint_config(EndpointConfigName=each))
        for each in (config["EndpointConfigName"] for config in found["EndpointConfigs"])
        if each.startswith(account.prefix)
    }
    if missing := [kind for kind in KINDS if kind not in kinds]:
        hint = "CreateEndpointConfig: see step 2."
        return Verdict(False, f"No configuration has {TOLD[missing[0]]}", hint)
    for kind in KINDS:
        name = f"{account.prefix}-{kind}"
        if _has_answered(account, kind):
            continue
        if name not in status:
            hint = "CreateEndpoint, under this very name."
            return Verdict(False, f"There is no endpoint {name}, nor has it answered", hint)
        if status[name] != "InService":
            hint = "Wait for InService; Failed says why."
            return Verdict(False, f"{name} is {status[name]}", hint)
        hint = "Its variant is to be called AllTraffic. Step 3 asks it."
        return Verdict(False, f"{name} is in service, and has not been asked", hint)
    return Verdict(True, "All four have answered")


def _has_answered(account: Account, kind: str) -> bool:
    """An asynchronous endpoint counts what it has processed."""
    names = ("InvocationsProcessed", "Invocations") if kind == "asynchronous" else ("Invocations",)
    made, where = _made(account), _variant(account, kind)
    return any(look.metric(account, name, where, since=made) for name in names)


def _made(account: Account) -> datetime.datetime | None:
    """When the model of one archive was made: metrics and transform jobs that are older are of
    another time through this lab."""
    return look.model_made(account, f"{account.prefix}-one")


def _variant(account: Account, kind: str) -> dict[str, str]:
    return {"EndpointName": f"{account.prefix}-{kind}", "VariantName": "AllTraffic"}


def _numbers(text: object) -> list[float] | None:
    """The scores in an answer's body, in lines or in one line with commas."""
    try:
        return [float(each) for each in str(text).replace(",", " ").split()]
    except ValueError:
        return None


def _close(one: float, other: float) -> bool:
    return math.isclose(one, other, abs_tol=1e-4)


def _brief(scores: list[float]) -> str:
    return ", ".join(f"{score:.3f}" for score in scores[:5])


def same_answers(account: Account) -> Verdict:
    where = f"s3://{account.bucket}/{account.prefix}/answers.json"
    answers = look.read_json(account, f"{account.prefix}/answers.json")
    if answers is None:
        return Verdict(False, f"There is no JSON object in {where}", "Keep the answers there.")
    true = {letter: _told(account, letter, 0, FIVE) for letter in ("a", "b")}
    for name in (*FROM_A, "multi_model_b"):
        known = true["b" if name == "multi_model_b" else "a"]
        if known is None:
            return Verdict(False, "There are no archives to compare with", "Step 1.")
        told = _numbers(answers.get(name))
        if told is None or name not in answers:
            saw = f"answers.json has under {name}: {str(answers.get(name))[:60]!r}"
            return Verdict(False, saw, "It is to be the body of the answer: five numbers.")
        if len(told) != len(known) or not all(map(_close, told, known)):
            return Verdict(
                False,
                f"{name} says {_brief(told)}; the model says {_brief(known)}",
                "Send the rows of five(). TargetModel chooses the archive.",
            )
    assert true["a"] is not None
    assert true["b"] is not None
    return Verdict(True, f"Four ways: {_brief(true['a'])}; model B: {_brief(true['b'])}")


def cold_start(account: Account) -> Verdict:
    answers = look.read_json(account, f"{account.prefix}/answers.json") or {}
    told = answers.get("serverless_s")
    if (
        not isinstance(told, list)
        or len(told) != 2
        or not all(isinstance(each, float | int) and each > 0 for each in told)
    ):
        hint = "The seconds of the first and of the second answer, as a list."
        return Verdict(False, f"answers.json says {told!r} under serverless_s", hint)
    first, second = told
    where, made = _variant(account, "serverless"), _made(account)
    count = look.metric(account, "ModelSetupTime", where, "SampleCount", made)
    if not count:
        saw = f"CloudWatch has no ModelSetupTime of {account.prefix}-serverless"
        return Verdict(False, saw, "Ask it; metrics may take a minute on AWS.")
    if first <= second:
        saw = f"The first answer took {first:.3f} s, the second {second:.3f} s"
        return Verdict(False, saw, "It was warm already: wait a minute, then ask twice.")
    mean_s = look.metric(account, "ModelSetupTime", where, since=made) / count / 1e6
    return Verdict(
        True,
        f"{first:.3f} s, then {second:.3f} s; a cold start takes {mean_s:.1f} s (ModelSetupTime)",
    )


# Batch


def _jobs(account: Account, prefix: str) -> list[Description]:
    """The transform jobs whose names begin so, newest first, that are younger than the model."""
    made = _made(account)
    jobs = look.transform_jobs(account, prefix)
    return [job for job in jobs if made is None or job["CreationTime"] >= made]


def _unfinished(job: Description) -> Verdict:
    name, status = job["TransformJobName"], job["TransformJobStatus"]
    hint = "The stream JOB/...data-log of the log group /aws/sagemaker/TransformJobs says why."
    return Verdict(False, f"{name} is {status}", hint)


def scored(account: Account) -> Verdict:
    others = (f"{account.prefix}-fault", f"{account.prefix}-repaired")
    jobs = [
        job
        for job in _jobs(account, account.prefix)
        if not job["TransformJobName"].startswith(others)
    ]
    if not jobs:
        return Verdict(False, "There is no transform job of yours yet", "CreateTransformJob.")
    if jobs[0]["TransformJobStatus"] != "Completed":
        return _unfinished(jobs[0])
    key = f"{account.prefix}/scores/rows.csv.out"
    body = look.read(account, key)
    if body is None:
        hint = "Its input is rows/rows.csv, its S3OutputPath .../scores."
        return Verdict(False, f"There is no s3://{account.bucket}/{key}", hint)
    lines = body.decode("utf-8", "replace").split()
    true = _told(account, "a", 0, 10**6)
    if true is None:
        return Verdict(False, "There is no archive to compare with", "Step 1.")
    if len(lines) != len(true):
        saw = f"rows.csv.out has {len(lines)} lines, and there are {len(true)} rows"
        return Verdict(False, saw, "SplitType Line, and AssembleWith Line.")
    for number, (line, score) in enumerate(zip(lines, true, strict=True), 1):
        id, _, told = line.partition(",")
        numbers = _numbers(told)
        if id != f"tumour-{number:03}" or not numbers or not _close(numbers[0], score):
            return Verdict(
                False,
                f"Line {number} of rows.csv.out is {line[:60]!r}; it should be "
                f"tumour-{number:03} and {score:.3f}",
                "InputFilter $[1:], JoinSource Input, OutputFilter $[0,-1].",
            )
    return Verdict(True, f"{len(lines)} ids, each with its score: {lines[0]} and so on")


def repaired(account: Account) -> Verdict:
    prefix = account.prefix
    faults = _jobs(account, f"{prefix}-fault")
    jobs = _jobs(account, f"{prefix}-repaired")
    first = "First read the data log of the job that fault.py has started."
    if missing := verdicts.unrepaired(account, faults, jobs, "transform job", first):
        return missing
    job = jobs[0]
    name = job["TransformJobName"]
    if job["TransformJobStatus"] != "Completed":
        return _unfinished(job)
    uri = job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    if not uri.startswith(f"s3://{account.bucket}/{prefix}/fault"):
        return Verdict(False, f"{name} reads {uri}", f"The same file: s3://.../{prefix}/fault/")
    if job["TransformInput"].get("SplitType") != "Line":
        return Verdict(
            False,
            f"{name} sends the whole file as one request",
            "That is over again with a larger file. Let SageMaker split it.",
        )
    output = job["TransformOutput"]["S3OutputPath"].removeprefix(f"s3://{account.bucket}/")
    body = look.read(account, f"{output.rstrip('/')}/many.csv.out")
    told = _numbers((body or b"").decode("utf-8", "replace"))
    if told is None or len(told) != FAULT_ROWS:
        saw = f"many.csv.out of {name} has {len(told or ())} scores"
        return Verdict(False, saw, f"There are {FAULT_ROWS} rows: AssembleWith Line.")
    return Verdict(True, f"{name} has scored {len(told)} rows, cut into requests by SageMaker")


# Costs


def _cost(load: prices.Load) -> dict[str, float]:
    """USD a day, by way: the rules of the guide."""
    every = load.models * load.requests
    room = load.hours * 3600 * prices.AT_ONCE / prices.SECONDS  # requests, of one instance
    alone = load.models * math.ceil(load.requests / room)
    job_s = prices.START + load.requests * prices.SECONDS / prices.AT_ONCE
    return {
        "real_time": alone * 24 * prices.INSTANCE,
        "serverless": every * prices.SECONDS * prices.SERVERLESS,
        "asynchronous": alone * min(24, load.hours + prices.WAKE) * prices.INSTANCE,
        "multi_model": math.ceil(every / room) * 24 * prices.INSTANCE,
        "batch": load.models * job_s / 3600 * prices.INSTANCE,
    }


def costs(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/costs.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/costs.json"
        hint = "costs() in starter.py; report() puts it there."
        return Verdict(False, f"There is no JSON object in {where}", hint)
    cheapest = []
    for name, load in prices.LOADS.items():
        own, true = told.get(name), _cost(load)
        for way in prices.WAYS:
            given = own.get(way) if isinstance(own, dict) else None
            if not _same(given, true[way]):
                return Verdict(False, f"costs.json says {given!r} under {name}, {way}", RULES[way])
        cheapest.append(f"{name} {min(true, key=true.__getitem__)}")
    even = 24 * prices.INSTANCE / (prices.SECONDS * prices.SERVERLESS)
    if not _same(told.get("break_even"), even):
        return Verdict(
            False,
            f"costs.json says {told.get('break_even')!r} under break_even",
            "How many requests a day cost as much, serverless, as 24 hours of one instance?",
        )
    return Verdict(True, f"The cheapest: {', '.join(cheapest)}. Break-even at {even:,.0f} a day")


RULES = {
    "real_time": "24 hours of as many instances as one model needs, for each model.",
    "serverless": "All requests, times SECONDS, times SERVERLESS.",
    "asynchronous": "Instances as real-time, for hours + WAKE in place of 24; 24 at most.",
    "multi_model": "24 hours of as many instances as all models need together.",
    "batch": "For each model START seconds, and its requests times SECONDS / AT_ONCE.",
}


def _same(told: object, true: float) -> bool:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return False
    return math.isclose(told, true, rel_tol=0.01)


def taken_down(account: Account) -> Verdict:
    left = look.endpoints(account)
    if left:
        names = ", ".join(f"{name} ({status})" for name, status in sorted(left.items()))
        return Verdict(False, f"Still there: {names}", "Delete them once the other steps are done.")
    if silent := [kind for kind in KINDS if not _has_answered(account, kind)]:
        saw = f"There has been no {silent[0]} endpoint to take down yet"
        return Verdict(False, saw, "Steps 2 and 3 first.")
    return Verdict(True, "Every endpoint of this lab is gone")
