"""What a generator makes, and a question of the bank's own kind out of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from quizengine.content import QuestionId, Reference
from quizengine.question import Difficulty, Option, SingleQuestion, Trap

PREFIX = "computed-"
TRIES = 200  # until four options look different; a generator that needs more is at fault
WRONG = 3


@dataclass(frozen=True)
class Choice:
    """An option and why; the key has no trap."""

    text: str
    why: str
    trap: Trap | None = None


@dataclass(frozen=True)
class Drawn:
    """A question with its numbers. `wrong` has three or more, the likeliest errors first; those
    that look like the key or like one before are passed over."""

    stem: str
    decides: str
    key: Choice
    wrong: tuple[Choice, ...]

    def options(self) -> list[Choice] | None:
        """The key and three wrong ones; None if the numbers leave fewer that differ."""
        found = {self.key.text: self.key}
        for choice in self.wrong:
            found.setdefault(choice.text, choice)
        return [*found.values()][: WRONG + 1] if len(found) > WRONG else None


@dataclass(frozen=True)
class Generator:
    """`make` draws the numbers. `exams` are the tasks that it serves."""

    name: str
    title: str
    topics: tuple[str, ...]
    exams: Mapping[str, str]
    cards: tuple[str, ...]
    difficulty: Difficulty
    verified_on: date
    references: tuple[Reference, ...]
    make: Callable[[random.Random], Drawn]

    def id(self, seed: int) -> QuestionId:
        """The same seed, the same question. Below 2**32."""
        return QuestionId(f"{PREFIX}{self.name}-{seed:08x}")

    def question(self, seed: int) -> SingleQuestion:
        rng = random.Random(seed)
        for _ in range(TRIES):
            drawn = self.make(rng)
            if (options := drawn.options()) is not None:
                return self._question(seed, drawn, options, rng)
        raise AssertionError(f"{self.name} finds no four options from seed {seed}")

    def _question(
        self, seed: int, drawn: Drawn, choices: list[Choice], rng: random.Random
    ) -> SingleQuestion:
        rng.shuffle(choices)
        options = tuple(
            Option(
                id=f"n{number}",  # says nothing of which is right
                text=choice.text,
                correct=choice.trap is None,
                trap=choice.trap,
                why=choice.why,
            )
            for number, choice in enumerate(choices, start=1)
        )
        return SingleQuestion(
            id=self.id(seed),
            kind="single",
            topics=self.topics,
            exams=dict(self.exams),
            cards=self.cards,
            difficulty=self.difficulty,
            decides=drawn.decides,
            verified_on=self.verified_on,
            references=self.references,
            stem=drawn.stem,
            options=options,
        )


def table(columns: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    head = [*columns]
    lines: list[Iterable[object]] = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def number(value: float, digits: int = 0) -> str:
    """With thousands apart: 1,234.50."""
    return f"{value:,.{digits}f}"
