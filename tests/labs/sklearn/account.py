"""What a learner does with a program of their own: requests, and two small programs."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from labs.cloud import images
from tests.labs.cloud.aws import Account
from tests.labs.cloud.fakes import REGION, channel

IMAGE = images.uri(REGION, "sklearn") or ""

TRAIN = """
import argparse
import csv
import os
import pathlib

import joblib
from sklearn.preprocessing import StandardScaler

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int)
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    arguments = parser.parse_args()
    rows = []
    for path in sorted(pathlib.Path(arguments.train).iterdir()):
        rows += [[float(cell) for cell in row[1:]] for row in csv.reader(path.open())]
    assert len(rows[0]) == arguments.columns, f"{len(rows[0])} columns"
    scaler = StandardScaler().fit(rows)
    print(f"spread={scaler.scale_[0]:.4f};")
    joblib.dump(scaler, os.path.join(os.environ["SM_MODEL_DIR"], "scaler.joblib"))
"""

SERVE = """
import os

import joblib


def model_fn(model_dir):
    print("the scaler is loaded")
    return joblib.load(os.path.join(model_dir, "scaler.joblib"))


def predict_fn(values, model):
    return model.transform(values.reshape(-1, model.n_features_in_))
"""


def source(**files: str) -> bytes:
    """A tar.gz archive; a double underscore in a name is a slash."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{name.replace('__', '/')}.py")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return made.getvalue()


def training(role: str, name: str, **more: Any) -> dict[str, Any]:
    """A CreateTrainingJob in script mode; hyperparameters may be given alone."""
    hyperparameters = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://bucket/source.tar.gz",
        **more.pop("hyperparameters", {}),
    }
    specification = {"TrainingImage": IMAGE, "TrainingInputMode": "File"}
    return {
        "TrainingJobName": name,
        "RoleArn": role,
        "AlgorithmSpecification": specification | more.pop("specification", {}),
        "HyperParameters": hyperparameters,
        "InputDataConfig": [channel("train", "s3://bucket/train/")],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def transform(name: str, model: str, **more: Any) -> dict[str, Any]:
    """A CreateTransformJob over csv, line by line."""
    data = {"S3DataType": "S3Prefix", "S3Uri": more.pop("uri", "s3://bucket/batch/")}
    return {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": data},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://bucket/{name}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


def log(account: Account, group: str, prefix: str) -> list[str]:
    """The lines of the streams that begin so."""
    name: Any = f"/aws/sagemaker/{group}"
    found = account.logs.filter_log_events(logGroupName=name, logStreamNamePrefix=prefix)
    return [event["message"] for event in found["events"]]
