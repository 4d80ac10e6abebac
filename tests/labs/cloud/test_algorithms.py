"""Other algorithms than XGBoost, and Pipe mode, in the cloud: with fakes, then as a learner."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import labs.cloud
from labs.cloud import images, pipes
from labs.cloud.algorithms import catalogue
from labs.cloud.algorithms.worker import Workers
from labs.cloud.plane import Plane
from tests.labs.algorithms.layouts import csv, records
from tests.labs.cloud.aws import Account
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import REGION, Call, End, FakeWorld, channel, job

needs_pipes = pytest.mark.skipif(not pipes.AVAILABLE, reason="this system has no named pipes")


def of(algorithm: str, **more: Any) -> dict[str, Any]:
    """A CreateTrainingJob."""
    image = {"TrainingImage": images.uri(REGION, algorithm), "TrainingInputMode": "File"}
    return job(AlgorithmSpecification=image, **more)


def described(do: Do) -> dict[str, Any]:
    return do("DescribeTrainingJob", TrainingJobName="job")


# What each must have


@pytest.mark.parametrize("algorithm", images.IMAGES)
def test_an_algorithm_has_what_the_cloud_needs_of_it(algorithm: str) -> None:
    package = f"labs.cloud.algorithms.{algorithm}"
    assert importlib.util.find_spec(f"{package}.__main__") is not None
    serving = importlib.import_module(f"{package}.serving")
    assert callable(serving.load)
    assert issubclass(serving.BadModel, Exception)
    assert algorithm in catalogue.ALGORITHMS


@pytest.mark.parametrize("algorithm", images.IMAGES)
def test_an_empty_archive_is_no_model_of_any(algorithm: str, tmp_path: Path) -> None:
    serving = importlib.import_module(f"labs.cloud.algorithms.{algorithm}.serving")
    with pytest.raises(serving.BadModel):
        serving.load(tmp_path, {})


# With fakes


@pytest.mark.parametrize("algorithm", images.IMAGES)
def test_a_job_runs_the_algorithm_that_its_image_names(
    do: Do, world: FakeWorld, algorithm: str
) -> None:
    ran: list[str] = []

    def note(call: Call) -> End:
        ran.append(call.name)
        return End()

    world.algorithm = note
    do("CreateTrainingJob", of(algorithm))
    assert described(do)["TrainingJobStatus"] == "Completed"
    assert ran == [algorithm]


@pytest.mark.parametrize(
    ("algorithm", "code", "reason"),
    [
        ("linear_learner", 2, "ClientError: no such label, exit code: 2"),
        ("linear_learner", 1, "AlgorithmError: no such label, exit code: 1"),
        ("kmeans", 2, "ClientError: no such label, exit code: 2"),
        ("xgboost", 2, "AlgorithmError: no such label, exit code: 2"),
    ],
)
def test_who_is_to_blame_stands_before_the_reason(
    do: Do, world: FakeWorld, algorithm: str, code: int, reason: str
) -> None:
    world.algorithm = lambda call: End(code, "no such label")
    do("CreateTrainingJob", of(algorithm))
    assert described(do)["FailureReason"] == reason


def test_its_metrics_are_those_of_its_algorithm(do: Do, world: FakeWorld) -> None:
    def say(call: Call) -> End:
        call.say("[1] #quality_metric: host=algo-1, epoch=0, validation mse_objective <loss>=0.5")
        call.say("[1] #quality_metric: host=algo-1, validation mse <loss>=0.25")
        call.say("[0]\ttrain-rmse:2.5")
        return End()

    world.algorithm = say
    do("CreateTrainingJob", of("linear_learner"))
    told = described(do)
    found = {each["MetricName"]: each["Value"] for each in told["FinalMetricDataList"]}
    assert found == {"validation:objective_loss": 0.5, "validation:mse": 0.25}
    names = {each["Name"] for each in told["AlgorithmSpecification"]["MetricDefinitions"]}
    assert {"test:roc_auc_score", "train:objective_loss:final"} < names


def reading(epochs: int, found: list[bytes]) -> Any:
    """An algorithm that reads its train channel so often."""

    def read(call: Call) -> End:
        for epoch in range(epochs):
            found.append((call.base / f"input/data/train_{epoch}").read_bytes())
        return End()

    return read


@needs_pipes
def test_a_piped_channel_is_streamed_epoch_by_epoch(do: Do, world: FakeWorld) -> None:
    world.services.buckets["bucket"] |= {"train/a.csv": b"1,2\n3,4", "train/b.csv": b"5,6\n"}
    found: list[bytes] = []
    world.algorithm = reading(3, found)
    do("CreateTrainingJob", of("linear_learner", InputDataConfig=[channel(InputMode="Pipe")]))
    assert described(do)["TrainingJobStatus"] == "Completed"
    assert found == [b"1,2\n3,4\n5,6\n"] * 3


@needs_pipes
def test_bytes_that_are_no_csv_are_streamed_as_they_are(do: Do, world: FakeWorld) -> None:
    world.services.buckets["bucket"] |= {"train/a.csv": b"\x01\x02", "train/b.csv": b"\x03"}
    found: list[bytes] = []
    world.algorithm = reading(1, found)
    binary = channel(InputMode="Pipe", ContentType="application/x-recordio-protobuf")
    do("CreateTrainingJob", of("linear_learner", InputDataConfig=[binary]))
    assert found == [b"\x01\x02\x03"]


@needs_pipes
def test_an_object_that_goes_while_it_is_streamed_fails_the_job(do: Do, world: FakeWorld) -> None:
    def read(call: Call) -> End:
        (call.base / "input/data/train_0").read_bytes()
        world.services.buckets["bucket"]["train/a.csv"] = b"not gzip any more"
        (call.base / "input/data/train_1").read_bytes()
        assert call.stop.wait(10)
        return End(143, stopped=True)

    import gzip

    world.services.buckets["bucket"]["train/a.csv"] = gzip.compress(b"1,2\n")
    world.algorithm = read
    zipped = channel(InputMode="Pipe", CompressionType="Gzip")
    do("CreateTrainingJob", of("linear_learner", InputDataConfig=[zipped]))
    told = described(do)
    assert told["TrainingJobStatus"] == "Failed"
    assert "s3://bucket/train/a.csv is not gzip" in told["FailureReason"]


@needs_pipes
def test_a_piped_channel_is_no_folder_and_holds_no_file(do: Do, world: FakeWorld) -> None:
    there: list[str] = []

    def look(call: Call) -> End:
        there.extend(path.name for path in (call.base / "input/data").iterdir())
        return End()

    world.algorithm = look
    do("CreateTrainingJob", of("linear_learner", InputDataConfig=[channel(InputMode="Pipe")]))
    assert there == ["train_0"]


# As a learner


@pytest.fixture(scope="module")
def cloud() -> Iterator[Plane]:
    workers = Workers()
    workers.warm("linear_learner")
    workers.warm("kmeans")
    with labs.cloud.offline(workers=workers) as made:
        yield made
    workers.close()


@pytest.fixture(scope="module")
def account(cloud: Plane) -> Account:
    return Account.new()


def train(
    account: Account, name: str, algorithm: str, mode: str, content_type: str, **given: str
) -> Any:
    request: Any = of(
        algorithm,
        TrainingJobName=name,
        RoleArn=account.role,
        HyperParameters=given,
        InputDataConfig=[
            channel(uri=f"s3://bucket/{name}", ContentType=content_type, InputMode=mode)
        ],
    )
    account.sagemaker.create_training_job(**request)


def log_of(account: Account, name: str) -> str:
    group = "/aws/sagemaker/TrainingJobs"
    (stream,) = account.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)[
        "logStreams"
    ]
    events = account.logs.get_log_events(
        logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
    )
    return "\n".join(each["message"] for each in events["events"])


@pytest.mark.slow
@pytest.mark.xdist_group("cloud-algorithms")
def test_both_train_and_answer(cloud: Plane, account: Account, tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    rows = dice.normal(size=(300, 2))
    labels = (rows[:, 0] > 0).astype(float)
    mode = "Pipe" if pipes.AVAILABLE else "File"
    account.upload("linear/a", records(rows, labels))
    account.upload("centres/a", csv(rows))
    recordio = "application/x-recordio-protobuf"
    linear = {"predictor_type": "binary_classifier", "epochs": "3", "mini_batch_size": "50"}
    train(account, "linear", "linear_learner", mode, recordio, **linear)
    train(account, "centres", "kmeans", mode, "text/csv;label_size=0", k="2", feature_dim="2")
    assert cloud.settle(100)
    for name, algorithm in (("linear", "linear_learner"), ("centres", "kmeans")):
        told = account.job(name)
        assert told["TrainingJobStatus"] == "Completed", told.get("FailureReason")
        assert told["FinalMetricDataList"]
        assert re.search(rf"in {mode} mode: \d+ bytes were copied before", log_of(account, name))
        container: Any = {
            "Image": images.uri(REGION, algorithm) or "",
            "ModelDataUrl": told["ModelArtifacts"]["S3ModelArtifacts"],
        }
        account.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=account.role, PrimaryContainer=container
        )
        variant: Any = {"VariantName": name, "ModelName": name, "InstanceType": "ml.m5.large"}
        account.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant | {"InitialInstanceCount": 1}]
        )
        account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert cloud.settle(100)

    def ask(name: str) -> Any:
        answer = account.runtime.invoke_endpoint(
            EndpointName=name, ContentType="text/csv", Body=b"3,0\n-3,0"
        )
        assert answer["ContentType"] == "application/json"
        return json.loads(answer["Body"].read())["predictions"]

    assert [each["predicted_label"] for each in ask("linear")] == [1, 0]
    assert [set(each) for each in ask("centres")] == [
        {"closest_cluster", "distance_to_cluster"}
    ] * 2
