"""Plants a fault: starts a transform job that fails.

Run it once: quizengine lab run fault.py. Find out why, and repair it. It needs the model of step 1.
"""

import time

import boto3
import numpy as np
from jobs import BUCKET, PREFIX
from ready import put
from tumours import as_csv, tables

ROWS = 8_000


def plant():
    """Upload the file and start the job. Planting twice is one fault. SageMaker deletes no
    transform job: one that is older than the model is of another time."""
    rows = tables()[2][:, 1:]
    put("fault/many.csv", as_csv(np.resize(rows, (ROWS, rows.shape[1]))))
    sagemaker = boto3.client("sagemaker")
    made = sagemaker.describe_model(ModelName=f"{PREFIX}-one")["CreationTime"]
    found = sagemaker.list_transform_jobs(NameContains=f"{PREFIX}-fault-")["TransformJobSummaries"]
    for each in found:
        name = each["TransformJobName"]
        if name.startswith(f"{PREFIX}-fault-") and each["CreationTime"] >= made:
            return name
    name = f"{PREFIX}-fault-{int(time.time())}"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{PREFIX}/fault/"}
    sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=f"{PREFIX}-one",
        MaxPayloadInMB=1,
        TransformInput={"DataSource": {"S3DataSource": source}, "ContentType": "text/csv"},
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/{PREFIX}/fault-scores",
            "Accept": "text/csv",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    return name


if __name__ == "__main__":
    print(f"Started {plant()}. It will fail. Why?")
