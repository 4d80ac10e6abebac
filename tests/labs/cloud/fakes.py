"""A world for the plane without moto and without processes: everything is in memory, nothing
waits, and the algorithm does what a test says."""

from __future__ import annotations

import itertools
import json
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from labs.cloud import images
from labs.cloud.keys import Key
from labs.cloud.network import OUTSIDE, Way
from labs.cloud.plane import Plane
from labs.cloud.ports import Answer, BadModel, Datum, Model, NoSuchBucket, World
from labs.permission import Principal

ACCOUNT, REGION = "123456789012", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker"
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass
class FakeGuards:
    """Nothing stands in the way; but what a test says does."""

    may: Mapping[str, Any] = field(default_factory=lambda: EVERYTHING)  # every role's policy
    way: Way | None = OUTSIDE
    bucket_policies: dict[str, str] = field(default_factory=dict)
    encrypted: dict[str, str] = field(default_factory=dict)  # an object's key: its KMS key
    kms: dict[str, Key | None] = field(default_factory=dict)

    def way_to_s3(self, subnets: Iterable[str], groups: Iterable[str]) -> Way | None:
        return self.way

    def bucket_policy(self, bucket: str) -> str:
        return self.bucket_policies.get(bucket, "")

    def key_of(self, bucket: str, key: str) -> str:
        return self.encrypted.get(key, "")

    def key(self, id: str) -> Key | None:
        anybody = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
        return self.kms.get(id, Key(id, "Enabled", anybody))

    def policies(self, role: str) -> list[Mapping[str, Any]]:
        return []

    def principal(self, role: str) -> Principal:
        name = role.rpartition("/")[2]
        who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/SageMaker"
        return Principal(who, role, (json.dumps(self.may),))


@dataclass
class FakeServices:
    """S3, IAM, CloudWatch and Application Auto Scaling of one region, as dicts."""

    buckets: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"bucket": {}})
    roles: set[str] = field(default_factory=lambda: {ROLE})
    logs: dict[tuple[str, str], list[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    metrics: list[tuple[str, Datum]] = field(default_factory=list)
    kms_keys: dict[str, str | None] = field(default_factory=dict)
    scaled: set[tuple[str, str]] = field(default_factory=set)
    network: set[str] = field(default_factory=lambda: {"subnet-1", "sg-1"})
    topics: dict[str, list[str]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)  # of alarms
    tags: dict[tuple[str, str], list[Mapping[str, str]]] = field(default_factory=dict)
    guards: FakeGuards = field(default_factory=FakeGuards)

    def keys(self, bucket: str, prefix: str) -> Sequence[str]:
        return sorted(key for key in self._bucket(bucket) if key.startswith(prefix))

    def read(self, bucket: str, key: str) -> bytes | None:
        return self.buckets.get(bucket, {}).get(key)

    def write(self, bucket: str, key: str, body: bytes, kms_key: str | None = None) -> None:
        self._bucket(bucket)[key] = body
        self.kms_keys[key] = kms_key

    def delete(self, bucket: str, key: str) -> None:
        self._bucket(bucket).pop(key, None)

    def sagemaker_may_assume(self, role: str) -> bool:
        return role in self.roles

    def missing_network(self, subnets: Iterable[str], groups: Iterable[str]) -> list[str]:
        return [name for name in (*subnets, *groups) if name not in self.network]

    def log(self, group: str, stream: str, events: Iterable[tuple[int, str]]) -> None:
        self.logs[group, stream] += events

    def measure(self, namespace: str, data: Iterable[Datum]) -> None:
        self.metrics += [(namespace, datum) for datum in data]

    def notify(self, topic: str, message: str) -> bool:
        if topic in self.topics:
            self.topics[topic].append(message)
        return topic in self.topics

    def tag(self, kind: str, name: str, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        self.tags[kind, name] = [*tags]

    def scaled_variants(self, endpoint: str) -> frozenset[str]:
        return frozenset(variant for name, variant in self.scaled if name == endpoint)

    def stop_scaling(self, endpoint: str) -> None:
        self.scaled = {(name, variant) for name, variant in self.scaled if name != endpoint}

    def alarms(self, names: Iterable[str]) -> Mapping[str, str]:
        return {name: self.states[name] for name in names if name in self.states}

    def _bucket(self, name: str) -> dict[str, bytes]:
        if name not in self.buckets:
            raise NoSuchBucket(name)
        return self.buckets[name]


@dataclass(frozen=True)
class End:
    code: int = 0
    failure: str | None = None
    stopped: bool = False
    timed_out: bool = False


@dataclass
class Call:
    """What an algorithm was given to run with."""

    name: str  # the algorithm's
    base: Path
    say: Callable[[str], None]
    stop: threading.Event
    deadline_s: float | None
    environment: Mapping[str, str]


def trained(call: Call) -> End:
    """An algorithm that logs two rounds and leaves a model."""
    call.say("[0]\ttrain-rmse:2.50000\tvalidation-rmse:3.00000")
    call.say("[1]\ttrain-rmse:1.50000\tvalidation-rmse:2.00000")
    (call.base / "model/xgboost-model").write_bytes(b"{model}")
    return End()


def until_stopped(call: Call) -> End:
    """One that trains until it is told to end, and leaves nothing."""
    call.say("[0]\ttrain-rmse:2.50000")
    assert call.stop.wait(10)
    return End(143, stopped=True)


@dataclass(frozen=True)
class FakeAnswer:
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class FakeModel:
    """Answers with its archive's text and the request's; refuses the body `bad`, breaks at
    `worse`."""

    archive: bytes
    environment: Mapping[str, str]

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        if body == b"bad":
            return FakeAnswer(415, "text/plain", b"no such type")
        if body == b"worse":
            raise RuntimeError("the container broke")
        return FakeAnswer(200, accept or "text/csv", self.archive + b":" + body)


class FakeHost:
    """Takes every archive for a model, but those that begin with `broken`."""

    def __init__(self) -> None:
        self.checked: list[bytes] = []

    def check(self, algorithm: str, archive: bytes) -> None:
        self.checked.append(archive)
        if archive.startswith(b"broken"):
            raise BadModel("it is no model")

    def load(self, algorithm: str, archive: bytes, environment: Mapping[str, str]) -> Model:
        return FakeModel(archive, environment)


class FakeWorld:
    """Makes planes. Each look at the clock is a second later. `algorithm` runs the jobs."""

    def __init__(self) -> None:
        self.regions: dict[tuple[str, str], FakeServices] = defaultdict(FakeServices)
        self.services = self.regions[ACCOUNT, REGION]
        self.algorithm: Callable[[Call], End] = trained
        self.host = FakeHost()
        self.chances: list[float] = []  # to be drawn; then 0
        self.waits: list[float] = []
        self.ticks: Callable[[], int] = lambda: 0
        self.outcomes: list[dict[str, Any]] = []
        self.lock = threading.RLock()
        self._seconds = itertools.count()

    def plane(self, *, pace_s: float = 0.0, at_once: int = 2) -> Plane:
        world = World(
            services=lambda account, region: self.regions[account, region],
            lock=self.lock,
            now=lambda: START + timedelta(seconds=next(self._seconds)),
            ticks=lambda: self.ticks(),
            wait=self._wait,
            chance=lambda: self.chances.pop(0) if self.chances else 0.0,
            folder=_folder,
            train=self._train,
            host=self.host,
            clear=lambda: None,
            close=lambda: None,
            pace_s=pace_s,
            at_once=at_once,
        )
        return Plane(world, lambda outcome: self.outcomes.append(dict(outcome)))

    def _wait(self, event: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        return event.is_set()

    def _train(
        self,
        algorithm: str,
        base: Path,
        *,
        on_line: Callable[[str], None],
        stop: threading.Event,
        deadline_s: float | None,
        environment: Mapping[str, str],
    ) -> End:
        return self.algorithm(Call(algorithm, base, on_line, stop, deadline_s, environment))


def _folder() -> AbstractContextManager[Path]:
    class Folder(tempfile.TemporaryDirectory[str]):
        def __enter__(self) -> Path:  # type: ignore[override]
            return Path(super().__enter__())

    return Folder()


# Requests


def channel(name: str = "train", uri: str = "s3://bucket/train", **more: Any) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, **more.pop("source", {})}
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": source},
        **more,
    }


def job(name: str = "job", **more: Any) -> dict[str, Any]:
    """A CreateTrainingJob."""
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": images.uri(REGION),
            "TrainingInputMode": "File",
        },
        "HyperParameters": {"num_round": "2"},
        "InputDataConfig": [channel()],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def model(name: str = "model", data: str = "s3://bucket/a.tar.gz", **more: Any) -> dict[str, Any]:
    """A CreateModel; `more` is the container's."""
    container = {"Image": images.uri(REGION), "ModelDataUrl": data, **more}
    return {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": container}


def config(name: str = "config", models: Mapping[str, float] | None = None) -> dict[str, Any]:
    """A CreateEndpointConfig of variants called like their models, with their weights."""
    variants = [
        {
            "VariantName": each,
            "ModelName": each,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": weight,
        }
        for each, weight in (models or {"model": 1.0}).items()
    ]
    return {"EndpointConfigName": name, "ProductionVariants": variants}
