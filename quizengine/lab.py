"""What the core knows of a lab: enough to offer it, to list it, and to say how far it is.

It is read as data from labs/catalog/<id>/lab.toml. What else that file holds (steps, hints, data
sets) is the matter of labs/, which the core never imports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NewType

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from quizengine.content import Line, Model, Slug, Task, Topic, unique

LabId = NewType("LabId", str)

LAB = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"  # a Python package's name
LabName = Annotated[str, StringConstraints(pattern=LAB, max_length=40)]

ASKED = 3  # questions that a lab asks before and after


def _three(asks: tuple[str, ...]) -> tuple[str, ...]:
    if asks and len(asks) != ASKED:
        raise ValueError(f"{ASKED} questions are asked, or none: not {len(asks)}")
    return asks


class _Part(Model):
    """Takes of a table what it knows."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Check(_Part):
    """One thing that must be so in the cloud."""

    id: Slug
    title: Line


class Lab(_Part):
    """`minutes`: what a first try takes. `exams`: the tasks it serves, by exam code.
    `questions` are practised in it, `cards` needed for it; `asks` are three of the bank that are
    asked before it and again after it, or none."""

    id: LabName
    order: Annotated[int, Field(ge=1)]
    title: Line
    summary: Line
    minutes: Annotated[int, Field(ge=1)]
    exams: Mapping[Slug, Annotated[tuple[Task, ...], Field(min_length=1)]]
    topics: Annotated[tuple[Topic, ...], Field(min_length=1), AfterValidator(unique)]
    cards: Annotated[tuple[Slug, ...], AfterValidator(unique)] = ()
    questions: Annotated[tuple[Slug, ...], AfterValidator(unique)] = ()
    asks: Annotated[tuple[Slug, ...], AfterValidator(unique), AfterValidator(_three)] = ()
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]
