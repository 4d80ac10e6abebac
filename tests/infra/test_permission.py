"""Whether a principal may do something, and the sentence if not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.need import Need
from labs.permission import Principal, refusal

ROLE = "arn:aws:iam::123456789012:role/team/mine"
ME = "arn:aws:sts::123456789012:assumed-role/mine/me"
READ = Need("s3:GetObject", "arn:aws:s3:::bucket/key")
CREATE = Need("sagemaker:CreateModel", "arn:aws:sagemaker:us-east-1:123456789012:model/m")


def policy(effect: str = "Allow", action: Any = "*", resource: Any = "*", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def mine(*policies: str, **more: Any) -> Principal:
    return Principal(ME, ROLE, policies, **more)


def said(who: Principal, need: Need, **more: Any) -> str | None:
    found = refusal(who, [need], **more)
    return None if found is None else found.sentence


# The sentences, as AWS has them


def test_what_no_policy_allows() -> None:
    assert said(mine(), CREATE) == (
        f"User: {ME} is not authorized to perform: sagemaker:CreateModel on resource: "
        f"{CREATE.resource} because no identity-based policy allows the sagemaker:CreateModel "
        "action"
    )


def test_s3_puts_the_resource_between_quotation_marks() -> None:
    assert 'on resource: "arn:aws:s3:::bucket/key" because no identity' in str(said(mine(), READ))


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (mine(policy(), policy("Deny")), "with an explicit deny in an identity-based policy"),
        (
            mine(policy(), boundary=policy(action="sagemaker:*")),
            "because no permissions boundary allows the s3:GetObject action",
        ),
        (
            mine(policy(), boundary=policy("Deny")),
            "with an explicit deny in a permissions boundary",
        ),
        (
            mine(policy(), session=policy(resource="arn:aws:s3:::other/*")),
            "because no session policy allows the s3:GetObject action",
        ),
        (mine(policy(), session=policy("Deny")), "with an explicit deny in a session policy"),
        (
            mine(policy("Deny"), boundary=policy(action="sagemaker:*")),
            "with an explicit deny in an identity-based policy",
        ),
    ],
)
def test_the_policy_that_decides_is_named_by_its_kind(who: Principal, why: str) -> None:
    assert str(said(who, READ)).endswith(why)


def test_the_first_need_that_is_not_allowed_is_the_one_that_is_told() -> None:
    found = refusal(mine(policy(action="s3:*")), [READ, CREATE])
    assert found is not None
    assert found.need == CREATE


def test_a_buckets_policy_denies_whom_it_means() -> None:
    deny = {"Sid": "x", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    document = policy("Deny", "s3:*", ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"], **deny)
    of = {"arn:aws:s3:::bucket": document}
    by_tls = {"aws:securetransport": ("true",)}
    plain = {"aws:securetransport": ("false",)}
    assert said(mine(policy()), READ, context=by_tls, resource_policies=of) is None
    assert str(said(mine(policy()), READ, context=plain, resource_policies=of)).endswith(
        "with an explicit deny in a resource-based policy"
    )
    other = Need("s3:GetObject", "arn:aws:s3:::bucket-2/key")
    assert said(mine(policy()), other, context=plain, resource_policies=of) is None


def test_a_policy_may_name_who_calls() -> None:
    own = policy(resource="arn:aws:s3:::bucket/${aws:username}/*")
    ann = Principal("arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/ann", ())
    ann = Principal(ann.arn, ann.holder, (own,))
    assert said(ann, Need("s3:GetObject", "arn:aws:s3:::bucket/ann/key")) is None
    assert said(ann, Need("s3:GetObject", "arn:aws:s3:::bucket/ben/key")) is not None
    assert said(mine(own), Need("s3:GetObject", "arn:aws:s3:::bucket/ann/key")) is not None


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[]",
        '{"Statement": ["s"]}',
        '{"Statement": [{"Action": "*"}]}',
        policy(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        policy("Deny", Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
    ],
)
def test_what_is_not_understood_lets_nothing_through(broken: str) -> None:
    told = str(said(mine(policy(), broken), READ))
    assert "the offline cloud cannot tell whether its policies allow it" in told


# The laws

ACTIONS = ("s3:GetObject", "s3:Get*", "s3:*", "sagemaker:*", "*", "S3:getobject")
RESOURCES = ("*", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/k?y", "arn:aws:s3:::other/*")
DOCUMENTS = st.builds(
    policy, st.sampled_from(["Allow", "Deny"]), st.sampled_from(ACTIONS), st.sampled_from(RESOURCES)
)


@given(st.lists(DOCUMENTS, max_size=4), DOCUMENTS)
def test_no_boundary_session_policy_or_denial_ever_adds_a_permission(
    held: list[str], more: str
) -> None:
    if said(mine(*held), READ) is not None:
        assert said(mine(*held, boundary=more), READ) is not None
        assert said(mine(*held, session=more), READ) is not None
        assert said(mine(*held, policy("Deny")), READ) is not None


@given(st.permutations([policy(), policy("Deny", "s3:*"), policy(action="sagemaker:*")]))
def test_the_order_of_policies_says_nothing(held: list[str]) -> None:
    assert said(mine(*held), READ) is not None
    assert said(mine(*held), CREATE) is None


@given(st.sampled_from(ACTIONS), st.sampled_from(RESOURCES))
def test_all_but_an_action_is_all_others(action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "NotAction": action, "NotResource": resource}
    document = json.dumps({"Statement": statement})
    other = Need("iam:GetRole", "arn:aws:iam::123456789012:role/r")
    assert (said(mine(document), other) is None) == (action != "*" and resource != "*")
