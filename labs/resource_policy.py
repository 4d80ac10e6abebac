"""What a resource's own policy says to a request: a bucket's, a key's, a VPC endpoint's.

Source: "Policy evaluation logic" and "AWS JSON policy elements: Principal" in the IAM user guide,
"Key policies in AWS KMS" in that of KMS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from labs import condition
from labs.condition import like
from labs.need import Values

Says = Literal["deny", "allow", "iam", "nothing"]


@dataclass(frozen=True)
class Asked:
    """A request for one action on one resource. `principal`: the ARN of the role or user who asks
    (of a role's session: the role's). `context`: the condition keys, in lower case."""

    action: str
    resource: str
    principal: str
    context: Mapping[str, Values] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account of whoever asks."""
        return self.principal.split(":")[4]

    @property
    def keys(self) -> Mapping[str, Values]:
        """The context, with what follows from who asks."""
        who = {"aws:principalarn": (self.principal,), "aws:principalaccount": (self.account,)}
        return {**who, **self.context}


def says(document: str | Mapping[str, Any], asked: Asked) -> Says:
    """What the policy says: `deny`; `allow` to this principal by name, or to everybody; `iam`: to
    whom the account's own policies allow it; or `nothing`. Raises ValueError at a document, or a
    condition that counts, that is not known."""
    found: Says = "nothing"
    for statement in statements(document):
        named = names(statement, asked)
        if named == "nothing" or not concerns(statement, asked):
            continue
        if statement.get("Effect") == "Deny":
            return "deny"
        if found != "allow":
            found = named
    return found


def statements(document: str | Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Its statements. Raises ValueError if it has none."""
    whole = json.loads(document) if isinstance(document, str) else document
    if not isinstance(whole, Mapping) or "Statement" not in whole:
        raise ValueError("A policy document needs a Statement.")
    for each in _listed(whole["Statement"]):
        if not isinstance(each, Mapping):
            raise ValueError(f"This is no statement of a policy: {each!r}.")
        yield each


def names(statement: Mapping[str, Any], asked: Asked) -> Says:
    """Whether a statement is about whoever asks: by name, as one of the account, or not at all."""
    if "NotPrincipal" in statement:
        return "nothing" if _is_among(statement["NotPrincipal"], asked) != "nothing" else "allow"
    return _is_among(statement.get("Principal", "*"), asked)  # an endpoint's policy may have none


def concerns(statement: Mapping[str, Any], asked: Asked) -> bool:
    """Whether it is about this action, this resource and a request like this."""
    return (
        _chosen(statement, "Action", asked.action.lower(), lower=True)
        and _chosen(statement, "Resource", asked.resource, lower=False)
        and condition.met(statement.get("Condition") or {}, asked.keys)
    )


def _is_among(principal: Any, asked: Asked) -> Says:
    if principal == "*":
        return "allow"
    if not isinstance(principal, Mapping):
        raise ValueError(f"This is no principal: {principal!r}.")
    found: Says = "nothing"
    for each in map(str, _listed(principal.get("AWS"))):
        if each in ("*", asked.principal):
            return "allow"
        if each == asked.account or each.endswith(f"::{asked.account}:root"):
            found = "iam"
    return found


def _chosen(statement: Mapping[str, Any], element: str, value: str, *, lower: bool) -> bool:
    negated = f"Not{element}" in statement
    patterns = map(str, _listed(statement.get(f"Not{element}" if negated else element)))
    found = any(like(value, each.lower() if lower else each) for each in patterns)
    return found != negated


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
