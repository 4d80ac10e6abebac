"""Whether one line of a policy's Condition holds for a request.

Source: "IAM JSON policy elements: Condition operators" in the IAM user guide. An operator that is
not known here raises, so that no condition is ever passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labs.need import Values


def met(condition: Mapping[str, Any], context: Mapping[str, Values]) -> bool:
    """Whether a whole Condition element holds; `context` has its keys in lower case. Raises
    ValueError at an operator or a shape that is not known."""
    if not isinstance(condition, Mapping):
        raise ValueError(f"This is no Condition: {condition!r}.")
    for operator, keys in condition.items():
        if not isinstance(keys, Mapping):
            raise ValueError(f"The condition operator {operator} needs keys with values.")
        for key, wanted in keys.items():
            if not holds(operator, context.get(key.lower()), _listed(wanted)):
                return False
    return True


def holds(operator: str, told: Values | None, wanted: Sequence[str]) -> bool:
    """Whether an operator holds between what the request tells under a key (None: nothing) and
    what the policy wants of it. Raises ValueError at an operator that is not known."""
    if operator == "Null":
        return (told is None) == ([*wanted] == ["true"])
    quantifier, _, name = operator.rpartition(":")
    if name.endswith("IfExists"):
        if told is None:
            return True
        name = name.removesuffix("IfExists")
    negated = _NEGATED.get(name)
    test = _TESTS.get(negated or name)
    if test is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise ValueError(f"The condition operator {operator} is not known here.")

    def one(value: str) -> bool:
        return any(test(value, each) for each in wanted) != bool(negated)

    if quantifier == "ForAllValues":  # of no values at all it holds as well
        return all(one(value) for value in told or ())
    if told is None:  # what is not there differs from everything
        return bool(negated) and not quantifier
    return any(one(value) for value in told)


def like(value: str, pattern: str) -> bool:
    """IAM's wildcards: * is any characters, ? is one."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, value, re.DOTALL) is not None


def _listed(value: Any) -> list[str]:
    """A policy may say one thing where it could say several; true is "true"."""
    found = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in found]


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda told, wanted: compare(float(told), float(wanted))


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda told, wanted: told == wanted,
    "StringEqualsIgnoreCase": lambda told, wanted: told.lower() == wanted.lower(),
    "StringLike": like,
    "ArnEquals": like,  # the two behave alike
    "ArnLike": like,
    "Bool": lambda told, wanted: told.lower() == wanted.lower(),
    "NumericEquals": _number(lambda told, wanted: told == wanted),
    "NumericLessThan": _number(lambda told, wanted: told < wanted),
    "NumericLessThanEquals": _number(lambda told, wanted: told <= wanted),
    "NumericGreaterThan": _number(lambda told, wanted: told > wanted),
    "NumericGreaterThanEquals": _number(lambda told, wanted: told >= wanted),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}
