"""What must be so in the account once this lab is done.

Jobs are known by how their data come, not by their names.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from labs.lab import Account, Verdict
from labs.runner import look, verdicts

Description: TypeAlias = Mapping[str, Any]

FORECAST = (
    "file_copies_first",
    "pipe_copies_first",
    "fastfile_copies_first",
    "recordio_is_smaller",
    "pipe_needs_recordio",
)
FORMATS = {"csv": "text/csv", "recordio": "application/x-recordio-protobuf"}
UNNAMED = FORMATS["recordio"]  # what a channel without a content type holds
MODES = ("File", "FastFile", "Pipe")
SIX = {f"{mode.lower()}-{kind}": (mode, kind) for mode in MODES for kind in FORMATS}
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
FIRST = re.compile(
    r"(\d+) bytes were copied before training, the first batch was there after ([0-9.]+) seconds"
)
PASS = re.compile(r"epoch_stats=(\{.*\})")


def _jobs(account: Account) -> list[Description]:
    """The learner's own jobs, newest first: not those of the fault."""
    others = (f"{account.prefix}-fault", f"{account.prefix}-repaired")
    found = look.training_jobs(account, account.prefix)
    return [job for job in found if not job["TrainingJobName"].startswith(others)]


def _way(job: Description) -> tuple[str, str]:
    """The mode and the format in which a job's one channel comes; "" for what is none of both."""
    channels = job.get("InputDataConfig", ())
    if len(channels) != 1:
        return "", ""
    (channel,) = channels
    mode = channel.get("InputMode") or job["AlgorithmSpecification"]["TrainingInputMode"]
    named = channel.get("ContentType") or UNNAMED
    return mode, next((kind for kind, each in FORMATS.items() if named.startswith(each)), "")


def _completed(account: Account) -> dict[str, Description]:
    """The newest completed job of each of the six ways."""
    found: dict[str, Description] = {}
    for job in _jobs(account):
        for name, way in SIX.items():
            if job["TrainingJobStatus"] == "Completed" and _way(job) == way:
                found.setdefault(name, job)
    return found


def forecast(account: Account) -> Verdict:
    return verdicts.forecast(account, FORECAST, _jobs(account), _seen(account))


def _seen(account: Account) -> dict[str, bool]:
    """What has come of the things that were forecast, as far as this cloud shows it: FastFile on
    AWS is no matter of this cloud."""
    seen: dict[str, bool] = {}
    jobs = _completed(account)
    for name, id in (("file_copies_first", "file-csv"), ("pipe_copies_first", "pipe-csv")):
        if id in jobs and (data := Data.of(account, jobs[id])) is not None:
            seen[name] = bool(data.copied)
    if "pipe-csv" in jobs:
        seen["pipe_needs_recordio"] = False
    sizes = {kind: sum(map(len, _bodies(account, kind))) for kind in FORMATS}
    if all(sizes.values()):
        seen["recordio_is_smaller"] = sizes["recordio"] < sizes["csv"]
    return seen


# The two formats


def _bodies(account: Account, kind: str) -> list[bytes]:
    keys = look.objects(account, f"{account.prefix}/{kind}/")
    return [look.read(account, key) or b"" for key in keys]


def two_formats(account: Account) -> Verdict:
    bodies = {kind: _bodies(account, kind) for kind in FORMATS}
    for kind, found in bodies.items():
        if not found:
            return Verdict(
                False,
                f"There is nothing below s3://{account.bucket}/{account.prefix}/{kind}/",
                "Step 2: put() of ready.py, as_csv() and as_records().",
            )
    csv = look.rows(b"".join(_ended(body) for body in bodies["csv"]))
    if isinstance(csv, str):
        return Verdict(False, f"The csv: {csv}", "A line a row, the label first, no header.")
    records = _rows(b"".join(bodies["recordio"]))
    if isinstance(records, str):
        hint = "as_records() of records.py writes what is meant."
        return Verdict(False, f"The RecordIO-protobuf: {records}", hint)
    if len(csv) != len(records):
        saw = f"The csv has {len(csv)} rows, the RecordIO-protobuf {len(records)}"
        return Verdict(False, saw, "The same rows in both, and no others below the two prefixes.")
    if (number := _differ(csv, records)) is not None:
        saw = f"Row {number} of the csv is not row {number} of the RecordIO-protobuf"
        return Verdict(False, saw, "The same rows in the same order.")
    sizes = {kind: sum(map(len, found)) for kind, found in bodies.items()}
    told = look.read_json(account, f"{account.prefix}/sizes.json") or {}
    for kind, size in sizes.items():
        if told.get(kind) != size:
            return Verdict(
                False,
                f"sizes.json says {told.get(kind)!r} under {kind}",
                "The sum of the lengths of all objects of this format, in bytes.",
            )
    share = sizes["recordio"] / sizes["csv"]
    said = f"{len(csv)} rows: {sizes['csv']} bytes of csv, {sizes['recordio']} of RecordIO-protobuf"
    return Verdict(True, f"{said} ({share:.0%})")


def _ended(body: bytes) -> bytes:
    return body if body.endswith(b"\n") else body + b"\n"


def _rows(body: bytes) -> list[list[float]] | str:
    """RecordIO-protobuf as rows, label first; otherwise what is wrong with it."""
    from labs.cloud.algorithms import recordio  # these bring numpy
    from labs.cloud.algorithms.common.batches import dense

    try:
        found = recordio.rows(recordio.read(body))
    except recordio.BadRecord as error:
        return str(error)
    if found is None or found.labels is None:
        return "no row has a label"
    features = dense(found.features).tolist()
    return [[label, *row] for label, row in zip(found.labels.tolist(), features, strict=True)]


def _differ(csv: list[list[float]], records: list[list[float]]) -> int | None:
    """The first row in which they are not the same, but for rounding; counted from 1."""
    for number, (one, other) in enumerate(zip(csv, records, strict=True), 1):
        if len(one) != len(other):
            return number
        pairs = zip(one, other, strict=True)
        if not all(math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5) for a, b in pairs):
            return number
    return None


# The jobs


def six_jobs(account: Account) -> Verdict:
    jobs = _completed(account)
    if missing := [name for name in SIX if name not in jobs]:
        mode, kind = SIX[missing[0]]
        newest = next(iter(_jobs(account)), None)
        if newest is not None and newest["TrainingJobStatus"] != "Completed":
            name, status = newest["TrainingJobName"], newest["TrainingJobStatus"]
            reason = (newest.get("FailureReason", "").strip().splitlines() or [""])[-1][:160]
            hint = "Read its FailureReason, or wait for its end."
            return Verdict(False, f"{name} is {status}. {reason}".strip(), hint)
        return Verdict(
            False,
            f"No job in {mode} mode that reads {FORMATS[kind]} has completed",
            "Three modes, two formats: six jobs.",
        )
    images = {job["AlgorithmSpecification"]["TrainingImage"] for job in jobs.values()}
    if len(images) > 1:
        return Verdict(False, "The jobs have several images", "LAB_LINEAR_LEARNER_IMAGE for all.")
    settings = {name: job.get("HyperParameters", {}) for name, job in jobs.items()}
    first = settings["file-csv"]
    if other := [name for name, each in settings.items() if each != first]:
        saw = f"{jobs[other[0]]['TrainingJobName']} has other hyperparameters"
        return Verdict(False, saw, "Only then does the difference say what it comes from.")
    return Verdict(True, "Six jobs: File, FastFile and Pipe, each with csv and RecordIO-protobuf")


@dataclass(frozen=True)
class Data:
    """What a job's log says of how its data came: bytes and seconds."""

    copied: int
    first_batch_s: float
    read: int

    @classmethod
    def of(cls, account: Account, job: Description) -> Data | None:
        text = "\n".join(look.log_lines(account, LOG_GROUP, f"{job['TrainingJobName']}/"))
        first = FIRST.search(text)
        if first is None:
            return None
        read = sum(int(json.loads(stats)["num_bytes"]) for stats in PASS.findall(text))
        return cls(int(first[1]), float(first[2]), read)


HOW = {
    "copied": "It stands in the line that says what was copied before training.",
    "first_batch_s": "It stands at the end of the same line.",
    "read": "Add up num_bytes of all lines with epoch_stats of this job.",
}


def measured(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/modes.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/modes.json"
        hint = "Write what you read there as one JSON object: step 4 says which fields."
        return Verdict(False, f"There is no JSON object in {where}", hint)
    jobs = {job["TrainingJobName"]: job for job in _jobs(account)}
    passes = {}
    for name, way in SIX.items():
        own = told.get(name)
        own = own if isinstance(own, dict) else {}
        job = jobs.get(own.get("job", ""))
        if job is None or _way(job) != way:
            return Verdict(
                False,
                f"modes.json names the job {own.get('job')!r} under {name}, another way",
                "The name of the job in this mode and with this format.",
            )
        data = Data.of(account, job)
        if data is None:
            hint = "Wait for its end, or start another."
            return Verdict(False, f"The log of {own['job']} does not tell of its data", hint)
        for field, hint in HOW.items():
            if not _same(own.get(field), getattr(data, field)):
                saw = f"modes.json says {own.get(field)!r} under {name}, {field}"
                return Verdict(False, saw, hint)
        passes[name] = data
    file, pipe = passes["file-csv"], passes["pipe-csv"]
    return Verdict(
        True,
        f"Of csv, File copied {file.copied} bytes first and Pipe {pipe.copied}; "
        f"in all, Pipe has read {pipe.read}",
    )


def _same(told: object, true: float) -> bool:
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return is_number and math.isclose(float(told), true, rel_tol=1e-6, abs_tol=1e-6)  # type: ignore[arg-type]


# The fault, and the card


def repaired(account: Account) -> Verdict:
    prefix = account.prefix
    faults = look.training_jobs(account, f"{prefix}-fault")
    jobs = look.training_jobs(account, f"{prefix}-repaired")
    first = f"First read the FailureReason of {prefix}-fault."
    if missing := verdicts.unrepaired(account, faults, jobs, "job", first):
        return missing
    job = jobs[0]
    name = job["TrainingJobName"]
    if job["TrainingJobStatus"] != "Completed":
        hint = "Wait for its end, or read its FailureReason."
        return Verdict(False, f"{name} is {job['TrainingJobStatus']}", hint)
    mode, kind = _way(job)
    if mode != "Pipe":
        return Verdict(False, f"{name} reads in {mode or 'several'} mode", "Pipe can read csv.")
    uri = job["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
    if not uri.startswith(f"s3://{account.bucket}/{prefix}/fault") or kind != "csv":
        return Verdict(
            False,
            f"{name} reads {uri} as {FORMATS.get(kind, 'something else')}",
            "The same file as before, as it is: csv.",
        )
    return Verdict(True, f"{name} has read the same csv through a pipe")


def judged(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/card.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/card.json"
        return Verdict(False, f"There is no JSON object in {where}", "Step 6 says what is in it.")
    name = told.get("disproved_by")
    job = next((each for each in _jobs(account) if each["TrainingJobName"] == name), None)
    if job is None or job["TrainingJobStatus"] != "Completed":
        hint = "The name of one of your six jobs."
        return Verdict(False, f"card.json names {name!r}, which is no job that completed", hint)
    mode, kind = _way(job)
    data = Data.of(account, job)
    if kind != "csv":
        return Verdict(
            False,
            f"{name} has read RecordIO",
            "The card says that it needs RecordIO: what did not?",
        )
    if data is None or data.copied:
        saw = f"{name} ({mode} mode) had its data copied first"
        return Verdict(False, saw, "The card is about starting without a copy.")
    return Verdict(
        True, f"{name} has read csv, in {mode} mode, without a copy and without RecordIO"
    )
