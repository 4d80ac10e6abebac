"""Script mode and batch transform as a learner meets them: boto3, real programs, real models."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

import labs.cloud
from labs.cloud import images
from labs.cloud.algorithms.worker import Workers
from labs.cloud.plane import Plane
from tests.labs.cloud.aws import Account, rows, unpacked
from tests.labs.cloud.fakes import REGION, channel
from tests.labs.sklearn.account import IMAGE, SERVE, TRAIN, log, source, training, transform

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sklearn")]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Plane]:
    workers = Workers(keep_spare=False)  # most programs here need no library to be loaded
    try:
        with labs.cloud.offline(workers=workers) as made:
            yield made
    finally:
        workers.close()


@pytest.fixture(scope="module")
def account(cloud: Plane) -> Account:
    made = Account.new()
    made.upload("source.tar.gz", source(train=TRAIN))
    made.upload("serve.tar.gz", source(serve=SERVE))
    return made


def trained(cloud: Plane, account: Account, name: str, **more: Any) -> Any:
    """A job to its end, as DescribeTrainingJob shows it."""
    account.sagemaker.create_training_job(**training(account.role, name, **more))
    assert cloud.settle()
    return account.job(name)


@pytest.fixture(scope="module")
def scaler(cloud: Plane, account: Account) -> Any:
    """A job that trained a scaler; its description."""
    definition = {"Name": "spread", "Regex": r"spread=([0-9.]+);"}
    told = trained(
        cloud,
        account,
        "scaler",
        hyperparameters={"columns": "2", "sagemaker_program": '"train.py"'},
        specification={"MetricDefinitions": [definition]},
    )
    assert told["TrainingJobStatus"] == "Completed", told.get("FailureReason")
    return told


@pytest.fixture(scope="module")
def models(cloud: Plane, account: Account, scaler: Any) -> Account:
    """An account with the models `scale`, `boost`, and `row`, the one after the other."""
    account.train("booster", objective="reg:squarederror")
    assert cloud.settle()
    artefact = account.job("booster")["ModelArtifacts"]["S3ModelArtifacts"]
    scale: Any = {
        "Image": IMAGE,
        "ModelDataUrl": scaler["ModelArtifacts"]["S3ModelArtifacts"],
        "Environment": {
            "SAGEMAKER_PROGRAM": "serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/serve.tar.gz",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        },
    }
    boost: Any = {"Image": images.uri(REGION) or "", "ModelDataUrl": artefact}
    create = account.sagemaker.create_model
    create(ModelName="scale", ExecutionRoleArn=account.role, PrimaryContainer=scale)
    create(ModelName="boost", ExecutionRoleArn=account.role, PrimaryContainer=boost)
    create(ModelName="row", ExecutionRoleArn=account.role, Containers=[scale, boost])
    data = [row.split(b",", 1)[1] for row in rows(20).splitlines()]
    lines = [b"id-%d,%s\n" % each for each in enumerate(data)]
    account.upload("batch/a.csv", b"".join(lines[:15]))
    account.upload("batch/b.csv", b"".join(lines[15:]))
    return account


def transformed(cloud: Plane, account: Account, name: str, model: str, **more: Any) -> Any:
    account.sagemaker.create_transform_job(**transform(name, model, **more))
    assert cloud.settle()
    return account.sagemaker.describe_transform_job(TransformJobName=name)


def output(account: Account, key: str) -> list[list[str]]:
    body = account.s3.get_object(Bucket="bucket", Key=key)["Body"].read().decode()
    return [*csv.reader(body.splitlines())]


# Training


def test_the_program_trains_on_its_channel_and_leaves_its_model(
    account: Account, scaler: Any
) -> None:
    key = scaler["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://bucket/")
    archive = account.s3.get_object(Bucket="bucket", Key=key)["Body"].read()
    assert [*unpacked(archive)] == ["scaler.joblib"]


def test_its_own_metric_is_read_from_its_log(account: Account, scaler: Any) -> None:
    [final] = scaler["FinalMetricDataList"]
    assert final["MetricName"] == "spread"
    assert final["Value"] == pytest.approx(1, abs=0.5)
    lines = log(account, "TrainingJobs", "scaler/")
    assert any(line.startswith("spread=") for line in lines)
    assert "python train.py --columns 2" in lines


def test_a_program_that_raises_fails_the_job_with_its_traceback(
    cloud: Plane, account: Account
) -> None:
    told = trained(cloud, account, "raising", hyperparameters={"columns": "7"})
    assert told["TrainingJobStatus"] == "Failed"
    reason = told["FailureReason"]
    assert reason.startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ")
    assert "AssertionError: 2 columns" in reason
    assert reason.endswith('Command "python train.py --columns 7", exit code: 1')


def test_a_program_that_is_not_in_its_archive_is_named(cloud: Plane, account: Account) -> None:
    told = trained(cloud, account, "lost", hyperparameters={"sagemaker_program": "other.py"})
    assert "There is no program other.py in the source directory: train.py" in told["FailureReason"]


def test_an_archive_that_is_not_there_fails_the_job(cloud: Plane, account: Account) -> None:
    more = {"sagemaker_submit_directory": "s3://bucket/nothing.tar.gz"}
    told = trained(cloud, account, "empty", hyperparameters=more)
    assert "no source archive at s3://bucket/nothing.tar.gz (404" in told["FailureReason"]


def test_a_program_reaches_no_other_computer(cloud: Plane, account: Account) -> None:
    text = "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=1)\n"
    account.upload("leaving.tar.gz", source(train=text))
    more = {"sagemaker_submit_directory": "s3://bucket/leaving.tar.gz"}
    told = trained(cloud, account, "leaving", hyperparameters=more)
    assert "OfflineError" in told["FailureReason"]
    assert "'192.0.2.1' was blocked" in told["FailureReason"]


def test_a_program_sees_none_of_the_clouds_own_environment(
    cloud: Plane, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMEBODYS_SECRET", "x")
    text = "import os\nassert 'PATH' in os.environ\nprint('SEEN', *sorted(os.environ))\n"
    account.upload("looking.tar.gz", source(train=text))
    more = {"sagemaker_submit_directory": "s3://bucket/looking.tar.gz"}
    told = trained(cloud, account, "looking", hyperparameters=more, Environment={"MINE": "1"})
    assert told["TrainingJobStatus"] == "Completed", told.get("FailureReason")
    [seen] = [
        line.split() for line in log(account, "TrainingJobs", "looking/") if line.startswith("SEEN")
    ]
    assert {"MINE", "SM_MODEL_DIR", "TRAINING_JOB_NAME"} <= {*seen}
    assert not [name for name in seen if name.startswith(("AWS_SEC", "AWS_ACC", "SOMEBODYS"))]


def test_an_expression_that_is_none_is_refused_at_once(account: Account) -> None:
    bad = {"MetricDefinitions": [{"Name": "m", "Regex": "("}]}
    with pytest.raises(ClientError, match="Invalid regular expression"):
        account.sagemaker.create_training_job(**training(account.role, "regex", specification=bad))


def test_another_entrypoint_is_not_offered(account: Account) -> None:
    own = {"ContainerEntrypoint": ["python", "-c", "print()"]}
    with pytest.raises(ClientError, match="with ContainerEntrypoint python -c"):
        account.sagemaker.create_training_job(**training(account.role, "entry", specification=own))


def test_the_sdks_source_code_runs_by_its_channels(cloud: Plane, account: Account) -> None:
    account.upload("sdk/code/go.py", b"import sys\nprint('WITH', *sys.argv[1:])\n")
    account.upload("sdk/sm_drivers/sourcecode.json", b'{"entry_script": "go.py"}')
    account.upload("sdk/sm_drivers/sm_train.sh", b"exit 9\n")  # it is not run
    driver = "/opt/ml/input/data/sm_drivers/sm_train.sh"
    request = training(
        account.role,
        "sdk",
        specification={
            "ContainerEntrypoint": ["/bin/bash"],
            "ContainerArguments": ["-c", f"chmod +x {driver} && {driver}"],
        },
        HyperParameters={"alpha": "0.5"},
        InputDataConfig=[
            channel(name, f"s3://bucket/sdk/{name}/") for name in ("code", "sm_drivers")
        ],
    )
    account.sagemaker.create_training_job(**request)
    assert cloud.settle()
    told = account.job("sdk")
    assert told["TrainingJobStatus"] == "Completed", told.get("FailureReason")
    assert "WITH --alpha 0.5" in log(account, "TrainingJobs", "sdk/")


# Serving


def test_an_endpoint_answers_from_the_script_and_logs_what_it_prints(
    cloud: Plane, models: Account
) -> None:
    models.sagemaker.create_endpoint_config(
        EndpointConfigName="scale",
        ProductionVariants=[
            {
                "VariantName": "only",
                "ModelName": "scale",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ],
    )
    models.sagemaker.create_endpoint(EndpointName="scale", EndpointConfigName="scale")
    assert cloud.settle()
    told = models.sagemaker.describe_endpoint(EndpointName="scale")
    assert told["EndpointStatus"] == "InService", told.get("FailureReason")
    answer = models.runtime.invoke_endpoint(
        EndpointName="scale", Body=b"[[0, 0], [1, 1]]", ContentType="application/json"
    )
    assert answer["ContentType"] == "text/csv"
    assert len(answer["Body"].read().splitlines()) == 2
    until = time.monotonic() + 10  # the process prints when it pleases
    while "the scaler is loaded" not in log(models, "Endpoints/scale", "only/"):
        assert time.monotonic() < until
    with pytest.raises(ClientError) as refused:
        models.runtime.invoke_endpoint(EndpointName="scale", Body=b"x", ContentType="image/png")
    assert "(415)" in str(refused.value)
    models.sagemaker.delete_endpoint(EndpointName="scale")


def test_a_model_whose_script_raises_does_not_come_into_service(
    cloud: Plane, models: Account
) -> None:
    models.upload("bad.tar.gz", source(code__serve="def model_fn(d):\n    1 / 0\n"))
    container: Any = {
        "Image": IMAGE,
        "ModelDataUrl": "s3://bucket/bad.tar.gz",
        "Environment": {"SAGEMAKER_PROGRAM": "serve.py"},
    }
    models.sagemaker.create_model(
        ModelName="bad", ExecutionRoleArn=models.role, PrimaryContainer=container
    )
    told = transformed(cloud, models, "bad", "bad")
    assert told["TransformJobStatus"] == "Failed"
    assert "ZeroDivisionError" in told["FailureReason"]
    assert any("ZeroDivisionError" in line for line in log(models, "TransformJobs", "bad/"))


# Batch transform


def test_a_pipeline_of_script_and_xgboost_answers_as_both_do_one_by_one(
    cloud: Plane, models: Account
) -> None:
    without_id = {"InputFilter": "$[1:]"}
    for name, model in (("scaled", "scale"), ("both", "row")):
        told = transformed(cloud, models, name, model, DataProcessing=without_id)
        assert told["TransformJobStatus"] == "Completed", log(models, "TransformJobs", name)
    told = transformed(cloud, models, "boosted", "boost", uri="s3://bucket/scaled/")
    assert told["TransformJobStatus"] == "Completed"
    step = np.array(output(models, "boosted/a.csv.out.out"), dtype=float)
    row = np.array(output(models, "both/a.csv.out"), dtype=float)
    assert step.shape == (15, 1)
    np.testing.assert_array_equal(step, row)


def test_a_script_may_stand_behind_xgboost(cloud: Plane, models: Account) -> None:
    models.upload(
        "after.tar.gz",
        source(
            code__after=(
                "def model_fn(model_dir):\n    return 0\n"
                "def input_fn(body, content_type):\n"
                "    assert (type(body), content_type) == (bytes, 'text/csv; charset=utf-8')\n"
                "    return [float(each) for each in body.decode().replace(',', ' ').split()]\n"
                "def predict_fn(scores, least):\n"
                "    return ['high' if score > least else 'low' for score in scores]\n"
            )
        ),
    )
    first = models.sagemaker.describe_model(ModelName="boost")["PrimaryContainer"]
    after: Any = {
        "Image": IMAGE,
        "ModelDataUrl": "s3://bucket/after.tar.gz",
        "Environment": {"SAGEMAKER_PROGRAM": "after.py"},
    }
    models.sagemaker.create_model(
        ModelName="after",
        ExecutionRoleArn=models.role,
        Containers=[{"Image": first["Image"], "ModelDataUrl": first["ModelDataUrl"]}, after],
    )
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    told = transformed(cloud, models, "after", "after", DataProcessing=processing)
    assert told["TransformJobStatus"] == "Completed", log(models, "TransformJobs", "after")
    found = output(models, "after/a.csv.out")
    assert {row[1] for row in found} == {"high", "low"}
    assert [row[0] for row in found] == [f"id-{n}" for n in range(15)]


def test_ids_that_the_model_does_not_see_come_out_beside_its_answers(
    cloud: Plane, models: Account
) -> None:
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    tags = [{"Key": "for", "Value": "June"}]
    told = transformed(cloud, models, "joined", "boost", DataProcessing=processing, Tags=tags)
    assert told["TransformJobStatus"] == "Completed", log(models, "TransformJobs", "joined")
    found = output(models, "joined/b.csv.out")
    assert [row[0] for row in found] == [f"id-{n}" for n in range(15, 20)]
    assert all(len(row) == 2 and float(row[1]) for row in found)
    assert models.sagemaker.list_tags(ResourceArn=told["TransformJobArn"])["Tags"] == tags


def test_a_column_too_many_fails_the_job_and_the_log_names_the_object(
    cloud: Plane, models: Account
) -> None:
    told = transformed(cloud, models, "wide", "boost")
    assert told["FailureReason"] == "ClientError: See job logs for more information"
    lines = log(models, "TransformJobs", "wide/")
    assert any("bucket/batch/a.csv: ClientError: 4" in line for line in lines)
    found = models.s3.list_objects_v2(Bucket="bucket", Prefix="wide/")
    assert found["KeyCount"] == 0
