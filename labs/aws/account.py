"""An account that `quizengine infra deploy` has furnished: whose it is, what its stacks allow, the
learner's role, and its quotas. Nothing here changes anything."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from labs.aws.journalfile import Whose
from labs.aws.terms import Keys
from labs.cost import DEADLINE_HOURS
from labs.errors import LabsError
from labs.infra import stacks, who
from labs.infra.who import Caller
from labs.lab import Lab
from labs.limits import Limits

SHORTEST_S, LONGEST_S, CHAINED_S = 900, 14_400, 3600  # of a session; the second as the role has it
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_TYPE = re.compile(r"ml(?:\.[a-z0-9-]+)+")  # in whatever way a list of them is written
_STANDING = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Opened:
    """An account with both stacks in it. `told` is what these say: parameters and outputs;
    `client` makes clients with the caller's own credentials."""

    caller: Caller
    prefix: str
    told: Mapping[str, str]
    client: Client = field(repr=False)

    @property
    def partition(self) -> str:
        return self.caller.arn.split(":")[1]

    @property
    def whose(self) -> Whose:
        """The name of its journal."""
        here = self.caller
        return Whose(here.account, here.region, self.prefix, bool(here.offline))

    @property
    def bucket(self) -> str:
        return f"{self.prefix}-labs-{self.caller.account}"

    @property
    def role_arn(self) -> str:
        """What jobs and endpoints run as."""
        return self._role("execution")

    @property
    def learner_role_arn(self) -> str:
        return self._role("learner")

    @property
    def deadline_role_arn(self) -> str:
        return self._role("deadline")

    @property
    def deadline_group(self) -> str:
        return f"{self.prefix}-deadlines"

    @property
    def deadline_hours(self) -> Decimal:
        """Until AWS deletes an endpoint: no longer than the sweeper waits."""
        return min(DEADLINE_HOURS, self._number("EndpointHours", "4"))

    @property
    def sweep_hours(self) -> Decimal:
        """Until the sweeper has ended what has no limit of its own."""
        return self._number("EndpointHours", "4") + self._number("SweepMinutes", "30") / 60

    def limits(self, lab: Lab) -> Limits:
        return Limits(
            lab.prefix_in(self.prefix),
            self.bucket,
            self.role_arn,
            self.deadline_group,
            tuple(_TYPE.findall(self.told.get("InstanceTypes", "ml.m5.large"))),
            int(self._number("MaxRuntimeSeconds", "3600")),
            int(self._number("MaxConcurrency", "5")),
        )

    def _role(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.caller.account}:role/{self.prefix}-{name}"

    def _number(self, name: str, default: str) -> Decimal:
        return Decimal(self.told.get(name) or default)


def opened(profile: str | None, region: str | None, prefix: str, expected: str | None) -> Opened:
    """Look whose account it is and whether both stacks stand in it. Raises LabsError."""
    found = seen(profile, region, prefix, expected)
    return of(found.caller, prefix, found.client)


def seen(profile: str | None, region: str | None, prefix: str, expected: str | None) -> Opened:
    """Look whose account it is, whatever stands in it: nothing of the stacks is told. Raises
    LabsError."""
    _no_other_way(os.environ)
    with _plainly():
        session = who.session(profile, region)
        _no_stranger(session.client("sts").meta.endpoint_url)
        return Opened(who.caller(session, expected), prefix, {}, session.client)


def of(caller: Caller, prefix: str, client: Client) -> Opened:
    """The same, of a caller that is known. Raises LabsError."""
    told: dict[str, str] = {}
    with _plainly():
        for template in stacks.TEMPLATES:
            told |= _stack(caller, prefix, f"{prefix}-{template}", client)
    return Opened(caller, prefix, told, client)


def _stack(caller: Caller, prefix: str, name: str, client: Client) -> dict[str, str]:
    """What a stack was given and gives. Raises LabsError unless it stands."""
    from botocore.exceptions import ClientError

    way_out = f"quizengine infra deploy --region {caller.region}"
    way_out += "" if prefix == "quizengine" else f" --prefix {prefix}"
    try:
        (stack,) = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        saw = f"Account {caller.account} has no stack {name} in {caller.region}."
        way_out += " makes it; or name another --region or --prefix."
        raise LabsError(saw, way_out) from None
    found = stack["StackStatus"]
    if found not in _STANDING:
        wait = "Wait until that is done." if found.endswith("_IN_PROGRESS") else way_out
        raise LabsError(f"The stack {name} is not as it must be: {found}.", wait)
    return {
        **{each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", ())},
        **{each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())},
    }


def session_s(account: Opened, seconds: float) -> int:
    """How long a session of the learner's role will last, if it is to last for `seconds`.

    A session that was itself made by assuming a role gets an hour at most, and the root user none:
    so IAM has it. Raises LabsError.
    """
    if account.caller.arn.endswith(":root"):
        raise LabsError(
            f"{account.caller.arn} is the root user, and AWS lets the root user assume no role.",
            "Sign in as a user of IAM Identity Center or of IAM that administers the account.",
        )
    is_chained = ":assumed-role/" in account.caller.arn
    return int(min(max(seconds, SHORTEST_S), CHAINED_S if is_chained else LONGEST_S))


def learner(account: Opened, lab: str, seconds: float) -> Keys:
    """Credentials of the learner's role, for as long as a run may take. Raises LabsError."""
    from botocore.exceptions import ClientError

    duration = session_s(account, seconds)
    with _plainly():
        try:
            told = account.client("sts").assume_role(
                RoleArn=account.learner_role_arn,
                RoleSessionName=f"quizengine-{lab}"[:64],
                DurationSeconds=duration,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            saw = f"{account.caller.arn} may not assume {account.learner_role_arn}."
            way_out = "Let it: sts:AssumeRole in its own policies, and LearnerPrincipal of the "
            raise LabsError(saw, f"{way_out}stack, if one was named.") from None
    keys = told["Credentials"]
    until = int(keys["Expiration"].timestamp() * 1000)
    return Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], until)


# Clear errors


def _no_other_way(environ: Mapping[str, str]) -> None:
    """A replaced endpoint may only be one of this computer: another one would see every request."""
    for name, url in sorted(environ.items()):
        if name.upper().startswith("AWS_ENDPOINT_URL") and url:
            if urlsplit(url).hostname in _LOOPBACK and name.upper() == "AWS_ENDPOINT_URL":
                continue
            raise LabsError(
                f"{name} is set to {url}, which is not AWS.",
                f"Unset it: unset {name}. Only a cloud on this computer may play the account.",
            )


def _no_stranger(url: str) -> None:
    host = urlsplit(url).hostname or ""
    if host not in _LOOPBACK and not host.endswith(_AWS):
        raise LabsError(
            f"Your AWS configuration sends requests to {url}, which is not AWS.",
            "Take endpoint_url out of it, or choose another with --profile.",
        )


@contextmanager
def _plainly() -> Iterator[None]:
    """What AWS says, with a way out."""
    from botocore.exceptions import ClientError

    with who.plainly():
        try:
            yield
        except ClientError as error:
            told = error.response["Error"]
            if not told["Code"].startswith("AccessDenied"):
                raise
            raise LabsError(
                f"You may not do this: {told.get('Message', '')}",
                "A lab on AWS takes credentials that may describe the stacks "
                "(cloudformation:DescribeStacks) and assume the learner's role.",
            ) from None
