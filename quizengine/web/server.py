"""The server itself: it listens on this computer's own address, and on no other."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from quizengine.errors import BadRequest
from quizengine.web import door, running
from quizengine.web.app import build
from quizengine.web.desk import Desk
from quizengine.web.headers import ALWAYS
from quizengine.web.running import Kept, Running

ADDRESS = "127.0.0.1"
LEAVE = 3  # seconds for what is under way, at the end


class Protocol(H11Protocol):
    """HTTP/1.1, whose answer to what is none carries the headers of every other answer."""

    def send_400_response(self, msg: str) -> None:
        head = ALWAYS | {"Content-Length": f"{len(msg)}", "Connection": "close"}
        lines = ["HTTP/1.1 400 Bad Request", *(f"{name}: {value}" for name, value in head.items())]
        self.transport.write("\r\n".join([*lines, "", msg]).encode("ascii"))
        self.transport.close()


def listen(port: int) -> socket.socket:
    """Bind the port (0: any that is free). Raises BadRequest."""
    # With TCP named, asyncio sends at once (TCP_NODELAY); without, each answer waits for 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere this would let two programs share the port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((ADDRESS, port))
        bound.listen()
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        why = "another program has it" if taken else error.strerror
        raise BadRequest(
            f"quizengine cannot listen at port {port}: {why}.",
            "quizengine serve --port 0 takes any port that is free.",
        ) from None
    return bound


def run(
    desk: Desk,
    bound: socket.socket,
    path: Path,
    now: Callable[[], int],
    ready: Callable[[Running], object],
) -> None:
    """Serve until a signal ends it. `ready` is told where it is; the file at `path` says so too,
    meanwhile."""
    kept = running.read(path)
    here = Running(port=bound.getsockname()[1], pid=os.getpid(), tickets=door.new_secret())
    running.write(path, Kept(cookies=kept.cookies, running=here))
    app = build(desk, door.Door(here.tickets, kept.cookies), now)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=LEAVE,
        )
    )
    try:
        ready(here)
        server.run(sockets=[bound])
    finally:
        running.write(path, Kept(cookies=kept.cookies))
