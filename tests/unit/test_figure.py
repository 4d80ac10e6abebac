"""A figure in words and numbers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from quizengine.figure import Figure


def a_figure(**changes: Any) -> Figure:
    data: dict[str, Any] = {
        "id": "loss-curve",
        "title": "A loss that falls",
        "alt": "The loss falls from 1 to 0.",
        "columns": ("epoch", "loss"),
        "rows": (("1", "1.0"), ("2", "0.0")),
    }
    return Figure.model_validate(data | changes)


def test_a_figure_has_words_and_a_table() -> None:
    figure = a_figure()
    assert figure.columns == ("epoch", "loss")
    assert figure.rows[-1] == ("2", "0.0")


@pytest.mark.parametrize(
    "change",
    [
        {"alt": ""},
        {"title": "x" * 301},
        {"columns": ("epoch",)},
        {"rows": ()},
        {"rows": (("1", "1.0"),) * 41},
        {"id": "../secret"},
        {"alt": "It falls.\x1b[2J"},
        {"colour": "red"},
    ],
)
def test_a_figure_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(change))):
        a_figure(**change)


def test_a_row_that_lacks_a_cell_is_named() -> None:
    with pytest.raises(ValidationError, match="row 2 has 3 cells for 2 columns"):
        a_figure(rows=(("1", "1.0"), ("2", "0.5", "0.0")))
