"""What is kept of an endpoint comes back as it was, also from a record of an earlier version."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.container import Container
from labs.cloud.endpoint import Endpoint, Plan, Serverless, Variant
from labs.cloud.plane import Plane
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeWorld
from tests.labs.hosting.conftest import (
    IMAGE,
    Do,
    container,
    create_model,
    deploy,
    invoke,
    metrics,
    variant,
)

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CONTAINERS = st.builds(
    Container,
    st.sampled_from(["primary", "container-1"]),
    st.just(IMAGE),
    st.none() | st.just("s3://bucket/A.tar.gz"),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    st.booleans(),
    st.booleans(),
)
VARIANTS = st.builds(
    Variant,
    st.sampled_from(["a", "b"]),
    st.just("model"),
    st.lists(CONTAINERS, min_size=1, max_size=3).map(tuple),
    st.none() | st.just("ml.m5.large"),
    st.integers(0, 3),
    st.floats(0, 5),
    st.booleans(),
    st.none() | st.builds(Serverless, st.just(2048), st.integers(1, 200), st.none() | st.just(1)),
)
PLANS = st.builds(
    Plan,
    st.just("config"),
    st.lists(VARIANTS, min_size=1, max_size=2).map(tuple),
    st.none()
    | st.just({"InitialSamplingPercentage": 5, "CaptureOptions": [{"CaptureMode": "Input"}]}),
    st.none() | st.just({"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}),
)


@given(plan=st.none() | PLANS, failure=st.none() | st.just("no"))
def test_an_endpoint_comes_back_as_it_was(plan: Plan | None, failure: str | None) -> None:
    endpoint = Endpoint("e", "arn", AT, AT, "config", plan, failure=failure)
    again = Endpoint("e", "arn", AT, AT, "")
    assert again.with_fate(json.loads(json.dumps(endpoint.fate()))) == endpoint


OLD_FATE: dict[str, Any] = {
    "created": 1_795_262_400_000,
    "modified": 1_795_262_400_000,
    "config": "endpoint",
    "variants": [
        {
            "name": "AllTraffic",
            "model": "model",
            "image": IMAGE,
            "data": "s3://bucket/A.tar.gz",
            "environment": {},
            "instance_type": "ml.m5.large",
            "count": 2,
            "weight": 0.5,
        }
    ],
    "failure": None,
}
ABOUT = {"account": ACCOUNT, "region": REGION}


def test_an_endpoint_of_an_earlier_version_serves_again(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    plane.replaying = True
    create_model(do, container())
    deploy(do, variant())
    outcome = {"kind": "endpoint", "name": "endpoint", "fate": OLD_FATE}
    plane.restore(ABOUT | outcome | {"archives": {"AllTraffic": b"A"}})
    plane.resume()
    assert plane.settle(10)
    assert invoke(plane).body == b"A:1"
    told = do("DescribeEndpoint", EndpointName="endpoint")
    assert told["EndpointStatus"] == "InService"
    assert told["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    traffic = {
        "kind": "traffic",
        "name": "endpoint/AllTraffic",
        "stream": "AllTraffic/i-1",
        "lines": [[1, "said"]],
        "totals": [["2026-11-21T12:00:00+00:00", "Invocations", 2, 2.0, 1.0, 1.0]],
    }
    plane.restore(ABOUT | traffic)
    assert metrics(world, plane)["Invocations", None][0] == 3
    assert world.services.logs["/aws/sagemaker/Endpoints/endpoint", "AllTraffic/i-1"] == [
        (1, "said")
    ]
