"""Undos that take more than a call, on the offline cloud: what AWS named and never told, what must
be empty before it can go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import labs.cloud
from labs import undo as undoing
from labs.aws.undoing import Kept, take_back, thing_of
from labs.journal import Entry
from labs.undo import Call
from tests.labs.aws.fakes import BUCKET
from tests.labs.catalog.desks import KEYS

PREFIX = "quizengine-lid"


@dataclass(frozen=True)
class Owner:
    """The account of this process's cloud."""

    prefix: str = PREFIX
    bucket: str = BUCKET
    role_arn: str = ""
    region: str = "us-east-1"

    def client(self, service: str) -> Any:
        import boto3

        make: Any = boto3.client  # its stubs want each service's name spelt out
        return make(service, region_name=self.region)


@pytest.fixture(scope="module")
def account() -> Iterator[Owner]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
            patch.delenv(name, raising=False)
        for name, value in KEYS.items():
            patch.setenv(name, value)
        with labs.cloud.offline():
            owner = Owner()
            owner.client("s3").create_bucket(Bucket=BUCKET)
            yield owner


def entry(call: Call, *, at: int = 1, answer: dict[str, Any] | None = None) -> Entry:
    return Entry("1", at, "lock_it_down", call, undoing.undo(call, answer), did=answer is not None)


def test_an_upload_whose_id_never_came_is_found_by_its_key(account: Owner) -> None:
    s3 = account.client("s3")
    for key in ("big", "bigger"):
        s3.create_multipart_upload(Bucket=BUCKET, Key=f"{PREFIX}/{key}")
    request = {"Bucket": BUCKET, "Key": f"{PREFIX}/big"}
    lost = entry(Call("s3", "CreateMultipartUpload", request))
    assert take_back(account, lost)
    left = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert [each["Key"] for each in left] == [f"{PREFIX}/bigger"]
    assert not take_back(account, lost), "there is none any more"


def test_a_key_whose_id_never_came_is_found_by_tags_and_description(account: Owner) -> None:
    kms = account.client("kms")
    tags = [{"TagKey": "quizengine", "TagValue": "quizengine"}]
    mine = {"Description": "of the lab", "Tags": tags}
    ours = kms.create_key(**mine)["KeyMetadata"]["KeyId"]
    others = [
        kms.create_key(Description="of the lab")["KeyMetadata"]["KeyId"],
        kms.create_key(Description="of another", Tags=tags)["KeyMetadata"]["KeyId"],
    ]
    assert take_back(account, entry(Call("kms", "CreateKey", mine)))
    state = {id: kms.describe_key(KeyId=id)["KeyMetadata"]["KeyState"] for id in (ours, *others)}
    assert [state[ours], *(state[id] for id in others)] == ["PendingDeletion", "Enabled", "Enabled"]


def test_what_nobody_can_name_is_kept_with_the_way_to_find_it(account: Owner) -> None:
    lost = entry(Call("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}))
    with pytest.raises(Kept, match="Tag Editor"):
        take_back(account, lost)
    assert thing_of(lost).kind == "vpc"


def test_a_bucket_of_the_lab_is_emptied_of_all_that_it_ever_held(account: Owner) -> None:
    s3, name = account.client("s3"), f"{PREFIX}-own"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="x", Body=body)
    s3.delete_object(Bucket=name, Key="x")
    made = entry(Call("s3", "CreateBucket", {"Bucket": name}))
    assert take_back(account, made)
    assert name not in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert not take_back(account, made)


def test_a_stack_is_waited_for(account: Owner) -> None:
    cloudformation = account.client("cloudformation")
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": PREFIX}}
    body = json.dumps({"Resources": {"Topic": topic}})
    cloudformation.create_stack(StackName=f"{PREFIX}-door", TemplateBody=body)
    made = entry(Call("cloudformation", "CreateStack", {"StackName": f"{PREFIX}-door"}))
    assert take_back(account, made)
    assert account.client("sns").list_topics()["Topics"] == []
    assert cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []


def test_a_bucket_or_stack_under_another_name_is_left_alone(account: Owner) -> None:
    for call in (
        Call("s3", "CreateBucket", {"Bucket": BUCKET}),
        Call("cloudformation", "CreateStack", {"StackName": "quizengine-lab-account"}),
    ):
        with pytest.raises(Kept, match="left alone"):
            take_back(account, entry(call))


NAME = f"{PREFIX}-never"
ARN = "arn:aws:{}:us-east-1:123456789012:{}"
SCALED = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": f"endpoint/{NAME}/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
NEVER_MADE = {
    ("application-autoscaling", "PutScalingPolicy"): {"PolicyName": NAME, **SCALED},
    ("application-autoscaling", "PutScheduledAction"): {"ScheduledActionName": NAME, **SCALED},
    ("application-autoscaling", "RegisterScalableTarget"): SCALED,
    ("cloudformation", "CreateStack"): {"StackName": NAME},
    ("cloudwatch", "PutMetricAlarm"): {"AlarmName": NAME},
    ("iam", "AttachRolePolicy"): {"RoleName": NAME, "PolicyArn": ARN.format("iam", "policy/a")},
    ("iam", "CreateRole"): {"RoleName": NAME},
    ("iam", "PutRolePolicy"): {"RoleName": NAME, "PolicyName": NAME},
    ("kms", "CreateAlias"): {"AliasName": f"alias/{NAME}"},
    ("logs", "CreateLogGroup"): {"logGroupName": NAME},
    ("logs", "CreateLogStream"): {"logGroupName": NAME, "logStreamName": NAME},
    ("s3", "CompleteMultipartUpload"): {"Bucket": BUCKET, "Key": f"{NAME}/a"},
    ("s3", "CopyObject"): {"Bucket": BUCKET, "Key": f"{NAME}/a"},
    ("s3", "CreateBucket"): {"Bucket": NAME},
    ("s3", "PutBucketPolicy"): {"Bucket": NAME},
    ("s3", "PutObject"): {"Bucket": BUCKET, "Key": f"{NAME}/a"},
    ("sagemaker", "CreateEndpoint"): {"EndpointName": NAME},
    ("sagemaker", "CreateEndpointConfig"): {"EndpointConfigName": NAME},
    ("sagemaker", "CreateHyperParameterTuningJob"): {"HyperParameterTuningJobName": NAME},
    ("sagemaker", "CreateModel"): {"ModelName": NAME},
    ("sagemaker", "CreateTrainingJob"): {"TrainingJobName": NAME},
    ("sagemaker", "CreateTransformJob"): {"TransformJobName": NAME},
    ("scheduler", "CreateSchedule"): {"Name": NAME, "GroupName": NAME},
}
# Of these AWS chooses the name; and one is not offered offline.
NOT_TRIED = {
    ("iam", "CreatePolicy"),
    ("kms", "CreateKey"),
    ("s3", "CreateMultipartUpload"),
    ("sagemaker", "CreateProcessingJob"),
    ("sns", "CreateTopic"),
}


@pytest.mark.parametrize(("service", "operation"), NEVER_MADE)
def test_what_was_never_made_is_no_trouble(account: Owner, service: str, operation: str) -> None:
    request = NEVER_MADE[service, operation]
    take_back(account, entry(Call(service, operation, request)))


def test_everything_whose_name_the_learner_chooses_is_tried() -> None:
    made = {(service, name) for service, each in undoing._MAKES.items() for name in each}
    assert set(NEVER_MADE) == {each for each in made - NOT_TRIED if each[0] != "ec2"}
