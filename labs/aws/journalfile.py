"""The journal on disk: one file for each account, region and prefix, one writer at a time.

A line is on the disk (fsync) when `append` comes back. A process that dies while it writes leaves a
torn last line, whose call never left: the next writer cuts it off.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labs.errors import LabsError
from labs.journal import Journal, fold

PATIENCE = 60.0  # seconds in which another writer has let go: it holds the file for a few calls
_NAME = re.compile(r"(offline-)?(\d{12})-([a-z0-9-]+)-([a-z][a-z0-9]{1,11})\.jsonl")


@dataclass(frozen=True)
class Whose:
    """What a journal is about. `offline`: a cloud on this computer plays the account."""

    account: str
    region: str
    prefix: str
    offline: bool = False

    @property
    def name(self) -> str:
        """The name of its file."""
        where = "offline-" if self.offline else ""
        return f"{where}{self.account}-{self.region}-{self.prefix}.jsonl"


class JournalFile:
    """The journal in a file; without one it is empty."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, folder: Path, whose: Whose) -> JournalFile:
        """The journal of an account in a folder of journals."""
        return cls(folder / whose.name)

    def read(self) -> Journal:
        """What it says now. Raises LabsError if it cannot be read."""
        return fold(self._lines())

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the file, so that what is read stays so until it is written. Raises LabsError."""
        with _plainly(self.path):
            handle = self._opened()
        try:
            _take(handle, self.path)
            with _plainly(self.path):
                _cut_torn(handle)
            yield Writer(self, handle)
        finally:
            os.close(handle)  # lets go of the lock

    def append(self, *lines: str) -> None:
        """Write lines, of journal.py's. Raises LabsError."""
        with self.writing() as writer:
            writer.append(*lines)

    def _opened(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        is_new = not self.path.exists()
        handle = os.open(self.path, flags, 0o600)
        if is_new and sys.platform != "win32":  # the folder, too, must know of it
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return handle

    def _lines(self) -> list[str]:
        try:
            text = self.path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unusable(self.path, error) from None
        lines = [f"{line}\n" for line in text.split("\n")]
        return [*lines[:-1], *([lines[-1][:-1]] if lines[-1] != "\n" else [])]


class Writer:
    """The journal while nobody else writes."""

    def __init__(self, file: JournalFile, handle: int) -> None:
        self._file, self._handle = file, handle

    def read(self) -> Journal:
        return self._file.read()

    def append(self, *lines: str) -> None:
        """They are on the disk when this comes back. Raises LabsError."""
        with _plainly(self._file.path):
            body = "".join(lines).encode()
            while body:
                body = body[os.write(self._handle, body) :]
            os.fsync(self._handle)


def journals(folder: Path) -> list[tuple[Whose, JournalFile]]:
    """Every journal in a folder, by the names of the files."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    found = [(name, _NAME.fullmatch(name)) for name in names]
    return [
        (Whose(match[2], match[3], match[4], bool(match[1])), JournalFile(folder / name))
        for name, match in found
        if match is not None
    ]


def _cut_torn(handle: int) -> None:
    """Cut off a last line that was never finished."""
    end = os.lseek(handle, 0, os.SEEK_END)
    keep, step = end, 4096
    while keep:
        start = max(0, keep - step)
        os.lseek(handle, start, os.SEEK_SET)
        block = os.read(handle, keep - start)
        if b"\n" in block:
            keep = start + block.rindex(b"\n") + 1
            break
        keep = start
    if keep < end:
        os.ftruncate(handle, keep)
        os.fsync(handle)


@contextlib.contextmanager
def _plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: OSError) -> LabsError:
    return LabsError(
        f"The journal {path} cannot be used: {error.strerror}.",
        "Without it nothing is sent to the account: make room, or look who may write there.",
    )


if sys.platform == "win32":
    import msvcrt

    _FAR = 2**40  # locked far behind the lines: on Windows a lock also keeps others from reading

    def _locked(handle: int) -> bool:
        try:
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _take(handle: int, path: Path) -> None:
    """Wait for the file. Raises LabsError if another keeps it."""
    until = time.monotonic() + PATIENCE
    while not _locked(handle):
        if time.monotonic() > until:
            raise LabsError(
                f"Another process holds the journal {path}.",
                "Is another `quizengine lab run` or `lab clean` under way? Let it come to its end.",
            )
        time.sleep(0.01)
