"""What an account has of keys, networks, buckets and roles, as checks look at it. Nothing here
changes anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.lab import Account
from labs.need import Where
from labs.resource_policy import Asked, Says, says

STRANGER = "arn:aws:iam::999999999999:role/stranger"  # of another account
_SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class Key:
    """A KMS key; `policy` is its document, JSON."""

    arn: str
    state: str
    policy: str


@dataclass(frozen=True)
class Network:
    """A VPC. `exits`: what leads out of it. `endpoints`: the gateway endpoints by which it reaches
    S3; `on_the_way`: the subnets from which a route leads there. `group`: the security group of the
    VPC's own name; `lets_in`: whether that lets anything in."""

    vpc: str
    exits: tuple[str, ...]
    subnets: tuple[str, ...]
    endpoints: tuple[str, ...]
    on_the_way: frozenset[str]
    group: str | None
    lets_in: bool


class Estate:
    """An account, asked about what lies around in it; what is not there is None."""

    def __init__(self, account: Account) -> None:
        self.account = account
        _, self.partition, _, _, number, _ = account.role_arn.split(":", 5)
        self.where = Where(number, account.region, self.partition)

    # Names, as the lab gives them

    @property
    def bucket(self) -> str:
        return f"{self.account.prefix}-{self.where.account}"

    @property
    def role_name(self) -> str:
        return f"{self.account.prefix}-job"

    @property
    def role(self) -> str:
        return self.role_called(self.role_name)

    @property
    def root(self) -> str:
        """Somebody of the account whom no policy names: an administrator."""
        return self.role_called("administrator")

    @property
    def other_role(self) -> str:
        return self.role_called("somebody-else")

    @property
    def image(self) -> str:
        """An image of the built-in XGBoost; in each region it has another account."""
        registry = f"683313688378.dkr.ecr.{self.where.region}.amazonaws.com"
        return f"{registry}/sagemaker-xgboost:latest"

    def role_called(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.where.account}:role/{name}"

    # Keys

    def key(self, id: str) -> Key | None:
        if not id:
            return None
        kms = self.account.client("kms")
        try:
            found = kms.describe_key(KeyId=id)["KeyMetadata"]
            text = kms.get_key_policy(KeyId=found["KeyId"], PolicyName="default")["Policy"]
        except (kms.exceptions.ClientError, ValueError, TypeError):
            return None
        return Key(found["Arn"], found["KeyState"], text)

    def says_of_key(self, key: Key, who: str, action: str) -> Says:
        """What the key's policy says to a role for use by S3 and EC2. Raises ValueError."""
        service = "ec2" if action == "kms:CreateGrant" else "s3"
        context = {
            "kms:calleraccount": (who.split(":")[4],),
            "kms:grantisforawsresource": ("true",),
            "kms:viaservice": (f"{service}.{self.where.region}.amazonaws.com",),
        }
        return says(key.policy, Asked(action, key.arn, who, context))

    # Networks

    def network(self, name: str) -> Network | None:
        """The VPC whose tag Name says so."""
        ec2 = self.account.client("ec2")
        by_name = [{"Name": "tag:Name", "Values": [name]}]
        vpcs = ec2.describe_vpcs(Filters=by_name)["Vpcs"]
        if not vpcs:
            return None
        vpc = vpcs[0]["VpcId"]
        inside = [{"Name": "vpc-id", "Values": [vpc]}]
        subnets = [each["SubnetId"] for each in ec2.describe_subnets(Filters=inside)["Subnets"]]
        tables = ec2.describe_route_tables(Filters=inside)["RouteTables"]
        endpoints = [
            each
            for each in ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
            if each["State"].lower() == "available"
            and each["ServiceName"] == f"com.amazonaws.{self.where.region}.s3"
            and (each.get("VpcEndpointType") or "Gateway") == "Gateway"
        ]
        known = {table for each in endpoints for table in each.get("RouteTableIds") or ()}
        groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
        group = next((each for each in groups if each["GroupName"] == name), None)
        return Network(
            vpc,
            tuple(self._exits(vpc, tables)),
            tuple(subnets),
            tuple(each["VpcEndpointId"] for each in endpoints),
            frozenset(each for each in subnets if _table(tables, each) in known),
            None if group is None else group["GroupId"],
            bool(group and group["IpPermissions"]),
        )

    def _exits(self, vpc: str, tables: list[dict[str, Any]]) -> list[str]:
        ec2 = self.account.client("ec2")
        attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
        gateways = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]
        found = {each["InternetGatewayId"] for each in gateways}
        for table in tables:
            for route in table["Routes"]:
                to = [
                    route.get(name) or ""
                    for name in (
                        "GatewayId",
                        "NatGatewayId",
                        "InstanceId",
                        "NetworkInterfaceId",
                        "TransitGatewayId",
                        "VpcPeeringConnectionId",
                    )
                ]
                found |= {each for each in to if each and not each.startswith(("local", "vpce-"))}
        return sorted(found)

    # Buckets

    def has_bucket(self, name: str) -> bool:
        s3 = self.account.client("s3")
        try:
            s3.head_bucket(Bucket=name)
        except s3.exceptions.ClientError:
            return False
        return True

    def unblocked(self, name: str) -> list[str]:
        """The switches against public access that are off."""
        s3 = self.account.client("s3")
        try:
            told = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        except s3.exceptions.ClientError:
            return [*_SWITCHES]
        return [each for each in _SWITCHES if not told.get(each)]

    def bucket_policy(self, name: str) -> str | None:
        s3 = self.account.client("s3")
        try:
            return str(s3.get_bucket_policy(Bucket=name)["Policy"])
        except s3.exceptions.ClientError:
            return None

    # Roles

    def policies(self, name: str) -> list[str] | None:
        """A role's own policies, inline and managed, JSON."""
        iam = self.account.client("iam")
        try:
            inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
            found = [
                iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"]
                for each in inline
            ]
            attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
            for each in attached:
                policy = iam.get_policy(PolicyArn=each["PolicyArn"])["Policy"]
                version = iam.get_policy_version(
                    PolicyArn=each["PolicyArn"], VersionId=policy["DefaultVersionId"]
                )
                found.append(version["PolicyVersion"]["Document"])
        except iam.exceptions.ClientError:
            return None
        return [_text(each) for each in found]


def _text(document: str | Mapping[str, Any]) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _table(tables: list[dict[str, Any]], subnet: str) -> str | None:
    """The route table of a subnet: its own, else the main one."""
    main = None
    for table in tables:
        for each in table["Associations"]:
            if each.get("SubnetId") == subnet:
                return str(table["RouteTableId"])
            if each.get("Main"):
                main = str(table["RouteTableId"])
    return main
