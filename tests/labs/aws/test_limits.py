"""What a lab may touch in an account, said before anything leaves."""

from __future__ import annotations

from typing import Any

import pytest

from labs import undo
from labs.limits import Limits, OutOfBounds, touched
from labs.need import UnknownCall
from labs.runner import catalogue
from labs.undo import Call

BUCKET = "quizengine-labs-123456789012"
ROLE = "arn:aws:iam::123456789012:role/quizengine-execution"
LIMITS = Limits("quizengine-tx", BUCKET, ROLE, "quizengine-deadlines", ("ml.m5.large",), 3600, 5)
JOB = {
    "TrainingJobName": "quizengine-tx-1",
    "RoleArn": ROLE,
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
}


def with_(request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The request with another value at a dotted path."""
    first, _, rest = path.partition(".")
    inner = with_(request.get(first, {}), rest, value) if rest else value
    return {**request, first: inner}


TRANSFORM = {"TransformJobName": "quizengine-tx-1"}
CONFIG = {"EndpointConfigName": "quizengine-tx"}
ALARM = {"AlarmName": "quizengine-tx-errors"}
TARGET = {"ResourceId": "endpoint/quizengine-tx/variant/A", "MinCapacity": 1, "MaxCapacity": 2}
STREAM = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "quizengine-tx-1/algo-1"}


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("sagemaker", "CreateTrainingJob", JOB),
        ("sagemaker", "CreateTrainingJob", with_(JOB, "TrainingJobName", "quizengine-tx")),
        ("sagemaker", "StopTrainingJob", {"TrainingJobName": "quizengine-tx-1"}),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "OutputDataConfig.S3OutputPath", f"s3://{BUCKET}/quizengine-tx/output"),
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "OutputDataConfig.S3OutputPath", f"s3://{BUCKET}/quizengine-tx"),
        ),
        ("sagemaker", "UpdateEndpointWeightsAndCapacities", {"EndpointName": "QUIZENGINE-TX"}),
        ("sagemaker", "AddTags", {"ResourceArn": "arn:aws:sagemaker:r:1:model/quizengine-tx-a"}),
        ("s3", "PutObject", {"Bucket": BUCKET, "Key": "quizengine-tx/a"}),
        ("s3", "PutObject", {"Bucket": BUCKET, "Key": "quizengine-tx-1/source.tar.gz"}),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "quizengine-tx/a"}]}},
        ),
        ("logs", "DeleteLogStream", STREAM),
        ("logs", "DeleteLogGroup", {"logGroupName": "/aws/sagemaker/Endpoints/quizengine-tx"}),
        ("cloudwatch", "PutMetricAlarm", ALARM),
        ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["quizengine-tx-errors"]}),
        ("application-autoscaling", "RegisterScalableTarget", TARGET),
        (
            "scheduler",
            "CreateSchedule",
            {"Name": "quizengine-tx", "GroupName": "quizengine-deadlines"},
        ),
        ("sagemaker", "DescribeModel", {"ModelName": "somebody-elses"}),
        ("s3", "GetObject", {"Bucket": "public", "Key": "a"}),
    ],
)
def test_what_is_the_labs_own_may_leave(
    service: str, operation: str, request_: dict[str, Any]
) -> None:
    LIMITS.check(Call(service, operation, request_))


@pytest.mark.parametrize(
    ("service", "operation", "request_", "said"),
    [
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "TrainingJobName", "mine"),
            "training job 'mine'",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "TrainingJobName", "quizengine-txx"),
            "this lab's",
        ),
        (
            "sagemaker",
            "DeleteEndpoint",
            {"EndpointName": "quizengine-de"},
            "endpoint 'quizengine-de'",
        ),
        (
            "sagemaker",
            "CreateEndpoint",
            {"EndpointName": "quizengine-tx", "EndpointConfigName": "big"},
            "'big'",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "TrainingJobName", "Quizengine-TX-1"),
            "'Quizengine-TX-1'",
        ),
        *(
            ("sagemaker", operation, with_(request, path, f"s3://{BUCKET}/output"), "the output")
            for operation, request, path in (
                ("CreateTrainingJob", JOB, "OutputDataConfig.S3OutputPath"),
                ("CreateTrainingJob", JOB, "CheckpointConfig.S3Uri"),
                ("CreateTransformJob", TRANSFORM, "TransformOutput.S3OutputPath"),
                ("CreateTransformJob", TRANSFORM, "DataCaptureConfig.DestinationS3Uri"),
                ("CreateEndpointConfig", CONFIG, "DataCaptureConfig.DestinationS3Uri"),
                (
                    "CreateEndpointConfig",
                    CONFIG,
                    "AsyncInferenceConfig.OutputConfig.S3OutputPath",
                ),
            )
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "OutputDataConfig.S3OutputPath", "s3://another/quizengine-tx/"),
            "s3://another",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "RoleArn", "arn:aws:iam::1:role/admin"),
            "role",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "ResourceConfig.InstanceType", "ml.p4d.24xlarge"),
            "ml.p4d.24xlarge is not among",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "ResourceConfig.InstanceGroups", [{"InstanceType": "ml.p3.2xlarge"}]),
            "ml.p3.2xlarge",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "StoppingCondition.MaxRuntimeInSeconds", 86400),
            "3600 seconds",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            with_(JOB, "ResourceConfig.KeepAlivePeriodInSeconds", 60),
            "a warm pool outlives lab clean",
        ),
        (
            "sagemaker",
            "CreateEndpointConfig",
            {
                "EndpointConfigName": "quizengine-tx",
                "ProductionVariants": [{"ServerlessConfig": {"MaxConcurrency": 50}}],
            },
            "5 requests at once",
        ),
        (
            "sagemaker",
            "DeleteTags",
            {"ResourceArn": "arn:aws:sagemaker:r:1:model/theirs"},
            "theirs",
        ),
        ("s3", "PutObject", {"Bucket": "another", "Key": "quizengine-tx/a"}, "another"),
        ("s3", "PutObject", {"Bucket": BUCKET, "Key": "a"}, "key 'a'"),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": "quizengine-tx/a"}, {"Key": "b"}]}},
            "'b'",
        ),
        ("s3", "DeleteBucket", {"Bucket": BUCKET}, "s3"),
        ("s3", "PutBucketPolicy", {"Bucket": BUCKET, "Policy": "{}"}, "s3"),
        ("logs", "DeleteLogGroup", {"logGroupName": "/aws/sagemaker/TrainingJobs"}, "TrainingJobs"),
        ("logs", "DeleteLogGroup", {"logGroupName": "/aws/lambda/theirs"}, "theirs"),
        (
            "cloudwatch",
            "DeleteAlarms",
            {"AlarmNames": ["quizengine-tx-errors", "theirs"]},
            "theirs",
        ),
        (
            "application-autoscaling",
            "RegisterScalableTarget",
            with_(TARGET, "ResourceId", "endpoint/theirs/variant/A"),
            "theirs",
        ),
        ("scheduler", "DeleteSchedule", {"Name": "quizengine-tx"}, "schedule group 'default'"),
        ("iam", "CreateRole", {"RoleName": "quizengine-tx"}, "iam"),
        ("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}, "ec2"),
        ("kms", "CreateKey", {}, "kms"),
        ("cloudformation", "CreateStack", {"StackName": "quizengine-tx"}, "cloudformation"),
    ],
)
def test_what_is_not_the_labs_or_too_large_stays_with_a_way_out(
    service: str, operation: str, request_: dict[str, Any], said: str
) -> None:
    with pytest.raises(OutOfBounds) as refused:
        LIMITS.check(Call(service, operation, request_))
    assert said in refused.value.message
    assert refused.value.hint


def test_to_take_down_needs_no_type_that_is_listed() -> None:
    LIMITS.check(
        Call("sagemaker", "StopTrainingJob", with_(JOB, "A.InstanceType", "ml.p4d.24xlarge"))
    )


def test_what_nobody_knows_is_not_guessed_at() -> None:
    with pytest.raises(UnknownCall):
        LIMITS.check(Call("sagemaker", "CreateDomain", {"DomainName": "quizengine-tx"}))


@pytest.mark.parametrize(
    "operation", sorted(undo._MAKES["sagemaker"]) + sorted(undo._ENDS["sagemaker"])
)
def test_of_every_call_of_sagemaker_that_is_known_the_name_is_found(operation: str) -> None:
    import botocore.session

    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    request = {name: f"quizengine-tx-{name}" for name in shape.required_members}
    found = [name for _, name in touched(Call("sagemaker", operation, request))]
    assert found
    assert set(found) <= set(request.values())


def test_no_two_labs_share_a_prefix_in_an_account() -> None:
    prefixes = [catalogue.load(slug).prefix_in("quizengine") for slug in catalogue.slugs()]
    assert len(set(prefixes)) == len(prefixes)
    assert catalogue.load("train_xgboost").prefix_in("quizengine") == "quizengine-tx"
