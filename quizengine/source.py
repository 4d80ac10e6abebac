"""What the bank was drawn from: the items of source decks, and the topics that these leave out."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from quizengine.content import Line, Model, Slug, SourceItem, Task

Verdict: TypeAlias = Literal["as-is", "sharpened", "corrected", "outdated"]
Ask: TypeAlias = Literal["yes", "corrected-only", "no"]
Deck = Annotated[str, StringConstraints(pattern=r"^S[0-4]$")]


class Item(Model):
    """A statement of a deck: how it stands, and whether it may be asked.

    `same_as` is the item whose matter this one repeats; the verdicts of the two may differ.
    """

    title: Line
    verdict: Verdict
    ask: Ask
    same_as: SourceItem | None = None


class Gap(Model):
    """A topic that the decks leave out, and the tasks of each exam that ask it."""

    title: Line
    exams: dict[Slug, Annotated[tuple[Task, ...], Field(min_length=1)]]


class Sources(Model):
    """Decks by id, and items and gaps by the ids that `covers` names."""

    decks: dict[Deck, Line] = Field(default_factory=dict)
    items: dict[SourceItem, Item] = Field(default_factory=dict)
    gaps: dict[SourceItem, Gap] = Field(default_factory=dict)

    def __contains__(self, id: str) -> bool:
        return id in self.items or id in self.gaps

    @model_validator(mode="after")
    def _items_stand_in_a_deck_and_repeat_known_ones(self) -> Self:
        for id, item in self.items.items():
            if id.split("-")[0] not in self.decks:
                raise ValueError(f"{id} is of no deck")
            if item.same_as is not None and item.same_as not in self.items:
                raise ValueError(f"{id} is the same as {item.same_as}, which does not exist")
        for id in self.gaps:
            if not id.startswith("G"):
                raise ValueError(f"{id} is of a deck, so it is no gap")
        return self
