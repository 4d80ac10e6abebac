"""A card: one fact, so that it can be recalled, and what its source said of it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from quizengine.content import CardId, Content, LongText, Model, Slug, SourceItem, Text
from quizengine.source import Verdict


class Source(Model):
    """The item of a source deck that the card serves, and our verdict on it.

    `claimed` and `true` (what it said, what is so) are given wherever it was not right.
    """

    item: SourceItem
    verdict: Verdict
    claimed: Text | None = None
    true: Text | None = None

    @model_validator(mode="after")
    def _a_correction_is_shown(self) -> Self:
        if self.verdict != "as-is" and (self.claimed is None or self.true is None):
            raise ValueError(f"{self.item} is {self.verdict}: say what it claimed and what is true")
        return self


class Card(Content):
    """`id` is the file's name; `figure` the id of a picture that shows the fact."""

    id: CardId
    prompt: Text
    answer: LongText
    common_error: Text
    figure: Slug | None = None
    sources: Annotated[tuple[Source, ...], Field(max_length=8)] = ()
