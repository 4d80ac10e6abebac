"""Lines of csv as numbers."""

from __future__ import annotations

import contextlib
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labs.cloud.algorithms.common.text import BLOCK, BadText, table_of, tables
from labs.cloud.algorithms.recordio import Array
from tests.labs.algorithms.layouts import csv

TABLES = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=20),
    elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
)


@given(table=TABLES)
def test_what_is_written_is_read(table: Array) -> None:
    (found,) = tables(io.BytesIO(csv(table)))
    np.testing.assert_array_equal(found, table)


def test_a_long_text_comes_in_blocks_and_loses_no_line() -> None:
    rows = np.arange(3 * BLOCK // 4, dtype=np.float32).reshape(-1, 2)
    found = list(tables(io.BytesIO(csv(rows))))
    assert len(found) > 2
    np.testing.assert_array_equal(np.concatenate(found), rows)


@pytest.mark.parametrize("text", [b"1,2\r\n3,4\r\n", b"\n1,2\n\n3,4", b" 1 , 2\n3,\t4 \n"])
def test_blanks_and_line_ends_mean_nothing(text: bytes) -> None:
    found = table_of(text)
    assert found is not None
    assert found.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("text", [b"", b"\n \r\n"])
def test_no_lines_are_no_table(text: bytes) -> None:
    assert table_of(text) is None
    assert list(tables(io.BytesIO(text))) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"label,age\n1,2\n", "line 1, column 1: 'label' is not a number"),
        (b"1,2\n3,x\n", "line 2, column 2: 'x' is not a number"),
        (b"1,2\n3,\n", "line 2, column 2: '' is not a number"),
        (b"1,2\n\n3\n", "line 3 ('3') has 1 columns, those before 2"),
        (b"1;2\n", "line 1, column 1: '1;2' is not a number"),
        (b'"1",2\n', "is not a number"),
        (b"1,2\n3,0x10\n", "line 2, column 2: '0x10' is not a number"),
    ],
)
def test_a_line_that_is_none_of_numbers_is_named(text: bytes, told: str) -> None:
    with pytest.raises(BadText, match=re.escape(told)):
        list(tables(io.BytesIO(text)))


def test_a_bad_line_far_down_has_its_number() -> None:
    lines = b"1,2\n" * 200_000
    with pytest.raises(BadText, match="line 200001, column 1: 'a'"):
        list(tables(io.BytesIO(lines + b"a,2\n")))


def test_what_a_32_bit_float_cannot_hold_is_infinite() -> None:
    found = table_of(b"1e300,2\n")
    assert found is not None
    assert np.isinf(found[0, 0])


@given(raw=st.binary() | st.text(alphabet="0123456789.,-e\n\rnaif\x00#\"'").map(str.encode))
def test_any_bytes_are_tables_or_bad_text(raw: bytes) -> None:
    with contextlib.suppress(BadText):
        for table in tables(io.BytesIO(raw)):
            assert table.dtype == np.float32
            assert table.ndim == 2
