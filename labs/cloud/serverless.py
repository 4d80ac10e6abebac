"""A variant without instances: environments that come when they are needed, and go when idle.

Source: Amazon SageMaker's documentation, "Deploy models with Serverless Inference" (read 2026-11).
How long an idle environment stays, and how long a new one takes, it does not say: both are ours,
and short, so that a learner sees them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from labs.cloud.endpoint import Serverless, Variant
from labs.cloud.ports import Model, World
from labs.cloud.refusals import Refused
from labs.cloud.served import Single
from labs.cloud.traffic import Traffic

COLD_S = 1.5  # seconds of a cold start, beside the loading of the model
IDLE_S = 60.0  # seconds that an environment stays warm when nobody asks it
LARGEST_BODY = 4 * 1024**2  # bytes


class OnDemand:
    """A `served.Served` with as many environments as there are invocations at once."""

    is_quick = False

    def __init__(self, single: Single, limits: Serverless, world: World) -> None:
        self._single, self._limits, self._world = single, limits, world
        self._lock = threading.Lock()
        self._busy = 0
        self._idle: list[int] = []  # since when (ticks), the longest first
        self._never = threading.Event()

    @property
    def variant(self) -> Variant:
        return self._single.variant

    @property
    def traffic(self) -> Traffic:
        return self._single.traffic

    def model(self, headers: Mapping[str, str]) -> Model:
        """An environment's model; a cold start is part of it. Raises Refused if there are as many
        invocations as there may be."""
        is_cold = self._enter()
        try:
            if not is_cold:
                return self._single.model(headers)
            begun = self._world.ticks()
            self._world.wait(self._never, COLD_S)
            model = self._single.model(headers)
            took = (self._world.ticks() - begun) / 1000
            self.traffic.measure(self._world.now(), {"ModelSetupTime": took})
            return model
        except Exception:
            self.done()
            raise

    def done(self) -> None:
        with self._lock:
            self._busy -= 1
            self._idle.append(self._world.ticks())

    def load(self) -> None:
        """Only what is provisioned is ready before anybody asks."""
        if self._limits.warm:
            self._single.load()

    def archives(self) -> list[bytes]:
        return self._single.archives()

    def at(self, variant: Variant) -> OnDemand:
        assert variant.serverless is not None
        return OnDemand(self._single.at(variant), variant.serverless, self._world)

    def close(self) -> None:
        self._single.close()

    def _enter(self) -> bool:
        """Take an environment: whether it is a new one. Raises Refused."""
        most, warm = self._limits.most, self._limits.warm or 0
        with self._lock:
            now = self._world.ticks()
            self._idle = [since for since in self._idle if now - since < IDLE_S * 1e9]
            if self._busy >= most:
                raise Refused(
                    "ThrottlingException",
                    f"Rate exceeded: {most} invocations are under way, the MaxConcurrency of the "
                    f"variant {self.variant.name}.",
                    429,
                )
            if not (self._busy or self._idle or warm):
                self._single.unload()
            self._busy += 1
            is_cold = not self._idle and self._busy > warm
            if self._idle:
                self._idle.pop()  # the one that was used last
            self._measure(self._busy, warm)
        return is_cold

    def _measure(self, busy: int, warm: int) -> None:
        values = {"ServerlessConcurrentExecutionsUtilization": busy / self._limits.most}
        if warm:
            values |= {
                "ServerlessProvisionedConcurrencyExecutions": float(min(busy, warm)),
                "ServerlessProvisionedConcurrencyUtilization": min(busy, warm) / warm,
                "ServerlessProvisionedConcurrencyInvocations": float(busy <= warm),
                "ServerlessProvisionedConcurrencySpilloverInvocations": float(busy > warm),
            }
        self.traffic.measure(self._world.now(), values)
