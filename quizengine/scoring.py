"""The result of an attempt: recomputed from what was shown and answered, never stored.

AWS publishes no raw-to-scaled table (it equates forms by a modified Angoff study), so the
scaled score is an estimate: 100 at nothing right, the pass mark at `CUT`, 1000 at all right,
straight lines between. `CUT_ERROR` is how far the true cut may lie from ours; the range it
gives is shown with the estimate. Scoring is compensatory: only the whole counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from quizengine.attempt import Attempt, Response
from quizengine.content import QuestionId
from quizengine.exam import Exam, domain_of
from quizengine.form import Place
from quizengine.interval import wilson
from quizengine.question import Question

LOWEST, HIGHEST = 100, 1000
CUT = 0.72  # share of scored questions right that meets the pass mark: our estimate
CUT_ERROR = 0.03
FEW = 5  # scored questions of a domain; fewer say too little of it

Competency: TypeAlias = Literal["meets competencies", "needs improvement"]


@dataclass(frozen=True)
class DomainResult:
    """`right` of `count` scored questions of a domain; `competency` is None without any."""

    id: str
    title: str
    weight: int
    right: int
    count: int

    @property
    def competency(self) -> Competency | None:
        """By the same cut as the whole. AWS does not publish its own threshold per domain."""
        if not self.count:
            return None
        return "meets competencies" if self.right / self.count >= CUT else "needs improvement"

    @property
    def told(self) -> str:
        """The competency in words, or why none is told."""
        if self.competency is None:
            return "no questions"
        return "too few to say" if self.count < FEW else self.competency


@dataclass(frozen=True)
class Marked:
    """One question of the form with what was answered."""

    number: int  # from 1
    place: Place
    question: Question
    response: Response

    @property
    def is_right(self) -> bool:
        return self.question.is_right(self.response.answer)


@dataclass(frozen=True)
class Result:
    """`scaled` is an estimate, `scaled_range` what it becomes if the cut is off by CUT_ERROR."""

    right: int
    count: int
    scaled: int
    scaled_range: tuple[int, int]
    pass_mark: int
    domains: tuple[DomainResult, ...]
    questions: tuple[Marked, ...]

    @property
    def passed(self) -> bool:
        return self.scaled >= self.pass_mark

    @property
    def chance_range(self) -> tuple[int, int]:
        """The estimates for the ends of the 90 % interval of the share right: how far luck with so
        many questions may have moved it."""
        if not self.count:
            return LOWEST, HIGHEST
        low, high = wilson(self.right, self.count)
        return scaled(low, self.pass_mark), scaled(high, self.pass_mark)

    @property
    def unscored(self) -> int:
        return len(self.questions) - self.count

    @property
    def blank(self) -> int:
        return sum(1 for marked in self.questions if not marked.response.answer)


def scaled(share: float, pass_mark: int, cut: float = CUT) -> int:
    """The scaled score, 100-1000, of a share of right answers in 0..1."""
    if share < cut:
        exact = LOWEST + (pass_mark - LOWEST) * share / cut
        return max(LOWEST, min(round(exact), pass_mark - 1))
    return round(pass_mark + (HIGHEST - pass_mark) * (share - cut) / (1 - cut))


def score(exam: Exam, attempt: Attempt, questions: Mapping[QuestionId, Question]) -> Result:
    """The result over the places whose question is in `questions`."""
    marked = tuple(
        Marked(n, place, questions[place.question], attempt.response(place.question))
        for n, place in enumerate(attempt.form.places, start=1)
        if place.question in questions
    )
    scored = [m for m in marked if m.place.scored]
    right = sum(m.is_right for m in scored)
    share = right / len(scored) if scored else 0.0
    mark = exam.pass_mark.used
    return Result(
        right=right,
        count=len(scored),
        scaled=scaled(share, mark),
        scaled_range=(scaled(share, mark, CUT + CUT_ERROR), scaled(share, mark, CUT - CUT_ERROR)),
        pass_mark=mark,
        domains=tuple(_domains(exam, scored)),
        questions=marked,
    )


def _domains(exam: Exam, scored: Iterable[Marked]) -> Iterable[DomainResult]:
    scored = list(scored)
    for domain in exam.domains:
        mine = [m for m in scored if domain_of(m.question.exams[exam.code]) == domain.id]
        right = sum(m.is_right for m in mine)
        yield DomainResult(domain.id, domain.title, domain.weight, right, len(mine))
