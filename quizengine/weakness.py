"""Where the learner is weak, and why: read off a Mastery, for topics and for whatever holds them.

An area, a task, a domain is a blend of topics: weights that sum to 1. What it is known is the
blend of what its topics are known; what depends on several topics at once is counted over joint
draws from the belief. The draws are the same every time, so that the same record gives the same
report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quizengine.belief import Array, normal
from quizengine.mastery import Mastery
from quizengine.observation import SLIP, known, level_of, right_at
from quizengine.tree import Blend

DRAWS = 400  # of each filter
SEED = 1
WEAKEST = 3
SMALL = 200_000  # multiplications that no BLAS starts threads for


@dataclass(frozen=True, eq=False)
class Draws:
    """`know` (N, K): what might be known of each topic; `weight` (N,), summing to 1."""

    know: Array
    weight: Array

    def of(self, blend: Array) -> Array:
        """(N,): what might be known of a blend (K,) of topics."""
        return self.know @ blend

    def interval(self, values: Array, share: float = 0.9) -> tuple[float, float]:
        """The middle `share` of the values (N,)."""
        order = np.argsort(values)
        below = np.cumsum(self.weight[order])
        low, high = np.interp([(1 - share) / 2, (1 + share) / 2], below, values[order])
        return float(low), float(high)


@dataclass(frozen=True)
class Reading:
    """What is known of a topic or a blend of topics, with its 90 % interval.

    `weakest` is the probability to be among the k weakest of those read together, `below` that to
    lie below the pass level. `open` is the share of the first uncertainty that is left, of the
    topics on average.
    """

    id: str
    know: float
    low: float
    high: float
    weakest: float
    below: float
    open: float


@dataclass(frozen=True)
class Why:
    """What a topic's estimate rests on.

    `right` of `seen` answers to questions that measure it; `expected` is how many would have been
    right at the learner's overall level. The others are logits by which the topic's level was moved
    from where everybody begins: by its `own` answers, by those on its `siblings`, by those
    `elsewhere`, by `practice` with the key shown, and by `outcomes` from outside. Their sum is the
    whole way.
    """

    seen: int
    right: int
    expected: float
    own: float
    siblings: float
    elsewhere: float
    practice: float
    outcomes: float


def draws(mastery: Mastery, day: float) -> Draws:
    """DRAWS joint draws from each filter, weighed as the filters are."""
    belief = mastery.at(day)
    means, covs = belief.levels(mastery.tree.paths)
    steps = np.random.default_rng(SEED).standard_normal((DRAWS, means.shape[1]))
    roots = np.linalg.cholesky(covs + 1e-9 * np.eye(means.shape[1]))
    levels = [mean + _product(steps, root.T) for mean, root in zip(means, roots, strict=True)]
    return Draws(known(np.concatenate(levels)), np.repeat(belief.weight / DRAWS, DRAWS))


def readings(
    mastery: Mastery,
    day: float,
    blends: Mapping[str, Blend],
    pass_level: float,
    *,
    drawn: Draws | None = None,
    k: int = WEAKEST,
) -> list[Reading]:
    """One reading a blend, in their order. `pass_level` is a share known: see `needed`.

    A single topic is read off the belief itself, so that no chance is in it but for `weakest`.
    """
    drawn = draws(mastery, day) if drawn is None else drawn
    estimates = list(mastery.estimate(day).values())
    single = _below(mastery, day, pass_level)
    weights = np.array([mastery.tree.blend(blend.items()) for blend in blends.values()])
    values = _product(drawn.know, weights.T)
    last = min(k, len(weights)) - 1
    weakest = drawn.weight @ (values <= np.partition(values, last, axis=1)[:, [last]])
    found = []
    for n, (id, blend) in enumerate(zip(blends, weights, strict=True)):
        topics = np.flatnonzero(blend)
        one = estimates[topics[0]]
        if len(topics) == 1:
            know, low, high, below = one.know, one.low, one.high, single[topics[0]]
        else:
            know = sum(blend[row] * estimates[row].know for row in topics)
            low, high = drawn.interval(values[:, n])
            below = drawn.weight @ (values[:, n] < pass_level)
        left = sum(blend[row] * estimates[row].open for row in topics)
        found.append(
            Reading(id, float(know), low, high, float(weakest[n]), float(below), float(left))
        )
    return found


def hits(found: Sequence[Reading], k: int = WEAKEST) -> float:
    """How many of the k weakest, as they are read, are expected to be truly among the k weakest."""
    return sum(sorted((reading.weakest for reading in found), reverse=True)[:k])


def needed(cut: float, guess: float) -> float:
    """The share known at which the share right is `cut`, in 0..1."""
    return min(1.0, max(0.0, (cut - guess) / ((1 - SLIP) * (1 - guess))))


def why(mastery: Mastery) -> dict[str, Why]:
    """Every topic, in the order of the tree."""
    weight = mastery.belief.weight
    rows = np.tensordot(weight, mastery.tree.paths @ mastery.moved, axes=1)
    practice, outcomes = rows[:, -2], rows[:, -1]
    answers = rows[:, :-2]
    own = np.diagonal(answers)
    siblings = (answers * mastery.tree.siblings()).sum(axis=1)
    overall = known(weight @ mastery.belief.mean[:, 0])
    expected = mastery.guesses + right_at(overall, 0.0) * (mastery.seen - mastery.guesses)
    columns = (
        mastery.seen.astype(int),
        mastery.right.astype(int),
        expected,
        own,
        siblings,
        answers.sum(axis=1) - own - siblings,
        practice,
        outcomes,
    )
    found = zip(*(column.tolist() for column in columns), strict=True)
    return {topic: Why(*row) for topic, row in zip(mastery.tree.topics, found, strict=True)}


def _below(mastery: Mastery, day: float, pass_level: float) -> Array:
    """(K,): the probability that less is known of a topic."""
    belief = mastery.at(day)
    means, covs = belief.levels(mastery.tree.paths)
    sd = np.sqrt(np.diagonal(covs, axis1=1, axis2=2))
    return belief.weight @ normal((level_of(pass_level) - means) / sd)


def _product(rows: Array, columns: Array) -> Array:
    """A matrix product, a few rows at a time: for a large one BLAS starts threads, and on a busy
    machine waits for them much longer than it computes."""
    size = max(1, SMALL // columns.size)
    pieces = [rows[n : n + size] @ columns for n in range(0, len(rows), size)]
    return np.concatenate(pieces)
