"""Calls go through the recorder: what changes the cloud is written down, and can be repeated."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from labs.cloud.calls import Call, Log, Outcome
from labs.cloud.wire import Request, Response, changes, refusal
from labs.errors import LabsError

_log = logging.getLogger(__name__)


class Moto(Protocol):
    """What executes calls."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while anything happens to what moto holds; the same thread may take it twice."""

    def execute(self, request: Request) -> Response: ...

    def repeatable(self, at: int, seed: int) -> AbstractContextManager[None]:
        """What is executed inside happens at `at` (UTC milliseconds); its ids come from `seed`."""


class Plane(Protocol):
    """What the cloud does by itself: jobs and endpoints."""

    def restore(self, outcome: Mapping[str, Any]) -> None:
        """Make something be as it was when it told this outcome."""


class Recorder:
    """Executes calls one at a time; each that changed something is on the disk before its answer
    is given.

    `now` gives UTC milliseconds, `seed` a new number for each call.
    """

    def __init__(
        self,
        log: Log,
        moto: Moto,
        plane: Plane,
        *,
        now: Callable[[], int],
        seed: Callable[[], int],
    ) -> None:
        self._log, self._moto, self._plane = log, moto, plane
        self._now, self._seed = now, seed

    def call(self, request: Request) -> Response:
        """Execute a call and record it, unless it failed or only reads."""
        with self._moto.lock:
            if not changes(request):
                return self._moto.execute(request)
            call = Call(self._now(), self._seed(), request)
            with self._moto.repeatable(call.at, call.seed):
                response = self._moto.execute(request)
            if response.status < 400:
                try:
                    self._log.append(call)
                except LabsError as error:
                    _log.error("not recorded: %s", error.message)
                    message = f"Done, but it will be gone when the cloud stops: {error.message}"
                    return refusal(request, 507, "NotRecorded", f"{message} {error.hint}")
            return response

    def keep(self, outcome: Mapping[str, Any]) -> None:
        """Record what became of something. To be called while the lock is held in which it
        became so."""
        try:
            self._log.append(Outcome(self._now(), outcome))
        except LabsError as error:
            _log.error("not recorded: %s", error.message)

    def repeat(self) -> list[str]:
        """Repeat everything recorded; notes on what could not be. Raises LabsError."""
        notes = []
        with self._moto.lock:
            for number, record in enumerate(self._log, 2):
                match record:
                    case Outcome(at, value):
                        with self._moto.repeatable(at, at):
                            self._plane.restore(value)
                    case Call(at, seed, request):
                        with self._moto.repeatable(at, seed):
                            response = self._moto.execute(request)
                        if response.status >= 400:
                            notes.append(
                                f"The call of line {number} ({request.method} {request.target}) "
                                f"could not be repeated: {response.body[:300]!r}"
                            )
        return notes
