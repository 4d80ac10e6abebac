"""What stands ready for you in this lab: keeping what you expect, waiting, logs, a table."""

import json
import os
import time

import boto3

BUCKET, PREFIX = os.environ["LAB_BUCKET"], os.environ["LAB_PREFIX"]
# A round figure each, to see the table in another size: nobody measured them.
LARGE, SPEED = 500e9, 200e6  # bytes of csv; bytes a second from S3 to one instance


def put(name, body):
    """Put an object under {PREFIX}/."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=body)


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
    """Put a JSON object into {PREFIX}/{name}.json, and print it."""
    print(f"{name}.json: {json.dumps(told)}")
    put(f"{name}.json", json.dumps(told).encode())


def finished(job):
    """The training job's description once it has ended, in whatever way."""
    sagemaker = boto3.client("sagemaker")
    while True:
        found = sagemaker.describe_training_job(TrainingJobName=job)
        if found["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            print(f"{job}: {found['TrainingJobStatus']} {found.get('FailureReason', '')}".strip())
            return found
        time.sleep(0.5)


def log(job):
    """The lines of a training job's log."""
    pages = boto3.client("logs").get_paginator("filter_log_events")
    return [
        event["message"]
        for page in pages.paginate(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job}/"
        )
        for event in page["events"]
    ]


def show_modes(found):
    """A table of modes.json, and what it would be with LARGE times as much."""
    whole = found["file-csv"]["copied"]
    print(
        f"{'':17} {'copied before':>13} {'first batch':>11} {'read in all':>12} {'if 500 GB':>11}"
    )
    for name, told in found.items():
        minutes = told["copied"] / whole * LARGE / SPEED / 60
        print(
            f"{name:17} {told['copied'] / 1e6:10.2f} MB {told['first_batch_s']:9.3f} s"
            f" {told['read'] / 1e6:9.2f} MB {minutes:7.0f} min"
        )
    print(f"if 500 GB: the wait for what is copied first, at {SPEED / 1e6:.0f} MB a second")
    print("FastFile: AWS copies nothing first. Where the table says otherwise, see the guide.")
