"""Whether a policy allows what is needed: actions, resources and conditions.

Source: "Policy evaluation logic" and "Condition operators" in the IAM user
guide. An operator that is not known here raises, so that no condition is ever passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from labs import condition
from labs.need import Need, Values

Statement = Mapping[str, Any]


def allowing(document: Mapping[str, Any], need: Need) -> Statement | None:
    """The first statement that allows it; None if none does, or one denies it."""
    concerned = [each for each in listed(document["Statement"]) if concerns(each, need)]
    if any(each["Effect"] == "Deny" for each in concerned):
        return None
    return concerned[0] if concerned else None


def concerns(statement: Statement, need: Need) -> bool:
    """Whether a statement is about this action, this resource and a request like this. Raises
    ValueError where a condition decides whose operator is not known."""
    return (
        _chosen(statement, "Action", need.action.lower(), str.lower)
        and _chosen(statement, "Resource", need.resource, lambda each: filled(each, need.context))
        and condition.met(statement.get("Condition") or {}, need.context)
    )


def _chosen(statement: Statement, element: str, value: str, read: Callable[[str], str]) -> bool:
    """Whether Action or Resource names it, or NotAction or NotResource does not."""
    negated = f"Not{element}" in statement
    patterns = listed(statement.get(f"Not{element}" if negated else element, []))
    return any(matches(read(each), value) for each in patterns) != negated


def filled(text: str, context: Mapping[str, Values]) -> str:
    """A pattern with its policy variables, such as ${aws:username}; one that the request does not
    tell stays as it is, and so matches nothing."""
    return _VARIABLE.sub(lambda found: (context.get(found[1].lower()) or [found[0]])[0], text)


def matches(pattern: str, value: str) -> bool:
    """IAM's wildcards: * is any characters, ? is one."""
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)


def listed(value: Any) -> list[Any]:
    """A policy may say one thing where it could say several."""
    return value if isinstance(value, list) else [value]


_VARIABLE = re.compile(r"\$\{([\w:/.-]+)\}")
