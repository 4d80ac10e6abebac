"""The List operations of SageMaker: which of many, in which order, which page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs.cloud.refusals import invalid

PAGE = 10  # AWS's default for MaxResults where it documents one


def page(
    summaries: Iterable[Mapping[str, Any]],
    request: Mapping[str, Any],
    *,
    kind: str,
    answer: str,
    order: str,
) -> dict[str, Any]:
    """A List operation's answer. `kind` as in the keys ("TrainingJob": TrainingJobName,
    TrainingJobStatus), `answer` the list's key, `order` the default SortOrder."""
    chosen = [summary for summary in summaries if _fits(summary, request, kind)]
    by = request.get("SortBy", "CreationTime")
    key = "CreationTime" if by == "CreationTime" else f"{kind}{by}"
    backwards = request.get("SortOrder", order) == "Descending"
    chosen.sort(key=lambda summary: (summary[key], summary[f"{kind}Name"]), reverse=backwards)
    start = _start(request.get("NextToken"))
    end = start + request.get("MaxResults", PAGE)
    told: dict[str, Any] = {answer: chosen[start:end]}
    if end < len(chosen):
        told["NextToken"] = str(end)
    return told


def _fits(summary: Mapping[str, Any], request: Mapping[str, Any], kind: str) -> bool:
    created = summary["CreationTime"]
    modified = summary.get("LastModifiedTime", created)
    return (
        request.get("NameContains", "") in summary[f"{kind}Name"]
        and request.get("StatusEquals") in (None, summary.get(f"{kind}Status"))
        and ("CreationTimeAfter" not in request or created >= request["CreationTimeAfter"])
        and ("CreationTimeBefore" not in request or created < request["CreationTimeBefore"])
        and ("LastModifiedTimeAfter" not in request or modified >= request["LastModifiedTimeAfter"])
        and (
            "LastModifiedTimeBefore" not in request or modified < request["LastModifiedTimeBefore"]
        )
    )


def _start(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdecimal():
        raise invalid("The NextToken is none that this operation gave away.")
    return int(token)
