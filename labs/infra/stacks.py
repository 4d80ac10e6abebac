"""A stack: what would change in it, as CloudFormation itself says, and the change."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import labs
from labs.errors import LabsError
from labs.infra.who import plainly

_PACKED = Path(labs.__file__).with_name("_infra")  # where a wheel has them
FOLDER = _PACKED if _PACKED.is_dir() else Path(labs.__file__).parents[1] / "infra"
TEMPLATES = ("lab-account", "guardrails")  # each leans on those before it
JOB_LOGS = "/aws/sagemaker/TrainingJobs"
_WAIT = {"Delay": 5, "MaxAttempts": 240}  # 20 minutes; asked at once, then every five seconds
_NOTHING = ("didn't contain changes", "No updates are to be performed")

Client = Callable[[str], Any]
Kind = Literal["CREATE", "UPDATE"]


@dataclass(frozen=True)
class Template:
    """One of infra/'s. `parameters` are the names that it takes, `needed` those without a
    default."""

    name: str
    body: str
    parameters: tuple[str, ...]
    needed: tuple[str, ...]

    def stack(self, prefix: str) -> str:
        """The name of its stack."""
        return f"{prefix}-{self.name}"


@dataclass(frozen=True)
class Change:
    """One resource that would be made, changed or removed; `replaced` if it would be another."""

    action: str
    name: str
    kind: str
    replaced: bool = False


@dataclass(frozen=True)
class Proposal:
    """A change set that waits; without changes none does. `id` is the stack's, `change_set` its
    own."""

    stack: str
    id: str
    change_set: str
    kind: Kind
    changes: tuple[Change, ...]


def template(name: str, folder: Path = FOLDER) -> Template:
    """Read one of infra/'s templates. Raises LabsError if it is not there."""
    path = folder / f"{name}.yaml"
    try:
        body = path.read_text(encoding="utf-8")
    except OSError as error:
        way_out = "Install quizengine anew, or run it in the source tree."
        raise LabsError(f"{path} cannot be read: {error.strerror}.", way_out) from None
    section = re.search(r"^Parameters:\n(.*?)^\S", body, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^  (\w+):\n", section[1] if section else "", flags=re.MULTILINE)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    needed = (each for each, text in told.items() if "\n    Default:" not in f"\n{text}")
    return Template(name, body, tuple(told), tuple(needed))


def status(client: Client, stack: str) -> str | None:
    """A stack's status; None if there is no such stack."""
    from botocore.exceptions import ClientError

    with plainly():
        try:
            (found,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
    return str(found["StackStatus"])


def proposed(client: Client, prefix: str, given: Mapping[str, str]) -> Iterator[Proposal]:
    """What would change in each stack, in the order in which they are made. Raises LabsError."""
    templates = [template(name) for name in TEMPLATES]
    known = {name for each in templates for name in each.parameters} - {"Prefix"}
    if unknown := sorted(given.keys() - known):
        way_out = f"There are: {', '.join(sorted(known))}."
        raise LabsError(f"No template has a parameter {unknown[0]}.", way_out)
    for each in templates:
        values = {name: given[name] for name in each.parameters if name in given}
        yield propose(client, each, prefix, values)


def propose(client: Client, template: Template, prefix: str, given: Mapping[str, str]) -> Proposal:
    """Let CloudFormation say what would change. Raises LabsError.

    `given` are values of parameters; what is not given stays as it is, or is the default.
    """
    stack = template.stack(prefix)
    before = status(client, stack)
    if before == "ROLLBACK_COMPLETE":  # an attempt that failed; nothing is in it
        delete(client, stack)
        before = None
    kind: Kind = "CREATE" if before in (None, "REVIEW_IN_PROGRESS") else "UPDATE"
    if before is not None and before.endswith("_IN_PROGRESS") and kind == "UPDATE":
        way_out = "Wait until it is done, then try again."
        raise LabsError(f"The stack {stack} is being changed: {before}.", way_out)
    values = {"Prefix": prefix, **given}
    if kind == "CREATE":
        values = {**_found(client, template), **values}
        if lacking := [name for name in template.needed if name not in values]:
            way_out = f"Say it with --set {lacking[0]}=..."
            if lacking == ["Email"]:
                way_out = "Say where warnings about costs are to go: --email you@example.org"
            raise LabsError(f"{stack} needs a value for {', '.join(lacking)}.", way_out)
    return _proposal(client, template, stack, kind, values)


def _proposal(
    client: Client, template: Template, stack: str, kind: Kind, values: Mapping[str, str]
) -> Proposal:
    from botocore.exceptions import ClientError, WaiterError

    parameters: list[dict[str, Any]] = [
        {"ParameterKey": name, "ParameterValue": values[name]}
        if name in values
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in template.parameters
        if name in values or kind == "UPDATE"
    ]
    cloudformation = client("cloudformation")
    with plainly():
        try:
            made = cloudformation.create_change_set(
                StackName=stack,
                ChangeSetName=f"quizengine-{secrets.token_hex(4)}",  # one may be left by a crash
                ChangeSetType=kind,
                TemplateBody=template.body,
                Parameters=parameters,
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": "quizengine", "Value": values["Prefix"]}],
                **({"OnStackFailure": "DELETE"} if kind == "CREATE" else {}),
            )
        except ClientError as error:  # AWS says it of the change set, moto at once
            if _is_nothing(str(error)):
                return Proposal(stack, "", "", kind, ())
            raise
        named = {"StackName": stack, "ChangeSetName": made["Id"]}
        waiter = cloudformation.get_waiter("change_set_create_complete")
        refused = ""
        try:
            waiter.wait(**named, WaiterConfig=_WAIT)
        except WaiterError as error:
            refused = str(error.last_response.get("StatusReason", error))
        found = cloudformation.describe_change_set(**named)
    changes = () if refused else tuple(map(_change, found["Changes"]))
    proposal = Proposal(stack, made["StackId"], made["Id"], kind, changes)
    if not changes:
        withdraw(client, proposal)
    if refused and not _is_nothing(refused):
        raise LabsError(f"CloudFormation refuses {stack}: {refused}", "Correct what it names.")
    return proposal


def _is_nothing(said: str) -> bool:
    return any(each in said for each in _NOTHING)


def _change(told: Mapping[str, Any]) -> Change:
    one = told["ResourceChange"]
    replaced = one.get("Replacement", "False") != "False"
    return Change(one["Action"], one["LogicalResourceId"], one["ResourceType"], replaced)


def _found(client: Client, template: Template) -> dict[str, str]:
    """What only the account can say: of some things it can have one, and may have it already."""
    from botocore.exceptions import ClientError

    if "JobLogs" in template.parameters:
        with plainly():
            pages = client("logs").get_paginator("describe_log_groups")
            groups = [
                group["logGroupName"]
                for page in pages.paginate(logGroupNamePrefix=JOB_LOGS)
                for group in page["logGroups"]
            ]
        return {"JobLogs": "no" if JOB_LOGS in groups else "yes"}
    if "AnomalyMonitorArn" in template.parameters:
        try:
            monitors = client("ce").get_anomaly_monitors()["AnomalyMonitors"]
        except ClientError:  # not allowed to look: then the template's own default stands
            return {}
        by_service = (m["MonitorArn"] for m in monitors if m.get("MonitorDimension") == "SERVICE")
        return {"AnomalyMonitorArn": next(by_service, "")}
    return {}


def withdraw(client: Client, proposal: Proposal) -> None:
    """Take a proposal back, and the empty stack that one for a new stack leaves."""
    with plainly():
        cloudformation = client("cloudformation")
        cloudformation.delete_change_set(
            StackName=proposal.stack, ChangeSetName=proposal.change_set
        )
        if proposal.kind == "CREATE":
            cloudformation.delete_stack(StackName=proposal.stack)


def execute(client: Client, proposal: Proposal) -> None:
    """Make the changes, and wait for their end. Raises LabsError that says what failed first."""
    with plainly():
        client("cloudformation").execute_change_set(
            StackName=proposal.stack, ChangeSetName=proposal.change_set
        )
    verb = "create" if proposal.kind == "CREATE" else "update"
    _wait(client, f"stack_{verb}_complete", proposal.stack, proposal.id)


def delete(client: Client, stack: str) -> None:
    """Delete a stack, and wait until it is gone. Raises LabsError that says what stays."""
    with plainly():
        cloudformation = client("cloudformation")
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        cloudformation.delete_stack(StackName=stack)
    _wait(client, "stack_delete_complete", stack, found["StackId"])


def _wait(client: Client, waiter: str, stack: str, id: str) -> None:
    from botocore.exceptions import WaiterError

    cloudformation = client("cloudformation")
    with plainly():
        try:
            cloudformation.get_waiter(waiter).wait(StackName=id, WaiterConfig=_WAIT)
        except WaiterError as error:
            pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=id)
            events = [event for page in pages for event in page["StackEvents"]]
            why = _first_failure(events) or str(error)
            raise LabsError(f"{stack} failed: {why}", "Put that right, then try again.") from None


def _first_failure(events: Sequence[Mapping[str, Any]]) -> str:
    """What failed first, of events that are told newest first; what follows from it is no news."""
    failed = [each for each in events if each.get("ResourceStatus", "").endswith("_FAILED")]
    if not failed:
        return ""
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"
