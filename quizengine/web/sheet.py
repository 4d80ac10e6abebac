"""A question as it is asked: what may be seen of it before the end, and nothing else.

Choices are known by their numbers in the drawn order, as the learner sees them: the ids in the
files may say more than they should. Everything else a question holds stays out of here, so it
cannot come onto a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from markupsafe import Markup

from quizengine.attempt import Response
from quizengine.errors import BadRequest
from quizengine.question import BLANK, PROMPT_LETTERS, Answer, Kind, Question
from quizengine.web import prose

NUMBERS = ("", "ONE", "TWO", "THREE", "FOUR")

Numbers: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Choice:
    """An option or a step. `plain` are its words where no marks can stand."""

    number: int
    text: Markup
    plain: str
    chosen: bool
    struck: bool


@dataclass(frozen=True)
class Prompt:
    """A line to be matched; `chosen` is the number of an option, 0 for none."""

    letter: str
    text: Markup
    plain: str
    chosen: int


@dataclass(frozen=True)
class Sheet:
    """`choices` stand as they are shown; of an ordering, in the learner's order so far."""

    kind: Kind
    stem: Markup
    wanted: int
    choices: Sequence[Choice]
    prompts: Sequence[Prompt]
    given: int
    sure: bool | None
    flagged: bool
    note: str

    @property
    def how(self) -> str:
        """What the learner is to do."""
        match self.kind:
            case "single":
                return "Select ONE."
            case "multiple":
                return f"Select {NUMBERS[self.wanted]}."
            case "ordering":
                return "Put the steps in order."
            case "matching":
                return "Match each line."
        assert_never(self.kind)

    @property
    def first(self) -> str:
        """What a check waits for."""
        return f"Choose first: {self.how[0].lower()}{self.how[1:]}"

    @property
    def counted(self) -> str:
        """How far it is done; empty where that can be seen anyway."""
        match self.kind:
            case "multiple":
                return f"{self.given} of {self.wanted} selected"
            case "matching":
                return f"{self.given} of {self.wanted} matched"
            case "single" | "ordering":
                return ""
        assert_never(self.kind)


def sheet(
    question: Question,
    order: Sequence[str],
    response: Response,
    picked: Numbers | None = None,
) -> Sheet:
    """The question with the choices in the drawn `order`. `picked` stands for the answer of the
    response where it was refused, and is shown again."""
    picked = numbers(question, order, response.answer) if picked is None else picked
    prompts: Iterable[Prompt] = ()
    if question.kind == "matching":
        chosen = (*picked, *(0 for _ in question.prompts))
        prompts = (
            Prompt(letter, prose.line(prompt.text), prose.plain(prompt.text), number)
            for letter, prompt, number in zip(
                PROMPT_LETTERS, question.prompts, chosen, strict=False
            )
        )
    texts = question.texts
    choices = [
        Choice(n, prose.line(texts[id]), prose.plain(texts[id]), n in picked, id in response.struck)
        for n, id in enumerate(order, start=1)
    ]
    if question.kind == "ordering" and len(picked) == len(choices):
        choices = [choices[n - 1] for n in picked]
    return Sheet(
        kind=question.kind,
        stem=prose.blocks(question.stem),
        wanted=question.wanted,
        choices=choices,
        prompts=tuple(prompts),
        given=sum(bool(number) for number in picked),
        sure=response.sure,
        flagged=response.flagged,
        note=response.note,
    )


def numbers(question: Question, order: Sequence[str], answer: Answer) -> Numbers:
    """An answer in the numbers that the learner sees; 0 where a prompt has no match."""
    found = tuple(order.index(id) + 1 if id else 0 for id in answer)
    return found if question.kind in ("ordering", "matching") else tuple(sorted(found))


def answer(question: Question, order: Sequence[str], numbers: Numbers) -> Answer:
    """The answer that these numbers give. Raises BadRequest, in words that tell no id, if they
    cannot be meant."""
    for number in numbers:
        if not 0 <= number <= len(order):
            raise BadRequest(f"There is no choice {number}.", f"There are 1 to {len(order)}.")
    if question.kind == "ordering" and len(set(numbers) - {0}) != len(numbers):
        raise BadRequest("Each step stands once in an order.", "Move the steps with their buttons.")
    return tuple(order[n - 1] if n else "" for n in numbers) if any(numbers) else BLANK


State: TypeAlias = Literal["answered", "unanswered", "unseen"]


def state(response: Response) -> State:
    """Of a question in the lists."""
    return "answered" if response.complete else "unanswered" if response.seen else "unseen"
