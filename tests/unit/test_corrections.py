"""What the decks say that is not so."""

from __future__ import annotations

from typing import Any

from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.content import TopicId
from quizengine.corrections import of
from quizengine.source import Item, Sources
from quizengine.study import Study
from tests.builders import Desk, a_card, a_short_exam, a_topic

STREAMS, STOPPING = "data/streams", "training/early-stopping"
SOURCES = Sources(
    decks={"S4": "The fourth deck"},
    items={
        "S4-02": Item(title="Early stopping", verdict="as-is", ask="yes"),
        "S4-05": Item(title="Recall", verdict="corrected", ask="corrected-only"),
    },
)


def correcting(id: str, item: str, topic: str, verdict: str = "corrected") -> Card:
    source: dict[str, Any] = {"item": item, "verdict": verdict}
    if verdict != "as-is":
        source |= {"claimed": f"{item} is round.", "true": f"{item} is flat."}
    return a_card(id, topics=[topic], sources=[source])


BANK = LoadedBank(
    [],
    [
        correcting("a-stopping", "S4-05", STOPPING),
        correcting("b-stopping", "S4-02", STOPPING, "as-is"),
        correcting("z-streams", "S4-09", STREAMS, "outdated"),
        correcting("y-streams", "S4-08", STREAMS, "sharpened"),
        a_card("no-source", sources=[]),
    ],
    [a_topic(STREAMS), a_topic(STOPPING).model_copy(update={"exams": {"aif-c01": "1.1"}})],
    [a_short_exam(), a_short_exam(code="aif-c01")],
    sources=SOURCES,
)


def study() -> Study:
    return Desk(BANK).study()


def test_only_what_was_not_right_is_told_by_topic_and_item() -> None:
    found = of(BANK, BANK.topics)
    assert [each.card.id for each in found] == ["y-streams", "z-streams", "a-stopping"]
    assert [each.verdict for each in found] == ["sharpened", "outdated", "corrected"]


def test_an_item_is_told_with_its_deck_and_title_where_these_are_known() -> None:
    streams, *_, stopping = of(BANK, BANK.topics)
    assert (stopping.deck, stopping.title) == ("The fourth deck", "Recall")
    assert (streams.deck, streams.title) == ("The fourth deck", None)
    assert stopping.source.claimed == "S4-05 is round."


def test_corrections_can_be_narrowed() -> None:
    assert [each.card.id for each in study().corrections(exam="AIF-C01")] == ["a-stopping"]
    assert [each.card.id for each in study().corrections(area="training")] == ["a-stopping"]
    assert len(study().corrections(topic=STREAMS)) == 2
    assert of(BANK, [TopicId("data/unknown")]) == []


def test_a_bank_without_sources_still_tells_what_its_cards_correct() -> None:
    bank = LoadedBank([], [correcting("a-card", "S4-05", STOPPING)], [a_topic(STOPPING)], [])
    (found,) = of(bank, bank.topics)
    assert (found.deck, found.title) == (None, None)
