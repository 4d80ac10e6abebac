"""The text by which a learner says that something is wrong."""

from __future__ import annotations

import pytest

from quizengine.card import Card
from quizengine.content import Digest
from quizengine.objection import BLANK, objection
from quizengine.question import Kind, Question
from tests.builders import KINDS, a_card, a_question

BANK = Digest("0123456789abcdef" * 4)


def text(content: Question | Card, thinks: str | None = None) -> str:
    return objection(content, thinks=thinks, program="1.2.3", bank=BANK)


def test_it_says_which_revision_of_what_in_which_bank() -> None:
    question = a_question(version=3)
    told = text(question)
    assert told.startswith("# A question seems wrong: a-question\n")
    for words in ("version 3", question.digest(), "quizengine 1.2.3", BANK[:16], "2026-11-21"):
        assert words in told
    assert "A page (as of 2026-08-04): https://docs.example.com/a" in told


@pytest.mark.parametrize("kind", KINDS)
def test_it_shows_the_question_with_every_choice_and_the_key(kind: Kind) -> None:
    question = a_question(kind)
    told = text(question)
    assert question.stem in told
    assert all(f"`{id}`" in told for id in question.shuffled if kind != "matching")
    if kind in ("single", "multiple"):
        keys = [line for line in told.splitlines() if line.startswith("- **key** ")]
        assert len(keys) == len(question.key)
    if kind == "matching":
        assert "- `labels` It is labels. = `supervised` That is supervised." in told
    if kind == "ordering":
        assert "4. `deploy` Do deploy." in told


def test_what_the_learner_thinks_stands_in_it_or_has_a_place() -> None:
    assert "\n\nThe key is d.\n\n" in text(a_question(), "The key is d.")
    assert BLANK in text(a_question())


def test_a_card_can_be_wrong_too() -> None:
    told = text(a_card())
    assert told.startswith("# A card seems wrong: a-card\n")
    assert "What ends a training job early?\n\nEarly stopping.\n\nCommon error: " in told
