"""One serving process (answering.py), from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from labs.cloud.algorithms.sklearn import frames
from labs.cloud.algorithms.worker import ROOT, lines, scripted_environment


class Process:
    """The process over the model in `folder`; `say` gets each line that it prints, from a thread
    of its own. One call at a time; `end` may come at any. Raises OSError if it cannot start."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self.timed_out = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "labs.cloud.algorithms.sklearn", "answer", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=scripted_environment(environment),
            start_new_session=True,
        )
        assert self._process.stderr is not None
        threading.Thread(target=_read, args=(self._process.stderr, say), daemon=True).start()

    @property
    def id(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def code(self) -> int | None:
        """Its exit code, or minus the signal; None while it runs."""
        return self._process.returncode

    def asked(
        self, about: Mapping[str, Any], body: bytes, seconds: float
    ) -> tuple[dict[str, Any], bytes]:
        """Send a request, and have its answer. Raises frames.BadFrame or OSError; the process is
        ended first if it takes too long (`timed_out`)."""
        assert self._process.stdin is not None
        with self._limit(seconds):
            frames.send(self._process.stdin, about, body)
            return self._receive()

    def received(self, seconds: float) -> tuple[dict[str, Any], bytes]:
        """The next frame, unasked. Raises as `asked`."""
        with self._limit(seconds):
            return self._receive()

    def end(self) -> None:
        """End it, and what it has started."""
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()

    def _receive(self) -> tuple[dict[str, Any], bytes]:
        assert self._process.stdout is not None
        return frames.receive(self._process.stdout)

    @contextlib.contextmanager
    def _limit(self, seconds: float) -> Iterator[None]:
        def give_up() -> None:
            self.timed_out = True
            self._kill()

        timer = threading.Timer(seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _kill(self) -> None:
        if hasattr(os, "killpg"):  # it leads a group: whoever else holds its pipes goes with it
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()


def _read(pipe: IO[bytes], say: Callable[[str], None]) -> None:
    with pipe:
        for line in lines(pipe):
            say(line)
