"""Reading what the learner types and writing below it: the seam between a shell and its window.

`Terminal` is what a shell knows. A test's own is a script.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn, Protocol

import click

QUIT = ("q", "quit", "exit")
ENTER = ("\r", "\n")
CTRL_C, CTRL_D = "\x03", "\x04"
SEVERAL = "\x1b\x00\xe0"  # begin what an arrow or the like sends, on Unix and on Windows


class Terminal(Protocol):
    def read(self, seconds: float | None) -> str | None:
        """The next line without its end; None if none came in time. Raises EOFError."""
        ...

    def write(self, text: str, end: str = "\n") -> None: ...


class StandardStreams:
    """Standard input, read in a thread of its own so that waiting can be interrupted.

    The thread reads the descriptor itself: it holds no lock of sys.stdin when the program ends.
    """

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._ended = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        rest = b""
        while True:
            try:
                piece = os.read(0, 65_536)
            except OSError:
                piece = b""
            if not piece:
                break
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self._lines.put(line.decode("utf-8", "replace").rstrip("\r"))
            rest = rest[-65_536:]
        if rest:
            self._lines.put(rest.decode("utf-8", "replace"))
        self._lines.put(None)

    def read(self, seconds: float | None) -> str | None:
        if self._ended:
            raise EOFError
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is None:
            self._ended = True
            raise EOFError
        return line

    def write(self, text: str, end: str = "\n") -> None:
        click.echo(text + end, nl=False)


class Prompt:
    """Standard input a line at a time, left alone in between: for before and after the full
    screen, which reads the keys itself."""

    def read(self, seconds: float | None) -> str | None:
        return input()

    def write(self, text: str, end: str = "\n") -> None:
        sys.stdout.write(text + end)
        sys.stdout.flush()


class Keys:
    """A keyboard read key by key: each is a line of its own, Enter an empty one."""

    def __init__(self) -> None:
        self._typed = ""

    def read(self, seconds: float | None) -> str | None:
        if not self._typed:
            try:
                self._typed = click.getchar()
            except OSError:
                self._typed = ""
        if not self._typed or self._typed[0] == CTRL_D:  # no window any more, or the end
            self._typed = ""
            raise EOFError
        if self._typed[0] == CTRL_C:
            raise KeyboardInterrupt
        if self._typed[0] in SEVERAL:
            key, self._typed = self._typed, ""
        else:
            key, self._typed = self._typed[0], self._typed[1:]
        key = "" if key in ENTER else key if key.isprintable() else "-"
        self.write(key)
        return key.strip()

    def write(self, text: str, end: str = "\n") -> None:
        click.echo(text + end, nl=False)


class Hangup(BaseException):
    """The window was closed, or the program is asked to end. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        self.number = number


def hang_up_in_order() -> None:
    """From here on those signals raise Hangup."""
    for name in ("SIGHUP", "SIGTERM"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _hang_up)


def _hang_up(number: int, _: FrameType | None) -> NoReturn:
    raise Hangup(number)


def has_keyboard() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
