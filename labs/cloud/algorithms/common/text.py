"""Lines of csv as numbers, some at a time, whatever they hold.

No header, no quotes, a point for decimals: "Common data formats for training" in SageMaker's
developer guide.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from labs.cloud.algorithms.recordio import Array

BLOCK = 1 << 18  # bytes
LONGEST_LINE = 1 << 24  # bytes
LONGEST_SNIPPET = 50  # characters of a bad line in a message


class BadText(ValueError):
    """A line that is none of numbers; the message says which, and why."""


def tables(stream: BinaryIO) -> Iterator[Array]:
    """Blocks of rows: float32, shape (rows, columns), of one width. Blank lines are passed over.

    Raises BadText.
    """
    number, width = 1, None
    while block := _block(stream, number):
        table = table_of(block, width, number)
        if table is not None:
            width = table.shape[1]
            yield table
        number += block.count(b"\n")


def table_of(block: bytes, width: int | None = None, number: int = 1) -> Array | None:
    """The rows in some lines, the first of which has that number; None if all are blank.

    `width` is how many columns there must be. Raises BadText.
    """
    if not block.strip():
        return None
    try:
        table = _parsed(block)
    except ValueError:
        raise _the_bad_line(block, width, number) from None
    if width is not None and table.shape[1] != width:
        raise _the_bad_line(block, width, number)
    return table


def _parsed(block: bytes) -> Array:
    with np.errstate(over="ignore"):  # beyond 32 bits it becomes infinite
        table: Array = np.loadtxt(
            io.BytesIO(block), delimiter=",", dtype=np.float32, comments=None, ndmin=2
        )
    return table


def _block(stream: BinaryIO, number: int) -> bytes:
    """Whole lines."""
    block = stream.read(BLOCK)
    if block and not block.endswith(b"\n"):
        rest = stream.readline(LONGEST_LINE)
        if len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
            raise BadText(f"line {number} or one soon after has more than {LONGEST_LINE} bytes")
        block += rest
    return block


def _the_bad_line(block: bytes, width: int | None, number: int) -> BadText:
    for at, line in enumerate(block.splitlines(), start=number):
        if not line.strip():
            continue
        columns = line.count(b",") + 1
        width = width or columns
        shown = line.decode(errors="replace")[:LONGEST_SNIPPET]
        if columns != width:
            return BadText(f"line {at} ('{shown}') has {columns} columns, those before {width}")
        for place, cell in enumerate(line.split(b","), start=1):
            try:
                _parsed(cell if cell.strip() else b"?")
            except ValueError:
                what = cell.decode(errors="replace")[:LONGEST_SNIPPET]
                return BadText(f"line {at}, column {place}: '{what}' is not a number")
    return BadText(f"line {number} or one soon after is not csv")
