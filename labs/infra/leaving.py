"""Taking everything away again: what labs have made, what lies in the bucket, the stacks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.errors import LabsError
from labs.infra import stacks
from labs.infra.stacks import JOB_LOGS, TEMPLATES, Client
from labs.infra.who import Caller, plainly
from labs.runner.cleaning import clean

_WITHOUT_OWN = ("-learner", "-execution")  # roles into which the templates write no policy
_ROLES = ("learner", "execution", "deadline", "sweeper", "sweep")
_NEVER_OURS = ("CREATE_FAILED", "DELETE_COMPLETE")  # where it failed, another one may have the name


@dataclass(frozen=True)
class Place:
    """An Account whose prefix is that of all labs: what the stacks of this prefix are about."""

    prefix: str
    caller: Caller
    make: Client = field(repr=False)
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def bucket(self) -> str:
        return f"{self.prefix}-labs-{self.caller.account}"

    @property
    def role_arn(self) -> str:
        partition = self.caller.arn.split(":")[1]
        return f"arn:{partition}:iam::{self.caller.account}:role/{self.prefix}-execution"

    @property
    def region(self) -> str:
        return self.caller.region

    @property
    def stacks(self) -> tuple[str, ...]:
        """The names of the stacks, in the order in which they go: the last one made goes first."""
        return tuple(f"{self.prefix}-{name}" for name in reversed(TEMPLATES))

    def client(self, service: str) -> Any:
        """A boto3 client, made once a service."""
        if service not in self._clients:
            self._clients[service] = self.make(service)
        return self._clients[service]


def there(place: Place) -> list[str]:
    """The stacks that are there."""
    return [each for each in place.stacks if stacks.status(place.client, each) is not None]


def scope(place: Place) -> list[str]:
    """What `destroy` would take away, in words; nothing if no stack is here."""
    found = there(place)
    with plainly():
        owned = _owned(place, found)
    told = [f"the stack {each}" for each in found]
    if place.bucket in owned:
        told.append(f"the bucket {place.bucket} with all that lies in it")
        told.append(f"every job, model and endpoint named {place.prefix}-...")
    if JOB_LOGS in owned:
        told.append(f"the log group {JOB_LOGS}, unless logs of other jobs are in it")
    return told


def destroy(place: Place) -> Iterator[str]:
    """Take all of it away, and tell each thing that is gone. Raises LabsError if something stays:
    done again, it goes on. Names alone prove nothing: what lacks our tag is somebody else's. Roles
    and buckets are seen from every region, so only what the stacks here have made is touched."""
    found = there(place)
    with plainly():
        owned = _owned(place, found)
        _nobody_else_is_bounded(place, owned)
        if place.bucket in owned and _is_our_bucket(place):
            yield from _labs(place)
            yield from _objects(place)
        yield from _attached(place, owned)
    for stack in found:
        stacks.delete(place.client, stack)
        yield f"stack {stack}"
    with plainly():
        yield from _remains(place, owned)
        left = list(_left(place))
    told = ", ".join(f"{kind} {name}" for kind, name in left)
    if any(kind == "stack" or name in owned for kind, name in left):
        raise LabsError(f"Not all is gone: {told}.", "quizengine infra destroy")
    if left:
        saw = f"No stack of {place.prefix} is in {place.region}, and yet: {told}."
        raise LabsError(saw, "Name the region in which it was made: --region.")


def _owned(place: Place, found: Iterable[str]) -> set[str]:
    """What these stacks have made, by its name or ARN. An empty stack, left by a proposal that was
    broken off, has made nothing."""
    pages = place.client("cloudformation").get_paginator("list_stack_resources")
    return {
        each["PhysicalResourceId"]
        for stack in found
        for page in pages.paginate(StackName=stack)
        for each in page["StackResourceSummaries"]
        if each.get("PhysicalResourceId") and each["ResourceStatus"] not in _NEVER_OURS
    }


def _nobody_else_is_bounded(place: Place, owned: Collection[str]) -> None:
    """Raises LabsError if the boundary holds a role or user that is not ours: IAM then keeps it."""
    for arn in _policies(place, owned):
        name = arn.rpartition("/")[2]
        if name != f"{place.prefix}-boundary":
            continue
        for kind, who in _entities(place, arn, "PermissionsBoundary"):
            if kind != "role" or who not in owned:
                saw = f"{name} is the permissions boundary of the {kind} {who}, too."
                way_out = f"aws iam delete-{kind}-permissions-boundary --{kind}-name {who}"
                raise LabsError(f"{saw} Nothing was removed.", f"{way_out}, then try again.")


def _entities(place: Place, arn: str, usage: str) -> list[tuple[str, str]]:
    """(user, group or role; its name) of all that a policy is attached to, or is boundary of."""
    pages = place.client("iam").get_paginator("list_entities_for_policy")
    return [
        (kind.lower(), each[f"{kind}Name"])
        for page in pages.paginate(PolicyArn=arn, PolicyUsageFilter=usage)
        for kind in ("User", "Group", "Role")
        for each in page[f"Policy{kind}s"]
    ]


def _labs(place: Place) -> Iterator[str]:
    """What labs have made. Once the guardrails are gone, nothing would take it down any more."""
    for fate in clean(place):
        if fate.why:
            way_out = "Delete it yourself, then try again. The stacks are still there."
            raise LabsError(f"The {fate.thing.kind} {fate.thing.name} stays: {fate.why}.", way_out)
        yield f"{fate.thing.kind} {fate.thing.name}"


def _objects(place: Place) -> Iterator[str]:
    """Everything in the bucket, with all that it ever was: versions and markers of deletion."""
    s3 = place.client("s3")
    count = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=place.bucket):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if not found:
            continue
        keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        answer = s3.delete_objects(Bucket=place.bucket, Delete={"Objects": keys, "Quiet": True})
        if errors := answer.get("Errors"):
            first = errors[0]
            saw = f"s3://{place.bucket}/{first['Key']} stays: {first.get('Message', '')}"
            raise LabsError(saw, "Delete it yourself, then try again.")
        count += len(keys)
    if count:
        yield f"{count} versions of objects in {place.bucket}"


def _attached(place: Place, owned: Collection[str]) -> Iterator[str]:
    """Our policies wherever they are attached, and what was attached to our roles by hand: either
    would keep its stack there."""
    iam = place.client("iam")
    detach = {
        "user": lambda name, arn: iam.detach_user_policy(UserName=name, PolicyArn=arn),
        "group": lambda name, arn: iam.detach_group_policy(GroupName=name, PolicyArn=arn),
        "role": lambda name, arn: iam.detach_role_policy(RoleName=name, PolicyArn=arn),
    }
    for arn in _policies(place, owned):
        for kind, name in _entities(place, arn, "PermissionsPolicy"):
            detach[kind](name, arn)
            yield f"{arn.rpartition('/')[2]}, attached to the {kind} {name}"
    for name in filter(owned.__contains__, _roles(place)):
        for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
            yield f"{each['PolicyName']}, attached to the role {name}"
        if name.endswith(_WITHOUT_OWN):
            for own in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=own)
                yield f"{own}, written into {name}"


def _remains(place: Place, owned: Collection[str]) -> Iterator[str]:
    """What the stacks here can leave: policies (moto leaves them), the log of a sweeper that ran
    while its stack went, and the log group of jobs, which the stack itself never deletes."""
    iam, logs = place.client("iam"), place.client("logs")
    for arn in _policies(place, owned):
        iam.delete_policy(PolicyArn=arn)
        yield arn
    sweepers = f"/aws/lambda/{place.prefix}-sweeper"
    gone = [sweepers] if owned and _is_there(place, sweepers) else []
    if JOB_LOGS in owned and _is_there(place, JOB_LOGS) and not _holds_others(place, JOB_LOGS):
        gone.append(JOB_LOGS)
    for group in gone:
        logs.delete_log_group(logGroupName=group)
        yield f"log group {group}"


def _left(place: Place) -> Iterator[tuple[str, str]]:
    """(kind, name) of what is ours by name and tag and should not be there any more."""
    yield from (("stack", each) for each in there(place))
    if _is_our_bucket(place):
        yield "bucket", place.bucket
    yield from (("role", name) for name in _roles(place))


def _is_our_bucket(place: Place) -> bool:
    from botocore.exceptions import ClientError

    try:
        tags = place.client("s3").get_bucket_tagging(Bucket=place.bucket)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchTagSet"):
            return False
        raise
    return _has_our_tag(place, tags)


def _has_our_tag(place: Place, tags: Iterable[Mapping[str, str]]) -> bool:
    return any((each["Key"], each["Value"]) == ("quizengine", place.prefix) for each in tags)


def _is_there(place: Place, group: str) -> bool:
    pages = place.client("logs").get_paginator("describe_log_groups")
    return any(
        each["logGroupName"] == group
        for page in pages.paginate(logGroupNamePrefix=group)
        for each in page["logGroups"]
    )


def _holds_others(place: Place, group: str) -> bool:
    """Whether a log group has a stream of a job that is not under our prefix."""
    pages = place.client("logs").get_paginator("describe_log_streams")
    return any(
        not each["logStreamName"].startswith(f"{place.prefix}-")
        for page in pages.paginate(logGroupName=group)
        for each in page["logStreams"]
    )


def _policies(place: Place, owned: Collection[str]) -> list[str]:
    """The ARNs of our policies that are there."""
    pages = place.client("iam").get_paginator("list_policies").paginate(Scope="Local")
    found = [each["Arn"] for page in pages for each in page["Policies"]]
    return [arn for arn in found if arn in owned]


def _roles(place: Place) -> Iterator[str]:
    """The names of our roles that are there."""
    iam = place.client("iam")
    for name in (f"{place.prefix}-{role}" for role in _ROLES):
        try:
            found = iam.get_role(RoleName=name)["Role"]
        except iam.exceptions.NoSuchEntityException:
            continue
        if _has_our_tag(place, found.get("Tags", ())):
            yield name
