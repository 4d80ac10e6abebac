"""Plants three faults: three training jobs that fail, each for another reason. Find out why.

Run it: quizengine lab run fault.py. Repair what it made, with a script of your own or the AWS CLI,
not this file; then run it again: it starts the three jobs anew.
"""

import sys

import boto3
from ready import (
    ACCOUNT,
    AROUND,
    PARTITION,
    PREFIX,
    SHARED,
    bucket_arn,
    ec2,
    gateway,
    make_bucket,
    make_key,
    make_role,
    named,
    network,
    policy,
    put_rows,
    s3,
    start,
    vpc,
    wait,
)

FAULT = f"{PREFIX}-fault"  # the name of its VPC, its role, and its key's alias
OTHER = f"{PREFIX}-fault-{ACCOUNT}"  # the bucket that the third job writes to


def plant_network():
    """A VPC with a subnet and a security group."""
    id = ec2.create_vpc(CidrBlock="10.43.0.0/16", TagSpecifications=named("vpc", FAULT))["Vpc"][
        "VpcId"
    ]
    ec2.create_subnet(VpcId=id, CidrBlock="10.43.1.0/24", TagSpecifications=named("subnet", FAULT))
    ec2.create_security_group(GroupName=FAULT, Description="Jobs of the first fault", VpcId=id)


def plant_key():
    """A key that the account administers."""
    account = {"AWS": f"arn:{PARTITION}:iam::{ACCOUNT}:root"}
    manages = ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*"]
    manages += ["kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*"]
    manages += ["kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:TagResource"]
    make_key(
        f"alias/{FAULT}",
        policy({"Effect": "Allow", "Principal": account, "Action": manages, "Resource": "*"}),
    )


def plant_bucket():
    """A bucket that is meant to let in whoever comes through your VPC."""
    make_bucket(OTHER)
    s3.put_public_access_block(
        Bucket=OTHER,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": vpc()}}
    objects = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket_arn(OTHER)}/*"}
    s3.put_bucket_policy(
        Bucket=OTHER,
        Policy=policy({"Effect": "Deny", "Principal": "*", "Condition": elsewhere, **objects}),
    )


def plant():
    """All three, and the role of their jobs. Planting twice is one fault each."""
    if not gateway():
        sys.exit("Your VPC and its endpoint come first: step 3.")
    anything = {"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"}
    make_role(FAULT, policy(anything, *AROUND))
    if not vpc(FAULT):
        plant_network()
    kms = boto3.client("kms")
    try:
        kms.describe_key(KeyId=f"alias/{FAULT}")
    except kms.exceptions.NotFoundException:
        plant_key()
    try:
        s3.get_bucket_policy(Bucket=OTHER)
    except s3.exceptions.ClientError:
        plant_bucket()


def jobs():
    """Start the three jobs; their names, by fault. Their rows are in the bucket of all labs."""
    put_rows(f"{SHARED}/train/train.csv")
    key = boto3.client("kms").describe_key(KeyId=f"alias/{FAULT}")["KeyMetadata"]["Arn"]

    def elsewhere(asked):
        return {**asked, "VpcConfig": network(FAULT)}

    def with_key(asked):
        output = {**asked["OutputDataConfig"], "KmsKeyId": key}
        return {**asked, "OutputDataConfig": output, "VpcConfig": network()}

    def inside(asked):
        return {**asked, "VpcConfig": network()}

    same = {"data": f"{SHARED}/train/", "role": FAULT}
    shared = f"{SHARED}/output"
    return {
        "network": start("fault-network", elsewhere, output=shared, **same),
        "key": start("fault-key", with_key, output=shared, **same),
        "bucket": start("fault-bucket", inside, output=f"s3://{OTHER}/output", **same),
    }


if __name__ == "__main__":
    plant()
    for fault, job in jobs().items():
        print(f"{fault}: {wait(job)}\n")
