"""What stands ready for you in this lab: the data, code as archives, waiting, numbers read back."""

import datetime
import io
import json
import os
import tarfile
import time
from contextlib import suppress
from pathlib import PurePosixPath

import boto3
from botocore.exceptions import ClientError
from jobs import BUCKET, PREFIX
from pumps import as_csv, frost, tables, unlabelled

SKLEARN = os.environ["LAB_SKLEARN_IMAGE"]
CONTAINERS = ("prepare", "score", "label")


def upload():
    """Training and validation rows, with words and gaps and the label first, to {PREFIX}/raw/train/
    and raw/validation/."""
    train, validation, _ = tables()
    put("raw/train/train.csv", as_csv(train))
    put("raw/validation/validation.csv", as_csv(validation))


def test_rows():
    """400 raw rows as CSV, without a label."""
    return as_csv(unlabelled(tables()[2]))


def frosty_rows():
    """40 raw rows of one week of frost as CSV, without a label."""
    return as_csv(unlabelled(frost()))


def with_ids():
    """The 400 raw rows as CSV: an id first, no label."""
    rows = unlabelled(tables()[2])
    return as_csv([[f"pump-{n:03}", *row] for n, row in enumerate(rows, 1)])


def put(name, body):
    """Put an object under {PREFIX}/; its address."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=body)
    return f"s3://{BUCKET}/{PREFIX}/{name}"


def packed(name, script, folder="."):
    """A script of this workspace in {PREFIX}/code/NAME.tar.gz, in a folder of that archive; the
    archive's address."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        tar.add(script, arcname=str(PurePosixPath(folder, script)))
    return put(f"code/{name}.tar.gz", archive.getvalue())


def keep(expected):
    """Put what you expect into {PREFIX}/forecast.json, once: what is there stays."""
    if open_ones := [name for name, value in expected.items() if value is None]:
        raise SystemExit(f"Step 1 is still to be written: expect() says nothing of {open_ones[0]}.")
    s3 = boto3.client("s3")
    if "Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/forecast.json"):
        print("What you expected was kept before, and stays as it was.")
    else:
        put("forecast.json", json.dumps(expected).encode())


def report(name, told):
    """Put a JSON object into {PREFIX}/{name}.json."""
    put(f"{name}.json", json.dumps(told).encode())


def completed(begins):
    """The address of the archive of the newest completed training job whose name begins so; None
    if there is none."""
    sagemaker = boto3.client("sagemaker")
    found = sagemaker.list_training_jobs(
        NameContains=begins, StatusEquals="Completed", SortBy="CreationTime", SortOrder="Descending"
    )["TrainingJobSummaries"]
    if not found:
        return None
    job = sagemaker.describe_training_job(TrainingJobName=found[0]["TrainingJobName"])
    return job["ModelArtifacts"]["S3ModelArtifacts"]


def transformed(job):
    """The transform job's description once it has ended, in whatever way."""
    sagemaker = boto3.client("sagemaker")
    while True:
        found = sagemaker.describe_transform_job(TransformJobName=job)
        if found["TransformJobStatus"] in ("Completed", "Failed", "Stopped"):
            print(f"{job}: {found['TransformJobStatus']} {found.get('FailureReason', '')}".strip())
            return found
        time.sleep(0.5)


def in_service(name):
    """Wait until an endpoint is there; its description."""
    sagemaker = boto3.client("sagemaker")
    while True:
        endpoint = sagemaker.describe_endpoint(EndpointName=name)
        if endpoint["EndpointStatus"] == "InService":
            return endpoint
        if endpoint["EndpointStatus"] == "Failed":
            raise SystemExit(f"{name}: {endpoint['FailureReason']}")
        time.sleep(0.5)


def away(*names):
    """Delete endpoint, configuration and model of each name, as far as they are there, to make
    them anew: a model and a configuration never change."""
    sagemaker = boto3.client("sagemaker")
    for name in names:
        for what in ("endpoint", "endpoint_config", "model"):
            key = "".join(word.capitalize() for word in what.split("_")) + "Name"
            with suppress(ClientError):
                getattr(sagemaker, f"delete_{what}")(**{key: name})
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name)


def visits(answer):
    """How many lines of an answer say visit."""
    return sum(line.startswith("visit") for line in answer.splitlines())


def first_score(answer):
    """The score of an answer's first line."""
    return float(answer.splitlines()[0].partition(",")[2])


def show_latencies(endpoint):
    """How long each container took, as CloudWatch has it: mean, in milliseconds."""
    now = datetime.datetime.now(datetime.UTC)
    for container in CONTAINERS:
        points = boto3.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="ContainerLatency",
            Dimensions=[
                {"Name": "EndpointName", "Value": endpoint},
                {"Name": "VariantName", "Value": "AllTraffic"},
                {"Name": "ContainerName", "Value": container},
            ],
            StartTime=now - datetime.timedelta(hours=1),
            EndTime=now + datetime.timedelta(minutes=1),
            Period=3600,
            Statistics=["Average"],
        )["Datapoints"]
        took = f"{points[0]['Average'] / 1000:8.1f} ms" if points else "nothing yet: ask again"
        print(f"{container:8} {took}")


def show_skew(told):
    """skew.json as a table."""
    print(f"{'':10} {'visits of 40':>12} {'first row alone':>16} {'among the 40':>13}")
    for name, each in told.items():
        row = f"{each['visits']:12} {each['first_alone']:16.3f} {each['first_among']:13.3f}"
        print(f"{name:10} {row}")
