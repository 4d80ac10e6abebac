"""Training files that hold numbers rather than text: parquet and RecordIO-protobuf.

Source: the reference container's `data_utils.py` and `recordio_protobuf.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from labs.cloud.algorithms.xgboost.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa  # type: ignore[import-untyped]
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    from labs.cloud.algorithms.recordio import Record

    Array: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]

BATCH = 1 << 16  # rows of a parquet file that are looked at at once


class Table(NamedTuple):
    """`features` of shape (rows, columns), NaN where there is none; `labels` of shape (rows,)."""

    features: Array | csr_matrix
    labels: Array


def parquet(files: Iterable[tuple[Path, str]]) -> Table | None:
    """The rows of parquet files, whose first column is the label; None if there are none.

    `files` come with the names that messages give them. Files whose names begin with `_`, which
    Spark leaves beside its data, are passed over. Raises UserError.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    parts: list[Array] = []
    for path, name in files:
        if path.name.startswith("_"):
            continue
        try:
            with ParquetFile(path) as file:
                parts += (_numbers(batch, name) for batch in file.iter_batches(BATCH))
        except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
            raise _cannot_load("parquet", name, str(error)) from None
        if parts and parts[-1].shape[1] != parts[0].shape[1]:
            wrong = f"it has {parts[-1].shape[1]} columns, an earlier file {parts[0].shape[1]}"
            raise _cannot_load("parquet", name, wrong)
    if not sum(map(len, parts)):
        return None
    rows = np.concatenate(parts)
    if np.isnan(rows[:, 0]).any():
        raise UserError("Failed to load parquet data: a row has no label in the first column.")
    return Table(rows[:, 1:], rows[:, 0])


def _numbers(batch: pa.RecordBatch, name: str) -> Array:
    """Shape (rows, columns)."""
    import numpy as np
    import pyarrow as pa

    if batch.num_columns < 2:
        raise _cannot_load("parquet", name, "there must be a label and at least one feature")
    rows = np.empty((batch.num_rows, batch.num_columns), dtype=np.float32)
    for place, (title, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
        kind = column.type
        if pa.types.is_boolean(kind):  # which is not cast to float in one step
            column = column.cast(pa.uint8())
        elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)
                  or pa.types.is_decimal(kind) or pa.types.is_null(kind)):  # fmt: skip
            wrong = f"column '{title}' is of type {kind}: words and dates must have become numbers"
            raise _cannot_load("parquet", name, wrong)
        numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        with np.errstate(over="ignore"):  # infinite then, which xgboost refuses
            rows[:, place] = numbers
    return rows


def recordio(files: Iterable[tuple[Path, str]]) -> Table | None:
    """The rows of RecordIO-protobuf files, dense or sparse; None if there are none. Raises
    UserError."""
    from labs.cloud.algorithms import recordio as codec

    def records() -> Iterator[Record]:
        for path, name in files:
            with path.open("rb") as file:
                try:
                    yield from codec.read(file)
                except codec.BadRecord as error:
                    raise _cannot_load("recordio-protobuf", name, str(error)) from None

    try:
        rows = codec.rows(records())
    except codec.BadRecord as error:
        raise UserError(f"Failed to load recordio-protobuf data: {error}") from None
    if rows is None:
        return None
    if rows.labels is None:
        raise UserError('Failed to load recordio-protobuf data: no record has a label "values".')
    return Table(rows.features, rows.labels)


def _cannot_load(kind: str, name: str, reason: str) -> UserError:
    return UserError(f"Failed to load {kind} data: file '{name}': {reason}")
