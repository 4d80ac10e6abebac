"""An account of a few dictionaries, with as much of each service as cleaning uses. It keeps what is
made, refuses what it is told to refuse, and can be cut off at any call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from labs.undo import Call

WHEN = datetime(2026, 11, 21, 12, tzinfo=UTC)
BUCKET = "quizengine-labs-123456789012"
Key = tuple[str, str]  # what it is, its name

# By noun of SageMaker's operations: the key of the list's answer.
LISTS = {
    "endpoint": "Endpoints",
    "endpoint_config": "EndpointConfigs",
    "hyper_parameter_tuning_job": "HyperParameterTuningJobSummaries",
    "model": "Models",
    "training_job": "TrainingJobSummaries",
    "transform_job": "TransformJobSummaries",
}
JOBS = ("hyper_parameter_tuning_job", "training_job", "transform_job")


def refusal(code: str, message: str, operation: str = "Any") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Cut(BaseException):
    """Ctrl-C, or the end of the process."""


@dataclass
class FakeAccount:
    """An Account. `things` are what is there, newest last; `refused`: things that cannot be
    deleted, and how often still; `slow`: what is Deleting before it is gone, and for how many looks
    at its list; `cut_at`: the number of the call at which whoever calls is cut
    off, counted down; `looked`: is called after each change."""

    prefix: str = "quizengine-de"
    bucket: str = BUCKET
    role_arn: str = "arn:aws:iam::123456789012:role/quizengine-execution"
    region: str = "us-east-1"
    things: dict[Key, str] = field(default_factory=dict)  # a state each
    refused: dict[Key, int] = field(default_factory=dict)
    slow: dict[Key, int] = field(default_factory=dict)
    cut_at: int = 0
    looked: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def make(self, call: Call) -> None:
        """What a call makes is there from now on."""
        (key, state) = made(call)
        self.things.setdefault(key, state)

    def called(self, service: str, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if self.cut_at:
            self.cut_at -= 1
            if not self.cut_at:
                raise Cut
        self.calls.append(method)
        verb, _, noun = method.partition("_")
        if service == "sagemaker" and noun in LISTS:
            return self._sagemaker(verb, noun, str(next(iter(request.values()))))
        match method:
            case "delete_object":
                self.things.pop(("object", f"{request['Bucket']}/{request['Key']}"), None)
            case "delete_schedule":
                self._take(("schedule", request["Name"]), "ResourceNotFoundException")
            case "delete_log_group":
                self._take(("log_group", request["logGroupName"]), "ResourceNotFoundException")
            case "delete_log_stream":
                name = f"{request['logGroupName']} {request['logStreamName']}"
                self._take(("log_stream", name), "ResourceNotFoundException")
            case "deregister_scalable_target":
                self._take(("target", request["ResourceId"]), "ObjectNotFoundException")
            case "delete_alarms":
                for name in request["AlarmNames"]:
                    self._take(("alarm", name), "ResourceNotFound")
            case "describe_scalable_targets" | "describe_scaling_policies" | "describe_alarms":
                return {}
            case _:
                raise AssertionError(f"{service} {method}: nobody cleans by that")
        self.looked()
        return {}

    def _sagemaker(self, verb: str, noun: str, name: str) -> dict[str, Any]:
        word = "".join(part.title() for part in noun.split("_"))
        key = (noun, name)
        if key not in self.things:
            said = (
                "Requested resource not found." if noun in JOBS else f'Could not find {noun} "x".'
            )
            raise refusal("ValidationException", said)
        match verb:
            case "describe":
                return {f"{word}Status": self.things[key], f"{word}Name": name}
            case "stop":
                self.things[key] = "Stopped"
            case "delete":
                assert noun not in JOBS or self.things[key] != "InProgress", "it runs"
                self._take(key, "")
        self.looked()
        return {}

    def _take(self, key: Key, gone: str) -> None:
        if key not in self.things:
            raise refusal(gone, "there is no such thing")
        if self.refused.get(key):
            self.refused[key] -= 1
            raise refusal("InternalFailure", "not now")
        if key in self.slow:
            assert self.things[key] != "Deleting", "it goes already"
            self.things[key] = "Deleting"
        else:
            del self.things[key]

    def _time_passes(self, noun: str) -> None:
        for key in [key for key in self.slow if key[0] == noun]:
            if self.things.get(key) == "Deleting":
                self.slow[key] -= 1
                if not self.slow[key]:
                    del self.slow[key], self.things[key]

    def listed(self, method: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """One page of what a list has."""
        self.called_list(method)
        noun = method.removeprefix("list_").removesuffix("s")
        if noun in LISTS:
            word = "".join(part.title() for part in noun.split("_"))
            found = [name for name in self._names(noun) if request["NameContains"] in name]
            self._time_passes(noun)
            return {
                LISTS[noun]: [
                    {
                        f"{word}Name": name,
                        "CreationTime": WHEN,
                        f"{word}Status": self.things.get((noun, name), "Deleting"),
                    }
                    for name in found
                ]
            }
        match method:
            case "list_objects_v2":
                start = f"{request['Bucket']}/{request['Prefix']}"
                keys = [name for name in self._names("object") if name.startswith(start)]
                told = [name.partition("/")[2] for name in keys]
                return {"Contents": [{"Key": key, "LastModified": WHEN} for key in told]}
            case "list_schedules":
                start = request["NamePrefix"]
                names = [each for each in self._names("schedule") if each.startswith(start)]
                group = "quizengine-deadlines"
                return {
                    "Schedules": [
                        {"Name": each, "GroupName": group, "CreationDate": WHEN} for each in names
                    ]
                }
            case "describe_log_groups":
                start = request["logGroupNamePrefix"]
                names = [each for each in self._names("log_group") if each.startswith(start)]
                return {"logGroups": [{"logGroupName": n, "creationTime": 0} for n in names]}
            case "describe_log_streams":
                start = f"{request['logGroupName']} {request['logStreamNamePrefix']}"
                found = [each for each in self._names("log_stream") if each.startswith(start)]
                names = [each.partition(" ")[2] for each in found]
                return {"logStreams": [{"logStreamName": n, "creationTime": 0} for n in names]}
            case "describe_alarms":
                start = request.get("AlarmNamePrefix", "")
                names = [each for each in self._names("alarm") if each.startswith(start)]
                since = {"AlarmConfigurationUpdatedTimestamp": WHEN}
                return {"MetricAlarms": [{"AlarmName": each, **since} for each in names]}
            case "describe_scalable_targets":
                return {
                    "ScalableTargets": [
                        {
                            "ResourceId": each,
                            "ServiceNamespace": "sagemaker",
                            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                            "CreationTime": WHEN,
                        }
                        for each in self._names("target")
                    ]
                }
        raise AssertionError(f"{method}: nobody looks for that")

    def called_list(self, method: str) -> None:
        if self.cut_at:
            self.cut_at -= 1
            if not self.cut_at:
                raise Cut
        self.calls.append(method)

    def _names(self, kind: str) -> list[str]:
        return [name for each, name in self.things if each == kind]


@dataclass(frozen=True)
class _Client:
    account: FakeAccount
    service: str

    class exceptions:  # noqa: N801 - as boto3 calls it
        ResourceNotFoundException = type("ResourceNotFoundException", (ClientError,), {})

    def get_paginator(self, method: str) -> _Pages:
        return _Pages(self.account, method)

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        return lambda **request: self.account.called(self.service, method, request)


@dataclass(frozen=True)
class _Pages:
    account: FakeAccount
    method: str

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        yield self.account.listed(self.method, request)


def made(call: Call) -> tuple[Key, str]:
    """What a call makes, and the state in which it is then."""
    request = call.request
    match call.operation:
        case "PutObject":
            return ("object", f"{request['Bucket']}/{request['Key']}"), ""
        case "CreateSchedule":
            return ("schedule", request["Name"]), ""
        case "RegisterScalableTarget":
            return ("target", request["ResourceId"]), ""
        case "PutMetricAlarm":
            return ("alarm", request["AlarmName"]), ""
        case "CreateLogGroup":
            return ("log_group", request["logGroupName"]), ""
    noun = {
        "CreateEndpoint": "endpoint",
        "CreateEndpointConfig": "endpoint_config",
        "CreateHyperParameterTuningJob": "hyper_parameter_tuning_job",
        "CreateModel": "model",
        "CreateTrainingJob": "training_job",
        "CreateTransformJob": "transform_job",
    }[call.operation]
    name = next(value for key, value in request.items() if key.endswith("Name"))
    return (noun, name), "InProgress" if noun in JOBS else "InService"
