"""What IAM asks for when an operation is called: actions, each on a resource, with what conditions
can see of the request.

Source: the service authorization reference of each service, and for what an execution role needs
"How to use SageMaker AI execution roles" in its developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = tuple[str, ...]

# SageMaker's nouns, as its operations call them and as its ARNs do.
_NOUNS = {
    "Endpoint": "endpoint",
    "EndpointConfig": "endpoint-config",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "Model": "model",
    "TrainingJob": "training-job",
    "TransformJob": "transform-job",
}
_OF_ONE = re.compile(rf"(Create|Delete|Describe|Stop|Update)({'|'.join(_NOUNS)})")
_OF_ALL = re.compile(rf"List({'|'.join(_NOUNS)})s")
_OBJECTS = {  # S3's operations that IAM calls otherwise
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
    "PutObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObject": "DeleteObject",
}
_BUCKETS = ("HeadBucket", "ListObjects", "ListObjectsV2")
_JOIN = (
    "CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface",
    "DeleteNetworkInterfacePermission", "DescribeDhcpOptions", "DescribeNetworkInterfaces",
    "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs",
)  # fmt: skip
_OF_ALARMS = {  # and where their names stand
    "PutMetricAlarm": "AlarmName",
    "DeleteAlarms": "AlarmNames",
    "DescribeAlarms": "AlarmNames",
}
_OF_TARGETS = (
    "RegisterScalableTarget", "DeregisterScalableTarget", "PutScalingPolicy", "DeleteScalingPolicy",
)  # fmt: skip
_OF_SCHEDULES = ("CreateSchedule", "DeleteSchedule", "GetSchedule")
SCALING = "sagemaker.application-autoscaling.amazonaws.com"
_PULL = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")


@dataclass(frozen=True)
class Need:
    """One action on one resource. `context`: the condition keys of the request, in lower case."""

    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Where:
    """The account and region of a call."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


class UnknownCall(KeyError):
    """An operation of which this module does not know what it needs."""


def of_call(service: str, operation: str, request: Mapping[str, Any], where: Where) -> list[Need]:
    """What a caller needs for an operation of a service (boto3's name). Raises UnknownCall."""
    match service:
        case "sagemaker":
            return list(_sagemaker(operation, request, where))
        case "sagemaker-runtime" if operation in ("InvokeEndpoint", "InvokeEndpointAsync"):
            name = request["EndpointName"].lower()
            arn = where.arn("sagemaker", f"endpoint/{name}")
            return [Need(f"sagemaker:{operation}", arn)]
        case "s3" if operation in _OBJECTS:
            arn = f"arn:{where.partition}:s3:::{request['Bucket']}/{request['Key']}"
            return [Need(f"s3:{_OBJECTS[operation]}", arn)]
        case "s3" if operation == "CopyObject":
            source = request["CopySource"]  # the SDK takes it either way
            if isinstance(source, Mapping):
                source = f"{source['Bucket']}/{source['Key']}"
            bucket, _, key = source.partition("/")
            to = to_write(request["Bucket"], request["Key"], where)
            return [*to_read(bucket, key, where), *to]
        case "s3" if operation == "DeleteObjects":
            start = f"arn:{where.partition}:s3:::{request['Bucket']}"
            keys = [each["Key"] for each in request["Delete"]["Objects"]]
            return [Need("s3:DeleteObject", f"{start}/{key}") for key in keys]
        case "s3" if operation in _BUCKETS:
            return to_list(request["Bucket"], where, request.get("Prefix"))
        case "logs":
            return [Need(f"logs:{operation}", _log(operation, request, where))]
        case "cloudwatch" if operation in _OF_ALARMS:
            return _alarms(operation, request.get(_OF_ALARMS[operation]), where)
        case "cloudwatch":
            return [Need(f"cloudwatch:{operation}", "*")]
        case "application-autoscaling" if operation in _OF_TARGETS:
            return _targets(operation, request, where)
        case "application-autoscaling" if operation == "DescribeScalableTargets":
            return [Need(f"{service}:{operation}", "*")]
        case "iam" if operation == "GetRole":
            role = f"arn:{where.partition}:iam::{where.account}:role/{request['RoleName']}"
            return [Need("iam:GetRole", role)]
        case "iam" if operation == "SimulatePrincipalPolicy":
            return [Need("iam:SimulatePrincipalPolicy", request["PolicySourceArn"])]
        case "scheduler" if operation in _OF_SCHEDULES:
            name = f"schedule/{request.get('GroupName', 'default')}/{request['Name']}"
            needs = [Need(f"scheduler:{operation}", where.arn("scheduler", name))]
            if "Target" in request:
                passed = {"iam:passedtoservice": ("scheduler.amazonaws.com",)}
                needs.append(Need("iam:PassRole", request["Target"]["RoleArn"], passed))
            return needs
        case "sts" if operation == "AssumeRole":
            return [Need("sts:AssumeRole", request["RoleArn"])]
        case "sts" if operation == "GetCallerIdentity":  # allowed to everybody
            return []
    raise UnknownCall(f"{service}: {operation}")


def _sagemaker(operation: str, request: Mapping[str, Any], where: Where) -> Iterator[Need]:
    action = f"sagemaker:{operation}"
    if operation == "ListTrainingJobsForHyperParameterTuningJob":
        yield Need(action, _made(request, "HyperParameterTuningJob", where))
    elif operation == "UpdateEndpointWeightsAndCapacities":
        yield Need(action, _made(request, "Endpoint", where))
    elif _OF_ALL.fullmatch(operation):
        yield Need(action, "*")
    elif found := _OF_ONE.fullmatch(operation):
        verb, noun = found.groups()
        context = _context(request) if verb == "Create" else {}
        yield Need(action, _made(request, noun, where), context)
        if noun == "Endpoint" and verb in ("Create", "Update"):
            yield Need(action, _made(request, "EndpointConfig", where), context)
        if verb == "Create":
            if tags := {key: value for key, value in context.items() if key.startswith("aws:")}:
                tagging = {**tags, "sagemaker:taggingaction": (operation,)}
                yield Need("sagemaker:AddTags", _made(request, noun, where), tagging)
            for role in sorted({*_found(request, ("RoleArn", "ExecutionRoleArn"))}):
                passed = {"iam:passedtoservice": ("sagemaker.amazonaws.com",)}
                yield Need("iam:PassRole", role, passed)
    else:
        raise UnknownCall(f"sagemaker: {operation}")


def _made(request: Mapping[str, Any], noun: str, where: Where) -> str:
    return where.arn("sagemaker", f"{_NOUNS[noun]}/{request[f'{noun}Name'].lower()}")


def _context(request: Mapping[str, Any]) -> dict[str, Values]:
    """The condition keys of a Create call that policies here look at."""
    told: dict[str, Values] = {
        f"aws:requesttag/{tag['Key'].lower()}": (tag["Value"],) for tag in request.get("Tags", ())
    }
    if types := sorted({*_found(request, ("InstanceType",))}):
        told["sagemaker:instancetypes"] = tuple(types)
    stopping = _found(request, ("StoppingCondition",))
    if longest := sorted(each["MaxRuntimeInSeconds"] for each in stopping):
        told["sagemaker:maxruntimeinseconds"] = (str(longest[-1]),)
    if crowds := sorted(_found(request, ("MaxConcurrency",))):
        told["sagemaker:serverlessmaxconcurrency"] = (str(crowds[-1]),)
    return told


def _found(value: Any, names: tuple[str, ...]) -> Iterator[Any]:
    """What goes by one of these names, however deep in a request."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in names:
                yield inner
            else:
                yield from _found(inner, names)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _found(inner, names)


def _alarms(operation: str, names: Any, where: Where) -> list[Need]:
    """Of alarms by name; who asks for no name in particular asks for all."""
    named = [names] if isinstance(names, str) else names or ["*"]
    action = f"cloudwatch:{operation}"
    return [Need(action, where.arn("cloudwatch", f"alarm:{name}")) for name in named]


def _targets(operation: str, request: Mapping[str, Any], where: Where) -> list[Need]:
    """A scalable target's ARN ends with an id that AWS chooses. The first registration in an
    account makes the role by which instances are scaled."""
    service, namespace = "application-autoscaling", request["ServiceNamespace"]
    context = {
        f"{service}:service-namespace": (namespace,),
        f"{service}:scalable-dimension": (request["ScalableDimension"],),
    }
    needs = [Need(f"{service}:{operation}", where.arn(service, "scalable-target/*"), context)]
    if operation == "RegisterScalableTarget" and namespace == "sagemaker":
        role = (
            f"aws-service-role/{SCALING}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
        )
        arn = f"arn:{where.partition}:iam::{where.account}:role/{role}"
        needs.append(Need("iam:CreateServiceLinkedRole", arn, {"iam:awsservicename": (SCALING,)}))
    return needs


def _log(operation: str, request: Mapping[str, Any], where: Where) -> str:
    match operation:
        case "DescribeLogGroups":
            return "*"
        case "DescribeLogStreams" | "FilterLogEvents" | "DeleteLogGroup":
            return where.arn("logs", f"log-group:{request['logGroupName']}:log-stream:")
        case "GetLogEvents" | "DeleteLogStream":
            stream = f"log-stream:{request['logStreamName']}"
            return where.arn("logs", f"log-group:{request['logGroupName']}:{stream}")
    raise UnknownCall(f"logs: {operation}")


# What the execution role does


def to_list(bucket: str, where: Where, prefix: str | None = None) -> list[Need]:
    context = {} if prefix is None else {"s3:prefix": (prefix,)}
    return [Need("s3:ListBucket", f"arn:{where.partition}:s3:::{bucket}", context)]


def to_read(bucket: str, key: str, where: Where) -> list[Need]:
    return [Need("s3:GetObject", f"arn:{where.partition}:s3:::{bucket}/{key}")]


def to_write(bucket: str, key: str, where: Where) -> list[Need]:
    return [Need("s3:PutObject", f"arn:{where.partition}:s3:::{bucket}/{key}")]


def to_log(group: str, stream: str, where: Where) -> list[Need]:
    """To write into a stream, which is made first, as is its group."""
    whole = where.arn("logs", f"log-group:{group}:log-stream:")
    return [
        Need("logs:CreateLogGroup", whole),
        Need("logs:DescribeLogStreams", whole),
        Need("logs:CreateLogStream", f"{whole}{stream}"),
        Need("logs:PutLogEvents", f"{whole}{stream}"),
    ]


def to_watch(alarms: Iterable[str], where: Where) -> list[Need]:
    """To see whether alarms go off while an endpoint is updated."""
    return [each for name in alarms for each in _alarms("DescribeAlarms", name, where)]


def to_measure() -> list[Need]:
    return [Need("cloudwatch:PutMetricData", "*")]


def to_join() -> list[Need]:
    """To put a network interface into a VPC."""
    return [Need(f"ec2:{action}", "*") for action in _JOIN]


def to_pull(image: str, where: Where) -> list[Need]:
    """To pull an image: ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG."""
    registry, _, name = image.partition("/")
    account, repository = registry.partition(".")[0], re.split("[:@]", name)[0]
    arn = f"arn:{where.partition}:ecr:{where.region}:{account}:repository/{repository}"
    token = Need("ecr:GetAuthorizationToken", "*")
    return [token, *(Need(f"ecr:{action}", arn) for action in _PULL)]
