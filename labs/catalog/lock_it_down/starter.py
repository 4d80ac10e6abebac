"""Your way through this lab. guide.md tells what each step is for.

Run it as often as you like:      quizengine lab run
See how far you are:              quizengine lab check
"""

import sys

import boto3
from ready import (
    ACCOUNT,
    ALIAS,
    BUCKET,
    PARTITION,
    PREFIX,
    ROLE,
    deploy,
    gateway,
    insecure,
    keep,
    network,
    role_arn,
    train,
    vpc,
)

s3 = boto3.client("s3")
iam = boto3.client("iam")
ec2 = boto3.client("ec2")


def expect():
    """Step 1. Put True or False in place of each None, before you run anything."""
    return {
        # EnableNetworkIsolation takes a container's network away. Does it still get its data?
        "isolated_job_gets_its_data": None,
        # A private subnet: no internet gateway, no NAT device, and nothing else. Does S3 answer?
        "vpc_alone_reaches_s3": None,
        # The role may s3:* on *. May it write its model with any key of KMS in the account?
        "s3_star_writes_with_any_key": None,
    }


def encrypt():
    """Step 2. A KMS key behind ALIAS, which the account administers and the role may use."""
    account = f"arn:{PARTITION}:iam::{ACCOUNT}:root"
    print("The key is", ALIAS, "for", role_arn(), "administered by", account)
    # TODO: return make_key(ALIAS, policy({...}, {...})) of ready.py
    sys.exit("Step 2 is still to be written: encrypt() in starter.py.")


def enclose():
    """Step 3. A VPC with the tag Name=PREFIX and no way out, an S3 endpoint, a group."""
    if gateway() and network()["SecurityGroupIds"]:  # it stands since you ran this file before
        return
    if vpc():
        sys.exit(f"The VPC {PREFIX} is half built. quizengine lab clean, then run this file again.")
    # TODO: ec2.create_vpc, create_subnet, create_route_table, associate_route_table,
    #       create_vpc_endpoint, create_security_group(GroupName=PREFIX)
    sys.exit("Step 3 is still to be written: enclose() in starter.py.")


def closed(request, key):
    """Step 4. The request of the open job, with that key, in your network, isolated."""
    print("The job's network will be", network(), "and its key", key)
    # TODO: return {**request, ...} with EnableNetworkIsolation, VpcConfig, and the key for volume
    #       and output
    sys.exit("Step 4 is still to be written: closed() in starter.py.")
    return request


def shut():
    """Step 5. Block public access to BUCKET; TLS and your endpoint alone get in."""
    # TODO: s3.put_public_access_block and s3.put_bucket_policy; gateway() has the endpoint's id
    sys.exit(f"Step 5 is still to be written: shut() in starter.py. {BUCKET} is open to everybody.")


def narrow():
    """Step 6. What the job needs of S3 and KMS, and nothing more."""
    # TODO: iam.put_role_policy(RoleName=ROLE, PolicyName="job", PolicyDocument=...), of policy(),
    #       with statements of your own and *AROUND of ready.py
    sys.exit(f"Step 6 is still to be written: narrow() in starter.py. {ROLE} may do s3:*.")


if __name__ == "__main__":
    keep(expect())
    insecure()
    key = encrypt()
    enclose()
    train("closed", lambda request: closed(request, key))
    shut()
    narrow()
    train("proof", lambda request: closed(request, key))  # does it still work, now all is shut?
    # Step 7: quizengine lab run fault.py, three times find out and repair.
    deploy()  # Step 8: complete door.yaml
