"""What passes between the cloud and a serving process: a line of JSON, then so many bytes.

Nothing but numbers, texts and bytes: neither side unpickles what the other one sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

LONGEST_HEAD = 1 << 16  # bytes


class BadFrame(Exception):
    """What came is no frame; or nothing came, since the other side is gone."""


def send(pipe: IO[bytes], head: Mapping[str, Any], body: bytes = b"") -> None:
    """Raises OSError when the other side is gone."""
    line = json.dumps({**head, "bytes": len(body)}).encode() + b"\n"
    pipe.write(line)
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """The next frame. Raises BadFrame."""
    line = pipe.readline(LONGEST_HEAD)
    if not line.endswith(b"\n"):
        raise BadFrame("the other side is gone" if not line else "the head is too long")
    try:
        head = json.loads(line)
        size = int(head["bytes"])
    except (ValueError, TypeError, KeyError) as error:
        raise BadFrame(f"it is no frame: {error}") from None
    body = pipe.read(size) if size > 0 else b""
    if len(body) != max(size, 0):
        raise BadFrame("the body is cut off")
    return head, body
