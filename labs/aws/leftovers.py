"""What labs have left in an account: found by the tag, by the names, by the journal, among the
deadlines; since when, and what it costs. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from labs.aws import codes
from labs.aws.account import Opened
from labs.aws.clean import plainly
from labs.aws.cleaner import Cleaner, of_all
from labs.aws.rates import hourly
from labs.aws.undoing import thing_of
from labs.cost import Prices
from labs.infra import stacks
from labs.journal import Journal
from labs.lab import Account, Lab
from labs.runner import cleaning
from labs.runner.cleaning import Thing

_NOUNS = {  # of SageMaker's ARNs, as cleaning calls them
    "endpoint": "endpoint",
    "endpoint-config": "endpoint configuration",
    "hyper-parameter-tuning-job": "tuning job",
    "model": "model",
    "training-job": "training job",
    "transform-job": "transform job",
}
NEVER = datetime.max.replace(tzinfo=UTC)  # the time since which a tag alone does not tell


@dataclass(frozen=True)
class Leftover:
    """One thing. `lab` made it, as far as its name tells; `usd_hour`: what it costs an hour, None
    where no price is known; `command` removes it; `found` says how it was found."""

    kind: str
    name: str
    since: datetime | None
    lab: str
    usd_hour: Decimal | None
    command: str
    found: tuple[str, ...]


@dataclass(frozen=True)
class Search:
    """What was found, and where nobody could look, in words."""

    things: tuple[Leftover, ...]
    blind: tuple[str, ...] = ()


def search(opened: Opened, journal: Journal, labs: Iterable[Lab], prices: Prices | None) -> Search:
    """Look for everything that labs have left. Raises LabsError where the account cannot be asked
    at all."""
    from botocore.exceptions import ClientError

    account = of_all(opened)
    names = {lab.prefix_in(opened.prefix): lab.slug for lab in labs}
    kinds = [kind for kind in cleaning.KINDS if kind != "object"]  # told in a way of their own
    sources: dict[str, Callable[[], Iterator[tuple[Thing, str]]]] = {
        **{f"names of each {kind}": _by_name(account, kind) for kind in kinds},
        "objects in the bucket": lambda: _objects(account),
        "deadlines": lambda: _deadlines(account),
        "tags": lambda: _by_tag(account),
        "journal": lambda: _by_journal(account, journal),
    }
    found: dict[tuple[str, str], Leftover] = {}
    blind = []
    with plainly():
        for source, look in sources.items():
            how = source.partition(" ")[0]
            try:
                for thing, lab in look():
                    lab = lab or _lab_of(thing.name, names)
                    key = (thing.kind, thing.name)
                    before = found.get(key) or _leftover(account, thing, lab, prices)
                    known = before.found if how in before.found else (*before.found, how)
                    found[key] = replace(before, found=known)
            except ClientError as error:
                if not codes.is_denied(error.response["Error"]["Code"]):
                    raise
                blind.append(f"{source}: {error.response['Error'].get('Message', 'denied')}")
    things = sorted(found.values(), key=lambda each: (-(each.usd_hour or 0), each.kind, each.name))
    return Search(tuple(things), tuple(blind))


def _leftover(account: Cleaner, thing: Thing, lab: str, prices: Prices | None) -> Leftover:
    opened = account.opened
    at = f" --region {account.region}"
    at += "" if opened.prefix == "quizengine" else f" --prefix {opened.prefix}"
    if lab:
        command = f"quizengine lab clean {lab} --target aws{at}"
    elif thing.where.startswith("arn:"):
        command = f"by hand: {thing.where}"
    else:
        command = f"quizengine infra destroy{at}"
    since = None if thing.since == NEVER else thing.since
    usd = hourly(account, thing, prices)
    return Leftover(thing.kind, thing.name, since, lab, usd, command, ())


def _lab_of(name: str, labs: Mapping[str, str]) -> str:
    """The lab whose prefix some part of a name has; nothing if none has."""
    for part in name.split("/"):
        for prefix, slug in labs.items():
            if part == prefix or part.startswith(f"{prefix}-"):
                return slug
    return ""


# Where to look


def _by_name(account: Account, kind: str) -> Callable[[], Iterator[tuple[Thing, str]]]:
    return lambda: ((thing, "") for thing in cleaning.KINDS[kind][0](account))


def _objects(account: Account) -> Iterator[tuple[Thing, str]]:
    """What lies in the bucket, told as one thing for each lab."""
    from botocore.exceptions import ClientError

    folders: dict[str, list[Mapping[str, Any]]] = {}
    pages = account.client("s3").get_paginator("list_objects_v2")
    try:
        for page in pages.paginate(Bucket=account.bucket):
            for each in page.get("Contents", ()):
                folders.setdefault(each["Key"].partition("/")[0], []).append(each)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
    for folder, found in sorted(folders.items()):
        size = sum(each["Size"] for each in found)
        since = min(each["LastModified"] for each in found)
        name = f"s3://{account.bucket}/{folder}/"
        yield Thing(f"{len(found)} objects, {size} bytes", name, since, str(size)), ""


def _by_journal(account: Account, journal: Journal) -> Iterator[tuple[Thing, str]]:
    """What is open; but objects of the bucket, which are told together."""
    for entry in journal.open:
        if entry.call.request.get("Bucket") != account.bucket:
            yield thing_of(entry), entry.lab


def _deadlines(account: Account) -> Iterator[tuple[Thing, str]]:
    """The schedules in the group of deadlines."""
    scheduler = account.client("scheduler")
    try:
        pages = scheduler.get_paginator("list_schedules")
        for page in pages.paginate(GroupName=f"{account.prefix}-deadlines"):
            for each in page["Schedules"]:
                yield Thing("schedule", each["Name"], each["CreationDate"]), ""
    except scheduler.exceptions.ResourceNotFoundException:  # the guardrails are gone
        return


def _by_tag(account: Account) -> Iterator[tuple[Thing, str]]:
    """What carries the tag, but for the stacks themselves and what they consist of. A tag outlives
    its resource for a while: of SageMaker's, whether it is there is asked."""
    pages = account.client("resourcegroupstaggingapi").get_paginator("get_resources")
    filters = [{"Key": "quizengine", "Values": [account.prefix]}]
    for page in pages.paginate(TagFilters=filters):
        for each in page["ResourceTagMappingList"]:
            tags = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
            arn = str(each["ResourceARN"])
            if not _is_of_a_stack(account, arn, tags) and _is_there(account, arn):
                yield _tagged(arn), ""


def _is_of_a_stack(account: Account, arn: str, tags: Mapping[str, str]) -> bool:
    ours = [f"{account.prefix}-{name}" for name in stacks.TEMPLATES]
    if tags.get("aws:cloudformation:stack-name") in ours:
        return True
    name = arn.split(":", 5)[5]
    if name.partition(":")[2] == stacks.JOB_LOGS:
        return True
    standing = [*ours, account.bucket, *(f"{account.prefix}-{each}" for each in _OF_STACKS)]
    return any(part in standing for part in name.replace(":", "/").split("/"))


_OF_STACKS = (
    "boundary", "deadline", "deadlines", "execution", "learner", "learner-data", "sweep", "sweeper",
)  # fmt: skip


def _tagged(arn: str) -> Thing:
    service, rest = arn.split(":")[2], arn.split(":", 5)[5]
    noun, _, name = rest.partition("/") if "/" in rest else ("", "", rest)
    kind = _NOUNS.get(noun) if service == "sagemaker" else None
    return Thing(kind or f"{service} {noun}".strip(), name, NEVER, arn)


def _is_there(account: Account, arn: str) -> bool:
    from botocore.exceptions import ClientError

    from labs.aws.gone import is_gone

    service, rest = arn.split(":")[2], arn.split(":", 5)[5]
    noun, _, name = rest.partition("/")
    if service != "sagemaker" or noun not in _NOUNS:
        return True
    describe = getattr(account.client("sagemaker"), f"describe_{noun.replace('-', '_')}")
    field = "".join(word.title() for word in noun.split("-")) + "Name"
    try:
        told = describe(**{field: name})
    except ClientError as error:
        if is_gone("sagemaker", error):
            return False
        raise
    is_over = told.get("TransformJobStatus") in ("Completed", "Failed", "Stopped")
    return not is_over  # SageMaker keeps every transform job in its list, for nothing
