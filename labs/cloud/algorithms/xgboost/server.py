"""The container's HTTP side, alone: /ping, /invocations and /execution-parameters.

It listens on the loopback address only.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeAlias

from labs.cloud.algorithms.xgboost.answering import JSON, TEXT, Answer, refusal
from labs.cloud.algorithms.xgboost.errors import UserError
from labs.cloud.algorithms.xgboost.serving import (
    LARGEST_BODY,
    BadModel,
    Model,
    load,
    request_format,
)

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Coroutine[Any, Any, None]]

ROUTES = {"/ping": "GET", "/execution-parameters": "GET", "/invocations": "POST"}


def app(folder: Path, environment: Mapping[str, str]) -> App:
    """The ASGI application over the model in `folder`, which is loaded now."""
    model: Model | BadModel
    try:
        model = load(folder, environment)
        most = model.largest_body
    except BadModel as error:
        model, most = error, LARGEST_BODY

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = await _answer(model, scope, receive, most)
        headers = [(b"content-type", answer.content_type.encode())]
        if answer.status != HTTPStatus.NO_CONTENT:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append((b"allow", ROUTES[scope["path"]].encode()))
        start = {"type": "http.response.start", "status": int(answer.status), "headers": headers}
        await send(start)
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    return serve


async def _answer(model: Model | BadModel, scope: Message, receive: Receive, most: int) -> Answer:
    path, method = scope["path"], scope["method"]
    if path not in ROUTES:
        return refusal(HTTPStatus.NOT_FOUND, f"There is no {path}: {', '.join(ROUTES)}.")
    allowed = (ROUTES[path], "HEAD") if ROUTES[path] == "GET" else (ROUTES[path],)
    if method not in allowed:
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} is asked with {ROUTES[path]}.")
    if path == "/execution-parameters":
        return Answer(HTTPStatus.OK, JSON, json.dumps(execution_parameters(most)).encode())
    if path == "/ping":
        if isinstance(model, BadModel):
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"Unable to load model: {model}")
        return Answer(HTTPStatus.OK, TEXT, b"")
    body = await _body(receive, most)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    content_type, accept = headers.get("content-type"), headers.get("accept")
    if isinstance(model, Model):
        return await asyncio.to_thread(model.answer, body, content_type, accept)
    return _without_model(model, body, content_type)


def _without_model(error: BadModel, body: bytes, content_type: str | None) -> Answer:
    if not body:
        return Answer(HTTPStatus.NO_CONTENT, TEXT, b"")
    try:
        request_format(content_type)
    except UserError as unreadable:
        return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(unreadable))
    return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"Unable to load model: {error}")


async def _body(receive: Receive, most: int) -> bytes:
    """The request's body. Of one that is too large no more is kept than shows that it is."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        if size <= most:
            parts.append(message.get("body", b""))
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def execution_parameters(most: int) -> dict[str, Any]:
    """What a batch transform asks for before it sends."""
    return {
        "MaxConcurrentTransforms": os.cpu_count() or 1,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": most // 1024**2,
    }


def serve(folder: Path, port: int, environment: Mapping[str, str]) -> None:
    """Serve the model in `folder` until told to end. Port 0 takes a free one; it is printed."""
    import uvicorn

    application = app(folder, environment)
    listening = socket.create_server(("127.0.0.1", port))
    print(f"Serving on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(application, log_level="warning", lifespan="off", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])
