"""Taking down what a lab made in an account: what the journal says, newest first, then whatever
else carries the lab's prefix, such as the logs that services have made by themselves.

Each thing is marked in the journal as soon as it is gone, so that a clean that was cut off goes on
where it stopped. What is not there (any more) counts as taken back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from labs import journal as lines
from labs.aws import codes
from labs.aws.journalfile import JournalFile
from labs.aws.undoing import Denied, Kept, take_back, thing_of
from labs.errors import LabsError
from labs.infra import who
from labs.journal import Entry
from labs.lab import Account
from labs.runner import cleaning
from labs.runner.cleaning import KINDS, Delete, Fate, Find, Thing

Now = Callable[[], int]  # UTC milliseconds
AGAIN = (
    "Do it again: it goes on where it stopped, with new ones. If you are asked to sign in: "
    "aws sso login"
)
GUARDS = "the endpoint that it deletes is still there"


def clean(
    account: Account, journal: JournalFile, lab: str, now: Now, owner: Account | None = None
) -> Iterator[Fate]:
    """Each thing once it is gone, then whatever is left. `owner`: the same account as its owner
    sees it, for what `account` may not do (any more). Raises LabsError where the account cannot be
    asked at all; the journal then says what is still to do."""
    failed: dict[Thing, str] = {}
    blind: dict[str, str] = {}
    kinds = {
        kind: (_seeing(kind, find, owner, blind), _whoever_may(delete, owner))
        for kind, (find, delete) in {**KINDS, "schedule": (_deadlines, _lift)}.items()
    }
    first = {kind: kinds[kind] for kind in ("scalable target", "endpoint")}
    rest = {kind: each for kind, each in kinds.items() if kind not in first}
    undo = partial(_take_back, account, owner)
    with plainly(AGAIN):
        yield from cleaning.swept(account, failed, first)  # before what they lean on
        standing = {thing.name: why for thing, why in failed.items() if thing.kind == "endpoint"}
        yield from _taken_back(undo, journal, lab, now, standing)
        yield from cleaning.swept(account, failed, rest)
        yield from _taken_back(undo, journal, lab, now, standing)  # what something else leant on
        there = cleaning.left(account, failed, kinds)
        fates = [*_open(journal, lab), *there, *_unseen(blind, now)]
        left = {(fate.thing.kind, fate.thing.name): fate for fate in fates}
        if not left:
            journal.append(lines.cleaned(lab, now()))
    yield from left.values()


def _taken_back(
    undo: Callable[[Entry], bool],
    journal: JournalFile,
    lab: str,
    now: Now,
    standing: dict[str, str],
) -> Iterator[Fate]:
    """`standing`: the endpoints that could not be deleted, and why; none of them is tried, or
    waited for, again."""
    for entry in journal.read().of(lab).open:
        thing = thing_of(entry)
        try:
            if thing.kind == "endpoint" and thing.name in standing:
                raise Kept(standing[thing.name])
            if _guarded(entry) in standing:
                raise Kept(GUARDS)
            if standing and thing.kind in cleaning.LEANT_ON:
                raise Kept(cleaning.STANDS)
            was_there = undo(entry)
        except Kept as why:
            if thing.kind == "endpoint":
                standing.setdefault(thing.name, str(why))
            journal.append(lines.kept(entry.id, now(), str(why)))
        else:
            journal.append(lines.undone(entry.id, now()))
            if was_there:
                yield Fate(thing)


def _take_back(account: Account, owner: Account | None, entry: Entry) -> bool:
    """By the learner's role; what that may not do, by the owner. Raises Kept."""
    try:
        return take_back(account, entry)
    except Denied:
        if owner is None:
            raise
        return take_back(owner, entry)


def _guarded(entry: Entry) -> str:
    """The endpoint that a schedule deletes when its time has come; nothing for all else."""
    if (entry.call.service, entry.call.operation) != ("scheduler", "CreateSchedule"):
        return ""
    try:
        return str(json.loads(entry.call.request["Target"]["Input"])["EndpointName"])
    except (KeyError, TypeError, ValueError):
        return ""


def _open(journal: JournalFile, lab: str) -> Iterator[Fate]:
    """What the journal still has, once all was tried."""
    for entry in journal.read().of(lab).open:
        yield Fate(thing_of(entry), entry.kept or "it was made meanwhile")


# Looking


def _seeing(kind: str, find: Find, owner: Account | None, blind: dict[str, str]) -> Find:
    """The same, by the owner where `account` may not look; what nobody may list hides nothing
    else."""
    from botocore.exceptions import ClientError

    def found(account: Account) -> Iterator[Thing]:
        for each in (account, owner):
            if each is None:
                continue
            try:
                yield from list(find(each))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "NoSuchBucket":  # it went with the stack, and all that lay in it
                    blind.pop(kind, None)
                    return
                if not codes.is_denied(code):
                    raise
                blind[kind] = str(error)
            else:
                blind.pop(kind, None)
                return

    return found


def _whoever_may(delete: Delete, owner: Account | None) -> Delete:
    """The same, by the owner where `account` may not."""
    from botocore.exceptions import ClientError

    def deleted(account: Account, thing: Thing) -> None:
        try:
            delete(account, thing)
        except ClientError as error:
            if owner is None or not codes.is_denied(error.response["Error"]["Code"]):
                raise
            delete(owner, thing)

    return deleted


def _unseen(blind: Mapping[str, str], now: Now) -> Iterator[Fate]:
    """What nobody may list; but deadlines, which cost nothing and end by themselves."""
    for kind, why in blind.items():
        if kind == "schedule":
            continue
        at = datetime.fromtimestamp(now() / 1000, UTC)
        way_out = "`quizengine infra deploy` brings what the learner may do up to date"
        yield Fate(Thing(f"every {kind}", "unknown", at), f"nobody could look: {why}. {way_out}")


def _deadlines(account: Account) -> Iterator[Thing]:
    """Schedules that delete an endpoint."""
    pages = account.client("scheduler").get_paginator("list_schedules")
    for page in pages.paginate(NamePrefix=account.prefix):
        for each in page["Schedules"]:
            name, group = each["Name"], each["GroupName"]
            ours = name == account.prefix or name.startswith(f"{account.prefix}-")
            if ours and group.endswith("-deadlines"):
                yield Thing("schedule", name, each["CreationDate"], group)


def _lift(account: Account, thing: Thing) -> None:
    """Raises TimeoutError while its endpoint, which bears the same name, is there."""
    if thing.name in {each.name for each in KINDS["endpoint"][0](account)}:
        raise TimeoutError(GUARDS)
    scheduler = account.client("scheduler")
    scheduler.delete_schedule(Name=thing.name, GroupName=thing.where)


@contextmanager
def plainly(again: str = "") -> Iterator[None]:
    """What stands in the way of any call, as a LabsError with the way out. `again`: that, where
    credentials have expired in the midst."""
    from botocore.exceptions import ClientError

    with who.plainly():
        try:
            yield
        except ClientError as error:
            code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code in codes.EXPIRED and again:
                raise LabsError(f"The credentials have expired meanwhile: {said}", again) from None
            if code not in codes.EXPIRED and (told := codes.plainly(code, said)) is not None:
                raise LabsError(told.message, told.hint) from None
            raise
