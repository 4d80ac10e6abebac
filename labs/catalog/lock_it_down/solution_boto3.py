"""A solution with boto3."""

import boto3
import fault
from ready import (
    ACCOUNT,
    ALIAS,
    AROUND,
    BUCKET,
    DOOR,
    PARTITION,
    PREFIX,
    REGION,
    ROLE,
    bucket_arn,
    deploy,
    gateway,
    insecure,
    keep,
    make_key,
    named,
    network,
    policy,
    role_arn,
    train,
    vpc,
    wait,
)

s3 = boto3.client("s3")
iam = boto3.client("iam")
ec2 = boto3.client("ec2")
ACCOUNT_ARN = f"arn:{PARTITION}:iam::{ACCOUNT}:root"


def expect():
    return {
        "isolated_job_gets_its_data": True,
        "vpc_alone_reaches_s3": False,
        "s3_star_writes_with_any_key": False,
    }


def of_role(role):
    """The statements by which a role may use a key: for objects, and for an instance's volume."""
    principal = {"Effect": "Allow", "Principal": {"AWS": role_arn(role)}, "Resource": "*"}
    objects = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return (
        {**principal, "Sid": "Objects", "Action": objects},
        {**principal, "Sid": "Volumes", "Action": "kms:CreateGrant", "Condition": for_aws},
    )


def administered():
    """The statement by which the account keeps its hand on a key."""
    account = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT_ARN}, "Resource": "*"}
    return {**account, "Sid": "Administration", "Action": "kms:*"}


def encrypt():
    return make_key(ALIAS, policy(administered(), *of_role(ROLE)))


def endpoint_for(vpc_id, table):
    """The way to S3: an entry in this route table."""
    ec2.create_vpc_endpoint(
        VpcId=vpc_id,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
        TagSpecifications=named("vpc-endpoint", PREFIX),
    )


def enclose():
    if vpc():
        return
    made = ec2.create_vpc(CidrBlock="10.42.0.0/16", TagSpecifications=named("vpc", PREFIX))
    id = made["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=id, TagSpecifications=named("route-table", PREFIX))
    table_id = table["RouteTable"]["RouteTableId"]
    zones = ec2.describe_availability_zones()["AvailabilityZones"][:2]
    for number, zone in enumerate(zones, 1):
        subnet = ec2.create_subnet(
            VpcId=id,
            CidrBlock=f"10.42.{number}.0/24",
            AvailabilityZone=zone["ZoneName"],
            TagSpecifications=named("subnet", PREFIX),
        )
        ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet["Subnet"]["SubnetId"])
    endpoint_for(id, table_id)
    # Nobody calls a training job: a new group lets nothing in, and everything out.
    ec2.create_security_group(GroupName=PREFIX, Description="Training jobs", VpcId=id)


def closed(request, key):
    return {
        **request,
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": network(),
        "OutputDataConfig": {**request["OutputDataConfig"], "KmsKeyId": key},
        "ResourceConfig": {**request["ResourceConfig"], "VolumeKmsKeyId": key},
    }


def shut():
    s3.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    everybody = {"Effect": "Deny", "Principal": "*"}
    s3.put_bucket_policy(
        Bucket=BUCKET,
        Policy=policy(
            {
                **everybody,
                "Sid": "TlsAlone",
                "Action": "s3:*",
                "Resource": [bucket_arn(), f"{bucket_arn()}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {  # objects alone: an administrator can still mend this policy
                **everybody,
                "Sid": "ByTheEndpointAlone",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": f"{bucket_arn()}/*",
                "Condition": {"StringNotEquals": {"aws:SourceVpce": gateway()}},
            },
        ),
    )


def narrow():
    allow = {"Effect": "Allow"}
    reads = {"Action": "s3:GetObject", "Resource": f"{bucket_arn()}/train/*"}
    writes = {"Action": "s3:PutObject", "Resource": f"{bucket_arn()}/output/*"}
    lists = {"Action": "s3:ListBucket", "Resource": bucket_arn()}
    # Of KMS nothing: the key's own policy names the role.
    may = policy(*({**allow, **each} for each in (reads, writes, lists)), *AROUND)
    iam.put_role_policy(RoleName=ROLE, PolicyName="job", PolicyDocument=may)


def repair():
    """The three faults: no way to S3, a key that only its administrators may touch, and the id of a
    VPC where a VPC endpoint's belongs."""
    fault.plant()
    for kind, job in fault.jobs().items():
        print(f"{kind}: {wait(job)}")

    inside = [{"Name": "vpc-id", "Values": [vpc(fault.FAULT)]}]
    main = [*inside, {"Name": "association.main", "Values": ["true"]}]
    (table,) = ec2.describe_route_tables(Filters=main)["RouteTables"]
    if not gateway(fault.FAULT):
        endpoint_for(vpc(fault.FAULT), table["RouteTableId"])

    make_key(f"alias/{fault.FAULT}", policy(administered(), *of_role(fault.FAULT)))

    found = s3.get_bucket_policy(Bucket=fault.OTHER)["Policy"]
    s3.put_bucket_policy(Bucket=fault.OTHER, Policy=found.replace(vpc(), gateway()))

    for kind, job in fault.jobs().items():
        print(f"{kind}: {wait(job)}")


def complete():
    """door.yaml, with its five holes closed."""
    text = DOOR.read_text("utf-8")
    endpoint = "${AWS::Region}:${AWS::AccountId}:endpoint/${EndpointName}"
    changes = {
        "Action: sagemaker:* # Step 8: one action ...": "Action: sagemaker:InvokeEndpoint",
        'Resource: "*" # ... on one endpoint': (
            f'Resource: !Sub "arn:${{AWS::Partition}}:sagemaker:{endpoint}"'
        ),
        "[EDGE] # Step 8: regional": "[REGIONAL]",
        "NONE # Step 8: callers sign their requests": "AWS_IAM",
        "# Step 8: MethodSettings, to throttle every method": (
            'MethodSettings:\n        - HttpMethod: "*"\n          ResourcePath: "/*"\n'
            "          ThrottlingRateLimit: 10\n          ThrottlingBurstLimit: 20"
        ),
        "# Step 8: AccessLogSetting, to write who called into Logs": (
            "AccessLogSetting:\n        DestinationArn: !GetAtt Logs.Arn\n"
            '        Format: \'{"id":"$context.requestId","who":"$context.identity.userArn",'
            '"status":"$context.status"}\''
        ),
    }
    for before, after in changes.items():
        text = text.replace(before, after)
    DOOR.write_text(text, "utf-8")


if __name__ == "__main__":
    keep(expect())
    insecure()
    key = encrypt()
    enclose()
    train("closed", lambda request: closed(request, key))
    shut()
    narrow()
    train("proof", lambda request: closed(request, key))
    repair()
    complete()
    deploy()
