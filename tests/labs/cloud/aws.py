"""An AWS account as a learner sees it: clients, a role, a bucket with data."""

from __future__ import annotations

import io
import json
import random
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from labs.cloud import images
from tests.labs.cloud.fakes import EVERYTHING, REGION, channel

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@dataclass
class Account:
    """Made inside `offline()`."""

    s3: S3Client
    iam: IAMClient
    sagemaker: SageMakerClient
    runtime: SageMakerRuntimeClient
    logs: CloudWatchLogsClient
    cloudwatch: CloudWatchClient
    role: str

    @classmethod
    def new(cls) -> Account:
        s3 = boto3.client("s3", REGION)
        where: Any = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration=where)
        for key in ("train/a.csv", "validation/a.csv"):
            s3.put_object(Bucket="bucket", Key=key, Body=rows())
        iam = boto3.client("iam", REGION)
        role = iam.create_role(RoleName="sagemaker", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(
            RoleName="sagemaker", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING)
        )
        return cls(
            s3,
            iam,
            boto3.client("sagemaker", REGION),
            boto3.client("sagemaker-runtime", REGION),
            boto3.client("logs", REGION),
            boto3.client("cloudwatch", REGION),
            role["Role"]["Arn"],
        )

    def train(self, name: str, /, *, seconds: int = 60, **hyperparameters: str) -> None:
        """CreateTrainingJob, two small rounds unless other hyperparameters are given."""
        request: Any = {
            "TrainingJobName": name,
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": images.uri(REGION),
                "TrainingInputMode": "FastFile",
            },
            "HyperParameters": {"num_round": "2", "max_depth": "2"} | hyperparameters,
            "InputDataConfig": [
                channel("train", "s3://bucket/train/"),
                channel("validation", "s3://bucket/validation/"),
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/output"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
        }
        self.sagemaker.create_training_job(**request)

    def job(self, name: str) -> Any:
        return self.sagemaker.describe_training_job(TrainingJobName=name)

    def deploy(self, name: str, data: str) -> None:
        """An endpoint of one variant, called after its model."""
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=self.role,
            PrimaryContainer={"Image": images.uri(REGION) or "", "ModelDataUrl": data},
        )
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": name,
                    "ModelName": name,
                    "InstanceType": "ml.m7i.large",
                    "InitialInstanceCount": 1,
                }
            ],
        )
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    def upload(self, key: str, body: bytes) -> str:
        self.s3.put_object(Bucket="bucket", Key=key, Body=body)
        return f"s3://bucket/{key}"


def rows(count: int = 60, seed: int = 1) -> bytes:
    """csv: a label and two features, of which the first decides."""
    dice = random.Random(seed)
    points = [(dice.gauss(0, 1), dice.gauss(0, 1)) for _ in range(count)]
    return "".join(f"{2 * a + b / 10:.4f},{a:.4f},{b:.4f}\n" for a, b in points).encode()


def unpacked(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {entry.name: tar.extractfile(entry) for entry in tar}
        return {name: file.read() for name, file in files.items() if file is not None}


def packed(**files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name.replace("_", "-"))
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return made.getvalue()
