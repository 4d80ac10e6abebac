"""Where the server is, and the secrets it goes by: one small file beside the record, for its owner
alone. With it `quizengine serve --link` makes a link, and browsers stay signed in over a new start.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from quizengine.content import Model
from quizengine.errors import QuizengineError
from quizengine.web import door

PATIENCE = 2.0  # seconds for the server to say that it is there

Secret = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Running(Model):
    """A server: its port, its process, and the secret that its links are made with."""

    port: Annotated[int, Field(ge=1, le=65_535)]
    pid: int
    tickets: Secret


class Kept(Model):
    """`cookies` is the secret that browsers stay signed in with: without it all are signed out."""

    cookies: Secret
    running: Running | None = None


def read(path: Path) -> Kept:
    """What the file says; a new secret where there is none, or none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        return Kept.model_validate_json(path.read_bytes())
    return Kept(cookies=door.new_secret())


def write(path: Path, kept: Kept) -> None:
    """Whole or not at all, and readable for nobody else. Raises QuizengineError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(kept.model_dump_json())
        os.replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise QuizengineError(
            f"{path} cannot be written: {error.strerror}.",
            "Set QUIZENGINE_HOME to a folder you can write to.",
        ) from None


def found(path: Path) -> Running | None:
    """The server that the file names, if it is there: it knows the secret of the file. So no link
    is ever given to another program that has come to listen at its port."""
    running = read(path).running
    if running is None:
        return None
    challenge = secrets.token_hex(16)
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
    try:
        connection.request("GET", f"/alive?challenge={challenge}")
        said = connection.getresponse().read(200)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    right = door.proof(running.tickets, "alive", challenge)
    return running if compare_digest(said, right.encode()) else None


def link(running: Running, port: int | None = None) -> str:
    """A link that works once; `port` where a tunnel makes it another one."""
    ticket = door.ticket(running.tickets)
    return f"http://127.0.0.1:{port or running.port}/?token={ticket}"
