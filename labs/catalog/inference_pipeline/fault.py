"""Plants a fault: a pipeline whose first container is a colleague's, fault_prepare.py.

Run it: quizengine lab run fault.py. It sends the 40 rows of the week of frost through a transform
job and says how many pumps get a visit. It needs the model of step 4.
"""

import time

import boto3
from botocore.exceptions import ClientError
from jobs import BUCKET, PREFIX, ROLE
from ready import frosty_rows, packed, put, transformed, visits

# All that CreateModel needs of a container: DescribeModel may tell more than it takes.
KEPT = ("ContainerHostname", "Image", "ModelDataUrl", "Environment")
NAME = "fault"  # make it "repaired" once you have repaired fault_prepare.py


def plant(name=NAME, script="fault_prepare.py"):
    """Start the job, with this script in the first container; its name."""
    sagemaker = boto3.client("sagemaker")
    model = f"{PREFIX}-{name}"
    code = {
        "SAGEMAKER_PROGRAM": script,
        "SAGEMAKER_SUBMIT_DIRECTORY": packed(name, script),
    }
    try:
        sagemaker.describe_model(ModelName=model)
    except ClientError:
        sagemaker.create_model(
            ModelName=model, ExecutionRoleArn=ROLE, Containers=containers(sagemaker, code)
        )
    put("fault/rows.csv", frosty_rows())
    job = f"{model}-{int(time.time())}"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{PREFIX}/fault/"}
    sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=model,
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/{PREFIX}/{name}-scores",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    return job


def containers(sagemaker, code):
    """Those of the pipeline, with other code in the first one."""
    try:
        found = sagemaker.describe_model(ModelName=f"{PREFIX}-chain")
    except ClientError:
        raise SystemExit(f"There is no model {PREFIX}-chain yet: step 4 makes it.") from None
    first, *others = [
        {key: each[key] for key in KEPT if key in each} for each in found["Containers"]
    ]
    return [first | {"Environment": first["Environment"] | code}, *others]


def told(job):
    """What the job has written, once it has ended."""
    output = transformed(job)["TransformOutput"]["S3OutputPath"]
    key = output.removeprefix(f"s3://{BUCKET}/") + "/rows.csv.out"
    return boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


if __name__ == "__main__":
    answer = told(plant())
    print(f"{visits(answer)} of 40 pumps get a visit.")
