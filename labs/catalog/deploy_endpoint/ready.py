"""What this lab begins with: two trained models. Lab 1 is about how such a job is made."""

import os
import time

import boto3
from tumours import as_csv, tables

BUCKET, ROLE = os.environ["LAB_BUCKET"], os.environ["LAB_ROLE_ARN"]
PREFIX, IMAGE = os.environ["LAB_PREFIX"], os.environ["LAB_XGBOOST_IMAGE"]
DEPTHS = {"a": "2", "b": "5"}


def archives():
    """The addresses of model A's and model B's model.tar.gz; trains what is not there yet."""
    return tuple(_archive(name, depth) for name, depth in DEPTHS.items())


def _archive(name, depth):
    sagemaker = boto3.client("sagemaker")
    begins = f"{PREFIX}-train-{name}"
    done = sagemaker.list_training_jobs(NameContains=begins, StatusEquals="Completed")
    if not done["TrainingJobSummaries"]:
        return _train(sagemaker, f"{begins}-{int(time.time())}", depth)
    job = done["TrainingJobSummaries"][0]["TrainingJobName"]
    found = sagemaker.describe_training_job(TrainingJobName=job)
    return found["ModelArtifacts"]["S3ModelArtifacts"]


def _train(sagemaker, job, depth):
    print(f"Training {job} ...")
    boto3.client("s3").put_object(
        Bucket=BUCKET, Key=f"{PREFIX}/train/train.csv", Body=as_csv(tables()[0])
    )
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/{PREFIX}/train/",
        "S3DataDistributionType": "FullyReplicated",
    }
    sagemaker.create_training_job(
        TrainingJobName=job,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        RoleArn=ROLE,
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": source},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        HyperParameters={"objective": "binary:logistic", "num_round": "30", "max_depth": depth},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    while True:
        found = sagemaker.describe_training_job(TrainingJobName=job)
        if found["TrainingJobStatus"] == "Completed":
            return found["ModelArtifacts"]["S3ModelArtifacts"]
        if found["TrainingJobStatus"] in ("Failed", "Stopped"):
            raise SystemExit(f"{job} did not complete: {found.get('FailureReason')}")
        time.sleep(1)
