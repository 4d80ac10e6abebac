"""What the world said: a real exam's result or another provider's mock, told by the learner.

It is evidence about the learner, kept in the record; it never changes a report.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from quizengine.attempt import Event
from quizengine.content import ExamCode, Line, Model
from quizengine.errors import BadRequest
from quizengine.exam import Exam
from quizengine.scoring import HIGHEST, LOWEST, Competency


class Outcome(Model):
    """`score` is scaled, 100-1000. `provider` is None for the real exam."""

    exam: ExamCode
    taken_on: date
    score: Annotated[int, Field(ge=LOWEST, le=HIGHEST)] | None = None
    passed: bool | None = None
    domains: dict[Line, Competency] = Field(default_factory=dict)
    provider: Line | None = None

    @property
    def kind(self) -> Literal["exam", "mock"]:
        return "exam" if self.provider is None else "mock"


def check(outcome: Outcome, exam: Exam, today: date) -> None:
    """Raise BadRequest where the outcome cannot be."""
    if outcome.taken_on > today:
        raise BadRequest(
            f"{outcome.taken_on} is in the future.", "Give the day on which it was taken."
        )
    known = {domain.id for domain in exam.domains}
    if unknown := sorted(outcome.domains.keys() - known):
        raise BadRequest(
            f"{exam.code} has no domain {unknown[0]}.", f"It has {', '.join(sorted(known))}."
        )
    if outcome.score is None and outcome.passed is None and not outcome.domains:
        raise BadRequest(
            "An outcome says something: a score, passed or failed, or classes per domain.",
            "quizengine outcome add --help",
        )
    mark = exam.pass_mark.used
    if (
        outcome.score is not None
        and outcome.passed is not None
        and outcome.passed != (outcome.score >= mark)
    ):
        raise BadRequest(
            f"A score of {outcome.score} is {'at least' if outcome.score >= mark else 'below'} "
            f"the pass mark of {mark}: it cannot have been "
            f"{'passed' if outcome.passed else 'failed'}.",
            "Give only one of the two, or correct one.",
        )


def of(event: Event) -> Outcome:
    """The outcome an event tells of. Raises ValueError where it tells none."""
    return Outcome.model_validate_json(json.dumps(event.payload))
