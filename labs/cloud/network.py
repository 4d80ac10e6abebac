"""How a job in a VPC comes to S3: by a gateway endpoint, an interface endpoint or a NAT device, and
past its security groups. Without a way its data cannot be had.

Source: "Give SageMaker AI Training Jobs Access to Resources in Your Amazon VPC" in the developer
guide. Network ACLs are passed over. Its network interface has no public address, so an internet
gateway leads nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labs.need import Values

# As AWS words it, after "ClientError: Data download failed:".
NO_WAY = (
    "Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT "
    "device, and both the security groups and the subnet's network ACL allow outbound traffic to S3"
)
_HTTPS = 443


@dataclass(frozen=True)
class Way:
    """What S3 sees of it: the VPC and its endpoint, both empty outside a VPC or through a NAT
    device. `policy`: the endpoint's, JSON; empty if there is none."""

    vpc: str = ""
    endpoint: str = ""
    policy: str = ""

    @property
    def context(self) -> Mapping[str, Values]:
        """The condition keys of a request that comes this way; a job always comes by TLS."""
        told: dict[str, Values] = {"aws:securetransport": ("true",), "s3:tlsversion": ("1.2",)}
        if self.endpoint:
            told |= {"aws:sourcevpce": (self.endpoint,), "aws:sourcevpc": (self.vpc,)}
        return told


OUTSIDE = Way()  # SageMaker's own network


def way_to_s3(ec2: Any, region: str, subnets: Iterable[str], groups: Iterable[str]) -> Way | None:
    """The way from these subnets behind these security groups, on moto's EC2; None if there is
    none from one of them."""
    if not _lets_out(ec2, groups):
        return None
    known = {subnet.id: subnet for subnet in ec2.describe_subnets()}
    found = [_from(ec2, region, known[id]) if id in known else None for id in subnets]
    return found[0] if found and None not in found else None


def _lets_out(ec2: Any, groups: Iterable[str]) -> bool:
    """Whether one of the groups lets HTTPS out to S3's addresses."""
    found = (ec2.get_security_group_from_id(group) for group in groups)
    return any(
        _is_https(rule)
        and ((rule.ip_range or {}).get("CidrIp") == "0.0.0.0/0" or bool(rule.prefix_list_id))
        for group in found
        if group is not None  # it has been deleted since
        for rule in group.egress_rules
    )


def _is_https(rule: Any) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol in ("tcp", "6") and rule.from_port <= _HTTPS <= rule.to_port


def _from(ec2: Any, region: str, subnet: Any) -> Way | None:
    table = _table(ec2, subnet)
    for endpoint in ec2.vpc_end_points.values():
        is_here = endpoint.vpc_id == subnet.vpc_id and endpoint.state == "available"
        if not is_here or endpoint.service_name != f"com.amazonaws.{region}.s3":
            continue
        is_interface = (endpoint.vpc_endpoint_type or "").lower() == "interface"
        if is_interface or table.id in endpoint.route_table_ids:
            return Way(subnet.vpc_id, endpoint.id, _text(endpoint.policy_document))
    is_out = any(
        route.destination_cidr_block == "0.0.0.0/0"
        and (route.nat_gateway or route.instance or route.interface or route.transit_gateway)
        for route in table.routes
    )
    return OUTSIDE if is_out else None


def _table(ec2: Any, subnet: Any) -> Any:
    """The subnet's own route table, else the VPC's main one."""
    tables = [each for each in ec2.route_tables.values() if each.vpc_id == subnet.vpc_id]
    for table in tables:
        if any(each.get("SubnetId") == subnet.id for each in table.associations):
            return table
    return next(table for table in tables if table.main_association_id is not None)


def _text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)
