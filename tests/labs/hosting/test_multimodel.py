"""Multi-model endpoints: which archive answers, and what is kept of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from labs.cloud.multimodel import MOST_LOADED, TARGET_MODEL, MultiModel
from labs.cloud.plane import Plane
from labs.cloud.ports import Model
from labs.cloud.refusals import Refused
from labs.cloud.traffic import Traffic
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeWorld
from tests.labs.hosting.conftest import (
    Do,
    code,
    container,
    create_model,
    deploy,
    described,
    invoke,
    metrics,
    said,
)

MULTI = {"Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"}


@pytest.fixture
def objects(world: FakeWorld) -> dict[str, bytes]:
    objects = world.services.buckets["bucket"]
    objects |= {f"models/{name}.tar.gz": name.encode() for name in "AB"}
    return objects


@pytest.fixture
def endpoint(do: Do, objects: dict[str, bytes]) -> str:
    create_model(do, container() | MULTI)
    deploy(do)
    return "endpoint"


class Loads:
    """Which archives were loaded."""

    def __init__(self, world: FakeWorld) -> None:
        self.archives: list[bytes] = []
        load = world.host.load

        def noted(algorithm: str, archive: bytes, environment: Any) -> Model:
            self.archives.append(archive)
            return load(algorithm, archive, environment)

        world.host.load = noted  # type: ignore[method-assign]


@pytest.fixture
def loads(world: FakeWorld) -> Loads:
    return Loads(world)


def ask(plane: Plane, target: str) -> Any:
    return invoke(plane, headers={"x-amzn-sagemaker-target-model": target})


def test_an_endpoint_serves_before_any_model_is_loaded(
    do: Do, world: FakeWorld, endpoint: str
) -> None:
    assert described(do)["EndpointStatus"] == "InService"
    assert world.host.checked == []


def test_the_model_that_is_named_answers_and_is_tried_before_it_is_loaded(
    plane: Plane, world: FakeWorld, loads: Loads, endpoint: str
) -> None:
    bodies = [ask(plane, f"{name}.tar.gz").body for name in "ABAB"]
    assert bodies == [b"A:1", b"B:1", b"A:1", b"B:1"]
    assert world.host.checked == loads.archives == [b"A", b"B"]
    found = metrics(world, plane)
    assert found["ModelCacheHit", None][:2] == (4, 2.0)
    for name in ("ModelDownloadingTime", "ModelLoadingTime", "ModelLoadingWaitTime"):
        assert found[name, None][0] == 2, name


def test_a_new_archive_is_found_without_an_update(
    plane: Plane, objects: dict[str, bytes], endpoint: str
) -> None:
    refused = ask(plane, "deep/er/C.tar.gz")
    assert (refused.status, code(refused)) == (400, "ValidationError")
    assert said(refused).startswith(
        "Failed to download model data (bucket: bucket, key: models/deep/er/C.tar.gz). Please "
        "ensure that there is an object located at the URL and that the role passed to "
        "CreateModel has permissions to download the model."
    )
    objects["models/deep/er/C.tar.gz"] = b"C"
    assert ask(plane, "deep/er/C.tar.gz").body == b"C:1"
    assert ask(plane, "/A.tar.gz").body == b"A:1"


def test_what_was_fetched_is_not_looked_at_again(
    plane: Plane, objects: dict[str, bytes], endpoint: str
) -> None:
    ask(plane, "A.tar.gz")
    objects["models/A.tar.gz"] = b"A2"
    assert ask(plane, "A.tar.gz").body == b"A:1"


def test_beyond_what_fits_the_model_that_was_not_asked_for_longest_goes(
    plane: Plane, world: FakeWorld, objects: dict[str, bytes], loads: Loads, endpoint: str
) -> None:
    names = [f"m{n}" for n in range(MOST_LOADED)]
    objects |= {f"models/{name}": name.encode() for name in names}
    for name in names:
        ask(plane, name)
    ask(plane, "m0")  # now m1 is the one
    ask(plane, "A.tar.gz")
    loads.archives.clear()
    for name in names:
        if name != "m1":
            ask(plane, name)
    assert loads.archives == []
    del objects["models/m1"]
    assert ask(plane, "m1").body == b"m1:1", "its archive is still on the disk"
    assert loads.archives == [b"m1"]
    assert metrics(world, plane)["ModelUnloadingTime", None][0] == 2


def test_an_archive_goes_from_the_disk_too_when_that_is_full(
    plane: Plane, world: FakeWorld, objects: dict[str, bytes], endpoint: str
) -> None:
    region = plane.region(ACCOUNT, REGION)
    (plain,) = region.configs.plan("endpoint").variants
    traffic = Traffic("endpoint", "AllTraffic", "i-1")
    read: list[str] = []

    def fetch(bucket: str, key: str) -> bytes | None:
        read.append(key)
        return world.services.read(bucket, key)

    limits = {"most_loaded": 0, "most_fetched": 2}
    served = MultiModel("endpoint", plain, fetch, plane.world, traffic, **limits)
    for name in ("A", "B", "A", "large", "A"):
        objects[f"models/{name}"] = name.encode()
        served.model({TARGET_MODEL: name})
    assert read == [f"models/{name}" for name in ("A", "B", "large", "A")]


def test_without_caching_each_invocation_loads_its_model(
    do: Do, plane: Plane, objects: dict[str, bytes], loads: Loads
) -> None:
    create_model(do, container() | MULTI | {"MultiModelConfig": {"ModelCacheSetting": "Disabled"}})
    deploy(do)
    for _ in range(2):
        assert ask(plane, "A.tar.gz").body == b"A:1"
    assert loads.archives == [b"A", b"A"]


def test_an_archive_that_holds_no_model_is_the_containers_error(
    plane: Plane, objects: dict[str, bytes], endpoint: str
) -> None:
    objects["models/C.tar.gz"] = b"broken"
    assert said(ask(plane, "C.tar.gz")).startswith(
        'Received server error (500) from primary with message "it is no model".'
    )
    assert ask(plane, "A.tar.gz").status == 200


def test_invocations_at_once_of_one_model_load_it_once(
    plane: Plane, world: FakeWorld, loads: Loads, endpoint: str
) -> None:
    open_, load = threading.Event(), world.host.load

    def held(algorithm: str, archive: bytes, environment: Any) -> Model:
        assert open_.wait(10)
        return load(algorithm, archive, environment)

    world.host.load = held  # type: ignore[method-assign]
    bodies: list[bytes] = []
    asking = [
        threading.Thread(target=lambda: bodies.append(ask(plane, "A.tar.gz").body))
        for _ in range(4)
    ]
    for each in asking:
        each.start()
    open_.set()
    for each in asking:
        each.join()
    assert bodies == [b"A:1"] * 4
    assert loads.archives == [b"A"]


def test_a_target_model_is_for_such_an_endpoint_and_it_needs_one(
    do: Do, plane: Plane, endpoint: str
) -> None:
    missing = invoke(plane)
    assert (missing.status, code(missing)) == (400, "ValidationError")
    assert "missing a target model header" in said(missing)
    create_model(do, container(), name="plain")
    deploy(do, {**_plain()}, name="other")
    refused = invoke(plane, name="other", headers={"x-amzn-sagemaker-target-model": "A.tar.gz"})
    assert said(refused) == (
        "Endpoint other is not a multi-model endpoint and does not support target model header."
    )


def _plain() -> dict[str, Any]:
    return {
        "VariantName": "v",
        "ModelName": "plain",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }


KMEANS = "664544806723.dkr.ecr.eu-central-1.amazonaws.com/kmeans:1"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ModelDataUrl": "s3://bucket/nothing/"}, "Could not find model data at s3://bucket/noth"),
        ({"ModelDataUrl": "s3://nobody/"}, "Could not find model data at s3://nobody/"),
        ({"ModelDataUrl": None}, "needs a ModelDataUrl: the prefix"),
        ({"Image": KMEANS}, "does not contain required com.amazonaws.sagemaker.capabilities.mul"),
        (
            {"Mode": "SingleModel", "MultiModelConfig": {"ModelCacheSetting": "Enabled"}},
            "MultiModelConfig is for a container whose Mode is MultiModel",
        ),
    ],
)
def test_what_cannot_hold_several_models_is_refused(
    do: Do, objects: dict[str, bytes], changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        create_model(do, container() | MULTI | changed)
