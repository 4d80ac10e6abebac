"""Whether a role may use a KMS key: the key's state, its policy, and what the role's own policies
add where the key's policy leaves it to IAM.

Source: "Key policies", "Key states" and "Troubleshooting key access" in the KMS developer guide;
what a training job needs: "CreateTrainingJob API: Execution Role Permissions" in SageMaker's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labs.need import Values
from labs.resource_policy import Asked, says

WRITE = ("kms:GenerateDataKey", "kms:Decrypt")  # an object, in parts if it is large
READ = ("kms:Decrypt",)
VOLUME = ("kms:CreateGrant",)  # the disk of an instance


@dataclass(frozen=True)
class Key:
    """A key as KMS holds it: `state` Enabled, Disabled, PendingDeletion ...; its policy, JSON."""

    arn: str
    state: str
    policy: str


class KeyRefused(Exception):
    """A key cannot be used; the message is AWS's."""


def check(
    key: Key, role: str, actions: Iterable[str], held: Iterable[Mapping[str, Any]], service: str
) -> None:
    """Raise KeyRefused unless the role may do all of it. `held`: the documents of its own policies;
    `service`: through which it asks, such as s3.us-east-1.amazonaws.com."""
    context: Mapping[str, Values] = {
        "kms:viaservice": (service,),
        "kms:calleraccount": (role.split(":")[4],),
        "kms:grantisforawsresource": ("true",),
    }
    own = [*held]
    for action in actions:
        asked = Asked(action, key.arn, role, context)
        try:
            told = says(key.policy, asked)
            mine = {says(document, asked) for document in own}
        except ValueError as error:
            raise KeyRefused(f"{key.arn}: {error}") from None
        if told == "deny":
            raise KeyRefused(refusal(asked, "with an explicit deny in a resource-based policy"))
        if "deny" in mine:
            raise KeyRefused(refusal(asked, "with an explicit deny in an identity-based policy"))
        if told == "nothing" or (told == "iam" and "allow" not in mine):
            kind = "resource" if told == "nothing" else "identity"
            why = f"because no {kind}-based policy allows the {action} action"
            raise KeyRefused(refusal(asked, why))
    if key.state == "Disabled":
        raise KeyRefused(f"{key.arn} is disabled.")
    if key.state != "Enabled":
        state = {"PendingDeletion": "pending deletion"}.get(key.state, key.state)
        raise KeyRefused(f"{key.arn} is {state}.")


def refusal(asked: Asked, why: str) -> str:
    """AWS's sentence to a role that a job runs as. A role's path is no part of its session."""
    name = asked.principal.rpartition("/")[2]
    return (
        f"User: arn:aws:sts::{asked.account}:assumed-role/{name}/SageMaker is not authorized to "
        f"perform: {asked.action} on resource: {asked.resource} {why}"
    )
