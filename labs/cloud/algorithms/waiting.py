"""A worker process's own side: how it is told what to do, how it ends. `worker` is the other."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn


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
    read_nothing()
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    os.chdir(work.folder)
    os.environ.clear()
    os.environ.update(work.environment)
    return work


def read_nothing() -> None:
    """From now on there is nothing on stdin."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def folder(text: str) -> Path:
    """A folder that the command line names: an argument's `type`."""
    if not (path := Path(text)).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path.resolve()


def leave(code: int) -> NoReturn:
    """End the process: nothing is left to do, and taking the libraries down would take time."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1024):
        pass
    os._exit(1)
