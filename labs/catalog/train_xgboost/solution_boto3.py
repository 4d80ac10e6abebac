"""A solution with boto3: every call of the API in the open."""

import io
import json
import os
import re
import tarfile
import time

import boto3
import fault
import numpy as np
import xgboost
from tumours import as_csv, tables

BUCKET, ROLE = os.environ["LAB_BUCKET"], os.environ["LAB_ROLE_ARN"]
PREFIX, IMAGE = os.environ["LAB_PREFIX"], os.environ["LAB_XGBOOST_IMAGE"]

s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")
logs = boto3.client("logs")


def upload():
    train, validation, _ = tables()
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/train/train.csv", Body=as_csv(train))
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/validation/validation.csv", Body=as_csv(validation))


def channel(name, folder):
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/{PREFIX}/{folder}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}


def run(name, channels, hyperparameters):
    """Start a job and wait for its end."""
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        RoleArn=ROLE,
        InputDataConfig=channels,
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        HyperParameters=hyperparameters,
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    return finished(name)


def finished(name):
    """The job's description once it has ended, in whatever way."""
    while True:
        job = sagemaker.describe_training_job(TrainingJobName=name)
        if job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            print(f"{name}: {job['TrainingJobStatus']} {job.get('FailureReason', '')}".strip())
            return job
        time.sleep(1)


def train():
    return run(
        f"{PREFIX}-{int(time.time())}",
        [channel("train", "train"), channel("validation", "validation")],
        {
            "objective": "binary:logistic",
            "eval_metric": "logloss",
            "num_round": "60",
            "max_depth": "3",
            "eta": "0.3",
            "subsample": "0.5",
            "lambda": "0",  # no brakes: step 3 is to show where it goes wrong
            "min_child_weight": "0",
            "seed": "7",
        },
    )


def log_lines(job):
    """Every line that the job wrote, in order."""
    group = "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix=job["TrainingJobName"]
    )["logStreams"]
    for stream in streams:
        token = None
        while True:
            page = logs.get_log_events(
                logGroupName=group,
                logStreamName=stream["logStreamName"],
                startFromHead=True,
                **({"nextToken": token} if token else {}),
            )
            yield from (event["message"] for event in page["events"])
            if page["nextForwardToken"] == token:
                break
            token = page["nextForwardToken"]


def read(job):
    last = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    rounds = {}
    for line in log_lines(job):
        if found := re.search(r"\[(\d+)\].*validation-logloss:(\S+)", line):
            rounds[int(found[1])] = float(found[2])
    report = {
        "job": job["TrainingJobName"],
        "train_logloss": last["train:logloss"],
        "validation_logloss": last["validation:logloss"],
        "best_round": min(rounds, key=rounds.__getitem__),
    }
    print(report)
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/report.json", Body=json.dumps(report).encode())


def open_model(job):
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"][len("s3://") :].partition("/")
    archive = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        model = tar.extractfile("xgboost-model").read()
    booster = xgboost.Booster(model_file=bytearray(model))
    _, _, test = tables()
    written = np.loadtxt(io.BytesIO(as_csv(test)), delimiter=",")
    scores = booster.predict(xgboost.DMatrix(written[:, 1:]))
    right = np.mean((scores > 0.5) == written[:, 0])
    print(f"{right:.1%} of {len(test)} test rows right")
    s3.put_object(
        Bucket=BUCKET,
        Key=f"{PREFIX}/predictions.csv",
        Body="".join(f"{score}\n" for score in scores).encode(),
    )


def repair():
    """The fault: no ContentType, so the CSV was read as libsvm."""
    finished(fault.plant())
    run(
        f"{PREFIX}-repaired-{int(time.time())}",
        [channel("train", "fault")],
        {"objective": "binary:logistic", "num_round": "10"},
    )


if __name__ == "__main__":
    upload()
    job = train()
    read(job)
    open_model(job)
    repair()
