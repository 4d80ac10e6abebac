"""Every question with its state: to go to one, to review, to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias, get_args

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from quizengine.attempt import Attempt, Response
from quizengine.tui.listing import Listing
from quizengine.words import harmless

Filter: TypeAlias = Literal["all", "unanswered", "unseen", "flagged"]
FILTERS: tuple[Filter, ...] = get_args(Filter)
KEYS: dict[Filter, str] = {"all": "a", "unanswered": "i", "unseen": "s", "flagged": "f"}
CLAIMS: dict[Filter, Callable[[Response], bool]] = {
    "all": lambda _: True,
    "unanswered": lambda response: not response.complete,
    "unseen": lambda response: not response.seen,
    "flagged": lambda response: response.flagged,
}


class Tab(Static):
    """One of the filters, with its count; a click takes it."""

    def __init__(self, filter: Filter, count: int) -> None:
        super().__init__(f"{KEYS[filter]} {filter} {count}", id=filter, classes="tab", markup=False)
        self.filter = filter

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        await self.app.run_action(f"only({self.filter!r})", self.screen)


class Action(Static):
    """Something to click at the foot of a window."""

    def __init__(self, words: str, action: str) -> None:
        super().__init__(words, classes="key", markup=False)
        self.action = action

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        await self.app.run_action(self.action, self.screen)


class Navigator(ModalScreen[int | Literal["end"] | None]):
    """Returns the index to go to, "end", or None."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (58, "-medium")]  # noqa: RUF012 - as inherited
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,l,r,q", "dismiss(None)"),
        *(Binding(key, f"only({name!r})") for name, key in KEYS.items()),
        Binding("e", "dismiss('end')"),
    ]

    def __init__(self, attempt: Attempt, filter: Filter = "all") -> None:
        super().__init__()
        self.attempt = attempt
        self.filter: Filter = filter

    def compose(self) -> ComposeResult:
        with Vertical(classes="window"):
            with Horizontal(id="tabs"):
                for name in FILTERS:
                    yield Tab(name, len(self.attempt.places_where(CLAIMS[name])))
            yield Listing(id="list", markup=False)
            with Horizontal(classes="foot"):
                yield Static("Enter goes there", classes="hint", markup=False)
                yield Action("e end", "dismiss('end')")
                yield Action("Esc back", "dismiss(None)")

    def on_mount(self) -> None:
        self.action_only(self.filter)
        self.query_one(Listing).focus()

    def action_only(self, filter: Filter) -> None:
        self.filter = filter
        for tab in self.query(Tab):
            tab.set_class(tab.filter == filter, "chosen")
        places = self.attempt.places_where(CLAIMS[filter])
        shown = self.query_one(Listing)
        shown.clear_options()
        shown.add_options([Option(self._line(index), id=str(index)) for index in places])
        if not places:
            shown.add_option(Option("None.", disabled=True))
        elif self.attempt.position in places:
            shown.highlighted = places.index(self.attempt.position)
        else:
            shown.highlighted = 0

    def _line(self, index: int) -> Content:
        response = self.attempt.response(self.attempt.form.places[index].question)
        state = "answered" if response.complete else "unanswered" if response.seen else "unseen"
        flag = "FLAGGED" if response.flagged else ""
        sure = {None: "", True: "sure", False: "unsure"}[response.sure]
        note = " ".join(harmless(response.note).split())[:60]
        here = ">" if index == self.attempt.position else " "
        line = f"{here}{index + 1:>3}  {state:<10}  {flag:<7}  {sure:<6}  {note}"
        return Content(line.rstrip())

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        assert message.option.id is not None
        self.dismiss(int(message.option.id))
