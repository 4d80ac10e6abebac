"""Who runs the cloud of a folder: at most one process, and the system knows when it is gone."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

PATIENCE = 0.5  # seconds in which somebody who only looks has let go again


@dataclass(frozen=True)
class Running:
    """The server of a folder. `since`: UTC milliseconds; `pace`: seconds a state."""

    pid: int
    url: str
    since: int
    pace: float
    log: str


class Claim:
    """A lock on a file, held for the life of a process. A crash, kill -9 or a reboot gives it
    back; a file that was left behind means nothing."""

    def __init__(self, folder: Path, handle: int) -> None:
        self._folder, self._handle = folder, handle

    @classmethod
    def take(cls, folder: Path, patience: float = PATIENCE) -> Claim | None:
        """The claim on a folder, or None if another process has it."""
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + patience
        while not _lock(handle):
            if time.monotonic() >= until:
                os.close(handle)
                return None
            time.sleep(0.01)
        claim = cls(folder, handle)
        claim.withdraw()  # what another left behind
        return claim

    def publish(self, running: Running) -> None:
        """Tell where the server is to be found."""
        path = _published(self._folder)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(running)), encoding="utf-8")
        new.replace(path)

    def withdraw(self) -> None:
        _published(self._folder).unlink(missing_ok=True)

    def release(self) -> None:
        self.withdraw()
        os.close(self._handle)


def is_claimed(folder: Path) -> bool:
    """Whether a process runs, or is about to run, the cloud of this folder."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY)
    except OSError:  # nobody has ever run it here, or it is not for us
        return False
    try:
        return not _lock(handle, shared=True)
    finally:
        os.close(handle)


def running(folder: Path) -> Running | None:
    """The server of a folder; None if there is none, or it is still starting."""
    if not is_claimed(folder):
        return None
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Running(**json.loads(_published(folder).read_text(encoding="utf-8")))
    return None


def _published(folder: Path) -> Path:
    return folder / "server.json"


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, shared: bool = False) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(handle: int, shared: bool = False) -> bool:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
