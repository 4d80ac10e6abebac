"""The small windows over the exam: the end, a number or a note, a match, the keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from quizengine.attempt import Attempt
from quizengine.tui.acts import Do
from quizengine.tui.listing import Listing
from quizengine.tui.prose import inline
from quizengine.words import harmless, tally

HARMLESS = r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]*"  # to paste

KEYS: dict[str, dict[str, str]] = {
    "Answer": {
        "1-7": "choose; again takes back, where several are asked for",
        "up down": "go from choice to choice, and scroll",
        "Enter Space": "choose",
        "Backspace": "take the answer back",
        "s": "say how sure you are: sure, unsure, neither",
        "x": "strike an option out or bring it back (or right click)",
        "[ ] 1-5": "ordering: move the step up or down, or to that place",
    },
    "Move": {
        "n right": "next question",
        "p left": "previous question",
        "u": "next unanswered",
        "g": "go to a number",
        "l r": "list of all questions: review and end",
        "PgUp PgDn": "scroll a long question",
    },
    "Else": {
        "f": "flag for review",
        "o": "note, to be read at the review",
        "t": "hide or show the clock",
        "b": "break, if it was started with --breaks",
        "c": "colours: dark, light, high contrast",
        "w": "try again what could not be saved",
        "e": "end for good; asks first",
        "q": "leave; everything is saved and can be resumed",
    },
}


class Confirm(ModalScreen[bool]):
    """The end: final, with counts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "dismiss(False)"),
        Binding("y", "dismiss(True)"),
        Binding("left,up", "app.focus_previous"),
        Binding("right,down", "app.focus_next"),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt

    def compose(self) -> ComposeResult:
        attempt = self.attempt
        blank = len(attempt.unanswered)
        what = "practice" if attempt.is_practice else "questions" if attempt.form.lab else "exam"
        said = [tally(len(attempt.form.places), blank, len(attempt.flagged))]
        if blank and not attempt.is_practice:
            said.append("An unanswered question counts as wrong; a guess costs nothing.")
        said.append("Ending is final.")
        with Vertical(classes="window small"):
            yield Static(f"End the {what}?", classes="title", markup=False)
            yield Static("\n".join(said), markup=False)
            with Horizontal(classes="buttons"):
                yield Button("n  Go on", id="no", compact=True)
                yield Button("y  End it", id="yes", compact=True)

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def on_button_pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.dismiss(message.button.id == "yes")


class Ask(ModalScreen[None]):
    """One line of input. `take` gives back why it was refused: the window then stays open, with
    what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)")]

    def __init__(
        self,
        ask: str,
        take: Callable[[str], Awaitable[str | None]],
        value: str = "",
        *,
        length: int = 2_000,
    ) -> None:
        super().__init__()
        self._ask, self._take, self._value, self._length = ask, take, value, length

    def compose(self) -> ComposeResult:
        with Vertical(classes="window small"):
            yield Static(self._ask, classes="title", markup=False)
            yield Input(
                harmless(self._value),
                max_length=self._length,
                select_on_focus=False,
                restrict=HARMLESS,
            )
            yield Static(id="refused", markup=False)
            yield Static("Enter takes it, Esc leaves it as it was.", classes="hint", markup=False)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.app.post_message(Do(lambda: self._give(message.value)))

    async def _give(self, value: str) -> None:
        refused = await self._take(value)
        if refused is None:
            self.dismiss(None)
        else:
            self.query_one("#refused", Static).update(refused)


class Pick(ModalScreen[str | None]):
    """Choose the match of a prompt; returns its id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)"),
        *(Binding(str(n), f"pick({n})") for n in range(1, 8)),
    ]

    def __init__(self, ask: str, options: Sequence[tuple[str, Content]]) -> None:
        super().__init__()
        self._ask, self._options = ask, options

    def compose(self) -> ComposeResult:
        with Vertical(classes="window small"):
            yield Static(inline(self._ask), classes="title")
            yield Listing(*(Option(content, id=id) for id, content in self._options), markup=False)
            yield Static("Enter or its number takes it, Esc goes back.", classes="hint")

    def action_pick(self, number: int) -> None:
        if number <= len(self._options):
            self.dismiss(self._options[number - 1][0])

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self.dismiss(message.option.id)


class Help(ModalScreen[None]):
    """Every key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)")
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", id="help"):
            for head, keys in KEYS.items():
                yield Static(head, classes="heading", markup=False)
                for key, what in keys.items():
                    with Horizontal(classes="entry"):
                        yield Static(key, classes="mark", markup=False)
                        yield Static(what, classes="words", markup=False)

    def on_mount(self) -> None:
        self.query_one("#help").focus()
