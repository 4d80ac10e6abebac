"""An account for a module of tests, and a learner in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import botocore.loaders
import pytest

from labs.runner import catalogue
from tests.labs.aws.faults.ground import Ground, standing
from tests.labs.aws.faults.runs import Learner, Make, Quarters, opened


@pytest.fixture(scope="module", autouse=True)
def models_read_once() -> Iterator[None]:
    """What botocore knows of the services is read from its files once, not by each session."""
    loader = botocore.loaders.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.loaders, "create_loader", lambda *_: loader)
        yield


@pytest.fixture(scope="module")
def ground(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("account")
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)
    store = folder / "trained" if cache is None else Path(cache.mkdir("trained-once"))
    with standing(folder / "cloud", store) as ground:
        somebody_elses(ground)
        yield ground


def somebody_elses(ground: Ground) -> None:
    """What lies in the same account and is none of any lab's, however it is called."""
    s3, logs = ground.client("s3"), ground.client("logs")
    s3.create_bucket(Bucket="production-data")
    s3.put_object(Bucket="production-data", Key="quizengine-tx/keep", Body=b"x")
    s3.put_object(Bucket="quizengine-labs-123456789012", Key="keep", Body=b"x")
    logs.create_log_group(logGroupName="/aws/sagemaker/Endpoints/production")
    logs.create_log_group(logGroupName="/aws/sagemaker/TrainingJobs-of-others")
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    ground.client("sagemaker").create_model(
        ModelName="my-quizengine-tx",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/quizengine-execution",
        PrimaryContainer={"Image": image},
    )


@pytest.fixture(scope="module")
def learner(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """A learner at a lab; all have one home, since the bank is made ready once in each."""
    home, there = tmp_path_factory.mktemp("home"), opened(ground)
    quarters = Quarters(home)
    yield lambda slug: Learner(ground, quarters, catalogue.load(slug), home, there)
    quarters.close()
