"""How a job in a VPC comes to S3, with the networks of the cloud's EC2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

import labs.cloud
from labs.cloud import ACCOUNT
from labs.cloud.network import OUTSIDE, Way
from tests.labs.catalog.desks import KEYS

pytestmark = pytest.mark.xdist_group("cloud-network")
REGION = "us-east-1"
S3 = f"com.amazonaws.{REGION}.s3"


class Net:
    """A VPC with a subnet, its own route table and a security group."""

    def __init__(self, guards: Any) -> None:
        self.guards = guards
        self.ec2: Any = boto3.client("ec2", REGION)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.another("10.0.1.0/24")
        made = self.ec2.create_route_table(VpcId=self.vpc)
        self.table = made["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=self.table, SubnetId=self.subnet)
        self.group = self.ec2.create_security_group(
            GroupName="jobs", Description="jobs", VpcId=self.vpc
        )["GroupId"]

    def another(self, block: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=block)
        return str(made["Subnet"]["SubnetId"])

    def endpoint(self, service: str = S3, **more: Any) -> str:
        where = more or {"VpcEndpointType": "Gateway", "RouteTableIds": [self.table]}
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=service, **where)
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    def way(self, *more: str) -> Way | None:
        found: Way | None = self.guards.way_to_s3([self.subnet, *more], [self.group])
        return found


@pytest.fixture(scope="module")
def guards() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
            patch.delenv(name, raising=False)
        for name, value in KEYS.items():
            patch.setenv(name, value)
        with labs.cloud.offline() as plane:
            yield plane.region(ACCOUNT, REGION).services.guards


@pytest.fixture
def net(guards: Any) -> Net:
    return Net(guards)


def test_a_new_vpc_leads_nowhere(net: Net) -> None:
    assert net.way() is None


def test_a_gateway_endpoint_in_the_subnets_route_table_leads_to_s3(net: Net) -> None:
    endpoint = net.endpoint()
    way = net.way()
    assert way is not None
    assert (way.vpc, way.endpoint) == (net.vpc, endpoint)
    assert way.context["aws:sourcevpce"] == (endpoint,)
    assert '"Allow"' in way.policy


def test_one_in_another_route_table_does_not(net: Net) -> None:
    other = net.ec2.create_route_table(VpcId=net.vpc)["RouteTable"]["RouteTableId"]
    endpoint = net.endpoint(VpcEndpointType="Gateway", RouteTableIds=[other])
    assert net.way() is None
    net.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[net.table])
    assert net.way() is not None


def test_a_subnet_without_a_table_of_its_own_has_the_main_one(net: Net) -> None:
    net.endpoint()
    second = net.another("10.0.2.0/24")
    assert net.way(second) is None, "the endpoint is not in the main table"
    net.ec2.associate_route_table(RouteTableId=net.table, SubnetId=second)
    assert net.way(second) is not None


def test_an_endpoint_of_another_service_or_one_that_is_gone_does_not(net: Net) -> None:
    net.endpoint(f"com.amazonaws.{REGION}.dynamodb")
    assert net.way() is None
    endpoint = net.endpoint()
    net.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert net.way() is None


def test_an_endpoint_of_no_type_is_a_gateway_and_can_be_deleted(net: Net) -> None:
    endpoint = net.endpoint(RouteTableIds=[net.table])
    assert net.way() is not None
    (found,) = net.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    assert found["VpcEndpointType"] == "Gateway"
    net.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert net.way() is None


def test_an_interface_endpoint_leads_there_without_a_route(net: Net) -> None:
    endpoint = net.endpoint(VpcEndpointType="Interface", SubnetIds=[net.subnet])
    way = net.way()
    assert way is not None
    assert way.endpoint == endpoint


def test_an_internet_gateway_does_not_for_a_job_has_no_public_address(net: Net) -> None:
    gateway = net.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    net.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=net.vpc)
    everywhere = {"RouteTableId": net.table, "DestinationCidrBlock": "0.0.0.0/0"}
    net.ec2.create_route(**everywhere, GatewayId=gateway)
    assert net.way() is None


def test_a_nat_gateway_does_and_s3_sees_no_endpoint(net: Net) -> None:
    public = net.another("10.0.3.0/24")
    address = net.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = net.ec2.create_nat_gateway(SubnetId=public, AllocationId=address)
    net.ec2.create_route(
        RouteTableId=net.table,
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=made["NatGateway"]["NatGatewayId"],
    )
    assert net.way() == OUTSIDE
    assert "aws:sourcevpce" not in OUTSIDE.context


def test_a_security_group_that_lets_nothing_out_shuts_the_way(net: Net) -> None:
    net.endpoint()
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    net.ec2.revoke_security_group_egress(GroupId=net.group, IpPermissions=everything)
    assert net.way() is None
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    anywhere = [{**https, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    net.ec2.authorize_security_group_egress(GroupId=net.group, IpPermissions=anywhere)
    assert net.way() is not None


def test_what_has_been_deleted_since_leads_nowhere(net: Net) -> None:
    net.endpoint()
    assert net.guards.way_to_s3(["subnet-gone"], [net.group]) is None
    assert net.guards.way_to_s3([net.subnet], ["sg-gone"]) is None
    assert net.guards.way_to_s3([], [net.group]) is None
