"""Whether IAM lets a principal do something, and what AWS says if not.

Source: "Policy evaluation logic" and "Troubleshoot access denied error messages" in the IAM user
guide. Of resources' own policies only what they deny counts here: within one account an identity
policy must allow what a lab does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from labs.need import Need, Values
from labs.policy import concerns, listed
from labs.resource_policy import Asked, says


@dataclass(frozen=True)
class Principal:
    """Who calls. `arn` is how AWS names the caller, `holder` the ARN of the role or user that holds
    the policies (JSON documents), as they are now; `session` is the policy that AssumeRole was
    given."""

    arn: str
    holder: str
    policies: tuple[str, ...]
    boundary: str | None = None
    session: str | None = None

    @property
    def context(self) -> dict[str, Values]:
        """The condition keys that follow from who calls."""
        told: dict[str, Values] = {
            "aws:principalarn": (self.holder,),
            "aws:principalaccount": (self.holder.split(":")[4],),
        }
        if ":user/" in self.holder:
            told["aws:username"] = (self.holder.rpartition("/")[2],)
        return told


@dataclass(frozen=True)
class Refusal:
    """What is not allowed, and AWS's sentence about it."""

    need: Need
    sentence: str


def refusal(
    who: Principal,
    needs: Iterable[Need],
    context: Mapping[str, Values] | None = None,
    resource_policies: Mapping[str, str] | None = None,
) -> Refusal | None:
    """The first need that the principal's policies do not allow; None if they allow all.

    `context` are condition keys of the request as a whole, in lower case; `resource_policies` the
    policies (JSON) of buckets, by their ARNs.
    """
    for need in needs:
        if why := _why(who, need, context or {}, resource_policies or {}):
            return Refusal(need, sentence(who, need, why))
    return None


def sentence(who: Principal, need: Need, why: str) -> str:
    """What AWS says. S3 puts a resource between quotation marks."""
    resource = f'"{need.resource}"' if need.action.startswith("s3:") else need.resource
    return (
        f"User: {who.arn} is not authorized to perform: {need.action} on resource: {resource} {why}"
    )


def _why(
    who: Principal, need: Need, context: Mapping[str, Values], of_resources: Mapping[str, str]
) -> str | None:
    seen = replace(need, context={**context, **who.context, **need.context})
    try:
        told = [(kind, _says(documents, seen)) for kind, documents in _layers(who)]
        for kind, effect in told:
            if effect == "Deny":
                return f"with an explicit deny in {kind[0]}"
        asked = Asked(need.action, need.resource, who.holder, seen.context)
        for arn, policy in of_resources.items():
            is_its = need.resource == arn or need.resource.startswith(f"{arn}/")
            if is_its and says(policy, asked) == "deny":
                return "with an explicit deny in a resource-based policy"
    except ValueError as error:
        return f"because the offline cloud cannot tell whether its policies allow it: {error}"
    for kind, effect in told:
        if effect is None:
            return f"because no {kind[1]} allows the {need.action} action"
    return None


def _layers(who: Principal) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """What has to allow it: (as AWS names it with an article, without one), documents."""
    yield ("an identity-based policy", "identity-based policy"), who.policies
    if who.boundary is not None:
        yield ("a permissions boundary", "permissions boundary"), (who.boundary,)
    if who.session is not None:
        yield ("a session policy", "session policy"), (who.session,)


def _says(documents: Iterable[str], need: Need) -> str | None:
    """Deny, Allow, or None."""
    effects = {
        each["Effect"]
        for document in documents
        for each in _statements(document)
        if concerns(each, need)
    }
    return "Deny" if "Deny" in effects else "Allow" if "Allow" in effects else None


@lru_cache(maxsize=256)
def _statements(document: str) -> tuple[Mapping[str, Any], ...]:
    """Raises ValueError for what is no policy."""
    try:
        found = listed(json.loads(document)["Statement"])
        if all(isinstance(each, Mapping) and "Effect" in each for each in found):
            return tuple(found)
    except (KeyError, TypeError):
        pass
    raise ValueError(f"This is no policy document: {document[:80]}")
