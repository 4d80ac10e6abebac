"""Prompts, each to be matched to one of the options below them."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from quizengine.attempt import Response
from quizengine.question import MatchingQuestion
from quizengine.tui.choices import Answered, Choices
from quizengine.tui.prose import inline
from quizengine.tui.row import Row

LETTERS = "abcdefg"  # name the prompts


class Chosen(Message):
    """A prompt of a matching question is to get a match."""

    def __init__(self, prompt: int) -> None:
        super().__init__()
        self.prompt = prompt


class Matches(Choices):
    def __init__(
        self,
        question: MatchingQuestion,
        order: tuple[str, ...],
        response: Response,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(order, response, revealed=revealed)
        self.question = question
        self._texts = {option.id: option.text for option in question.options}

    @property
    def answer(self) -> list[str]:
        return list(self.response.answer or ("",) * self.question.wanted)

    def compose(self) -> ComposeResult:
        yield from (Row(number) for number in range(1, self.question.wanted + 1))
        if not self.revealed:
            yield Static("Options", classes="heading", markup=False)
            for line in self.options():
                yield Static(line, classes="option")

    def options(self) -> Iterator[Content]:
        """The options with their numbers."""
        for number, id in enumerate(self.order, start=1):
            yield Content.assemble(f"{number}  ", inline(self._texts[id]))

    def show(self, response: Response) -> None:
        self.response = response
        for row, prompt, match in zip(self.rows, self.question.prompts, self.answer, strict=True):
            letter, words, why = LETTERS[row.number - 1], inline(prompt.text), None
            right = match == prompt.match
            if self.revealed:
                said = "Right" if right else "Wrong"
                key = inline(self._texts[prompt.match])
                why = Content.assemble((f"{said}: ", "bold"), key, "\n", inline(prompt.why))
            row.show(
                f"{letter})",
                Content.assemble(words, "\n", self._matched(match)),
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

    def pick_number(self, number: int) -> None:
        """Match the prompt with the focus to the option with this number."""
        row = self.app.focused
        if isinstance(row, Row) and number <= len(self.order):
            self.match(row.number - 1, self.order[number - 1])

    def match(self, prompt: int, option: str) -> None:
        answer = self.answer
        answer[prompt] = option
        self.post_message(Answered(tuple(answer)))

    def on_row_picked(self, message: Row.Picked) -> None:
        message.stop()
        self.post_message(Chosen(message.row.number - 1))
