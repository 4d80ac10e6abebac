"""What this lab begins with: training that works, and is open in five places.

insecure() makes it: a bucket, a role and a training job, all under the lab's prefix. The rest is
what your steps share.
"""

import contextlib
import json
import os
import time
from pathlib import Path

import boto3
from botocore.exceptions import ClientError
from sensors import as_csv, table

PREFIX, IMAGE = os.environ["LAB_PREFIX"], os.environ["LAB_XGBOOST_IMAGE"]
REGION = os.environ["AWS_DEFAULT_REGION"]
# An ARN has the partition in its second field, the account in its fifth.
_, PARTITION, _, _, ACCOUNT, _ = os.environ["LAB_ROLE_ARN"].split(":", 5)
BUCKET = f"{PREFIX}-{ACCOUNT}"  # this lab's own: what you close is not what all labs share
SHARED = f"s3://{os.environ['LAB_BUCKET']}/{PREFIX}"
ROLE = f"{PREFIX}-job"
DOOR = Path(__file__).with_name("door.yaml")
JOB_LOGS = "/aws/sagemaker/TrainingJobs"
ALIAS = f"alias/{PREFIX}"
NAMES = ("isolated_job_gets_its_data", "vpc_alone_reaches_s3", "s3_star_writes_with_any_key")

s3 = boto3.client("s3")
iam = boto3.client("iam")
ec2 = boto3.client("ec2")
sagemaker = boto3.client("sagemaker")


def role_arn(name=ROLE):
    return f"arn:{PARTITION}:iam::{ACCOUNT}:role/{name}"


def bucket_arn(bucket=BUCKET):
    return f"arn:{PARTITION}:s3:::{bucket}"


def policy(*statements):
    """A policy document, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def keep(expected):
    """Keep your forecast, unless it is kept already: what is said afterwards is none."""
    lab_bucket, key = os.environ["LAB_BUCKET"], f"{PREFIX}/forecast.json"
    if open_ones := [name for name in NAMES if not isinstance(expected.get(name), bool)]:
        raise SystemExit(f"expect() in starter.py: say True or False under {open_ones[0]}.")
    try:
        s3.head_object(Bucket=lab_bucket, Key=key)
    except ClientError:
        s3.put_object(Bucket=lab_bucket, Key=key, Body=json.dumps(expected).encode())
        time.sleep(1.1)  # S3 tells whole seconds: the first job is to be younger


# What is open


def insecure():
    """The bucket, the role and the first job; nothing if they are there already."""
    if not make_bucket(BUCKET):
        return
    everybody = {"Effect": "Allow", "Principal": "*"}
    everything = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket_arn()}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy({**everybody, **everything}))
    put_rows(f"s3://{BUCKET}/train/train.csv")
    anything = {"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}
    make_role(ROLE, policy(anything, *AROUND))
    job = start("open")
    print(f"{job}: {wait(job)}. It is open in five places.")


def put_rows(url):
    """The training rows, as CSV, to this address: what they mean is no matter here."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    s3.put_object(Bucket=bucket, Key=key, Body=as_csv(table()[:500]))


def make_bucket(bucket):
    """Whether it was made: a bucket that anybody may be let into. New ones block that by
    themselves, since April 2023."""
    where = {}
    if REGION != "us-east-1":
        where["CreateBucketConfiguration"] = {"LocationConstraint": REGION}
    try:
        s3.head_bucket(Bucket=bucket)
        return False
    except ClientError:
        s3.create_bucket(Bucket=bucket, **where)
        s3.delete_public_access_block(Bucket=bucket)
        return True


def make_role(name, may):
    """A role that SageMaker may take on, with one policy called `job`."""
    sagemaker_alone = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(sagemaker_alone))
    iam.put_role_policy(RoleName=name, PolicyName="job", PolicyDocument=may)


# What a job needs besides its data, and what cannot be narrowed much: logs, metrics, the image, and
# the network interface by which it joins a VPC. These statements may stay as they are.
AROUND = (
    {
        "Sid": "Logs",
        "Effect": "Allow",
        "Action": [
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ],
        "Resource": f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{JOB_LOGS}*",
    },
    {
        "Sid": "Image",
        "Effect": "Allow",
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
        "Resource": f"arn:{PARTITION}:ecr:{REGION}:*:repository/sagemaker-xgboost",
    },
    {
        "Sid": "NoResourceToName",
        "Effect": "Allow",
        "Action": [
            "cloudwatch:PutMetricData",
            "ecr:GetAuthorizationToken",
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ],
        "Resource": "*",
    },
)


# Training jobs


def request(name, data=f"s3://{BUCKET}/train/", output=f"s3://{BUCKET}/output", role=ROLE):
    """CreateTrainingJob's request, without any of what closes a hole."""
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": data,
        "S3DataDistributionType": "FullyReplicated",
    }
    return {
        "TrainingJobName": name,
        "RoleArn": role_arn(role),
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {"objective": "reg:squarederror", "num_round": "3", "max_depth": "2"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": source},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": output},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }


def start(kind, change=None, **others):
    """Start a job under a new name, changed as you say: change(request) gives another request."""
    name = f"{PREFIX}-{kind}-{time.time_ns() // 1_000_000}"
    asked = request(name, **others)
    sagemaker.create_training_job(**(change(asked) if change else asked))
    return name


def wait(job):
    """Wait for its end: Completed, or Failed and why."""
    while True:
        found = sagemaker.describe_training_job(TrainingJobName=job)
        if found["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"):
            why = found.get("FailureReason")
            return found["TrainingJobStatus"] + (f": {why}" if why else "")
        time.sleep(0.5)


def train(kind, change):
    """Start a job, changed as you say, and wait for it."""
    job = start(kind, change)
    print(f"{job}: {wait(job)}")


# What lies around: found by name, so that a script can be run again


def named(kind, name):
    """EC2's words for a tag called Name."""
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def vpc(name=PREFIX):
    """The id of the VPC of this name; None if there is none."""
    by_name = [{"Name": "tag:Name", "Values": [name]}]
    found = ec2.describe_vpcs(Filters=by_name)["Vpcs"]
    return found[0]["VpcId"] if found else None


def network(name=PREFIX):
    """The VpcConfig of a job in the VPC of this name: all of its subnets, and its own group."""
    inside = [{"Name": "vpc-id", "Values": [vpc(name) or "none"]}]
    subnets = ec2.describe_subnets(Filters=inside)["Subnets"]
    groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    return {
        "Subnets": [each["SubnetId"] for each in subnets],
        "SecurityGroupIds": [each["GroupId"] for each in groups if each["GroupName"] == name],
    }


def gateway(name=PREFIX):
    """The id of the S3 endpoint in the VPC of this name; None if there is none."""
    inside = [{"Name": "vpc-id", "Values": [vpc(name) or "none"]}]
    found = ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
    return next((each["VpcEndpointId"] for each in found if each["State"] == "available"), None)


def make_key(alias, document):
    """The ARN of the KMS key behind the alias, with this policy; made if it is not there yet."""
    kms = boto3.client("kms")
    try:
        arn = kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    except kms.exceptions.NotFoundException:
        arn = kms.create_key(Policy=document, Description=alias)["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=alias, TargetKeyId=arn)
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=document)
    return arn


# The door


def deploy():
    """Make the stack of door.yaml, anew each time."""
    cloudformation = boto3.client("cloudformation")
    stack = f"{PREFIX}-door"
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)
    gateway_apis = boto3.client("apigateway")
    for api in gateway_apis.get_rest_apis(limit=500)["items"]:  # what deleting may have left
        if api["name"] == stack:
            gateway_apis.delete_rest_api(restApiId=api["id"])
    given = {"Prefix": PREFIX, "EndpointName": PREFIX}
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=DOOR.read_text("utf-8"),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack)
    print(f"The stack {stack} stands.")
