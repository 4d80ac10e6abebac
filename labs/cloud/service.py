"""The cloud as a service of this computer, seen from outside: start, stop, look, forget."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.cloud.claim import Claim, Running, is_claimed, running
from labs.cloud.launch import LOG, launch
from labs.errors import LabsError

PORT = 4580
PACE = 1.5  # seconds a state, where a learner wants to watch
GRACE = 10.0  # seconds in which a server that was told to stop is gone
ANSWER = 5.0  # seconds in which it answers, unless it hangs
PATIENCE = 60.0  # seconds in which another process's start is over


@dataclass(frozen=True)
class Started:
    """`new`: it was not running before. `notes`: what the learner should know of its state."""

    running: Running
    new: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """`server` is None if none runs; `calls` and `size` (bytes) are None if it does not answer."""

    folder: Path
    log: Path
    server: Running | None
    starting: bool = False
    calls: int | None = None
    size: int | None = None

    def sentence(self) -> str:
        """The state in one sentence."""
        if self.server is None:
            return "The cloud is starting." if self.starting else "The cloud does not run."
        where = f"The cloud is at {self.server.url} (process {self.server.pid})"
        return f"{where}." if self.calls is not None else f"{where}, but does not answer."


def start(
    folder: Path, *, host: str = "127.0.0.1", port: int | None = None, pace: float = 0.0
) -> Started:
    """Start the server of a folder, unless it runs. Raises LabsError.

    `port`: if none is named PORT, or any if another program has that; 0 is any that is free.
    `pace`: the least seconds of a state; 0 takes a server that runs at whatever pace it has.
    """
    address = _loopback(host)
    if is_claimed(folder):
        return _there(folder, port, pace)
    said = launch(folder, address, PORT if port is None else port, pace, or_any=port is None)
    if said is None:
        return _there(folder, port, pace)
    found = running(folder)
    if found is None:
        raise LabsError("The cloud started and ended at once.", f"Its log: {folder / LOG}")
    notes = list(said)
    if port is None and not found.url.endswith(f":{PORT}"):
        notes.append(f"Another program has port {PORT}.")
    return Started(found, True, tuple(notes))


def stop(folder: Path) -> Running | None:
    """End the server of a folder and wait until it is gone; the one that ran, or None.

    A server that does not end in time is killed: what was acknowledged is on the disk.
    Raises LabsError if it is not ours to end.
    """
    found = _settled(folder)
    if found is None:
        return None
    try:
        for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            os.kill(found.pid, number)
            if _until(lambda: not is_claimed(folder), GRACE):
                return found
    except ProcessLookupError:
        return found
    except PermissionError:
        raise LabsError(
            f"The cloud of {folder} is process {found.pid}, of another user.",
            "Ask them to stop it, or set QUIZENGINE_HOME to a folder of your own.",
        ) from None
    raise LabsError(f"Process {found.pid} does not end.", "Restart the computer.")


def status(folder: Path) -> Status:
    """What runs, and what it says of itself."""
    found = running(folder)
    log = folder / LOG
    if found is None:
        return Status(folder, log, None, starting=is_claimed(folder))
    with contextlib.suppress(OSError, ValueError):
        said = _ask(found, "GET", "/_cloud/status")
        return Status(folder, log, found, calls=said["calls"], size=said["bytes"])
    return Status(folder, log, found)


def needed(folder: Path) -> Running:
    """The server of a folder. Raises LabsError if none runs."""
    found = _settled(folder)
    if found is None:
        raise LabsError("The cloud does not run.", "Start it: quizengine cloud start")
    return found


def reset(folder: Path) -> None:
    """Forget everything the cloud holds, whether it runs or not. Raises LabsError."""
    found = _settled(folder)
    if found is None:
        _forget(folder)
        return
    try:
        _ask(found, "POST", "/_cloud/reset")
    except (OSError, ValueError) as error:
        raise LabsError(
            f"The cloud at {found.url} did not forget: {error}.",
            "quizengine cloud stop, and then quizengine cloud reset again.",
        ) from None


def _forget(folder: Path) -> None:
    """Delete the recorded calls of a cloud that does not run."""
    try:
        claim = Claim.take(folder)
        if claim is None:
            raise LabsError("The cloud is starting just now.", "Try again.")
        for path in [*(folder / "bodies").glob("*"), folder / "calls.jsonl"]:
            path.unlink(missing_ok=True)
        claim.release()
    except OSError as error:
        raise LabsError(
            f"The calls in {folder} cannot be deleted: {error.strerror}.",
            "See who may write there.",
        ) from None


def _there(folder: Path, port: int | None, pace: float) -> Started:
    """The server that runs already, if it is the one that is wanted."""
    found = _settled(folder)
    if found is None:
        raise LabsError(
            "Another process is starting the cloud and is not done.",
            f"Try again. The log: {folder / LOG}",
        )
    if port not in (None, 0) and not found.url.endswith(f":{port}"):
        raise LabsError(
            f"The cloud runs already, at {found.url} (process {found.pid}).",
            "Use it there, or end it first: quizengine cloud stop",
        )
    if pace not in (0, found.pace):
        raise LabsError(
            f"The cloud runs already, at {found.url} (process {found.pid}), and at another pace.",
            "End it first: quizengine cloud stop. What it holds is there again afterwards.",
        )
    return Started(found, False)


def _settled(folder: Path) -> Running | None:
    """The server, once it is known whether there is one: a start under way is waited for."""
    _until(lambda: running(folder) is not None or not is_claimed(folder), PATIENCE)
    return running(folder)


def _until(done: Any, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() >= until:
            return False
        time.sleep(0.02)
    return True


def _loopback(host: str) -> str:
    """The address to listen at. Raises LabsError for one that others could reach."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
        if address.is_loopback:
            return str(address)
    raise LabsError(
        f"The cloud listens on this computer alone, not at {host}: it asks nobody for a password.",
        "Leave --host out, or name 127.0.0.1 or ::1.",
    )


def _ask(server: Running, method: str, path: str) -> dict[str, Any]:
    """The answer of one of the cloud's own routes. Raises OSError, ValueError."""
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    address = urlsplit(server.url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=ANSWER)
    with contextlib.closing(connection):
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
    if answer.status != 200:
        raise OSError(body.decode("utf-8", "replace"))
    found: dict[str, Any] = json.loads(body)
    return found
