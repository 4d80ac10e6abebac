"""Whose account it is and what it has room for, before anything is made: by what AWS may answer."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from labs.aws import account, terms, visit
from labs.aws.account import Opened, learner, session_s
from labs.aws.room import Room, demand_room, rooms
from labs.aws.terms import Keys
from labs.errors import LabsError
from labs.infra import who
from labs.infra.who import Caller
from labs.quota import Quota
from labs.runner import catalogue
from quizengine.cli.labaws import _room

CALLER = Caller("123456789012", "arn:aws:iam::123456789012:user/a", "us-east-1")
EXPIRED = "Signature expired: 20261121T100000Z is now earlier than 20261121T103500Z (- 5 min.)"


def refusal(code: str, said: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": said}}, "AssumeRole")


class Aws:
    """An account whose answers are given: values, or exceptions to raise."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = answers, []

    asked: list[tuple[str, dict[str, Any]]]

    def __call__(self, service: str) -> Any:
        return self

    def _answer(self, name: str, request: dict[str, Any]) -> Any:
        self.asked.append((name, request))
        answer = self.answers[name]
        if callable(answer):
            answer = answer(**request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def describe_stacks(self, **request: Any) -> Any:
        return self._answer("describe_stacks", request)

    def assume_role(self, **request: Any) -> Any:
        return self._answer("assume_role", request)

    def get_paginator(self, operation: str) -> Any:
        class Pages:
            @staticmethod
            def paginate(**request: Any) -> Iterator[Any]:
                return iter(self._answer(operation, request))

        return Pages()


def stack(status: str = "CREATE_COMPLETE", **parameters: str) -> dict[str, Any]:
    told = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
    return {"Stacks": [{"StackStatus": status, "Parameters": told}]}


def opened(aws: Aws | None = None, caller: Caller = CALLER, **told: str) -> Opened:
    return Opened(caller, "quizengine", told, aws or Aws())


# The stacks


def test_what_the_stacks_say_holds_for_a_lab() -> None:
    aws = Aws(
        describe_stacks=lambda StackName: (  # noqa: N803
            stack(InstanceTypes="ml.m5.large, ml.m5.xlarge", MaxRuntimeSeconds="1800")
            if StackName == "quizengine-lab-account"
            else stack("UPDATE_COMPLETE", EndpointHours="1", SweepMinutes="15")
        )
    )
    found = account.of(CALLER, "quizengine", aws)
    limits = found.limits(catalogue.load("train_xgboost"))
    assert limits.prefix == "quizengine-tx"
    assert limits.bucket == "quizengine-labs-123456789012"
    assert limits.role_arn == "arn:aws:iam::123456789012:role/quizengine-execution"
    assert limits.instance_types == ("ml.m5.large", "ml.m5.xlarge")
    assert limits.max_runtime_s == 1800
    assert found.deadline_hours == 1, "no longer than the sweeper waits"
    assert found.sweep_hours == Decimal("1.25")
    assert opened().deadline_hours == 2


def test_a_stack_that_is_not_there_is_told_with_the_command_that_makes_it() -> None:
    missing = refusal("ValidationError", "Stack with id quizengine-lab-account does not exist")
    with pytest.raises(LabsError, match="has no stack beta-lab-account in us-east-1") as told:
        account.of(CALLER, "beta", Aws(describe_stacks=missing))
    assert "quizengine infra deploy --region us-east-1 --prefix beta" in told.value.hint


@pytest.mark.parametrize(
    ("status", "way_out"),
    [
        ("UPDATE_IN_PROGRESS", "Wait"),
        ("ROLLBACK_COMPLETE", "infra deploy"),
        ("DELETE_FAILED", "infra deploy"),
    ],
)
def test_a_stack_that_does_not_stand_is_not_leant_on(status: str, way_out: str) -> None:
    with pytest.raises(LabsError, match=f"not as it must be: {status}") as told:
        account.of(CALLER, "quizengine", Aws(describe_stacks=stack(status)))
    assert way_out in told.value.hint


def test_who_may_not_look_at_the_stacks_is_told_what_it_takes() -> None:
    with pytest.raises(LabsError, match="You may not do this: no") as told:
        account.of(CALLER, "quizengine", Aws(describe_stacks=refusal("AccessDenied")))
    assert "cloudformation:DescribeStacks" in told.value.hint


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SAGEMAKER"])
def test_an_address_that_is_neither_aws_nor_this_computer_gets_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SAGEMAKER"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "https://aws.example.org")
    with pytest.raises(LabsError, match=f"{name} is set to https://aws.example.org"):
        account.opened(None, "us-east-1", "quizengine", None)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("SignatureDoesNotMatch", EXPIRED),
        ("InvalidSignatureException", EXPIRED),
        ("RequestTimeTooSkewed", "The difference is too large."),
    ],
)
def test_a_wrong_clock_is_not_taken_for_wrong_credentials(code: str, said: str) -> None:
    with pytest.raises(LabsError) as told, who.plainly():
        raise refusal(code, said)
    assert "Set the clock of this computer right" in told.value.hint


# The learner's role


def keys(request: dict[str, Any]) -> dict[str, Any]:
    until = datetime(2026, 11, 21, 13, tzinfo=UTC)
    told = {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", "Expiration": until}
    return {"Credentials": told}


@pytest.mark.parametrize(
    ("arn", "seconds", "asked"),
    [
        ("arn:aws:iam::123456789012:user/a", 60, 900),
        ("arn:aws:iam::123456789012:user/a", 1020, 1020),
        ("arn:aws:iam::123456789012:user/a", 99_999, 14_400),
        ("arn:aws:sts::123456789012:assumed-role/admin/a", 99_999, 3600),
    ],
)
def test_a_session_is_as_short_as_the_run_allows(arn: str, seconds: float, asked: int) -> None:
    aws = Aws(assume_role=lambda **request: keys(request))
    found = learner(opened(aws, replace(CALLER, arn=arn)), "train_xgboost", seconds)
    ((_, request),) = aws.asked
    assert request["DurationSeconds"] == asked
    assert request["RoleArn"] == "arn:aws:iam::123456789012:role/quizengine-learner"
    assert request["RoleSessionName"] == "quizengine-train_xgboost"
    assert (found.id, found.until) == ("A", 1_795_266_000_000)


def test_who_may_not_become_the_learner_is_told_so() -> None:
    with pytest.raises(LabsError, match=r"user/a may not assume .*quizengine-learner") as told:
        learner(opened(Aws(assume_role=refusal("AccessDenied"))), "train_xgboost", 60)
    assert "LearnerPrincipal" in told.value.hint


def test_the_root_user_is_told_that_it_can_become_nobody_before_it_is_tried() -> None:
    aws = Aws()
    root = opened(aws, replace(CALLER, arn="arn:aws:iam::123456789012:root"))
    for asks in (lambda: session_s(root, 60), lambda: learner(root, "train_xgboost", 60)):
        with pytest.raises(LabsError, match="root user assume no role") as told:
            asks()
        assert "IAM Identity Center" in told.value.hint
    assert aws.asked == []


def test_credentials_are_renewed_in_their_file_while_a_run_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit, "PAUSE_S", 0.01)
    lab = catalogue.load("train_xgboost")
    old, later = Keys("OLD", "S", "T", 1), int(time.time() * 1000) + 3_600_000
    told = visit.terms_of(
        opened(), lab, old, ceiling=Decimal(0), spot=False, journals=tmp_path / "journals"
    )
    new = Keys("NEW", "S", "T", later)
    answers: list[Keys | Exception] = [LabsError("The account does not answer", ""), new]
    renewed = threading.Event()

    def renew() -> Keys:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        renewed.set()
        return answer

    with visit.admitted(told, lab, {}, renew) as variables:
        file = Path(variables[terms.VARIABLE])
        assert renewed.wait(10)
        while terms.read(file).keys.id == "OLD":
            pass
        assert terms.read(file) == replace(told, keys=new)
        if sys.platform != "win32":
            assert file.stat().st_mode & 0o777 == 0o600
    assert not answers
    assert not file.parent.exists()


def test_credentials_that_have_expired_say_so() -> None:
    with pytest.raises(LabsError, match="Your credentials have expired"):
        learner(opened(Aws(assume_role=refusal("ExpiredToken"))), "train_xgboost", 60)


# Quotas

SPOT = Quota("sagemaker", "ml.m5.large for spot training job usage", 1)
HOSTED = Quota("sagemaker", "ml.m5.large for endpoint usage", 2)


def quotas(**named: float) -> list[Any]:
    return [
        {"Quotas": [{"QuotaName": name, "QuotaCode": "L-1", "Value": value}]}
        for name, value in named.items()
    ]


def having(applied: list[Any], default: list[Any] | None = None) -> Aws:
    return Aws(list_service_quotas=applied, list_aws_default_service_quotas=default or [])


def test_what_the_account_was_given_goes_before_aws_default() -> None:
    aws = having(quotas(**{SPOT.name: 4}), quotas(**{SPOT.name: 0, HOSTED.name: 3}))
    assert rooms(opened(aws), [SPOT, HOSTED]) == [
        Room(SPOT, Decimal("4"), "L-1"),
        Room(HOSTED, Decimal("3"), "L-1"),
    ]


@pytest.mark.parametrize(
    "error",
    [
        refusal("AccessDeniedException"),
        EndpointConnectionError(endpoint_url="https://servicequotas.us-east-1.amazonaws.com"),
    ],
)
def test_quotas_that_nobody_tells_are_unknown_and_no_hindrance(error: Exception) -> None:
    found = rooms(opened(Aws(list_aws_default_service_quotas=error)), [SPOT])
    told = getattr(error, "response", {}).get("Error", {})
    why = told.get("Code", type(error).__name__)
    assert found == [Room(SPOT, None, refused=why)]
    demand_room(opened(), found)
    assert _room(found[0]) == f"Quota: {SPOT.name}: could not be asked ({why}); 1 needed."


def test_a_quota_without_a_value_is_unknown_and_hides_no_other() -> None:
    (without,) = quotas(**{SPOT.name: 1})
    del without["Quotas"][0]["Value"]
    aws = having([without, *quotas(**{HOSTED.name: 3})])
    found = rooms(opened(aws), [SPOT, HOSTED])
    assert found == [Room(SPOT, None), Room(HOSTED, Decimal("3"), "L-1")]
    assert _room(found[0]) == f"Quota: {SPOT.name}: not known; 1 needed."
    aws = having([without], quotas(**{SPOT.name: 2}))
    assert rooms(opened(aws), [SPOT]) == [Room(SPOT, Decimal("2"), "L-1")], "AWS's default"


def test_a_cloud_on_this_computer_is_not_asked_for_quotas() -> None:
    caller = replace(CALLER, offline="http://127.0.0.1:4580")
    assert rooms(opened(caller=caller), [SPOT]) == [Room(SPOT, None)]


def test_a_quota_of_zero_is_named_with_how_to_ask_for_more() -> None:
    with pytest.raises(LabsError, match=r"'ml\.m5\.large for endpoint usage' of account") as told:
        demand_room(opened(), [Room(SPOT, Decimal(1)), Room(HOSTED, Decimal("0.0"), "L-9")])
    assert "--service-code sagemaker --quota-code L-9 --desired-value 2" in told.value.hint
    demand_room(opened(), [Room(HOSTED, Decimal(1))])  # less than all at once is told, not refused


@pytest.mark.parametrize(
    ("value", "wanted", "spot"), [(0.0, True, False), (1.0, True, True), (0.0, False, False)]
)
def test_without_room_on_spot_jobs_pay_the_full_price(
    value: float, wanted: bool, spot: bool
) -> None:
    on_demand = SPOT.name.replace("spot ", "")
    aws = having(quotas(**{SPOT.name: value, on_demand: 5}))
    lab = catalogue.load("train_xgboost")
    found = visit.foreseen(opened(aws), lab, "boto3", spot=wanted, now=1)
    assert found.spot is spot
    assert {room.quota.name for room in found.rooms} == {SPOT.name if spot else on_demand}
    assert found.usd is not None
    assert found.usd > 0


def test_a_region_without_prices_is_refused() -> None:
    far = opened(Aws(), replace(CALLER, region="ap-south-2"))
    with pytest.raises(LabsError, match="no prices of ap-south-2"):
        visit.foreseen(far, catalogue.load("train_xgboost"), "boto3", spot=True, now=1)
    with pytest.raises(LabsError, match="no prices of ap-south-2"):
        visit.terms_of(
            far,
            catalogue.load("train_xgboost"),
            Keys("A", "S", "T", 1),
            ceiling=Decimal(0),
            spot=False,
            journals=Path(),
        )


def test_a_lab_for_this_computer_alone_is_not_taken_to_an_account() -> None:
    lab = catalogue.load("train_xgboost")
    visit.demand_target(lab)
    with pytest.raises(LabsError, match="for the cloud on this computer alone"):
        visit.demand_target(lab.model_copy(update={"targets": ("offline",)}))
