"""Whatever changes the attempt happens in one queue, one act after the other.

Keys are dealt with by the app, in the order in which they are pressed, and each to its end. What a
mouse or a signal asks for, or a window that closes, stands in line with them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.message import Message


class Do(Message, bubble=False):
    """To be posted to the app, which does it when its turn has come."""

    def __init__(self, act: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.act = act
