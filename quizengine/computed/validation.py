"""How many models a search with cross-validation fits."""

from __future__ import annotations

import math
import random
from datetime import date

from quizengine.computed.drawn import Choice, Drawn, Generator
from quizengine.content import Reference

NAMES = ("max_depth", "eta", "subsample", "min_child_weight", "gamma", "alpha")


def _fits(rng: random.Random) -> Drawn:
    counts = [rng.randrange(2, 7) for _ in range(rng.choice((2, 3)))]
    folds = rng.choice((3, 4, 5, 8, 10))
    names = rng.sample(NAMES, len(counts))
    settings = math.prod(counts)
    listed = ", ".join(
        f"{count} values of `{name}`" for name, count in zip(names, counts, strict=True)
    )
    stem = (
        f"A grid search tries all combinations of {listed}. Each is rated by {folds}-fold "
        "cross-validation; then the best is fitted once more on all of the training data.\n\n"
        "How many models are fitted in all?"
    )
    formed = " x ".join(map(str, counts))
    key = Choice(
        f"{settings * folds + 1}",
        f"{formed} = {settings} settings, each fitted {folds} times, and the final fit on all "
        "rows.",
    )
    wrong = (
        Choice(
            f"{settings * folds}",
            "These are the fits of the search; the final one on all rows comes on top.",
            "constraint",
        ),
        Choice(
            f"{settings + folds}",
            "This adds the folds to the settings; every setting is fitted once a fold.",
            "elsewhere",
        ),
        Choice(
            f"{sum(counts) * folds + 1}",
            "This varies one hyperparameter at a time; a grid has all combinations.",
            "elsewhere",
        ),
        Choice(
            f"{settings * (folds - 1) + 1}",
            "In a round one fold is held out, but there are as many rounds as folds.",
            "elsewhere",
        ),
        Choice(
            f"{settings + 1}",
            "This fits each setting once; cross-validation fits it once a fold.",
            "constraint",
        ),
    )
    return Drawn(stem, "fitted once more", key, tuple(rng.sample(wrong, len(wrong))))


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
