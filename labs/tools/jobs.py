"""Training jobs of the built-in XGBoost, in short. How one is made is the matter of the lab
train_xgboost; here it is only used.
"""

from __future__ import annotations

import io
import math
import os
import re
import tarfile
import time
from typing import Any

import boto3

BUCKET, ROLE = os.environ["LAB_BUCKET"], os.environ["LAB_ROLE_ARN"]
PREFIX, IMAGE = os.environ["LAB_PREFIX"], os.environ["LAB_XGBOOST_IMAGE"]

_ROUND = re.compile(r"\[(\d+)\]")
_SCORE = re.compile(r"(train|validation)-([a-z0-9@.-]+):([-+.0-9e]+)")


def upload(**bodies: bytes) -> None:
    """Put CSV where a channel reads it: upload(train=...) to {PREFIX}/train/train.csv."""
    for name, body in bodies.items():
        key = f"{PREFIX}/{name}/{name}.csv"
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)


def channel(name: str, folder: str) -> dict[str, Any]:
    """A channel of CSV that lies in {PREFIX}/{folder}/."""
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/{PREFIX}/{folder}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def definition(*channels: dict[str, Any]) -> dict[str, Any]:
    """What CreateTrainingJob and the TrainingJobDefinition of a tuning job have in common: all but
    the name and the hyperparameters."""
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": list(channels),
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def finished(job: str) -> dict[str, Any]:
    """The training job's description once it has ended, in whatever way."""
    sagemaker = boto3.client("sagemaker")
    while True:
        found: dict[str, Any] = dict(sagemaker.describe_training_job(TrainingJobName=job))
        if found["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            print(f"{job}: {found['TrainingJobStatus']} {found.get('FailureReason', '')}".strip())
            return found
        time.sleep(0.5)


def curves(job: str) -> dict[str, list[float]]:
    """Each metric of a training job, round by round, as its log tells them: `validation:rmse`.
    Lines of one moment come in no order, and a job that was begun again tells rounds twice."""
    logs = boto3.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job}/"
    )
    told: dict[str, dict[int, float]] = {}
    for page in pages:
        for event in page["events"]:
            if line := _ROUND.match(event["message"]):
                for part, metric, value in _SCORE.findall(event["message"]):
                    told.setdefault(f"{part}:{metric}", {})[int(line[1])] = float(value)
    return {name: [each[number] for number in sorted(each)] for name, each in told.items()}


def model(job: str) -> bytes:
    """The file xgboost-model in a training job's model.tar.gz."""
    found = boto3.client("sagemaker").describe_training_job(TrainingJobName=job)
    address = found["ModelArtifacts"]["S3ModelArtifacts"]
    bucket, _, key = address.removeprefix("s3://").partition("/")
    archive = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        file = tar.extractfile("xgboost-model")
        assert file is not None
        return file.read()


def searched(tuning_job: str) -> dict[str, Any]:
    """The tuning job's description once it has ended, in whatever way."""
    sagemaker = boto3.client("sagemaker")
    while True:
        found: dict[str, Any] = dict(
            sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning_job)
        )
        status = found["HyperParameterTuningJobStatus"]
        if status in ("Completed", "Failed", "Stopped"):
            counted = found["TrainingJobStatusCounters"]
            how = f"{counted['Completed']} trials completed, {counted['Stopped']} stopped"
            print(f"{tuning_job}: {status}, {how} {found.get('FailureReason', '')}".strip())
            return found
        time.sleep(0.5)


def trials(tuning_job: str, metric: str = "validation:rmse") -> list[dict[str, Any]]:
    """A tuning job's training jobs in the order in which they began: name, status, tuned
    hyperparameters, final objective (None if it has none), and the scores round by round, of one
    that was stopped up to the round after which it was told to."""
    sagemaker = boto3.client("sagemaker")
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=tuning_job, SortBy="Name", SortOrder="Ascending"
    )
    found = []
    for page in pages:
        for each in page["TrainingJobSummaries"]:
            objective = each.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")
            scores = curves(each["TrainingJobName"]).get(metric, [])
            if each["TrainingJobStatus"] == "Stopped" and objective is not None:
                # The log may go on for a moment. SageMaker keeps the objective in 32 bits.
                is_it = [math.isclose(score, objective, rel_tol=1e-6) for score in scores]
                scores = scores[: is_it.index(True) + 1] if any(is_it) else scores
            found.append(
                {
                    "name": each["TrainingJobName"],
                    "status": each["TrainingJobStatus"],
                    "tuned": each["TunedHyperParameters"],
                    "objective": objective,
                    "scores": scores,
                }
            )
    return found
