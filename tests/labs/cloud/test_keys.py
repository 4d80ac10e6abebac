"""Whether a role may use a KMS key, and in which words it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.cloud.keys import VOLUME, WRITE, Key, KeyRefused, check

ROLE = "arn:aws:iam::111122223333:role/team/job"
ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
ARN = "arn:aws:kms:us-east-1:111122223333:key/1"
SERVICE = "s3.us-east-1.amazonaws.com"


def key(*statements: dict[str, Any], state: str = "Enabled") -> Key:
    whole = [{"Effect": "Allow", "Resource": "*", "Action": "kms:*"} | each for each in statements]
    return Key(ARN, state, json.dumps({"Statement": whole}))


def refused(key: Key, *held: dict[str, Any], actions: tuple[str, ...] = WRITE) -> str:
    """What the role is told; empty if it may."""
    documents = [{"Statement": [{"Effect": "Allow", "Resource": "*"} | each]} for each in held]
    try:
        check(key, ROLE, actions, documents, SERVICE)
    except KeyRefused as error:
        return str(error)
    return ""


def test_a_key_whose_policy_names_the_role_needs_nothing_of_the_roles_own() -> None:
    assert refused(key({"Principal": {"AWS": ROLE}})) == ""


def test_a_key_that_leaves_it_to_iam_takes_the_roles_own_policy() -> None:
    left = key({"Principal": ROOT})
    assert refused(left, {"Action": "kms:*"}) == ""
    assert refused(left, {"Action": "s3:*"}) == (
        "User: arn:aws:sts::111122223333:assumed-role/job/SageMaker is not authorized to perform: "
        f"kms:GenerateDataKey on resource: {ARN} because no identity-based policy allows the "
        "kms:GenerateDataKey action"
    )


def test_no_policy_of_the_role_opens_a_key_that_lets_nobody_use_it() -> None:
    administered = key({"Principal": ROOT, "Action": ["kms:Put*", "kms:Describe*"]})
    told = refused(administered, {"Action": "kms:*"})
    assert told.endswith("because no resource-based policy allows the kms:GenerateDataKey action")


def test_each_action_is_asked_for() -> None:
    writes = key({"Principal": {"AWS": ROLE}, "Action": "kms:GenerateDataKey"})
    assert "perform: kms:Decrypt on" in refused(writes)


def test_a_denial_counts_on_either_side() -> None:
    open_key = key({"Principal": {"AWS": ROLE}}, {"Principal": "*", "Effect": "Deny"})
    assert refused(open_key).endswith("with an explicit deny in a resource-based policy")
    denies = {"Effect": "Deny", "Action": "kms:*"}
    told = refused(key({"Principal": {"AWS": ROLE}}), denies)
    assert told.endswith("with an explicit deny in an identity-based policy")


def test_a_grant_for_a_volume_is_one_for_an_aws_resource() -> None:
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    volumes = key({"Principal": {"AWS": ROLE}, "Action": "kms:CreateGrant", "Condition": for_aws})
    assert refused(volumes, actions=VOLUME) == ""


def test_a_key_may_be_for_one_service_alone() -> None:
    through = {"StringEquals": {"kms:ViaService": "sqs.us-east-1.amazonaws.com"}}
    assert refused(key({"Principal": {"AWS": ROLE}, "Condition": through})) != ""
    through = {"StringEquals": {"kms:ViaService": SERVICE}}
    assert refused(key({"Principal": {"AWS": ROLE}, "Condition": through})) == ""


@pytest.mark.parametrize(
    ("state", "told"),
    [("Disabled", f"{ARN} is disabled."), ("PendingDeletion", f"{ARN} is pending deletion.")],
)
def test_a_key_that_is_not_enabled_refuses_everybody(state: str, told: str) -> None:
    assert refused(key({"Principal": {"AWS": ROLE}}, state=state)) == told


def test_a_condition_that_is_not_known_refuses() -> None:
    strange = key({"Principal": {"AWS": ROLE}, "Condition": {"Strange": {"a": "b"}}})
    assert "The condition operator Strange is not known here" in refused(strange)
