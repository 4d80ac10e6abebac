"""Tuning jobs that really train: in this process, and over HTTP with a cloud that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import labs.cloud
from labs.cloud import service
from tests.labs.cloud.aws import Account
from tests.labs.cloud.fakes import channel
from tests.labs.service import learner as learners
from tests.labs.service.conftest import Clients
from tests.labs.tuning.conftest import tuning

Told = dict[str, Any]


@pytest.fixture(scope="module")
def tuned() -> Iterator[Account]:
    """An account in which a tuning job has ended."""
    with labs.cloud.offline() as plane:
        account = Account.new()
        request = tuning(
            jobs=3,
            parallel=2,
            static={"num_round": "4"},
            definition={
                "RoleArn": account.role,
                "InputDataConfig": [
                    channel("train", "s3://bucket/train/"),
                    channel("validation", "s3://bucket/validation/"),
                ],
            },
        )
        account.sagemaker.create_hyper_parameter_tuning_job(**request)
        assert plane.settle(60)
        yield account


def test_its_jobs_have_trained_models_with_the_scores_it_tells(tuned: Account) -> None:
    told = tuned.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    jobs = tuned.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune", SortBy="FinalObjectiveMetricValue"
    )["TrainingJobSummaries"]
    best = told["BestTrainingJob"]
    assert best == jobs[0]
    job = tuned.job(best["TrainingJobName"])
    final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert value == pytest.approx(final["validation:rmse"])
    assert job["ModelArtifacts"]["S3ModelArtifacts"].startswith("s3://bucket/output/tune-00")
    tags = tuned.sagemaker.list_tags(ResourceArn=told["HyperParameterTuningJobArn"])["Tags"]
    assert tags == tuned.sagemaker.list_tags(ResourceArn=best["TrainingJobArn"])["Tags"] == []


def test_it_is_one_of_the_accounts_tuning_jobs(tuned: Account) -> None:
    pages = tuned.sagemaker.get_paginator("list_hyper_parameter_tuning_jobs").paginate()
    names = [
        each["HyperParameterTuningJobName"]
        for page in pages
        for each in page["HyperParameterTuningJobSummaries"]
    ]
    assert names == ["tune"]
    missing = tuned.sagemaker.exceptions.ResourceNotFound
    with pytest.raises(missing):
        tuned.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="none")


def test_the_library_is_loaded_by_the_first_search_and_not_before() -> None:
    code = "import sys, labs.cloud.plane; print(*{'optuna', 'scipy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.slow
def test_a_killed_cloud_goes_on_and_a_finished_search_stays(tmp_path: Path) -> None:
    folder, clients = tmp_path / "cloud", Clients()
    url = service.start(folder, port=0).running.url

    def client(name: str) -> Any:
        return clients(url, name)

    def killed() -> str:
        """The address of the cloud that is started after this one was killed."""
        server = service.status(folder).server
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        assert service._until(lambda: service.status(folder).server is None, 10)
        return service.start(folder, port=0).running.url

    def seen() -> tuple[Told, list[Told]]:
        sagemaker = client("sagemaker")
        told = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
        jobs = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="tune"
        )
        del told["ResponseMetadata"]
        return told, jobs["TrainingJobSummaries"]

    try:
        learners.settle_in(client, "work")
        uri = "s3://work/train/"
        request = tuning(
            jobs=4,
            definition={
                "AlgorithmSpecification": {
                    "TrainingImage": learners.IMAGE,
                    "TrainingInputMode": "File",
                },
                "RoleArn": learners.ROLE,
                "InputDataConfig": [channel("train", uri), channel("validation", uri)],
                "OutputDataConfig": {"S3OutputPath": "s3://work/output"},
            },
        )
        client("sagemaker").create_hyper_parameter_tuning_job(**request)
        counters = "TrainingJobStatusCounters"
        assert service._until(lambda: seen()[0][counters]["Completed"] >= 1, 90)
        url = killed()
        learners.until(lambda: seen()[0], "HyperParameterTuningJobStatus", seconds=90)
        before = seen()
        url = killed()
        after = seen()
        assert after == before
        assert after[0]["HyperParameterTuningJobStatus"] == "Completed"
        assert len({each["TrainingJobName"] for each in after[1]}) == 4
    finally:
        clients.close()
        service.stop(folder)
