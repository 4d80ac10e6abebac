"""Options to pick one or several of."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content

from quizengine.attempt import Response
from quizengine.question import TRAPS, MultipleQuestion, SingleQuestion
from quizengine.tui.choices import Answered, Choices, Grant, Refused, Struck, Wish
from quizengine.tui.prose import inline
from quizengine.tui.row import Row
from quizengine.words import plural


class Picks(Choices):
    def __init__(
        self,
        question: SingleQuestion | MultipleQuestion,
        order: tuple[str, ...],
        response: Response,
        grant: Grant,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(order, response, grant, revealed=revealed)
        self.question = question
        self.rows = [Row(self, number) for number in range(1, len(order) + 1)]
        self._options = {option.id: option for option in question.options}

    def compose(self) -> ComposeResult:
        yield from self.rows

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

    def numbered(self, index: int) -> Wish:
        self.rows[index].take_focus()
        return self.picked(index)

    def picked(self, index: int) -> Wish:
        """Take the option, or take it back where several are asked for."""
        id, answer, wanted = self.order[index], self.response.answer, self.question.wanted
        if self.question.kind == "single":
            return Answered((id,))
        if id in answer:
            return Answered(tuple(other for other in answer if other != id))
        if len(answer) == wanted:
            return Refused(f"{plural(wanted, 'option')} are selected: take one back.")
        return Answered((*answer, id))

    def struck(self, index: int) -> Wish:
        return Struck(self.response.struck ^ {self.order[index]})
