"""The process of the cloud: `python -m labs.cloud.server FOLDER`. It is started by service.py.

It says one line of JSON on standard output, {"url": ..} or {"claimed": true} or {"error": ..,
"hint": ..}, and then nothing more; its log is standard error.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from labs.cloud.claim import Claim, Running
from labs.cloud.launch import LOG
from labs.errors import LabsError

if TYPE_CHECKING:
    from labs.cloud.back import Back
    from labs.cloud.front import Front

LINGER = 3  # seconds that requests under way may take when the server is told to stop
IDLE = 75  # seconds that a client may keep a connection it does not use


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cloud until a signal ends it. Exit code 0, or 1 after a refusal to start."""
    parser = argparse.ArgumentParser(prog="python -m labs.cloud.server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--or-any", action="store_true", help="another port, if that is taken")
    parser.add_argument("--pace", type=float, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        ports = [options.port, 0] if options.or_any else [options.port]
        return _run(options.folder, options.host, ports, options.pace)
    except LabsError as error:
        _say(error=error.message, hint=error.hint)
        return 1


def _run(folder: Path, host: str, ports: Sequence[int], pace: float) -> int:
    claim = Claim.take(folder)
    if claim is None:
        _say(claimed=True)
        return 1
    try:
        with _listening(host, ports) as listener:
            cloud = _loaded(folder, pace)
            for note in cloud.notes:
                logging.warning(note)
            log = str(folder / LOG)
            claim.publish(Running(os.getpid(), _url(listener), _now(), pace, log))
            _say(url=_url(listener), notes=cloud.notes)
            serve(cloud.front, listener)
            cloud.close()
    finally:
        claim.release()
    return 0


def _loaded(folder: Path, pace: float) -> Back:
    """The cloud as it was; loads moto, which is most of what a start takes."""
    gc.disable()  # hardly anything that is loaded here is garbage
    from labs.cloud.back import Back

    back = Back(folder, pace)
    gc.enable()
    gc.freeze()
    return back


def serve(app: Front, listener: socket.socket) -> None:
    """Serve the application until SIGTERM or SIGINT."""
    import uvicorn

    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        loop="asyncio",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=LINGER,
    )
    server = uvicorn.Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again at its end
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    server.run(sockets=[listener])


def _listening(host: str, ports: Sequence[int]) -> socket.socket:
    """A socket on loopback, at the first of the ports that can be had. Raises LabsError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    refused = ""
    for port in ports:
        # with the protocol named: asyncio sends at once (TCP_NODELAY) only where it knows it
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if os.name == "posix":  # on Windows it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1024)
        except OSError as error:
            listener.close()
            refused = error.strerror or str(error)
        else:
            return listener
    raise LabsError(
        f"Port {ports[0]} of {host} cannot be had: {refused}.",
        "End the other program, or name another port: quizengine cloud start --port 0",
    )


def _url(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _now() -> int:
    return time.time_ns() // 1_000_000


def _say(**words: object) -> None:
    """The one line that the process which started this one waits for."""
    print(json.dumps(words), flush=True)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
