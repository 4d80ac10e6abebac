"""A solution with boto3: every call of the API in the open."""

import json
import os
import re
import time

import boto3
import fault
import numpy as np
from ready import BUCKET, PREFIX, finished, keep, log, put, report, show_modes
from records import as_records
from sensors import as_csv, table

ROLE, IMAGE = os.environ["LAB_ROLE_ARN"], os.environ["LAB_LINEAR_LEARNER_IMAGE"]
SETTINGS = {
    "predictor_type": "regressor",
    "epochs": "2",
    "mini_batch_size": "500",
    "num_models": "1",
}
MODES = ("File", "FastFile", "Pipe")
FORMATS = {"csv": "text/csv", "recordio": "application/x-recordio-protobuf"}
FIRST = re.compile(
    r"(\d+) bytes were copied before training, the first batch was there after ([0-9.]+) seconds"
)
PASS = re.compile(r"epoch_stats=(\{.*\})")

sagemaker = boto3.client("sagemaker")


def expect():
    return {
        "file_copies_first": True,
        "pipe_copies_first": False,
        "fastfile_copies_first": False,
        "recordio_is_smaller": True,
        "pipe_needs_recordio": False,
    }


def upload():
    sizes = {"csv": 0, "recordio": 0}
    for number, part in enumerate(np.split(table(), 4)):
        for kind, body in (("csv", as_csv(part)), ("recordio", as_records(part))):
            put(f"{kind}/{number}.{kind}", body)
            sizes[kind] += len(body)
    report("sizes", sizes)


def start(name, mode, folder, content_type):
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/{PREFIX}/{folder}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": mode},
        RoleArn=ROLE,
        InputDataConfig=[
            {
                "ChannelName": "train",
                "ContentType": content_type,
                "DataSource": {"S3DataSource": source},
            }
        ],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        HyperParameters=SETTINGS,
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    return name


def train():
    jobs = {
        f"{mode.lower()}-{kind}": start(
            f"{PREFIX}-{mode.lower()}-{kind}-{int(time.time())}", mode, kind, content_type
        )
        for mode in MODES
        for kind, content_type in FORMATS.items()
    }
    for job in jobs.values():
        finished(job)
    return jobs


def told(job):
    """What a job's log says of its data."""
    text = "\n".join(log(job))
    copied, first_batch_s = FIRST.search(text).groups()
    return {
        "job": job,
        "copied": int(copied),
        "first_batch_s": float(first_batch_s),
        "read": sum(json.loads(stats)["num_bytes"] for stats in PASS.findall(text)),
    }


def read(jobs):
    found = {name: told(job) for name, job in jobs.items()}
    report("modes", found)
    return found


def repair():
    """The fault: a channel without a content type is taken for RecordIO, and its file is csv."""
    finished(fault.plant())
    finished(start(f"{PREFIX}-repaired-{int(time.time())}", "Pipe", "fault", "text/csv"))


def judge(jobs):
    report("card", {"disproved_by": jobs["pipe-csv"]})


if __name__ == "__main__":
    keep(expect())
    upload()
    six = train()
    show_modes(read(six))
    repair()
    judge(six)
