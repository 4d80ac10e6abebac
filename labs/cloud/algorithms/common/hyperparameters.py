"""Hyperparameters by their kinds: what each may be, and the words of the errors.

They come as strings. The sentences follow those of SageMaker's built-in algorithms; what a number
may be is said more plainly than by their regular expressions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from labs.cloud.algorithms.common.errors import CustomerError

Value: TypeAlias = "int | float | str | bool | tuple[str, ...] | None"

AUTO = "auto"
CAUSE = "(caused by ValidationError)"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_REAL = re.compile(r"[+-]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][+-]?[0-9]{1,4})?")


class Kind(Protocol):
    """`read` gives a text's value, or raises ValueError. `expects` ends the sentence that says
    so."""

    @property
    def expects(self) -> str: ...

    def read(self, text: str) -> Value: ...


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds."""

    least: int = 1
    most: int | None = None

    @property
    def expects(self) -> str:
        if self.most is None:
            return f"which expects an integer of at least {self.least}"
        return f"which expects an integer between {self.least} and {self.most}"

    def read(self, text: str) -> int:
        value = int(text) if _INTEGER.fullmatch(text) else self.least - 1
        if value < self.least or (self.most is not None and value > self.most):
            raise ValueError(text)
        return value


@dataclass(frozen=True)
class Real:
    """A number within an interval, written as in mathematics: `[0, 1)`, `(0, inf)`."""

    interval: str

    @property
    def expects(self) -> str:
        return f"which expects a number in {self.interval}"

    def read(self, text: str) -> float:
        low, high = (float(bound) for bound in self.interval[1:-1].split(","))
        value = float(text) if _REAL.fullmatch(text) else float("nan")
        above = value >= low if self.interval[0] == "[" else value > low
        below = value <= high if self.interval[-1] == "]" else value < high
        if not (above and below):
            raise ValueError(text)
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few words; AWS knows those `elsewhere` as well."""

    words: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def expects(self) -> str:
        told = f"which accepts one of the following: {', '.join(map(repr, self.words))}"
        if self.elsewhere:
            told += f" ({', '.join(map(repr, self.elsewhere))} only on AWS: not offered offline)"
        return told

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(text)
        return text


@dataclass(frozen=True)
class Text:
    """Anything."""

    expects = "which expects a string"

    def read(self, text: str) -> str:
        return text


@dataclass(frozen=True)
class Flag:
    """true or false, in any case: Python's True comes as `True`."""

    expects = "which accepts one of the following: 'true', 'false'"

    def read(self, text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"


@dataclass(frozen=True)
class Words:
    """A JSON list of some of a few words."""

    words: tuple[str, ...]

    @property
    def expects(self) -> str:
        return f"which expects a JSON list of some of: {', '.join(map(repr, self.words))}"

    def read(self, text: str) -> tuple[str, ...]:
        found = json.loads(text)
        if (
            not isinstance(found, list)
            or not found
            or any(word not in self.words for word in found)
        ):
            raise ValueError(text)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class OrAuto:
    """What another kind is, or `auto`: None."""

    kind: Kind

    @property
    def expects(self) -> str:
        return f"{self.kind.expects}, or 'auto'"

    def read(self, text: str) -> Value:
        return None if text == AUTO else self.kind.read(text)


@dataclass(frozen=True)
class Either:
    """What one kind is, or another."""

    one: Kind
    other: Kind

    @property
    def expects(self) -> str:
        return f"{self.one.expects}, or {self.other.expects}"

    def read(self, text: str) -> Value:
        try:
            return self.one.read(text)
        except ValueError:
            return self.other.read(text)


@dataclass(frozen=True)
class Only:
    """AWS offers more than this one value. A number may be written otherwise."""

    word: str

    @property
    def expects(self) -> str:
        return f"which is not offered offline: leave it out, or give it its default '{self.word}'"

    def read(self, text: str) -> str:
        if text != self.word and float(text) != float(self.word):
            raise ValueError(text)
        return self.word


@dataclass(frozen=True)
class Parameter:
    """`default` as it would be given; a required one has none."""

    kind: Kind
    default: str | None = None


def parse(given: Mapping[str, object], known: Mapping[str, Parameter]) -> dict[str, Value]:
    """Every known one's value, from what `input/config/hyperparameters.json` holds.

    Raises CustomerError with the first problem: what is missing, what is foreign, what is out of
    range.
    """
    missing = [name for name, each in known.items() if each.default is None and name not in given]
    if missing:
        raise CustomerError(
            f"No value(s) were specified for {', '.join(map(repr, missing))} which are required "
            f"hyperparameter(s) {CAUSE}"
        )
    foreign = [name for name in given if name not in known]
    if foreign:
        was = "was" if len(foreign) == 1 else "were"
        raise CustomerError(
            f"Additional hyperparameters are not allowed ({', '.join(map(repr, foreign))} {was} "
            f"unexpected) {CAUSE}"
        )
    return {name: _value(name, each, given.get(name)) for name, each in known.items()}


def _value(name: str, parameter: Parameter, given: object) -> Value:
    text = parameter.default if given is None else str(given).strip()
    assert text is not None
    try:
        return parameter.kind.read(text)
    except (ValueError, RecursionError):
        raise CustomerError(
            f"The value '{text}' is not valid for the '{name}' hyperparameter "
            f"{parameter.kind.expects} {CAUSE}"
        ) from None
