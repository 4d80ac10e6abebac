"""A solution with the SageMaker Python SDK, version 3: ModelTrainer.

A channel's data source is an S3DataSource here. Of a plain address the SDK makes a channel with
`InputMode` File, which goes before the trainer's `training_input_mode`.
"""

import json
import os
import re

import fault
import numpy as np
from ready import BUCKET, PREFIX, finished, keep, log, put, report, show_modes
from records import as_records
from sagemaker.core.resources import TrainingJob
from sagemaker.core.shapes import S3DataSource
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer
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
    """Begin a job under a name that begins so; the job's own name."""
    trainer = ModelTrainer(
        training_image=IMAGE,
        role=ROLE,
        base_job_name=name,
        training_input_mode=mode,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/{PREFIX}/output"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        hyperparameters=SETTINGS,
    )
    channel = InputData(
        channel_name="train",
        data_source=S3DataSource(
            s3_data_type="S3Prefix",
            s3_uri=f"s3://{BUCKET}/{PREFIX}/{folder}/",
            s3_data_distribution_type="FullyReplicated",
        ),
        content_type=content_type,
    )
    trainer.train(input_data_config=[channel], wait=False)
    newest = TrainingJob.get_all(
        name_contains=name, sort_by="CreationTime", sort_order="Descending"
    )
    return next(iter(newest)).training_job_name


def train():
    jobs = {
        f"{mode.lower()}-{kind}": start(f"{PREFIX}-{mode.lower()}-{kind}", mode, kind, content_type)
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
    finished(start(f"{PREFIX}-repaired", "Pipe", "fault", "text/csv"))


def judge(jobs):
    report("card", {"disproved_by": jobs["pipe-csv"]})


if __name__ == "__main__":
    keep(expect())
    upload()
    six = train()
    show_modes(read(six))
    repair()
    judge(six)
