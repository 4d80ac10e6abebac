"""What a generator makes, and a question of the bank's own kind out of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

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


UNUSABLE = Drawn("", "", Choice("", ""), ())  # these numbers make no good question: draw anew


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


def around(rng: random.Random, right: float, wrong: Mapping[float, Choice]) -> tuple[Choice, ...]:
    """Three of the wrong ones, by their values, so that each place by size that they leave to the
    key is as likely as another. None if they are too few."""
    low = [value for value in wrong if value < right]
    high = [value for value in wrong if value > right]
    places = range(max(0, WRONG - len(high)), min(WRONG, len(low)) + 1)
    if not places:
        return ()
    below = rng.choice(places)
    chosen = rng.sample(low, below) + rng.sample(high, WRONG - below)
    return tuple(wrong[value] for value in chosen)


def sound(values: Iterable[Fraction | float], digits: int, apart: float) -> bool:
    """Whether all can be told apart when rounded, and none lies halfway between two roundings,
    where rules differ."""
    exact = sorted(Fraction(value) for value in values)
    halfway = any((value * 10**digits * 2) % 2 == 1 for value in exact)
    return not halfway and all(b - a >= apart for a, b in pairwise(exact))
