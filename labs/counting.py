"""How the most that each call can cost is counted: as if all that it asks for were used to the end.

cost.py says what is counted and what is not. A rule takes what was asked for and gives a Cost, or
raises UnknownPrice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import prod
from typing import Any, TypeAlias

from labs.prices import Prices, UnknownPrice
from labs.undo import Values

KEEP_DAYS = 37  # how long the bucket keeps an object, as an older version at last
SIGTERM_S = 120  # a job that is stopped has this much time to save its model, and it is paid
PUT_GB = 5  # the most that one PutObject or CopyObject writes

_HOUR = Decimal(3600)  # seconds
_MONTH_HOURS, _LONG_MONTH_HOURS = Decimal(28 * 24), Decimal(31 * 24)  # whichever bounds it
_GB = Decimal(1024**3)
_RUNTIME_S = 86_400  # what MaxRuntimeInSeconds is where nothing is said: a day
_VOLUME_GB = 30  # of an instance whose request says nothing about it: assumed
_MINUTE = "Let its period be 60 seconds or more."


@dataclass(frozen=True)
class Cost:
    """USD, and of what it is the price."""

    usd: Decimal
    why: str


@dataclass(frozen=True)
class Asked:
    """A request, and what else decides what it can cost."""

    request: Values
    prices: Prices
    deadline_hours: Decimal
    sweep_hours: Decimal
    config: Values | None

    @property
    def variants(self) -> list[Values]:
        """Every variant of the endpoint configuration. Raises UnknownPrice."""
        if self.config is None:
            saw = "What the endpoint consists of is not known: its configuration was not made here."
            raise UnknownPrice(saw, "Make its endpoint configuration in this lab, too.")
        found = [
            *self.config.get("ProductionVariants", ()),
            *self.config.get("ShadowProductionVariants", ()),
        ]
        for each in found:
            _refuse(each, ("AcceleratorType",), "an endpoint")
        return found

    def variant(self, name: str) -> Values:
        for each in self.variants:
            if each["VariantName"] == name:
                return each
        saw = f"The endpoint's configuration has no variant {name}."
        raise UnknownPrice(saw, "Name one that it has.")


def _refuse(
    request: Values, names: Iterable[str], where: str, way_out: str = "Leave it out."
) -> None:
    for name in names:
        if request.get(name):
            saw = f"What {name} of {where} costs is not known here."
            raise UnknownPrice(saw, way_out)


def _instances_elsewhere(value: Any, places: tuple[str, ...]) -> Iterator[str]:
    """Where a request asks for instances beside these places: rules of a debugger, say."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name == "InstanceType":
                yield str(each)
            elif name not in places:
                yield from _instances_elsewhere(each, places)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _instances_elsewhere(each, places)


def _only_in(request: Values, *places: str) -> None:
    _none_other(_instances_elsewhere(request, places))


def _none_other(found: Iterator[str]) -> None:
    for instance in found:
        saw = f"The request asks for {instance} in a place whose cost is not known here."
        raise UnknownPrice(saw, "Leave out what has instances of its own: rules, say, or pools.")


def keeps_counts(request: Values) -> bool:
    """Whether an UpdateEndpoint leaves each variant as many instances as it has, whatever its new
    configuration says.

    Source: RetainAllVariantProperties and ExcludeRetainedVariantProperties of UpdateEndpoint.
    """
    left_out = request.get("ExcludeRetainedVariantProperties") or ()
    kinds = [each.get("VariantPropertyType") for each in left_out]
    return bool(request.get("RetainAllVariantProperties")) and "DesiredInstanceCount" not in kinds


def _instances(each: Values) -> int:
    """How many there can be of a variant at most, by what its configuration says."""
    scaling = each.get("ManagedInstanceScaling", {})
    at_most = scaling.get("MaxInstanceCount", 0) if scaling.get("Status") != "DISABLED" else 0
    return max(int(each.get("InitialInstanceCount", 1)), int(at_most))


def _run(asked: Asked, use: str, job: Values, what: str, seconds: int) -> tuple[Decimal, str]:
    """One job on a cluster: so many instances with a volume each, for so long."""
    prices = asked.prices
    groups = job.get("InstanceGroups") or [job]
    _none_other(
        each
        for name in job.keys() - {"InstanceGroups", "InstanceType"}
        for each in _instances_elsewhere(job[name], ())
    )
    hours = Decimal(seconds) / _HOUR
    usd, told = Decimal(0), []
    for group in groups:
        if "InstanceType" not in group:
            saw = f"{what} names no type of instance, so its price is not known."
            raise UnknownPrice(saw, "Name one: InstanceType.")
        instance, count = group["InstanceType"], int(group.get("InstanceCount", 1))
        volume = Decimal(int(job.get("VolumeSizeInGB") or _VOLUME_GB))
        disk = volume * prices.rate("volume_gb_month") / _MONTH_HOURS
        usd += count * hours * (prices.hour(use, instance) + disk)
        told.append(f"{count} x {instance}")
    return usd, f"{' and '.join(told)} for {_time(seconds)}"


def _time(seconds: int) -> str:
    return f"{seconds} s" if seconds < 3600 else f"{_short(Decimal(seconds) / _HOUR)} h"


def _short(number: Decimal) -> str:
    return f"{float(number):.3g}"


def _cluster(asked: Asked, request: Values, resources: Values) -> tuple[Decimal, str]:
    """A training job: until MaxRuntimeInSeconds, and what it may keep warm after that."""
    _refuse(request, ("ServerlessJobConfig",), "a training job")
    algorithm = request.get("AlgorithmSpecification", {})  # AWS Marketplace sells some
    _refuse(algorithm, ("AlgorithmName",), "a training job", "Name its image: TrainingImage.")
    _refuse(resources, ("TrainingPlanArn",), "a training job")
    limit = int(request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds") or _RUNTIME_S)
    warm = int(resources.get("KeepAlivePeriodInSeconds") or 0)
    return _run(asked, "training", resources, "The training job", limit + SIGTERM_S + warm)


def _training(asked: Asked) -> Cost:
    _only_in(asked.request, "ResourceConfig")
    return Cost(*_cluster(asked, asked.request, asked.request.get("ResourceConfig", {})))


def _tuning(asked: Asked) -> Cost:
    _only_in(asked.request, "ResourceConfig", "HyperParameterTuningResourceConfig")
    _refuse(asked.request, ("Autotune",), "a tuning job")  # it chooses ResourceLimits itself
    tuning = asked.request["HyperParameterTuningJobConfig"]
    one = asked.request.get("TrainingJobDefinition")
    definitions = [one] if one else list(asked.request.get("TrainingJobDefinitions", ()))
    jobs = tuning["ResourceLimits"].get("MaxNumberOfTrainingJobs") or _grid(tuning, definitions)
    if jobs is None:
        saw = "The tuning job does not say how many training jobs it may start."
        raise UnknownPrice(saw, "Say it: ResourceLimits with MaxNumberOfTrainingJobs.")
    found = [_cluster(asked, each, own) for each in definitions for own in _resources(each)]
    if not found:
        raise UnknownPrice("The tuning job defines no training job.", "Define one.")
    usd, why = max(found)
    return Cost(int(jobs) * usd, f"{jobs} jobs, each {why}")


def _grid(tuning: Values, definitions: Iterable[Values]) -> int | None:
    """How many combinations a grid has, since it tries each once; None if it is none."""
    if tuning.get("Strategy") != "Grid":
        return None
    total = 0
    of_all = tuning.get("ParameterRanges")
    for ranges in [of_all] if of_all else [d.get("HyperParameterRanges", {}) for d in definitions]:
        if ranges.get("IntegerParameterRanges") or ranges.get("ContinuousParameterRanges"):
            return None
        total += prod(len(each["Values"]) for each in ranges.get("CategoricalParameterRanges", ()))
    return total or None


def _resources(definition: Values) -> list[Values]:
    """The clusters among which a tuning job's training jobs may choose."""
    chosen = definition.get("HyperParameterTuningResourceConfig")
    if chosen is None:
        return [definition.get("ResourceConfig", {})]
    return list(chosen.get("InstanceConfigs") or [chosen])


def _processing(asked: Asked) -> Cost:
    _only_in(asked.request, "ProcessingResources")
    limit = int(asked.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds") or _RUNTIME_S)
    cluster = asked.request["ProcessingResources"]["ClusterConfig"]
    return Cost(*_run(asked, "processing", cluster, "The processing job", limit + SIGTERM_S))


def _transform(asked: Asked) -> Cost:
    """It has no limit of its own: the sweeper ends it."""
    seconds = int(asked.sweep_hours * _HOUR)
    resources = asked.request["TransformResources"]
    usd, why = _run(asked, "transform", resources, "The transform job", seconds)
    return Cost(usd, f"{why}, until the sweeper would end it")


def _model(asked: Asked) -> Cost:
    """Nothing by itself; but what AWS Marketplace sells has a price an hour of its own, and nobody
    sees by its name who sells a package."""
    request = asked.request
    for each in (request.get("PrimaryContainer", {}), *request.get("Containers", ())):
        names = ("ModelPackageName", "InferenceSpecificationName")
        _refuse(each, names, "a model", "Name its image and its data: Image, ModelDataUrl.")
    return Cost(Decimal(0), "nothing by itself")


def _endpoint(asked: Asked) -> Cost:
    """All variants until the deadline. A change makes a second fleet beside the first, which was
    counted before."""
    found = [_variant(asked, each, _instances(each)) for each in asked.variants]
    usd = sum((each.usd for each in found), Decimal(0))
    return Cost(usd, f"{' and '.join(each.why for each in found)}, until its deadline")


def _variant(asked: Asked, variant: Values, count: int) -> Cost:
    prices, hours = asked.prices, asked.deadline_hours
    if (serverless := variant.get("ServerlessConfig")) is not None:
        _refuse(serverless, ("ProvisionedConcurrency",), "a serverless endpoint")
        gb, at_once = Decimal(serverless["MemorySizeInMB"]) / 1024, serverless["MaxConcurrency"]
        usd = gb * int(at_once) * hours * _HOUR * prices.rate("serverless_gb_second")
        what = f"{at_once} requests at once with {_short(gb)} GB"
        return Cost(usd, f"{what} without a pause for {_short(hours)} h")
    job = {**variant, "InstanceCount": count}
    usd, why = _run(asked, "endpoint", job, "A variant", int(hours * _HOUR))
    return Cost(usd, why)


def _capacities(asked: Asked) -> Cost:
    """Weights and capacities: each count that is named, as if all of it came on top."""
    found = []
    for each in asked.request["DesiredWeightsAndCapacities"]:
        if (serverless := each.get("ServerlessUpdateConfig")) is not None:
            variant = asked.variant(each["VariantName"])
            both = {**variant.get("ServerlessConfig", {}), **serverless}
            found.append(_variant(asked, {**variant, "ServerlessConfig": both}, 0))
        elif each.get("DesiredInstanceCount") is not None:
            count = int(each["DesiredInstanceCount"])
            found.append(_variant(asked, asked.variant(each["VariantName"]), count))
    if not found:
        return Cost(Decimal(0), "weights alone cost nothing")
    usd = sum((each.usd for each in found), Decimal(0))
    return Cost(usd, f"{' and '.join(each.why for each in found)}, until its deadline")


def _scalable(asked: Asked) -> Cost:
    """As many instances as autoscaling may start; also if none is started."""
    request = asked.request
    if request.get("ScalableDimension") != "sagemaker:variant:DesiredInstanceCount":
        saw = f"What scaling {request.get('ScalableDimension')} can cost is not known here."
        raise UnknownPrice(saw, "Scale sagemaker:variant:DesiredInstanceCount, or nothing.")
    capacity = request.get("ScalableTargetAction", request)  # there a schedule says it
    count = int(capacity.get("MaxCapacity") or 0)
    name = str(request["ResourceId"]).rpartition("/")[2]
    cost = _variant(asked, asked.variant(name), count)
    return Cost(cost.usd, f"{cost.why}, until its deadline")


def _object(asked: Asked) -> Cost:
    """An object as long as the bucket keeps it, and the request."""
    request = asked.request
    _refuse_other_classes(request)
    body = request.get("Body")
    size = body["bytes"] if isinstance(body, Mapping) else None
    if "Body" not in request and "CopySource" not in request:
        size = 0
    gb = Decimal(PUT_GB) if size is None else Decimal(int(size)) / _GB
    months = Decimal(KEEP_DAYS) / 28
    usd = gb * months * asked.prices.rate("s3_gb_month") + asked.prices.rate("s3_put")
    what = f"up to {PUT_GB} GB" if size is None else _size(int(size))
    return Cost(usd, f"{what} in S3 for {KEEP_DAYS} days")


def _upload(asked: Asked) -> Cost:
    """Its parts are counted one by one, and are of the class that is said here."""
    _refuse_other_classes(asked.request)
    return Cost(asked.prices.rate("s3_put"), "a request to S3")


def _refuse_other_classes(request: Values) -> None:
    if request.get("StorageClass", "STANDARD") != "STANDARD":
        _refuse(request, ("StorageClass",), "an object")


def _size(count: int) -> str:
    for unit, name in ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
        if count >= unit:
            return f"{_short(Decimal(count) / unit)} {name}"
    return f"{count} bytes"


def _by(rate: str, why: str, count: Callable[[Values], int] = lambda request: 1) -> Count:
    """So many of what has one price."""

    def counted(asked: Asked) -> Cost:
        number = count(asked.request)
        return Cost(number * asked.prices.rate(rate), why if number else "nothing by itself")

    return counted


def _alarm(asked: Asked) -> Cost:
    """One for each metric that it looks at."""
    request = asked.request
    _refuse(request, ("EvaluationCriteria", "ThresholdMetricId"), "an alarm")
    metrics = request.get("Metrics", ())
    if any("SELECT" in str(each.get("Expression", "")).upper() for each in metrics):
        _refuse(request, ("Metrics",), "an alarm with a query")
    periods = [request.get("Period"), *(each.get("Period") for each in metrics)]
    periods += [each["MetricStat"].get("Period") for each in metrics if "MetricStat" in each]
    if any(each is not None and int(each) < 60 for each in periods):
        raise UnknownPrice("What an alarm of less than a minute costs is not known here.", _MINUTE)
    count = max(sum("MetricStat" in each for each in metrics), 1)
    return Cost(count * asked.prices.rate("alarm_month"), "an alarm for a month")


def _alarms_of_a_policy(request: Values) -> int:
    """Target tracking makes two alarms; steps use those that somebody made."""
    return 2 if request.get("PolicyType") == "TargetTrackingScaling" else 0


def _vpc_endpoint(asked: Asked) -> Cost:
    """A gateway costs nothing. An interface is paid by the hour in each zone, and nothing in AWS
    takes it down: a month counts."""
    if asked.request.get("VpcEndpointType", "Gateway") == "Gateway":
        return Cost(Decimal(0), "nothing: a gateway endpoint")
    zones = max(len(asked.request.get("SubnetIds", ())), 1)
    usd = zones * _LONG_MONTH_HOURS * asked.prices.rate("vpc_endpoint_zone_hour")
    return Cost(usd, f"a VPC endpoint in {zones} zones for a month: nothing ends it by itself")


def _stack(asked: Asked) -> Cost:
    saw = "What a CloudFormation stack makes is not seen here, so neither is what it costs."
    raise UnknownPrice(saw, "Make the stack in the cloud on this computer: --target offline.")


Count: TypeAlias = Callable[[Asked], Cost]
COUNTED: Mapping[tuple[str, str], Count] = {
    ("application-autoscaling", "PutScalingPolicy"): _by(
        "alarm_month", "two alarms for a month", _alarms_of_a_policy
    ),
    ("application-autoscaling", "PutScheduledAction"): _scalable,
    ("application-autoscaling", "RegisterScalableTarget"): _scalable,
    ("cloudformation", "CreateStack"): _stack,
    ("cloudformation", "UpdateStack"): _stack,
    ("cloudwatch", "PutMetricAlarm"): _alarm,
    ("ec2", "CreateVpcEndpoint"): _vpc_endpoint,
    ("kms", "CreateKey"): _by("kms_key_month", "a key for a month"),
    ("s3", "CopyObject"): _object,
    ("s3", "CreateMultipartUpload"): _upload,
    ("s3", "PutObject"): _object,
    ("s3", "UploadPart"): _object,
    ("s3", "UploadPartCopy"): _object,
    ("sagemaker", "CreateEndpoint"): _endpoint,
    ("sagemaker", "CreateHyperParameterTuningJob"): _tuning,
    ("sagemaker", "CreateModel"): _model,
    ("sagemaker", "CreateProcessingJob"): _processing,
    ("sagemaker", "CreateTrainingJob"): _training,
    ("sagemaker", "CreateTransformJob"): _transform,
    ("sagemaker", "UpdateEndpoint"): _endpoint,
    ("sagemaker", "UpdateEndpointWeightsAndCapacities"): _capacities,
}
OF_A_CONFIG = {
    ("application-autoscaling", "PutScheduledAction"),
    ("application-autoscaling", "RegisterScalableTarget"),
    ("sagemaker", "CreateEndpoint"),
    ("sagemaker", "UpdateEndpoint"),
    ("sagemaker", "UpdateEndpointWeightsAndCapacities"),
}
