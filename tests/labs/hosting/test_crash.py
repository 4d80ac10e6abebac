"""What a crash of the cloud does to endpoints of every kind, and to what they were asked."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.cloud import service
from tests.labs.service import learner
from tests.labs.service.conftest import Clients

pytestmark = pytest.mark.slow
MANY = {"ModelDataUrl": "s3://work/many/", "Mode": "MultiModel"}
INSTANCE = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS = {"MemorySizeInMB": 1024, "MaxConcurrency": 1, "ProvisionedConcurrency": 1}
CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://work/captured",
    "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
}
LATER = {"OutputConfig": {"S3OutputPath": "s3://work/later"}}
# Of each endpoint: what its containers have beside an archive, its variant, its configuration.
KINDS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]] = {
    "pipeline": ([{}, {}], INSTANCE, {"DataCaptureConfig": CAPTURE}),
    "many": ([MANY], INSTANCE, {}),
    "serverless": ([{}], {"ServerlessConfig": SERVERLESS}, {}),
    "later": ([{}], INSTANCE, {"AsyncInferenceConfig": LATER}),
}


class Desk:
    """A learner's clients, at wherever the cloud is."""

    def __init__(self, folder: Path, clients: Clients) -> None:
        self._folder = folder
        self._url = service.start(folder, port=0).running.url
        self._client = functools.cache(clients)

    def __call__(self, name: str) -> Any:
        return self._client(self._url, name)

    def crash(self) -> None:
        server = service.status(self._folder).server
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        assert service._until(lambda: service.status(self._folder).server is None, 10)
        self._url = service.start(self._folder, port=0).running.url


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clients = Clients()
    yield Desk(tmp_path / "cloud", clients)
    service.stop(tmp_path / "cloud")
    clients.close()


def deploy(desk: Desk, artefact: str) -> None:
    """An endpoint of each kind; the one that answers later has no instances."""
    sagemaker = desk("sagemaker")
    desk("s3").copy_object(
        Bucket="work", Key="many/m.tar.gz", CopySource=artefact.removeprefix("s3://")
    )
    container = {"Image": learner.IMAGE, "ModelDataUrl": artefact}
    for name, (containers, variant, config) in KINDS.items():
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=learner.ROLE,
            Containers=[container | each for each in containers],
        )
        only = {"VariantName": "only", "ModelName": name, **variant}
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[only], **config
        )
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        told = learner.endpoint(desk, name)
        assert told["EndpointStatus"] == "InService", told
    instances(desk, 0)


def instances(desk: Desk, count: int) -> None:
    wanted = {"VariantName": "only", "DesiredInstanceCount": count}
    desk("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName="later", DesiredWeightsAndCapacities=[wanted]
    )
    learner.endpoint(desk, "later")


def seen(desk: Desk) -> dict[str, Any]:
    """What a learner sees of all of it."""
    sagemaker, runtime, s3 = desk("sagemaker"), desk("sagemaker-runtime"), desk("s3")
    found: dict[str, Any] = {}
    for name in KINDS:
        found[name] = dict(sagemaker.describe_endpoint(EndpointName=name))
        found[f"{name}'s configuration"] = dict(
            sagemaker.describe_endpoint_config(EndpointConfigName=name)
        )
        found[f"{name}'s model"] = dict(sagemaker.describe_model(ModelName=name))
        if name != "later":
            target = {"TargetModel": "m.tar.gz"} if name == "many" else {}
            answer = runtime.invoke_endpoint(
                EndpointName=name, ContentType="text/csv", Body=b"1.05,3", **target
            )
            found[f"{name}'s answer"] = answer["Body"].read()
    for each in found.values():
        if isinstance(each, dict):
            del each["ResponseMetadata"]
    objects = s3.list_objects_v2(Bucket="work")["Contents"]
    found["objects"] = {each["Key"]: each["ETag"] for each in objects}
    return found


def test_endpoints_of_every_kind_and_their_queue_outlive_a_crash(desk: Desk) -> None:
    learner.settle_in(desk, "work")
    learner.begin_job(desk, "work", "job")
    artefact = learner.job(desk, "job")["ModelArtifacts"]["S3ModelArtifacts"]
    deploy(desk, artefact)
    desk("s3").put_object(Bucket="work", Key="rows.csv", Body=b"1.05,3")
    waiting = desk("sagemaker-runtime").invoke_endpoint_async(
        EndpointName="later", InputLocation="s3://work/rows.csv", ContentType="text/csv"
    )
    before = seen(desk)
    captured = {key for key in before["objects"] if key.startswith("captured/")}
    assert len(captured) == 1
    desk.crash()
    for name in KINDS:
        assert learner.endpoint(desk, name)["EndpointStatus"] == "InService"
    after = seen(desk)
    new = set(after["objects"]) - set(before["objects"])
    assert all(key.startswith("captured/") for key in new), "asking again was captured again"
    after["objects"] = {key: after["objects"][key] for key in before["objects"]}
    for what, found in before.items():
        assert after[what] == found, what
    instances(desk, 1)
    key = waiting["OutputLocation"].removeprefix("s3://work/")
    waiter = desk("s3").get_waiter("object_exists")
    waiter.wait(Bucket="work", Key=key, WaiterConfig={"Delay": 0, "MaxAttempts": 1000})
    output = desk("s3").get_object(Bucket="work", Key=key)["Body"].read()
    assert output == after["serverless's answer"]
