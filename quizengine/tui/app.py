"""The exam as a full-screen program: its colours, its signals, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import threading
from collections.abc import Callable
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from quizengine.study import Seat, Study
from quizengine.tui.acts import Do
from quizengine.tui.colours import COLOURS, Colours, theme
from quizengine.tui.exam import ExamScreen
from quizengine.tui.sitting import Ended

SIGNALS = ("SIGHUP", "SIGTERM", "SIGINT")
PATIENCE = 3.0  # seconds to leave in good order once a signal asks for it


class ExamApp(App[Ended]):
    """Sits an attempt. Ends with "submitted", "left", "unsaved" or the error that ended it;
    `return_code` is 128 and the signal's number if one did.

    `keep` is told when the learner takes other colours.
    """

    CSS_PATH = "exam.tcss"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "leave", show=False),
        Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True),  # from any window
        Binding("c", "colours", show=False),
    ]

    def __init__(
        self,
        study: Study,
        seat: Seat,
        *,
        colours: Colours = "dark",
        keep: Callable[[Colours], object] = lambda _: None,
        colourless: bool = False,
    ) -> None:
        # With NO_COLOR in the environment, Textual takes every colour away where colours are the
        # terminal's own, and only turns them to grey where not.
        super().__init__(ansi_color=colourless or None)
        self.animation_level = "none"
        self.sitting = ExamScreen(study, seat)
        self._keep = keep
        self._before: dict[int, signal.Handlers | Callable[..., object] | int | None] = {}
        for name in COLOURS:
            self.register_theme(theme(name))
        self.theme = self._colours = colours

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme("dark").variables

    def get_default_screen(self) -> ExamScreen:
        return self.sitting

    def on_mount(self) -> None:
        for name in SIGNALS:
            # A test's own loop may run outside the main thread: there is no signal there.
            with contextlib.suppress(AttributeError, ValueError):
                number = getattr(signal, name)
                self._before[number] = signal.signal(number, self._heed(128 + number))

    def on_unmount(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _heed(self, code: int) -> Callable[[int, object], None]:
        """Leave in the line of acts. Textual writes to the terminal in a thread that ends with the
        terminal, and then waits for ever to hand it more: so there is an end to waiting. Every
        acknowledged answer is saved by then."""
        loop = asyncio.get_running_loop()

        def heed(_: int, __: object) -> None:
            loop.call_soon_threadsafe(self.sitting.do, functools.partial(self.sitting.leave, code))
            end = threading.Timer(PATIENCE, os._exit, (code,))
            end.daemon = True
            end.start()

        return heed

    async def on_do(self, message: Do) -> None:
        """The next in the line."""
        await message.act()

    async def action_leave(self) -> None:
        await self.sitting.leave()

    def action_colours(self) -> None:
        self._colours = COLOURS[(COLOURS.index(self._colours) + 1) % len(COLOURS)]
        self.theme = self._colours
        self._keep(self._colours)
