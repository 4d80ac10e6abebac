"""What stands ready for you in this lab: two trained models, rows with ids, waiting, a table."""

import json
import time

import boto3
from jobs import BUCKET, PREFIX, channel, definition, finished
from jobs import upload as put_csv
from prices import LOADS, WAYS
from tumours import as_csv, tables

DEPTHS = {"a": "2", "b": "5"}


def archives():
    """Train model A and model B, once, and copy what they left to {PREFIX}/models/a.tar.gz and
    b.tar.gz. Gives the address of that prefix."""
    s3 = boto3.client("s3")
    there = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/models/").get("Contents", ())
    if len(there) < len(DEPTHS):
        put_csv(train=as_csv(tables()[0]))
        for name, depth in DEPTHS.items():  # one after the other: a small quota is enough
            job = finished(_started(name, depth))
            address = job["ModelArtifacts"]["S3ModelArtifacts"]
            source = address.removeprefix(f"s3://{BUCKET}/")
            s3.copy_object(
                Bucket=BUCKET,
                Key=f"{PREFIX}/models/{name}.tar.gz",
                CopySource={"Bucket": BUCKET, "Key": source},
            )
    return f"s3://{BUCKET}/{PREFIX}/models/"


def _started(name, depth):
    job = f"{PREFIX}-train-{name}-{int(time.time())}"
    boto3.client("sagemaker").create_training_job(
        TrainingJobName=job,
        HyperParameters={"objective": "binary:logistic", "num_round": "30", "max_depth": depth},
        **definition(channel("train", "train")),
    )
    return job


def five():
    """Five rows as CSV, without a label."""
    return as_csv(tables()[2][:5, 1:])


def with_ids():
    """All test rows as CSV: an id first, no label."""
    lines = as_csv(tables()[2][:, 1:]).decode().splitlines()
    return "".join(f"tumour-{n:03},{line}\n" for n, line in enumerate(lines, 1)).encode()


def put(name, body):
    """Put an object under {PREFIX}/; its address."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=body)
    return f"s3://{BUCKET}/{PREFIX}/{name}"


def report(name, told):
    """Put a JSON object into {PREFIX}/{name}.json."""
    put(f"{name}.json", json.dumps(told).encode())


def fetched(address):
    """The text of an object that may not be there yet: waits up to five minutes."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    s3 = boto3.client("s3")
    for _ in range(1200):
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except s3.exceptions.NoSuchKey:
            time.sleep(0.25)
    raise SystemExit(f"There is still no {address}: read the endpoint's log.")


def in_service(name):
    """Wait until an endpoint is there."""
    sagemaker = boto3.client("sagemaker")
    while True:
        endpoint = sagemaker.describe_endpoint(EndpointName=name)
        if endpoint["EndpointStatus"] == "InService":
            return
        if endpoint["EndpointStatus"] == "Failed":
            raise SystemExit(f"{name}: {endpoint['FailureReason']}")
        time.sleep(0.5)


def transformed(job):
    """The transform job's description once it has ended, in whatever way."""
    sagemaker = boto3.client("sagemaker")
    while True:
        found = sagemaker.describe_transform_job(TransformJobName=job)
        if found["TransformJobStatus"] in ("Completed", "Failed", "Stopped"):
            print(f"{job}: {found['TransformJobStatus']} {found.get('FailureReason', '')}".strip())
            return found
        time.sleep(0.5)


def show_costs(told):
    """costs.json as a table; * is the cheapest of all, + the cheapest that answers at once."""
    print(f"{'USD a day':14}" + "".join(f"{way.replace('_', '-'):>14}" for way in WAYS))
    for name in LOADS:
        day = told[name]
        least = min(day.values())
        at_once = min(day["real_time"], day["serverless"], day["multi_model"])
        marks = {
            way: ("*" if day[way] == least else "") + ("+" if day[way] == at_once else "")
            for way in WAYS
        }
        cells = (f"{day[way]:12.4f}{marks[way]:2}" for way in WAYS)
        print(f"{name.replace('_', ' '):14}" + "".join(cells))
    print("* the cheapest, + the cheapest that answers at once")
    print(f"serverless costs as much as one instance from {told['break_even']:,.0f} requests a day")
