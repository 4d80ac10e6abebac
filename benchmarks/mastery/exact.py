"""The exact posterior in the matched scenario: what no tracker can beat on average.

It knows all that the simulation does but the levels and the difficulty of each question: spreads,
guess rates, slips, blends. Sampled by importance: draws from the model's middle filter, a little
widened, each weighed by how much more likely the exact posterior makes it. `effective` says how
many draws the weights leave; as long as they are many, the filter they came from does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.mastery.learners import (
    DOMAIN,
    FEWEST,
    MAIN,
    QUOTAS,
    TASK,
    TOPICS,
    Array,
    Learner,
    known,
    right_per_domain,
)
from benchmarks.mastery.scores import Score, score
from quizengine.belief import normal
from quizengine.mastery import INNER, MIDDLE, OVERALL, Mastery
from quizengine.observation import SLIP, Observation

DRAWS = 4_000
WIDER = 1.1  # variance of the draws over the filter's
FOR_PASSING = 400  # draws that the chance to pass is taken over

ROW = {topic: row for row, topic in enumerate(TOPICS)}


@dataclass(frozen=True)
class Posterior:
    """`levels` (N, K) with `weight` (N,), summing to 1."""

    levels: Array
    weight: Array

    @property
    def effective(self) -> float:
        """How many draws without weights would be as good."""
        return float(1 / (self.weight**2).sum())

    def score(self, learner: Learner, count: int) -> Score:
        know = known("matched", self.levels)
        low, high = self._quantile(know, 0.05), self._quantile(know, 0.95)
        return score(self.weight @ know, (low, high), self._passing(), learner.truth[count])

    def _quantile(self, values: Array, share: float) -> Array:
        """(K,) weighted quantiles of values (N, K)."""
        order = values.argsort(axis=0)
        reached = (self.weight[order].cumsum(axis=0) < share).sum(axis=0)
        found: Array = np.take_along_axis(values, order, 0)[reached, np.arange(values.shape[1])]
        return found

    def _passing(self) -> float:
        places = (np.arange(FOR_PASSING) + 0.5) / FOR_PASSING
        chosen = np.searchsorted(self.weight.cumsum(), places)
        right = right_per_domain("matched", self.levels[chosen])
        sd = np.sqrt((right * (1 - right)) @ QUOTAS)
        return float(normal((right @ QUOTAS - FEWEST + 0.5) / sd).mean())


def posterior(learner: Learner, count: int, rng: np.random.Generator) -> Posterior:
    """After the first `count` answers of a matched learner."""
    answers = learner.answers[:count]
    mean, cov = _middle(answers)
    half = rng.standard_normal((DRAWS // 2, len(TOPICS)))
    steps = np.concatenate([half, -half])
    levels = mean + steps @ np.linalg.cholesky(WIDER * cov).T
    away = np.linalg.solve(np.linalg.cholesky(_prior()), (levels - OVERALL[0]).T)
    log = _log_likelihood(answers, levels) - (away**2).sum(axis=0) / 2 + (steps**2).sum(axis=1) / 2
    weight = np.exp(log - log.max())
    return Posterior(levels, weight / weight.sum())


def _middle(answers: Sequence[Observation]) -> tuple[Array, Array]:
    """Mean (K,) and covariance (K, K) of the levels in a model of the middle filter alone."""
    model = Mastery.over(TOPICS, [MIDDLE._replace(drift=0.0)]).fold(answers)
    means, covs = model.belief.levels(model.tree.paths)
    return means[0], covs[0]


def _prior() -> Array:
    """(K, K) covariance of the levels."""
    inner = (INNER * MIDDLE.spread) ** 2
    together = (DOMAIN[:, None] == DOMAIN) * 1.0 + (TASK[:, None] == TASK)
    found: Array = OVERALL[1] ** 2 + inner * together + MIDDLE.spread**2 * np.eye(len(TOPICS))
    return found


def _log_likelihood(answers: Sequence[Observation], levels: Array) -> Array:
    """(N,) at levels (N, K)."""
    total = np.zeros(len(levels))
    for answer in answers:
        first, last = ROW[answer.topics[0]], ROW[answer.topics[-1]]
        main = 1.0 if first == last else MAIN
        know = known("matched", main * levels[:, first] + (1 - main) * levels[:, last])
        right = answer.guess + (1 - SLIP) * (1 - answer.guess) * know
        total += np.log(right if answer.is_right else 1 - right)
    return total
