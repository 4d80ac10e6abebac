"""The model of the learner: what every answer says about every topic, and how surely.

    level of a topic  =  overall level + a part for each step of its path     (logits)

A wrong answer on `training/early-stopping` lowers that topic most, the other topics of `training`
less, and all others a little. Levels drift, so that an answer counts less with every day that
passes. Three settings of spread and drift run beside each other (belief.py); what an answer means
is in observation.py. It is a hierarchical, temporal item response model as in K. H. Wilson et al.
(2016), Back to the Basics, EDM. docs/mastery.md says how well it does beside others.

Days are days since the epoch, with fractions, and are handed in.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, Self

import numpy as np

from quizengine import observation, tree
from quizengine.belief import DIFFICULTY, NODES, WEIGHTS, Array, Belief, sigmoid
from quizengine.observation import (
    NOTHING,
    Evidence,
    Hearsay,
    Observation,
    Trace,
    by_heart,
    chained,
    known,
    likelihood,
    likelihood_of_hearsay,
    right_at,
    seen_again,
)
from quizengine.tree import Tree, weighed


class Setting(NamedTuple):
    """What one filter takes for granted: how far the topics of an area lie apart (a standard
    deviation, logits), and what a day adds to the variance of a topic."""

    spread: float
    drift: float


CALM, MIDDLE, LIVELY = Setting(0.4, 0.002), Setting(0.6, 0.004), Setting(1.0, 0.02)
SETTINGS = (CALM, MIDDLE, LIVELY)
OVERALL = (0.4, 1.0)  # mean and standard deviation of the overall level before any answer, logits
INNER = 0.6  # spread of the nodes above topics, as a share of the topics' own
INNER_DRIFT = 0.3  # drift of everything above topics, as a share of the topics' own
PRACTICE = 0.12  # logits: what the first right answer with the key shown adds to its topic

Z90 = 1.6449  # two-sided 90 % of the normal distribution
VERSION = 1  # raised when an equation changes: what was kept is then folded anew


@dataclass(frozen=True)
class Estimate:
    """A topic on a day.

    `know` is the chance to know the answer to one more question of it, `sd` how unsure that is,
    `low` and `high` its 90 % interval. `open` is the share of the first uncertainty that is left:
    near 1, next to nothing is known of this topic.
    """

    know: float
    sd: float
    low: float
    high: float
    open: float


@dataclass(frozen=True, eq=False)
class Mastery:
    """What is believed after `count` pieces of evidence, on `day`. Every verb returns a new one.

    `seen`, `right` and `guesses` (K,) count the answers that measure a topic, and sum their guess
    rates. `moved` (F, S, K + 2) is how far each topic's answers, practice and outcomes moved each
    part: the means are their start plus these. `origin` names the constants and the topics,
    `digest` these and the evidence in its order.
    """

    tree: Tree
    belief: Belief
    seen: Array
    right: Array
    guesses: Array
    moved: Array
    origin: bytes
    digest: bytes
    day: float = 0.0
    count: int = 0
    traces: Mapping[str, Trace] = field(default_factory=dict)

    @classmethod
    def over(cls, topics: Iterable[str], settings: Sequence[Setting] = SETTINGS) -> Self:
        """The model before any evidence, over topic paths of any depth; one filter a setting."""
        tree = Tree.over(topics)
        mean, sd = OVERALL
        prior = [tree.values(sd**2, (INNER * s.spread) ** 2, s.spread**2) for s in settings]
        drift = [
            tree.values(INNER_DRIFT * s.drift, INNER_DRIFT * s.drift, s.drift) for s in settings
        ]
        belief = Belief.start(tree.values(mean, 0, 0), np.array(prior), np.array(drift))
        none = np.zeros(len(tree.topics))
        moved = np.zeros((*belief.mean.shape, len(none) + 2))
        digest = hashlib.sha256(f"{_CONSTANTS} {settings} {tree.topics}".encode()).digest()
        return cls(tree, belief, none, none, none, moved, digest, digest)

    # Evidence

    def observe(
        self,
        topics: str | Sequence[str],
        is_right: bool,
        *,
        day: float,
        guess: float,
        question: str | None = None,
        seconds: float | None = None,
        feedback: bool = False,
    ) -> Self:
        """One more answer: see Observation."""
        return self.absorb(
            Observation(day, _paths(topics), is_right, guess, question, seconds, feedback)
        )

    def absorb(self, evidence: Evidence) -> Self:
        """One more piece of evidence; one older than the last counts as on the day of the last.

        Raises NotFound for a topic outside the tree, ValueError for an impossible guess rate.
        """
        day = max(self.day, evidence.day) if self.count else evidence.day
        later = replace(
            self,
            belief=self.at(day),
            day=day,
            count=self.count + 1,
            digest=chained(self.digest, evidence),
        )
        return later._hear(evidence) if isinstance(evidence, Hearsay) else later._see(evidence)

    def fold(self, evidence: Iterable[Evidence]) -> Self:
        """All of it, in order."""
        mastery = self
        for piece in evidence:
            mastery = mastery.absorb(piece)
        return mastery

    def is_fold_of(self, evidence: Sequence[Evidence]) -> bool:
        """Whether the first `count` pieces of this evidence, folded, give this state."""
        digest = self.origin
        for piece in evidence[: self.count]:
            digest = chained(digest, piece)
        return self.count <= len(evidence) and digest == self.digest

    def _see(self, answer: Observation) -> Self:
        blend = self.tree.blend(weighed(answer.topics))
        trace = self.traces.get(answer.question or "", NOTHING)
        floor = by_heart(answer.guess, trace, self.day)
        belief = self.belief.absorb(
            blend @ self.tree.paths, partial(likelihood, answer, floor), DIFFICULTY
        )
        moved = self.moved.copy()
        moved[:, :, :-2] += (belief.mean - self.belief.mean)[:, :, None] * blend
        measured = answer.topics[0]
        one = np.zeros(len(blend))
        one[self.tree.row[measured]] = 1.0
        if answer.feedback and answer.is_right:
            # Only right answers: they show that the reasons were understood, and so a wrong
            # answer lowers its topic whatever the feedback (as in performance factors analysis,
            # P. I. Pavlik, H. Cen and K. R. Koedinger 2009, which counts both apart).
            step = PRACTICE * math.log2(1 + 1 / (1 + self.right @ one))
            own = np.zeros(belief.mean.shape)
            own[:, self.tree.part(measured)] = step
            belief = replace(belief, mean=belief.mean + own)
            moved[:, :, -2] += own
        later = replace(
            self,
            belief=belief,
            seen=self.seen + one,
            right=self.right + answer.is_right * one,
            guesses=self.guesses + answer.guess * one,
            moved=moved,
        )
        if not answer.question:
            return later
        again = seen_again(trace, self.day, answer.is_right)
        return replace(later, traces={**self.traces, answer.question: again})

    def _hear(self, told: Hearsay) -> Self:
        blend = self.tree.blend(told.blend)
        apart = (self.belief.prior @ self.tree.paths.T).mean(axis=1) - self.belief.prior[:, 0]
        belief = self.belief.absorb(
            blend @ self.tree.paths,
            partial(likelihood_of_hearsay, told, apart[:, None]),
            0.0,
        )
        moved = self.moved.copy()
        moved[:, :, -1] += belief.mean - self.belief.mean
        return replace(self, belief=belief, moved=moved)

    # What it says

    def at(self, day: float) -> Belief:
        """The belief on a day, at the earliest that of the last evidence."""
        return self.belief.after(day - self.day) if self.count else self.belief

    def predict(
        self, topics: str | Sequence[str], *, day: float, guess: float, question: str | None = None
    ) -> float:
        """The chance that a question on these topics is answered right, by whichever way."""
        floor = by_heart(guess, self.traces.get(question or "", NOTHING), day)
        direction = self.tree.blend(weighed(_paths(topics))) @ self.tree.paths
        return self.at(day).expect(
            direction, lambda level: right_at(sigmoid(level), floor), DIFFICULTY
        )

    def estimate(self, day: float) -> dict[str, Estimate]:
        """Every topic on a day, in the order of the tree."""
        belief = self.at(day)
        weight = belief.weight
        means, covs = belief.levels(self.tree.paths)
        variances = np.diagonal(covs, axis1=1, axis2=2)
        on_nodes = known(means[..., None] + np.sqrt(variances)[..., None] * NODES)
        know = weight @ (on_nodes @ WEIGHTS)
        square = weight @ (on_nodes**2 @ WEIGHTS)
        mean = weight @ means
        variance = weight @ (variances + (means - mean) ** 2)
        half = Z90 * np.sqrt(variance)
        first = (belief.prior @ self.tree.paths.T).mean(axis=0)
        columns = (
            know,
            np.sqrt(np.maximum(square - know**2, 0)),
            known(mean - half),
            known(mean + half),
            np.sqrt(variance / first),
        )
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return {topic: Estimate(*row) for topic, row in zip(self.tree.topics, rows, strict=True)}


def _paths(topics: str | Sequence[str]) -> tuple[str, ...]:
    return (topics,) if isinstance(topics, str) else tuple(topics)


_CONSTANTS = (
    VERSION, OVERALL, INNER, INNER_DRIFT, PRACTICE, DIFFICULTY, tree.FIRST,
    observation.SLIP, observation.RECALL, observation.RECALL_DAYS, observation.RAPID,
    observation.EFFORT,
)  # fmt: skip
