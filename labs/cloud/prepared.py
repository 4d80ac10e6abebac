"""A request that botocore has prepared in this process, as it would cross the wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from labs.cloud.wire import Request


def in_process_request(prepared: Any) -> Request:
    """`prepared` is botocore's AWSPreparedRequest. A body that is a stream is left out: no
    parameters stand in it."""
    url = urlsplit(prepared.url)
    headers = [
        (name, value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, value in prepared.headers.items()
    ]
    body = prepared.body
    if isinstance(body, str):
        body = body.encode()
    path = url.path or "/"
    return Request(
        prepared.method,
        f"{path}?{url.query}" if url.query else path,
        (("host", url.netloc), *headers),
        bytes(body) if isinstance(body, bytes | bytearray) else b"",
    )
