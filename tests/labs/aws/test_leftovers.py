"""What an hour costs of what stands there, and what is nobody's leftover."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from labs.aws import pricelist
from labs.aws.leftovers import _is_of_a_stack, _lab_of, _tagged
from labs.aws.rates import hourly
from labs.lab import Account
from labs.runner.cleaning import Thing
from tests.labs.aws.fakes import WHEN, FakeAccount, refusal

PRICES = pricelist.prices("us-east-1")
ARN = "arn:aws:sagemaker:us-east-1:123456789012:"


class Told(FakeAccount):
    """An account that describes what it is told to."""

    def __init__(self, **answers: Any) -> None:
        super().__init__()
        self.answers = answers

    def called(self, service: str, method: str, request: Any) -> dict[str, Any]:
        answer = self.answers[method]
        if isinstance(answer, Exception):
            raise answer
        found: dict[str, Any] = answer
        return found


def variant(name: str, count: int, instance: str = "ml.m5.large") -> dict[str, Any]:
    return {"VariantName": name, "InstanceType": instance, "InitialInstanceCount": count}


def endpoint(*variants: dict[str, Any], now: dict[str, int] | None = None) -> Account:
    counts = [{"VariantName": n, "CurrentInstanceCount": c} for n, c in (now or {}).items()]
    return Told(
        describe_endpoint={"EndpointConfigName": "c", "ProductionVariants": counts},
        describe_endpoint_config={"ProductionVariants": [*variants]},
    )


SERVERLESS = {"VariantName": "A", "ServerlessConfig": {"MemorySizeInMB": 2048}}


@pytest.mark.parametrize(
    ("account", "usd"),
    [
        (lambda: endpoint(variant("A", 1)), Decimal("0.115")),
        (lambda: endpoint(variant("A", 1), variant("B", 2)), Decimal("0.345")),
        (lambda: endpoint(variant("A", 1), now={"A": 3}), Decimal("0.345")),
        (lambda: endpoint(SERVERLESS), Decimal(0)),
        (lambda: endpoint(variant("A", 1, "ml.p5.48xlarge")), None),
        (lambda: Told(describe_endpoint=refusal("AccessDeniedException", "no")), None),
    ],
    ids=["one", "two variants", "scaled out", "serverless", "no price", "not told"],
)
def test_an_endpoint_costs_its_instances_as_they_are_now(
    account: Callable[[], Account], usd: Decimal | None
) -> None:
    assert hourly(account(), Thing("endpoint", "e", WHEN), PRICES) == usd


@pytest.mark.parametrize(("status", "usd"), [("InProgress", "0.23"), ("Completed", "0")])
def test_a_training_job_costs_while_it_runs(status: str, usd: str) -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    job = {"TrainingJobStatus": status, "ResourceConfig": resources}
    account = Told(describe_training_job=job)
    assert hourly(account, Thing("training job", "j", WHEN), PRICES) == Decimal(usd)


def test_of_what_nobody_knows_no_price_is_made_up() -> None:
    assert hourly(FakeAccount(), Thing("ec2 vpc", "vpc-1", WHEN), PRICES) is None
    assert hourly(FakeAccount(), Thing("endpoint", "e", WHEN), None) is None
    assert hourly(FakeAccount(), Thing("model", "m", WHEN), None) == 0


def test_objects_cost_by_their_size() -> None:
    thing = Thing("3 objects", "s3://b/quizengine-de/", WHEN, str(1024**3))
    assert hourly(FakeAccount(), thing, PRICES) == Decimal("0.023") / 730


@pytest.mark.parametrize(
    ("name", "lab"),
    [
        ("quizengine-de", "deploy_endpoint"),
        ("quizengine-de-train-1/algo-1-17", "deploy_endpoint"),
        ("/aws/sagemaker/Endpoints/quizengine-de", "deploy_endpoint"),
        ("quizengine-dex", ""),
        ("quizengine-d", ""),
    ],
)
def test_a_name_tells_the_lab(name: str, lab: str) -> None:
    assert _lab_of(name, {"quizengine-de": "deploy_endpoint", "quizengine-e": "other"}) == lab


@pytest.mark.parametrize(
    ("arn", "is_ours"),
    [
        ("arn:aws:s3:::quizengine-labs-123456789012", True),
        ("arn:aws:iam::123456789012:role/quizengine-learner", True),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/TrainingJobs", True),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/quizengine-sweeper", True),
        ("arn:aws:scheduler:us-east-1:123456789012:schedule-group/quizengine-deadlines", True),
        ("arn:aws:cloudformation:us-east-1:1:stack/quizengine-guardrails/6a", True),
        (f"{ARN}endpoint/quizengine-de", False),
        ("arn:aws:kms:us-east-1:123456789012:key/7", False),
    ],
)
def test_what_the_stacks_consist_of_is_no_leftover(arn: str, is_ours: bool) -> None:
    account = FakeAccount(prefix="quizengine")
    assert _is_of_a_stack(account, arn, {}) is is_ours
    stack = {"aws:cloudformation:stack-name": "quizengine-guardrails"}
    assert _is_of_a_stack(account, arn, stack)


def test_a_tagged_arn_is_called_as_cleaning_calls_the_thing() -> None:
    found = _tagged(f"{ARN}hyper-parameter-tuning-job/quizengine-ht")
    assert (found.kind, found.name) == ("tuning job", "quizengine-ht")
    other = _tagged("arn:aws:kms:us-east-1:123456789012:key/7")
    assert (other.kind, other.name) == ("kms key", "7")
