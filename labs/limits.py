"""What a call of a lab may touch in an account: names under the lab's prefix, one bucket, one role,
types of instances that are listed. The policies of infra/ say the same; here it is said before
anything leaves, in words that name the way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.errors import LabsError
from labs.undo import Call, Values, kind

_VERB = re.compile("(Create|Delete|Stop|Update)(.+?)(WeightsAndCapacities)?")
_JOB_LOGS = re.compile("/aws/sagemaker/(TrainingJobs|TransformJobs|ProcessingJobs)")
_ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
_OUTPUTS = ("S3OutputPath", "S3FailurePath", "DestinationS3Uri", "OutputS3Uri")
_WRITTEN = ("CheckpointConfig", "S3Output")  # whose S3Uri is written to; elsewhere it is read


class OutOfBounds(LabsError):
    """A call that no lab may make in this account."""


@dataclass(frozen=True)
class Limits:
    """`prefix` is the lab's own, `group` holds the schedules that are deadlines."""

    prefix: str
    bucket: str
    role_arn: str
    group: str
    instance_types: tuple[str, ...]
    max_runtime_s: int
    max_concurrency: int

    def check(self, call: Call) -> None:
        """Raises OutOfBounds for what changes something that is not this lab's, or is too large;
        UnknownCall for what nobody here knows."""
        if kind(call.service, call.operation) == "reads":
            return
        makes = kind(call.service, call.operation) == "makes"
        for what, name in touched(call):
            if not self._is_mine(what, name, exactly=makes):
                raise OutOfBounds(
                    f"the {what} {name!r} is not this lab's: its names begin with {self.prefix}.",
                    _WAYS.get(what, "Begin the name with LAB_PREFIX."),
                )
        if kind(call.service, call.operation) != "ends":
            self._check_size(call.request)

    def is_mine(self, name: str, *, exactly: bool = False) -> bool:
        """Whether a name is the lab's prefix, or begins with it and a hyphen. SageMaker and IAM
        see no difference between a and A. `exactly`: with one, so that `lab clean` finds it."""
        prefix = self.prefix
        if not exactly:
            name, prefix = name.lower(), prefix.lower()
        return name == prefix or name.startswith(f"{prefix}-")

    def _is_mine(self, what: str, name: str, *, exactly: bool) -> bool:
        match what:
            case "bucket":
                return name == self.bucket
            case "key":
                return name.startswith((f"{self.prefix}/", f"{self.prefix}-"))
            case "output":
                mine = f"s3://{self.bucket}/{self.prefix}"
                return name == mine or name.startswith((f"{mine}/", f"{mine}-"))
            case "role":
                return name == self.role_arn
            case "schedule group":
                return name == self.group
        return self.is_mine(name, exactly=exactly)

    def _check_size(self, request: Values) -> None:
        for name, value in _said(request):
            match name:
                case "InstanceType" if value not in self.instance_types:
                    raise OutOfBounds(
                        f"{value} is not among the types of instances that this account allows.",
                        f"There are: {', '.join(self.instance_types)}. More: quizengine infra "
                        "deploy --set InstanceTypes=...",
                    )
                case "MaxRuntimeInSeconds" if int(value) > self.max_runtime_s:
                    raise OutOfBounds(
                        f"a job may ask for {self.max_runtime_s} seconds here, not for {value}.",
                        "Lower StoppingCondition.MaxRuntimeInSeconds, or quizengine infra deploy "
                        "--set MaxRuntimeSeconds=...",
                    )
                case "KeepAlivePeriodInSeconds" if int(value) > 0:
                    raise OutOfBounds(
                        "a warm pool outlives lab clean: AWS deletes no job that keeps one.",
                        "Leave out KeepAlivePeriodInSeconds.",
                    )
                case "MaxConcurrency" if int(value) > self.max_concurrency:
                    raise OutOfBounds(
                        f"a serverless endpoint may take {self.max_concurrency} requests at once "
                        f"here, not {value}.",
                        "Lower MaxConcurrency, or quizengine infra deploy --set MaxConcurrency=...",
                    )


_WAYS: Mapping[str, str] = {
    "bucket": "Use LAB_BUCKET.",
    "key": "Begin the key with LAB_PREFIX and a slash.",
    "output": "Begin it with s3://, LAB_BUCKET, a slash and LAB_PREFIX: lab clean looks there.",
    "role": "Use LAB_ROLE_ARN.",
    "schedule group": "Deadlines are set and lifted for you.",
}


def touched(call: Call) -> Iterator[tuple[str, str]]:
    """What a call that changes something names of what it changes, or makes use of as its own:
    (what it is, name). Raises OutOfBounds for a service of which this cannot be told."""
    request = call.request
    match call.service:
        case "sagemaker":
            yield from _of_sagemaker(call.operation, request)
        case "s3" if "Bucket" in request:
            yield "bucket", str(request["Bucket"])
            keys = [each["Key"] for each in request.get("Delete", {}).get("Objects", ())]
            if "Key" in request:
                keys.append(request["Key"])
            if not keys:
                raise _strange(call)
            for key in keys:
                yield "key", str(key)
        case "logs" if "logGroupName" in request:
            yield "log", _log_of(request)
        case "cloudwatch" if "AlarmName" in request or "AlarmNames" in request:
            for name in request.get("AlarmNames", [request.get("AlarmName")]):
                yield "alarm", str(name)
        case "application-autoscaling" if "ResourceId" in request:
            yield "endpoint", _variant_of(request)
        case "scheduler" if "Name" in request:
            yield "schedule group", str(request.get("GroupName", "default"))
            yield "schedule", str(request["Name"])
        case _:
            raise _strange(call)


def _of_sagemaker(operation: str, request: Values) -> Iterator[tuple[str, str]]:
    found = _VERB.fullmatch(operation)
    name = f"{found[2]}Name" if found else ""
    if found and name in request:
        yield _plain(found[2]), str(request[name])
        if name != "EndpointConfigName" and "EndpointConfigName" in request:
            yield "endpoint config", str(request["EndpointConfigName"])
    elif "ResourceArn" in request:  # tags
        yield "resource", str(request["ResourceArn"]).rpartition("/")[2]
    else:
        raise _strange(Call("sagemaker", operation, request))
    for place in ("RoleArn", "ExecutionRoleArn"):
        for name, value in _said(request):
            if name == place:
                yield "role", str(value)
    for uri in _outputs(request):
        yield "output", uri


def _outputs(value: Any) -> Iterator[str]:
    """Where in S3 a request lets something be written, however deep in it."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in _OUTPUTS and each:
                yield str(each)
            elif name in _WRITTEN and isinstance(each, Mapping) and each.get("S3Uri"):
                yield str(each["S3Uri"])
            else:
                yield from _outputs(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _outputs(each)


def _plain(noun: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", noun).lower()


def _log_of(request: Values) -> str:
    """The name in a log group or stream that tells whose it is."""
    group = str(request["logGroupName"])
    if group.startswith(_ENDPOINT_LOGS):
        return group.removeprefix(_ENDPOINT_LOGS)
    if _JOB_LOGS.fullmatch(group) and "logStreamName" in request:
        return str(request["logStreamName"]).partition("/")[0]
    return group


def _variant_of(request: Values) -> str:
    match str(request["ResourceId"]).split("/"):
        case ["endpoint", name, "variant", _]:
            return name
    return str(request["ResourceId"])


def _strange(call: Call) -> OutOfBounds:
    return OutOfBounds(
        f"no lab on AWS changes anything of {call.service} by it.",
        "Do it in the cloud on this computer: --target offline.",
    )


def _said(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name and what it says, however deep in a request."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if isinstance(each, Mapping | list | tuple):
                yield from _said(each)
            else:
                yield name, each
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _said(each)
