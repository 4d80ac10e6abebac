"""The question in front of the learner: the stem, the choices, and in practice the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, assert_never

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from quizengine import words
from quizengine.card import Card
from quizengine.lab import Lab
from quizengine.question import Question
from quizengine.study import Seat
from quizengine.tui.choices import Choices, Grant
from quizengine.tui.matches import Matches
from quizengine.tui.order import Order
from quizengine.tui.picks import Picks
from quizengine.tui.prose import Prose, inline
from quizengine.tui.row import Row

STEP = 3  # lines an arrow key scrolls
ON_BREAK = """\
The clock is stopped for a break.

The question is hidden until the clock runs again.

b  goes on          q  leaves; the clock stays stopped"""


class Verdict(Static, can_focus=True):
    """Practice: right or not, and the words that decide. Enter goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "screen.step(1)", show=False)]


class Sheet(VerticalScroll, can_focus=False, inherit_bindings=False):
    """Scrolls; the arrow keys go from choice to choice and scroll where there is none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
    ]

    class Scrolled(Message):
        """What can be seen of the question has changed."""

    def __init__(self, grant: Grant) -> None:
        super().__init__(id="sheet")
        self.choices: Choices | None = None  # of the question that is shown
        self._grant = grant
        self._note = Static(id="note")
        self._shown: object = None

    async def show(self, seat: Seat, cards: Iterable[Card], lab: Lab | None = None) -> None:
        """Show the question, or what has changed of it. `cards` and `lab` are the question's."""
        attempt, response = seat.attempt, seat.attempt.response(seat.question.id)
        revealed, on_break = response.revealed_at is not None, attempt.on_break_since is not None
        shown = (attempt.position, revealed, on_break)
        if shown != self._shown:
            self._shown = shown
            await self._build(seat, cards, lab, revealed=revealed, on_break=on_break)
        elif self.choices is not None:
            self.choices.show(response)
        self._note.display = bool(response.note)
        self._note.update(Content(f"Your note: {words.harmless(response.note)}"))

    async def _build(
        self,
        seat: Seat,
        cards: Iterable[Card],
        lab: Lab | None,
        *,
        revealed: bool,
        on_break: bool,
    ) -> None:
        """Build all anew. The focus goes to the verdict, or to a choice without scrolling the
        stem away."""
        self._note = Static(id="note")
        self.choices = None if on_break else _choices(seat, self._grant, revealed=revealed)
        verdict = _verdict(seat) if revealed else None
        with self.app.batch_update():
            await self.remove_children()
            if self.choices is None:
                await self.mount(Static(ON_BREAK, markup=False))
            else:
                question = seat.question
                stem = Prose(question.stem, decides=question.decides if revealed else "", id="stem")
                above = [stem] if verdict is None else [stem, verdict]
                below = _grounds(question, cards, lab) if revealed else ()
                await self.mount_all([*above, self.choices, self._note, *below])
        self.scroll_home(animate=False, immediate=True)
        if verdict is not None:
            self.screen.set_focus(verdict, scroll_visible=False)
            self.call_after_refresh(self._scroll_to_reasons, verdict, self.choices)
        elif self.choices is not None:
            self.screen.set_focus(self.choices.first, scroll_visible=False)

    def _scroll_to_reasons(self, verdict: Verdict, choices: Choices) -> None:
        """As little as it takes to see every reason, and never beyond the verdict."""
        reasons = choices.virtual_region.bottom - self.content_size.height
        top = min(verdict.virtual_region.y, max(0, reasons))
        self.scroll_to(y=top, animate=False, immediate=True)

    @property
    def has_more_below(self) -> bool:
        return self.max_scroll_y > round(self.scroll_y)

    def on_mount(self) -> None:
        self.watch(self, "scroll_y", self._tell, init=False)
        self.watch(self, "virtual_size", self._tell, init=False)

    def on_resize(self) -> None:
        self._tell()

    def _tell(self) -> None:
        self.post_message(self.Scrolled())

    def action_move(self, by: int) -> None:
        """To the next choice that way; scroll as long as the present one is not wholly seen, and
        where there is none."""
        choices = self.choices
        here = None if choices is None else choices.focused
        if choices is not None and here is not None:
            ahead = choices.rows[here + 1 :] if by > 0 else choices.rows[:here][::-1]
            before, behind = (0, 1) if by > 0 else (1, 0)
            # Where the wheel has scrolled the focus away, go on from what is seen.
            ahead = [row for row in ahead if not self._hidden(choices, row)[before]]
            if ahead and not self._hidden(choices, choices.rows[here])[behind]:
                ahead[0].take_focus()
                return
        self._scroll_by(by * STEP)

    def _hidden(self, choices: Choices, row: Row) -> tuple[bool, bool]:
        """Whether a part of the row lies above what is seen, and below it. One that is not laid out
        yet, because keys came faster than the screen, counts as seen."""
        if not row.virtual_region.height:
            return False, False
        top = choices.virtual_region.y + row.virtual_region.y
        first = round(self.scroll_y) + self.gutter.top
        last = first + self.content_size.height
        return top < first, top + row.virtual_region.height > last

    def action_page(self, by: int) -> None:
        self._scroll_by(by * max(1, self.content_size.height - 1))

    def action_scroll_home(self) -> None:
        self.scroll_to(y=0, animate=False, immediate=True)

    def action_scroll_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)

    def _scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_y + lines, animate=False, immediate=True)


def _choices(seat: Seat, grant: Grant, *, revealed: bool) -> Choices:
    question, order = seat.question, seat.attempt.place.order
    response = seat.attempt.response(question.id)
    match question.kind:
        case "single" | "multiple":
            return Picks(question, order, response, grant, revealed=revealed)
        case "ordering":
            return Order(question, order, response, grant, revealed=revealed)
        case "matching":
            return Matches(question, order, response, grant, revealed=revealed)
    assert_never(question.kind)


def _verdict(seat: Seat) -> Verdict:
    question, response = seat.question, seat.attempt.response(seat.question.id)
    is_right = question.is_right(response.answer)
    said = Content(words.verdict(is_right, response.sure)).stylize("bold")
    told = Content.assemble(said, "\nWhat decides: ", inline(question.decides))
    return Verdict(told, id="verdict", classes="right" if is_right else "wrong")


def _grounds(question: Question, cards: Iterable[Card], lab: Lab | None) -> Iterator[Widget]:
    """Where it can be read, what to remember, where to practise."""
    yield Static("To read", classes="heading", markup=False)
    for reference in question.references:
        yield Static(f"{reference.title} ({reference.dated()})", classes="entry", markup=False)
        yield Static(reference.url, classes="address", markup=False)
    for card in cards:
        yield Static("To remember", classes="heading", markup=False)
        yield Static(inline(card.prompt), classes="entry")
        yield Prose(card.answer)
        yield Static(Content.assemble("Common error: ", inline(card.common_error)), classes="entry")
    if lab is not None:
        yield Static("To practise", classes="heading", markup=False)
        yield Static(f"{lab.title} ({lab.minutes} minutes)", classes="entry", markup=False)
        yield Static(f"quizengine lab start {lab.id}", classes="address", markup=False)
