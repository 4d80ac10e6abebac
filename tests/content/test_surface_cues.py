"""Can the key be told by the form of the options, without knowing the matter? See docs/lint.md."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from quizengine.bias import Optioned, measured
from quizengine.rule import Given
from quizengine.storage import files
from tests.guessing import SEED, Guess, Sheet, by, cue_by_cue, dealt, guessed, sheet
from tests.lint_examples import a_fair_bank

QUESTIONS = Path(__file__).parents[2] / "questions"
MOST = 0.55
SHOWN = 12


@pytest.fixture(scope="module")
def questions() -> list[Optioned]:
    return measured(Given(files.load(QUESTIONS), date.min))


@pytest.fixture(scope="module")
def options(questions: list[Optioned]) -> Sheet:
    return sheet(questions)


def told(questions: list[Optioned], guesses: list[Guess]) -> str:
    """What to do about it: which cues tell most, and in which questions."""
    ids = [question.id for question in questions]
    betrayed = sorted(zip(guesses[0].leads, ids, strict=True), reverse=True)
    lines = [
        f"{len(ids)} questions; the area is 0.5 by chance and may be {MOST}",
        *(str(guess.area) for guess in guesses),
        "Cues alone (above 0.5 in right options, below it in wrong ones):",
        *map(str, cue_by_cue(questions)[:SHOWN]),
        "Most betrayed (by how much the model prefers the key):",
        *(f"{lead:.2f} {id}" for lead, id in betrayed[:SHOWN]),
    ]
    return "\n".join(lines)


@pytest.mark.slow
def test_form_alone_tells_the_key_hardly_better_than_chance(
    questions: list[Optioned], options: Sheet
) -> None:
    guesses = guessed(options)
    report = told(questions, guesses)
    print(report)
    assert guesses[0].area.mean <= MOST, report


@pytest.mark.slow
def test_keys_that_are_dealt_at_random_are_not_found(options: Sheet) -> None:
    """So the figure is honest: what is learned from a question tells nothing of itself."""
    rng = np.random.default_rng(SEED)
    areas = [by("logistic regression", dealt(options, rng)).area.mean for _ in range(3)]
    assert 0.44 < fmean(areas) < 0.56


@pytest.mark.parametrize(
    ("model", "betrays"),
    [
        ("logistic regression", {"echo": True}),
        ("logistic regression", {"wrong": "never"}),
        ("boosted trees", {"ranks": (3, 3, 0, 1)}),
    ],
)
def test_what_betrays_the_key_is_found(model: str, betrays: dict[str, Any]) -> None:
    """A word of the stem in it, an absolute in the others, its length."""
    bank = a_fair_bank(60, **betrays)
    options = sheet(measured(Given(bank, date.min)))
    assert by(model, options).area.mean > 0.65
    assert by(model, dealt(options, np.random.default_rng(SEED))).area.mean < 0.65
