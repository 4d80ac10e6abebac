"""Has a fault: the endpoint answers it with an error. Find out why, and repair this file.

Run it: quizengine lab run fault.py
"""

import json
import os

import boto3
from tumours import tables

BUCKET, PREFIX = os.environ["LAB_BUCKET"], os.environ["LAB_PREFIX"]
CONTENT_TYPE = "application/json"


def body(rows):
    """What is sent for these rows of measurements."""
    return json.dumps({"instances": rows.tolist()}).encode()


def main():
    rows = tables()[2][5:8, 1:]
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=PREFIX, ContentType=CONTENT_TYPE, Accept="text/csv", Body=body(rows)
    )
    told = answer["Body"].read()
    print(told.decode())
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{PREFIX}/repaired.csv", Body=told)


if __name__ == "__main__":
    main()
