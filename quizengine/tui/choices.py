"""What the choices of every kind of question share on the screen.

They make a wish of what the learner does; others save, and give them the response to show.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from textual.containers import Vertical

from quizengine.attempt import Response
from quizengine.question import Answer
from quizengine.tui.row import Row


@dataclass(frozen=True)
class Answered:
    """The answer is to be this; `done` unless it is still being put together."""

    picked: Answer
    done: bool = True


@dataclass(frozen=True)
class Struck:
    """These options are to be struck out, and no other."""

    options: frozenset[str]


@dataclass(frozen=True)
class Matching:
    """This prompt is to get a match from the list."""

    prompt: int


@dataclass(frozen=True)
class Refused:
    """What was asked for cannot be done, and why."""

    why: str


Wish: TypeAlias = Answered | Struck | Matching | Refused | None
Grant: TypeAlias = Callable[[Wish], Awaitable[None]]


class Choices(Vertical):
    """`order` is that of the form."""

    def __init__(
        self, order: tuple[str, ...], response: Response, grant: Grant, *, revealed: bool
    ) -> None:
        super().__init__(id="choices", classes="revealed" if revealed else None)
        self.order = order
        self.response = response
        self.revealed = revealed
        self._grant = grant
        self.rows: Sequence[Row] = ()

    def on_mount(self) -> None:
        for row in self.rows:
            row.can_focus = not self.revealed
        self.show(self.response)

    @property
    def first(self) -> Row:
        """The row to begin at: the first that is chosen, or the first."""
        return next((row for row in self.rows if row.has_class("chosen")), self.rows[0])

    @property
    def focused(self) -> int | None:
        """The index of the row with the focus."""
        now = self.screen.focused  # a row's own has_focus follows a little later
        return next((n for n, row in enumerate(self.rows) if row is now), None)

    async def pick(self, index: int) -> None:
        if self.is_attached:  # a click may come late, for a question that has gone
            await self._grant(self.picked(index))

    async def strike(self, index: int) -> None:
        if self.is_attached:
            await self._grant(self.struck(index))

    async def number(self, number: int) -> None:
        """The learner typed a digit."""
        await self._grant(self.numbered(number - 1) if number <= len(self.order) else None)

    # What each kind makes of it

    def show(self, response: Response) -> None:
        """Write the rows for this response."""
        raise NotImplementedError

    def picked(self, index: int) -> Wish:
        """The learner chose a row."""
        raise NotImplementedError

    def numbered(self, index: int) -> Wish:
        """The learner typed the number of a choice."""
        raise NotImplementedError

    def struck(self, index: int) -> Wish:
        """The learner struck a row out, or brings it back."""
        return Refused("Only options to choose from can be struck out.")
