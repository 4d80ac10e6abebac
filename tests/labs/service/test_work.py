"""Jobs and endpoints over HTTP, and what a crash of the cloud does to them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from labs.cloud import service
from tests.labs.service import learner
from tests.labs.service.conftest import Clients, Python
from tests.labs.service.learner import Client

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cloud"
    service.stop(tmp_path / "cloud")


class Desk:
    """A learner's clients, at wherever the cloud of the folder is."""

    def __init__(self, folder: Path, clients: Clients) -> None:
        self.folder, self._clients = folder, clients
        self._url = ""

    def __call__(self, name: str) -> Any:
        return self._clients(self._url, name)

    def start(self) -> None:
        self._url = service.start(self.folder, port=0).running.url

    def crash(self) -> None:
        server = service.status(self.folder).server
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        assert service._until(lambda: service.status(self.folder).server is None, 10)


@pytest.fixture
def desk(folder: Path, clients: Clients) -> Desk:
    desk = Desk(folder, clients)
    desk.start()
    return desk


def seen(client: Client) -> dict[str, Any]:
    """What a learner sees of a job and the endpoint of its model."""
    job = dict(client("sagemaker").describe_training_job(TrainingJobName="job"))
    endpoint = dict(client("sagemaker").describe_endpoint(EndpointName="endpoint"))
    for answer in (job, endpoint):
        del answer["ResponseMetadata"]
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"][len("s3://") :].partition("/")
    artefact = client("s3").get_object(Bucket=bucket, Key=key)
    lines = client("logs").filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs")["events"]
    return {
        "job": job,
        "endpoint": endpoint,
        "artefact": artefact["Body"].read(),
        "its time": artefact["LastModified"],
        "lines": [(line["timestamp"], line["message"]) for line in lines],
        "answer": learner.ask(client, "endpoint"),
        "metrics": client("cloudwatch").list_metrics(Namespace="/aws/sagemaker/TrainingJobs")[
            "Metrics"
        ],
    }


def test_a_trained_model_answers_the_same_after_a_crash(desk: Desk) -> None:
    learner.settle_in(desk, "work")
    learner.begin_job(desk, "work", "job")
    job = learner.job(desk, "job")
    assert job["TrainingJobStatus"] == "Completed", job
    learner.deploy(desk, job["ModelArtifacts"]["S3ModelArtifacts"], "endpoint")
    assert learner.endpoint(desk, "endpoint")["EndpointStatus"] == "InService"
    before = seen(desk)
    assert before["lines"]
    assert before["metrics"]
    desk.crash()
    desk.start()
    assert learner.endpoint(desk, "endpoint")["EndpointStatus"] == "InService"
    after = seen(desk)
    assert abs(after.pop("its time") - before.pop("its time")) < timedelta(seconds=5)
    for what, found in before.items():
        assert after[what] == found, what


def test_a_job_that_was_running_begins_again_and_is_forgotten_with_the_rest(desk: Desk) -> None:
    learner.settle_in(desk, "work", learner.ROWS * 200)
    learner.begin_job(desk, "work", "long", num_round="20000")
    learner.job(desk, "long", "SecondaryStatus", "Training")
    desk.crash()
    desk.start()
    learner.job(desk, "long", "SecondaryStatus", "Training")
    service.reset(desk.folder)
    assert desk("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []
    learner.settle_in(desk, "work")
    learner.begin_job(desk, "work", "long")  # the name is free again
    assert desk("sagemaker").list_training_jobs()["TrainingJobSummaries"] != []


# The SDK

SDK = """
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import TrainingJob
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.train import ModelTrainer

session = Session()
print(session.account_id(), session.default_bucket())
trainer = ModelTrainer(
    training_image={image!r},
    role={role!r},
    base_job_name="by-sdk",
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
    output_data_config=OutputDataConfig(s3_output_path="s3://by-sdk/output"),
    hyperparameters={{"objective": "binary:logistic", "num_round": "3"}},
)
data = InputData(channel_name="train", data_source="s3://by-sdk/train/", content_type="text/csv")
trainer.train(input_data_config=[data], wait=True, logs=False)
for job in TrainingJob.get_all(name_contains="by-sdk"):
    print(job.training_job_status, job.refresh().model_artifacts.s3_model_artifacts)
"""


def test_the_sagemaker_sdk_trains_as_on_aws(client: Client, python: Python) -> None:
    learner.settle_in(client, "by-sdk")
    who, job = python(SDK.format(image=learner.IMAGE, role=learner.ROLE)).splitlines()[-2:]
    assert who == "123456789012 sagemaker-us-east-1-123456789012"
    assert job.startswith("Completed s3://by-sdk/output/by-sdk-")
