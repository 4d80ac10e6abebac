"""How much, and how often: what is beyond is refused before it is read or done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from quizengine.web import reply


@dataclass(frozen=True)
class Limits:
    """`body` in bytes; `target`, the path and what follows it, in characters; `fields` of a form;
    `burst` requests in a row, and `rate` a second from then on; `at_once` of them under way;
    `patience` in seconds for a body that does not come."""

    body: int = 32_768
    target: int = 2_000
    fields: int = 64
    burst: int = 500
    rate: float = 100.0
    at_once: int = 64
    patience: float = 10.0


class Bucket:
    """Lets `burst` through at once and refills at `rate` a second. `now` in milliseconds."""

    def __init__(self, limits: Limits, now: Callable[[], int]) -> None:
        self._limits, self._now = limits, now
        self._left, self._at = float(limits.burst), now()

    def takes(self) -> bool:
        now = self._now()
        gained = max(0, now - self._at) / 1000 * self._limits.rate
        self._left, self._at = min(self._limits.burst, self._left + gained), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Measure:
    def __init__(self, app: ASGIApp, limits: Limits, now: Callable[[], int]) -> None:
        self._app, self._limits = app, limits
        self._bucket = Bucket(limits, now)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Request(scope)) if scope["type"] == "http" else None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1

    def _refusal(self, request: Request) -> Response | None:
        limits = self._limits
        target = len(request.scope["path"]) + len(request.scope["query_string"])
        if target > limits.target:
            way_out = f"It has at most {limits.target:,}. Go back, and follow a link."
            why = f"The address has {target:,} characters."
            return reply.refused(request, 414, "Too long", why, way_out)
        if self._under_way < limits.at_once and self._bucket.takes():
            return None
        status = 429 if self._under_way < limits.at_once else 503
        why = "More was asked for than can be answered at once."
        answer = reply.refused(
            request, status, "One moment", why, "Wait a little; nothing is lost."
        )
        answer.headers["Retry-After"] = "1"
        return answer
