"""Options to pick one or several of."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content

from quizengine.attempt import Response
from quizengine.question import TRAPS, MultipleQuestion, SingleQuestion
from quizengine.tui.choices import Answered, Choices, Refused, Struck
from quizengine.tui.prose import inline
from quizengine.tui.row import Row
from quizengine.words import plural


class Picks(Choices):
    def __init__(
        self,
        question: SingleQuestion | MultipleQuestion,
        order: tuple[str, ...],
        response: Response,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(order, response, revealed=revealed)
        self.question = question
        self._options = {option.id: option for option in question.options}

    def compose(self) -> ComposeResult:
        yield from (Row(number) for number in range(1, len(self.order) + 1))

    def show(self, response: Response) -> None:
        self.response = response
        blank, full = ("( )", "(•)") if self.question.kind == "single" else ("[ ]", "[x]")
        for row, id in zip(self.rows, self.order, strict=True):
            option = self._options[id]
            chosen, struck = id in response.answer, id in response.struck
            words, why = inline(option.text), None
            if self.revealed:
                said = "Right" if option.correct else "Wrong"
                yours = ", your answer" if chosen else ""
                trap = f" ({TRAPS[option.trap]})" if option.trap else ""
                why = Content.assemble((f"{said}{yours}. ", "bold"), inline(option.why), trap)
            row.show(
                f"{full if chosen else blank} {row.number}{'x' if struck else ' '}",
                words.stylize("strike") if struck else words,
                why,
                chosen=chosen,
                struck=struck,
                right=self.revealed and option.correct,
                wrong=self.revealed and chosen and not option.correct,
            )

    def pick_number(self, number: int) -> None:
        if number <= len(self.order):
            self.rows[number - 1].take_focus()
            self._toggle(self.order[number - 1])

    def on_row_picked(self, message: Row.Picked) -> None:
        message.stop()
        self._toggle(self.order[message.row.number - 1])

    def strike(self, row: Row) -> None:
        self.post_message(Struck(self.response.struck ^ {self.order[row.number - 1]}))

    def _toggle(self, id: str) -> None:
        answer, wanted = self.response.answer, self.question.wanted
        if self.question.kind == "single":
            self.post_message(Answered((id,)))
        elif id in answer:
            self.post_message(Answered(tuple(other for other in answer if other != id)))
        elif len(answer) == wanted:
            self.post_message(Refused(f"{plural(wanted, 'option')} are selected: take one back."))
        else:
            self.post_message(Answered((*answer, id)))
