"""A lab: what is done in it, how it is checked, and what helps on the way.

A lab lives in labs/catalog/<slug>/: lab.toml (this model), guide.md, starter.py, two solutions,
fault.py (plants a fault to diagnose) and checks.py (one function for each check).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from labs.errors import BadLab

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=40)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^\S[^\n]*$")]
Target = Literal["offline", "aws"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Step(_Model):
    """A stretch of the way, as the guide tells it."""

    id: Name
    title: Line


class Check(_Model):
    """One thing that must be so in the cloud. Hints go from a nudge to nearly the code."""

    id: Name
    step: Name
    title: Line
    hints: Annotated[tuple[Line, ...], Field(min_length=1, strict=False)]

    @property
    def function(self) -> str:
        """Its function's name in checks.py."""
        return self.id.replace("-", "_")


class Lab(_Model):
    """`exams`: the tasks it serves, by exam code. `minutes`: what a first try takes. `datasets`:
    modules of labs/datasets/ that its workspace gets a copy of; `tools`: of labs/tools/.
    `asks`: questions that are asked before it and after it. `targets`: where it can be done."""

    slug: Slug
    order: Annotated[int, Field(ge=1)]
    title: Line
    summary: Line
    minutes: Annotated[int, Field(ge=5, le=240)]
    exams: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1, strict=False)]]
    topics: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
    cards: Annotated[tuple[str, ...], Field(strict=False)] = ()
    questions: Annotated[tuple[str, ...], Field(strict=False)] = ()
    asks: Annotated[tuple[str, ...], Field(strict=False)] = ()
    targets: Annotated[tuple[Target, ...], Field(min_length=1, strict=False)] = ("offline", "aws")
    datasets: Annotated[tuple[str, ...], Field(strict=False)] = ()
    tools: Annotated[tuple[str, ...], Field(strict=False)] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1, strict=False)]
    checks: Annotated[tuple[Check, ...], Field(min_length=1, strict=False)]

    @property
    def prefix(self) -> str:
        """What the names of everything made in this lab begin with."""
        return self.slug.replace("_", "-")

    def prefix_in(self, stacks: str) -> str:
        """The same in an account with stacks of this prefix. It is short: a tuning job's name has
        at most 32 characters."""
        return f"{stacks}-{''.join(word[0] for word in self.slug.split('_'))}"

    @model_validator(mode="after")
    def _hangs_together(self) -> Lab:
        for what, ids in (
            ("step", [step.id for step in self.steps]),
            ("check", [check.id for check in self.checks]),
        ):
            if twice := sorted({id for id in ids if ids.count(id) > 1}):
                raise ValueError(f"the {what} {twice[0]} stands there twice")
        steps = {step.id for step in self.steps}
        for check in self.checks:
            if check.step not in steps:
                raise ValueError(f"the check {check.id} belongs to {check.step}, which is no step")
        return self


@dataclass(frozen=True)
class Verdict:
    """What a check found: `saw` says it in a sentence, `next` where to look if it is not so yet."""

    passed: bool
    saw: str
    next: str = ""


class Account(Protocol):
    """Where a lab is done: the offline cloud or an AWS account. A check need not know which; where
    it must, look.is_aws tells.

    `client` gives a boto3 client of that account and region. `bucket` and `role_arn` are the lab's
    furniture; names of what the learner makes begin with `prefix`.
    """

    @property
    def prefix(self) -> str: ...

    @property
    def bucket(self) -> str: ...

    @property
    def role_arn(self) -> str: ...

    @property
    def region(self) -> str: ...

    def client(self, service: str) -> Any: ...


def lab_from_toml(text: str, slug: str) -> Lab:
    """The lab of catalog/<slug>/lab.toml. Raises BadLab, which names the place."""
    place = f"labs/catalog/{slug}/lab.toml"
    try:
        return Lab.model_validate({"slug": slug, **tomllib.loads(text)})
    except tomllib.TOMLDecodeError as error:
        raise BadLab(f"{place} is not TOML: {error}.", "Correct the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadLab(f"{place}: {where or 'it'}: {first['msg']}.", "Correct the file.") from error
