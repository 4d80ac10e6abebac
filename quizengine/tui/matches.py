"""Prompts, each to be matched to one of the options below them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from quizengine.attempt import Response
from quizengine.question import PROMPT_LETTERS, MatchingQuestion
from quizengine.tui.choices import Answered, Choices, Grant, Matching, Wish
from quizengine.tui.prose import inline
from quizengine.tui.row import Row


class Matches(Choices):
    def __init__(
        self,
        question: MatchingQuestion,
        order: tuple[str, ...],
        response: Response,
        grant: Grant,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(order, response, grant, revealed=revealed)
        self.question = question
        self.rows = [Row(self, number) for number in range(1, question.wanted + 1)]
        self._texts = question.texts

    @property
    def answer(self) -> list[str]:
        return list(self.response.answer or ("",) * self.question.wanted)

    @property
    def options(self) -> list[Content]:
        """The options with their numbers."""
        return [
            Content.assemble(f"{number}  ", inline(self._texts[id]))
            for number, id in enumerate(self.order, start=1)
        ]

    def compose(self) -> ComposeResult:
        yield from self.rows
        if not self.revealed:
            yield Static("Options", classes="heading", markup=False)
            for option in self.options:
                yield Static(option, classes="option")

    def show(self, response: Response) -> None:
        self.response = response
        for row, prompt, match in zip(self.rows, self.question.prompts, self.answer, strict=True):
            why, right = None, match == prompt.match
            if self.revealed:
                said = "Right" if right else "Wrong"
                key = inline(self._texts[prompt.match])
                why = Content.assemble((f"{said}: ", "bold"), key, "\n", inline(prompt.why))
            row.show(
                f"{PROMPT_LETTERS[row.number - 1]})",
                Content.assemble(inline(prompt.text), "\n", self._matched(match)),
                why,
                chosen=bool(match),
                right=self.revealed and right,
                wrong=self.revealed and not right,
            )

    def _matched(self, match: str) -> Content:
        if not match:
            return Content("[ nothing ]" if self.revealed else "[ choose ]")
        number = "" if self.revealed else f"{self.order.index(match) + 1}  "
        return Content.assemble(("[ ", "bold"), number, inline(self._texts[match]), (" ]", "bold"))

    def picked(self, index: int) -> Wish:
        return Matching(index)

    def numbered(self, index: int) -> Wish:
        """Match the prompt with the focus to the option with this number."""
        return None if self.focused is None else self.matched(self.focused, self.order[index])

    def matched(self, prompt: int, option: str) -> Wish:
        answer = self.answer
        answer[prompt] = option
        return Answered(tuple(answer))
