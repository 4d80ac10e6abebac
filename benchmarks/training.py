"""A training job in the offline cloud, beside parsing and training with xgboost alone.

50,000 rows of 30 columns and 10,000 to validate with, csv, 100 rounds of depth 5. Budget: 1.25
times parse and train. Both parse with one thread and train with as many as there are cores; a
process waits that has loaded the library, as in a cloud that runs.
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import boto3
import numpy as np

import labs.cloud
from labs.cloud import images
from labs.cloud.algorithms.worker import Workers
from labs.cloud.algorithms.xgboost import engine
from labs.cloud.plane import Plane

ROUNDS, REGION = 7, "us-east-1"
HYPERPARAMETERS = {"num_round": "100", "max_depth": "5", "objective": "reg:squarederror"}
TRUST = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", '
    '"Principal": {"Service": "sagemaker.amazonaws.com"}}}'
)
MAY = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", '
    '"Action": ["s3:*", "logs:*", "cloudwatch:*", "ecr:*"]}}'
)


def csv(rows: int, seed: int) -> bytes:
    dice = np.random.default_rng(seed)
    features = dice.normal(size=(rows, 30))
    label = features[:, :5].sum(axis=1) + dice.normal(size=rows)
    text = io.StringIO()
    np.savetxt(text, np.column_stack([label, features]), delimiter=",", fmt="%.6f")
    return text.getvalue().encode()


def directly(folder: Path) -> None:
    """Parse and train as short as it can be said."""
    import xgboost as xgb

    def parsed(name: str) -> xgb.DMatrix:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # it is deprecated
            return xgb.DMatrix(f"{folder / name}?format=csv&label_column=0")

    train, validation = parsed("train.csv"), parsed("validation.csv")
    xgb.train(
        {"max_depth": 5, "objective": "reg:squarederror"},
        train,
        100,
        evals=[(train, "train"), (validation, "validation")],
        verbose_eval=False,
    )


def in_the_cloud(cloud: Plane, client: Any, role: str, name: str) -> None:
    """CreateTrainingJob to Completed."""
    client.create_training_job(
        TrainingJobName=name,
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": images.uri(REGION), "TrainingInputMode": "File"},
        HyperParameters=HYPERPARAMETERS,
        InputDataConfig=[
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": f"s3://bucket/{channel}.csv",
                    }
                },
            }
            for channel in ("train", "validation")
        ],
        OutputDataConfig={"S3OutputPath": "s3://bucket/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    cloud.settle(600)
    told = client.describe_training_job(TrainingJobName=name)
    assert told["TrainingJobStatus"] == "Completed", told.get("FailureReason")


def main() -> None:
    engine.prepare()
    workers = Workers()
    with tempfile.TemporaryDirectory() as at, labs.cloud.offline(workers=workers) as cloud:
        folder = Path(at)
        s3 = boto3.client("s3", REGION)
        s3.create_bucket(Bucket="bucket")
        for name, rows in (("train", 50_000), ("validation", 10_000)):
            body = csv(rows, seed=rows)
            (folder / f"{name}.csv").write_bytes(body)
            s3.put_object(Bucket="bucket", Key=f"{name}.csv", Body=body)
        iam = boto3.client("iam", REGION)
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName="role", PolicyName="may", PolicyDocument=MAY)
        client = boto3.client("sagemaker", REGION)
        direct, job = [], []
        for number in range(ROUNDS + 1):  # interleaved: both meet the same noise
            workers.warm("xgboost")
            time.sleep(3)  # the process has loaded the library, and waits
            start = time.perf_counter()
            directly(folder)
            direct.append(time.perf_counter() - start)
            start = time.perf_counter()
            in_the_cloud(cloud, client, role, f"job-{number}")
            job.append(time.perf_counter() - start)
    workers.close()
    direct, job = direct[1:], job[1:]  # both are warm
    print(f"least and median of {ROUNDS}, in seconds; other programs on the machine only add:")
    for name, found in (
        ("parse and train with xgboost", direct),
        ("CreateTrainingJob, Completed", job),
    ):
        print(f"{name} {min(found):6.2f} {statistics.median(found):6.2f}")
    print(f"ratio of the least {min(job) / min(direct):.2f}, budget 1.25")


if __name__ == "__main__":
    main()
