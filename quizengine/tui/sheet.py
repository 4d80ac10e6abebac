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
from quizengine.question import Question
from quizengine.study import Seat
from quizengine.tui.choices import Choices
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
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
    ]

    class Scrolled(Message):
        """What can be seen of the question has changed."""

    def __init__(self) -> None:
        super().__init__(id="sheet")
        self._shown: object = None

    async def show(self, seat: Seat, cards: Iterable[Card]) -> None:
        """Show the question, or what has changed of it. `cards` are those of the question."""
        attempt, response = seat.attempt, seat.attempt.response(seat.question.id)
        revealed, on_break = response.revealed_at is not None, attempt.on_break_since is not None
        shown = (attempt.position, revealed, on_break)
        if shown != self._shown:
            self._shown = shown
            with self.app.batch_update():
                await self.remove_children()
                await self.mount_all([Static(ON_BREAK)] if on_break else _parts(seat, cards))
            self.scroll_home(animate=False, immediate=True)
            self._begin()
        if not on_break:
            self.choices.show(response)
            note = self.query_one("#note", Static)
            note.display = bool(response.note)
            note.update(Content(f"Your note: {words.harmless(response.note)}"))

    def _begin(self) -> None:
        """Give the focus to the verdict, or to a choice without scrolling the stem away."""
        for verdict in self.query(Verdict):
            verdict.focus(scroll_visible=False)
            self.call_after_refresh(self._scroll_to_reasons, verdict)
            return
        for choices in self.query(Choices):
            choices.first.focus(scroll_visible=False)

    def _scroll_to_reasons(self, verdict: Verdict) -> None:
        """As little as it takes to see every reason, and never beyond the verdict."""
        reasons = self.choices.virtual_region.bottom - self.content_size.height
        top = min(verdict.virtual_region.y, max(0, reasons))
        self.scroll_to(y=top, animate=False, immediate=True)

    @property
    def choices(self) -> Choices:
        return self.query_one(Choices)

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
        focused = self.screen.focused
        rows = [row for row in self.query(Row) if row.can_focus]
        if isinstance(focused, Row) and focused in rows:
            here = rows.index(focused)
            (above, below), ahead = self._hidden(focused), rows[here + 1 :]
            if by < 0:
                above, below, ahead = below, above, rows[:here][::-1]
            # Where the wheel has scrolled the focus away, go on from what is seen.
            ahead = [row for row in ahead if not self._hidden(row)[0 if by > 0 else 1]]
            if ahead and not below:
                ahead[0].take_focus()
                return
        self.scroll_relative(y=by * STEP, animate=False, immediate=True)

    def _hidden(self, row: Row) -> tuple[bool, bool]:
        """Whether a part of the row lies above what is seen, and below it."""
        top = self.choices.virtual_region.y + row.virtual_region.y
        first = round(self.scroll_y) + self.gutter.top
        last = first + self.content_size.height
        return top < first, top + row.virtual_region.height > last

    def action_page_down(self) -> None:
        self.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        self.scroll_page_up(animate=False)

    def action_scroll_home(self) -> None:
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        self.scroll_end(animate=False)


def _parts(seat: Seat, cards: Iterable[Card]) -> Iterator[Widget]:
    question, response = seat.question, seat.attempt.response(seat.question.id)
    revealed = response.revealed_at is not None
    yield Prose(question.stem, decides=question.decides if revealed else "", id="stem")
    if revealed:
        is_right = question.is_right(response.answer)
        verdict = Content(words.verdict(is_right, response.sure)).stylize("bold")
        decides = Content.assemble(verdict, "\nWhat decides: ", inline(question.decides))
        yield Verdict(decides, id="verdict", classes="right" if is_right else "wrong")
    yield _choices(seat)
    yield Static(id="note")
    if revealed:
        yield from _grounds(question, cards)


def _choices(seat: Seat) -> Choices:
    question, order = seat.question, seat.attempt.place.order
    response = seat.attempt.response(question.id)
    revealed = response.revealed_at is not None
    match question.kind:
        case "single" | "multiple":
            return Picks(question, order, response, revealed=revealed)
        case "ordering":
            return Order(question, order, response, revealed=revealed)
        case "matching":
            return Matches(question, order, response, revealed=revealed)
    assert_never(question.kind)


def _grounds(question: Question, cards: Iterable[Card]) -> Iterator[Widget]:
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
    if question.lab is not None:
        yield Static("To practise", classes="heading", markup=False)
        yield Static(f"The lab {question.lab}", classes="entry", markup=False)
