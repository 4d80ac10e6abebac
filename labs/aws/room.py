"""What an account has room for: its quotas, as Service Quotas tells whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from labs.aws.account import Client, Opened
from labs.errors import LabsError
from labs.quota import Quota


@dataclass(frozen=True)
class Room:
    """A quota and what the account has of it; None if the account does not say. `refused`: why the
    account could not be asked."""

    quota: Quota
    has: Decimal | None
    code: str = ""
    refused: str = ""


def rooms(account: Opened, quotas: Iterable[Quota]) -> list[Room]:
    """What the account has of each, as Service Quotas tells the caller. A cloud on this computer
    has none."""
    wanted = list(quotas)
    if not wanted or account.caller.offline:
        return [Room(quota, None) for quota in wanted]
    found, refused = _values(account.client)
    rooms = []
    for quota in wanted:
        has, code = found.get(quota.name, (None, ""))
        rooms.append(Room(quota, has, code, refused))
    return rooms


def demand_room(account: Opened, rooms: Iterable[Room]) -> None:
    """Raises LabsError for the first quota that is zero, as many are in a new account."""
    for room in rooms:
        if room.has is not None and room.has <= 0 < room.quota.wanted:
            caller = account.caller
            ask = f"--quota-code {room.code} " if room.code else ""
            raise LabsError(
                f"The quota {room.quota.name!r} of account {caller.account} in {caller.region} is "
                f"{room.has.normalize():f}; this lab needs {room.quota.wanted}.",
                "Ask AWS for more, which costs nothing and may take a day: in the console under "
                "Service Quotas, Amazon SageMaker; or aws service-quotas "
                f"request-service-quota-increase --service-code sagemaker {ask}"
                f"--desired-value {room.quota.wanted} --region {caller.region}",
            )


def _values(client: Client) -> tuple[dict[str, tuple[Decimal, str]], str]:
    """Every quota of SageMaker by its name, with its code; none where nobody tells, and why."""
    from botocore.exceptions import BotoCoreError, ClientError

    found: dict[str, tuple[Decimal, str]] = {}
    quotas = client("service-quotas")
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        try:
            for page in quotas.get_paginator(operation).paginate(ServiceCode="sagemaker"):
                for each in page["Quotas"]:
                    if "Value" in each:  # else an ErrorReason stands in its place
                        found[each["QuotaName"]] = (Decimal(str(each["Value"])), each["QuotaCode"])
        except ClientError as error:
            return {}, error.response["Error"]["Code"]
        except (BotoCoreError, NotImplementedError) as error:
            return {}, type(error).__name__
    return found, ""
