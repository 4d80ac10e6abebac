"""What a bucket's or a key's own policy says, and to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.resource_policy import Asked, says

ROLE = "arn:aws:iam::111122223333:role/job"
ROOT = "arn:aws:iam::111122223333:root"
BUCKET = "arn:aws:s3:::data"


def asked(
    action: str = "s3:GetObject", who: str = ROLE, resource: str = f"{BUCKET}/a.csv", **context: str
) -> Asked:
    keys = {f"aws:{key.lower()}": (value,) for key, value in context.items()}
    return Asked(action, resource, who, keys)


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "*"}
    return whole | more


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


@pytest.mark.parametrize(
    ("principal", "told"),
    [
        ("*", "allow"),
        ({"AWS": "*"}, "allow"),
        ({"AWS": ROLE}, "allow"),
        ({"AWS": [ROLE, ROOT]}, "allow"),
        ({"AWS": ROOT}, "iam"),
        ({"AWS": "111122223333"}, "iam"),
        ({"AWS": "arn:aws:iam::444455556666:root"}, "nothing"),
        ({"AWS": "arn:aws:iam::111122223333:role/other"}, "nothing"),
        ({"Service": "sagemaker.amazonaws.com"}, "nothing"),
    ],
)
def test_whom_a_principal_means(principal: Any, told: str) -> None:
    assert says(policy(statement(Principal=principal)), asked()) == told


def test_a_denial_beats_every_permission_wherever_it_stands() -> None:
    deny = statement("Deny", Action="s3:GetObject")
    assert says(policy(statement(), deny), asked()) == "deny"
    assert says(policy(deny, statement()), asked()) == "deny"
    assert says(policy(deny, statement()), asked("s3:PutObject")) == "allow"


def test_a_denial_to_the_account_is_one_to_each_of_its_roles() -> None:
    assert says(policy(statement("Deny", Principal={"AWS": ROOT})), asked()) == "deny"


def test_a_denial_to_all_but_one_spares_that_one() -> None:
    others = {"Effect": "Deny", "NotPrincipal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "*"}
    assert says(policy(others), asked()) == "nothing"
    assert says(policy(others), asked(who="arn:aws:iam::111122223333:role/b")) == "deny"


def test_action_and_resource_have_wildcards_and_opposites() -> None:
    one = policy(statement(Action="S3:Get*", Resource=f"{BUCKET}/*"))
    assert says(one, asked()) == "allow"
    assert says(one, asked(resource=BUCKET)) == "nothing"
    but = statement("Deny", NotResource=f"{BUCKET}/public/*")
    del but["Resource"]
    assert says(policy(but), asked()) == "deny"
    assert says(policy(but), asked(resource=f"{BUCKET}/public/a")) == "nothing"


def test_a_bucket_that_wants_tls_and_one_endpoint_lets_in_nobody_else() -> None:
    shut = policy(
        statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        statement("Deny", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
    )
    assert says(shut, asked(SecureTransport="true", SourceVpce="vpce-1")) == "nothing"
    assert says(shut, asked(SecureTransport="false", SourceVpce="vpce-1")) == "deny"
    assert says(shut, asked(SecureTransport="true", SourceVpce="vpce-2")) == "deny"
    assert says(shut, asked(SecureTransport="true")) == "deny", "from outside of every VPC"


def test_who_asks_is_a_condition_key_as_well() -> None:
    but_one = {"ArnNotEquals": {"aws:PrincipalArn": ROLE}}
    shut = policy(statement("Deny", Condition=but_one))
    assert says(shut, asked()) == "nothing"
    assert says(shut, asked(who="arn:aws:iam::111122223333:role/b")) == "deny"


def test_one_statement_may_stand_alone_and_text_is_read() -> None:
    assert says(json.dumps({"Statement": statement()}), asked()) == "allow"


@pytest.mark.parametrize(
    "document",
    ["", "[]", "{}", '"text"', '{"Statement": ["a"]}', '{"Statement": {"Principal": 5}}'],
)
def test_what_is_no_policy_is_an_error_and_no_answer(document: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        says(document, asked())
