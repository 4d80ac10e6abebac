"""What the source decks say that is not so, beside what is: read off the cards that correct it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from quizengine.bank import Bank
from quizengine.card import Card, Source
from quizengine.content import TopicId
from quizengine.source import Item, Verdict


@dataclass(frozen=True)
class Correction:
    """One item of a deck and the card that puts it right. `deck` and `title` are None where
    sources.toml does not know the item."""

    card: Card
    source: Source
    deck: str | None
    title: str | None

    @property
    def verdict(self) -> Verdict:
        return self.source.verdict


def of(bank: Bank, chosen: Collection[TopicId]) -> list[Correction]:
    """The corrections on cards with a topic among the `chosen`: by area and topic in the order of
    the tree, then by item."""
    place = {topic: number for number, topic in enumerate(bank.topics)}
    items: dict[str, Item] = dict(bank.sources.items)
    decks: dict[str, str] = dict(bank.sources.decks)
    found = [
        Correction(
            card,
            source,
            decks.get(source.item.split("-")[0]),
            items[source.item].title if source.item in items else None,
        )
        for card in bank.every_card()
        if not set(chosen).isdisjoint(card.topics)
        for source in card.sources
        if source.verdict != "as-is"
    ]
    return sorted(
        found, key=lambda c: (place.get(c.card.topic, len(place)), c.source.item, c.card.id)
    )
