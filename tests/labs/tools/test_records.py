"""RecordIO-protobuf as a learner writes it, read by the codec of the cloud."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from labs.cloud.algorithms import recordio
from labs.tools import records

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
TABLES = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 4), st.integers(2, 70)), elements=FLOATS
)


@given(TABLES)
def test_what_is_written_is_what_is_read(rows: NDArray[np.float64]) -> None:
    found = recordio.rows(recordio.read(records.as_records(rows)))
    assert found is not None
    assert found.labels is not None
    assert np.array_equal(found.labels, rows[:, 0].astype(np.float32))
    assert np.array_equal(found.features, rows[:, 1:].astype(np.float32))


@given(TABLES)
def test_both_writers_write_the_same_bytes(rows: NDArray[np.float64]) -> None:
    def tensor(values: NDArray[np.float64]) -> dict[str, recordio.Tensor]:
        return {recordio.VALUES: recordio.Tensor(values.astype(np.float32))}

    told = (recordio.Record(tensor(row[1:]), tensor(row[:1])) for row in rows)
    assert records.as_records(rows) == recordio.write(told)


def test_no_rows_are_no_bytes() -> None:
    assert records.as_records(np.empty((0, 3))) == b""


@pytest.mark.parametrize("columns", [1, 2, 3, 30, 200])
def test_every_frame_begins_with_its_mark_and_fills_whole_words(columns: int) -> None:
    body = records.as_records(np.ones((1, columns + 1)))
    magic, length = struct.unpack("<II", body[:8])
    assert magic == records.MAGIC
    assert len(body) % 4 == 0
    assert 0 <= len(body) - 8 - length < 4
