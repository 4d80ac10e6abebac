"""Steps to put in order: the one with the focus is moved."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from quizengine.attempt import Response
from quizengine.question import OrderingQuestion
from quizengine.tui.choices import Answered, Choices
from quizengine.tui.prose import inline
from quizengine.tui.row import Row


class Mover(Static):
    """An arrow to click: moves the step in whose row it stands."""

    class Moved(Message):
        def __init__(self, row: Row, by: int) -> None:
            super().__init__()
            self.row = row
            self.by = by

    def __init__(self, by: int) -> None:
        super().__init__("▲" if by < 0 else "▼", classes="mover", markup=False)
        self.by = by

    def on_click(self, event: events.Click) -> None:
        event.stop()
        row = self.query_ancestor(Row)
        row.focus(scroll_visible=False)
        self.post_message(self.Moved(row, self.by))


class Step(Row):
    """A row that can be moved."""

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Mover(-1)
        yield Mover(1)


class Order(Choices):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+up,left_square_bracket", "move(-1)", "step up", show=False),
        Binding("shift+down,right_square_bracket", "move(1)", "step down", show=False),
    ]

    def __init__(
        self,
        question: OrderingQuestion,
        order: tuple[str, ...],
        response: Response,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(order, response, revealed=revealed)
        self.question = question
        self._steps = {step.id: step for step in question.steps}

    @property
    def steps(self) -> list[str]:
        """The steps as they stand on the screen."""
        return list(self.response.answer or self.order)

    @property
    def first(self) -> Row:
        return self.rows[0]

    def compose(self) -> ComposeResult:
        kind = Row if self.revealed else Step
        yield from (kind(number) for number in range(1, len(self.order) + 1))

    def show(self, response: Response) -> None:
        self.response = response
        for row, id in zip(self.rows, self.steps, strict=True):
            why, right = None, False
            if self.revealed:
                place = self.question.key.index(id) + 1
                right = place == row.number
                said = "Right. " if right else f"Wrong, it belongs to place {place}. "
                why = Content.assemble((said, "bold"), inline(self._steps[id].why))
            row.show(
                f"{row.number}.",
                inline(self._steps[id].text),
                why,
                chosen=bool(response.answer),
                right=self.revealed and right,
                wrong=self.revealed and not right,
            )

    def pick_number(self, number: int) -> None:
        """Put the step with the focus at this place."""
        row = self.app.focused
        if isinstance(row, Row) and number <= len(self.order):
            self._move(row.number - 1, number - 1)

    def action_move(self, by: int) -> None:
        row = self.app.focused
        if isinstance(row, Row):
            self._move(row.number - 1, row.number - 1 + by)

    def on_mover_moved(self, message: Mover.Moved) -> None:
        message.stop()
        self._move(message.row.number - 1, message.row.number - 1 + message.by)

    def _move(self, here: int, there: int) -> None:
        steps = self.steps
        if here != there and 0 <= there < len(steps):
            steps.insert(there, steps.pop(here))
            self.rows[there].take_focus()
            self.post_message(Answered(tuple(steps), done=False))

    def on_row_picked(self, message: Row.Picked) -> None:
        """Take the order as it is."""
        message.stop()
        self.post_message(Answered(tuple(self.steps)))
