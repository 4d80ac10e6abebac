"""What the container reads and writes by itself."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from labs.cloud.algorithms.sklearn.encoding import CSV, JSON, NPY, decode, encode
from labs.cloud.algorithms.sklearn.errors import UnsupportedFormat


@given(
    arrays.arrays(
        np.float64,
        arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=4),
        elements=st.floats(-1e6, 1e6),
    ),
    st.sampled_from([CSV, JSON, NPY]),
)
def test_an_array_comes_back_as_it_was(values: np.ndarray, content_type: str) -> None:
    np.testing.assert_array_equal(decode(encode(values, content_type), content_type), values)


def test_a_single_row_of_csv_has_one_dimension_as_on_aws() -> None:
    assert decode("1,2,3\n", CSV).shape == decode("1\n2\n3\n", CSV).shape == (3,)


def test_words_stay_words_and_rows_are_of_one_length() -> None:
    assert decode('a,"b,c"\nd,e\n', CSV).tolist() == [["a", "b,c"], ["d", "e"]]
    with pytest.raises(ValueError, match="inhomogeneous"):
        decode("1,2\n3\n", CSV)


def test_a_list_is_written_as_a_column_and_cells_are_quoted() -> None:
    assert encode([0.5, 1], CSV) == b"0.5\n1.0\n"
    assert encode([["a,b", "c"]], CSV) == b'"a,b",c\n'


def test_json_writes_what_numpy_holds() -> None:
    assert encode({"a": np.array([1, 2]), "b": np.float64(0.5)}, JSON) == b'{"a": [1, 2], "b": 0.5}'


def test_a_pickle_in_npy_is_not_read() -> None:
    made = io.BytesIO()
    np.save(made, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        decode(made.getvalue(), NPY)


@pytest.mark.parametrize("way", [decode, encode])
def test_another_content_type_needs_a_function_of_the_scripts(way: object) -> None:
    assert callable(way)
    with pytest.raises(UnsupportedFormat, match="Content type image/png is not supported"):
        way(b"1", "image/png")
