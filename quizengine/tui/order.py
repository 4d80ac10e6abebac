"""Steps to put in order: the one with the focus is moved."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from quizengine.attempt import Response
from quizengine.question import OrderingQuestion
from quizengine.tui.acts import Do
from quizengine.tui.choices import Answered, Choices, Grant, Wish
from quizengine.tui.prose import inline
from quizengine.tui.row import Row


class Mover(Static):
    """An arrow to click: moves the step in whose row it stands."""

    def __init__(self, order: Order, index: int, by: int) -> None:
        super().__init__("▲" if by < 0 else "▼", classes="mover", markup=False)
        self._order, self._index, self._by = order, index, by

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.app.post_message(Do(lambda: self._order.move(self._index, self._index + self._by)))


class Step(Row):
    """A row that can be moved."""

    def __init__(self, order: Order, number: int) -> None:
        super().__init__(order, number)
        self._movers = (Mover(order, number - 1, -1), Mover(order, number - 1, 1))

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield from self._movers


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
        grant: Grant,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(order, response, grant, revealed=revealed)
        self.question = question
        kind = Row if revealed else Step
        self.rows = [kind(self, number) for number in range(1, len(order) + 1)]
        self._steps = {step.id: step for step in question.steps}

    def compose(self) -> ComposeResult:
        yield from self.rows

    @property
    def steps(self) -> list[str]:
        """The steps as they stand on the screen."""
        return list(self.response.answer or self.order)

    @property
    def first(self) -> Row:
        return self.rows[0]

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

    def picked(self, index: int) -> Wish:
        """Take the order as it is."""
        return Answered(tuple(self.steps))

    def numbered(self, index: int) -> Wish:
        """Put the step with the focus at this place."""
        return None if self.focused is None else self._moved(self.focused, index)

    async def action_move(self, by: int) -> None:
        if self.focused is not None:
            await self.move(self.focused, self.focused + by)

    async def move(self, here: int, there: int) -> None:
        if self.is_attached:
            await self._grant(self._moved(here, there))

    def _moved(self, here: int, there: int) -> Wish:
        steps = self.steps
        if here == there or not 0 <= there < len(steps):
            return None
        steps.insert(there, steps.pop(here))
        self.rows[there].take_focus()
        return Answered(tuple(steps), done=False)
