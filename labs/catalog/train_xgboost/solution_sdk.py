"""A solution with the SageMaker Python SDK, version 3: ModelTrainer and resources as objects."""

import io
import json
import os
import re
import tarfile

import boto3
import fault
import numpy as np
import xgboost
from sagemaker.core.resources import TrainingJob
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.core.utils.exceptions import FailedStatusError
from sagemaker.train import ModelTrainer
from tumours import as_csv, tables

BUCKET, ROLE = os.environ["LAB_BUCKET"], os.environ["LAB_ROLE_ARN"]
PREFIX, IMAGE = os.environ["LAB_PREFIX"], os.environ["LAB_XGBOOST_IMAGE"]

s3 = boto3.client("s3")


def upload():
    train, validation, _ = tables()
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/train/train.csv", Body=as_csv(train))
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/validation/validation.csv", Body=as_csv(validation))


def channel(name, folder):
    return InputData(
        channel_name=name,
        data_source=f"s3://{BUCKET}/{PREFIX}/{folder}/",
        content_type="text/csv",
    )


def run(name, channels, hyperparameters):
    """Train under a name that begins so, wait, and give back the job."""
    trainer = ModelTrainer(
        training_image=IMAGE,
        role=ROLE,
        base_job_name=name,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/{PREFIX}/output"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        hyperparameters=hyperparameters,
    )
    trainer.train(input_data_config=channels, wait=True, logs=False)
    newest = TrainingJob.get_all(
        name_contains=name, sort_by="CreationTime", sort_order="Descending"
    )
    return TrainingJob.get(next(iter(newest)).training_job_name)


def train():
    return run(
        PREFIX,
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
    """Every line that the job wrote. The SDK shows logs while it waits; boto3 reads them later."""
    logs = boto3.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=job.training_job_name
    )
    for page in pages:
        yield from (event["message"] for event in page["events"])


def read(job):
    last = {each.metric_name: each.value for each in job.final_metric_data_list}
    rounds = {}
    for line in log_lines(job):
        if found := re.search(r"\[(\d+)\].*validation-logloss:(\S+)", line):
            rounds[int(found[1])] = float(found[2])
    report = {
        "job": job.training_job_name,
        "train_logloss": last["train:logloss"],
        "validation_logloss": last["validation:logloss"],
        "best_round": min(rounds, key=rounds.__getitem__),
    }
    print(report)
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/report.json", Body=json.dumps(report).encode())


def open_model(job):
    address = job.model_artifacts.s3_model_artifacts
    bucket, _, key = address[len("s3://") :].partition("/")
    archive = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        model = tar.extractfile("xgboost-model").read()
    booster = xgboost.Booster(model_file=bytearray(model))
    _, _, test = tables()
    written = np.loadtxt(io.BytesIO(as_csv(test)), delimiter=",")
    scores = booster.predict(xgboost.DMatrix(written[:, 1:]))
    print(f"{np.mean((scores > 0.5) == written[:, 0]):.1%} of {len(test)} test rows right")
    s3.put_object(
        Bucket=BUCKET,
        Key=f"{PREFIX}/predictions.csv",
        Body="".join(f"{score}\n" for score in scores).encode(),
    )


def repair():
    """The fault: no content type, so the CSV was read as libsvm."""
    try:
        TrainingJob.get(fault.plant()).wait()
    except FailedStatusError as error:
        print(error)
    run(
        f"{PREFIX}-repaired",
        [channel("train", "fault")],
        {"objective": "binary:logistic", "num_round": "10"},
    )


if __name__ == "__main__":
    upload()
    job = train()
    read(job)
    open_model(job)
    repair()
