"""Verdicts that the checks of several labs come to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from labs.lab import Account, Verdict
from labs.runner import look


def forecast(
    account: Account,
    names: Collection[str],
    jobs: Sequence[Mapping[str, Any]],
    seen: Mapping[str, bool],
) -> Verdict:
    """Whether forecast.json was kept before the first of the jobs (descriptions, newest first),
    and which of it came otherwise. `seen`: what has come, as far as it is known."""
    key = f"{account.prefix}/forecast.json"
    told = look.read_json(account, key)
    if told is None:
        hint = "Fill in expect() in starter.py; keep() puts it there."
        return Verdict(False, f"There is no JSON object in s3://{account.bucket}/{key}", hint)
    if open_ones := [name for name in names if not isinstance(told.get(name), bool)]:
        name = open_ones[0]
        return Verdict(
            False, f"forecast.json says {told.get(name)!r} under {name}", "True or False."
        )
    kept = account.client("s3").head_object(Bucket=account.bucket, Key=key)["LastModified"]
    # S3 tells whole seconds, rounded down.
    if before := [job for job in jobs if job["CreationTime"] < kept]:
        return Verdict(
            False,
            f"forecast.json is younger than {before[-1]['TrainingJobName']}",
            "What is said afterwards is no forecast. quizengine lab clean lets you begin anew.",
        )
    if wrong := [name for name, value in seen.items() if told[name] != value]:
        return Verdict(True, f"Kept before the first job. It came otherwise: {', '.join(wrong)}")
    came = f"So far {len(seen)} came as you said" if seen else "Now see what comes"
    return Verdict(True, f"Kept before the first job. {came}")


def unrepaired(
    account: Account, faults: Sequence[object], repairs: Sequence[object], noun: str, first: str
) -> Verdict | None:
    """What is missing while the fault is not planted, or nothing that repairs it was begun; None
    when there is something to look at. `first`: where to look first."""
    if not faults:
        return Verdict(False, "The fault has not been planted yet", "quizengine lab run fault.py")
    if not repairs:
        begins = f"whose name begins with {account.prefix}-repaired yet"
        return Verdict(False, f"There is no {noun} {begins}", first)
    return None
