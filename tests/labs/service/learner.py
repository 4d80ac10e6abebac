"""What a learner does, by boto3: data, a role, a job, an endpoint."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::123456789012:role/learner"
ROWS = "".join(f"{n % 2},{n % 2 + n / 1000},{n % 7}\n" for n in range(200)).encode()
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
ENDED = ("Completed", "Failed", "Stopped", "InService")

Client = Callable[[str], Any]


def settle_in(client: Client, bucket: str, rows: bytes = ROWS) -> None:
    """A bucket with data to train on, and a role."""
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="train/rows.csv", Body=rows)
    iam = client("iam")
    iam.create_role(RoleName="learner", AssumeRolePolicyDocument=json.dumps(TRUST))
    full = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"  # the SDK looks for it
    iam.attach_role_policy(RoleName="learner", PolicyArn=full)
    own = f"arn:aws:s3:::{bucket}"  # which the full access does not include
    may = [{"Effect": "Allow", "Action": "s3:*", "Resource": [own, f"{own}/*"]}]
    document = json.dumps({"Version": "2012-10-17", "Statement": may})
    iam.put_role_policy(RoleName="learner", PolicyName=bucket, PolicyDocument=document)


def begin_job(client: Client, bucket: str, name: str, **hyperparameters: str) -> None:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/"}
    client("sagemaker").create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        RoleArn=ROLE,
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": source},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        HyperParameters={"objective": "binary:logistic", "num_round": "5"} | hyperparameters,
    )


def until(
    describe: Callable[[], Mapping[str, Any]], key: str, *wanted: str, seconds: float = 60
) -> Mapping[str, Any]:
    """The description in which `key` has come to one of the wanted values (or to any end)."""
    end = time.monotonic() + seconds
    while (found := describe())[key] not in (wanted or ENDED):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def job(
    client: Client, name: str, key: str = "TrainingJobStatus", *wanted: str
) -> Mapping[str, Any]:
    sagemaker = client("sagemaker")
    return until(lambda: sagemaker.describe_training_job(TrainingJobName=name), key, *wanted)


def endpoint(client: Client, name: str) -> Mapping[str, Any]:
    sagemaker = client("sagemaker")
    return until(lambda: sagemaker.describe_endpoint(EndpointName=name), "EndpointStatus")


def deploy(client: Client, artefact: str, name: str) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": artefact},
    )
    variant = {
        "VariantName": "only",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def ask(client: Client, name: str, row: bytes = b"1.05,3") -> bytes:
    answer = client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, ContentType="text/csv", Body=row
    )
    found = answer["Body"].read()
    assert isinstance(found, bytes)
    return found
