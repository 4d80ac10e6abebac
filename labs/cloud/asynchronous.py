"""The queue of an asynchronous endpoint, and the threads that work it off.

What is recorded is the call that put an inference into the queue, and its outcome: so what a cloud
that was killed had not done is in the queue again at the next start.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labs.cloud.attempt import Attempt
from labs.cloud.inference import Inference
from labs.cloud.invocation import Deployment
from labs.cloud.ports import NoSuchBucket, Region
from labs.cloud.traffic import Traffic

INFERENCE = "inference"  # the kind of outcome that tells how one ended
PER_INSTANCE = 4  # invocations at once, where ClientConfig does not say
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Capacity:
    """What works a queue off now: `config` is the AsyncInferenceConfig."""

    deployment: Deployment
    config: Mapping[str, Any]

    @property
    def instances(self) -> int:
        return sum(served.variant.count for served in self.deployment.served)

    @property
    def at_once(self) -> int:
        client = self.config.get("ClientConfig") or {}
        each: int = client.get("MaxConcurrentInvocationsPerInstance") or PER_INSTANCE
        return self.instances * each


class Queue:
    """Of one endpoint. `put`, `restore`, `resume` and `measure` are called under the world's lock.

    `capacity` is asked anew before each inference: the endpoint may have changed. `traffic` is the
    endpoint's as a whole.
    """

    def __init__(
        self, region: Region, capacity: Callable[[], Capacity | None], traffic: Traffic
    ) -> None:
        self._region, self._world, self._services = region, region.world, region.services
        self._capacity, self._traffic = capacity, traffic
        self._waiting: deque[Inference] = deque()
        self._at_work: list[Inference] = []
        self._size = 0.0  # when it was last measured
        self._gone = threading.Event()

    def put(self, inference: Inference) -> None:
        self._waiting.append(inference)
        self.measure()
        self.resume()

    def resume(self) -> None:
        """Begin as much as the endpoint's capacity is for."""
        capacity = self._capacity()
        if capacity is not None:
            for _ in range(min(capacity.at_once - len(self._at_work), len(self._waiting))):
                if self._region.begin(self._work, training=False, is_long=True) is None:
                    return

    def restore(self, outcome: Mapping[str, Any]) -> None:
        """Let an inference have ended as it was told before."""
        for inference in self._waiting:
            if inference.id == outcome["id"] and str(inference.output) == outcome["output"]:
                self._waiting.remove(inference)
                break
        for bucket, key, body, kms_key in outcome["objects"]:
            try:
                self._services.write(bucket, key, body, kms_key)
            except NoSuchBucket:
                continue
        for topic, message in outcome["notified"]:
            self._services.notify(topic, message)

    def measure(self) -> None:
        """Note how much there is to do: the endpoint's metrics of the backlog. That there is
        nothing is noted once."""
        size, before = float(len(self._waiting) + len(self._at_work)), self._size
        self._size = size
        if not (size or before):
            return
        capacity, now = self._capacity(), self._world.now()
        instances = 0 if capacity is None else capacity.instances
        oldest = min((each.received for each in [*self._at_work, *self._waiting]), default=now)
        values = {
            "ApproximateBacklogSize": size,
            "ApproximateAgeOfOldestRequest": max(0.0, (now - oldest).total_seconds()),
            "HasBacklogWithoutCapacity": float(bool(size) and not instances),
        }
        if instances:
            values["ApproximateBacklogSizePerInstance"] = size / instances
        self._traffic.measure(now, values)

    def forget(self) -> None:
        self._gone.set()
        self._waiting.clear()

    # The work, in threads of its own

    def _work(self) -> None:
        """Work off what waits, as long as there is capacity."""
        while True:
            with self._world.lock:
                capacity = self._capacity()
                if self._gone.is_set() or capacity is None or not self._waiting:
                    return
                if len(self._at_work) >= capacity.at_once:
                    return
                inference = self._waiting.popleft()
                self._at_work.append(inference)
            try:
                attempt = Attempt(inference, capacity.deployment, capacity.config, self._region)
                attempt.run(self._ended)
            except Exception:
                _log.exception("inference %s of endpoint %s", inference.id, inference.endpoint)
                with self._world.lock:
                    if inference in self._at_work:
                        self._at_work.remove(inference)

    def _ended(self, inference: Inference, outcome: Callable[[], Mapping[str, Any]]) -> None:
        """Let an inference have ended, and tell."""
        with self._world.lock:
            self._at_work.remove(inference)
            if self._gone.is_set():
                return
            self._region.tell(INFERENCE, inference.endpoint, outcome())
            self.measure()
