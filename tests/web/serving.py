"""The program as a process that serves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, Queue

from tests.shells.helpers import PROGRAM, SECONDS, Shell

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=[0-9a-f]{96}")


@dataclass
class Served:
    """A server that was started. `lines` are what it says, as it says it."""

    process: subprocess.Popen[bytes]
    said: str = ""
    lines: Queue[str | None] = field(default_factory=Queue)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def link(self) -> str:
        found = LINK.search(self.said)
        assert found is not None, self.said
        return found[0]

    @property
    def port(self) -> int:
        found = LINK.search(self.said)
        assert found is not None, self.said
        return int(found[1])

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self.lines.put(line.decode("utf-8", "replace"))
        self.lines.put(None)

    def wait_for(self, words: str) -> None:
        """Until it has said so, or has ended."""
        while words not in self.said:
            try:
                line = self.lines.get(timeout=SECONDS)
            except Empty:
                raise AssertionError(f"not said in time: {words!r} in {self.said!r}") from None
            assert line is not None, f"it ended: {self.said}"
            self.said += line

    def ends(self, number: int) -> int:
        """The exit code after a signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        while not self.lines.empty() and (line := self.lines.get()) is not None:
            self.said += line
        return code

    def kill(self) -> None:
        self.process.kill()
        self.ends(0)


def start(shell: Shell, *args: str) -> Served:
    environment = shell.environment() | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--no-open", *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=os.name == "posix",  # a Ctrl-C here is not one there
    )
    served = Served(process)
    served.wait_for("Ctrl-C")
    return served


@contextmanager
def serving(shell: Shell, *args: str) -> Iterator[Served]:
    """A server at a port of its own, until the end of the test."""
    served = start(shell, *(args or ("--port", "0")))
    try:
        yield served
    finally:
        served.ends(signal.SIGTERM)
