"""Processes for the tests to start: `python -m tests.adapters.children VERB ARGUMENT...`.

A verb prints one line for each thing that it was told is done, and prints it at once.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quizengine.errors import QuizengineError
from quizengine.storage.compiled import open_bank
from quizengine.storage.rescue import rescue
from quizengine.storage.sqlite import SqliteStore
from tests.adapters.samples import ROOT, event


@contextmanager
def child(*words: object) -> Iterator[subprocess.Popen[str]]:
    """The running process; it is killed at the end, if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.children", *map(str, words)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def told(*words: object) -> list[str]:
    """What the process said by its end, which must be a good one."""
    with child(*words) as process:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
    return said.splitlines()


def say(word: object) -> None:
    print(word, flush=True)


def append(path: str, name: str, batches: str = "1000000") -> None:
    """Append batches of three events NAME-n-0 to NAME-n-2; say `n` once a batch is acknowledged."""
    store = SqliteStore(Path(path))
    say("open")
    for n in range(int(batches)):
        store.append([event(f"{name}-{n}-{part}", attempt=name) for part in range(3)])
        say(n)


def hold(path: str) -> None:
    """Have the record open until a line comes in."""
    store = SqliteStore(Path(path))
    store.learner()
    say("open")
    sys.stdin.readline()
    store.close()


def open_each() -> None:
    """Open each record whose path comes in as a line."""
    say("ready")
    for line in sys.stdin:
        try:
            store = SqliteStore(Path(line.strip()))
            say(store.learner())
            store.close()
        except QuizengineError as error:
            say(f"{type(error).__name__}: {error}")


def die_opening(folder: str) -> None:
    """Open FOLDER/n.sqlite for n = 1, 2 ..., each in a process that SIGKILLs itself at its n-th
    call of `execute`, until one comes through. Say how many died."""
    if sys.platform == "win32":
        return
    for n in itertools.count(1):
        pid = os.fork()
        if pid == 0:
            _die_at_statement(n)
            try:
                SqliteStore(Path(folder, f"{n}.sqlite"))
                os._exit(0)
            finally:
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code != -signal.SIGKILL:
            say(n - 1 if code == 0 else "failed")
            return


def _die_at_statement(n: int) -> None:
    count = itertools.count(1)

    def die(frame: object, happening: str, called: Any) -> None:
        if happening == "c_call" and called.__name__ == "execute" and next(count) == n:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(die)


def fill(path: str) -> None:
    """Append to a record that may not grow beyond a megabyte, then make room and go on."""
    store = SqliteStore(Path(path))
    for n in range(10_000):
        if n == 20:
            _no_file_over(1_000_000)
        try:
            store.append([event(f"fill-{n}", attempt="fill", payload={"text": "x" * 3_000})])
        except QuizengineError as error:
            say(f"{type(error).__name__}: {error}")
            break
        say(f"fill-{n}")
    _no_file_over(None)
    store.append([event("fill-after", attempt="fill")])
    say("fill-after")
    store.close()


def rescue_without_room(path: str) -> None:
    _no_file_over(50_000)
    try:
        rescue(Path(path))
    except QuizengineError as error:
        say(type(error).__name__)


def _no_file_over(size: int | None) -> None:
    """Let no file of this process grow beyond the size, as if the disk were full."""
    if sys.platform == "win32":
        raise NotImplementedError
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


def compile(root: str, cache: str) -> None:
    """Open the bank once a line comes in; say how many questions there are, and the digest."""
    say("ready")
    sys.stdin.readline()
    bank = open_bank(Path(root), Path(cache))
    say(f"{len(bank.entries())} {bank.digest}")
    bank.close()


def compile_without_room(root: str, cache: str) -> None:
    _no_file_over(20_000)
    try:
        open_bank(Path(root), Path(cache)).close()
        say("opened")
    except QuizengineError as error:
        say(f"{type(error).__name__}: {error} {error.hint}")


def mend_without_room(root: str, cache: str) -> None:
    """Open the bank; when a line comes in read a question, with no room to build anything."""
    bank = open_bank(Path(root), Path(cache))
    say("open")
    sys.stdin.readline()
    _no_file_over(0)
    say(bank.question("duck-on-a-pond").id)
    bank.close()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
