"""A figure: a picture drawn from computed data, and the same in words and as a table.

The picture is `questions/figures/<id>.svg`. Who does not see it has the words and the numbers.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from quizengine.content import Line, Model, Slug, Text

Row = Annotated[tuple[Line, ...], Field(min_length=2, max_length=8)]


class Figure(Model):
    """`id` is the file's name. `alt` says what is to be seen; `rows` are the data, a cell for
    each of the `columns`."""

    id: Slug
    title: Line
    alt: Text
    columns: Row
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def _a_row_has_a_cell_for_each_column(self) -> Self:
        width = len(self.columns)
        for number, row in enumerate(self.rows, start=1):
            if len(row) != width:
                raise ValueError(f"row {number} has {len(row)} cells for {width} columns")
        return self
