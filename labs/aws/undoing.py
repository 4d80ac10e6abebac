"""Taking one thing back, as the journal says it is done: waiting for what takes time, and content
with what is not there (any more)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from labs import undo as undoes
from labs.aws import codes
from labs.aws.gone import is_gone
from labs.journal import Entry
from labs.lab import Account
from labs.runner import cleaning
from labs.runner.cleaning import KINDS, Thing
from labs.undo import Call

_IN_USE = (  # what it leans on is on its way out
    "ConcurrentModification", "ConcurrentUpdateException", "ConflictException", "DeleteConflict",
    "DependencyViolation", "OperationAborted", "ResourceInUse",
)  # fmt: skip
_NOBODY = ("InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException")
_JOBS_AND_ENDPOINTS = {  # which have states: the way of taking them down is cleaning's
    "DeleteEndpoint": "endpoint",
    "DeleteEndpointConfig": "endpoint configuration",
    "DeleteModel": "model",
    "StopHyperParameterTuningJob": "tuning job",
    "StopTrainingJob": "training job",
    "StopTransformJob": "transform job",
}
_NAMES = (  # of these fields of a request the first one names the thing
    "Key", "PolicyName", "ScheduledActionName", "ResourceId", "AlarmNames", "logStreamName",
    "logGroupName", "Name", "AliasName", "Bucket", "StackName", "RoleName",
)  # fmt: skip


class Kept(Exception):
    """It could not be taken back; the message says why."""


class Denied(Kept):
    """Whoever asked may not do it."""


def take_back(account: Account, entry: Entry) -> bool:
    """Do an entry's undo, and wait until the thing is gone; whether it was there at all. Raises
    Kept; what concerns the whole account (credentials, the line) goes through."""
    from botocore.exceptions import ClientError, ParamValidationError, WaiterError

    ways = [entry.undo] if entry.undo is not None else list(_found(account, entry))
    was_there = False
    for way in ways:
        if entry.undo is not None and not _is_ours(account, entry, way):
            raise Kept("its name does not begin as the lab's names do: it is left alone")
        try:
            _do(account, entry, way)
            was_there = True
        except ClientError as error:
            if is_gone(way.service, error):
                continue
            code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code in _NOBODY or codes.plainly(code, said) is not None:
                raise
            raise (Denied if codes.is_denied(code) else Kept)(str(error)) from None
        except (WaiterError, TimeoutError, ParamValidationError) as error:
            raise Kept(str(error)) from None
    return was_there


def thing_of(entry: Entry) -> Thing:
    """What an entry is about, as it is told to a learner."""
    way = entry.undo or entry.call
    kind = _JOBS_AND_ENDPOINTS.get(way.operation, "")
    if way.operation == "DeleteAlarms":  # as cleaning calls it; the call says a metric alarm
        kind = "alarm"
    if not kind:
        words = re.findall("[A-Z]+[a-z]*", re.sub("^[A-Z][a-z]+", "", entry.call.operation))
        kind = " ".join(words).lower()
    fields = [*(each for each in _NAMES if each in way.request), *way.request]
    name = way.request[fields[0]] if fields else ""
    name = name[0] if isinstance(name, list) and name else name
    return Thing(kind, str(name), datetime.fromtimestamp(entry.at / 1000, UTC))


def _do(account: Account, entry: Entry, way: Call) -> None:
    kind = _JOBS_AND_ENDPOINTS.get(way.operation) if way.service == "sagemaker" else None
    if kind is not None:
        (name,) = way.request.values()
        KINDS[kind][1](account, Thing(kind, str(name), thing_of(entry).since))
        return
    if way.operation == "DeleteBucket":
        _empty(account, str(way.request["Bucket"]))
    answer = _called(account, way)
    if failed := answer.get("Unsuccessful"):  # EC2's way of refusing one of many
        raise Kept(str(failed[0]["Error"]["Message"]))
    if way.operation == "DeleteStack":
        waiter = account.client("cloudformation").get_waiter("stack_delete_complete")
        waiter.wait(StackName=way.request["StackName"])


def _called(account: Account, way: Call) -> dict[str, Any]:
    """The call; again and again while something that is going still leans on the thing."""
    from botocore import xform_name
    from botocore.exceptions import ClientError

    call = getattr(account.client(way.service), xform_name(way.operation))
    began = time.monotonic()
    while True:
        try:
            answer: dict[str, Any] = call(**way.request)
            return answer
        except ClientError as error:
            waits = str(error.response["Error"]["Code"]).startswith(_IN_USE)
            if not waits or time.monotonic() - began > cleaning.PATIENCE:
                raise
        time.sleep(cleaning.POLL_LATER)


def _empty(account: Account, bucket: str) -> None:
    """Only an empty bucket can be deleted: its objects go, with all that they ever were."""
    s3 = account.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})


def _is_ours(account: Account, entry: Entry, way: Call) -> bool:
    """A name that was ours to choose begins as the lab's names do. One that AWS chose was told in
    the answer to our own call."""
    if undoes.undo(entry.call) is None:
        return True
    if way.service == "s3" and "Key" in way.request:
        in_bucket = way.request["Bucket"] == account.bucket or _mine(account, way.request["Bucket"])
        inside = str(way.request["Key"]).startswith((f"{account.prefix}/", f"{account.prefix}-"))
        return in_bucket and (inside or way.request["Bucket"] != account.bucket)
    return any(_mine(account, part) for value in _texts(way.request) for part in value.split("/"))


def _mine(account: Account, name: object) -> bool:
    return name == account.prefix or str(name).startswith(f"{account.prefix}-")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


# What only an answer would have named, and the answer never came


def _found(account: Account, entry: Entry) -> Iterator[Call]:
    look = _LOOKS.get((entry.call.service, entry.call.operation))
    if look is None:
        raise Kept(
            "AWS chose its name, and the answer never came: the Tag Editor, or `quizengine lab "
            "leftovers`, finds it by the tag quizengine"
        )
    for answer in look(account, entry):
        way = undoes.undo(entry.call, answer)
        assert way is not None, "that is what was looked for"
        yield way


def _uploads(account: Account, entry: Entry) -> Iterator[dict[str, Any]]:
    """Every upload of the same key that was never completed."""
    bucket, key = entry.call.request["Bucket"], entry.call.request["Key"]
    pages = account.client("s3").get_paginator("list_multipart_uploads")
    for page in pages.paginate(Bucket=bucket, Prefix=key):
        yield from (each for each in page.get("Uploads", ()) if each["Key"] == key)


def _keys(account: Account, entry: Entry) -> Iterator[dict[str, Any]]:
    """KMS keys with the same tags and description that are younger than the call."""
    kms = account.client("kms")
    wanted = {(each["TagKey"], each["TagValue"]) for each in entry.call.request.get("Tags", ())}
    for page in kms.get_paginator("list_keys").paginate():
        for each in page["Keys"]:
            told = kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]
            since = told["CreationDate"].timestamp() * 1000
            same = told.get("Description", "") == entry.call.request.get("Description", "")
            if told["KeyState"] == "PendingDeletion" or not same or since < entry.at - _SKEW_MS:
                continue
            tags = kms.list_resource_tags(KeyId=each["KeyId"])["Tags"]
            if wanted and wanted <= {(tag["TagKey"], tag["TagValue"]) for tag in tags}:
                yield {"KeyMetadata": told}


_SKEW_MS = (
    300_000  # what the clocks of AWS and of this computer may differ by, and S3 still answers
)
_LOOKS: Mapping[tuple[str, str], Callable[[Account, Entry], Iterator[dict[str, Any]]]] = {
    ("s3", "CreateMultipartUpload"): _uploads,
    ("kms", "CreateKey"): _keys,
}
