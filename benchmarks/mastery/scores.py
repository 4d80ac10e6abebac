"""How well a tracker saw one learner, and the same over many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.mastery.learners import Array, Snapshot, known

WEAKEST = 3


class Score(NamedTuple):
    """nan where a tracker does not say.

    `spearman` is the rank correlation with the true levels, `top3` the share of the three truly
    weakest among the three it calls weakest, `cover` the share of its 90 % intervals that hold the
    truth. `brier` is the expectation of the Brier score of its chance to pass over the mock's
    result, whose true chance is known: (said - true)^2 + true * (1 - true). `said` and `true` are
    these two.
    """

    spearman: float
    top3: float
    cover: float
    brier: float
    said: float
    true: float


def score(
    know: Array | None, interval: tuple[Array, Array] | None, said: float, truth: Snapshot
) -> Score:
    spearman = top3 = cover = math.nan
    if know is not None:
        spearman = float(np.corrcoef(ranks(know), ranks(truth.levels))[0, 1])
        if math.isnan(spearman):  # all alike
            spearman = 0.0
        top3 = among_the_weakest(know, truth.levels)
    if interval is not None:
        low, high = interval
        share = known(truth.scenario, truth.levels)
        cover = float(np.mean((low <= share) & (share <= high)))
    true = truth.passing
    return Score(spearman, top3, cover, (said - true) ** 2 + true * (1 - true), said, true)


def ranks(values: Array) -> Array:
    """Ranks, equal values their mean rank."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean: Array = (last - (counts - 1) / 2)[where]
    return mean


def among_the_weakest(know: Array, levels: Array) -> float:
    """The expected share of the truly weakest that are called so; ties are broken by lot."""
    truly = np.argsort(levels)[:WEAKEST]
    edge = np.sort(know)[WEAKEST - 1]
    sure, tied = know < edge, know == edge
    lots = (WEAKEST - sure.sum()) / tied.sum()
    return float((sure[truly] + lots * tied[truly]).sum() / WEAKEST)


def mean(values: Sequence[float]) -> tuple[float, float]:
    """Mean and its standard error."""
    found = np.array(values)
    return float(found.mean()), float(found.std(ddof=1) / math.sqrt(len(found)))


def calibration(scores: Sequence[Score]) -> float:
    """Expected calibration error of the chance to pass: five equally large bins by what was said,
    the mean gap between said and true, in 0..1."""
    ordered = sorted(scores, key=lambda one: one.said)
    bins = np.array_split(np.array([(one.said, one.true) for one in ordered]), 5)
    return float(
        sum(len(bin) * abs(bin[:, 0].mean() - bin[:, 1].mean()) for bin in bins) / len(scores)
    )
