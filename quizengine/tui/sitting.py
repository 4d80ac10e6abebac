"""An attempt on the screen: shown, saved, ended when the time is up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Literal, TypeAlias

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from quizengine.attempt import Response
from quizengine.bank import lab_for
from quizengine.card import Card
from quizengine.errors import (
    BadRequest,
    NotFound,
    OnBreak,
    QuizengineError,
    StoreBusy,
    StoreFull,
    TimeIsUp,
)
from quizengine.study import Seat, Study
from quizengine.terms import warnings_passed
from quizengine.tui.acts import Do
from quizengine.tui.choices import Grant
from quizengine.tui.frame import COMES_BACK, Head, Keys, Status
from quizengine.tui.sheet import Sheet
from quizengine.words import plural

TICK = 0.5  # seconds
AGAIN = 10  # ticks after which an end that could not be saved is tried again

# "unsaved": left, and the last change could not be saved
Ended: TypeAlias = Literal["submitted", "left", "unsaved"] | QuizengineError


class Sitting(Screen[None]):
    """`seat` is the attempt after the last change that was saved."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as inherited
        (0, "-narrow"),
        (58, "-medium"),
        (78, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012

    def __init__(self, study: Study, seat: Seat, grant: Grant) -> None:
        super().__init__()
        self.study = study
        self.seat = seat
        self.sheet = Sheet(grant)
        self.clock_hidden = False
        self._head, self._status = Head(), Status()
        self._banner = Static(id="unsaved", markup=False)
        self._unsaved: Callable[[], Seat] | None = None
        self._warned = warnings_passed(study.left(seat))
        self._ticks = 0
        self._is_over = False

    def compose(self) -> ComposeResult:
        yield from (self._head, self.sheet, self._banner, self._status, Keys())

    def on_mount(self) -> None:
        self.set_interval(TICK, self.tick)
        self.do(self.show)

    def do(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do this after whatever is being done."""
        self.app.post_message(Do(act))

    # Showing

    @property
    def response(self) -> Response:
        return self.seat.attempt.response(self.seat.question.id)

    async def show(self, said: str = "") -> None:
        """Bring the screen up to the seat; `said` is a word on the last act."""
        self._head.show(self.seat)
        self._show_clock()
        self._status.show(self.seat, said)
        await self.sheet.show(
            self.seat, self._cards(), lab_for(self.study.bank, self.seat.question)
        )

    def warn(self, why: str) -> None:
        self._status.warn(why)

    def _show_clock(self) -> None:
        self._head.show_clock(
            self.study.left(self.seat),
            on_break=self.seat.attempt.on_break_since is not None,
            hidden=self.clock_hidden,
        )

    def _cards(self) -> Iterator[Card]:
        """The cards of the question, as far as this bank has them still."""
        for id in self.seat.question.cards:
            try:
                yield self.study.bank.card(id)
            except NotFound:
                continue

    def on_sheet_scrolled(self) -> None:
        self._status.show_more(self.sheet.has_more_below)

    # Time

    def tick(self) -> None:
        """Twice a second: the clock, the warnings, the end."""
        left = self.study.left(self.seat)
        self._ticks += 1
        if self._is_over or self.seat.attempt.on_break_since is not None:
            return
        if left == 0:
            if self._unsaved is None or self._ticks % AGAIN == 0:
                self._time_is_up()
            return
        if new := warnings_passed(left) - self._warned:
            self._warned |= new
            self.clock_hidden = self.clock_hidden and min(new) > COMES_BACK
            self.app.bell()
            self.notify(f"{plural(min(new), 'minute')} left", severity="warning", markup=False)
        self._show_clock()

    def _time_is_up(self) -> None:
        error = self._save(lambda: self.study.submit(self.seat))
        if error is None:
            self._exit("submitted")
        else:
            self._unsaved = lambda: self.study.submit(self.seat)
            self._show_unsaved("The time is up, and the end could not be saved.", error)

    async def leave(self, code: int = 0) -> None:
        """Leave the attempt open."""
        self._exit("left" if self._unsaved is None else "unsaved", code)

    def _exit(self, ended: Ended, code: int = 0) -> None:
        if not self._is_over:
            self._is_over = True
            self.app.exit(ended, return_code=code)

    # Saving

    def _save(self, change: Callable[[], Seat]) -> QuizengineError | None:
        """Do and save. None if it was saved; otherwise why not. What cannot be helped from here
        ends the sitting."""
        try:
            self.seat = change()
        except (StoreFull, StoreBusy, BadRequest, OnBreak, TimeIsUp) as error:
            return error
        except QuizengineError as error:
            self._exit(error)
            return error
        return None

    async def act(self, change: Callable[[], Seat], said: str = "Saved.") -> bool:
        """Do, save, show. Whatever could not be saved is said, and kept to be tried again."""
        if self._is_over:
            return False
        error = self._save(change)
        match error:
            case None:
                self._unsaved = None
                self._banner.display = False
                if self.seat.attempt.is_open:
                    await self.show(said)
                else:
                    self._exit("submitted")
            case TimeIsUp():
                self._time_is_up()
            case StoreFull() | StoreBusy():
                self._unsaved = change
                self._show_unsaved("NOT SAVED.", error)
            case _:
                self.warn(error.message)
        return error is None

    def _show_unsaved(self, what: str, error: QuizengineError) -> None:
        self._banner.update(f"{what} {error.message} {error.hint or ''} w tries again.")
        self._banner.display = True
        self.app.bell()

    async def action_again(self) -> None:
        if self._unsaved is not None:
            await self.act(self._unsaved)

    async def refused(self, change: Callable[[], Seat]) -> str | None:
        """Act for a window that stays open, with what was typed, until it is saved: None then."""
        if await self.act(change) or self._unsaved is None:
            return None
        return str(self._banner.content)
