"""Taking down what a lab made: everything whose name begins with its prefix, newest first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from labs.lab import Account

PATIENCE = 900.0  # seconds for one thing to go: AWS takes minutes for an endpoint
POLL, POLL_LATER = 0.5, 5.0  # seconds; the latter once it has taken LONG
LONG = 15.0
MOST = 100  # that a List operation of SageMaker answers at once; 10 unless it is asked
_JOB_LOGS = ("/aws/sagemaker/TrainingJobs", "/aws/sagemaker/TransformJobs")
_ENDPOINTS = "/aws/sagemaker/Endpoints/"
_AT_REST = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")
_RUNS = ("InProgress", "Stopping")  # what a job or a search is in before it has ended
# What an endpoint leans on. SageMaker deletes it all the same, and an endpoint that is on its way
# somewhere may never arrive then (DeleteEndpointConfig in its API reference).
LEANT_ON = ("alarm", "endpoint configuration", "model")
STANDS = "an endpoint that may lean on it is still there"


@dataclass(frozen=True)
class Thing:
    """One resource. `where` is what else its service needs to know of it."""

    kind: str
    name: str
    since: datetime
    where: str = ""


@dataclass(frozen=True)
class Fate:
    """What became of a thing. `why` it is still there; empty if it is gone."""

    thing: Thing
    why: str = ""


def clean(account: Account, kinds: Kinds | None = None) -> Iterator[Fate]:
    """Each thing once it is gone, then whatever is left. `kinds`: other than KINDS."""
    failed: dict[Thing, str] = {}
    yield from swept(account, failed, kinds)
    yield from left(account, failed, kinds)


def swept(account: Account, failed: dict[Thing, str], kinds: Kinds | None = None) -> Iterator[Fate]:
    """Each thing once it is gone. `failed` gets those that could not be deleted, and why. While an
    endpoint is among these, nothing goes that it may lean on."""
    for find, delete in (kinds or KINDS).values():
        for thing in sorted(find(account), key=lambda thing: thing.since, reverse=True):
            if thing.kind in LEANT_ON and any(each.kind == "endpoint" for each in failed):
                failed[thing] = STANDS
                continue
            try:
                delete(account, thing)
            except _refusals() as error:
                failed[thing] = str(error)
            else:
                yield Fate(thing)


def left(
    account: Account, failed: Mapping[Thing, str], kinds: Kinds | None = None
) -> Iterator[Fate]:
    """What is there now, and why: as `failed` has it."""
    for find, _ in (kinds or KINDS).values():
        for thing in find(account):
            yield Fate(thing, failed.get(thing, "it came after, or is not gone yet"))


def _refusals() -> tuple[type[Exception], ...]:
    from botocore.exceptions import ClientError, WaiterError

    return ClientError, WaiterError, TimeoutError


def _mine(account: Account, name: str) -> bool:
    return name == account.prefix or name.startswith(f"{account.prefix}-")


def _listed(
    account: Account, operation: str, answers: str, name: str, kind: str
) -> Iterator[Thing]:
    """What a List operation of SageMaker has under the lab's prefix."""
    pages = account.client("sagemaker").get_paginator(operation)
    for page in pages.paginate(NameContains=account.prefix, MaxResults=MOST):
        for each in page[answers]:
            if _mine(account, each[name]):
                yield Thing(kind, each[name], each["CreationTime"])


def _endpoints(account: Account) -> Iterator[Thing]:
    return _listed(account, "list_endpoints", "Endpoints", "EndpointName", "endpoint")


def _delete_endpoint(account: Account, thing: Thing) -> None:
    """One that is on its way somewhere is waited for: until then it cannot be deleted."""
    sagemaker = account.client("sagemaker")

    def status() -> str:
        return str(sagemaker.describe_endpoint(EndpointName=thing.name)["EndpointStatus"])

    if status() != "Deleting":
        _until(lambda: status() in _AT_REST, thing)
        sagemaker.delete_endpoint(EndpointName=thing.name)
    _until_gone(_endpoints, account, thing)


def _targets(account: Account) -> Iterator[Thing]:
    """Variants of the lab's endpoints that are registered for auto scaling, some of them perhaps of
    endpoints that are gone. `where` is what of a variant is scaled."""
    pages = account.client("application-autoscaling").get_paginator("describe_scalable_targets")
    for page in pages.paginate(ServiceNamespace="sagemaker"):
        for each in page["ScalableTargets"]:
            _, _, rest = each["ResourceId"].partition("endpoint/")
            if _mine(account, rest.partition("/")[0]):
                where = each["ScalableDimension"]
                yield Thing("scalable target", each["ResourceId"], each["CreationTime"], where)


def _deregister(account: Account, thing: Thing) -> None:
    account.client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="sagemaker", ResourceId=thing.name, ScalableDimension=thing.where
    )


def _alarms(account: Account) -> Iterator[Thing]:
    pages = account.client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNamePrefix=account.prefix):
        for each in page["MetricAlarms"]:
            if _mine(account, each["AlarmName"]):
                since = each["AlarmConfigurationUpdatedTimestamp"]
                yield Thing("alarm", each["AlarmName"], since)


def _delete_alarm(account: Account, thing: Thing) -> None:
    account.client("cloudwatch").delete_alarms(AlarmNames=[thing.name])


def _configs(account: Account) -> Iterator[Thing]:
    answers, name = "EndpointConfigs", "EndpointConfigName"
    return _listed(account, "list_endpoint_configs", answers, name, "endpoint configuration")


def _delete_config(account: Account, thing: Thing) -> None:
    account.client("sagemaker").delete_endpoint_config(EndpointConfigName=thing.name)


def _models(account: Account) -> Iterator[Thing]:
    return _listed(account, "list_models", "Models", "ModelName", "model")


def _delete_model(account: Account, thing: Thing) -> None:
    account.client("sagemaker").delete_model(ModelName=thing.name)


def _tuning_jobs(account: Account) -> Iterator[Thing]:
    answers, name = "HyperParameterTuningJobSummaries", "HyperParameterTuningJobName"
    return _listed(account, "list_hyper_parameter_tuning_jobs", answers, name, "tuning job")


def _delete_tuning_job(account: Account, thing: Thing) -> None:
    """One that runs is stopped first. Its training jobs stay until they are deleted themselves."""
    sagemaker = account.client("sagemaker")
    named = {"HyperParameterTuningJobName": thing.name}

    def status() -> str:
        job = sagemaker.describe_hyper_parameter_tuning_job(**named)
        return str(job["HyperParameterTuningJobStatus"])

    if status() == "InProgress":
        sagemaker.stop_hyper_parameter_tuning_job(**named)
    _until(lambda: status() not in _RUNS, thing)
    if status() != "Deleting":
        sagemaker.delete_hyper_parameter_tuning_job(**named)
    _until_gone(_tuning_jobs, account, thing)


def _jobs(account: Account) -> Iterator[Thing]:
    answers, name = "TrainingJobSummaries", "TrainingJobName"
    return _listed(account, "list_training_jobs", answers, name, "training job")


def _delete_job(account: Account, thing: Thing) -> None:
    """One that runs is stopped first: only one that has ended can be deleted."""
    sagemaker = account.client("sagemaker")

    def status() -> str:
        job = sagemaker.describe_training_job(TrainingJobName=thing.name)
        return str(job["TrainingJobStatus"])

    if status() == "InProgress":
        sagemaker.stop_training_job(TrainingJobName=thing.name)
    _until(lambda: status() not in _RUNS, thing)
    if status() != "Deleting":
        sagemaker.delete_training_job(TrainingJobName=thing.name)
    _until_gone(_jobs, account, thing)


def _transforms(account: Account) -> Iterator[Thing]:
    """Transform jobs that run. SageMaker deletes none: what has ended stays in its list, and costs
    nothing."""
    pages = account.client("sagemaker").get_paginator("list_transform_jobs")
    for page in pages.paginate(NameContains=account.prefix, MaxResults=MOST):
        for each in page["TransformJobSummaries"]:
            is_over = each["TransformJobStatus"] in ("Completed", "Failed", "Stopped")
            if _mine(account, each["TransformJobName"]) and not is_over:
                yield Thing("transform job", each["TransformJobName"], each["CreationTime"])


def _stop_transform(account: Account, thing: Thing) -> None:
    sagemaker = account.client("sagemaker")
    named = {"TransformJobName": thing.name}

    def status() -> str:
        return str(sagemaker.describe_transform_job(**named)["TransformJobStatus"])

    if status() == "InProgress":
        sagemaker.stop_transform_job(**named)
    _until(lambda: status() not in _RUNS, thing)


def _objects(account: Account) -> Iterator[Thing]:
    """Under the lab's prefix, and under what begins with it: the SDK's paths begin with a job's
    name."""
    pages = account.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=account.bucket, Prefix=account.prefix):
        for each in page.get("Contents", ()):
            folder, slash, _ = each["Key"].partition("/")
            if slash and _mine(account, folder):
                yield Thing("object", each["Key"], each["LastModified"])


def _delete_object(account: Account, thing: Thing) -> None:
    account.client("s3").delete_object(Bucket=account.bucket, Key=thing.name)


def _log_groups(account: Account) -> Iterator[Thing]:
    pages = account.client("logs").get_paginator("describe_log_groups")
    for page in pages.paginate(logGroupNamePrefix=f"{_ENDPOINTS}{account.prefix}"):
        for each in page["logGroups"]:
            if _mine(account, each["logGroupName"].removeprefix(_ENDPOINTS)):
                yield Thing("log group", each["logGroupName"], _moment(each))


def _delete_log_group(account: Account, thing: Thing) -> None:
    account.client("logs").delete_log_group(logGroupName=thing.name)


def _log_streams(account: Account) -> Iterator[Thing]:
    logs = account.client("logs")
    pages = logs.get_paginator("describe_log_streams")
    for group in _JOB_LOGS:
        try:
            for page in pages.paginate(logGroupName=group, logStreamNamePrefix=account.prefix):
                for each in page["logStreams"]:
                    if _mine(account, each["logStreamName"].partition("/")[0]):
                        yield Thing("log stream", each["logStreamName"], _moment(each), group)
        except logs.exceptions.ResourceNotFoundException:
            continue


def _delete_log_stream(account: Account, thing: Thing) -> None:
    logs = account.client("logs")
    logs.delete_log_stream(logGroupName=thing.where, logStreamName=thing.name)


def _moment(told: Mapping[str, Any]) -> datetime:
    """CloudWatch Logs tells times in milliseconds."""
    return datetime.fromtimestamp(told["creationTime"] / 1000, UTC)


def _until(done: Callable[[], bool], thing: Thing) -> None:
    """Wait. Raises TimeoutError."""
    began = time.monotonic()
    while not done():
        waited = time.monotonic() - began
        if waited > PATIENCE:
            raise TimeoutError(f"after {PATIENCE:g} s the {thing.kind} was still busy")
        time.sleep(POLL if waited < LONG else POLL_LATER)


def _until_gone(find: Find, account: Account, thing: Thing) -> None:
    """Wait until it is on its list no more: a deletion goes on after it is answered."""
    _until(lambda: thing.name not in {each.name for each in find(account)}, thing)


Find: TypeAlias = Callable[[Account], Iterator[Thing]]
Delete: TypeAlias = Callable[[Account, Thing], None]
Kinds: TypeAlias = Mapping[str, tuple[Find, Delete]]

# In an order in which nothing is deleted that something else leans on.
KINDS: dict[str, tuple[Find, Delete]] = {
    "scalable target": (_targets, _deregister),
    "endpoint": (_endpoints, _delete_endpoint),
    "alarm": (_alarms, _delete_alarm),
    "endpoint configuration": (_configs, _delete_config),
    "transform job": (_transforms, _stop_transform),
    "model": (_models, _delete_model),
    "tuning job": (_tuning_jobs, _delete_tuning_job),
    "training job": (_jobs, _delete_job),
    "log group": (_log_groups, _delete_log_group),
    "log stream": (_log_streams, _delete_log_stream),
    "object": (_objects, _delete_object),
}
