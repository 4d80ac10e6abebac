"""One line of a question that can hold the focus: its marks in a column of their own, its words
beside them."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class Row(Horizontal, can_focus=True):
    """`number` counts from 1, as on the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "pick", "choose", show=False),
        Binding("x", "strike", "strike out", show=False),
    ]

    class Picked(Message):
        """The learner chose this row."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    class Struck(Message):
        """The learner strikes this row out, or brings it back."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, number: int) -> None:
        super().__init__(id=f"row-{number}")
        self.number = number

    def compose(self) -> ComposeResult:
        yield Static(classes="mark", markup=False)
        with Vertical(classes="text"):
            yield Static(classes="words", markup=False)
            yield Static(classes="why", markup=False)

    def show(self, mark: str, words: Content, why: Content | None = None, **marks: bool) -> None:
        """Write the row. `marks` are the classes it carries: chosen, struck, right, wrong."""
        self.query_one(".mark", Static).update(mark)
        self.query_one(".words", Static).update(words)
        reason = self.query_one(".why", Static)
        reason.display = why is not None
        reason.update(why or "")
        for name, on in marks.items():
            self.set_class(on, name)

    def take_focus(self) -> None:
        self.focus(scroll_visible=False)
        self.scroll_visible(animate=False, immediate=True)

    def action_pick(self) -> None:
        self.post_message(self.Picked(self))

    def action_strike(self) -> None:
        self.post_message(self.Struck(self))

    def on_click(self, event: events.Click) -> None:
        if not self.can_focus or event.chain > 1:  # a double click is one choice
            return
        self.focus(scroll_visible=False)
        if event.button == 3:
            self.action_strike()
        else:
            self.action_pick()
