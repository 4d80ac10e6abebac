"""The fakes of the cloud's own tests, with a model that does what a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.cloud.ports import Answer, Model
from tests.labs.cloud.conftest import Do, do, plane  # noqa: F401
from tests.labs.cloud.fakes import FakeAnswer, FakeHost, FakeWorld, model

Answering = Callable[[bytes, "str | None", "str | None"], Answer]


class Scripted:
    """A `ports.Living` that answers by a function, and remembers what it was asked."""

    def __init__(self, host: Host, environment: Mapping[str, str]) -> None:
        self.host, self.environment, self.is_closed = host, environment, False

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        self.host.asked.append((body, content_type, accept))
        return self.host.answering(body, content_type, accept)

    def close(self) -> None:
        self.is_closed = True


class Host(FakeHost):
    """`answering` is what its models do: by default they give back each line in capitals."""

    def __init__(self) -> None:
        super().__init__()
        self.answering: Answering = lambda body, *_: FakeAnswer(200, "text/csv", body.upper())
        self.asked: list[tuple[bytes, str | None, str | None]] = []
        self.models: list[Scripted] = []

    def load(self, algorithm: str, archive: bytes, environment: Mapping[str, str]) -> Model:
        self.models.append(Scripted(self, environment))
        return self.models[-1]


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def world(host: Host) -> FakeWorld:
    """A world with a model's archive, and three objects to transform."""
    made = FakeWorld()
    made.host = host
    made.services.buckets["bucket"] = {
        "a.tar.gz": b"A",
        "in/a.csv": b"a,1\nb,2\n",
        "in/deep/c.csv": b"c,3\n",
        "other/x.csv": b"x\n",
    }
    return made


@pytest.fixture
def transform(do: Do, world: FakeWorld) -> Callable[..., dict[str, Any]]:  # noqa: F811
    """A transform job to its end, as DescribeTransformJob then shows it."""
    do("CreateModel", model())

    def done(**more: Any) -> dict[str, Any]:
        do("CreateTransformJob", request(**more))
        return do("DescribeTransformJob", TransformJobName="job")

    return done


def request(**more: Any) -> dict[str, Any]:
    """A CreateTransformJob; members of TransformInput and TransformOutput may be given alone."""
    data: dict[str, Any] = {
        "DataSource": {
            "S3DataSource": {
                "S3DataType": more.pop("S3DataType", "S3Prefix"),
                "S3Uri": more.pop("S3Uri", "s3://bucket/in"),
            }
        },
        "ContentType": "text/csv",
        "SplitType": "Line",
    }
    output: dict[str, Any] = {"S3OutputPath": "s3://bucket/out"}
    for part, names in (
        (data, ("ContentType", "SplitType", "CompressionType")),
        (output, ("Accept", "AssembleWith", "KmsKeyId", "S3OutputPath")),
    ):
        part.update({name: more.pop(name) for name in names if name in more})
    return {
        "TransformJobName": "job",
        "ModelName": "model",
        "TransformInput": {name: value for name, value in data.items() if value is not None},
        "TransformOutput": output,
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


def outputs(world: FakeWorld) -> dict[str, bytes]:
    """What lies under the output path, by the rest of its key."""
    objects = world.services.buckets["bucket"]
    return {key[4:]: body for key, body in objects.items() if key.startswith("out/")}


def logged(world: FakeWorld, *, of_data: bool = True) -> list[str]:
    """The lines of the data log, without time and place; or those of the container."""
    found = []
    for (group, stream), events in world.services.logs.items():
        if group == "/aws/sagemaker/TransformJobs" and stream.endswith("data-log") == of_data:
            found += [text.partition(":[sagemaker logs]: ")[2] or text for _, text in events]
    return found


def start(plane: Plane, **more: Any) -> None:  # noqa: F811
    """Create a job without waiting for it."""
    from tests.labs.cloud.fakes import ACCOUNT, REGION

    plane.call(ACCOUNT, REGION, "CreateTransformJob", request(**more))
