"""One line of a question that can hold the focus: its marks in a column of their own, its words
beside them."""

from __future__ import annotations

from typing import ClassVar, Protocol

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from quizengine.tui.acts import Do


class Owner(Protocol):
    """What is told of the choices, by their index."""

    async def pick(self, index: int) -> None: ...

    async def strike(self, index: int) -> None: ...


class Row(Horizontal, can_focus=True):
    """`number` counts from 1, as on the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "pick", "choose", show=False),
        Binding("x", "strike", "strike out", show=False),
    ]

    def __init__(self, owner: Owner, number: int) -> None:
        super().__init__(id=f"row-{number}")
        self.number = number
        self._owner = owner
        self._mark = Static(classes="mark", markup=False)
        self._words = Static(classes="words", markup=False)
        self._why = Static(classes="why", markup=False)

    def compose(self) -> ComposeResult:
        yield self._mark
        yield Vertical(self._words, self._why, classes="text")

    def show(self, mark: str, words: Content, why: Content | None = None, **marks: bool) -> None:
        """Write the row. `marks` are the classes it carries: chosen, struck, right, wrong."""
        self._mark.update(mark)
        self._words.update(words)
        self._why.update(why or "")
        self._why.display = why is not None
        for name, on in marks.items():
            self.set_class(on, name)

    def take_focus(self) -> None:
        """At once: the next key is for this row."""
        self.screen.set_focus(self, scroll_visible=False)
        self.scroll_visible(animate=False, immediate=True)

    async def action_pick(self) -> None:
        await self._owner.pick(self.number - 1)

    async def action_strike(self) -> None:
        await self._owner.strike(self.number - 1)

    def on_click(self, event: events.Click) -> None:
        if not self.can_focus or event.chain > 1:  # a double click is one choice
            return
        self.screen.set_focus(self, scroll_visible=False)
        self.app.post_message(Do(self.action_strike if event.button == 3 else self.action_pick))
