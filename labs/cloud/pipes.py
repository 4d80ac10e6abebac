"""Pipe mode: a training job reads its data as they come, from a named pipe for each epoch.

Source: "How Amazon SageMaker provides training information" in SageMaker's developer guide.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

Pieces: TypeAlias = Callable[[], Iterator[bytes]]  # a channel's data, from the beginning each time

AVAILABLE = hasattr(os, "mkfifo")  # not on Windows
SOONEST_S, LATEST_S = 0.002, 0.05  # how soon it is noticed that somebody reads


@contextmanager
def feeding(
    folder: Path, channels: Iterable[tuple[str, Pieces]], on_trouble: Callable[[], None]
) -> Iterator[list[Exception]]:
    """Feed `<folder>/<channel>_<epoch>` for each channel, one epoch after the other, as long as
    the context lasts: at its end nobody may read any more.

    What goes wrong with a channel's data is added to the list that the context gives.
    """
    troubles: list[Exception] = []

    def give_up(trouble: Exception) -> None:
        troubles.append(trouble)
        on_trouble()

    feeders = [_Feeder(folder, name, pieces, give_up) for name, pieces in channels]
    for feeder in feeders:
        feeder.start()
    try:
        yield troubles
    finally:
        for feeder in feeders:
            feeder.stop.set()
        for feeder in feeders:
            feeder.join()


class _Feeder(threading.Thread):
    """One channel's. Its first pipe is there once it is made."""

    def __init__(
        self, folder: Path, channel: str, pieces: Pieces, give_up: Callable[[Exception], None]
    ) -> None:
        super().__init__(name=f"pipe {channel}", daemon=True)
        self.stop = threading.Event()
        self._folder, self._channel, self._pieces, self._give_up = folder, channel, pieces, give_up
        self._pipe = self._made(0)

    def run(self) -> None:
        epoch = 0
        try:
            while (pipe := self._opened()) is not None:
                epoch += 1
                following = None
                # A reader that has had enough of an epoch closes its pipe before the end.
                with contextlib.suppress(BrokenPipeError), os.fdopen(pipe, "wb") as stream:
                    for piece in self._pieces():
                        if self.stop.is_set():
                            return
                        stream.write(piece)
                    following = self._made(epoch)  # before it sees that this one ends
                self._pipe.unlink()
                self._pipe = following or self._made(epoch)
        except Exception as error:
            self._give_up(error)

    def _made(self, epoch: int) -> Path:
        path = self._folder / f"{self._channel}_{epoch}"
        os.mkfifo(path, 0o600)
        return path

    def _opened(self) -> int | None:
        """The pipe, once somebody reads it; None if nobody will."""
        pause = SOONEST_S
        while not self.stop.wait(pause):
            pause = min(1.5 * pause, LATEST_S)
            try:
                pipe = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # nobody reads it
                    raise
            else:
                os.set_blocking(pipe, True)
                return pipe
        return None
