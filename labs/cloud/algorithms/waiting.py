"""The waiting side of a worker process: how it is told what to do. `worker` is the other side."""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Work:
    """One thing to do in `folder`, with `environment` and no other."""

    verb: str  # train: folder is BASE; check: folder holds a model
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def line(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self) | {"folder": str(self.folder)}).encode() + b"\n"


def receive() -> Work | None:
    """Wait for work on stdin, and become its process: its folder, its environment, no stdin.

    None if whoever should have sent it is gone. Whoever sent it keeps the pipe open: when it
    closes, nobody waits for the result any more, and this process ends.
    """
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return None
    values = json.loads(line)
    work = Work(values["verb"], Path(values["folder"]), values["environment"])
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    os.chdir(work.folder)
    os.environ.clear()
    os.environ.update(work.environment)
    return work


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1024):
        pass
    os._exit(1)
