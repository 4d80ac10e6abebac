"""What a lab finds in its account: a role that SageMaker may take on, and a bucket.

On a real account a stack provides the same under the same names of variables, so no script of a lab
knows where it runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from labs.cloud import ACCOUNT, images
from labs.lab import Lab

ROLE = "quizengine-labs"
BUCKET = f"quizengine-labs-{ACCOUNT}"

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_MAY = {  # what a job or an endpoint does on behalf of this role
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        },
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": f"arn:aws:s3:::{BUCKET}",
        },
        {
            "Effect": "Allow",
            "Action": [
                "cloudwatch:DescribeAlarms",  # those that guard an update
                "cloudwatch:PutMetricData",
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetAuthorizationToken",
                "ecr:GetDownloadUrlForLayer",
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": "*",
        },
        {  # to join a VPC; the SageMaker SDK trains with no role that could not
            "Effect": "Allow",
            "Action": [
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
    ],
}


@dataclass(frozen=True)
class Furniture:
    """The role and the bucket of one region."""

    region: str
    role_arn: str = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
    bucket: str = BUCKET

    def variables(self, lab: Lab) -> dict[str, str]:
        """What every script of the lab finds in its environment."""
        return {
            "LAB_BUCKET": self.bucket,
            "LAB_ROLE_ARN": self.role_arn,
            "LAB_PREFIX": lab.prefix,
            "LAB_XGBOOST_IMAGE": images.uri(self.region) or "",
            "LAB_LINEAR_LEARNER_IMAGE": images.uri(self.region, "linear_learner") or "",
            "LAB_SKLEARN_IMAGE": images.uri(self.region, "sklearn") or "",
            "LAB_KMEANS_IMAGE": images.uri(self.region, "kmeans") or "",
        }

    def is_in(self, url: str) -> bool:
        """Whether the cloud at this address has it: one short question. Raises OSError."""
        address = urlsplit(url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
        try:
            connection.request("HEAD", f"/{self.bucket}")
            return connection.getresponse().status == 200
        except HTTPException as error:
            raise OSError(f"an answer that is none: {error!r}") from None
        finally:
            connection.close()


def prepare(client: Callable[[str], Any], furniture: Furniture) -> None:
    """Make what is not there yet; the bucket last, since it tells that all is there. `client`
    gives a boto3 client of a service."""
    iam, s3 = client("iam"), client("s3")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(_TRUST))
    iam.put_role_policy(RoleName=ROLE, PolicyName="labs", PolicyDocument=json.dumps(_MAY))
    where: dict[str, Any] = {}
    if furniture.region != "us-east-1":
        where["CreateBucketConfiguration"] = {"LocationConstraint": furniture.region}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=furniture.bucket, **where)
