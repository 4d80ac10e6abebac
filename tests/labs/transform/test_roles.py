"""What a transform job does as a role whose policies lack something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labs.cloud.refusals import Refused
from tests.labs.cloud.fakes import FakeWorld
from tests.labs.cloud.test_roles import lacking
from tests.labs.transform.conftest import logged, outputs

Transform = Callable[..., dict[str, Any]]


def test_rows_that_may_not_be_read_fail_the_job_and_the_log_says_why(
    transform: Transform, world: FakeWorld
) -> None:
    world.services.guards.may = {
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*/a.csv"},
        ]
    }
    told = transform()
    assert told["TransformJobStatus"] == "Failed"
    assert told["FailureReason"].startswith("ClientError")
    assert any("s3:GetObject on resource" in line for line in logged(world))


def test_answers_that_may_not_be_written_fail_the_job(
    transform: Transform, world: FakeWorld
) -> None:
    lacking(world, "s3:PutObject")
    told = transform()
    assert told["TransformJobStatus"] == "Failed"
    assert "is not authorized to perform: s3:PutObject" in told["FailureReason"]
    assert outputs(world) == {}


def test_an_image_that_may_not_be_pulled_fails_the_job(
    transform: Transform, world: FakeWorld
) -> None:
    lacking(world, "ecr:BatchGetImage")
    told = transform()
    assert told["FailureReason"].startswith("ClientError: Cannot pull algorithm container.")
    assert "ecr:BatchGetImage" in told["FailureReason"]


def test_a_job_is_refused_whose_role_may_not_list_its_data(
    transform: Transform, world: FakeWorld
) -> None:
    lacking(world, "s3:ListBucket")
    with pytest.raises(Refused, match='"s3:ListBucket" permissions'):
        transform()
