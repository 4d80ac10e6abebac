"""A card, and the verdict on what its source said."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from quizengine.card import Card
from tests.builders import a_card, card_data


def test_a_card_holds_one_fact_and_its_common_error() -> None:
    card = a_card()
    assert (card.prompt, card.answer) == ("What ends a training job early?", "Early stopping.")
    assert card.common_error
    assert card.topic == "training/early-stopping"


def test_a_card_may_have_no_source_item() -> None:
    assert a_card(sources=[]).sources == ()


@pytest.mark.parametrize("verdict", ["sharpened", "corrected", "outdated"])
@pytest.mark.parametrize("left_out", ["claimed", "true"])
def test_what_was_not_right_says_what_was_claimed_and_what_is_true(
    verdict: str, left_out: str
) -> None:
    source = {"item": "S4-02", "verdict": verdict, "claimed": "A.", "true": "B."}
    assert a_card(sources=[source]).sources[0].true == "B."
    del source[left_out]
    with pytest.raises(ValidationError, match=f"S4-02 is {verdict}: say what it claimed"):
        a_card(sources=[source])


@pytest.mark.parametrize(
    "change",
    [
        {"answer": None},
        {"common_error": None},
        {"prompt": "x" * 1_001},
        {"answer": "x" * 8_001},
        {"colour": "red"},
        {"sources": [{"item": "Z1-01", "verdict": "as-is"}]},
        {"sources": [{"item": "S4-02", "verdict": "fine"}]},
        {"sources": [{"item": "S4-02", "verdict": "as-is"}] * 9},
    ],
)
def test_a_card_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(change))):
        a_card(**change)


def test_a_card_comes_back_from_its_canonical_text_as_it_was() -> None:
    assert Card.from_canonical(a_card().canonical()) == a_card()


def test_the_order_of_keys_does_not_change_a_cards_digest() -> None:
    turned = dict(reversed(card_data().items()))
    assert Card.model_validate(turned).digest() == a_card().digest()
