"""What opens over the exam: the navigator, the end, a question number, a note, help."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, DataTable, Input, Static

from quizengine.attempt import Attempt

Filter: TypeAlias = Literal["all", "unanswered", "unseen", "flagged"]

KEYS = """\
Answer
  1-7          choose (again: take back, where several are asked for)
  up, down     move between the choices; Enter or Space chooses
  Shift+up/down, [ ]   move a step of an ordering
  x            strike a choice out, or bring it back (also: right click)
  s            sure, unsure, neither
  Backspace    take the answer back
Move
  n, right     next question         p, left      previous question
  g            go to a number        u            next unanswered
  l            navigator and review  f            flag for review
Else
  o            note                  t            hide or show the clock
  b            break, where allowed  c            colours
  e            end the exam          q            leave; all is saved"""


class Navigator(ModalScreen[int | Literal["end"] | None]):
    """Every question with its state; returns the index to go to, "end", or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,l,q", "dismiss(None)", "back"),
        Binding("a", "only('all')", "all"),
        Binding("i", "only('unanswered')", "unanswered"),
        Binding("s", "only('unseen')", "unseen"),
        Binding("f", "only('flagged')", "flagged"),
        Binding("e", "end", "end exam"),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt
        self.filter: Filter = "all"

    def compose(self) -> ComposeResult:
        with Vertical(classes="window"):
            yield Static(counts(self.attempt), id="counts", markup=False)
            yield DataTable(cursor_type="row", zebra_stripes=True)
            yield Static(
                "Enter goes there.  a all  i unanswered  s unseen  f flagged  "
                "e end the exam  Esc back",
                classes="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("Question", "State", "Flagged")
        self.fill()
        table.focus()

    def fill(self) -> None:
        table = self.query_one(DataTable)
        table.clear()
        for n, place in enumerate(self.attempt.form.places):
            response = self.attempt.response(place.question)
            state = "answered" if response.complete else "unanswered" if response.seen else "unseen"
            wanted = (
                self.filter == "all"
                or (self.filter == "unanswered" and not response.complete)
                or (self.filter == "unseen" and not response.seen)
                or (self.filter == "flagged" and response.flagged)
            )
            if wanted:
                table.add_row(str(n + 1), state, "flagged" if response.flagged else "", key=str(n))

    def action_only(self, filter: Filter) -> None:
        self.filter = filter
        self.fill()

    def action_end(self) -> None:
        self.dismiss("end")

    def on_data_table_row_selected(self, message: DataTable.RowSelected) -> None:
        assert message.row_key.value is not None
        self.dismiss(int(message.row_key.value))


class Confirm(ModalScreen[bool]):
    """The end: final, with counts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "no"),
        Binding("y", "answer(True)", "yes"),
    ]

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt

    def compose(self) -> ComposeResult:
        blank = len(self.attempt.unanswered)
        said = [counts(self.attempt)]
        if blank:
            said.append("An unanswered question counts as wrong; a guess costs nothing.")
        said.append("Ending is final. End the exam?")
        with Vertical(classes="window small"):
            yield Static("\n".join(said), markup=False)
            with Horizontal(classes="buttons"):
                yield Button("No, go on (n)", id="no")
                yield Button("Yes, end it (y)", id="yes", variant="warning")

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def on_button_pressed(self, message: Button.Pressed) -> None:
        self.dismiss(message.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)


class Line(ModalScreen[str | None]):
    """One line of input: a question number, a note."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, ask: str, value: str = "", *, length: int = 2_000) -> None:
        super().__init__()
        self.ask, self.value, self.length = ask, value, length

    def compose(self) -> ComposeResult:
        with Vertical(classes="window small"):
            yield Static(self.ask, markup=False)
            yield Input(self.value, max_length=self.length)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value)


class Help(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss(None)", "back")
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window"):
            yield Static(KEYS, markup=False)


def counts(attempt: Attempt) -> str:
    blank = len(attempt.unanswered)
    return (
        f"{len(attempt.form.places) - blank} answered, {blank} unanswered, "
        f"{len(attempt.flagged)} flagged."
    )
