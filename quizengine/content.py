"""What every piece of content shares: strict, frozen models, ids, dated references.

Content is untrusted: unknown keys, wrong types and over-long texts are errors,
and Markdown is kept as text (rendered with HTML off wherever it is shown).
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import date
from functools import cached_property
from typing import Annotated, ClassVar, Literal, NewType, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from quizengine.errors import shown

QuestionId = NewType("QuestionId", str)
CardId = NewType("CardId", str)
TopicId = NewType("TopicId", str)
ExamCode = NewType("ExamCode", str)
TaskId = NewType("TaskId", str)
Digest = NewType("Digest", str)  # sha256 of canonical JSON, 64 hex digits

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
TOPIC = r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$"
TASK = r"^[1-9][0-9]?\.[1-9][0-9]?$"

Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=80)]
Topic = Annotated[str, StringConstraints(pattern=TOPIC, max_length=120)]
Task = Annotated[str, StringConstraints(pattern=TASK)]
SourceItem = Annotated[str, StringConstraints(pattern=r"^(S[0-4]|G[1-4A])-[0-9]{2}$")]


def _visible(text: str) -> str:
    """Refuse what a terminal would obey or what turns text around: control characters."""
    for character in dict.fromkeys(text):  # each once: texts are long, and many
        if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\n\t":
            raise ValueError(f"holds the control character {character!r}")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    AfterValidator(_visible),
]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000),
    AfterValidator(_visible),
]
LongText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000),
    AfterValidator(_visible),
]
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"]+$", max_length=500)]


def unique(values: tuple[str, ...]) -> tuple[str, ...]:
    repeated = {v for v in values if values.count(v) > 1}
    if repeated:
        raise ValueError(f"given twice: {', '.join(sorted(repeated))}")
    return values


class Model(BaseModel):
    """A frozen value that takes no unknown key and converts no type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Reference(Model):
    """A page that settles the question. `as_of` dates the copy that was read, not the page."""

    url: HttpsUrl
    title: Line
    as_of: date | Literal["unknown"]

    def dated(self) -> str:
        """How old the copy was, in words a learner understands."""
        if self.as_of == "unknown":
            return "from an undated copy"
        return f"as of {self.as_of.isoformat()}"


class Content(Model):
    """What a question and a card have in common.

    `LATER` names keys that came when digests were kept already: not set, they are left out of the
    canonical text, so that the digests of before stay.
    """

    LATER: ClassVar[tuple[str, ...]] = ()

    version: Annotated[int, Field(ge=1)] = 1
    topics: Annotated[tuple[Topic, ...], Field(min_length=1, max_length=3), AfterValidator(unique)]
    covers: Annotated[tuple[SourceItem, ...], AfterValidator(unique)] = ()
    verified_on: date
    references: Annotated[tuple[Reference, ...], Field(min_length=1, max_length=6)]

    @property
    def topic(self) -> TopicId:
        """The topic it measures: the first."""
        return TopicId(self.topics[0])

    def canonical(self) -> str:
        """The same text for the same content, whatever its file looked like."""
        return self._canonical

    def digest(self) -> Digest:
        """sha256 of `canonical()`: what an attempt records of a revision it showed."""
        return self._digest

    @cached_property
    def _canonical(self) -> str:
        data = self.model_dump(mode="json")
        for name in self.LATER:
            if data[name] is None:
                del data[name]
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def _digest(self) -> Digest:
        return Digest(hashlib.sha256(self._canonical.encode()).hexdigest())

    @classmethod
    def from_canonical(cls, text: str) -> Self:
        return cls.model_validate_json(text)


def said(error: Exception) -> str:
    """What an error says of foreign data, in one line fit for a message."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        parts = (str(part) for part in first["loc"])
        where = ".".join(p if p.isalnum() and len(p) < 40 else shown(p) for p in parts)
        return f"{where}: {first['msg']}"
    return shown(str(error)) if str(error) else type(error).__name__


def frozen(value: object) -> object:
    """Decoded TOML or JSON with every list as a tuple, as the strict models want it."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value
