"""Taking everything away again: what labs have made, what lies in the bucket, the stacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs.errors import LabsError
from labs.infra import stacks
from labs.infra.stacks import TEMPLATES, Client
from labs.infra.who import Caller, plainly
from labs.runner.cleaning import clean

_POLICIES = ("learner", "execution", "boundary", "deadlines")
_WITHOUT_OWN = ("-learner", "-execution")  # roles into which the templates write no policy
_ROLES = ("learner", "execution", "deadline", "sweeper", "sweep")


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


def destroy(place: Place) -> Iterator[str]:
    """Take all of it away, and tell each thing that is gone. Raises LabsError if something stays:
    done again, it goes on. Names alone prove nothing: what lacks our tag is somebody else's. And
    without a stack here nothing is touched: roles and buckets are seen from every region."""
    found = there(place)
    with plainly():
        if not found:
            if left := list(_left(place)):
                saw = (
                    f"No stack of {place.prefix} is in {place.region}, and yet: {', '.join(left)}."
                )
                raise LabsError(saw, "Name the region in which it was made: --region.")
            return
        if _is_our_bucket(place):
            yield from _labs(place)
            yield from _objects(place)
        yield from _attached(place)
    for stack in found:
        stacks.delete(place.client, stack)
        yield f"stack {stack}"
    with plainly():
        yield from _remains(place)
        if left := list(_left(place)):
            raise LabsError(f"Not all is gone: {', '.join(left)}.", "quizengine infra destroy")


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


def _attached(place: Place) -> Iterator[str]:
    """Policies of our roles: one that was attached by hand would keep its role there."""
    iam = place.client("iam")
    for name in _roles(place):
        for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
            yield f"{each['PolicyName']}, attached to {name}"
        if name.endswith(_WITHOUT_OWN):
            for own in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=own)
                yield f"{own}, written into {name}"


def _remains(place: Place) -> Iterator[str]:
    """What a deleted stack can leave under names that only it can have had: policies (moto leaves
    them), and the log of a sweeper that ran while its stack went."""
    iam, logs = place.client("iam"), place.client("logs")
    for arn in _policies(place):
        iam.delete_policy(PolicyArn=arn)
        yield arn
    if _has_sweepers_log(place):
        logs.delete_log_group(logGroupName=_sweepers_log(place))
        yield f"log group {_sweepers_log(place)}"


def _left(place: Place) -> Iterator[str]:
    """What carries a name of ours and should not be there any more."""
    yield from (f"stack {each}" for each in there(place))
    if _is_our_bucket(place):
        yield f"bucket {place.bucket}"
    yield from (f"role {name}" for name in _roles(place))


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


def _sweepers_log(place: Place) -> str:
    return f"/aws/lambda/{place.prefix}-sweeper"


def _has_sweepers_log(place: Place) -> bool:
    name = _sweepers_log(place)
    groups = place.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(each["logGroupName"] == name for each in groups)


def _policies(place: Place) -> list[str]:
    ours = {f"{place.prefix}-{name}" for name in _POLICIES}
    pages = place.client("iam").get_paginator("list_policies").paginate(Scope="Local")
    found = [each for page in pages for each in page["Policies"]]
    return [each["Arn"] for each in found if each["PolicyName"] in ours]


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
