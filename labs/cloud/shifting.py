"""Two fleets behind one endpoint, while an update goes from the one to the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labs.cloud.invocation import Deployment, Invocation
from labs.cloud.ports import World
from labs.cloud.rollout import Rollout


@dataclass(frozen=True)
class Shift:
    """The new fleet gets this share of the traffic, the old one the rest. `chance` draws from
    [0, 1)."""

    old: Deployment
    new: Deployment
    share: float
    chance: Callable[[], float]

    @property
    def is_quick(self) -> bool:
        """Whether `invoke` waits for nothing."""
        return self.old.is_quick and self.new.is_quick

    def invoke(
        self,
        body: bytes,
        content_type: str | None,
        accept: str | None,
        target_variant: str | None,
        headers: Mapping[str, str],
    ) -> Invocation:
        """Answer from one of the fleets."""
        fleet = self.new if self.share >= 1 or self.chance() < self.share else self.old
        return fleet.invoke(body, content_type, accept, target_variant, headers)


def shift(
    rollout: Rollout,
    world: World,
    gone: threading.Event,
    on_step: Callable[[float], None],
    tripped: Callable[[Sequence[str]], list[str]],
) -> list[str]:
    """Go step by step, until all is done or an alarm goes off: those that did. `on_step` is told
    the new fleet's share, `tripped` says which of the alarms are in alarm; it is asked once a
    minute, as alarms are looked at, and when the new fleet has baked."""
    for share in rollout.shares:
        on_step(share)
        left, is_over = _lasting(rollout.bake_s, world), False
        while not is_over:
            if left > 0 and world.wait(gone, min(left, world.minute_s)):
                return []
            if rollout.alarms and (names := tripped(rollout.alarms)):
                return names
            left -= world.minute_s
            is_over = left < 1e-9
    if rollout.end_s:
        world.wait(gone, _lasting(rollout.end_s, world))
    return []


def _lasting(seconds: int, world: World) -> float:
    """How long a waiting time of an update lasts here, in seconds."""
    return max(seconds / 60 * world.minute_s, world.pace_s)
