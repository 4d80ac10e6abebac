"""Plants a fault: starts a training job that fails. Find out why, and repair it.

Run it once: quizengine lab run fault.py
"""

import os

import boto3
from tumours import as_csv, tables

BUCKET, ROLE = os.environ["LAB_BUCKET"], os.environ["LAB_ROLE_ARN"]
PREFIX, IMAGE = os.environ["LAB_PREFIX"], os.environ["LAB_XGBOOST_IMAGE"]


def job(name, channel):
    """The arguments of CreateTrainingJob for one channel of data."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [channel],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/output"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        "HyperParameters": {"objective": "binary:logistic", "num_round": "10"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def channel(**more):
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/{PREFIX}/fault/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": "train", "DataSource": {"S3DataSource": source}, **more}


def plant():
    """Upload the data and start the job that fails. Planting twice is one fault."""
    train, _, _ = tables()
    boto3.client("s3").put_object(
        Bucket=BUCKET, Key=f"{PREFIX}/fault/train.csv", Body=as_csv(train)
    )
    sagemaker = boto3.client("sagemaker")
    name = f"{PREFIX}-fault"
    found = sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    if all(each["TrainingJobName"] != name for each in found):
        sagemaker.create_training_job(**job(name, channel()))
    return name


if __name__ == "__main__":
    print(f"Started {plant()}. It will fail. Why?")
