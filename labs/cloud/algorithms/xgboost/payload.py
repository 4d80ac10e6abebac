"""The rows of a request's body. Source: the reference container's `encoder.py`, `serve_utils.py`.

`plain_row` is the fast way for what is asked most, one csv line of plain numbers. Whatever is not
that it leaves to `csv_rows`, and where it does answer, both say the same.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

DELIMITERS = (",", ";", "\t", "|", " ")
LARGEST = 3.4028234663852886e38  # of a 32-bit float


def plain_row(body: bytes) -> list[float] | None:
    """The numbers of a single csv line; None if a closer look is needed."""
    body = body.strip()
    if b"\n" in body or b"_" in body:  # Python reads 1_0 as a number
        return None
    try:
        row = list(map(float, body.split(b",")))
    except ValueError:
        return None
    # Asked so that nan and infinity, which are below nothing, take the careful way as well.
    return row if sum(map(abs, row)) < LARGEST else None


def csv_rows(body: bytes) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Shape (rows, columns); a blank cell or `nan` is NaN. Raises ValueError."""
    import numpy as np

    lines = body.strip().decode().split("\n")
    delimiter = next((mark for mark in DELIMITERS if mark in lines[0]), ",")
    rows = [[_cell(cell) for cell in line.split(delimiter)] for line in lines]
    for number, row in enumerate(rows, start=1):
        if not lines[number - 1].strip():
            raise ValueError(f"row {number} is blank")
        if len(row) != len(rows[0]):
            raise ValueError(f"row {number} has {len(row)} columns, row 1 has {len(rows[0])}")
    return np.array(rows, dtype=np.float32)


def libsvm_rows(body: bytes, features: int) -> csr_matrix:
    """Shape (rows, features), columns counted as in training: `1:v` is column 1, the second.

    A first word without a colon is a label, and passed over. Raises ValueError for what is not
    libsvm, IndexError for a column that the model does not have.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for number, line in enumerate(body.strip().decode().split("\n"), start=1):
        words = line.split()
        if not words:
            raise ValueError(f"line {number} is blank")
        for word in words[1:] if ":" not in words[0] else words:
            column, colon, value = word.partition(":")
            if not (colon and column.isascii() and column.isdigit()):
                raise ValueError(f"line {number}: {word!r} is not index:value")
            columns.append(int(column))
            values.append(_cell(value))
        ends.append(len(columns))
    widest = max(columns, default=-1) + 1
    if widest > features:
        raise IndexError(too_many_columns(widest, features))
    data = (np.array(values, dtype=np.float32), columns, ends)
    return csr_matrix(data, shape=(len(ends) - 1, features))


def recordio_rows(body: bytes, features: int) -> np.ndarray[Any, np.dtype[np.float32]] | csr_matrix:
    """Shape (rows, columns), or (rows, features) if the records are sparse; labels are passed
    over. Raises ValueError for what is not RecordIO-protobuf, IndexError for a column that the
    model does not have."""
    import numpy as np

    from labs.cloud.algorithms import recordio

    found = recordio.rows(recordio.read(body))
    if found is None:
        raise ValueError("there is no record")
    rows = found.features
    if rows.shape[1] > features:
        raise IndexError(too_many_columns(rows.shape[1], features))
    if np.isinf(rows if isinstance(rows, np.ndarray) else rows.data).any():
        raise ValueError("Input data contains `inf` or a value too large")
    if not isinstance(rows, np.ndarray):
        rows.resize(rows.shape[0], features)
    return rows


def too_many_columns(given: int, features: int) -> str:
    """xgboost's sentence, and what most often is behind it."""
    label = " A request holds no label." if given == features + 1 else ""
    return (
        f"Number of columns does not match number of features in booster. ({features} vs. {given})"
        f"{label}"
    )


def _cell(cell: str) -> float:
    cell = cell.strip()
    if not cell:
        return math.nan
    if "_" in cell or not cell.isascii():
        raise ValueError(f"could not convert string to float: {cell!r}")
    value = float(cell)
    if abs(value) > LARGEST:
        raise ValueError(f"Input data contains `inf` or a value too large: {cell}")
    return value
