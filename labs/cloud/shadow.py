"""A shadow variant: it is asked what the production variant is asked, and nobody hears its answer.

Source: CreateEndpointConfig, ShadowProductionVariants, and "Shadow tests" of Amazon SageMaker's
documentation (read 2026-11). InvokeEndpoint does not wait for it: copies are answered one after
the other in a thread of their own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from labs.cloud.endpoint import Variant
from labs.cloud.ports import Region
from labs.cloud.refusals import Refused
from labs.cloud.served import Served

MOST_BYTES = 64 << 20  # of copies that wait; beyond that they are dropped


@dataclass(frozen=True)
class Asked:
    """One request as it came. `headers` are in lower case."""

    body: bytes
    content_type: str | None
    accept: str | None
    headers: Mapping[str, str]


class Shadow:
    """Any thread may call it. `share` of the requests are copied; `answer` has the variant answer
    one, and counts and captures that."""

    def __init__(
        self,
        region: Region,
        served: Served,
        share: float,
        answer: Callable[[Served, Asked], object],
    ) -> None:
        self.served = served
        self._region, self._share, self._answer = region, share, answer
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._waiting: deque[Asked] = deque()
        self._size = 0
        self._is_due = False  # whether a thread is about to answer

    def copy(self, asked: Asked) -> None:
        """Have the shadow asked the same, unless chance leaves this request out."""
        if self._share < 1 and self._region.world.chance() >= self._share:
            return
        with self._lock:
            if self._size + len(asked.body) > MOST_BYTES:
                now = self._region.world.now()
                self.served.traffic.say(now, "Too many copies wait: this request was not copied.")
                return
            self._waiting.append(asked)
            self._size += len(asked.body)
            is_first, self._is_due = not self._is_due, True
        if is_first:
            self._region.begin(self.catch_up, training=False, is_long=True)

    def catch_up(self) -> None:
        """Answer all copies that wait; what is being answered is waited for. It takes no lock but
        its own."""
        with self._turn:
            while True:
                with self._lock:
                    if not self._waiting:
                        self._is_due = False
                        return
                    asked = self._waiting.popleft()
                    self._size -= len(asked.body)
                with suppress(Refused):  # the one who asked has no use for it
                    self._answer(self.served, asked)


def share_of(shadow: Variant, production: Variant) -> float:
    """Which share of the requests is copied: the shadow's weight over that of the production
    variant, and at most all of them."""
    if production.weight <= shadow.weight:
        return 1.0
    return shadow.weight / production.weight
