"""The seam to moto: how the plane takes SageMaker's place in moto, and what it has of the rest.

moto is the other services and the HTTP face of all of them. The plane's SageMaker stands in
moto's own tables, so one code path serves clients in this process, clients over HTTP, and
CloudFormation. tests/labs/cloud/test_seam.py holds what is leant on.
"""

from __future__ import annotations

import functools
import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import moto.backends
import moto.cloudwatch.models
import moto.cloudwatch.urls
import moto.core.utils
import moto.iam.urls
import moto.logs.urls
import moto.sagemaker.urls
import moto.sagemakerruntime.urls
from moto import mock_aws
from moto.cloudwatch.models import (
    Dimension,
    MetricAggregatedDatum,
    MetricDatumBase,
    cloudwatch_backends,
)
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.core.model_instances import reset_model_data
from moto.core.models import botocore_stubber
from moto.core.responses import ActionResult
from moto.iam.exceptions import InvalidInput, NotFoundException
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.logs.models import logs_backends
from moto.logs.responses import LogsResponse
from moto.moto_api._internal import mock_random
from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeKey, s3_backends
from moto.s3.responses import S3Response
from moto.sagemaker.exceptions import ResourceNotFound, ValidationError
from moto.sagemaker.models import (
    FakeEndpoint,
    FakeEndpointConfig,
    SageMakerModelBackend,
    sagemaker_backends,
)
from moto.sagemaker.models import Model as FakeModel
from moto.sagemaker.responses import SageMakerResponse
from moto.sagemakerruntime.responses import SageMakerRuntimeResponse

from labs.cloud import alarms, authorization, coverage, policies, shapes
from labs.cloud.guards import MotoGuards
from labs.cloud.invocation import refusal
from labs.cloud.plane import Plane, partition
from labs.cloud.policies import Policy
from labs.cloud.ports import Datum, NoSuchBucket
from labs.cloud.prepared import in_process_request
from labs.cloud.refusals import NOT_OFFERED, Refused, not_offered, not_offered_text

lock = threading.RLock()  # every call into moto holds it
SERVICE = "sagemaker.amazonaws.com"
_plane: Plane | None = None  # the one in moto's tables, which are this process's as well
_JSON = "application/x-amz-json-1.1"
_TABLES = {  # moto keeps tags by them: the operation's noun, and moto's name for all of that kind
    "Model": "_models",
    "EndpointConfig": "endpoint_configs",
    "Endpoint": "endpoints",
    "TrainingJob": "training_jobs",
    "TransformJob": "transform_jobs",
    "HyperParameterTuningJob": "hyper_parameter_tuning_jobs",
}
_OF_STACKS: Mapping[Any, str] = {
    FakeModel: "Model",
    FakeEndpointConfig: "EndpointConfig",
    FakeEndpoint: "Endpoint",
}


def now() -> datetime:
    """moto's own clock, so that what is repeated from a record happens at its time."""
    return moto.core.utils.utcnow().replace(tzinfo=UTC)


def clear() -> None:
    """Make moto forget everything."""
    with lock:
        BackendDict.reset()
        reset_model_data()


# What the plane has of the other services


class MotoServices:
    """A `ports.Services` on moto's backends."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region
        self._partition = partition(region)
        self.guards = MotoGuards(account, region, self._partition, lock)

    def keys(self, bucket: str, prefix: str) -> Sequence[str]:
        with lock:
            found = self._bucket(bucket).keys.items()
            return sorted(
                name for name, key in found if name.startswith(prefix) and isinstance(key, FakeKey)
            )

    def read(self, bucket: str, key: str) -> bytes | None:
        with lock:
            try:
                found = self._bucket(bucket).keys.get(key)
            except NoSuchBucket:
                return None
            return found.value if isinstance(found, FakeKey) else None

    def write(self, bucket: str, key: str, body: bytes, kms_key: str | None = None) -> None:
        with lock:
            self._bucket(bucket)
            s3_backends[self._account][self._partition].put_object(
                bucket,
                key,
                body,
                encryption=None if kms_key is None else "aws:kms",
                kms_key_id=kms_key,
            )

    def delete(self, bucket: str, key: str) -> None:
        with lock:
            self._bucket(bucket)
            s3_backends[self._account][self._partition].delete_object(bucket, key)

    def sagemaker_may_assume(self, role: str) -> bool:
        with lock:
            try:
                found = iam_backends[self._account][self._partition].get_role_by_arn(role)
            except NotFoundException:
                return False
            return policies.trusts(found.assume_role_policy_document, SERVICE)

    def missing_network(self, subnets: Iterable[str], groups: Iterable[str]) -> list[str]:
        subnets, groups = [*subnets], [*groups]
        if not subnets and not groups:  # EC2 takes a moment to import
            return []
        with lock:
            backend = moto.backends.get_backend("ec2")[self._account][self._region]
            known = {subnet.id for subnet in backend.describe_subnets()}
            known |= {group.id for group in backend.describe_security_groups()}
        return [name for name in (*subnets, *groups) if name not in known]

    def log(self, group: str, stream: str, events: Iterable[tuple[int, str]]) -> None:
        with lock:
            backend = logs_backends[self._account][self._region]
            backend.ensure_log_group(group)
            backend.ensure_log_stream(group, stream)
            # past the service's own door, which turns away what is older than 14 days
            backend.groups[group].streams[stream].put_log_events(
                [{"timestamp": at, "message": text} for at, text in events]
            )

    def measure(self, namespace: str, data: Iterable[Datum]) -> None:
        with lock:
            backend = cloudwatch_backends[self._account][self._region]
            backend.put_metric_data(namespace, [_as_metric(datum) for datum in data])

    def notify(self, topic: str, message: str) -> bool:
        module = sys.modules.get("moto.sns.models")
        if module is None:  # nobody has made a topic
            return False
        with lock:
            found = module.sns_backends[self._account][self._region].topics.get(topic)
            if found is None:
                return False
            with _seeded(message):
                found.publish(message)
            return True

    def tag(self, kind: str, name: str, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        with lock:
            backend = sagemaker_backends[self._account][self._region]
            getattr(backend, _TABLES[kind])[name] = Record(kind, name, arn, tags)

    def scaled_variants(self, endpoint: str) -> frozenset[str]:
        return frozenset(target.resource_id.split("/")[3] for target in self._targets(endpoint))

    def stop_scaling(self, endpoint: str) -> None:
        with lock:
            for target in self._targets(endpoint):
                target.applicationautoscaling_backend.deregister_scalable_target(
                    "sagemaker", target.resource_id, target.scalable_dimension
                )

    def alarms(self, names: Iterable[str]) -> Mapping[str, str]:
        with lock:
            backend = cloudwatch_backends[self._account][self._region]
            found = [backend.alarms[name] for name in names if name in backend.alarms]
            for alarm in found:
                _watch(backend, alarm)
            return {alarm.name: alarm.state_value for alarm in found}

    def _targets(self, endpoint: str) -> list[Any]:
        module = sys.modules.get("moto.applicationautoscaling.models")
        if module is None:  # nobody has used it, and it takes most of a second to import
            return []
        with lock:
            backend = module.applicationautoscaling_backends[self._account][self._region]
            start = f"endpoint/{endpoint}/variant/"
            targets = backend.describe_scalable_targets("sagemaker", None, None)
            return [target for target in targets if target.resource_id.startswith(start)]

    def _bucket(self, name: str) -> Any:
        """A bucket of this region; SageMaker sees no others."""
        try:
            found = s3_backends[self._account][self._partition].get_bucket(name)
        except MissingBucket:
            raise NoSuchBucket(name) from None
        if found.region_name != self._region:
            raise NoSuchBucket(f"{name} (it is in {found.region_name})")
        return found


@contextmanager
def _seeded(seed: str) -> Iterator[None]:
    """moto's ids come from the seed, and those of others are as if nothing had been drawn."""
    before = mock_random.getstate()
    mock_random.seed(seed)
    try:
        yield
    finally:
        mock_random.setstate(before)


def _as_metric(datum: Datum) -> dict[str, Any]:
    """A datum as PutMetricData has it; moto's times are UTC without saying so."""
    metric: dict[str, Any] = {
        "MetricName": datum.name,
        "Timestamp": datum.at.replace(tzinfo=None),
        "Dimensions": [{"Name": name, "Value": value} for name, value in datum.dimensions],
        "Unit": datum.unit,
    }
    if isinstance(datum.value, tuple):
        names = ("SampleCount", "Sum", "Minimum", "Maximum")
        metric["StatisticValues"] = dict(zip(names, datum.value, strict=True))
    else:
        metric["Value"] = datum.value
    return metric


# SageMaker in moto's place


class Record:
    """What moto keeps of a resource of ours: its tags; and its face towards CloudFormation."""

    def __init__(self, kind: str, name: str, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        self.arn = self.physical_resource_id = arn
        self.tags = [*tags]
        self._kind, self._name = kind, name

    def get_cfn_attribute(self, attribute: str) -> str:
        if attribute == f"{self._kind}Name":
            return self._name
        raise ValidationError(f"{self._kind} has no attribute {attribute}.")

    def is_created(self) -> bool:
        return True


class Backend(SageMakerModelBackend):
    """moto's SageMaker, but what the plane does goes to the plane."""

    _url_module = moto.sagemaker.urls

    def operate(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """One of the plane's operations. Raises Refused."""
        assert _plane is not None
        answer = _plane.call(self.account_id, self.region_name, operation, request)
        for kind, table in _TABLES.items():
            if operation == f"Create{kind}":
                name, tags = request[f"{kind}Name"], request.get("Tags") or []
                getattr(self, table)[name] = Record(kind, name, answer[f"{kind}Arn"], tags)
            elif operation == f"Delete{kind}":
                getattr(self, table).pop(request[f"{kind}Name"], None)
        return answer

    def reset(self) -> None:
        if _plane is not None:
            _plane.region(self.account_id, self.region_name).forget()
        super().reset()

    # As CloudFormation calls them

    def create(self, kind: str, name: str, properties: Mapping[str, Any]) -> Any:
        """A resource of a template: all its properties, of which moto would take a few."""
        request = {key: value for key, value in properties.items() if value}
        self._operate(f"Create{kind}", request | {f"{kind}Name": name})
        return getattr(self, _TABLES[kind])[name]

    def update_endpoint(self, endpoint_name: str, config_name: str) -> Any:
        request = {"EndpointName": endpoint_name, "EndpointConfigName": config_name}
        self._operate("UpdateEndpoint", request)
        return self.endpoints[endpoint_name]

    def delete_model(self, model_name: str) -> None:
        self._operate("DeleteModel", {"ModelName": model_name})

    def delete_endpoint_config(self, endpoint_config_name: str) -> None:
        self._operate("DeleteEndpointConfig", {"EndpointConfigName": endpoint_config_name})

    def delete_endpoint(self, endpoint_name: str) -> None:
        self._operate("DeleteEndpoint", {"EndpointName": endpoint_name})

    def _operate(self, operation: str, request: dict[str, Any]) -> None:
        shape = _operation_model(operation).input_shape
        try:
            request = shapes.coerced(shape, request)
            shapes.check(shape, request)
            self.operate(operation, request)
        except Refused as error:
            raise ValidationError(error.message) from None

    # Where moto does not do as AWS does

    def _get_resource_from_arn(self, arn: str) -> Any:
        try:
            found = super()._get_resource_from_arn(arn)
        except (AttributeError, ValueError):
            found = None
        if found is None:
            raise ValidationError(f"Could not find a resource with the ARN {arn}.")
        return found

    def create_model_package(self, *rest: Any, **named: Any) -> str:
        group = named.get("model_package_group_name")
        if bool(group) == bool(named.get("model_package_name")):
            raise ValidationError(
                "CreateModelPackage needs a ModelPackageGroupName, for a version in a group, or a "
                "ModelPackageName, and not both."
            )
        if group and group not in self.model_package_groups:
            raise ValidationError(f"Model Package Group {group} does not exist.")
        arn: str = super().create_model_package(*rest, **named)
        return arn

    def describe_experiment(self, experiment_name: str) -> dict[str, Any]:
        if experiment_name not in self.experiments:
            raise ResourceNotFound(f"There is no experiment {experiment_name}.")
        found: dict[str, Any] = super().describe_experiment(experiment_name)
        return found

    def add_tags(self, arn: str, tags: list[dict[str, str]]) -> list[dict[str, str]]:
        resource = self._get_resource_from_arn(arn)
        kept = {tag["Key"]: tag for tag in [*resource.tags, *tags]}  # the later value stands
        resource.tags = tags = [*kept.values()]
        return tags


class SageMaker(SageMakerResponse):
    """The control plane's operations: the plane's, moto's, or refused."""

    def call_action(self) -> Any:
        operation = self._get_action()
        try:
            covered = coverage.of(operation)
            if covered == "no":
                raise not_offered(f"SageMaker's {operation}")
            if covered != "real":
                return super().call_action()
            request = _aware(shapes.given(self._get_params()))
            shapes.check(_operation_model(operation).input_shape, request)
            assert isinstance(self.sagemaker_backend, Backend)
            answer = self.sagemaker_backend.operate(operation, request)
        except Refused as error:
            return _refusal(error)
        return self.serialized(ActionResult(answer))


class Runtime(SageMakerRuntimeResponse):
    """InvokeEndpoint, for clients in this process (over HTTP the front calls the plane itself),
    and InvokeEndpointAsync."""

    use_raw_body = True

    def call_action(self) -> Any:
        assert _plane is not None
        operation = self._get_action() or "InvokeEndpointWithResponseStream"
        headers = {name.lower(): value for name, value in self.headers.items()}
        whose = (self.current_account, self.region, self.uri_match["EndpointName"])
        match operation:
            case "InvokeEndpoint":
                answer = _plane.invoke(
                    *whose,
                    self.raw_body,
                    content_type=headers.get("content-type"),
                    accept=headers.get("accept"),
                    target_variant=headers.get("x-amzn-sagemaker-target-variant"),
                    headers=headers,
                )
            case "InvokeEndpointAsync":
                answer = _plane.invoke_later(*whose, self.raw_body or b"", headers)
            case _:
                answer = refusal(501, NOT_OFFERED, not_offered_text(f"SageMaker's {operation}"))
        return answer.status, dict(answer.headers), answer.body


class Iam(IamResponse):
    """IAM, and SimulatePrincipalPolicy, which moto lacks."""

    def get_role_policy(self) -> ActionResult:
        """Of a stack's role moto keeps Python's own view of the document."""
        name, role = self._get_param("PolicyName"), self._get_param("RoleName")
        document: Any = self.backend.get_role_policy(role, name)[1]
        text = document if isinstance(document, str) else json.dumps(document)
        return ActionResult({"RoleName": role, "PolicyName": name, "PolicyDocument": text})

    def simulate_principal_policy(self) -> ActionResult:
        request = self._get_params()
        for member in ("ContextEntries", "ResourcePolicy", "PermissionsBoundaryPolicyInputList"):
            if request.get(member):
                raise InvalidInput(not_offered_text(f"SimulatePrincipalPolicy with {member}"))
        held, boundary = self._policies_of(request["PolicySourceArn"])
        given = request.get("PolicyInputList") or []
        held += [Policy(f"PolicyInputList.{n}", text) for n, text in enumerate(given, 1)]
        results = [
            policies.simulate(held, boundary, action, resource)
            for action in request["ActionNames"]
            for resource in request.get("ResourceArns") or ["*"]
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    def _policies_of(self, arn: str) -> tuple[list[Policy], list[Policy]]:
        """The policies of a role, user or group, and its permissions boundary."""
        holders: tuple[Any, ...] = (
            *self.backend.roles.values(),
            *self.backend.users.values(),
            *self.backend.groups.values(),
        )
        holder = next((each for each in holders if each.arn == arn), None)
        if holder is None:
            raise NotFoundException(f"The principal {arn} does not exist.")
        around = [*self.backend.get_groups_for_user(holder.name)] if ":user/" in arn else []
        held = []
        for each in (holder, *around):
            held += [Policy(name, text) for name, text in each.policies.items()]
            held += [_managed(policy) for policy in each.managed_policies.values()]
        limit = getattr(holder, "permissions_boundary_arn", None)
        return held, [_managed(self.backend.get_policy(limit))] if limit else []


def _managed(policy: Any) -> Policy:
    versions = [each for each in policy.versions if each.version_id == policy.default_version_id]
    return Policy(policy.name, versions[0].document)


class _Looking:
    """Before somebody reads CloudWatch, it gets what it has not had."""

    def call_action(self) -> Any:
        if _plane is not None:
            _plane.hand_on()
        return super().call_action()  # type: ignore[misc]


class Logs(_Looking, LogsResponse):
    def filter_log_events(self) -> str:
        """moto passes over logStreamNamePrefix, and would show other jobs' lines."""
        request = json.loads(self.body)
        group = self.logs_backend.groups.get(request.get("logGroupName"))
        prefix = request.get("logStreamNamePrefix")
        if prefix is not None and group is not None:
            names = [name for name in group.streams if name.startswith(prefix)]
            if not names:
                return json.dumps({"events": [], "searchedLogStreams": []})
            self.body = json.dumps(request | {"logStreamNames": names})
        return super().filter_log_events()


class CloudWatch(_Looking, CloudWatchResponse):
    def describe_alarms(self) -> ActionResult:
        """moto never looks whether an alarm goes off."""
        for alarm in self.cloudwatch_backend.alarms.values():
            _watch(self.cloudwatch_backend, alarm)
        return super().describe_alarms()


def _watch(backend: Any, alarm: Any) -> None:
    """Bring an alarm on one metric up to now. What SetAlarmState said holds for a period."""
    if alarm.rule is not None or alarm.metric_data_queries or not alarm.evaluation_periods:
        return
    watch = alarms.Watch(
        alarm.statistic or "",
        alarm.comparison_operator,
        float(alarm.threshold),
        int(alarm.period),
        int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        alarm.treat_missing_data or "missing",
    )
    told: alarms.State | None = getattr(alarm, "told", None)
    is_new = told is None and not alarm.history
    age = (now() - alarm.state_updated_timestamp.replace(tzinfo=UTC)).total_seconds()
    if not watch.is_known or (not is_new and alarm.state_value != told and age < watch.period):
        return
    state = watch.state(_samples(backend, alarm, watch.since(now())), now())
    value, why = state or ("INSUFFICIENT_DATA" if is_new else alarm.state_value, "No data.")
    alarm.told = value
    if value != alarm.state_value:
        alarm.update_state(why, "{}", value)


def _samples(backend: Any, alarm: Any, since: datetime) -> list[alarms.Sample]:
    """What is in an alarm's metric from then on."""
    wanted = {(each.name, each.value) for each in alarm.dimensions}
    found = []
    for datum in backend.get_all_metrics():
        at = datum.timestamp.replace(tzinfo=UTC)
        if (datum.namespace, datum.name) != (alarm.namespace, alarm.metric_name) or at < since:
            continue
        if {(each.name, each.value) for each in datum.dimensions} != wanted:
            continue
        if alarm.unit and datum.unit != alarm.unit:
            continue
        if isinstance(datum, MetricAggregatedDatum):
            values = (datum.sample_count, datum.sum, datum.min, datum.max)
        else:
            values = (1.0, datum.value, datum.value, datum.value)
        found.append(alarms.Sample(at, *map(float, values)))
    return found


def _exactly(found: Callable[..., bool]) -> Callable[..., bool]:
    """GetMetricStatistics asks for one metric, with these dimensions and no others; moto takes
    those that have more as well. ListMetrics, which filters, names what it has found so far."""

    def filtered(
        self: MetricDatumBase,
        namespace: str | None,
        name: str | None,
        dimensions: list[dict[str, str]],
        already_present_metrics: list[MetricDatumBase] | None = None,
    ) -> bool:
        if already_present_metrics is None and len(dimensions) != len(self.dimensions):
            return False
        return found(self, namespace, name, dimensions, already_present_metrics)

    return filtered


def _are_same(some: list[Dimension], others: list[Dimension]) -> bool:
    """moto finds no two lists of several dimensions alike, and so lists a metric many times."""
    return {(each.name, each.value) for each in some} == {
        (each.name, each.value) for each in others
    }


def _looking(begin: Callable[..., None]) -> Callable[..., None]:
    """Before somebody reads S3, it gets what was captured. moto reads its table of S3's paths
    anew each time, so it is in the class itself."""

    def begun(self: S3Response, request: Any, *arguments: Any, **named: Any) -> None:
        if _plane is not None and request.method in ("GET", "HEAD"):
            _plane.hand_on_captured()
        begin(self, request, *arguments, **named)

    return begun


def _refusal(error: Refused) -> Any:
    body = json.dumps({"__type": error.code, "message": error.message})
    headers = {"content-type": _JSON, "x-amzn-errortype": error.code}
    return error.status, headers, body


def _aware(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for key, value in request.items()
    }


@functools.cache
def _operation_model(operation: str) -> Any:
    return moto.core.utils.get_service_model("sagemaker").operation_model(operation)


# Application Auto Scaling, from the moment in which somebody uses it


def _extended_autoscaling(backends: Any) -> None:
    if getattr(backends.backend, "is_extended", False):
        return
    import moto.applicationautoscaling.urls
    from moto.applicationautoscaling.exceptions import AWSValidationException

    class AutoScaling(backends.backend):  # type: ignore[misc]
        is_extended = True
        _url_module = moto.applicationautoscaling.urls

        def register_scalable_target(
            self, namespace: str, r_id: str, *rest: Any, **more: Any
        ) -> Any:
            if namespace == "sagemaker" and _plane is not None:
                kind, _, name_and_variant = r_id.partition("/")
                name, _, variant = name_and_variant.partition("/variant/")
                endpoints = _plane.region(self.account_id, self.region_name).endpoints
                if kind != "endpoint" or not endpoints.has_variant(name, variant):
                    raise AWSValidationException(
                        f"There is no endpoint variant {r_id} to register: name it as "
                        "endpoint/NAME/variant/VARIANT."
                    )
            return super().register_scalable_target(namespace, r_id, *rest, **more)

        def deregister_scalable_target(self, namespace: str, r_id: str, dimension: str) -> None:
            super().deregister_scalable_target(namespace, r_id, dimension)
            for policy in [*self.policies.values()]:  # moto leaves them behind
                if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
                    self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)

    backends.backend = AutoScaling


# EC2, likewise


def _extended_ec2(backends: Any) -> None:
    if getattr(backends.backend, "is_extended", False):
        return
    import moto.ec2.urls

    class Ec2(backends.backend):  # type: ignore[misc]
        is_extended = True
        _url_module = moto.ec2.urls

        def create_vpc_endpoint(self, *rest: Any, **named: Any) -> Any:
            """One of no type is a gateway; moto could not delete it again."""
            if "endpoint_type" in named:
                named["endpoint_type"] = named["endpoint_type"] or "Gateway"
            return super().create_vpc_endpoint(*rest, **named)

    backends.backend = Ec2


# In and out of moto's tables


def install(plane: Plane) -> Callable[[], None]:
    """Put a plane into moto's tables; what is returned takes it out again.

    Raises RuntimeError if there is one: the tables are the process's.
    """
    global _plane
    with lock:
        if _plane is not None:
            raise RuntimeError("There is a cloud in this process already. Close it first.")
        _plane = plane
        restore = [_replaced(*each) for each in _replacements()]

    def uninstall() -> None:
        global _plane
        with lock:
            if _plane is plane:
                _plane = None
                for undo in reversed(restore):
                    undo()

    return uninstall


def _replacements() -> Iterator[tuple[Any, str, Any]]:
    """(object or dict, attribute or key, what shall stand there)."""
    yield sagemaker_backends, "backend", Backend
    yield moto.sagemaker.urls.url_paths, "{0}/$", SageMaker.dispatch
    yield moto.iam.urls.url_paths, "{0}/$", Iam.dispatch
    yield moto.logs.urls.url_paths, "{0}/$", Logs.dispatch
    yield moto.cloudwatch.urls.url_paths, "{0}/$", CloudWatch.dispatch
    yield S3Response, "setup_class", _looking(S3Response.setup_class)
    yield MetricDatumBase, "filter", _exactly(MetricDatumBase.filter)
    yield moto.cloudwatch.models, "are_dimensions_same", _are_same
    for route in ("async-invocations", "invocations", "invocations-response-stream"):
        path = f"{{0}}/endpoints/(?P<name>[^/]+)/{route}$"
        yield moto.sagemakerruntime.urls.url_paths, path, Runtime.dispatch
    for model, noun in _OF_STACKS.items():
        yield model, "cloudformation_name_type", staticmethod(_always(f"{noun}Name"))
        yield model, "create_from_cloudformation_json", staticmethod(_creating(noun))
    yield FakeEndpoint, "update_from_cloudformation_json", staticmethod(_update_by_cloudformation)
    yield default_user_config, "iam", {"load_aws_managed_policies": True}
    yield botocore_stubber, "process_request", _guarded(botocore_stubber.process_request)
    yield moto.backends, "_import_backend", _importing(moto.backends._import_backend)


_ABSENT = object()


def _replaced(target: Any, name: str, value: Any) -> Callable[[], None]:
    """Replace an entry or attribute; what is returned puts the old one back."""
    is_table = isinstance(target, dict) and not isinstance(target, BackendDict)
    held = target if is_table else vars(target)
    before = held.get(name, _ABSENT)
    put = target.__setitem__ if is_table else functools.partial(setattr, target)
    drop = target.__delitem__ if is_table else functools.partial(delattr, target)
    put(name, value)
    return lambda: drop(name) if before is _ABSENT else put(name, before)


def _always(value: str) -> Callable[[], str]:
    return lambda: value


def _guarded(call: Callable[..., Any]) -> Callable[..., Any]:
    """A client in this process calls moto in its own thread, as far as IAM lets it."""

    def guarded(prepared: Any) -> Any:
        with lock:
            if _plane is not None:
                refused = authorization.refused(in_process_request(prepared), _plane)
                if refused is not None:
                    return refused.status, dict(refused.headers), refused.body
            return call(prepared)

    return guarded


def _importing(load: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    def loaded(module: str, name: str) -> Any:
        backends = load(module, name)
        if module == "applicationautoscaling":
            _extended_autoscaling(backends)
        elif module == "ec2":
            _extended_ec2(backends)
        return backends

    return loaded


def _creating(kind: str) -> Callable[..., Any]:
    """How CloudFormation creates a resource of a kind."""

    def create(
        resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Any:
        backend = sagemaker_backends[account_id][region_name]
        assert isinstance(backend, Backend)
        return backend.create(kind, resource_name, cloudformation_json["Properties"])

    return create


def _update_by_cloudformation(
    original_resource: Any,
    new_resource_name: str,
    cloudformation_json: Any,
    account_id: str,
    region_name: str,
) -> Any:
    """AWS::SageMaker::Endpoint changes by UpdateEndpoint, where moto deletes it."""
    backend = sagemaker_backends[account_id][region_name]
    assert isinstance(backend, Backend)
    name = original_resource.get_cfn_attribute("EndpointName")
    return backend.update_endpoint(name, cloudformation_json["Properties"]["EndpointConfigName"])


@contextmanager
def in_process() -> Iterator[None]:
    """Clients in this process talk to moto."""
    with mock_aws():
        yield
