"""What a hyperparameter's value may be: one small class for each kind.

Every kind parses the string that SageMaker hands over (a ValueError or SyntaxError says that it
cannot be read), and knows what it does not contain. The wording is the reference's.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from labs.cloud.algorithms.xgboost.errors import UserError

Value: TypeAlias = "int | float | str | list[str] | tuple[int, ...] | list[list[int]]"


class Kind(Protocol):
    """`parse` reads a value, `check` raises UserError if it is out of range."""

    def parse(self, text: str) -> Value: ...

    def check(self, name: str, value: Value) -> None: ...


@dataclass(frozen=True)
class Interval:
    """Written as in mathematics: `[0, 1)`, `(0, +inf)`. NaN lies in none."""

    text: str

    def __contains__(self, value: object) -> bool:
        low, high = (float(bound) for bound in self.text[1:-1].split(","))
        if not isinstance(value, int | float):
            return False
        above = value >= low if self.text[0] == "[" else value > low
        below = value <= high if self.text[-1] == "]" or high == float("inf") else value < high
        return above and below

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Number:
    """A number of an interval; `read` is `int` or `float`."""

    read: Callable[[str], int | float]
    interval: Interval

    def parse(self, text: str) -> int | float:
        return self.read(text)

    def check(self, name: str, value: Value) -> None:
        if value not in self.interval:
            raise UserError(f"Hyperparameter {name}: {value} is not in {self.interval}")


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def parse(self, text: str) -> str:
        return text

    def check(self, name: str, value: Value) -> None:
        if value not in self.words:
            raise UserError(f"Hyperparameter {name}: {value} is not in {list(self.words)}")


@dataclass(frozen=True)
class Words:
    """Words of a list, separated by commas. `admits` may let in further ones, or refuse with
    words of its own."""

    words: tuple[str, ...]
    admits: Callable[[str], bool] = lambda word: False

    def parse(self, text: str) -> list[str]:
        return text.split(",")

    def check(self, name: str, value: Value) -> None:
        assert isinstance(value, list)
        if any(word not in self.words and not self.admits(str(word)) for word in value):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {list(self.words)}")


@dataclass(frozen=True)
class Signs:
    """A tuple such as `(1,0,-1)`: the direction of each feature."""

    def parse(self, text: str) -> tuple[int, ...]:
        return tuple(_integers(_literal(text)))

    def check(self, name: str, value: Value) -> None:
        assert isinstance(value, tuple)
        if any(sign not in (-1, 0, 1) for sign in value):
            raise UserError(f"Hyperparameter {name}: value {value} not in range [-1, 0, 1]")


@dataclass(frozen=True)
class Groups:
    """A list of lists of features such as `[[0,1],[2,3]]`, counted from 0."""

    interval: Interval = Interval("[0, +inf)")

    def parse(self, text: str) -> list[list[int]]:
        groups = _literal(text)
        if not isinstance(groups, list | tuple):
            raise ValueError("not a list of lists")
        return [list(_integers(group)) for group in groups]

    def check(self, name: str, value: Value) -> None:
        assert isinstance(value, list)
        if any(feature not in self.interval for group in value for feature in group):
            raise UserError(f"Hyperparameter {name}: value {value} not in range {self.interval}")


def _literal(text: str) -> object:
    """The Python literal that `text` is. Nothing in it is ever run."""
    try:
        return ast.literal_eval(text.strip())
    except (MemoryError, RecursionError, TypeError) as error:  # nested without end; {[]}
        raise ValueError(str(error)) from None


def _integers(values: object) -> Iterator[int]:
    if not isinstance(values, list | tuple):
        raise ValueError("not a list")
    for value in values:
        if type(value) is not int:
            raise ValueError(f"{value!r} is not an integer")
        yield value
