"""quizengine serve"""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.cli.terminal import Hangup, hang_up_in_order
from quizengine.errors import BadRequest

if TYPE_CHECKING:
    from quizengine.web.running import Running

PORT = 8765


@click.command(
    epilog="Examples: quizengine serve | quizengine serve --no-open | quizengine serve --link"
)
@click.option(
    "--port", type=click.IntRange(0, 65535), help=f"The port (else {PORT}); 0 for any that is free."
)
@click.option("--no-open", is_flag=True, help="Print the link, and open no browser.")
@click.option("--link", is_flag=True, help="Print a fresh link to the server that runs, and stop.")
def serve(port: int | None, no_open: bool, link: bool) -> None:
    """Sit exams in the browser: a server for this computer alone."""
    from quizengine.web import running

    there = running.found(wiring.web_path())
    if link:
        if there is None:
            raise BadRequest("quizengine is not being served.", "Begin with: quizengine serve")
        render.say(running.link(there, port))
    elif there is None:
        _serve(PORT if port is None else port, no_open)
    elif port is None or port == there.port:
        render.say(f"It runs already (process {there.pid}).")
        _show(there, no_open)
    else:
        raise BadRequest(
            f"It runs already, at port {there.port} (process {there.pid}).",
            "quizengine serve --link prints a link to it; Ctrl-C in its terminal ends it.",
        )


def _serve(port: int, no_open: bool) -> None:
    """Serve until Ctrl-C."""
    from quizengine.web import server
    from quizengine.web.desk import Desk

    hang_up_in_order()
    bound = server.listen(port)
    now = wiring.SystemClock().now

    def ready(here: Running) -> None:
        _show(here, no_open)
        render.say(f"From another computer: ssh -L {here.port}:127.0.0.1:{here.port} THIS-COMPUTER")
        render.say("Ctrl-C ends it; every answer is saved.")

    try:
        with bound, Desk(wiring.opened) as desk:
            server.run(desk, bound, wiring.web_path(), now, ready)
    except KeyboardInterrupt:
        render.say("\nEnded. Every answer is saved.")
    except Hangup as hangup:
        sys.exit(128 + hangup.number)


def _show(there: Running, no_open: bool) -> None:
    """Say where it is, and open the browser there, if there is one to be seen."""
    from quizengine.web import running

    render.say(f"quizengine is at {running.link(there)}")
    render.say("The link works once; quizengine serve --link prints another.")
    if not no_open and _has_screen():
        opens = threading.Thread(target=webbrowser.open, args=[running.link(there)], daemon=True)
        opens.start()


def _has_screen() -> bool:
    """Whether a browser that opens here would be seen: not in a session from elsewhere."""
    if "SSH_CONNECTION" in os.environ:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
