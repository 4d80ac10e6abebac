"""What a call does to an account, and the call that takes it back: known before it is sent.

Decided by the names of the API alone. What is not known here is refused, never guessed: a call that
makes something and has no way back must not leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from labs.need import UnknownCall

Kind: TypeAlias = Literal["reads", "makes", "changes", "ends"]
Values: TypeAlias = Mapping[str, Any]
_Way: TypeAlias = Callable[[Values, Values], dict[str, Any]]

KEY_WINDOW_DAYS = 7  # the shortest time after which KMS lets a key go

_READS = re.compile("(Batch)?(Describe|List|Get|Head)|Filter|Search|Simulate|Validate|Estimate")
# Elsewhere to invoke is to change something (lambda) or to pay by the token (bedrock-runtime).
_ASKS = {
    ("sagemaker-runtime", "InvokeEndpoint"),
    ("sagemaker-runtime", "InvokeEndpointAsync"),
    ("sagemaker-runtime", "InvokeEndpointWithResponseStream"),
}


@dataclass(frozen=True)
class Call:
    """A call: the service by boto3's name, the operation by the API's, the request as boto3 takes
    it. A request that went through `plain` can be written as JSON."""

    service: str
    operation: str
    request: Values


def plain(value: Any) -> Any:
    """A request as JSON has it. A body is no part of what is kept: `{"bytes": 17}` stands in its
    place, `{"bytes": None}` where nobody knows its size."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {
                str(key): _sized(each) if key == "Body" else plain(each)
                for key, each in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case date():  # a datetime is one
            return value.isoformat()
        case Decimal():
            return str(value)
    return _sized(value)


def _sized(body: Any) -> dict[str, int | None]:
    if isinstance(body, Mapping) and body.keys() == {"bytes"}:  # that was done before
        return {"bytes": body["bytes"]}
    if isinstance(body, str):
        return {"bytes": len(body.encode())}
    try:
        return {"bytes": len(body)}
    except TypeError:
        pass
    try:
        here = body.tell()
        end = body.seek(0, 2)
        body.seek(here)
    except (AttributeError, OSError, ValueError):
        return {"bytes": None}
    return {"bytes": (body.tell() if end is None else end) - here}


def kind(service: str, operation: str) -> Kind:
    """What it does. Raises UnknownCall for a call that changes something and is not known here."""
    if (service, operation) in _ASKS or _READS.match(operation):
        return "reads"
    if operation in _MAKES.get(service, {}):
        return "makes"
    if operation in _CHANGES.get(service, ()):
        return "changes"
    if operation in _ENDS.get(service, ()):
        return "ends"
    raise UnknownCall(f"{service}: {operation}")


def undo(call: Call, answer: Values | None = None) -> Call | None:
    """The call that takes back what `call` makes; None if it makes nothing, or if its name is only
    in the `answer` and none is given (see `awaits`). Raises UnknownCall.

    A job is stopped by it, and what then remains costs nothing; `afterwards` deletes that.
    """
    if kind(call.service, call.operation) != "makes":
        return None
    operation, way = _MAKES[call.service][call.operation]
    try:
        return Call(call.service, operation, way(call.request, answer or {}))
    except _NotThere:
        return None


def awaits(call: Call) -> bool:
    """Whether only the answer says how what it makes is called. Until then its tags find it."""
    return kind(call.service, call.operation) == "makes" and undo(call) is None


def afterwards(undoing: Call) -> Call | None:
    """What deletes the rest once an undo has done its work: a job that was stopped, a project."""
    follows = _AFTERWARDS.get(undoing.service, {}).get(undoing.operation)
    return None if follows is None else Call(undoing.service, follows, undoing.request)


# How what was made is taken back


class _NotThere(LookupError):
    """What the undo needs is not in what is given."""


def _by(*names: str) -> _Way:
    """Of the request: these fields as they are. What is optional and not said is left out."""
    return lambda request, answer: {name: request[name] for name in names if name in request}


def _told(path: str, field: str, **fixed: Any) -> _Way:
    """Of the answer: what lies at `path`, as `field`."""

    def way(request: Values, answer: Values) -> dict[str, Any]:
        return {field: _at(answer, path), **fixed}

    return way


def _at(answer: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(answer, Mapping) or name not in answer:
            raise _NotThere(path)
        answer = answer[name]
    return answer


def _upload(request: Values, answer: Values) -> dict[str, Any]:
    return {**_by("Bucket", "Key")(request, answer), "UploadId": _at(answer, "UploadId")}


def _rules(request: Values, answer: Values) -> dict[str, Any]:
    return {name: each for name, each in request.items() if name != "TagSpecifications"}


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SCALABLE = ("ServiceNamespace", "ResourceId", "ScalableDimension")

_MAKES: Mapping[str, Mapping[str, tuple[str, _Way]]] = {
    "sagemaker": {
        "CreateEndpoint": ("DeleteEndpoint", _by("EndpointName")),
        "CreateEndpointConfig": ("DeleteEndpointConfig", _by("EndpointConfigName")),
        "CreateHyperParameterTuningJob": (
            "StopHyperParameterTuningJob",
            _by("HyperParameterTuningJobName"),
        ),
        "CreateModel": ("DeleteModel", _by("ModelName")),
        "CreateProcessingJob": ("StopProcessingJob", _by("ProcessingJobName")),
        "CreateTrainingJob": ("StopTrainingJob", _by("TrainingJobName")),
        "CreateTransformJob": ("StopTransformJob", _by("TransformJobName")),
    },
    "s3": {
        "CompleteMultipartUpload": ("DeleteObject", _by("Bucket", "Key")),
        "CopyObject": ("DeleteObject", _by("Bucket", "Key")),
        "CreateBucket": ("DeleteBucket", _by("Bucket")),
        "CreateMultipartUpload": ("AbortMultipartUpload", _upload),
        "PutBucketPolicy": ("DeleteBucketPolicy", _by("Bucket")),  # it may forbid to delete
        "PutObject": ("DeleteObject", _by("Bucket", "Key")),
    },
    "logs": {
        "CreateLogGroup": ("DeleteLogGroup", _by("logGroupName")),
        "CreateLogStream": ("DeleteLogStream", _by("logGroupName", "logStreamName")),
    },
    "cloudwatch": {
        "PutMetricAlarm": (
            "DeleteAlarms",
            lambda request, answer: {"AlarmNames": [request["AlarmName"]]},
        ),
    },
    "application-autoscaling": {
        "PutScalingPolicy": ("DeleteScalingPolicy", _by("PolicyName", *_SCALABLE)),
        "PutScheduledAction": ("DeleteScheduledAction", _by("ScheduledActionName", *_SCALABLE)),
        "RegisterScalableTarget": ("DeregisterScalableTarget", _by(*_SCALABLE)),
    },
    "scheduler": {
        "CreateSchedule": ("DeleteSchedule", _by("Name", "GroupName")),
    },
    "kms": {
        "CreateAlias": ("DeleteAlias", _by("AliasName")),
        "CreateKey": (
            "ScheduleKeyDeletion",
            _told("KeyMetadata.KeyId", "KeyId", PendingWindowInDays=KEY_WINDOW_DAYS),
        ),
    },
    "ec2": {
        "AssociateRouteTable": ("DisassociateRouteTable", _told("AssociationId", "AssociationId")),
        "AuthorizeSecurityGroupEgress": ("RevokeSecurityGroupEgress", _rules),
        "AuthorizeSecurityGroupIngress": ("RevokeSecurityGroupIngress", _rules),
        "CreateRouteTable": ("DeleteRouteTable", _told("RouteTable.RouteTableId", "RouteTableId")),
        "CreateSecurityGroup": ("DeleteSecurityGroup", _told("GroupId", "GroupId")),
        "CreateSubnet": ("DeleteSubnet", _told("Subnet.SubnetId", "SubnetId")),
        "CreateVpc": ("DeleteVpc", _told("Vpc.VpcId", "VpcId")),
        "CreateVpcEndpoint": (
            "DeleteVpcEndpoints",
            lambda request, answer: {
                "VpcEndpointIds": [_at(answer, "VpcEndpoint.VpcEndpointId")]
            },
        ),
    },
    "iam": {
        "AttachRolePolicy": ("DetachRolePolicy", _by("RoleName", "PolicyArn")),
        "CreatePolicy": ("DeletePolicy", _told("Policy.Arn", "PolicyArn")),
        "CreateRole": ("DeleteRole", _by("RoleName")),
        "PutRolePolicy": ("DeleteRolePolicy", _by("RoleName", "PolicyName")),
    },
    "cloudformation": {
        "CreateStack": ("DeleteStack", _by("StackName")),
    },
    "sns": {
        "CreateTopic": ("DeleteTopic", _told("TopicArn", "TopicArn")),
    },
}  # fmt: skip

# What changes a thing that is there, and goes with it.
_CHANGES: Mapping[str, frozenset[str]] = {
    "sagemaker": _names("AddTags DeleteTags UpdateEndpoint UpdateEndpointWeightsAndCapacities"),
    "s3": _names(
        "PutBucketEncryption PutBucketLifecycleConfiguration PutBucketOwnershipControls "
        "PutBucketTagging PutBucketVersioning PutObjectTagging PutPublicAccessBlock "
        "UploadPart UploadPartCopy"
    ),
    "logs": _names("PutLogEvents PutRetentionPolicy TagResource"),
    "cloudwatch": _names("SetAlarmState TagResource"),
    "application-autoscaling": _names("TagResource"),
    "scheduler": _names("UpdateSchedule"),
    "kms": _names("DisableKey EnableKey EnableKeyRotation PutKeyPolicy TagResource"),
    "ec2": _names("CreateTags ModifyVpcAttribute ModifyVpcEndpoint"),
    "iam": _names("TagPolicy TagRole UpdateAssumeRolePolicy"),
    "cloudformation": _names("UpdateStack"),
    "sns": _names("TagResource"),
}

# What takes away. What undoes something is one of these, and more.
_ENDS: Mapping[str, frozenset[str]] = {
    "sagemaker": _names(
        "DeleteEndpoint DeleteEndpointConfig DeleteHyperParameterTuningJob DeleteModel "
        "DeleteProcessingJob DeleteTrainingJob StopHyperParameterTuningJob StopProcessingJob "
        "StopTrainingJob StopTransformJob"
    ),
    "s3": _names(
        "AbortMultipartUpload DeleteBucket DeleteBucketEncryption DeleteBucketPolicy "
        "DeleteBucketTagging DeleteObject DeleteObjects DeletePublicAccessBlock"
    ),
    "logs": _names("DeleteLogGroup DeleteLogStream"),
    "cloudwatch": _names("DeleteAlarms"),
    "apigateway": _names("DeleteRestApi"),
    "application-autoscaling": _names(
        "DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget"
    ),
    "scheduler": _names("DeleteSchedule"),
    "kms": _names("DeleteAlias ScheduleKeyDeletion"),
    "ec2": _names(
        "DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteVpc DeleteVpcEndpoints "
        "DisassociateRouteTable RevokeSecurityGroupEgress RevokeSecurityGroupIngress"
    ),
    "iam": _names("DeletePolicy DeleteRole DeleteRolePolicy DetachRolePolicy"),
    "cloudformation": _names("DeleteStack"),
    "sns": _names("DeleteTopic"),
}

_AFTERWARDS: Mapping[str, Mapping[str, str]] = {
    "sagemaker": {
        "StopHyperParameterTuningJob": "DeleteHyperParameterTuningJob",
        "StopProcessingJob": "DeleteProcessingJob",
        "StopTrainingJob": "DeleteTrainingJob",
    },
}
