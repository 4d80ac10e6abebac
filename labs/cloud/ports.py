"""What the data plane needs of the rest of the cloud, and of the world."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from labs.cloud.keys import Key
from labs.cloud.network import Way
from labs.permission import Principal

if TYPE_CHECKING:
    from labs.cloud.acting import Acting


class NoSuchBucket(Exception):
    """There is no S3 bucket of this name in this region."""


class BadModel(Exception):
    """An archive's model cannot be served; the message says why."""


@dataclass(frozen=True)
class Datum:
    """One point of a CloudWatch metric: a value, or many as (count, sum, least, most)."""

    name: str
    at: datetime
    dimensions: tuple[tuple[str, str], ...]
    value: float | tuple[int, float, float, float]
    unit: str = "None"


class Guards(Protocol):
    """What stands between a role and what it wants, in one account and region."""

    def way_to_s3(self, subnets: Iterable[str], groups: Iterable[str]) -> Way | None:
        """How S3 is reached from these subnets behind these security groups; None: not at all."""

    def bucket_policy(self, bucket: str) -> str:
        """The bucket's policy, JSON; empty without one, or without such a bucket."""

    def key_of(self, bucket: str, key: str) -> str:
        """The KMS key that an object is encrypted with; empty without one."""

    def key(self, id: str) -> Key | None:
        """A KMS key by its id, ARN or alias; None if there is none."""

    def policies(self, role: str) -> list[Mapping[str, Any]]:
        """The documents of a role's own policies, inline and managed."""

    def principal(self, role: str) -> Principal:
        """A role (an ARN) as SageMaker takes it on, with its policies and boundary as they are."""


class Services(Protocol):
    """The other services of one account, seen from one region. Each call is one step: nobody
    else's call happens in its midst. Times are aware; a log event is (UTC milliseconds, text)."""

    @property
    def guards(self) -> Guards:
        """What keeps a role from what it may not."""

    def keys(self, bucket: str, prefix: str) -> Sequence[str]:
        """The S3 keys that begin with the prefix, sorted. Raises NoSuchBucket."""

    def read(self, bucket: str, key: str) -> bytes | None:
        """The object; None if there is none, or no such bucket."""

    def write(self, bucket: str, key: str, body: bytes, kms_key: str | None = None) -> None:
        """Put the object. Raises NoSuchBucket."""

    def delete(self, bucket: str, key: str) -> None:
        """Delete the object, if there is one. Raises NoSuchBucket."""

    def sagemaker_may_assume(self, role: str) -> bool:
        """Whether the role (an ARN) exists and its trust policy lets SageMaker assume it."""

    def missing_network(self, subnets: Iterable[str], groups: Iterable[str]) -> list[str]:
        """Those of the subnets and security groups that the region does not have."""

    def log(self, group: str, stream: str, events: Iterable[tuple[int, str]]) -> None:
        """Add to a CloudWatch log stream, which is made if it is not there."""

    def measure(self, namespace: str, data: Iterable[Datum]) -> None:
        """Add to CloudWatch metrics."""

    def notify(self, topic: str, message: str) -> bool:
        """Publish to an SNS topic (an ARN); False if there is none. The same message has the same
        id each time."""

    def tag(self, kind: str, name: str, arn: str, tags: Sequence[Mapping[str, str]]) -> None:
        """Keep the tags of a resource that no call of a client's has made, so that ListTags and
        its kin know it. `kind` as in its operations: TrainingJob."""

    def scaled_variants(self, endpoint: str) -> frozenset[str]:
        """The variants of an endpoint that are registered with Application Auto Scaling."""

    def stop_scaling(self, endpoint: str) -> None:
        """Deregister them, their policies included."""

    def alarms(self, names: Iterable[str]) -> Mapping[str, str]:
        """The states of CloudWatch alarms, by name; those that are not there are left out."""


class Exit(Protocol):
    """How a training process ended; see algorithms/worker.py."""

    @property
    def code(self) -> int: ...
    @property
    def failure(self) -> str | None: ...
    @property
    def stopped(self) -> bool: ...
    @property
    def timed_out(self) -> bool: ...


class Train(Protocol):
    """Runs a built-in algorithm over the /opt/ml layout under `base`, to its end."""

    def __call__(
        self,
        algorithm: str,
        base: Path,
        *,
        on_line: Callable[[str], None],
        stop: threading.Event,
        deadline_s: float | None,
        environment: Mapping[str, str],
    ) -> Exit: ...


class Answer(Protocol):
    """What a model's container answers; see algorithms/xgboost/serving.py."""

    @property
    def status(self) -> int: ...
    @property
    def content_type(self) -> str: ...
    @property
    def body(self) -> bytes: ...


class Model(Protocol):
    """A loaded model; any thread may ask it."""

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer: ...


@runtime_checkable
class Living(Protocol):
    """A model with a process of its own: its answers take their time, and `close` ends it, once
    nobody waits for one any more."""

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer: ...

    def close(self) -> None: ...


@runtime_checkable
class Talking(Protocol):
    """A model whose container prints."""

    def listen(self, on_line: Callable[[str], None]) -> None:
        """Have each line that it prints, also those it has printed so far."""


class Host(Protocol):
    """Makes a model out of a model.tar.gz."""

    def check(self, algorithm: str, archive: bytes) -> None:
        """Try the model where it can do no harm. Raises archive.BadArchive or BadModel."""

    def load(self, algorithm: str, archive: bytes, environment: Mapping[str, str]) -> Model:
        """Load a model that was tried before; the environment is its container's. Raises the
        same."""


@dataclass(frozen=True)
class World:
    """Everything that the plane does not know by itself.

    `lock` is held while anything happens to what the services hold; the same thread may take it
    twice. `ticks` counts nanoseconds from anywhere. `wait` waits for an event, or for so many
    seconds, and says whether the event came. `chance` draws from [0, 1). `folder` makes a new
    empty folder for one job, and takes it away again. `clear` makes the services forget what they
    hold, `close` takes the plane away from them and ends the processes.
    """

    services: Callable[[str, str], Services]  # of an account and a region
    lock: AbstractContextManager[Any]
    now: Callable[[], datetime]
    ticks: Callable[[], int]
    wait: Callable[[threading.Event, float], bool]
    chance: Callable[[], float]
    folder: Callable[[], AbstractContextManager[Path]]
    train: Train
    host: Host
    clear: Callable[[], None]
    close: Callable[[], None]
    pace_s: float = 0.0
    minute_s: float = 0.3  # how long each minute lasts that an update waits, baking a new fleet
    at_once: int = 2  # training jobs; further ones wait in Starting
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())  # an id that nothing else has


class Region(Protocol):
    """What everything in one region of one account shares; see plane.py."""

    @property
    def account(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def partition(self) -> str: ...
    @property
    def world(self) -> World: ...
    @property
    def services(self) -> Services: ...

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a SageMaker resource."""

    def acting(self, role: str, network: Mapping[str, Any] | None = None) -> Acting:
        """The services as a role uses them, from within a VpcConfig if there is one; see acting.py.
        Without a role (what was recorded by older versions has none) they are used as they are."""

    def begin(
        self, work: Callable[[], None], *, training: bool, is_long: bool = False
    ) -> Future[None] | None:
        """Have work done in a thread of its own; None while a record is repeated. What `is_long`
        may take its time: nothing else waits for its thread."""

    def tell(self, kind: str, name: str, value: Mapping[str, Any]) -> None:
        """Hand on an outcome. To be called under the lock, and never from within a call: the
        record has the call before what came of it."""
