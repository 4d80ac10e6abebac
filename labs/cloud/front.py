"""The front of the cloud: ASGI, on loopback. Invocations go straight to the models, everything
else one after the other to moto."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from labs.cloud.refusals import NOT_OFFERED, not_offered_text
from labs.cloud.wire import INVOCATION, Headers, Request, Response, refusal, service

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Handler = Callable[[Request], Response]

OWN = "/_cloud/"  # the cloud's own routes; no bucket's name begins so
LARGEST = 1 << 30  # bytes of a request
AT_ONCE = 1 << 16  # bytes of an invocation that is answered without going to a thread
_OF_MOTO_ITSELF = re.compile(r"/(moto-api|latest/(meta-data|api)|favicon\.ico)(/|\?|$)")
_SENT_BY_BROWSERS = {"origin", "sec-fetch-site", "sec-fetch-mode"}


class Front:
    """The ASGI application.

    `call` answers everything in a thread of `line`, which has one; `own` (the cloud's own routes)
    waits for nobody, and may be called from any thread. `at_once` answers those InvokeEndpoints
    that wait for nothing, `invoke` all of them, in a thread of `crowd`.
    """

    def __init__(
        self,
        *,
        call: Handler,
        at_once: Callable[[Request], Response | None],
        invoke: Handler,
        own: Handler,
        line: Executor,
        crowd: Executor,
    ) -> None:
        self._call, self._own, self._line = call, own, line
        self._at_once, self._invoke, self._crowd = at_once, invoke, crowd

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "neither websockets nor lifespan are switched on"
        request = _request(scope)
        response = _refused(request)
        if response is None:
            try:
                body = await _body(receive)
            except ConnectionAbortedError:
                return
            if body is None:
                message = f"A request has at most {LARGEST >> 20} MiB here."
                response = refusal(request, 413, "EntityTooLarge", message)
            else:
                whole = Request(request.method, request.target, request.headers, body)
                response = await self._answer(whole)
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": _encoded(response),
            }
        )
        await send({"type": "http.response.body", "body": response.body})

    async def _answer(self, request: Request) -> Response:
        loop = asyncio.get_running_loop()
        if request.method == "POST" and INVOCATION.fullmatch(request.target):
            if len(request.body) <= AT_ONCE and (response := self._at_once(request)) is not None:
                return response
            return await loop.run_in_executor(self._crowd, self._invoke, request)
        if request.target.startswith(OWN):
            return await asyncio.to_thread(self._own, request)
        return await loop.run_in_executor(self._line, self._call, _by_path(request))


def _request(scope: Scope) -> Request:
    """The request but for its body."""
    target = scope["raw_path"].decode("latin-1") or "/"
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
    return Request(scope["method"], target, headers)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is too large. Raises ConnectionAbortedError."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            return None
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _refused(request: Request) -> Response | None:
    """What must not reach the cloud: browsers (any page could send it orders), foreign host
    names (a page may have its own name point here: DNS rebinding), moto's own back doors."""
    host = ""
    for name, value in request.headers:
        if name in _SENT_BY_BROWSERS:
            return refusal(request, 403, "AccessDenied", "The offline cloud answers no browser.")
        if name == "host":
            host = value
    if not is_loopback(host):
        message = f"The offline cloud answers only as localhost, not as {host[:80] or 'nobody'}."
        return refusal(request, 403, "AccessDenied", message)
    if _OF_MOTO_ITSELF.match(request.target):
        return refusal(request, 404, NOT_OFFERED, not_offered_text("moto's own interface"))
    return None


@functools.lru_cache
def is_loopback(host: str) -> bool:
    """Whether a Host header, with or without a port, names this computer to itself.

    >>> [is_loopback(h) for h in ("127.0.0.1:80", "[::1]", "b.localhost", "a.com", "[::1")]
    [True, True, True, False, False]
    """
    name = re.sub(r":\d+$", "", host).removeprefix("[").removesuffix("]").lower()
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: always this computer
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _by_path(request: Request) -> Request:
    """bucket.localhost/key as localhost/bucket/key: S3 in the one style that moto is sure of."""
    host = request.header("host") or ""
    bucket, dot, port = host.rpartition(".localhost")
    if not dot or service(request) not in (None, "s3"):
        return request
    headers: Headers = tuple(
        (name, f"localhost{port}" if name == "host" else value) for name, value in request.headers
    )
    return replace(request, target=f"/{bucket}{request.target}", headers=headers)


def _encoded(response: Response) -> list[tuple[bytes, bytes]]:
    headers = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in response.headers]
    if not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(response.body)).encode()))
    return headers
