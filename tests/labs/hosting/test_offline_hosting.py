"""Hosting as a learner meets it: boto3, real models, moto's S3, SNS and SQS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import labs.cloud
from labs.cloud import images
from labs.cloud.algorithms.worker import Workers
from labs.cloud.plane import Plane
from tests.labs.cloud.aws import Account
from tests.labs.cloud.fakes import ACCOUNT, REGION, channel

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("offline-hosting")]

ROW = b"0.5,-1.0"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Plane]:
    workers = Workers()
    workers.warm("xgboost")
    with labs.cloud.offline(workers=workers) as made:
        yield made
    workers.close()


@pytest.fixture(scope="module")
def account(cloud: Plane) -> Account:
    return Account.new()


@pytest.fixture(scope="module")
def archives(cloud: Plane, account: Account) -> dict[str, str]:
    """Two trained models: `wide` takes two features, and `narrow` one."""
    ones = "".join(f"{n / 10},{n / 5}\n" for n in range(60))
    account.s3.put_object(Bucket="bucket", Key="narrow/a.csv", Body=ones)
    account.train("wide", objective="reg:squarederror")
    account.sagemaker.create_training_job(
        TrainingJobName="narrow",
        RoleArn=account.role,
        AlgorithmSpecification={
            "TrainingImage": images.uri(REGION) or "",
            "TrainingInputMode": "File",
        },
        HyperParameters={"num_round": "2", "objective": "reg:squarederror"},
        InputDataConfig=[channel("train", "s3://bucket/narrow/")],  # type: ignore[list-item]
        OutputDataConfig={"S3OutputPath": "s3://bucket/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    assert cloud.settle()
    found = {name: account.job(name)["ModelArtifacts"] for name in ("wide", "narrow")}
    return {name: each["S3ModelArtifacts"] for name, each in found.items()}


class Hosting:
    """What a learner does to host a model."""

    def __init__(self, cloud: Plane, account: Account) -> None:
        self._cloud, self._account = cloud, account

    def container(self, archive: str, **more: Any) -> Any:
        return {"Image": images.uri(REGION), "ModelDataUrl": archive, **more}

    def model(self, name: str, *containers: Any, **more: Any) -> None:
        self._account.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=self._account.role, Containers=containers, **more
        )

    def deploy(self, name: str, *, serverless: Any = None, **more: Any) -> None:
        variant: Any = {"VariantName": "AllTraffic", "ModelName": name}
        if serverless:
            variant |= {"ServerlessConfig": serverless}
        else:
            variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self._account.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant], **more
        )
        self._account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        assert self._cloud.settle()
        told = self._account.sagemaker.describe_endpoint(EndpointName=name)
        assert told["EndpointStatus"] == "InService", told.get("FailureReason")

    def ask(self, name: str, body: bytes = ROW, **more: Any) -> bytes:
        return self._account.runtime.invoke_endpoint(
            EndpointName=name, ContentType="text/csv", Body=body, **more
        )["Body"].read()


@pytest.fixture(scope="module")
def hosting(cloud: Plane, account: Account) -> Hosting:
    return Hosting(cloud, account)


@pytest.fixture(scope="module")
def alone(hosting: Hosting, archives: dict[str, str]) -> Hosting:
    """Each of the two at an endpoint of its own."""
    for name, archive in archives.items():
        hosting.model(name, hosting.container(archive))
        hosting.deploy(name)
    return hosting


def test_a_pipeline_answers_what_its_containers_would_one_after_the_other(
    alone: Hosting, archives: dict[str, str]
) -> None:
    row = [alone.container(archives[name]) for name in ("wide", "narrow")]
    alone.model("pipeline", *row, InferenceExecutionConfig={"Mode": "Serial"})
    alone.deploy("pipeline")
    apart = alone.ask("narrow", alone.ask("wide"))
    assert alone.ask("pipeline") == apart
    as_json = json.loads(alone.ask("pipeline", Accept="application/json"))
    assert as_json["predictions"][0]["score"] == float(apart)
    with pytest.raises(ClientError, match=r"client error \(400\) from container-1 with message"):
        alone.ask("pipeline", b"1,2,3")


def test_what_one_container_answers_unasked_the_next_has_to_read(
    alone: Hosting, archives: dict[str, str]
) -> None:
    as_json = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}
    first = alone.container(archives["wide"], Environment=as_json)
    alone.model("unread", first, alone.container(archives["narrow"]))
    alone.deploy("unread")
    with pytest.raises(ClientError, match=r"client error \(415\) from container-2"):
        alone.ask("unread")


def test_containers_answer_by_their_names(alone: Hosting, archives: dict[str, str]) -> None:
    both = [alone.container(uri, ContainerHostname=name) for name, uri in archives.items()]
    alone.model("direct", *both, InferenceExecutionConfig={"Mode": "Direct"})
    alone.deploy("direct")
    for name, body in (("wide", ROW), ("narrow", b"3")):
        answer = alone.ask("direct", body, TargetContainerHostname=name)
        assert answer == alone.ask(name, body)


def test_what_was_captured_is_there_when_somebody_looks(
    account: Account, alone: Hosting, archives: dict[str, str]
) -> None:
    alone.model("captured", alone.container(archives["wide"]))
    options: Any = [{"CaptureMode": "InputAndOutput"}]
    alone.deploy(
        "captured",
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://bucket/capture",
            "CaptureOptions": options,
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    answer = alone.ask("captured", InferenceId="mine")
    (found,) = account.s3.list_objects_v2(Bucket="bucket", Prefix="capture/")["Contents"]
    start = f"capture/captured/AllTraffic/{datetime.now(UTC):%Y/%m}/"
    assert found["Key"].startswith(start)
    body = account.s3.get_object(Bucket="bucket", Key=found["Key"])["Body"].read()
    record = json.loads(body)
    assert record["captureData"]["endpointInput"]["data"] == ROW.decode()
    assert record["captureData"]["endpointOutput"]["data"] == answer.decode()
    assert record["eventMetadata"]["inferenceId"] == "mine"


def test_one_endpoint_serves_many_archives_also_one_that_came_later(
    account: Account, alone: Hosting, archives: dict[str, str]
) -> None:
    def put(name: str) -> None:
        source = archives[name].removeprefix("s3://")
        account.s3.copy_object(Bucket="bucket", Key=f"many/{name}.tar.gz", CopySource=source)

    put("wide")
    alone.model("many", alone.container("s3://bucket/many/", Mode="MultiModel"))
    alone.deploy("many")
    # XGBoost's server of many models answers in a list, unless it is asked for something else.
    answer = json.loads(alone.ask("many", TargetModel="wide.tar.gz"))
    assert answer == [float(alone.ask("wide"))]
    with pytest.raises(ClientError, match=r"key: many/narrow.tar.gz\)"):
        alone.ask("many", b"3", TargetModel="narrow.tar.gz")
    put("narrow")
    answer = json.loads(alone.ask("many", b"3", TargetModel="narrow.tar.gz"))
    assert answer == [float(alone.ask("narrow", b"3"))]
    account.s3.put_object(Bucket="bucket", Key="many/no.tar.gz", Body=b"no archive")
    with pytest.raises(ClientError, match=r"it is no tar\.gz archive"):
        alone.ask("many", TargetModel="no.tar.gz")


def test_the_cold_start_of_a_serverless_endpoint_is_its_overhead(
    account: Account, alone: Hosting, archives: dict[str, str]
) -> None:
    alone.model("serverless", alone.container(archives["wide"]))
    alone.deploy("serverless", serverless={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    assert alone.ask("serverless") == alone.ask("serverless") == alone.ask("wide")

    def measured(metric: str) -> Any:
        now = datetime.now(UTC)
        (point,) = account.cloudwatch.get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[
                {"Name": "EndpointName", "Value": "serverless"},
                {"Name": "VariantName", "Value": "AllTraffic"},
            ],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Maximum", "SampleCount"],
        )["Datapoints"]
        return point

    setup = measured("ModelSetupTime")
    assert (setup["SampleCount"], setup["Unit"]) == (1, "Microseconds")
    assert measured("OverheadLatency")["Maximum"] > setup["Maximum"] > 1_000_000
    assert measured("ModelLatency")["Maximum"] < 1_000_000


def test_an_asynchronous_answer_comes_to_s3_and_by_sns_to_a_queue(
    cloud: Plane, account: Account, alone: Hosting, archives: dict[str, str]
) -> None:
    sns, sqs = boto3.client("sns", REGION), boto3.client("sqs", REGION)
    topic = sns.create_topic(Name="done")["TopicArn"]
    queue = sqs.create_queue(QueueName="done")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:done"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    alone.model("later", alone.container(archives["wide"]))
    alone.deploy(
        "later",
        AsyncInferenceConfig={
            "OutputConfig": {
                "S3OutputPath": "s3://bucket/later",
                "NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic},
            }
        },
    )
    account.s3.put_object(Bucket="bucket", Key="rows.csv", Body=ROW + b"\n" + ROW)
    answer: Any = account.runtime.invoke_endpoint_async(
        EndpointName="later", InputLocation="s3://bucket/rows.csv", ContentType="text/csv"
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert "FailureLocation" not in answer
    assert cloud.settle()
    key = answer["OutputLocation"].removeprefix("s3://bucket/")
    output = account.s3.get_object(Bucket="bucket", Key=key)["Body"].read()
    assert output == alone.ask("wide") * 2
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert told["invocationStatus"] == "Completed"
    assert told["inferenceId"] == answer["InferenceId"]
    with pytest.raises(ClientError, match=r"ValidationError.*Use InvokeEndpointAsync\."):
        alone.ask("later")
    with pytest.raises(ClientError, match=r"ValidationError.*Use InvokeEndpoint\."):
        account.runtime.invoke_endpoint_async(
            EndpointName="wide", InputLocation="s3://bucket/rows.csv"
        )


def test_a_stack_may_have_a_pipeline_that_answers_later(
    cloud: Plane, account: Account, archives: dict[str, str]
) -> None:
    containers = [
        {"Image": images.uri(REGION), "ModelDataUrl": archives[name], "ContainerHostname": name}
        for name in ("wide", "narrow")
    ]
    model = {
        "ExecutionRoleArn": account.role,
        "Containers": containers,
        "InferenceExecutionConfig": {"Mode": "Serial"},
    }
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": "1",
        "InitialVariantWeight": "1",
    }
    config = {
        "ProductionVariants": [variant],
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/stack"}},
    }
    name = {"Fn::GetAtt": ["Config", "EndpointConfigName"]}
    endpoint = {"EndpointName": "stacked", "EndpointConfigName": name}
    parts = {"Model": model, "EndpointConfig": config, "Endpoint": endpoint}
    resources = {
        kind.removeprefix("Endpoint") or kind: {
            "Type": f"AWS::SageMaker::{kind}",
            "Properties": properties,
        }
        for kind, properties in parts.items()
    }
    stacks = boto3.client("cloudformation", REGION)
    stacks.create_stack(StackName="stack", TemplateBody=json.dumps({"Resources": resources}))
    assert cloud.settle()
    told = account.sagemaker.describe_endpoint(EndpointName="stacked")
    assert told["AsyncInferenceConfig"] == config["AsyncInferenceConfig"]
    assert len(told["ProductionVariants"][0]["DeployedImages"]) == 2
