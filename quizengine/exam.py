"""An exam's blueprint: domains, tasks, weights, formats and whether it can still be booked.

Every figure carries its source and the date it was checked; what nobody publishes is
"unknown", with the value a mock assumes in its place.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Generic, Literal, Self, TypeAlias, TypeVar

from pydantic import Field, model_validator

from quizengine.content import (
    ExamCode,
    HttpsUrl,
    Line,
    Model,
    Slug,
    Task,
    Text,
    unique,
)
from quizengine.errors import BadRequest, NotFound
from quizengine.question import Kind

V = TypeVar("V")
Positive: TypeAlias = Annotated[int, Field(ge=1)]
NotNegative: TypeAlias = Annotated[int, Field(ge=0)]


class Source(Model):
    """Where figures come from. `url` is absent for a copy that has no address of its own."""

    title: Line
    url: HttpsUrl | None = None


class Figure(Model, Generic[V]):
    """A published value with its source, or "unknown" with what a mock assumes."""

    value: V | Literal["unknown"]
    source: Slug
    as_of: date
    assumed: V | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _unknown_is_assumed(self) -> Self:
        if (self.value == "unknown") != (self.assumed is not None):
            raise ValueError("an unknown figure, and only that, has an assumed value")
        return self

    @property
    def used(self) -> V:
        """The value a mock works with."""
        if self.assumed is not None:
            return self.assumed
        assert self.value != "unknown"
        return self.value


class ExamTask(Model):
    id: Task
    title: Line


class Domain(Model):
    """`weight` is the guide's percentage of scored content."""

    id: Annotated[str, Field(pattern=r"^[1-9]$")]
    title: Line
    weight: Annotated[int, Field(ge=1, le=100)]
    tasks: Annotated[tuple[ExamTask, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _tasks_belong_to_their_domain(self) -> Self:
        for task in self.tasks:
            if not task.id.startswith(f"{self.id}."):
                raise ValueError(f"task {task.id} stands under domain {self.id}")
        return self


class Format(Model):
    """One shape the exam is sat in. Times in minutes, prices in US dollars."""

    name: Slug
    scored: Figure[Positive]
    unscored: Figure[NotNegative]
    minutes: Figure[Positive]
    price_usd: Figure[NotNegative]
    kinds: Figure[tuple[Kind, ...]]

    @property
    def length(self) -> int:
        return self.scored.used + self.unscored.used


class Status(Model):
    """Whether the exam can be booked; `notice` is the one line a learner sees on choosing it."""

    value: Literal["active", "retired", "beta"]
    since: date
    source: Slug
    as_of: date
    notice: Line | None = None

    @model_validator(mode="after")
    def _what_is_not_active_says_so(self) -> Self:
        if self.value != "active" and self.notice is None:
            raise ValueError(f"a {self.value} exam needs a notice")
        return self


class Exam(Model):
    """One certification exam. The first format is the one sat unless another is asked for."""

    code: ExamCode
    name: Line
    status: Status
    pass_mark: Figure[Positive]
    weights: Figure[Literal["as listed"]]
    domains: Annotated[tuple[Domain, ...], Field(min_length=1)]
    formats: Annotated[tuple[Format, ...], Field(min_length=1)]
    sources: dict[Slug, Source]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(domain.weight for domain in self.domains) != 100:
            raise ValueError("the domains' weights do not sum to 100")
        unique(tuple(domain.id for domain in self.domains))
        unique(tuple(task.id for domain in self.domains for task in domain.tasks))
        unique(tuple(form.name for form in self.formats))
        figures: list[Figure[int] | Figure[tuple[Kind, ...]]] = [self.pass_mark]
        for form in self.formats:
            figures += [form.scored, form.unscored, form.minutes, form.price_usd, form.kinds]
        named = {figure.source for figure in figures} | {self.weights.source, self.status.source}
        if missing := named - self.sources.keys():
            raise ValueError(f"no such source: {', '.join(sorted(missing))}")
        return self

    def format(self, name: str | None = None) -> Format:
        """The format of that name, or the first. Raises NotFound."""
        if name is None:
            return self.formats[0]
        for form in self.formats:
            if form.name == name:
                return form
        raise NotFound(f"format of {self.code}", name, [form.name for form in self.formats])

    @property
    def tasks(self) -> dict[str, ExamTask]:
        return {task.id: task for domain in self.domains for task in domain.tasks}


def quotas(exam: Exam, count: int) -> dict[str, int]:
    """Questions per domain for `count` in all: weights by largest remainder, ties to the first."""
    shares = {domain.id: divmod(count * domain.weight, 100) for domain in exam.domains}
    quota = {d: whole for d, (whole, _) in shares.items()}
    by_remainder = sorted(shares, key=lambda d: (-shares[d][1], d))
    for d in by_remainder[: count - sum(quota.values())]:
        quota[d] += 1
    return quota


def blueprint(
    exam: Exam, format: Format, length: int | None
) -> tuple[dict[str, int], dict[str, int]]:
    """(scored, unscored) questions per domain. A form of another length is all scored."""
    if length is None or length == format.length:
        return quotas(exam, format.scored.used), quotas(exam, format.unscored.used)
    if length < 1:
        raise BadRequest(f"A form cannot have {length} questions.", "Ask for 1 or more.")
    return quotas(exam, length), dict.fromkeys(quotas(exam, length), 0)


def needed(exam: Exam, format: Format, length: int) -> dict[str, int]:
    """Questions per domain, scored and unscored together."""
    scored, unscored = blueprint(exam, format, length)
    return {domain: scored[domain] + unscored[domain] for domain in scored}


def domain_of(task: str) -> str:
    """The domain of a task: "3" of "3.4"."""
    return task.split(".")[0]
