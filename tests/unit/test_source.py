"""The items of source decks and the gaps that they leave."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from quizengine.source import Sources
from tests.lint_examples import SOURCES


def test_items_and_gaps_are_known_by_their_ids() -> None:
    assert "S4-02" in SOURCES
    assert "G3-30" in SOURCES
    assert "S4-03" not in SOURCES
    assert "S4" not in SOURCES


def test_a_bank_may_have_no_sources() -> None:
    assert "S4-02" not in Sources()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"decks": {"S1": "Another deck"}}, "S4-02 is of no deck"),
        ({"items": {"S4-02": {"title": "A", "verdict": "as-is", "ask": "yes",
            "same_as": "S4-01"}}}, "the same as S4-01, which does not exist"),
        ({"items": {"S4-02": {"title": "A", "verdict": "wrong", "ask": "yes"}}}, "verdict"),
        ({"items": {"4-02": {"title": "A", "verdict": "as-is", "ask": "yes"}}}, "4-02"),
        ({"gaps": {"S4-09": {"title": "A", "exams": {"mls-c01": ("1.1",)}}}}, "is no gap"),
        ({"gaps": {"G1-01": {"title": "A", "exams": {"mls-c01": ()}}}}, "exams"),
        ({"notes": {}}, "notes"),
    ],
)  # fmt: skip
def test_sources_that_cannot_be_meant_are_refused(changes: dict[str, object], says: str) -> None:
    data = SOURCES.model_dump() | changes
    with pytest.raises(ValidationError, match=says):
        Sources.model_validate(data)
