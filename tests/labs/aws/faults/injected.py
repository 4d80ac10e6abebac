"""What goes wrong between a process and its account: an ASGI application in front of the cloud's.

Calls are counted as the SDK counts them: what it tries again is the same call.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from labs.cloud import operations
from labs.cloud.front import Front, Receive, Scope, Send
from labs.cloud.wire import Request, Response, changes, operation, refusal, service

When: TypeAlias = Literal["before", "after"]
How: TypeAlias = Literal["500", "cut", "kill"]

SKEWED = "The difference between the request time and the current time is too large."
EXPIRED = "Signature expired: 20261121T100000Z is now earlier than 20261121T103500Z (- 5 min.)"


@dataclass(frozen=True)
class Fault:
    """At one call among those that change something, the first one if `at` is 1: `before` it
    reaches the account, or `after` it was done there. Only those of this `operation` count, if one
    is named. `once`: trying again helps."""

    at: int
    when: When
    how: How
    operation: str = ""
    once: bool = False

    def __str__(self) -> str:
        what = self.operation or "call"
        return f"{self.how} {self.when} {what} {self.at}{', once' if self.once else ''}"


@dataclass(frozen=True)
class Storm:
    """Every `every`-th request is one too many."""

    every: int = 2

    def __str__(self) -> str:
        return f"every {self.every}. request throttled"


@dataclass(frozen=True)
class Skew:
    """From the call of number `at` on, this computer's clock is wrong."""

    at: int

    def __str__(self) -> str:
        return f"clock skewed from call {self.at}"


@dataclass(frozen=True)
class Named:
    """A call that changes something, as it came, and the SDK's id of it."""

    operation: str
    id: str


class Injector:
    """The application. Without a `fault` everything goes through; `calls` are those that came."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._lock = threading.Lock()
        self.disarm()

    def arm(self, fault: Fault | Storm | Skew | None) -> None:
        """Count from here on. A `victim` is named before its process calls."""
        with self._lock:
            self.fault, self.victim = fault, 0
            self.calls: list[Named] = []
            self.requests = self.struck = 0

    def disarm(self) -> None:
        self.arm(None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        request = _request(scope, body)
        number = self._number(request)
        struck, answer = self._refusal(request, number)
        if struck:
            self.struck += 1
        if answer is not None:
            await _answer(send, answer)
            return
        if struck and self._is("before"):
            await self._strike(request, send)
            return
        if not struck:
            await self._front(scope, _again(body), send)
            return
        await self._front(scope, _again(body), _nowhere)
        await self._strike(request, send)

    def _number(self, request: Request) -> int:
        """Which of the calls that the fault counts it is; 0 for none of them."""
        with self._lock:
            self.requests += 1
            if not changes(request) or operation(request) == "AssumeRole":
                return 0
            one = Named(_operation(request), request.header("amz-sdk-invocation-id") or "")
            if not one.id or one not in self.calls:
                self.calls.append(one)
            only = self.fault.operation if isinstance(self.fault, Fault) else ""
            counted = [each for each in self.calls if only in ("", each.operation)]
            return counted.index(one) + 1 if one in counted else 0

    def _refusal(self, request: Request, number: int) -> tuple[bool, Response | None]:
        """Whether the fault strikes here, and an answer that is one of the account's own."""
        of_s3 = service(request) == "s3"
        match self.fault:
            case Storm(every) if self.requests % every == 0:
                if of_s3:
                    return True, refusal(request, 503, "SlowDown", "Please reduce your rate.")
                return True, refusal(request, 400, "ThrottlingException", "Rate exceeded")
            case Skew(at) if len(self.calls) >= at:
                if of_s3:
                    return True, refusal(request, 403, "RequestTimeTooSkewed", SKEWED)
                return True, refusal(request, 403, "InvalidSignatureException", EXPIRED)
            case Fault(at, once=once) if number == at and not (once and self.struck):
                return True, None
        return False, None

    def _is(self, when: str) -> bool:
        return isinstance(self.fault, Fault) and self.fault.when == when

    async def _strike(self, request: Request, send: Send) -> None:
        assert isinstance(self.fault, Fault)
        match self.fault.how:
            case "500":
                await _answer(send, refusal(request, 500, "InternalFailure", "It broke here."))
            case "kill":
                assert self.victim
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.victim, signal.SIGKILL)
                _cut(send)
            case "cut":
                _cut(send)


_BY_METHOD = {
    ("s3", "PUT"): "PutObject",
    ("s3", "POST"): "CreateMultipartUpload",
    ("s3", "DELETE"): "DeleteObject",
    ("scheduler", "POST"): "CreateSchedule",
    ("scheduler", "DELETE"): "DeleteSchedule",
}


def _operation(request: Request) -> str:
    named = operation(request) or operations.by_route(request)
    return named or _BY_METHOD.get((service(request) or "", request.method), request.method)


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _request(scope: Scope, body: bytes) -> Request:
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
    return Request(scope["method"], target, headers, body)


def _again(body: bytes) -> Receive:
    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _nowhere(message: Mapping[str, Any]) -> None:
    """The answer is lost."""


async def _answer(send: Send, response: Response) -> None:
    headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _cut(send: Any) -> None:
    """End the connection without a word: `send` is a method of uvicorn's cycle of one request."""
    send.__self__.transport.abort()
