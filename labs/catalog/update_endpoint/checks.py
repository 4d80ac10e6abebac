"""What must be so in the account once this lab is done.

The endpoint is gone at the end, so what it did is read from what it leaves behind: its metrics by
configuration, its alarms, and the reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from labs.lab import Account, Verdict
from labs.runner import look, verdicts

FORECAST = (
    "new_model_needs_deregistering",
    "renamed_variant_needs_deregistering",
    "count_falls_back",
    "canary_costs_errors",
    "endpoint_fails",
)
LEAST_ASKED = 20  # requests during an update, to say that nobody noticed
ERRORS = "Invocation4XXErrors"


def _config(account: Account, name: str) -> dict[str, Any] | None:
    """An endpoint configuration by the end of its name; None if there is none."""
    sagemaker = account.client("sagemaker")
    full = f"{account.prefix}-{name}"
    try:
        found = sagemaker.describe_endpoint_config(EndpointConfigName=full)
    except sagemaker.exceptions.ClientError:
        return None
    return found if isinstance(found, dict) else None


def _endpoint(account: Account) -> dict[str, Any] | None:
    sagemaker = account.client("sagemaker")
    try:
        found = sagemaker.describe_endpoint(EndpointName=account.prefix)
    except sagemaker.exceptions.ClientError:
        return None
    return found if isinstance(found, dict) else None


def _fleet(account: Account, config: str, variant: str) -> dict[str, str]:
    """The dimensions by which one fleet is counted alone."""
    return {
        "EndpointName": account.prefix,
        "VariantName": variant,
        "EndpointConfigName": f"{account.prefix}-{config}",
    }


def _asked(account: Account, config: str, variant: str) -> int:
    return int(look.metric(account, "Invocations", _fleet(account, config, variant)))


def _targets(account: Account) -> list[str]:
    """The registered variants of the lab's endpoint."""
    start = f"endpoint/{account.prefix}/variant/"
    pages = account.client("application-autoscaling").get_paginator("describe_scalable_targets")
    return [
        each["ResourceId"].removeprefix(start)
        for page in pages.paginate(ServiceNamespace="sagemaker")
        for each in page["ScalableTargets"]
        if each["ResourceId"].startswith(start)
    ]


def _missing(account: Account, name: str, step: str) -> Verdict:
    where = f"s3://{account.bucket}/{account.prefix}/{name}.json"
    return Verdict(False, f"There is no JSON object in {where}", f"report() puts it there: {step}.")


def _whole(told: object) -> bool:
    """Whether it is a count."""
    return isinstance(told, int) and not isinstance(told, bool) and told >= 0


def forecast(account: Account) -> Verdict:
    names = [f"{account.prefix}-{name}" for name in ("live", "b")]  # those of updates
    found = [_config(account, name) for name in ("live", "b")]
    begun = [
        {"TrainingJobName": name, "CreationTime": each["CreationTime"]}
        for name, each in zip(names, found, strict=True)
        if each is not None
    ]
    verdict = verdicts.forecast(account, FORECAST, begun, dict(_seen(account)))
    return replace(verdict, saw=verdict.saw.replace("the first job", "the first update"))


def _seen(account: Account) -> Iterator[tuple[str, bool]]:
    """What has come of the things that were forecast, as far as it is known."""
    told = look.read_json(account, f"{account.prefix}/exchange.json") or {}
    if _whole(told.get("instances")):
        yield "new_model_needs_deregistering", False
        yield "count_falls_back", told["instances"] < 2
    told = look.read_json(account, f"{account.prefix}/refused.json") or {}
    if "message" in told:
        yield "renamed_variant_needs_deregistering", True
    told = look.read_json(account, f"{account.prefix}/guard.json") or {}
    if _whole(told.get("errors")):
        yield "canary_costs_errors", told["errors"] > 0
        yield "endpoint_fails", "Failed" in str(told.get("statuses"))


def deployed(account: Account) -> Verdict:
    asked = _asked(account, "a", "main")
    endpoint = _endpoint(account)
    if endpoint is None:
        if asked:
            saw = f"Model a was asked {asked} times. What was registered cannot be seen any more"
            return Verdict(True, saw)
        hint = "create_endpoint with the configuration that starter.py names, then settled()."
        return Verdict(
            False, f"There is no endpoint {account.prefix}, nor has there been one", hint
        )
    status = endpoint["EndpointStatus"]
    if status in ("Creating", "Failed"):
        saw = f"{account.prefix} is {status}. {endpoint.get('FailureReason', '')}".strip()
        return Verdict(False, saw, "Wait for InService; Failed says why.")
    if not _targets(account):
        return Verdict(
            False,
            "No variant of the endpoint is registered with Application Auto Scaling",
            f"register_scalable_target with the ResourceId endpoint/{account.prefix}/variant/main.",
        )
    variant = endpoint["ProductionVariants"][0]
    count = variant.get("CurrentInstanceCount", 0)
    if count < 2:
        return Verdict(
            False,
            f"The variant {variant['VariantName']} has {count} instance",
            "Play the part of a scaling policy: DesiredInstanceCount 2.",
        )
    return Verdict(
        True, f"{account.prefix} is {status}: {variant['VariantName']}, {count} instances"
    )


def exchanged(account: Account) -> Verdict:
    config = _config(account, "b")
    if config is None or config["ProductionVariants"][0]["VariantName"] != "main":
        saw = f"There is no configuration {account.prefix}-b with the variant main"
        return Verdict(False, saw, "configuration('b', 'main', 'b') of ready.py makes it.")
    told = look.read_json(account, f"{account.prefix}/exchange.json")
    if told is None:
        return _missing(account, "exchange", "step 3")
    fields = ("asked", "errors", "a", "b", "instances")
    if wrong := [name for name in fields if not _whole(told.get(name))]:
        saw = f"exchange.json says {told.get(wrong[0])!r} under {wrong[0]}"
        return Verdict(False, saw, "A number. Step 3 says what belongs there.")
    again = f"Delete the endpoint {account.prefix}, and run starter.py again: it begins with a."
    if told["errors"]:
        return Verdict(
            False, f"{told['errors']} of {told['asked']} requests came back as errors", again
        )
    if told["asked"] < LEAST_ASKED or not told["a"] or not told["b"]:
        saw = f"Of {told['asked']} requests model a answered {told['a']}, model b {told['b']}"
        return Verdict(False, saw, f"Keep the load up before, during and after it. {again}")
    for model in ("a", "b"):
        counted = _asked(account, model, "main")
        if told[model] > counted:
            saw = f"exchange.json says {told[model]} by {model}; CloudWatch counts {counted}"
            return Verdict(False, saw, "Invocations by EndpointConfigName. On AWS, wait a minute.")
    answered = told["a"] + told["b"]
    if answered != told["asked"]:
        saw = f"exchange.json says {told['asked']} asked; a and b answered {answered}, none failed"
        hint = "Each answer is a's, b's or an error: count them once the block of the load is over."
        return Verdict(False, saw, hint)
    if told["instances"] < 2:
        return Verdict(
            False,
            f"After the update there was {told['instances']} instance, and there had been 2",
            f"RetainAllVariantProperties=True keeps what scaling has made. {again}",
        )
    shares = f"{told['a']} by a, {told['b']} by b"
    return Verdict(
        True, f"{told['asked']} requests, {shares}, none lost; {told['instances']} instances"
    )


def renamed(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/refused.json")
    if told is None:
        return _missing(account, "refused", "step 4")
    message = str(told.get("message"))
    if "regist" not in message.lower():
        return Verdict(
            False,
            f"refused.json says {message[:100]!r}: nothing of a registered variant",
            "Try it while main is registered, and keep what UpdateEndpoint says: str(error). "
            "Is it live already? Delete the endpoint, and run starter.py again.",
        )
    config = _config(account, "live")
    if config is None or config["ProductionVariants"][0]["VariantName"] != "live":
        saw = f"There is no configuration {account.prefix}-live with the variant live"
        return Verdict(False, saw, "configuration('live', 'live', 'b', 2) of ready.py makes it.")
    asked = _asked(account, "live", "live")
    if not asked:
        return Verdict(
            False,
            "It was refused, and the variant live has not been asked since",
            "Deregister main, update again, register live, and ask it once.",
        )
    return Verdict(True, f"Refused while main was registered; live has been asked {asked} times")


def _alarm(account: Account, name: str) -> dict[str, Any] | None:
    found = account.client("cloudwatch").describe_alarms(AlarmNames=[f"{account.prefix}-{name}"])
    alarms: list[dict[str, Any]] = found["MetricAlarms"]
    return alarms[0] if alarms else None


def _blind(account: Account, alarm: Mapping[str, Any]) -> Verdict | None:
    """What keeps an alarm from seeing the new fleet fail; None if nothing does."""
    name = alarm["AlarmName"]
    if alarm.get("MetricName") != ERRORS or alarm.get("Namespace") != "AWS/SageMaker":
        saw = f"{name} watches {alarm.get('MetricName')} in {alarm.get('Namespace')}"
        return Verdict(False, saw, f"{ERRORS} in AWS/SageMaker: the container answers 400.")
    compares = f"{alarm.get('Statistic')} {alarm.get('ComparisonOperator')}"
    if not compares.startswith("Average GreaterThan"):
        saw = f"{name} goes off at {compares}"
        return Verdict(False, saw, "Average GreaterThanThreshold: when the share is too large.")
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
    said = ", ".join(f"{key} {value}" for key, value in sorted(dimensions.items()))
    if not look.metric(account, ERRORS, dimensions):
        return Verdict(
            False,
            f"{name} watches a metric in which nothing has happened: {said or 'no dimensions'}",
            "Compare with the metrics that there are: aws cloudwatch list-metrics.",
        )
    if dimensions.get("EndpointConfigName") != f"{account.prefix}-c":
        return Verdict(
            False,
            f"{name} sees both fleets: {said}",
            "Name the new configuration as EndpointConfigName: then it sees the new fleet alone.",
        )
    return None


def guarded(account: Account) -> Verdict:
    alarm = _alarm(account, "errors")
    if alarm is None:
        saw = f"There is no alarm {account.prefix}-errors"
        return Verdict(False, saw, "cloudwatch.put_metric_alarm; step 5 says with what.")
    told = look.read_json(account, f"{account.prefix}/guard.json")
    if told is None:
        return _missing(account, "guard", "step 5")
    if told.get("serves") != f"{account.prefix}-live":
        return Verdict(
            False,
            f"guard.json says that the endpoint served by {told.get('serves')!r} in the end",
            "The alarm is to take model c back: name it under AutoRollbackConfiguration.",
        )
    if blind := _blind(account, alarm):
        return blind
    if not _whole(told.get("errors")) or not told["errors"]:
        saw = f"guard.json says {told.get('errors')!r} under errors"
        return Verdict(False, saw, "Keep the load up during the update: no load, no alarm.")
    counted = look.metric(account, ERRORS, _fleet(account, "c", "live"))
    if told["errors"] > counted:
        saw = f"guard.json says {told['errors']} errors; CloudWatch counts {counted} of model c"
        return Verdict(
            False, saw, "Each answer of the load that is an error. On AWS, wait a minute."
        )
    if "RollingBack" not in str(told.get("statuses")):
        return Verdict(
            False,
            f"guard.json says that the endpoint went through {told.get('statuses')}",
            "settled() tells the statuses; RollingBack is one of them when an alarm went off.",
        )
    share = f"{told['errors']} of {told.get('asked')} requests failed"
    return Verdict(True, f"{share} in the canary; then it was back with {told['serves']}")


def repaired(account: Account) -> Verdict:
    alarm = _alarm(account, "fault")
    if alarm is None:
        return Verdict(False, "The fault has not been planted yet", "quizengine lab run fault.py")
    if blind := _blind(account, alarm):
        return blind
    told = look.read_json(account, f"{account.prefix}/repaired.json")
    if told is None:
        hint = "fault.py writes it once the model was taken back: run it again."
        return Verdict(False, f"There is no {account.prefix}/repaired.json", hint)
    if told.get("serves") != f"{account.prefix}-live" or "error" in str(told.get("answers")):
        saw = f"repaired.json says that {told.get('serves')!r} serves: {told.get('answers')}"
        return Verdict(False, saw, "Only the alarm was to be repaired: it takes model c back.")
    return Verdict(True, f"{alarm['AlarmName']} saw model c fail, and took it back")


def taken_down(account: Account) -> Verdict:
    endpoint = _endpoint(account)
    if endpoint is not None:
        saw = f"{account.prefix} is {endpoint['EndpointStatus']}"
        return Verdict(False, saw, "Deregister its variant and delete it when all else is done.")
    if not any(_asked(account, config, "main") for config in ("a", "b")):
        return Verdict(False, "There has been no endpoint to take down yet", "Steps 2 to 6 first.")
    if left := _targets(account):
        saw = f"Still registered with Application Auto Scaling: {', '.join(left)}"
        return Verdict(False, saw, "deregister_scalable_target.")
    return Verdict(True, "The endpoint is gone, and so is its scalable target")
