"""Checks are run one by one; one that breaks is our mistake and says so."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

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
