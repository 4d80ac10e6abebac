"""A channel's bytes, an epoch at a time: its files, or a pipe for each epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import BinaryIO, cast

from labs.cloud.algorithms.common.channels import Channel
from labs.cloud.algorithms.common.errors import CustomerError

PATIENCE_S = 60.0  # how long a pipe may take to be there
LOOK_S = 0.005


class Streams:
    """Of one channel, under the folder `data`. `epoch` counts them from 0; `read` is how many
    bytes were read in the one that was begun last."""

    def __init__(self, channel: Channel, data: Path, clock: Callable[[], float]) -> None:
        self.epoch = -1
        self.read = 0
        self._channel, self._data, self._clock = channel, data, clock

    def copied(self) -> int:
        """The bytes that lie on the disk already."""
        folder = self._data / self._channel.name
        return sum(path.stat().st_size for path in _files(folder)) if folder.is_dir() else 0

    def begin(self) -> Generator[BinaryIO]:
        """The streams of the next epoch. Raises CustomerError if there are none."""
        self.epoch, self.read = self.epoch + 1, 0
        for path in self._paths():
            with path.open("rb") as stream:
                yield cast("BinaryIO", _Counted(stream, self._count))

    def _paths(self) -> Iterable[Path]:
        if self._channel.is_piped:
            return [self._pipe()]
        folder = self._data / self._channel.name
        if not folder.is_dir():
            raise CustomerError(f"Unable to read data channel '{self._channel.name}'. It is empty.")
        return _files(folder)

    def _pipe(self) -> Path:
        """This epoch's; it is made when the one before it is done."""
        path = self._data / f"{self._channel.name}_{self.epoch}"
        until = self._clock() + PATIENCE_S
        while not path.exists():
            if self._clock() > until:
                raise CustomerError(f"There is no pipe {path.name} in /opt/ml/input/data.")
            time.sleep(LOOK_S)
        return path

    def _count(self, read: int) -> None:
        self.read += read


class _Counted:
    """A stream that tells how much was read of it."""

    def __init__(self, stream: BinaryIO, count: Callable[[int], None]) -> None:
        self._stream, self._count = stream, count

    def read(self, size: int) -> bytes:
        return self._told(self._stream.read(size))

    def readline(self, size: int) -> bytes:
        return self._told(self._stream.readline(size))

    def _told(self, found: bytes) -> bytes:
        self._count(len(found))
        return found


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
