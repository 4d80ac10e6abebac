"""A stack: what would change in it, as CloudFormation itself says, and the change."""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
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
    own. `notes` are what else a person should know of it."""

    stack: str
    id: str
    change_set: str
    kind: Kind
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


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
    found = _described(client, stack)
    return None if found is None else str(found["StackStatus"])


def _described(client: Client, stack: str) -> Mapping[str, Any] | None:
    from botocore.exceptions import ClientError

    with plainly():
        try:
            (found,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
    told: Mapping[str, Any] = found
    return told


def failed(client: Client, prefix: str) -> list[str]:
    """The stacks that could not be made. Nothing is in them, and each must go before it is made."""
    stacks = [f"{prefix}-{name}" for name in TEMPLATES]
    return [each for each in stacks if status(client, each) == "ROLLBACK_COMPLETE"]


def without_budgets() -> frozenset[str]:
    """The regions in which CloudFormation knows no budget."""
    text = Path(__file__).with_name("regions.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)["without_budgets"])


def proposed(client: Client, prefix: str, given: Mapping[str, str]) -> Iterator[Proposal]:
    """What would change in each stack, in the order in which they are made. Raises LabsError."""
    templates = [template(name) for name in TEMPLATES]
    known = {name for each in templates for name in each.parameters} - {"Prefix"}
    if unknown := sorted(given.keys() - known):
        way_out = f"There are: {', '.join(sorted(known))}."
        raise LabsError(f"No template has a parameter {unknown[0]}.", way_out)
    region = client("cloudformation").meta.region_name
    if region in without_budgets():
        saw = f"CloudFormation has no AWS::Budgets::Budget in {region}, so no stack is made there."
        way_out = "Take another region: --region us-east-1, eu-west-1 or ap-southeast-1, say."
        raise LabsError(saw, way_out)
    for each in templates:
        values = {name: given[name] for name in each.parameters if name in given}
        yield propose(client, each, prefix, values)


def propose(client: Client, template: Template, prefix: str, given: Mapping[str, str]) -> Proposal:
    """Let CloudFormation say what would change. Raises LabsError.

    `given` are values of parameters; what is not given stays as it is, or is the default.
    """
    stack = template.stack(prefix)
    found = _described(client, stack) or {}
    before = found.get("StackStatus")
    if before == "ROLLBACK_COMPLETE":
        saw = f"The stack {stack} could not be made, and nothing is in it."
        raise LabsError(saw, "quizengine infra deploy asks you, deletes it and makes it anew.")
    kind: Kind = "CREATE" if before in (None, "REVIEW_IN_PROGRESS") else "UPDATE"
    if before is not None and before.endswith("_IN_PROGRESS") and kind == "UPDATE":
        way_out = "Wait until it is done, then try again."
        raise LabsError(f"The stack {stack} is being changed: {before}.", way_out)
    told = found.get("Parameters", ()) if kind == "UPDATE" else ()
    had = {each["ParameterKey"]: each["ParameterValue"] for each in told}
    looked, notes = _looked(client, template, had, given)
    values = {"Prefix": prefix, **looked, **given}
    if lacking := [name for name in template.needed if name not in {*values, *had}]:
        way_out = f"Say it with --set {lacking[0]}=..."
        if lacking == ["Email"]:
            way_out = "Say where warnings about costs are to go: --email you@example.org"
        raise LabsError(f"{stack} needs a value for {', '.join(lacking)}.", way_out)
    parameters: list[dict[str, Any]] = [
        {"ParameterKey": name, "ParameterValue": values[name]}
        if name in values
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in template.parameters
        if name in values or name in had
    ]
    return replace(_proposal(client, template, prefix, kind, parameters), notes=notes)


def _proposal(
    client: Client,
    template: Template,
    prefix: str,
    kind: Kind,
    parameters: Sequence[Mapping[str, Any]],
) -> Proposal:
    from botocore.exceptions import ClientError

    stack = template.stack(prefix)
    cloudformation = client("cloudformation")
    with plainly():
        try:
            made = cloudformation.create_change_set(
                StackName=stack,
                ChangeSetName=_token(),  # one may be left by a crash
                ChangeSetType=kind,
                TemplateBody=template.body,
                Parameters=parameters,
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": "quizengine", "Value": prefix}],
                **({"OnStackFailure": "DELETE"} if kind == "CREATE" else {}),
            )
        except ClientError as error:  # AWS says it of the change set, moto at once
            if _is_nothing(str(error)):
                return Proposal(stack, "", "", kind, ())
            raise
    proposal = Proposal(stack, made["StackId"], made["Id"], kind, ())
    try:
        with plainly():
            proposal = replace(proposal, changes=_changes(cloudformation, proposal))
    except BaseException:  # Ctrl-C, too: an empty stack would stay
        with suppress(LabsError):
            withdraw(client, proposal)
        raise
    if not proposal.changes:
        withdraw(client, proposal)
    return proposal


def _changes(cloudformation: Any, proposal: Proposal) -> tuple[Change, ...]:
    """Wait for a change set; what is in it. Raises LabsError if CloudFormation refuses it."""
    from botocore.exceptions import WaiterError

    named = {"StackName": proposal.stack, "ChangeSetName": proposal.change_set}
    waiter = cloudformation.get_waiter("change_set_create_complete")
    try:
        waiter.wait(**named, WaiterConfig=_WAIT)
    except WaiterError as error:
        refused = str(error.last_response.get("StatusReason", error))
        if _is_nothing(refused):
            return ()
        why = " ".join([refused, *_invalid(cloudformation, proposal.change_set)])
        saw = f"CloudFormation refuses {proposal.stack}: {why}"
        raise LabsError(saw, "Correct what it names.") from None
    return tuple(map(_change, cloudformation.describe_change_set(**named)["Changes"]))


def _invalid(cloudformation: Any, change_set: str) -> list[str]:
    """What was found wrong before anything is made. The refusal itself only says that something is,
    and with the change set these events go."""
    from botocore.exceptions import ClientError

    with suppress(ClientError, NotImplementedError):
        told = cloudformation.describe_events(
            ChangeSetName=change_set, Filters={"FailedEvents": True}
        )
        return [
            f"{each.get('LogicalResourceId', 'The template')}: {each['ValidationStatusReason']}"
            for each in told["OperationEvents"]
            if each.get("ValidationStatusReason")
        ]
    return []


def _token() -> str:
    return f"quizengine-{secrets.token_hex(4)}"


def _is_nothing(said: str) -> bool:
    return any(each in said for each in _NOTHING)


def _change(told: Mapping[str, Any]) -> Change:
    one = told["ResourceChange"]
    replaced = one.get("Replacement", "False") != "False"
    return Change(one["Action"], one["LogicalResourceId"], one["ResourceType"], replaced)


def _looked(
    client: Client, template: Template, had: Mapping[str, str], given: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What only the account can say: of some things it can have one, and may have it already. And
    what to tell of it. `had` are the parameters of the stack that is there."""
    if "JobLogs" in template.parameters and "JobLogs" not in {*had, *given}:
        with plainly():
            pages = client("logs").get_paginator("describe_log_groups")
            groups = [
                group["logGroupName"]
                for page in pages.paginate(logGroupNamePrefix=JOB_LOGS)
                for group in page["logGroups"]
            ]
        return {"JobLogs": "no" if JOB_LOGS in groups else "yes"}, ()
    if "AnomalyMonitorArn" in template.parameters and "AnomalyMonitorArn" not in given:
        return _monitor(client, "Anomalies" in template.parameters, had, given)
    return {}, ()


def _monitor(
    client: Client, optional: bool, had: Mapping[str, str], given: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The monitor of costs by service, if the account has one. `optional` where the template can do
    without: who has never opened Cost Explorer, or may not, gets the rest all the same."""
    from botocore.exceptions import ClientError

    is_new = not had or had.get("Anomalies") == "no"
    adopted = had.get("AnomalyMonitorArn", "")
    wanted = given.get("Anomalies", had.get("Anomalies", "yes"))
    if wanted == "no" or not (is_new or adopted):  # or it is the stack's own
        return {}, ()
    try:
        monitors = _monitors(client)
    except ClientError as error:
        if not is_new or not optional or "Anomalies" in given:
            return {}, ()
        code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        return {"Anomalies": "no"}, (
            f"Unusual costs will not be told, for Cost Explorer cannot be asked: {code}: {said}",
            "Open it once (console: Billing, Cost Explorer); a day later: "
            "quizengine infra deploy --set Anomalies=yes",
        )
    if not is_new and adopted in (each["MonitorArn"] for each in monitors):
        return {}, ()
    by_service = (m["MonitorArn"] for m in monitors if m.get("MonitorDimension") == "SERVICE")
    found = {"AnomalyMonitorArn": next(by_service, "")}
    if is_new:
        return found, ()
    instead = found["AnomalyMonitorArn"] or "a new one"
    return found, (f"The monitor of costs {adopted} is gone; {instead} takes its place.",)


def _monitors(client: Client) -> list[Mapping[str, Any]]:
    costs = client("ce")
    found: list[Mapping[str, Any]] = []
    page: dict[str, str] = {}
    while True:
        told = costs.get_anomaly_monitors(**page)
        found += told["AnomalyMonitors"]
        if not told.get("NextPageToken"):
            return found
        page = {"NextPageToken": told["NextPageToken"]}


def withdraw(client: Client, proposal: Proposal) -> None:
    """Take a proposal back, and the empty stack that one for a new stack leaves."""
    with plainly():
        client("cloudformation").delete_change_set(
            StackName=proposal.stack, ChangeSetName=proposal.change_set
        )
    if proposal.kind == "CREATE":
        _delete(client, proposal.stack, proposal.id)


def execute(client: Client, proposal: Proposal) -> None:
    """Make the changes, and wait for their end. Raises LabsError that says what failed first."""
    token = _token()
    with plainly():
        client("cloudformation").execute_change_set(
            StackName=proposal.stack, ChangeSetName=proposal.change_set, ClientRequestToken=token
        )
    verb = "create" if proposal.kind == "CREATE" else "update"
    _wait(client, f"stack_{verb}_complete", proposal.stack, proposal.id, token)


def delete(client: Client, stack: str) -> None:
    """Delete a stack, and wait until it is gone. Raises LabsError that says what stays."""
    if (found := _described(client, stack)) is not None:
        _delete(client, stack, found["StackId"])


def _delete(client: Client, stack: str, id: str) -> None:
    token = _token()
    with plainly():
        client("cloudformation").delete_stack(StackName=id, ClientRequestToken=token)
    _wait(client, "stack_delete_complete", stack, id, token)


def _wait(client: Client, waiter: str, stack: str, id: str, token: str) -> None:
    """Wait for the end of the operation that was begun with `token`. Raises LabsError."""
    from botocore.exceptions import WaiterError

    cloudformation = client("cloudformation")
    with plainly():
        try:
            cloudformation.get_waiter(waiter).wait(StackName=id, WaiterConfig=_WAIT)
        except WaiterError as error:
            pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=id)
            events = [event for page in pages for event in page["StackEvents"]]
            ours = [each for each in events if each.get("ClientRequestToken") == token]
            why = _first_failure(ours or events) or str(error)  # moto's events have no token
            raise LabsError(f"{stack} failed: {why}", "Put that right, then try again.") from None


def _first_failure(events: Sequence[Mapping[str, Any]]) -> str:
    """What failed first, of events that are told newest first; what follows from it is no news."""
    failed = [each for each in events if each.get("ResourceStatus", "").endswith("_FAILED")]
    if not failed:
        return ""
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"
