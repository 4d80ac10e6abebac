"""What the choices of every kind of question share on the screen.

They say with a message what the learner wants; they decide and save nothing, and show the
response they are given.
"""

from __future__ import annotations

from textual.containers import Vertical
from textual.message import Message

from quizengine.attempt import Response
from quizengine.question import Answer
from quizengine.tui.row import Row


class Answered(Message):
    """The learner's answer is now this; `done` unless it is still being put together."""

    def __init__(self, picked: Answer, *, done: bool = True) -> None:
        super().__init__()
        self.picked = picked
        self.done = done


class Refused(Message):
    """What was asked for cannot be done, and why."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class Struck(Message):
    """These options are struck out now."""

    def __init__(self, options: frozenset[str]) -> None:
        super().__init__()
        self.options = options


class Choices(Vertical):
    """What the three kinds of choices share. `order` is that of the form."""

    def __init__(self, order: tuple[str, ...], response: Response, *, revealed: bool) -> None:
        super().__init__(id="choices", classes="revealed" if revealed else None)
        self.order = order
        self.response = response
        self.revealed = revealed

    def on_mount(self) -> None:
        for row in self.rows:
            row.can_focus = not self.revealed
        self.show(self.response)

    @property
    def rows(self) -> list[Row]:
        return list(self.query(Row))

    @property
    def first(self) -> Row:
        """The row to begin at: the first that is chosen, or the first."""
        return next((row for row in self.rows if row.has_class("chosen")), self.rows[0])

    def show(self, response: Response) -> None:
        """Write the rows for this response."""
        raise NotImplementedError

    def pick_number(self, number: int) -> None:
        """The learner typed a digit."""
        raise NotImplementedError

    def strike(self, row: Row) -> None:
        """The learner strikes a row out, or brings it back."""
        self.post_message(Refused("Only options to choose from can be struck out."))

    def on_row_struck(self, message: Row.Struck) -> None:
        message.stop()
        self.strike(message.row)
