"""How well a model that sees nothing but surface cues (quizengine/cues.py) finds right options.

Two models are tried, because a cue may tell the key by itself or only together with another: a
logistic regression (L2) and gradient-boosted trees of depth 2. Both were fixed before the first
look at the bank, and the larger figure counts. A model never learns from a question that it judges:
there are ten folds, split by question, and the whole is done five times with other splits, from a
fixed seed.

The figure is the area under the ROC curve within questions: how often a right option scores above
a wrong one of the same question, since it is among these that a learner chooses. Across questions
it would also count that two of five are right in some and one of four in others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizengine.bias import Optioned, key_beats_the_rest
from quizengine.cues import CUES, seen

FOLDS = 10
SPLITS = 5
SEED = 20261121

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Area:
    """How well right options are told from wrong ones: 1 is always, 0.5 is chance.

    `error` is the standard error of `mean` over the questions, which are independent of one
    another; the options of a question are not. It takes the model as given: with keys dealt at
    random, the mean of 388 questions strays by 0.027 from one deal to the next."""

    name: str
    mean: float
    error: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.error:.3f}  {self.name}"


@dataclass(frozen=True)
class Guess:
    """What a model makes of the cues. `leads` has for each question by how much the probability
    that the model gives to its right options, on average, exceeds that of the likeliest wrong one:
    above 0, the model has found the key."""

    area: Area
    leads: tuple[float, ...]


@dataclass(frozen=True)
class Sheet:
    """What the models see: a row for each option with its cues, whether it is right, and the
    number of its question, from 0."""

    cues: Numbers
    right: Flags
    question: NDArray[np.intp]


def sheet(questions: Sequence[Optioned]) -> Sheet:
    rows = [seen(question) for question in questions]
    return Sheet(
        cues=np.array([row for options in rows for row in options]),
        right=np.array([option.correct for q in questions for option in q.options]),
        question=np.repeat(np.arange(len(rows)), [len(options) for options in rows]),
    )


def cue_by_cue(questions: Sequence[Optioned]) -> list[Area]:
    """Each cue alone, without a model; the one that tells most first."""
    found = [
        _area(name, [key_beats_the_rest([question], cue) for question in questions])
        for name, cue in CUES.items()
    ]
    return sorted(found, key=lambda one: -abs(one.mean - 0.5))


def guessed(given: Sheet) -> list[Guess]:
    """What each model makes of all cues; the one that tells most first."""
    return sorted((by(name, given) for name in _models()), key=lambda one: -one.area.mean)


def by(name: str, given: Sheet) -> Guess:
    """What one model makes of all cues."""
    model = _models()[name]
    splits = [_scores(model, given, np.random.default_rng([SEED, n])) for n in range(SPLITS)]
    areas = np.mean([_by_question(given, scores, _area_within) for scores in splits], axis=0)
    leads = np.mean([_by_question(given, scores, _lead) for scores in splits], axis=0)
    return Guess(_area(name, areas.tolist()), tuple(leads.tolist()))


def dealt(given: Sheet, rng: np.random.Generator) -> Sheet:
    """The same options, with as many right ones in each question, but dealt at random."""
    shuffled = np.lexsort((rng.random(len(given.right)), given.question))
    return replace(given, right=given.right[shuffled])


def _models() -> dict[str, Any]:
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return {
        "logistic regression": make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)
        ),
        "boosted trees": GradientBoostingClassifier(
            n_estimators=100,
            learning_rate=0.05,
            max_depth=2,
            min_samples_leaf=20,
            subsample=0.7,
            random_state=SEED,
        ),
    }


def _scores(model: Any, given: Sheet, rng: np.random.Generator) -> Numbers:
    """The score of each option, from a model that learned from the questions of other folds."""
    questions = given.question[-1] + 1
    fold = rng.permutation(np.arange(questions) % FOLDS)[given.question]
    scores = np.empty(len(fold))
    for n in range(FOLDS):
        model.fit(given.cues[fold != n], given.right[fold != n])
        scores[fold == n] = model.predict_proba(given.cues[fold == n])[:, 1]
    return scores


def _by_question(
    given: Sheet, scores: Numbers, measure: Callable[[Numbers, Numbers], float]
) -> list[float]:
    """What is measured between the scores of the right and of the wrong options of a question."""
    mine = [given.question == n for n in range(given.question[-1] + 1)]
    return [measure(scores[q & given.right], scores[q & ~given.right]) for q in mine]


def _area_within(right: Numbers, wrong: Numbers) -> float:
    """A tie counts half."""
    above = right[:, None] - wrong[None, :]
    return float(np.mean((np.sign(above) + 1) / 2))


def _lead(right: Numbers, wrong: Numbers) -> float:
    return float(right.mean() - wrong.max())


def _area(name: str, areas: Sequence[float]) -> Area:
    return Area(name, fmean(areas), stdev(areas) / sqrt(len(areas)))
