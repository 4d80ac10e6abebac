"""A plan of a lab, made of what its solutions called: see labs/plan.py for what it holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from labs.lab import Lab
from labs.runner import catalogue
from labs.runner.plans import FILE
from labs.undo import Call, kind

# What makes the name of a job new: the seconds since 1970, or the date and time of day. `stem` is
# the rest of the name before it.
_STAMP = re.compile(
    r"(?P<stem>[^/:\s\"]*-)(?P<stamp>\d{14,20}|\d{8}-?\d{6}|\d{6}-\d{4,6}|1\d{9})(?!\d)"
)


def path(slug: str) -> Path:
    return catalogue.CATALOGUE / slug / FILE


def scripts(lab: Lab) -> dict[str, str]:
    """The digest of every file that a solution consists of."""
    given = {
        name: content
        for name, content in catalogue.given(lab).items()
        if name.endswith(".py") and name != "starter.py"
    }
    solved = {
        name: (catalogue.CATALOGUE / lab.slug / name).read_bytes()
        for name in catalogue.SOLUTIONS.values()
    }
    files = sorted({**given, **solved}.items())
    return {name: hashlib.sha256(content).hexdigest()[:16] for name, content in files}


def solution(
    called: Iterable[Call],
    variables: Mapping[str, str],
    caller: Iterable[str],
    role: Iterable[str],
) -> dict[str, Any]:
    """What one solution did, with `variables` (by name) as placeholders."""
    names = Names(variables)
    calls: list[dict[str, Any]] = []
    reads: Counter[str] = Counter()
    for call in called:
        if kind(call.service, call.operation) == "reads":
            reads[f"{call.service}:{call.operation}"] += 1
            continue
        told = {
            "service": call.service,
            "operation": call.operation,
            "request": names.put_in(call.request),
        }
        if calls and {**calls[-1], "times": 1} == {**told, "times": 1}:
            calls[-1]["times"] = calls[-1].get("times", 1) + 1
        else:
            calls.append(told)
    return {
        "calls": calls,
        "reads": {name: _up(count) for name, count in sorted(reads.items())},
        "actions": {"caller": sorted(set(caller)), "role": sorted(set(role))},
    }


def write(lab: Lab, solutions: Mapping[str, Any]) -> None:
    told = {"scripts": scripts(lab), "solutions": dict(sorted(solutions.items()))}
    text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False)
    path(lab.slug).write_text(text + "\n", encoding="utf-8")


class Names:
    """Puts placeholders in the place of what differs between accounts and runs."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        longest = sorted(variables.items(), key=lambda each: -len(each[1]))
        self._values = [(value, f"${{{name}}}") for name, value in longest if value]
        self._stamps: dict[str, list[str]] = {}

    def put_in(self, value: Any) -> Any:
        match value:
            case {"bytes": int(size)} if len(value) == 1:
                return {"bytes": max(_up(size), 1024)}  # a report's numbers are not always as long
            case str():
                for known, name in self._values:
                    value = value.replace(known, name)
                return _STAMP.sub(self._renamed, value)
            case Mapping():
                return {key: self.put_in(each) for key, each in value.items()}
            case list():
                return [self.put_in(each) for each in value]
        return value

    def _renamed(self, found: re.Match[str]) -> str:
        """The first name of its kind is made now, the second a second later: whether two others
        fell into one second, is chance."""
        stem, seen = found["stem"], self._stamps.setdefault(found["stem"], [])
        if found["stamp"] not in seen:
            seen.append(found["stamp"])
        number = seen.index(found["stamp"])
        return f"{stem}${{NOW+{number}}}" if number else f"{stem}${{NOW}}"


def _up(number: int) -> int:
    """The next power of two: what varies a little is then mostly the same."""
    return 1 << (number - 1).bit_length() if number > 1 else number
