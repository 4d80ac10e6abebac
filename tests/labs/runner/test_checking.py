"""Checks are run one by one; one that breaks is our mistake and says so."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from labs.errors import LabsError
from labs.lab import Account, Lab, Verdict, lab_from_toml
from labs.runner.checking import CloudGone, check

LAB = """
order = 1
title = "A lab"
summary = "What it is about."
minutes = 30
exams = { mls-c01 = ["3.3"] }
topics = ["algorithms/xgboost"]
steps = [{ id = "one", title = "The first" }]
checks = [
    { id = "it-holds", step = "one", title = "It holds", hints = ["Look."] },
    { id = "it-breaks", step = "one", title = "It breaks", hints = ["Look."] },
    { id = "not-yet", step = "one", title = "Not yet", hints = ["Look."] },
]
"""


@dataclass(frozen=True)
class Nowhere:
    """An account of which nothing is asked."""

    prefix: str = "a-lab"
    bucket: str = "a-bucket"
    role_arn: str = "arn:aws:iam::123456789012:role/a-role"
    region: str = "us-east-1"

    def client(self, service: str) -> Any:
        raise NotImplementedError


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab whose second check divides by nothing."""
    module: Any = ModuleType("labs.catalog.a_lab.checks")
    module.it_holds = lambda account: Verdict(True, f"{account.bucket} is there")
    module.it_breaks = lambda account: 1 / 0
    module.not_yet = lambda account: Verdict(False, "It is not there", "Make it.")
    monkeypatch.setitem(sys.modules, "labs.catalog.a_lab", ModuleType("labs.catalog.a_lab"))
    monkeypatch.setitem(sys.modules, "labs.catalog.a_lab.checks", module)
    return lab_from_toml(LAB, "a_lab")


def test_a_check_that_breaks_is_our_mistake_and_the_others_go_on(lab: Lab) -> None:
    account: Account = Nowhere()
    holds, breaks, not_yet = check(lab, account)
    assert holds.verdict == Verdict(True, "a-bucket is there")
    assert not breaks.verdict.passed
    assert "ZeroDivisionError" in breaks.verdict.saw
    assert "1 / 0" in breaks.broke
    assert not_yet.verdict == Verdict(False, "It is not there", "Make it.")
    assert not holds.broke
    assert not not_yet.broke


def test_a_check_that_is_missing_is_our_mistake_too(lab: Lab) -> None:
    del sys.modules["labs.catalog.a_lab.checks"].it_holds
    assert "AttributeError" in next(check(lab, Nowhere())).verdict.saw


def test_a_cloud_that_does_not_answer_is_nobodys_mistake(lab: Lab) -> None:
    def gone(account: Account) -> Verdict:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4580")

    sys.modules["labs.catalog.a_lab.checks"].not_yet = gone  # type: ignore[attr-defined]
    with pytest.raises(CloudGone, match=r"does not answer: .*http://127\.0\.0\.1:4580") as error:
        list(check(lab, Nowhere()))
    assert "quizengine cloud status" in error.value.hint


def test_a_check_that_may_not_look_says_what_is_missing_and_is_no_mistake_of_ours(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "User: me is not authorized to perform: s3:ListBucket on resource: x because ..."

    def denied(account: Account) -> Verdict:
        error: Any = {"Code": "AccessDenied", "Message": said}
        raise ClientError({"Error": error}, "ListObjectsV2")

    monkeypatch.setattr(sys.modules["labs.catalog.a_lab.checks"], "it_holds", denied)
    looked = next(iter(check(lab, Nowhere())))
    assert (looked.verdict.passed, looked.broke) == (False, "")
    assert looked.verdict.saw.startswith("You may not look at this.")
    assert said in looked.verdict.saw


def test_what_keeps_every_call_from_an_account_is_told_as_it_is(lab: Lab) -> None:
    def expired(account: Account) -> Verdict:
        raise LabsError("The credentials of this run have expired.", "Run it again.")

    sys.modules["labs.catalog.a_lab.checks"].not_yet = expired  # type: ignore[attr-defined]
    with pytest.raises(LabsError, match="have expired"):
        list(check(lab, Nowhere()))
