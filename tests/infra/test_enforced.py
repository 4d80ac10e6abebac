"""The labs in an account that the template has made, done as the learner, with IAM enforced.

`make enforced` does every lab whole; here two of them, what all others were recorded to call, and
for each statement of their policies a call that fails without it.
"""

from __future__ import annotations

import contextlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.handlers
import pytest
from botocore.exceptions import ClientError
from moto.core.utils import utcnow
from moto.sts.models import sts_backends

from labs.cloud import images, principals
from labs.cloud.acting import Denied
from labs.cloud.plane import Plane
from labs.infra import stacks
from labs.lab import Lab
from labs.need import Need, Where, of_call
from labs.permission import refusal, sentence
from labs.policy import allowing, concerns, listed
from labs.runner import catalogue, inside
from tests.infra.record import needs_of, recorded
from tests.infra.templates import ACCOUNT, HELD, REGION, held, resolved
from tests.labs.catalog.desks import Desk
from tests.labs.cloud.aws import rows

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("infra-enforced")]

PREFIX = "quizengine"
BUCKET = f"{PREFIX}-labs-{ACCOUNT}"
ROLES = {
    who: f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-{name}"
    for who, name in {"caller": "learner", "role": "execution"}.items()
}
DOCUMENTS: Mapping[str, dict[str, Any]] = {who: held(who) for who in HELD}
HERE = Where(ACCOUNT, REGION)
IN_REGION = {"aws:requestedregion": (REGION,)}
IMAGE = images.uri(REGION) or ""
TAG = {"Key": "quizengine", "Value": PREFIX}
QUICK = ["deploy_endpoint", "train_xgboost"]
ALL = os.environ.get("QUIZENGINE_ENFORCED") == "all"
ON_AWS = [slug for slug in recorded() if "aws" in catalogue.load(slug).targets]
WHOLE = ON_AWS if ALL else QUICK
KINDS = list(catalogue.SOLUTIONS) if ALL else ["boto3"]


@dataclass(frozen=True)
class Staff:
    """Who works in the account: its owner, and the learner."""

    plane: Plane
    owner: Any  # a boto3 session, as is `learner`
    learner: Any
    keys: Mapping[str, str]  # the learner's

    @contextlib.contextmanager
    def without(self, who: str, sid: str) -> Iterator[None]:
        """The policy lacks a statement for a while: a new version of it."""
        iam = self.owner.client("iam")
        told = policy_with(who, sid)
        arn = f"arn:aws:iam::{ACCOUNT}:policy/{told['ManagedPolicyName']}"
        rest = without(told["PolicyDocument"], sid)
        whole = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        made = iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=json.dumps(rest), SetAsDefault=True
        )
        try:
            yield
        finally:
            iam.set_default_policy_version(PolicyArn=arn, VersionId=whole)
            version = made["PolicyVersion"]["VersionId"]
            iam.delete_policy_version(PolicyArn=arn, VersionId=version)


@pytest.fixture(scope="module")
def staff(cloud: tuple[Plane, Any]) -> Staff:
    plane, owner = cloud
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tried to parse .* not supported by moto", UserWarning)
        template = stacks.template("lab-account")
        stacks.execute(owner.client, stacks.propose(owner.client, template, PREFIX, {}))
    told = owner.client("sts").assume_role(RoleArn=ROLES["caller"], RoleSessionName="me")
    keys = {
        "AWS_ACCESS_KEY_ID": told["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": told["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": told["Credentials"]["SessionToken"],
    }
    owner.client("s3").put_object(Bucket=BUCKET, Key="quizengine-x/train/a.csv", Body=rows())
    access, secret, token = keys.values()
    learner = boto3.Session(access, secret, token, region_name=REGION)
    return Staff(plane, owner, learner, keys)


def policy_with(who: str, sid: str) -> dict[str, Any]:
    """The properties of the policy in which a statement stands."""
    found = resolved("lab-account")
    for properties in (found[name]["Properties"] for name in HELD[who]):
        if sid in [each["Sid"] for each in properties["PolicyDocument"]["Statement"]]:
            return dict(properties)
    raise AssertionError(sid)


def without(document: Mapping[str, Any], sid: str) -> dict[str, Any]:
    return {**document, "Statement": [e for e in document["Statement"] if e["Sid"] != sid]}


# Labs, whole


@dataclass(frozen=True)
class AsLearner(Desk):
    """A desk in the account, with the learner's keys."""

    keys: Mapping[str, str]

    @property
    def variables(self) -> Mapping[str, str]:
        own = {"LAB_BUCKET": BUCKET, "LAB_ROLE_ARN": ROLES["role"]}
        return {**super().variables, **own, **self.keys}


@pytest.fixture
def tagged(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made gets the tag by which it is found again, as whatever does labs on AWS has to."""

    def tag(params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any] | None:
        if model.service_model.service_name == "sagemaker" and model.name.startswith("Create"):
            return {**params, "Tags": [*params.get("Tags", ()), TAG]}
        return None

    handlers = [*botocore.handlers.BUILTIN_HANDLERS, ("provide-client-params", tag)]
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)


@pytest.fixture
def default_session(staff: Staff) -> Iterator[None]:
    """`boto3.client` is the learner's meanwhile, as in a process of their own."""
    before = boto3.DEFAULT_SESSION
    keys = staff.keys
    boto3.setup_default_session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
        region_name=REGION,
    )
    yield
    boto3.DEFAULT_SESSION = before


def desk_of(lab: Lab, folder: Path, staff: Staff) -> AsLearner:
    for name, content in catalogue.given(lab).items():
        (folder / name).write_bytes(content)
    initials = "".join(word[0] for word in lab.slug.split("_"))
    return AsLearner(lab, folder, f"{PREFIX}-{initials}", staff.keys)


@pytest.mark.usefixtures("tagged", "default_session")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slug", WHOLE)
def test_a_lab_is_done_checked_and_cleaned_under_exactly_these_policies(
    slug: str, kind: str, staff: Staff, tmp_path: Path
) -> None:
    desk = desk_of(catalogue.load(slug), tmp_path, staff)
    with warnings.catch_warnings():
        if kind == "sdk":  # it warns of its own modules
            warnings.simplefilter("ignore", DeprecationWarning)
        ran = desk.solve(kind)
    assert ran.left is None, ran.out[-2000:]
    assert desk.failing() == []
    assert [fate for fate in desk.clean() if fate.why] == []


# Labs, as they were recorded


@pytest.mark.parametrize("slug", ON_AWS)
def test_all_that_a_lab_was_recorded_to_call_is_let_through(slug: str, staff: Staff) -> None:
    learner = principals.of_key(staff.keys["AWS_ACCESS_KEY_ID"])
    assert learner is not None
    for who, principal in (("caller", learner), ("role", principals.of_role(ROLES["role"]))):
        needs = needs_of(recorded()[slug], who)
        assert needs
        found = refusal(principal, needs, IN_REGION)
        assert found is None, found.sentence


# The learner without a statement

JOB = {
    "TrainingJobName": "quizengine-job",
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "RoleArn": ROLES["role"],
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "ContentType": "text/csv",
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://{BUCKET}/quizengine-x/train/",
                }
            },
        }
    ],
    "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/quizengine-x/output"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    "HyperParameters": {"num_round": "1"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    "Tags": [TAG],
}
ABSENT = {**JOB, "OutputDataConfig": {"S3OutputPath": "s3://no-such-bucket-anywhere/output"}}
VARIANT = {"VariantName": "a", "ModelName": "quizengine-none"}
ON_INSTANCES = VARIANT | {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS = VARIANT | {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
GROUP = "/aws/sagemaker/TrainingJobs"
OF_VARIANT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/quizengine-none/variant/a",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
# Calls of which each needs some statement; what they are about is not there, so nothing is made.
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("sagemaker", "CreateTrainingJob", ABSENT),
    ("sagemaker", "CreateEndpointConfig", {"ProductionVariants": [ON_INSTANCES]}),
    ("sagemaker", "CreateEndpointConfig", {"ProductionVariants": [SERVERLESS]}),
    ("sagemaker", "CreateEndpoint", {"EndpointName": "quizengine-none"}),
    ("sagemaker", "DescribeEndpoint", {"EndpointName": "quizengine-none"}),
    ("sagemaker", "ListModels", {}),
    ("iam", "GetRole", {"RoleName": "quizengine-execution"}),
    ("s3", "ListObjectsV2", {"Bucket": BUCKET}),
    ("s3", "GetObject", {"Bucket": BUCKET, "Key": "quizengine-x/none"}),
    ("logs", "DescribeLogGroups", {}),
    ("logs", "DescribeLogStreams", {"logGroupName": GROUP}),
    ("logs", "GetLogEvents", {"logGroupName": GROUP, "logStreamName": "quizengine-none/a"}),
    ("logs", "DeleteLogGroup", {"logGroupName": "/aws/sagemaker/Endpoints/quizengine-none"}),
    ("cloudwatch", "DescribeAlarms", {}),
    ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["quizengine-none"]}),
    ("application-autoscaling", "DescribeScalableTargets", {"ServiceNamespace": "sagemaker"}),
    ("application-autoscaling", "RegisterScalableTarget", {**OF_VARIANT, "MaxCapacity": 1}),
    (
        "cloudwatch",
        "GetMetricStatistics",
        {"Namespace": "a", "MetricName": "b", "StartTime": 0, "EndTime": 60, "Period": 60},
    ),
]
for _, operation, request in CALLS:
    if operation == "CreateEndpointConfig":
        request |= {"EndpointConfigName": "quizengine-none", "Tags": [TAG]}
    if operation == "CreateEndpoint":
        request |= {"EndpointConfigName": "quizengine-none", "Tags": [TAG]}


def missed(sid: str) -> tuple[tuple[str, str, dict[str, Any]], Need]:
    """A call that nothing but this statement of the learner's allows, and what of it."""
    (gone,) = [each for each in DOCUMENTS["caller"]["Statement"] if each["Sid"] == sid]
    rest = without(DOCUMENTS["caller"], sid)
    for call in CALLS:
        for need in of_call(*call, HERE):
            if concerns(gone, need) and allowing(rest, need) is None:
                return call, need
    raise AssertionError(f"CALLS has no call that needs {sid}: add one.")


def said_to(client: Any, operation: str, request: Mapping[str, Any]) -> str:
    """The error of a call; empty if it succeeds."""
    name = client.meta.service_model.operation_model(operation).name
    method = {m: o for m, o in client.meta.method_to_api_mapping.items() if o == name}
    try:
        getattr(client, next(iter(method)))(**request)
    except ClientError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("sid", [each["Sid"] for each in DOCUMENTS["caller"]["Statement"]])
def test_without_a_statement_the_learner_is_told_what_is_missing_and_on_what(
    sid: str, staff: Staff
) -> None:
    (service, operation, request), need = missed(sid)
    client = staff.learner.client(service)
    assert "not authorized" not in said_to(client, operation, request)
    with staff.without("caller", sid):
        said = said_to(client, operation, request)
    learner = principals.of_key(staff.keys["AWS_ACCESS_KEY_ID"])
    assert learner is not None
    why = f"because no identity-based policy allows the {need.action} action"
    assert said.endswith(sentence(learner, need, why)), said
    assert "not authorized" not in said_to(client, operation, request), "it holds again"


@pytest.mark.usefixtures("default_session")
def test_the_commands_of_a_lab_say_it_plainly(staff: Staff, tmp_path: Path) -> None:
    desk = desk_of(catalogue.load("train_xgboost"), tmp_path, staff)
    with staff.without("caller", "ListWhatThereIs"):
        (told,) = inside._answers("clean", [desk.lab], desk.variables)
    assert told["error"].startswith("You may not do this. ")
    assert "sagemaker:ListEndpoints on resource: *" in told["error"]
    assert told["hint"]
    with staff.without("caller", "ListBucket"):
        looked = [*inside._answers("check", [desk.lab], desk.variables)]
    assert {each["broke"] for each in looked} == {""}
    said = " ".join(each["verdict"]["saw"] for each in looked)
    assert "You may not look at this. " in said
    assert f's3:ListBucket on resource: "arn:aws:s3:::{BUCKET}"' in said


def test_a_session_that_is_over_opens_nothing(staff: Staff) -> None:
    (session,) = sts_backends[ACCOUNT]["aws"].assumed_roles
    until, session.expiration = session.expiration, utcnow()
    try:
        said = said_to(staff.learner.client("sagemaker"), "ListModels", {})
        in_s3 = said_to(staff.learner.client("s3"), "ListObjectsV2", {"Bucket": BUCKET})
    finally:
        session.expiration = until
    assert "(ExpiredTokenException)" in said
    assert "The security token included in the request is expired" in said
    assert "(ExpiredToken)" in in_s3


# The role without a statement


def trained(staff: Staff, name: str) -> dict[str, Any]:
    """A short job of the learner's, at its end."""
    sagemaker = staff.learner.client("sagemaker")
    sagemaker.create_training_job(**JOB | {"TrainingJobName": name})
    assert staff.plane.settle(100)
    found: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
    return found


def streams(staff: Staff, name: str) -> list[str]:
    logs = staff.owner.client("logs")
    try:
        found = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=name)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [each["logStreamName"] for each in found["logStreams"]]


def metrics(staff: Staff, name: str) -> list[str]:
    dimensions = [{"Name": "TrainingJobName", "Value": name}]
    told = staff.owner.client("cloudwatch").list_metrics(Namespace=GROUP, Dimensions=dimensions)
    return [each["MetricName"] for each in told["Metrics"]]


def test_with_all_its_statements_a_job_trains_logs_and_measures(staff: Staff) -> None:
    job = trained(staff, "quizengine-whole")
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert len(streams(staff, "quizengine-whole")) == 1
    assert metrics(staff, "quizengine-whole")


def test_a_role_that_may_not_list_its_bucket_gets_no_job(staff: Staff) -> None:
    with staff.without("role", "ListBucket"), pytest.raises(ClientError) as refused:
        trained(staff, "quizengine-list")
    wanted = f'the role "{ROLES["role"]}" has "s3:ListBucket" permissions on bucket "{BUCKET}"'
    assert wanted in str(refused.value)


WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{PREFIX}-execution/SageMaker"
REPOSITORY = IMAGE.partition("/")[2].partition(":")[0]
OF_IMAGE = f"arn:aws:ecr:{REGION}:{IMAGE.partition('.')[0]}:repository/{REPOSITORY}"


@pytest.mark.parametrize(
    ("sid", "action", "resource"),
    [
        (
            "ReadAndWriteObjects",
            "s3:GetObject",
            f'"arn:aws:s3:::{BUCKET}/quizengine-x/train/a.csv"',
        ),
        ("SignInToRegistry", "ecr:GetAuthorizationToken", "*"),
        ("PullImages", "ecr:BatchCheckLayerAvailability", OF_IMAGE),
    ],
)
def test_a_job_fails_for_want_of_a_statement_and_says_which_action_on_what(
    sid: str, action: str, resource: str, staff: Staff
) -> None:
    with staff.without("role", sid):
        job = trained(staff, f"quizengine-{sid.lower()}")
    assert job["TrainingJobStatus"] == "Failed"
    reason = job["FailureReason"]
    assert reason.startswith("ClientError: ")
    assert f"{WHO} is not authorized to perform: {action} on resource: {resource}" in reason


@pytest.mark.parametrize("sid", ["FindLogs", "WriteLogs"])
def test_a_job_that_may_not_log_trains_and_leaves_no_line(sid: str, staff: Staff) -> None:
    name = f"quizengine-{sid.lower()}"
    with staff.without("role", sid):
        assert trained(staff, name)["TrainingJobStatus"] == "Completed"
    assert streams(staff, name) == []
    assert metrics(staff, name)


def test_a_job_that_may_not_measure_trains_and_leaves_no_metric(staff: Staff) -> None:
    with staff.without("role", "PutMetrics"):
        assert trained(staff, "quizengine-metrics")["TrainingJobStatus"] == "Completed"
    assert metrics(staff, "quizengine-metrics") == []
    assert len(streams(staff, "quizengine-metrics")) == 1


def test_alarms_that_the_role_may_not_see_guard_no_update(staff: Staff) -> None:
    role = staff.plane.region(ACCOUNT, REGION).acting(ROLES["role"])
    assert role.alarms(["quizengine-none"]) == {}
    with staff.without("role", "WatchAlarms"), pytest.raises(Denied) as denied:
        role.alarms(["quizengine-none"])
    alarm = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:quizengine-none"
    wanted = f"{WHO} is not authorized to perform: cloudwatch:DescribeAlarms on resource: {alarm}"
    assert str(denied.value).startswith(wanted)


def test_every_statement_of_the_role_was_taken_away_once() -> None:
    """Of one that is new nobody knows yet what happens without it: say so above."""
    known = {"ListBucket", "ReadAndWriteObjects", "SignInToRegistry", "PullImages"}
    known |= {"FindLogs", "WriteLogs", "PutMetrics", "WatchAlarms"}
    assert {each["Sid"] for each in DOCUMENTS["role"]["Statement"]} == known


def test_every_call_names_an_action_that_the_learners_policies_have() -> None:
    allowed = {a for each in DOCUMENTS["caller"]["Statement"] for a in listed(each["Action"])}
    for call in CALLS:
        assert {need.action for need in of_call(*call, HERE)} <= allowed
