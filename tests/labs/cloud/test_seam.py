"""The contract with moto: what the seam leans on is there. When moto changes it, this says so."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import moto.backends
import moto.core.utils
import moto.iam.urls
import moto.logs.urls
import moto.sagemaker.urls
import moto.sagemakerruntime.urls
import pytest
from moto.core.base_backend import BackendDict
from moto.core.models import botocore_stubber
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.sagemaker.models import (
    FakeEndpoint,
    FakeEndpointConfig,
    Model,
    SageMakerModelBackend,
    sagemaker_backends,
)
from moto.sagemaker.responses import SageMakerResponse

from labs.cloud import coverage, seam
from labs.cloud.ports import Datum, NoSuchBucket, Services
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeWorld


def parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


# moto's tables


def test_motos_tables_are_where_the_seam_puts_its_own() -> None:
    assert isinstance(sagemaker_backends, BackendDict)
    assert sagemaker_backends.backend is SageMakerModelBackend
    assert set(moto.sagemaker.urls.url_paths) == {"{0}/$"}
    assert "{0}/$" in moto.iam.urls.url_paths
    assert "{0}/$" in moto.logs.urls.url_paths
    assert set(moto.sagemakerruntime.urls.url_paths) == {
        "{0}/endpoints/(?P<name>[^/]+)/async-invocations$",
        "{0}/endpoints/(?P<name>[^/]+)/invocations$",
    }


def test_motos_backends_are_made_by_region_and_account() -> None:
    assert parameters(SageMakerModelBackend.__init__) == {"self", "region_name", "account_id"}


def test_moto_imports_its_services_and_sends_its_requests_through_what_the_seam_wraps() -> None:
    assert "_import_backend" in inspect.getsource(moto.backends.get_backend)
    assert "self.process_request" in inspect.getsource(type(botocore_stubber).__call__)
    assert "self.process_request" in inspect.getsource(
        type(botocore_stubber).process_prepared_request
    )


def test_a_response_may_answer_a_call_by_itself() -> None:
    assert "self.call_action()" in inspect.getsource(BaseResponse._dispatch)
    assert parameters(BaseResponse.serialized) == {"self", "action_result"}


def test_moto_keeps_tags_by_the_tables_of_its_backend() -> None:
    backend = SageMakerModelBackend("us-east-1", ACCOUNT)
    for table in seam._TABLES.values():
        assert getattr(backend, table) == {}
    source = inspect.getsource(SageMakerModelBackend._get_resource_from_arn)
    assert all(f"self.{table}" in source for table in seam._TABLES.values())


def test_cloudformation_makes_its_resources_by_the_model_and_ends_them_by_the_backend() -> None:
    for model, name in (
        (Model, "model"),
        (FakeEndpointConfig, "endpoint_config"),
        (FakeEndpoint, "endpoint"),
    ):
        names = parameters(model.create_from_cloudformation_json) - {"kwargs"}
        assert names == parameters(seam._creating("Model")) - {"_"}
        source = inspect.getsource(model.delete_from_cloudformation_json)
        assert f".delete_{name}(" in source
    assert parameters(FakeEndpoint.update_from_cloudformation_json) == parameters(
        seam._update_by_cloudformation
    )


def test_every_operation_of_moto_is_decided_upon() -> None:
    """A new moto may fake a success that was refused before."""
    names = {name.rpartition(".")[2] for name in method_names_from_class(SageMakerResponse)}
    operations = moto.core.utils.get_service_model("sagemaker").operation_names
    has = {each for each in operations if camelcase_to_underscores(each) in names}
    decided = coverage.REAL | coverage.RECORDS | coverage.EMPTY | coverage.REFUSED
    assert has - decided == set()
    assert (coverage.RECORDS | coverage.EMPTY | coverage.REFUSED) - has == set()


def test_motos_clock_is_utc_without_saying_so() -> None:
    assert moto.core.utils.utcnow().tzinfo is None
    assert seam.now().tzinfo is not None


def test_moto_is_touched_where_its_models_are_and_where_its_requests_are_read_alone() -> None:
    labs = Path(seam.__file__).parents[1]
    touching = re.compile(r"^\s*(import moto|from moto)\b", re.MULTILINE)
    found = {
        path.relative_to(labs).as_posix()
        for path in labs.rglob("*.py")
        if touching.search(path.read_text(encoding="utf-8"))
    }
    at_its_models = {"cloud/guards.py", "cloud/principals.py", "cloud/seam.py"}
    assert found == at_its_models | {"cloud/asked.py", "cloud/wsgi.py"}


# In and out


def test_taken_out_nothing_of_the_seam_is_left(world: FakeWorld) -> None:
    def state() -> list[Any]:
        return [
            (vars(target) if not isinstance(target, dict) else dict(target)).get(name)
            if not isinstance(target, BackendDict)
            else target.backend
            for target, name, _ in seam._replacements()
        ]

    plane = world.plane()
    before = state()
    uninstall = seam.install(plane)
    try:
        assert sagemaker_backends.backend is seam.Backend
        with pytest.raises(RuntimeError, match="There is a cloud in this process already"):
            seam.install(plane)
    finally:
        uninstall()
        uninstall()
    assert state() == before
    assert sagemaker_backends.backend is SageMakerModelBackend
    plane.close()


def test_bare_moto_is_bare_again_afterwards(world: FakeWorld) -> None:
    plane = world.plane()
    with seam.in_process():
        seam.install(plane)()
        client = boto3.client("sagemaker", REGION)
        client.create_experiment(ExperimentName="e")
        assert len(client.list_experiments()["ExperimentSummaries"]) == 1
        assert client.list_training_jobs()["TrainingJobSummaries"] == []
    plane.close()


# The services


def test_the_services_do_on_moto_what_the_fakes_do(world: FakeWorld) -> None:
    """One run over both: what the plane is tested with is what it meets."""

    def run(services: Services) -> list[Any]:
        seen: list[Any] = [services.keys("bucket", "")]
        services.write("bucket", "p/b", b"2")
        services.write("bucket", "p/a", b"1", "key")
        services.write("bucket", "q", b"3")
        seen += [services.keys("bucket", "p/"), services.read("bucket", "p/a")]
        seen += [services.read("bucket", "none"), services.read("nowhere", "k")]
        for call in (
            lambda: services.keys("nowhere", ""),
            lambda: services.write("nowhere", "k", b""),
        ):
            with pytest.raises(NoSuchBucket, match="nowhere"):
                call()
        seen += [services.sagemaker_may_assume(f"arn:aws:iam::{ACCOUNT}:role/none")]
        seen += [services.scaled_variants("endpoint")]
        services.stop_scaling("endpoint")
        old = 1_000_000_000_000  # a restored log is older than CloudWatch would take
        services.log("group", "stream", [(old, "a"), (old + 1, "b")])
        services.log("group", "stream", [(old + 2, "c")])
        at = datetime(2026, 11, 21, tzinfo=UTC)
        services.measure("space", [Datum("m", at, (("d", "v"),), 1.0)])
        services.measure("space", [Datum("m", at, (), (2, 3.0, 1.0, 2.0), "Microseconds")])
        return seen

    with seam.in_process():
        where: Any = {"LocationConstraint": REGION}
        s3 = boto3.client("s3", REGION)
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration=where)
        assert run(seam.MotoServices(ACCOUNT, REGION)) == run(world.services)
        head = s3.head_object(Bucket="bucket", Key="p/a")
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "key")
        logs = boto3.client("logs", REGION)
        events = logs.get_log_events(logGroupName="group", logStreamName="stream")["events"]
        assert [each["message"] for each in events] == ["a", "b", "c"]
        found = boto3.client("cloudwatch", REGION).list_metrics(Namespace="space")["Metrics"]
        assert [each["MetricName"] for each in found] == ["m", "m"]


def test_a_prefix_of_log_streams_shows_these_and_no_others(world: FakeWorld) -> None:
    plane = world.plane()
    with seam.in_process():
        uninstall = seam.install(plane)
        services = seam.MotoServices(ACCOUNT, REGION)
        now = int(seam.now().timestamp() * 1000)
        for name in ("job/a", "job/b", "job-2/a"):
            services.log("group", name, [(now, name)])
        logs = boto3.client("logs", REGION)

        def shown(prefix: str) -> list[str]:
            found = logs.filter_log_events(logGroupName="group", logStreamNamePrefix=prefix)
            return sorted(each["message"] for each in found["events"])

        assert shown("job/") == ["job/a", "job/b"]
        assert shown("none") == []
        assert len(logs.filter_log_events(logGroupName="group")["events"]) == 3
        uninstall()
    plane.close()


def test_a_bucket_of_another_region_is_not_there() -> None:
    with seam.in_process():
        boto3.client("s3", "us-east-1").create_bucket(Bucket="bucket")
        assert seam.MotoServices(ACCOUNT, "us-east-1").keys("bucket", "") == []
        with pytest.raises(NoSuchBucket, match=r"bucket \(it is in us-east-1\)"):
            seam.MotoServices(ACCOUNT, REGION).keys("bucket", "")


def test_a_deleted_key_and_an_old_version_are_not_there() -> None:
    with seam.in_process():
        s3 = boto3.client("s3", "us-east-1")
        s3.create_bucket(Bucket="bucket")
        s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        for body in (b"1", b"2"):
            s3.put_object(Bucket="bucket", Key="k", Body=body)
        s3.put_object(Bucket="bucket", Key="gone", Body=b"")
        s3.delete_object(Bucket="bucket", Key="gone")
        services = seam.MotoServices(ACCOUNT, "us-east-1")
        assert services.keys("bucket", "") == ["k"]
        assert services.read("bucket", "k") == b"2"
        assert services.read("bucket", "gone") is None
