"""Runs work in a process of its own, which may crash without taking anybody along.

Loading the library takes longer than many a training job. So one process is kept waiting that has
loaded it already. It is replaced when its work is done rather than when it begins: until then the
cores belong to the job.

Whoever makes Workers closes them. Should they be killed before, their processes notice and end.
"""

from __future__ import annotations

import contextlib
import os
import signal as signals
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from labs.cloud.algorithms.waiting import Work
from labs.cloud.environment import GUARD

GRACE_S = 120.0  # SageMaker: SIGTERM, and SIGKILL 120 s later
LONGEST_LINE = 1 << 16  # bytes; a longer one is handed over in pieces
LONGEST_FAILURE = 1 << 16  # bytes of output/failure that are read
LOOK_S = 0.05  # how soon a stop or the deadline is noticed
ROOT = Path(__file__).resolve().parents[3]  # where the package `labs` lies
SCRIPTED = frozenset({"sklearn"})  # they run the learner's own program
KEPT = (
    "PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)  # fmt: skip


@dataclass(frozen=True)
class Exit:
    """How a process ended.

    `code` is what a container's caller sees: the exit code, or 128 + `signal`. `failure` is the
    text of output/failure, or a sentence if the process crashed; None if it ended well or because
    it was told to (`stopped`, `timed_out`).
    """

    code: int
    signal: int | None = None
    failure: str | None = None
    stopped: bool = False
    timed_out: bool = False


class Workers:
    """The processes. `run` and `check` may be called from many threads at once."""

    def __init__(self, *, keep_spare: bool = True) -> None:
        self._keep_spare = keep_spare
        self._lock = threading.Lock()
        self._spares: dict[str, subprocess.Popen[bytes]] = {}
        self._at_work: set[subprocess.Popen[bytes]] = set()

    def warm(self, algorithm: str) -> None:
        """See to it that a process waits. It loads the library in the background."""
        with self._lock, contextlib.suppress(OSError):  # never needed, only faster
            spare = self._spares.get(algorithm)
            if not self._keep_spare or (spare and spare.poll() is None):
                return
            if spare:
                _close_pipes(spare)
            self._spares[algorithm] = _start(algorithm)

    def run(
        self,
        algorithm: str,
        base: Path,
        *,
        on_line: Callable[[str], None],
        stop: threading.Event,
        deadline_s: float | None,
        environment: Mapping[str, str],
        grace_s: float = GRACE_S,
    ) -> Exit:
        """Train over the /opt/ml layout under `base`, and wait for the end.

        `on_line` gets each line of stdout and stderr as it comes, from one other thread; what it
        raises is raised here at the end. On `stop`, or `deadline_s` seconds after the beginning,
        the process gets SIGTERM, and SIGKILL if it is still there after `grace_s` seconds.
        """
        work = Work("train", base.resolve(), dict(environment))
        end = self._do(algorithm, work, on_line, stop, deadline_s, grace_s)
        if end.failure is None:
            return end
        return replace(end, failure=_read_failure(base) or end.failure)

    def check(self, algorithm: str, folder: Path, *, deadline_s: float = 60.0) -> str | None:
        """Load the model in `folder` in a process of its own: why it cannot be, or None.

        A model of the learner's own program never leaves such a process: loading is the try.
        """
        if algorithm in SCRIPTED:
            return None
        lines: list[str] = []
        work = Work("check", folder.resolve())
        end = self._do(algorithm, work, lines.append, threading.Event(), deadline_s, 0.0)
        if end.timed_out:
            return f"The model was not loaded within {deadline_s:g} seconds."
        return "\n".join(lines) if end.code == 1 and lines else end.failure

    def at_work(self) -> tuple[int, ...]:
        """The ids of the processes that have something to do."""
        with self._lock:
            return tuple(process.pid for process in self._at_work)

    def close(self) -> None:
        """End all processes, also those at work, and keep none waiting from now on."""
        with self._lock:
            self._keep_spare = False
            spares = list(self._spares.values())
            self._spares.clear()
            for process in (*spares, *self._at_work):
                process.kill()
        for process in spares:
            process.wait()
            _close_pipes(process)

    def _do(
        self,
        algorithm: str,
        work: Work,
        on_line: Callable[[str], None],
        stop: threading.Event,
        deadline_s: float | None,
        grace_s: float,
    ) -> Exit:
        try:
            process = self._take(algorithm, work)
        except OSError as error:
            return Exit(1, failure=f"The process could not be started: {error}")
        ended = threading.Event()
        troubles: list[Exception] = []

        def read() -> None:
            assert process.stdout is not None
            for line in lines(process.stdout):
                if not troubles:  # else only keep the pipe empty
                    try:
                        on_line(line)
                    except Exception as error:
                        troubles.append(error)
            process.wait()
            ended.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        threading.Thread(target=_end_group, args=(process,), daemon=True).start()
        asked = _asked_to_end(ended, stop, deadline_s)
        if asked:
            process.terminate()
            if not ended.wait(grace_s):
                process.kill()
        reader.join()
        with self._lock:
            self._at_work.discard(process)
        _close_pipes(process)
        self.warm(algorithm)
        if troubles:
            raise troubles[0]
        return _exit(process.returncode, asked)

    def _take(self, algorithm: str, work: Work) -> subprocess.Popen[bytes]:
        """A process that has been told what to do: the spare, or a new one. Raises OSError."""
        with self._lock:
            process = self._spares.pop(algorithm, None)
            if process is None or not _told(process, work):
                process = _start(algorithm)
                if not _told(process, work):
                    raise ChildProcessError(f"it ended at once with code {process.wait()}")
            self._at_work.add(process)
        return process


def _start(algorithm: str) -> subprocess.Popen[bytes]:
    environment = scripted_environment({}) if algorithm in SCRIPTED else _kept()
    return subprocess.Popen(
        [sys.executable, "-m", f"labs.cloud.algorithms.{algorithm}", "wait"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # one pipe: the lines keep their order
        cwd=ROOT,
        env=environment,
        start_new_session=True,  # Ctrl-C in a terminal is for its foreground program alone
    )


def _kept() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def scripted_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that runs the learner's own program: none of this process's
    secrets, and the guard first on Python's path, so that it reaches this computer alone."""
    path = (str(GUARD), environment.get("PYTHONPATH", ""))
    return {**_kept(), **environment, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def _told(process: subprocess.Popen[bytes], work: Work) -> bool:
    """Whether the process could be told. The pipe stays open: see `waiting.receive`."""
    assert process.stdin is not None
    try:
        process.stdin.write(work.line())
        process.stdin.flush()
    except OSError:
        process.kill()
        process.wait()
        _close_pipes(process)
        return False
    return True


def lines(pipe: IO[bytes]) -> Iterator[str]:
    """What a process prints, line by line, until nobody holds the pipe's other end any more."""
    while line := pipe.readline(LONGEST_LINE):
        yield line.decode(errors="replace").rstrip("\r\n")


def _asked_to_end(
    ended: threading.Event, stop: threading.Event, deadline_s: float | None
) -> str | None:
    """Wait for the end, or for a reason to bring it about: `stopped` or `timed_out`."""
    begun = time.monotonic()
    while not ended.wait(LOOK_S):
        if stop.is_set():
            return "stopped"
        if deadline_s is not None and time.monotonic() - begun >= deadline_s:
            return "timed_out"
    return None


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """When a process has ended, end whom it has started and left behind, as in a container: they
    hold its output, and a job's end would wait for theirs."""
    process.wait()
    if hasattr(os, "killpg"):  # it led a group of its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signals.SIGKILL)


def _exit(returncode: int, asked: str | None) -> Exit:
    signal = -returncode if returncode < 0 else None
    code = 128 + signal if signal else returncode
    failure = None
    if code and not asked:
        failure = (
            f"The process was ended by signal {signal} ({signals.Signals(signal).name})."
            if signal
            else f"The process ended with exit code {code} and left no message."
        )
    return Exit(code, signal, failure, stopped=asked == "stopped", timed_out=asked == "timed_out")


def _read_failure(base: Path) -> str | None:
    with contextlib.suppress(OSError), (base / "output" / "failure").open("rb") as file:
        return file.read(LONGEST_FAILURE).decode(errors="replace") or None
    return None


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
