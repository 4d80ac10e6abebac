"""What stands ready for you in this lab: the rows in S3, jobs in short, batch transform, reports, a
picture. How training jobs, models and batch transform work are other labs' matters."""

import json
import os
import time
from pathlib import Path

import boto3
import numpy as np
from customers import COLUMNS, UNITS, as_csv
from jobs import BUCKET, PREFIX, ROLE
from plot import Chart, Line, svg

IMAGE = os.environ["LAB_KMEANS_IMAGE"]

s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")


def put(folder, rows):
    """Put rows as CSV into {PREFIX}/{folder}/rows.csv."""
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{folder}/rows.csv", Body=as_csv(rows))


def channel(name, folder, content_type):
    """A channel that reads {PREFIX}/{folder}/."""
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/{PREFIX}/{folder}/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {
        "ChannelName": name,
        "ContentType": content_type,
        "DataSource": {"S3DataSource": source},
    }


def definition(*channels):
    """What CreateTrainingJob needs besides a name and hyperparameters."""
    return {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": list(channels),
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def metrics(job):
    """The final metrics of a training job, by name."""
    found = sagemaker.describe_training_job(TrainingJobName=job)
    return {each["MetricName"]: each["Value"] for each in found.get("FinalMetricDataList", ())}


def closest(job, folder, name):
    """The closest cluster of each row of {PREFIX}/{folder}/, by the model of a training job: a
    batch transform job whose name begins with {PREFIX}-{name}; its answers stay in S3."""
    begun = int(time.time() * 1000)
    transform, model = f"{PREFIX}-{name}-{begun}", f"{PREFIX}-model-{begun}"
    artefact = sagemaker.describe_training_job(TrainingJobName=job)["ModelArtifacts"]
    sagemaker.create_model(
        ModelName=model,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": artefact["S3ModelArtifacts"]},
        ExecutionRoleArn=ROLE,
    )
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{PREFIX}/{folder}/"}
    sagemaker.create_transform_job(
        TransformJobName=transform,
        ModelName=model,
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/{PREFIX}/{transform}",
            "Accept": "application/jsonlines",
            "AssembleWith": "Line",
        },
        BatchStrategy="MultiRecord",
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    while True:
        found = sagemaker.describe_transform_job(TransformJobName=transform)
        if found["TransformJobStatus"] == "Completed":
            break
        if found["TransformJobStatus"] in ("Failed", "Stopped"):
            raise SystemExit(f"{transform} did not complete: {found.get('FailureReason')}")
        time.sleep(0.5)
    key = f"{PREFIX}/{transform}/rows.csv.out"
    lines = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode().splitlines()
    return np.array([int(json.loads(line)["closest_cluster"]) for line in lines if line.strip()])


def keep(expected):
    """Put what you expect into {PREFIX}/forecast.json, once: what is there stays."""
    if open_ones := [name for name, value in expected.items() if value is None]:
        raise SystemExit(f"Step 1 is still to be written: expect() says nothing of {open_ones[0]}.")
    key = f"{PREFIX}/forecast.json"
    if "Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix=key):
        print("What you expected was kept before, and stays as it was.")
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(expected).encode())


def report(name, told):
    """Put a JSON object into {PREFIX}/{name}.json, and print it."""
    print(f"{name}.json: {json.dumps(told)}")
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}.json", Body=json.dumps(told).encode())


def read(name):
    """A report that was kept."""
    return json.loads(s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}.json")["Body"].read())


def show_means(rows, clusters):
    """A table: how many rows each cluster has, and the mean of each column in its own units."""
    print(f"{'cluster':>8} {'rows':>6} " + " ".join(f"{column:>10}" for column in COLUMNS))
    for cluster in np.unique(clusters):
        mine = rows[clusters == cluster]
        means = " ".join(f"{value:10,.2f}" for value in mine.mean(axis=0))
        print(f"{cluster:8} {len(mine):6} {means}")
    for column, unit in UNITS.items():
        print(f"{column:>15}: {unit}")


def show_elbow(msd):
    """A table, and elbow.svg: the mean squared distance on the test rows for each k."""
    points = sorted((int(k), value) for k, value in msd.items())
    for k, value in points:
        print(f"k = {k}  {value:8.3f}")
    chart = Chart(
        "The mean squared distance to the closest centre",
        "It falls with each further centre, steeply at first; where that ends is the elbow.",
        "k",
        "test:msd",
        [Line("test:msd", points, "dot")],
    )
    Path("elbow.svg").write_text(svg(chart), encoding="utf-8")
    print(f"Drawn: {Path('elbow.svg').resolve()} (open it in a browser)")
