"""How many models a search with cross-validation fits."""

from __future__ import annotations

import math
import random
from datetime import date

from quizengine.computed.drawn import Choice, Drawn, Generator, around
from quizengine.content import Reference
from quizengine.question import Trap

NAMES = ("max_depth", "eta", "subsample", "min_child_weight", "gamma", "alpha")


def _fits(rng: random.Random) -> Drawn:
    counts = [rng.randrange(2, 7) for _ in range(rng.choice((2, 3)))]
    folds = rng.choice((3, 4, 5, 8, 10))
    names = rng.sample(NAMES, len(counts))
    settings = math.prod(counts)
    told = [f"{count} values of `{name}`" for name, count in zip(names, counts, strict=True)]
    listed = f"{', '.join(told[:-1])} and {told[-1]}"
    stem = (
        f"A grid search tries all combinations of {listed}. Each combination is scored "
        f"by {folds}-fold cross-validation; then the best is fitted once more on all rows.\n\n"
        "How many models are fitted in all?"
    )
    formed = " x ".join(map(str, counts))
    key = Choice(
        f"{settings * folds + 1}",
        f"{formed} = {settings} settings, each fitted {folds} times, and the final fit on all "
        f"rows: {settings * folds + 1}.",
    )
    found: dict[int, tuple[str, Trap]] = {
        settings * folds: (
            "These are the fits of the search; the final one on all rows comes on top.",
            "constraint",
        ),
        (settings + 1) * folds: (
            "This fits the final model once per fold; it is fitted once, on all rows.",
            "constraint",
        ),
        settings * (folds + 1): (
            "This fits every setting once more on all rows; only the best one is.",
            "constraint",
        ),
        sum(counts) * folds + 1: (
            "This varies one hyperparameter at a time; a grid has all combinations.",
            "elsewhere",
        ),
        settings * (folds - 1) + 1: (
            f"Each round trains on {folds - 1} of the folds, but there are {folds} rounds, "
            "and each is one fit.",
            "elsewhere",
        ),
    }
    wrong: dict[float, Choice] = {count: Choice(f"{count}", *told) for count, told in found.items()}
    return Drawn(stem, "fitted once more", key, around(rng, settings * folds + 1, wrong))


_SEARCH = Reference(
    title="sklearn.model_selection.GridSearchCV, scikit-learn API reference",
    url="https://scikit-learn.org/stable/modules/generated/"
    "sklearn.model_selection.GridSearchCV.html",
    as_of="unknown",
)
GENERATORS = (
    Generator(
        "fits-of-a-grid-search", "The fits of a grid search",
        ("evaluation/validation", "tuning/search"),
        {"mls-c01": "3.5", "mla-c01": "2.3", "mla-c02": "2.3"},
        ("how-many-fits-nested-validation-takes",), "easy", date(2026, 11, 21), (_SEARCH,), _fits,
    ),
)  # fmt: skip
