"""What a learner did in the labs: a fold over their `lab` events; and how the questions that a lab
asks were answered before it and after it.

Those events belong to no attempt. What has once been seen to be so stays passed: taking a lab's
resources down, or beginning anew, takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeAlias, assert_never

from pydantic import Field, model_validator

from quizengine.attempt import Attempt, AttemptId, Event, in_order
from quizengine.content import Model, QuestionId, Slug, frozen
from quizengine.lab import Lab, LabId, LabName

if TYPE_CHECKING:
    from quizengine.progress import Sat

Act: TypeAlias = Literal[
    "started", "ran", "checked", "hinted", "solution_shown", "reset", "cleaned"
]
Target: TypeAlias = Literal["offline", "aws"]


class Did(Model):
    """What one event tells. `checks`: what each check found, of `checked` alone; `check`: what a
    hint was for, of `hinted` alone."""

    lab: LabName
    act: Act
    target: Target = "offline"
    checks: Annotated[dict[Slug, bool], Field(max_length=60)] = Field(default_factory=dict)
    check: Slug | None = None

    @model_validator(mode="after")
    def _tells_what_its_act_has(self) -> Self:
        if bool(self.checks) != (self.act == "checked"):
            raise ValueError("checks: belongs to the act checked")
        if (self.check is not None) != (self.act == "hinted"):
            raise ValueError("check: belongs to the act hinted")
        return self


@dataclass(frozen=True)
class Work:
    """One lab so far. Times are UTC milliseconds; `passed`: when each check first held; `hints`:
    how many were seen for each check; `found`: what each check found when it was last looked
    at, and when that was."""

    started_at: int | None = None
    last_at: int | None = None
    passed: Mapping[str, int] = field(default_factory=dict)
    hints: Mapping[str, int] = field(default_factory=dict)
    solution_at: int | None = None
    runs: int = 0
    found: Mapping[str, tuple[bool, int]] = field(default_factory=dict)

    def count(self, lab: Lab) -> int:
        """How many of the lab's checks have held."""
        return sum(check.id in self.passed for check in lab.checks)

    def finished_at(self, lab: Lab) -> int | None:
        """When the last of the lab's checks first held; None while one never did."""
        times = [self.passed.get(check.id) for check in lab.checks]
        known = [time for time in times if time is not None]
        return max(known) if len(known) == len(times) else None

    def is_done_alone(self, lab: Lab) -> bool:
        """Whether all checks have held before the solution was seen."""
        finished = self.finished_at(lab)
        return finished is not None and (self.solution_at is None or self.solution_at > finished)

    def state(self, lab: Lab) -> str:
        """`not started`, `3 of 7 checks`, `done`, `done with the solution`."""
        if self.finished_at(lab) is not None:
            return "done" if self.is_done_alone(lab) else "done with the solution"
        if self.started_at is None and not self.passed:
            return "not started"
        return f"{self.count(lab)} of {len(lab.checks)} checks"


@dataclass(frozen=True)
class Compared:
    """A lab's questions, and whether each was right, when they were last asked `before` the lab and
    `after` it; None where they were not. An answer that was not given is not right. `open`: the
    attempt in which they are being asked."""

    before: Mapping[QuestionId, bool] | None = None
    after: Mapping[QuestionId, bool] | None = None
    open: AttemptId | None = None

    @property
    def told(self) -> str:
        """How many were right, in words: `before the lab 1 of 3 right, after it 3 of 3`."""
        asked = (("before the lab", self.before), ("after it", self.after))
        told = [f"{when} {sum(r.values())} of {len(r)}" for when, r in asked if r is not None]
        return ", ".join([f"{told[0]} right", *told[1:]]) if told else "not asked yet"


def compared(lab: LabId, sat: Iterable[Sat]) -> Compared:
    """What the attempts at a lab's questions say, oldest first. They stand before the lab where no
    key was shown, after it where keys were."""
    found = Compared()
    for attempt, questions in sat:
        if attempt.form.lab != lab:
            continue
        if attempt.is_open:
            found = replace(found, open=attempt.id)
        right = {
            id: question.is_right(attempt.response(id).answer) and _is_final(attempt, id)
            for id, question in questions.items()
        }
        if attempt.comes_again:
            found = found if attempt.is_open else replace(found, before=right)
        elif any(_is_final(attempt, id) for id in questions):
            found = replace(found, after=right)
    return found


def _is_final(attempt: Attempt, question: QuestionId) -> bool:
    return attempt.comes_again or attempt.response(question).revealed_at is not None


def of(event: Event) -> Did:
    """What an event tells. Raises ValueError where it tells nothing."""
    return Did.model_validate(frozen(event.payload))


def fold(events: Iterable[Event]) -> dict[LabId, Work]:
    """Every lab in which something was done, whatever the order of the events."""
    found: dict[LabId, Work] = {}
    for event in sorted(events, key=in_order):
        did = of(event)
        lab = LabId(did.lab)
        found[lab] = _after(found.get(lab, Work()), did, event.at)
    return found


def _after(work: Work, did: Did, at: int) -> Work:
    work = replace(work, last_at=at)
    match did.act:
        case "started":
            return replace(work, started_at=at) if work.started_at is None else work
        case "ran":
            return replace(work, runs=work.runs + 1)
        case "checked":
            new = {id: at for id, passed in did.checks.items() if passed}
            found = {id: (passed, at) for id, passed in did.checks.items()}
            return replace(work, passed=new | dict(work.passed), found=dict(work.found) | found)
        case "hinted":
            assert did.check is not None
            seen = work.hints.get(did.check, 0) + 1
            return replace(work, hints={**work.hints, did.check: seen})
        case "solution_shown":
            return replace(work, solution_at=at) if work.solution_at is None else work
        case "reset" | "cleaned":
            return work
    assert_never(did.act)
