"""What is observed of a learner, and how likely it is at each level: one answer, or a whole test.

    P(knows it)  =  sigmoid(level - difficulty of the question)
    P(right)     =  guess + (1 - SLIP) * (1 - guess) * P(knows it)

the three-parameter logistic model of item response theory with an upper end below 1 (M. A. Barton
and F. M. Lord, 1981). The difficulty is integrated out where an observation is absorbed.
"""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple, TypeAlias

import numpy as np

from quizengine.belief import DIFFICULTY, Array, normal, sigmoid

SLIP = 0.03  # chance that who knows it answers wrong all the same
RECALL = 0.5  # chance to know a question by heart right after it was answered
RECALL_DAYS = 10.0  # in which that chance falls to 1/e
RAPID = 5.0  # seconds: nobody has read a question in less (see effort)
EFFORT = 0.5  # chance that such an answer is more than a blind guess

_SQUEEZE = math.pi / 8


class Observation(NamedTuple):
    """One final answer. The first of its topics is the one that the question measures.

    `guess` is the chance of a blind right answer; `seconds` those in front of the question, None
    where nobody measured; `feedback`: the key was shown at once.
    """

    day: float
    topics: tuple[str, ...]
    is_right: bool
    guess: float
    question: str | None = None
    seconds: float | None = None
    feedback: bool = False


class Hearsay(NamedTuple):
    """The result of a whole test over a blend of topics (weights that sum to 1).

    It is the share right of so many questions or, where `share` is None, whether the cut was met.
    `error` is the standard deviation, in shares, of how that test may differ from our questions.
    """

    day: float
    blend: tuple[tuple[str, float], ...]
    questions: int
    guess: float
    share: float | None
    met: bool
    cut: float
    error: float


Evidence: TypeAlias = Observation | Hearsay


class Trace(NamedTuple):
    """How well one question was known by heart, 0..1, on the day it was last answered."""

    day: float
    recall: float

    def on(self, day: float) -> float:
        return self.recall * math.exp(-max(0.0, day - self.day) / RECALL_DAYS)


NOTHING = Trace(0.0, 0.0)


def seen_again(trace: Trace, day: float, is_right: bool) -> Trace:
    """The trace of a question after it was answered: its key is shown then, or in the report.

    A wrong answer shows that it was not known by heart.
    """
    before = trace.on(day) if is_right else 0.0
    return Trace(day, 1 - (1 - before) * (1 - RECALL))


def by_heart(guess: float, trace: Trace, day: float) -> float:
    """The chance to be right without knowing the topic: blindly, or knowing the question by heart.

    Raises ValueError for a guess rate outside 0..1, and for 1.
    """
    if not 0 <= guess < 1:
        raise ValueError(f"a guess rate of {guess} lies not in 0..1, or is 1")
    return guess + (1 - guess) * trace.on(day)


def effort(seconds: float | None) -> float:
    """The chance that an answer was more than a blind guess.

    After effort-moderated item response theory (S. L. Wise and C. E. DeMars, 2006). Three seconds
    is the common threshold; a tenth of the usual time, at most 10 seconds, finds more guesses
    (S. L. Wise and L. Ma, 2012). RAPID lies between, since who meets a question again is quick.
    """
    return EFFORT if seconds is not None and seconds < RAPID else 1.0


def right_at(know: Array, guess: float | Array) -> Array:
    """The chance of a right answer of who knows with probability `know`."""
    return guess + (1 - SLIP) * (1 - guess) * know


def known(level: Array, apart: float | Array = 0.0) -> Array:
    """The chance to know a question of random difficulty at this level; off by 0.004 at most.

    With `apart`, a question on any of many topics whose levels vary around this one so much (a
    variance). Source: D. J. C. MacKay (1992), Neural Computation 4, 720-736.
    """
    return sigmoid(level / np.sqrt(1 + _SQUEEZE * (DIFFICULTY**2 + apart)))


def level_of(know: float) -> float:
    """The level at which so much is known: the other way of `known`."""
    if not 0 < know < 1:
        return math.copysign(math.inf, know - 0.5)
    return math.log(know / (1 - know)) * math.sqrt(1 + _SQUEEZE * DIFFICULTY**2)


def likelihood(answer: Observation, floor: float, level: Array) -> Array:
    """Of the answer, where level less difficulty is `level` and `floor` is the chance by heart."""
    tried = effort(answer.seconds)
    right = tried * right_at(sigmoid(level), floor) + (1 - tried) * answer.guess
    return right if answer.is_right else 1 - right


def likelihood_of_hearsay(told: Hearsay, apart: Array, level: Array) -> Array:
    """Of what was told, where `level` is the mean over its topics; up to a constant factor.

    The share is taken for normal, with the binomial's variance and the square of `error`.
    """
    share = right_at(known(level, apart), told.guess)
    sd = np.sqrt(share * (1 - share) / told.questions + told.error**2)
    if told.share is None:
        return normal((share - told.cut) / (sd if told.met else -sd))
    density: Array = np.exp(-0.5 * ((share - told.share) / sd) ** 2) / sd
    return density


def chained(digest: bytes, evidence: Evidence) -> bytes:
    """The digest of a row of evidence after one more piece."""
    return hashlib.sha256(digest + repr(evidence).encode()).digest()
