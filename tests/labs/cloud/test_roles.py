"""What SageMaker does as a role whose policies lack something."""

from __future__ import annotations

from typing import Any

import pytest

from labs.cloud import images
from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import (
    ACCOUNT,
    EVERYTHING,
    REGION,
    ROLE,
    Call,
    End,
    FakeWorld,
    config,
    job,
    model,
    until_stopped,
)

WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/sagemaker/SageMaker is not authorized to perform"
XGBOOST = f"arn:aws:ecr:{REGION}:492215442770:repository/sagemaker-xgboost"


def lacking(world: FakeWorld, *actions: str) -> None:
    """From now on no role may do these: what allows all else says nothing of them."""
    world.services.guards.may = {
        "Statement": [{"Effect": "Allow", "NotAction": [*actions], "Resource": "*"}]
    }


def implicitly(action: str, resource: str) -> str:
    return (
        f"{WHO}: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def ended(do: Do, **more: Any) -> tuple[str, str]:
    do("CreateTrainingJob", job(**more))
    told = do("DescribeTrainingJob", TrainingJobName="job")
    return told["TrainingJobStatus"], told.get("FailureReason", "")


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (
            "s3:GetObject",
            "ClientError: Data download failed:"
            + implicitly("s3:GetObject", '"arn:aws:s3:::bucket/train/a.csv"'),
        ),
        (
            "s3:PutObject",
            "ClientError: Artifact upload failed:"
            + implicitly("s3:PutObject", '"arn:aws:s3:::bucket/output/job/output/model.tar.gz"'),
        ),
        (
            "ecr:BatchGetImage",
            "ClientError: Cannot pull algorithm container. Either the image does not exist or its "
            "permissions are incorrect. " + implicitly("ecr:BatchGetImage", XGBOOST),
        ),
        (
            "ecr:GetAuthorizationToken",
            "ClientError: Cannot pull algorithm container. Either the image does not exist or its "
            "permissions are incorrect. " + implicitly("ecr:GetAuthorizationToken", "*"),
        ),
    ],
)
def test_a_job_whose_role_lacks_an_action_fails_and_names_it(
    action: str, reason: str, do: Do, world: FakeWorld
) -> None:
    lacking(world, action)
    assert ended(do) == ("Failed", reason)
    assert not [key for key in world.services.buckets["bucket"] if key.startswith("output")]


def test_a_denial_is_told_from_a_lack(do: Do, world: FakeWorld) -> None:
    deny = {"Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/train/*"}
    world.services.guards.may = {"Statement": [*EVERYTHING["Statement"], deny]}
    status, reason = ended(do)
    assert status == "Failed"
    assert reason.endswith(
        's3:GetObject on resource: "arn:aws:s3:::bucket/train/a.csv" '
        "with an explicit deny in an identity-based policy"
    )


def test_a_job_is_refused_whose_role_may_not_list_its_data(do: Do, world: FakeWorld) -> None:
    lacking(world, "s3:ListBucket")
    with pytest.raises(Refused, match='"s3:ListBucket" permissions on bucket "bucket"'):
        do("CreateTrainingJob", job())


@pytest.mark.parametrize(("prefix", "runs"), [("train", True), ("tr*", True), ("train/*", False)])
def test_a_role_may_be_let_list_what_begins_with_a_prefix(
    do: Do, world: FakeWorld, prefix: str, runs: bool
) -> None:
    lacking(world, "s3:ListBucket")
    listing = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::bucket",
        "Condition": {"StringLike": {"s3:prefix": prefix}},
    }
    world.services.guards.may["Statement"].append(listing)
    if runs:
        assert ended(do)[0] == "Completed"
    else:
        with pytest.raises(Refused, match="s3:ListBucket"):
            do("CreateTrainingJob", job())


def test_rows_that_a_pipe_may_not_bring_fail_the_job(do: Do, world: FakeWorld) -> None:
    lacking(world, "s3:GetObject")

    def reading(call: Call) -> End:
        (call.base / "input/data/train_0").open("rb").close()
        return until_stopped(call)

    world.algorithm = reading
    piped = {
        "TrainingImage": images.uri(REGION, "linear_learner"),
        "TrainingInputMode": "Pipe",
    }
    status, reason = ended(do, AlgorithmSpecification=piped)
    assert status == "Failed"
    assert reason.startswith(f"ClientError: Data download failed:{WHO}: s3:GetObject")


@pytest.mark.parametrize("action", ["logs:CreateLogGroup", "logs:PutLogEvents"])
def test_a_job_that_may_not_log_goes_on_without_lines(
    action: str, do: Do, world: FakeWorld
) -> None:
    lacking(world, action)
    assert ended(do) == ("Completed", "")
    assert world.services.logs == {}
    assert world.services.metrics


def test_a_job_that_may_not_measure_goes_on_and_still_knows_its_final_metrics(
    do: Do, world: FakeWorld
) -> None:
    lacking(world, "cloudwatch:PutMetricData")
    assert ended(do) == ("Completed", "")
    assert world.services.metrics == []
    assert do("DescribeTrainingJob", TrainingJobName="job")["FinalMetricDataList"]


def test_a_policy_that_changes_counts_for_the_next_line(do: Do, world: FakeWorld) -> None:
    def algorithm(call: Call) -> End:
        call.say("first")
        lacking(world, "logs:PutLogEvents")
        call.say("second")
        return End()

    world.algorithm = algorithm
    assert ended(do)[0] == "Completed"
    (lines,) = world.services.logs.values()
    assert [text for _, text in lines] == ["first"]


# Models and endpoints


def test_a_model_is_refused_whose_role_may_not_read_it(do: Do, world: FakeWorld) -> None:
    lacking(world, "s3:GetObject")
    with pytest.raises(Refused, match='ensure that the role has "s3:GetObject" permissions'):
        do("CreateModel", model())


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (
            "s3:GetObject",
            'Failed to download model data from URL "s3://bucket/a.tar.gz". Please ensure that '
            "there is an object located at the URL and that the role passed to CreateModel has "
            "permissions to download the model. "
            + implicitly("s3:GetObject", '"arn:aws:s3:::bucket/a.tar.gz"'),
        ),
        (
            "ecr:BatchGetImage",
            f"The role '{ROLE}' does not have BatchGetImage permission for the image: "
            f"'492215442770.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.2-0'.",
        ),
    ],
)
def test_an_endpoint_whose_role_has_lost_an_action_fails_and_names_it(
    action: str, reason: str, do: Do, world: FakeWorld
) -> None:
    do("CreateModel", model())
    do("CreateEndpointConfig", config())
    lacking(world, action)
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    told = do("DescribeEndpoint", EndpointName="endpoint")
    assert (told["EndpointStatus"], told["FailureReason"]) == ("Failed", reason)


def test_an_endpoint_that_may_not_log_is_measured_all_the_same(
    do: Do, world: FakeWorld, plane: Plane
) -> None:
    """Its metrics are SageMaker's own: no role is asked."""
    do("CreateModel", model())
    do("CreateEndpointConfig", config())
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    lacking(world, "logs:*", "cloudwatch:*")
    assert plane.invoke(ACCOUNT, REGION, "endpoint", b"1").status == 200
    plane.hand_on()
    assert world.services.logs == {}
    assert {datum.name for _, datum in world.services.metrics} >= {"Invocations"}
