"""How what is known went: the model of the learner, and what it said at the end of each week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from quizengine.belief import Array
from quizengine.mastery import Mastery
from quizengine.observation import Evidence

MONDAY = 4  # the fifth of January 1970, in days since the epoch, was one


@dataclass(frozen=True, eq=False)
class Week:
    """At its end (a Monday's first moment, UTC): pieces of evidence so far, and what was known of
    each topic (K,)."""

    ends: float
    count: int
    know: Array


@dataclass(frozen=True, eq=False)
class Course:
    """The model after its evidence; of each past week with evidence, what it said then."""

    mastery: Mastery
    weeks: tuple[Week, ...] = ()

    @classmethod
    def over(cls, topics: Iterable[str]) -> Self:
        return cls(Mastery.over(topics))

    def absorb(self, evidence: Evidence) -> Self:
        """One more piece; a week is closed by the first evidence after it."""
        mastery = self.mastery
        ended = end_of_week(mastery.day)
        weeks = self.weeks
        if mastery.count and evidence.day >= ended:
            know = [one.know for one in mastery.estimate(ended).values()]
            weeks = (*weeks, Week(ended, mastery.count, np.array(know)))
        return replace(self, mastery=mastery.absorb(evidence), weeks=weeks)

    def fold(self, evidence: Iterable[Evidence]) -> Self:
        """All of it, in order."""
        course = self
        for piece in evidence:
            course = course.absorb(piece)
        return course


def end_of_week(day: float) -> float:
    """The first Monday after a day."""
    return MONDAY + 7 * ((day - MONDAY) // 7 + 1)
