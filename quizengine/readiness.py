"""The chance to pass a mock of an exam, with all that is unsure about the learner in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quizengine.asked import Asked
from quizengine.belief import normal
from quizengine.mastery import Mastery
from quizengine.observation import right_at
from quizengine.scoring import CUT, CUT_ERROR, scaled
from quizengine.weakness import Draws


@dataclass(frozen=True)
class Chance:
    """The chance to pass a full mock of ours, with questions not seen before.

    `passing_range` is what it becomes if the cut is off by CUT_ERROR. `scaled` is the estimate of
    the share right to expect, `scaled_range` holds the estimates of 90 of 100 mocks. `answers` is
    how many it all rests on.
    """

    passing: float
    passing_range: tuple[float, float]
    scaled: int
    scaled_range: tuple[int, int]
    answers: int


def chance(mastery: Mastery, drawn: Draws, asked: Asked) -> Chance:
    """Over draws from the belief. In each the number right is normal, with the mean and the
    variance of a binomial."""
    n = asked.questions
    blend = mastery.tree.blend(asked.whole.items())
    guesses = np.array([asked.guesses.get(topic, 0.0) for topic in mastery.tree.topics])
    share = right_at(drawn.know, guesses) @ blend
    sd = np.sqrt(n * share * (1 - share))
    edges = np.arange(n)[:, None] + 0.5
    at_most = np.append(normal((edges - n * share) / sd) @ drawn.weight, 1.0)  # 0 ... n right

    def passing(cut: float) -> float:
        fewest = math.ceil(n * cut - 1e-9)
        return float(1 - at_most[fewest - 1])

    low, high = np.searchsorted(at_most, [0.05, 0.95]).tolist()
    return Chance(
        passing=passing(CUT),
        passing_range=(passing(CUT + CUT_ERROR), passing(CUT - CUT_ERROR)),
        scaled=scaled(float(share @ drawn.weight), asked.pass_mark),
        scaled_range=(scaled(low / n, asked.pass_mark), scaled(high / n, asked.pass_mark)),
        answers=int(mastery.seen.sum()),
    )
