"""What IAM policies allow: the evaluation that SimulatePrincipalPolicy and role trust need.

Source: "Policy evaluation logic" in the IAM user guide. A condition is never met here: there is
no request to take its keys from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]


@dataclass(frozen=True)
class Policy:
    """A policy document (JSON), and what it is called where it decides."""

    name: str
    document: str


@dataclass(frozen=True)
class Verdict:
    """`by` are the names of the policies that decided, `missing` the condition keys that were
    asked for."""

    decision: Decision
    by: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def evaluate(policies: Iterable[Policy], action: str, resource: str) -> Verdict:
    """Whether identity policies allow an action on a resource (an ARN, or *)."""
    allowed: list[str] = []
    denied: list[str] = []
    missing: set[str] = set()
    for policy in policies:
        for statement in _statements(policy.document):
            if _concerns(statement, action, resource):
                keys = [key for test in statement.get("Condition", {}).values() for key in test]
                missing.update(keys)
                if not keys:
                    (allowed if statement.get("Effect") == "Allow" else denied).append(policy.name)
    told = tuple(sorted(missing))
    if denied:
        return Verdict("explicitDeny", tuple(denied), told)
    if allowed:
        return Verdict("allowed", tuple(allowed), told)
    return Verdict("implicitDeny", (), told)


def simulate(
    held: Sequence[Policy], boundary: Sequence[Policy], action: str, resource: str
) -> dict[str, Any]:
    """One of SimulatePrincipalPolicy's EvaluationResults. `boundary` is the permissions boundary,
    or nothing."""
    verdict = evaluate(held, action, resource)
    told: dict[str, Any] = {"EvalActionName": action, "EvalResourceName": resource}
    if boundary:
        within = evaluate(boundary, action, resource)
        allows = within.decision == "allowed"
        told["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allows}
        if verdict.decision == "allowed" and not allows:
            verdict = within
    return told | {
        "EvalDecision": verdict.decision,
        "MatchedStatements": [{"SourcePolicyId": name} for name in verdict.by],
        "MissingContextValues": list(verdict.missing),
    }


def trusts(document: str, service: str) -> bool:
    """Whether a role's trust policy lets a service (such as sagemaker.amazonaws.com) assume it.

    Conditions are passed over: they bind whoever asks the service, who is the learner alone.
    """
    return any(
        statement.get("Effect") == "Allow"
        and any(_matches(each, "sts:AssumeRole") for each in _listed(statement.get("Action")))
        and _names(statement.get("Principal"), service)
        for statement in _statements(document)
    )


def _names(principal: Any, service: str) -> bool:
    if isinstance(principal, Mapping):
        return service in _listed(principal.get("Service"))
    return bool(principal == "*")


def _concerns(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    return _chosen(statement, "Action", action.lower(), lower=True) and _chosen(
        statement, "Resource", resource, lower=False
    )


def _chosen(statement: Mapping[str, Any], element: str, value: str, *, lower: bool) -> bool:
    negated = f"Not{element}" in statement
    patterns = _listed(statement.get(f"Not{element}" if negated else element))
    found = any(_matches(each.lower() if lower else each, value) for each in patterns)
    return found != negated


def _matches(pattern: str, value: str) -> bool:
    """IAM's wildcards: * is any characters, ? is one."""
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, value, re.DOTALL) is not None


def _statements(document: str) -> Iterator[Mapping[str, Any]]:
    try:
        found = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError):
        return
    yield from (each for each in _listed(found) if isinstance(each, Mapping))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
