"""What the keys do in an exam or a practice."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.binding import Binding, BindingType

from quizengine.question import Answer
from quizengine.study import Seat, Study
from quizengine.terms import warnings_passed
from quizengine.tui.choices import Answered, Matching, Refused, Struck, Wish
from quizengine.tui.frame import COMES_BACK
from quizengine.tui.matches import Matches
from quizengine.tui.navigator import Filter, Navigator
from quizengine.tui.screens import Ask, Confirm, Help, Pick
from quizengine.tui.sitting import Sitting


class ExamScreen(Sitting):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right", "step(1)"),
        Binding("p,left", "step(-1)"),
        Binding("u", "unanswered"),
        Binding("g", "go"),
        Binding("l,r", "navigate"),
        *(Binding(str(n), f"pick({n})") for n in range(1, 8)),
        Binding("s", "sure"),
        Binding("backspace", "clear"),
        Binding("f", "flag"),
        Binding("o", "note"),
        Binding("t", "clock"),
        Binding("b", "break"),
        Binding("w", "again"),
        Binding("e", "end"),
        Binding("question_mark", "help"),
    ]

    def __init__(self, study: Study, seat: Seat) -> None:
        super().__init__(study, seat, self.grant)
        self.filter: Filter = "all"  # of the list

    # Answering

    async def _answer(self, picked: Answer, sure: bool | None, *, done: bool = True) -> None:
        id = self.seat.question.id

        def change() -> Seat:
            seat = self.study.answer(self.seat, id, picked, sure=sure)
            response = seat.attempt.response(id)
            if done and seat.attempt.is_practice and response.complete:
                self.seat = seat  # saved, whatever becomes of the next
                seat = self.study.reveal(seat, id)
            return seat

        if self.response.revealed_at is None:
            await self.act(change)

    async def grant(self, wish: Wish) -> None:
        """Do what the learner wants of the choices."""
        match wish:
            case Answered(picked, done):
                await self._answer(picked, self.response.sure, done=done)
            case Struck(options):
                id = self.seat.question.id
                await self.act(lambda: self.study.strike(self.seat, id, options))
            case Matching(prompt):
                self._match(prompt)
            case Refused(why):
                self.warn(why)

    def _match(self, prompt: int) -> None:
        """Open the list of the options for this prompt."""
        matches = self.sheet.choices
        assert isinstance(matches, Matches)

        async def then(option: str | None) -> None:
            if option is not None:
                await self.grant(matches.matched(prompt, option))

        ask = matches.question.prompts[prompt].text
        options = list(zip(matches.order, matches.options, strict=True))
        self.app.push_screen(Pick(ask, options), then)

    async def action_pick(self, number: int) -> None:
        choices = self.sheet.choices
        if choices is not None and not choices.revealed:
            await choices.number(number)

    async def action_clear(self) -> None:
        if self.response.answer:
            await self._answer((), None)

    async def action_sure(self) -> None:
        following: dict[bool | None, bool | None] = {None: True, True: False, False: None}
        await self._answer(self.response.answer, following[self.response.sure], done=False)

    async def action_flag(self) -> None:
        on = not self.response.flagged
        id = self.seat.question.id
        await self.act(
            lambda: self.study.flag(self.seat, id, on),
            "Flagged for review." if on else "Flag taken away.",
        )

    def action_note(self) -> None:
        note_on = self.seat.question.id

        async def keep(text: str) -> str | None:
            return await self.refused(lambda: self.study.note(self.seat, note_on, text))

        self.app.push_screen(Ask("Note on this question", keep, self.response.note))

    # Moving

    async def go_to(self, index: int) -> None:
        await self.act(lambda: self.study.go_to(self.seat, index), "")

    async def action_step(self, by: int) -> None:
        target = self.seat.attempt.position + by
        if target == len(self.seat.attempt.form.places):
            self.action_navigate()
        elif target < 0:
            self.warn("This is the first question.")
        else:
            await self.go_to(target)

    async def action_unanswered(self) -> None:
        index = self.seat.attempt.next_unanswered
        if index is None:
            self.warn("Every question is answered.")
        else:
            await self.go_to(index)

    def action_navigate(self) -> None:
        async def then(chosen: int | Literal["end"] | None) -> None:
            self.filter = navigator.filter
            if chosen == "end":
                self.action_end()
            elif chosen is not None:
                await self.go_to(chosen)

        navigator = Navigator(self.seat.attempt, self.filter)
        self.app.push_screen(navigator, then)

    def action_go(self) -> None:
        count = len(self.seat.attempt.form.places)

        async def go(text: str) -> str | None:
            if not text.isdecimal() or not 1 <= int(text) <= count:
                return f"The questions are 1 to {count}."
            return await self.refused(lambda: self.study.go_to(self.seat, int(text) - 1))

        self.app.push_screen(Ask("Go to question number", go, length=4))

    # Else

    def action_clock(self) -> None:
        left = self.study.left(self.seat)
        if not self.clock_hidden and COMES_BACK in warnings_passed(left):
            self.warn("In the last minutes the clock stays.")
        else:
            self.clock_hidden = not self.clock_hidden
        self._show_clock()

    async def action_break(self) -> None:
        if self.seat.attempt.on_break_since is None:
            await self.act(lambda: self.study.pause(self.seat), "")
        else:
            await self.act(lambda: self.study.end_break(self.seat), "The clock runs again.")

    def action_help(self) -> None:
        self.app.push_screen(Help())

    def action_end(self) -> None:
        async def then(yes: bool | None) -> None:
            if yes:
                await self.act(lambda: self.study.submit(self.seat))

        self.app.push_screen(Confirm(self.seat.attempt), then)
