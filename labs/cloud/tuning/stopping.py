"""When a training job of a search is stopped before its end. Values are lower-is-better, one for
each epoch: for each time that the job told its objective.

Auto is the rule in SageMaker's documentation, "Stop Training Jobs Early". From which epoch on, and
after how many completed jobs it acts, the documentation does not say. Here it acts after GRACE
epochs, since the curves begin close together and a job that learns slowly would be judged by its
first steps, and after LEAST jobs.

Hyperband: Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization",
JMLR 18 (2018), with the brackets run at the same time, and each job judged as soon as it reaches a
rung, by those that were there before (asynchronous successive halving: Li et al., "A System for
Massively Parallel Hyperparameter Tuning", MLSys 2020). What SageMaker's does inside is not public.
"""

from __future__ import annotations

import functools
import itertools
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GRACE, LEAST = 10, 3
TURNS = 1000  # more than the trials of any search
REDUCTION = 3  # one of so many goes on beyond a rung; the papers' eta


def is_unlikely(value: float, epoch: int, completed: Iterable[Sequence[float]]) -> bool:
    """The median rule: whether a value, told after so many epochs, is worse than the median of the
    completed jobs' running averages there. A shorter job counts with its last one."""
    if epoch <= GRACE:
        return False
    there = [averages[min(epoch, len(averages)) - 1] for averages in completed if averages]
    return len(there) >= LEAST and value > statistics.median(there)


def running_averages(values: Iterable[float]) -> list[float]:
    """After each value, the mean of all so far."""
    return [total / number for number, total in enumerate(itertools.accumulate(values), 1)]


@dataclass(frozen=True)
class Hyperband:
    """Epochs from `least`, before which no job is stopped, to `most`, at which every one is."""

    least: int
    most: int

    @property
    def brackets(self) -> int:
        """Bracket 0 judges earliest; the last one lets every job run to `most`."""
        return int(math.log(self.most / self.least, REDUCTION) + 1e-9) + 1

    def bracket(self, number: int) -> int:
        """The bracket of a trial: each gets as many as the paper gives it, evenly mixed."""
        return self._turns[number % len(self._turns)]

    @functools.cached_property
    def _turns(self) -> tuple[int, ...]:
        """The brackets of the first trials: always the one that is due most."""
        shares = [self._share(bracket) for bracket in range(self.brackets)]
        given = [0] * self.brackets
        turns = []
        for number in range(1, min(sum(shares), TURNS) + 1):
            due = [
                share * number / sum(shares) - had for share, had in zip(shares, given, strict=True)
            ]
            turns.append(due.index(max(due)))
            given[turns[-1]] += 1
        return tuple(turns)

    def rungs(self, number: int) -> tuple[int, ...]:
        """The epochs after which a trial is judged."""
        first = self.bracket(number)
        return tuple(
            epoch
            for step in range(first, self.brackets)
            if (epoch := self.least * int(REDUCTION**step)) < self.most
        )

    def goes_on(self, value: float, others: Sequence[float]) -> bool:
        """Whether a value on a rung is among the best third of all that were there, `others`
        being those before it. The first one always is."""
        better = sum(other < value for other in others)
        return better < math.ceil((len(others) + 1) / REDUCTION)

    def _share(self, bracket: int) -> int:
        """n of the paper's algorithm 1: the jobs that a bracket begins with."""
        s = self.brackets - 1 - bracket
        return math.ceil(self.brackets * float(REDUCTION) ** s / (s + 1))
