"""What became of the services that exam texts name, and which of them a text names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from quizengine.content import HttpsUrl, Line, Model, Slug, Text, unique

Day = date | Literal["unknown"]
Lines = Annotated[tuple[Line, ...], Field(min_length=1), AfterValidator(unique)]


class Service(Model):
    """`since` is the day from which the state holds; `names` are the spellings that mean it.

    active-renamed: goes on as `replaced_by`. closed-to-new: existing customers alone go on.
    part-closed: only `parts` are closed to new ones. ended: nobody can use it. active: looked
    for and no closure found. unknown: nothing certain was found.
    `listed_by` are the exams whose guide still lists it, as far as the guides were read.
    """

    id: Slug
    name: Line
    state: Literal["active-renamed", "closed-to-new", "part-closed", "ended", "active", "unknown"]
    since: Day
    names: Lines
    parts: Lines | None = None
    replaced_by: Lines | None = None
    listed_by: Annotated[tuple[Slug, ...], AfterValidator(unique)] = ()
    source: Line | None = None
    url: HttpsUrl | None = None
    as_of: Day
    note: Text | None = None

    def shut(self, text: str, on: date) -> str | None:
        """What of it, as the text has it, a new account could not use on that day; None if all
        could be. A closure whose day is unknown counts as past."""
        if self.since != "unknown" and self.since > on:
            return None
        if self.state in ("closed-to-new", "ended"):
            return self.name
        for part in self.parts or ():
            if re.search(rf"\b{re.escape(part)}\b", text, re.IGNORECASE):
                return f"{part} of {self.name}"
        return None

    @model_validator(mode="after")
    def _says_what_its_state_needs(self) -> Self:
        if (self.parts is not None) != (self.state == "part-closed"):
            raise ValueError("parts are named where, and only where, the state is part-closed")
        if self.state == "active-renamed" and self.replaced_by is None:
            raise ValueError("a renamed service says what it is called now: replaced_by")
        if self.name not in self.names:
            raise ValueError(f"names lacks the name itself: {self.name}")
        return self


class Spellings:
    """Finds services in a text, by whole words and as they are capitalised ("Clarify", and not
    "clarify"). Where several spellings fit in one place, the longest counts."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = {name: service for service in services for name in service.names}
        longest_first = sorted(self._services, key=len, reverse=True)
        either = "|".join(re.escape(name) for name in longest_first)
        self._pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)") if longest_first else None

    def named_in(self, text: str) -> list[Service]:
        """The services that the text names, in its order, each once."""
        if self._pattern is None:
            return []
        found = (self._services[name] for name in self._pattern.findall(text))
        return list({service.id: service for service in found}.values())
