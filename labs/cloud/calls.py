"""The recorded calls: what made the cloud as it is, in the order in which it happened.

A log of JSON Lines, append-only; the first line says what the file is. Then one line a record:

    {"at": ms, "seed": n, "call": {"method": .., "target": .., "headers": [[name, value], ..],
                                   "body": .. }}          a call that changed something
    {"at": ms, "outcome": {..}}                           what the cloud did by itself

Bytes are a text, {"base64": ..}, or {"sha256": .., "size": n}: those lie in a file of that name
under bodies/. A record is acknowledged after fsync; what was cut off by a power failure is the
last line at most, and that is dropped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from labs.cloud.bodies import INLINE, NAME, Bodies, write_whole
from labs.cloud.wire import Headers, Request
from labs.errors import LabsError

VERSION = 1
_HEAD = "recorded calls"
_HEAD_LINE = json.dumps({_HEAD: VERSION}).encode() + b"\n"
_FORGET = "quizengine cloud reset forgets everything and begins anew."
_OF_THE_CONNECTION = {
    "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "connection", "content-length",
    "expect", "keep-alive", "transfer-encoding", "x-amz-security-token",
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call that changed something. `at`: UTC milliseconds; `seed`: of the ids it gave away."""

    at: int
    seed: int
    request: Request


@dataclass(frozen=True)
class Outcome:
    """What became of something the cloud does by itself, such as a training job.

    `value` is JSON-able, but for bytes, which may stand anywhere in it.
    """

    at: int
    value: Mapping[str, Any]


Record: TypeAlias = Call | Outcome


class Log:
    """The log in a folder. One process has it open at a time: the caller sees to that."""

    def __init__(self, folder: Path) -> None:
        """Open the log, or begin one. Raises LabsError if it cannot be read."""
        self.folder = folder
        self.path = folder / "calls.jsonl"
        self.bodies = Bodies(folder / "bodies")
        self.notes: list[str] = []  # what was repaired on the way
        self.count = 0  # of records
        try:
            self.bodies.folder.mkdir(parents=True, exist_ok=True)
            if not self.path.exists() or not self.path.stat().st_size:
                write_whole(self.path, _HEAD_LINE)
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
            self._repair()
        except OSError as error:
            raise _unwritable(folder, error) from None

    def append(self, record: Record) -> None:
        """Keep a record; when this returns it is on the disk. Raises LabsError, nothing kept."""
        before = os.fstat(self._file).st_size
        try:
            line = json.dumps(self._written(record), separators=(",", ":")).encode() + b"\n"
            _write(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, before)
            raise _unwritable(self.folder, error) from None
        self.count += 1

    def __iter__(self) -> Iterator[Record]:
        """Every record, oldest first. Raises LabsError naming the line that cannot be read."""
        with self.path.open("rb") as lines:
            next(lines)
            for number, line in enumerate(lines, 2):
                try:
                    yield self._read(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise LabsError(
                        f"{self.path}: line {number} cannot be read ({error}).", _FORGET
                    ) from None

    def size(self) -> int:
        """Bytes on disk, bodies included."""
        return sum(path.stat().st_size for path in [self.path, *self.bodies.folder.iterdir()])

    def forget(self) -> None:
        """Drop every record, for good."""
        try:
            os.ftruncate(self._file, 0)
            _write(self._file, _HEAD_LINE)
            os.fsync(self._file)
            self.bodies.keep(frozenset())
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        self.count = 0
        self.notes.clear()

    def close(self) -> None:
        os.close(self._file)

    # The file

    def _repair(self) -> None:
        """Check the head, drop a last line that was cut off, and bodies that nothing names."""
        named: set[str] = set()
        with self.path.open("rb") as lines:
            self._check_head(next(lines, b""))
            end = lines.tell()
            last = b""
            for last in lines:
                named.update(found.decode() for found in NAME.findall(last))
                end += len(last)
                self.count += 1
        if self.count and not _is_whole(last):
            os.ftruncate(self._file, end - len(last))
            os.fsync(self._file)
            self.count -= 1
            self.notes.append("The last call was cut off, as by a power failure, and is dropped.")
        self.bodies.keep(named)

    def _check_head(self, line: bytes) -> None:
        try:
            version = json.loads(line)[_HEAD]
        except (ValueError, KeyError, TypeError):
            raise LabsError(f"{self.path} is not a log of recorded calls.", _FORGET) from None
        if version != VERSION:
            raise LabsError(
                f"{self.path} is of version {version}; this program reads version {VERSION}.",
                f"Use the quizengine that wrote it. Or: {_FORGET}",
            )

    # Records as JSON

    def _written(self, record: Record) -> dict[str, Any]:
        match record:
            case Outcome(at, value):
                return {"at": at, "outcome": self.bodies.put(value)}
            case Call(at, seed, request):
                text = _as_text(request.body)
                call = {
                    "method": request.method,
                    "target": request.target,
                    "headers": _worth_keeping(request.headers),
                    "body": self.bodies.put(request.body) if text is None else text,
                }
                return {"at": at, "seed": seed, "call": call}

    def _read(self, line: dict[str, Any]) -> Record:
        if "outcome" in line:
            return Outcome(line["at"], self.bodies.take(line["outcome"]))
        call = line["call"]
        headers = tuple((name, value) for name, value in call["headers"])
        body = self.bodies.take(call["body"])
        request = Request(
            call["method"],
            call["target"],
            headers,
            body.encode() if isinstance(body, str) else body,
        )
        return Call(line["at"], line["seed"], request)


def _worth_keeping(headers: Headers) -> Headers:
    """The headers that say something of the call; of a signature only who signed and for what."""
    return tuple(
        (name, re.sub(r"Signature=\w+", "Signature=0", value))
        for name, value in headers
        if name.lower() not in _OF_THE_CONNECTION
    )


def _as_text(body: bytes) -> str | None:
    """The body as it can be read in the log; None if it is no text or a large one."""
    try:
        return body.decode() if len(body) <= INLINE else None
    except UnicodeDecodeError:
        return None


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return line.endswith(b"\n")


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _unwritable(folder: Path, error: OSError) -> LabsError:
    return LabsError(
        f"The recorded calls in {folder} cannot be written: {error.strerror}.",
        "Free some room there, or see who may write to it.",
    )
