"""Whether a policy allows what is needed: actions, resources and the conditions that ours use.

Source: "Policy evaluation logic" and "Condition operators" in the IAM user
guide. An operator that is not known here raises, so that no condition is ever passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.need import Need, Values

Statement = Mapping[str, Any]


def allowing(document: Mapping[str, Any], need: Need) -> Statement | None:
    """The first statement that allows it; None if none does, or one denies it."""
    concerned = [each for each in document["Statement"] if concerns(each, need)]
    if any(each["Effect"] == "Deny" for each in concerned):
        return None
    return concerned[0] if concerned else None


def concerns(statement: Statement, need: Need) -> bool:
    """Whether a statement is about this action, this resource and a request like this."""
    return (
        any(matches(each.lower(), need.action.lower()) for each in listed(statement["Action"]))
        and any(matches(each, need.resource) for each in listed(statement["Resource"]))
        and all(
            _holds(operator, need.context.get(key.lower()), tuple(listed(wanted)))
            for operator, key, wanted in _conditions(statement)
        )
    )


def matches(pattern: str, value: str) -> bool:
    """IAM's wildcards: * is any characters, ? is one."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, value, re.DOTALL) is not None


def listed(value: Any) -> list[Any]:
    """A policy may say one thing where it could say several."""
    return value if isinstance(value, list) else [value]


def _conditions(statement: Statement) -> Iterator[tuple[str, str, Any]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            yield operator, key, wanted


def _holds(operator: str, told: Values | None, wanted: Values) -> bool:
    match operator:
        case "StringEquals":
            return told is not None and any(each in wanted for each in told)
        case "ForAllValues:StringEquals":  # of no values at all it holds as well
            return all(each in wanted for each in told or ())
        case "NumericLessThanEquals":
            return told is not None and float(told[0]) <= float(wanted[0])
        case "Null":
            return (told is None) == (wanted[0] == "true")
    raise ValueError(f"The condition operator {operator} is not known here.")
