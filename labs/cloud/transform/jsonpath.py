"""The JSONPath of DataProcessing's filters: the subset that SageMaker documents, and no more.

    $    $.name    $['a','b']    $[0]    $[-1]    $[0,5:]    $[1:]    $.*    $.a.['b','c']

Source: "Supported JSONPath operators" in SageMaker's developer guide. A step that can choose
several (a list, a slice, a wildcard) ends the path there too; JSONPath libraries know far more
(filters, scripts, ..), which a learner would then miss on AWS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

Slice: TypeAlias = "tuple[int | None, int | None]"
Step: TypeAlias = "tuple[str, ...] | tuple[int | Slice, ...] | None"  # None is the wildcard

_NAME = re.compile(r"\.([A-Za-z_][\w-]*)")
_WILDCARD = re.compile(r"\.\*|\.?\[\*\]")
_NAMES = re.compile(r"""\.?\[\s*(?P<names>'[^']*'(?:\s*,\s*'[^']*')*)\s*\]""")
_PLACE = r"(?:-?\d+|(?:-?\d+)?\s*:\s*(?:-?\d+)?)"
_PLACES = re.compile(rf"\.?\[\s*(?P<places>{_PLACE}(?:\s*,\s*{_PLACE})*)\s*\]")


class BadPath(ValueError):
    """What cannot be read as a path; the message says where."""


class NotThere(LookupError):
    """The value has nothing at the path."""


@dataclass(frozen=True)
class Path:
    """A filter that was read. `select` applies it."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def read(cls, text: str) -> Path:
        """Raises BadPath."""
        if not text.startswith("$"):
            raise BadPath(f"The JSONPath {text!r} does not begin with $.")
        steps: list[Step] = []
        at = 1
        while at < len(text):
            step, at = _step(text, at)
            if steps and _is_many(steps[-1]):
                raise BadPath(f"The JSONPath {text!r} goes on after a step that chooses several.")
            steps.append(step)
        return cls(text, tuple(steps))

    @property
    def is_all(self) -> bool:
        """Whether it leaves everything as it is."""
        return not self.steps

    def select(self, value: Any) -> Any:
        """What the path chooses: of an object's members an object, of an array's an array, and
        of a single step the value itself. Raises NotThere."""
        for step in self.steps:
            value = _chosen(value, step, self.text)
        return value


def _step(text: str, at: int) -> tuple[Step, int]:
    """The step that begins there, and where the next one does."""
    if found := _WILDCARD.match(text, at):
        return None, found.end()
    if found := _NAME.match(text, at):
        return (found[1],), found.end()
    if found := _NAMES.match(text, at):
        return tuple(re.findall(r"'([^']*)'", found["names"])), found.end()
    if found := _PLACES.match(text, at):
        return tuple(_place(each) for each in found["places"].split(",")), found.end()
    raise BadPath(
        f"The JSONPath {text!r} cannot be read from {text[at:]!r} on. SageMaker knows "
        "$, .name, ['name','other'], [0], [-1], [0,2], [1:] and the wildcard *."
    )


def _place(text: str) -> int | Slice:
    start, colon, end = (part.strip() for part in text.partition(":"))
    if not colon:
        return int(start)
    return (int(start) if start else None, int(end) if end else None)


def _is_many(step: Step) -> bool:
    return step is None or len(step) > 1 or isinstance(step[0], tuple)


def _chosen(value: Any, step: Step, text: str) -> Any:
    if step is None:
        if isinstance(value, dict | list):
            return [*value.values()] if isinstance(value, dict) else value
        raise NotThere(f"{text}: the wildcard needs an object or an array")
    if isinstance(step[0], str):
        return _members(value, step, text)
    if not isinstance(value, list):
        raise NotThere(f"{text}: an index needs an array, and there is {_kind(value)}")
    chosen: list[Any] = []
    for place in step:
        if isinstance(place, tuple):
            chosen += value[slice(*place)]
        else:
            assert isinstance(place, int)
            if not -len(value) <= place < len(value):
                raise NotThere(f"{text}: there is no index {place} among {len(value)}")
            chosen.append(value[place])
    return chosen if _is_many(step) else chosen[0]


def _members(value: Any, names: tuple[Any, ...], text: str) -> Any:
    if not isinstance(value, dict):
        raise NotThere(f"{text}: a name needs an object, and there is {_kind(value)}")
    missing = [name for name in names if name not in value]
    if missing:
        raise NotThere(f"{text}: there is no {', '.join(map(repr, missing))}")
    return {name: value[name] for name in names} if len(names) > 1 else value[names[0]]


def _kind(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    return "a text" if isinstance(value, str) else "one value"
