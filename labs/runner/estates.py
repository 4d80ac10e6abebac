"""Taking down what a lab makes that changes an estate: stacks, APIs, networks, buckets, roles and
keys under its prefix. Others make none, and their account does not let them look for any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from labs.lab import Account, Lab
from labs.runner.cleaning import KINDS, Kinds, Thing

_UNDATED = datetime.fromtimestamp(0, UTC)  # AWS does not tell when it was made
_KEY_DAYS = 7  # the shortest time after which KMS deletes a key


def kinds_of(lab: Lab) -> Kinds:
    """What may be lying about of a lab, in an order in which it can be taken down."""
    return KINDS if "aws" in lab.targets else {**KINDS, **ESTATE}


def _mine(account: Account, name: str) -> bool:
    return name == account.prefix or name.startswith(f"{account.prefix}-")


def _stacks(account: Account) -> Iterator[Thing]:
    pages = account.client("cloudformation").get_paginator("describe_stacks")
    for page in pages.paginate():
        for each in page["Stacks"]:
            if _mine(account, each["StackName"]) and each["StackStatus"] != "DELETE_COMPLETE":
                yield Thing("stack", each["StackName"], each["CreationTime"])


def _delete_stack(account: Account, thing: Thing) -> None:
    cloudformation = account.client("cloudformation")
    cloudformation.delete_stack(StackName=thing.name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=thing.name)


def _apis(account: Account) -> Iterator[Thing]:
    """The offline cloud's CloudFormation leaves an API behind."""
    for each in account.client("apigateway").get_rest_apis(limit=500)["items"]:
        if _mine(account, each["name"]):
            yield Thing("API", each["name"], each["createdDate"], each["id"])


def _delete_api(account: Account, thing: Thing) -> None:
    account.client("apigateway").delete_rest_api(restApiId=thing.where)


def _vpcs(account: Account) -> dict[str, str]:
    """Id and name of the lab's VPCs."""
    found = {}
    for each in account.client("ec2").describe_vpcs()["Vpcs"]:
        names = [tag["Value"] for tag in each.get("Tags", ()) if tag["Key"] == "Name"]
        if names and _mine(account, names[0]):
            found[each["VpcId"]] = names[0]
    return found


def _inside(account: Account, operation: str, answers: str, by: str) -> Iterator[Any]:
    """What a Describe operation of EC2 has in the lab's VPCs."""
    if vpcs := [*_vpcs(account)]:
        describe = getattr(account.client("ec2"), operation)
        yield from describe(Filters=[{"Name": by, "Values": vpcs}])[answers]


def _endpoints(account: Account) -> Iterator[Thing]:
    for each in _inside(account, "describe_vpc_endpoints", "VpcEndpoints", "vpc-id"):
        if each["State"] != "deleted":
            yield Thing("VPC endpoint", each["VpcEndpointId"], each["CreationTimestamp"])


def _delete_endpoint(account: Account, thing: Thing) -> None:
    """Its entries leave the route tables first; AWS does that by itself."""
    ec2 = account.client("ec2")
    (found,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[thing.name])["VpcEndpoints"]
    if tables := found.get("RouteTableIds"):
        ec2.modify_vpc_endpoint(VpcEndpointId=thing.name, RemoveRouteTableIds=tables)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[thing.name])


def _gateways(account: Account) -> Iterator[Thing]:
    found = _inside(account, "describe_internet_gateways", "InternetGateways", "attachment.vpc-id")
    for each in found:
        vpc = each["Attachments"][0]["VpcId"]
        yield Thing("internet gateway", each["InternetGatewayId"], _UNDATED, vpc)


def _delete_gateway(account: Account, thing: Thing) -> None:
    ec2 = account.client("ec2")
    ec2.detach_internet_gateway(InternetGatewayId=thing.name, VpcId=thing.where)
    ec2.delete_internet_gateway(InternetGatewayId=thing.name)


def _groups(account: Account) -> Iterator[Thing]:
    for each in _inside(account, "describe_security_groups", "SecurityGroups", "vpc-id"):
        if each["GroupName"] != "default":
            yield Thing("security group", each["GroupId"], _UNDATED)


def _delete_group(account: Account, thing: Thing) -> None:
    account.client("ec2").delete_security_group(GroupId=thing.name)


def _subnets(account: Account) -> Iterator[Thing]:
    for each in _inside(account, "describe_subnets", "Subnets", "vpc-id"):
        yield Thing("subnet", each["SubnetId"], _UNDATED)


def _delete_subnet(account: Account, thing: Thing) -> None:
    """Its route table lets go of it first; AWS does that by itself."""
    ec2 = account.client("ec2")
    by_subnet = [{"Name": "association.subnet-id", "Values": [thing.name]}]
    for table in ec2.describe_route_tables(Filters=by_subnet)["RouteTables"]:
        for each in table["Associations"]:
            if each.get("SubnetId") == thing.name:
                ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
    ec2.delete_subnet(SubnetId=thing.name)


def _tables(account: Account) -> Iterator[Thing]:
    for each in _inside(account, "describe_route_tables", "RouteTables", "vpc-id"):
        if not any(association.get("Main") for association in each["Associations"]):
            yield Thing("route table", each["RouteTableId"], _UNDATED)


def _delete_table(account: Account, thing: Thing) -> None:
    account.client("ec2").delete_route_table(RouteTableId=thing.name)


def _networks(account: Account) -> Iterator[Thing]:
    for vpc, name in _vpcs(account).items():
        yield Thing("VPC", name, _UNDATED, vpc)


def _delete_network(account: Account, thing: Thing) -> None:
    account.client("ec2").delete_vpc(VpcId=thing.where)


def _buckets(account: Account) -> Iterator[Thing]:
    for each in account.client("s3").list_buckets()["Buckets"]:
        if _mine(account, each["Name"]):
            yield Thing("bucket", each["Name"], each["CreationDate"])


def _delete_bucket(account: Account, thing: Thing) -> None:
    """With all that is in it, whatever its policy says."""
    s3 = account.client("s3")
    s3.delete_bucket_policy(Bucket=thing.name)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=thing.name):
        for each in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            s3.delete_object(Bucket=thing.name, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=thing.name)


def _roles(account: Account) -> Iterator[Thing]:
    for page in account.client("iam").get_paginator("list_roles").paginate():
        for each in page["Roles"]:
            if _mine(account, each["RoleName"]):
                yield Thing("role", each["RoleName"], each["CreateDate"])


def _delete_role(account: Account, thing: Thing) -> None:
    iam = account.client("iam")
    named = {"RoleName": thing.name}
    for policy in iam.list_role_policies(**named)["PolicyNames"]:
        iam.delete_role_policy(**named, PolicyName=policy)
    for policy in iam.list_attached_role_policies(**named)["AttachedPolicies"]:
        iam.detach_role_policy(**named, PolicyArn=policy["PolicyArn"])
    iam.delete_role(**named)


def _keys(account: Account) -> Iterator[Thing]:
    """By their aliases: a key without one cannot be told from anybody else's."""
    for page in account.client("kms").get_paginator("list_aliases").paginate():
        for each in page["Aliases"]:
            if _mine(account, each["AliasName"].removeprefix("alias/")) and "TargetKeyId" in each:
                yield Thing("key", each["AliasName"], _UNDATED, each["TargetKeyId"])


def _delete_key(account: Account, thing: Thing) -> None:
    """KMS takes its time: until then the key is pending deletion, and costs nothing."""
    kms = account.client("kms")
    state = kms.describe_key(KeyId=thing.where)["KeyMetadata"]["KeyState"]
    if state != "PendingDeletion":
        kms.schedule_key_deletion(KeyId=thing.where, PendingWindowInDays=_KEY_DAYS)
    kms.delete_alias(AliasName=thing.name)


ESTATE: Kinds = {
    "stack": (_stacks, _delete_stack),
    "API": (_apis, _delete_api),
    "VPC endpoint": (_endpoints, _delete_endpoint),
    "internet gateway": (_gateways, _delete_gateway),
    "security group": (_groups, _delete_group),
    "subnet": (_subnets, _delete_subnet),
    "route table": (_tables, _delete_table),
    "VPC": (_networks, _delete_network),
    "bucket": (_buckets, _delete_bucket),
    "role": (_roles, _delete_role),
    "key": (_keys, _delete_key),
}
