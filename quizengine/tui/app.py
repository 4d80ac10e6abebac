"""The exam as a full-screen program: live clock, navigator, keys and mouse."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import ClassVar, Literal

from markdown_it import MarkdownIt
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.theme import Theme
from textual.widgets import Footer, Markdown, Static

from quizengine import words
from quizengine.attempt import Response
from quizengine.errors import (
    BadRequest,
    OnBreak,
    QuizengineError,
    StoreBusy,
    StoreFull,
    Superseded,
    TimeIsUp,
)
from quizengine.study import Seat, Study
from quizengine.terms import MINUTE, WARNINGS
from quizengine.tui.choices import Answered, Choices, Refused, Struck, choices
from quizengine.tui.screens import Confirm, Help, Line, Navigator

THEMES = ("textual-dark", "textual-light", "high-contrast")
HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    warning="#ffff00",
    error="#ff8080",
    success="#80ff80",
    dark=True,
)


def markdown_parser() -> MarkdownIt:
    """Markdown as content may use it: HTML and images off."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


class ExamApp(App[Literal["submitted", "left", "superseded"]]):
    """Sits an attempt. `seat` is the state after the last saved change."""

    CSS_PATH = "exam.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right", "step(1)", "next"),
        Binding("p,left", "step(-1)", "previous"),
        Binding("f", "flag", "flag"),
        Binding("l,r", "navigate", "navigator"),
        Binding("e", "end", "end"),
        Binding("question_mark", "help", "keys"),
        Binding("q,ctrl+c", "leave", "leave", priority=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("u", "unanswered", show=False),
        Binding("g", "go", show=False),
        Binding("s", "sure", show=False),
        Binding("backspace", "clear", show=False),
        Binding("o", "note", show=False),
        Binding("t", "clock", show=False),
        Binding("b", "break", show=False),
        Binding("c", "colours", show=False),
        *(Binding(str(n), f"pick({n})", show=False) for n in range(1, 8)),
    ]

    def __init__(self, study: Study, seat: Seat) -> None:
        super().__init__()
        self.study = study
        self.seat = seat
        self.clock_hidden = False
        self._warned = self._passed_warnings()
        self.register_theme(HIGH_CONTRAST)

    # Building

    def compose(self) -> ComposeResult:
        with Horizontal(id="head"):
            yield Static(id="place", markup=False)
            yield Static(id="clock", markup=False)
        yield VerticalScroll(id="body")
        yield Static(id="status", markup=False)
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        for name in ("SIGHUP", "SIGTERM"):
            number = getattr(signal, name, None)
            if number is not None:
                # A test's own loop may run outside the main thread: there is no signal there.
                with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                    asyncio.get_running_loop().add_signal_handler(number, self.action_leave)
        self.set_interval(0.5, self.tick)
        await self.show()

    async def show(self) -> None:
        """Build the question in front of the learner."""
        question, place = self.seat.question, self.seat.attempt.place
        revealed = self._response.revealed_at is not None
        body = self.query_one("#body", VerticalScroll)
        widget = choices(question, place.order, self._response, revealed=revealed)
        stem = marked(question.stem, question.decides) if revealed else question.stem
        with self.batch_update():
            await body.remove_children()
            await body.mount(Markdown(stem, parser_factory=markdown_parser, id="stem"))
            if not revealed:
                await body.mount(Static(self._how(), id="how", markup=False))
            await body.mount(widget)
            if revealed:
                await body.mount(Static(self._grounds(), id="grounds", markup=False))
        body.scroll_home(animate=False)
        self._show_head()

    def _show_head(self) -> None:
        attempt = self.seat.attempt
        flag = "  flagged" if self._response.flagged else ""
        kind = "practice" if attempt.is_practice else attempt.form.exam
        self.query_one("#place", Static).update(
            f"Question {attempt.position + 1} of {len(attempt.form.places)}  {kind}{flag}"
        )
        self._show_clock()
        self._show_status("")

    def _show_status(self, saved: str, *, failed: bool = False) -> None:
        response = self._response
        parts = [saved]
        if response.sure is not None:
            parts.append("sure" if response.sure else "unsure")
        if response.answer and not response.complete:
            given = len([id for id in response.answer if id])
            parts.append(f"{given} of {self.seat.question.wanted} selected")
        if response.note:
            parts.append(f"note: {response.note}")
        status = self.query_one("#status", Static)
        status.update("   ".join(part for part in parts if part))
        status.set_class(failed, "failed")

    def _show_clock(self) -> None:
        left = self.study.left(self.seat)
        if left is None:
            text = "no time limit"
        elif self.seat.attempt.on_break_since is not None:
            text = "clock stopped: b goes on"
        elif self.clock_hidden:
            text = "clock hidden (t)"
        else:
            text = f"{words.clock(left)} left"
        clock = self.query_one("#clock", Static)
        clock.update(text)
        clock.set_class(left is not None and left <= 5 * MINUTE, "low")

    def _how(self) -> str:
        question = self.seat.question
        match question.kind:
            case "single":
                return "Select one."
            case "multiple":
                return f"Select {question.wanted}."
            case "ordering":
                return "Put the steps in order."
            case "matching":
                return "Match every line."

    def _grounds(self) -> str:
        question = self.seat.question
        verdict = "Right." if question.is_right(self._response.answer) else "Not right."
        lines = [verdict, f"What decides: {question.decides}", ""]
        lines += [f"{r.title} ({r.dated()})\n  {r.url}" for r in question.references]
        lines += [f"Card: {card}" for card in question.cards]
        if question.lab is not None:
            lines.append(f"Lab: {question.lab}")
        return "\n".join(lines)

    # Time

    def _passed_warnings(self) -> set[int]:
        left = self.study.left(self.seat)
        return set() if left is None else {m for m in WARNINGS if left <= m * MINUTE}

    def tick(self) -> None:
        """Twice a second: the clock, the warnings, the end."""
        attempt = self.seat.attempt
        if not attempt.is_open or attempt.on_break_since is not None:
            return
        if self.study.left(self.seat) == 0:
            self._time_is_up()
            return
        passed = self._passed_warnings()
        if new := passed - self._warned:
            self._warned = passed
            if min(new) <= 5:
                self.clock_hidden = False
            self.bell()
            self.notify(f"{words.plural(min(new), 'minute')} left", severity="warning")
        self._show_clock()

    def _time_is_up(self) -> None:
        if self.act(lambda: self.study.submit(self.seat)):
            self.exit("submitted")

    # Acting

    @property
    def _response(self) -> Response:
        return self.seat.attempt.response(self.seat.question.id)

    def act(self, change: Callable[[], Seat]) -> bool:
        """Do and save; say what happened. False if nothing was saved."""
        try:
            self.seat = change()
        except (StoreFull, StoreBusy) as error:
            self._show_status(error.message, failed=True)
            self.notify(f"{error.message} {error.hint or ''}", severity="error", timeout=20)
        except TimeIsUp:
            self._time_is_up()
        except Superseded:
            self.exit("superseded")
        except (BadRequest, OnBreak) as error:
            self._refuse(error)
        else:
            return True
        return False

    def _refuse(self, error: QuizengineError) -> None:
        self.notify(f"{error.message} {error.hint or ''}", severity="warning")

    async def on_answered(self, message: Answered) -> None:
        await self._answer(message.picked, self._response.sure)

    def on_refused(self, message: Refused) -> None:
        self.notify(message.why, severity="warning")

    async def _answer(self, picked: tuple[str, ...], sure: bool | None) -> None:
        id = self.seat.question.id
        if self._response.revealed_at is not None:
            return
        if self.act(lambda: self.study.answer(self.seat, id, picked, sure=sure)):
            if self.seat.attempt.is_practice and self._response.complete:
                if self.act(lambda: self.study.reveal(self.seat, id)):
                    await self.show()
                return
            self._show_status("Saved")
        self._choices.show(self._response)

    @property
    def _choices(self) -> Choices:
        widget = self.query_one("#choices")
        assert isinstance(widget, Choices)
        return widget

    def on_struck(self, message: Struck) -> None:
        question = self.seat.question
        if question.kind not in ("single", "multiple"):
            return
        struck = self._response.struck ^ {message.option}
        if self.act(lambda: self.study.strike(self.seat, question.id, struck)):
            self._choices.show(self._response)
            self._show_status("Saved")

    def action_pick(self, number: int) -> None:
        self._choices.pick_number(number)

    async def action_clear(self) -> None:
        await self._answer((), None)
        await self.show()

    async def action_sure(self) -> None:
        following: dict[bool | None, bool | None] = {None: True, True: False, False: None}
        await self._answer(self._response.answer, following[self._response.sure])

    def action_flag(self) -> None:
        on = not self._response.flagged
        if self.act(lambda: self.study.flag(self.seat, self.seat.question.id, on)):
            self._show_head()
            self._show_status("Saved")

    # Moving

    async def go_to(self, index: int) -> None:
        if self.act(lambda: self.study.go_to(self.seat, index)):
            await self.show()

    async def action_step(self, by: int) -> None:
        target = self.seat.attempt.position + by
        if target == len(self.seat.attempt.form.places):
            self.action_navigate()
        elif target >= 0:
            await self.go_to(target)

    async def action_unanswered(self) -> None:
        here, places = self.seat.attempt.position, self.seat.attempt.unanswered
        if places:
            await self.go_to(next((n for n in places if n > here), places[0]))
        else:
            self.notify("Every question is answered.")

    def action_navigate(self) -> None:
        async def then(chosen: int | Literal["end"] | None) -> None:
            if chosen == "end":
                self.action_end()
            elif chosen is not None:
                await self.go_to(chosen)

        self.push_screen(Navigator(self.seat.attempt), then)

    def action_go(self) -> None:
        async def then(line: str | None) -> None:
            if line and line.strip().isdecimal():
                await self.go_to(int(line) - 1)
            elif line:
                self.notify(f"{line[:20]!r} is no question number.", severity="warning")

        self.push_screen(Line("Go to question number", length=4), then)

    def action_note(self) -> None:
        def then(line: str | None) -> None:
            if line is not None and self.act(
                lambda: self.study.note(self.seat, self.seat.question.id, line)
            ):
                self._show_status("Saved")

        self.push_screen(Line("Note on this question", self._response.note), then)

    # Else

    def action_clock(self) -> None:
        left = self.study.left(self.seat)
        self.clock_hidden = not self.clock_hidden and not (left is not None and left <= 5 * MINUTE)
        self._show_clock()

    def action_break(self) -> None:
        if self.seat.attempt.on_break_since is None:
            done = self.act(lambda: self.study.pause(self.seat))
        else:
            done = self.act(lambda: self.study.end_break(self.seat))
        if done:
            self.query_one("#body").display = self.seat.attempt.on_break_since is None
            self._show_clock()

    def action_colours(self) -> None:
        at = THEMES.index(self.theme) if self.theme in THEMES else 0
        self.theme = THEMES[(at + 1) % len(THEMES)]

    def action_help(self) -> None:
        self.push_screen(Help())

    def action_end(self) -> None:
        def then(yes: bool | None) -> None:
            if yes and self.act(lambda: self.study.submit(self.seat)):
                self.exit("submitted")

        self.push_screen(Confirm(self.seat.attempt), then)

    def action_leave(self) -> None:
        self.exit("left")


def marked(stem: str, decides: str) -> str:
    """The stem with the deciding words in bold, where Markdown can carry that."""
    if stem.count(decides) != 1 or "\n" in decides or "**" in stem:
        return stem
    bold = stem.replace(decides, f"**{decides}**")
    strong = sum(
        child.type == "strong_open"
        for token in markdown_parser().parse(bold)
        for child in token.children or ()
    )
    return bold if strong == 1 else stem
