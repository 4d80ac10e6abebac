"""A channel's files: which are read, what they hold, and what is wrong with them, by line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.algorithms.xgboost import data, text
from labs.cloud.algorithms.xgboost.errors import UserError
from tests.labs.xgboost.jobs import Array, write

Kind = Literal["csv", "libsvm"]


def read(folder: Path, kind: Kind = "csv", **files: str) -> xgb.DMatrix:
    for name, content in files.items():
        write(folder / name.replace("__", "/"), content)
    found = data.read([folder], kind)
    assert found is not None
    return found.matrix


def refusal(folder: Path, content: str, kind: Kind = "csv") -> str:
    with pytest.raises(UserError) as caught:
        read(folder, kind, rows=content)
    return str(caught.value)


def dense(matrix: xgb.DMatrix) -> list[list[float | None]]:
    """The rows; None where a feature is missing."""
    rows = matrix.get_data()
    out: list[list[float | None]] = [[None] * matrix.num_col() for _ in range(matrix.num_row())]
    for row in range(matrix.num_row()):
        for at in range(rows.indptr[row], rows.indptr[row + 1]):
            out[row][rows.indices[at]] = float(rows.data[at])
    return out


# csv


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_label_comes_first_and_the_delimiter_is_seen_from_the_first_line(
    tmp_path: Path, delimiter: str, end: str
) -> None:
    rows = [["1", "2.5", "-3"], ["0", "4e2", "5"]]
    matrix = read(tmp_path, rows="".join(delimiter.join(row) + end for row in rows))
    assert matrix.get_label().tolist() == [1, 0]
    assert dense(matrix) == [[2.5, -3], [400, 5]]


@pytest.mark.parametrize("missing", ["", " ", "nan", "NaN"])
def test_a_blank_cell_and_nan_are_a_missing_feature(tmp_path: Path, missing: str) -> None:
    assert dense(read(tmp_path, rows=f"1,{missing},3\n0,4,5\n")) == [[None, 3], [4, 5]]


@pytest.mark.parametrize("rows", ["1,2\n3,4", "1,2\n3,4\n\n\n", "\n\n1,2\n\n3,4\n", "1,2\n  \n3,4"])
def test_blank_lines_and_a_missing_last_newline_change_nothing(tmp_path: Path, rows: str) -> None:
    assert dense(read(tmp_path, rows=rows)) == [[2], [4]]


def test_numbers_may_be_written_in_every_usual_way(tmp_path: Path) -> None:
    matrix = read(tmp_path, rows="1, 2 ,+3,.5,5.,1e3,1E-2\n")
    assert dense(matrix) == [pytest.approx([2, 3, 0.5, 5, 1000, 0.01])]


def test_a_number_with_many_digits_keeps_its_size(tmp_path: Path) -> None:
    matrix = read(tmp_path, rows=f"1,{2**64},{10**37}.5,0.{'3' * 40},123456789012345678e19\n")
    assert dense(matrix) == [pytest.approx([2**64, 1e37, 1 / 3, 1.2345678e36])]


NO_NUMBER = "there must be no header, and words must have become numbers."


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ("label,age\n1,2\n", "First line 'label,age...'",
         f"Column 1 holds 'label', which is not a number: {NO_NUMBER}"),
        ("1,2\n0,male\n", "Line 2 '0,male...'",
         f"Column 2 holds 'male', which is not a number: {NO_NUMBER}"),
        ("1,2\n0,3,4\n", "Line 2 '0,3,4...'", "It has 3 columns, the first line has 2."),
        ("1,2\n0\n", "Line 2 '0...'", "It has 1 columns, the first line has 2."),
    ],
)  # fmt: skip
def test_a_faulty_line_is_named_with_its_file(
    tmp_path: Path, rows: str, line: str, reason: str
) -> None:
    assert refusal(tmp_path, rows) == (
        f"{line} of file 'rows' is not 'CSV' format. "
        f"Please ensure the file is in 'CSV' format. {reason}"
    )


def test_a_label_alone_is_no_training_data(tmp_path: Path) -> None:
    assert refusal(tmp_path, "5\n6\n").startswith("Could not determine delimiter on line 5:\n")


@pytest.mark.parametrize(
    "cell",
    ["10-20", "2024-01-15", "1.2.3", "1e5e6", "-", ".", "1_000", "0x10", '"1"', "١", "inf",
     "1e", "--1", "1 2", "1e39", "?", "NA", "true", "1;2", "\ufeff1", "\x00"],
)  # fmt: skip
@pytest.mark.parametrize("place", [1, 2])
def test_what_only_looks_like_a_number_is_none(tmp_path: Path, cell: str, place: int) -> None:
    row = ["7", "8"]
    row[place - 1] = cell
    message = refusal(tmp_path, f"1,2\n3,4\n{','.join(row)}\n")
    assert message.startswith("Line 3 ")
    assert f"Column {place} holds '{cell}', which is not a number" in message


@pytest.mark.parametrize("label", ["", "nan"])
def test_a_label_is_never_missing(tmp_path: Path, label: str) -> None:
    assert "Column 1 holds" in refusal(tmp_path, f"1,2\n{label},4\n")


def test_the_line_is_counted_also_far_down_in_the_file(tmp_path: Path) -> None:
    lines = 3 * text.BLOCK // len("1,2.500000\n")
    rows = "1,2.500000\n" * lines + "1,x\n"
    assert refusal(tmp_path, rows).startswith(f"Line {lines + 1} '1,x...'")


def test_libsvm_under_the_name_of_csv_is_noticed(tmp_path: Path) -> None:
    assert "is not 'CSV' format" in refusal(tmp_path, "1 1:0.5 2:3\n")


def test_files_of_one_channel_hold_the_same_columns(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "1,2,3\n")
    write(tmp_path / "b.csv", "1,2\n")
    with pytest.raises(
        UserError, match=r"First line '1,2...' of file 'b.csv'.* the first line has 3"
    ):
        data.read([tmp_path], "csv")


numbers = st.floats(-1e30, 1e30, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-30)
forms = st.sampled_from(["{:g}", "{:.6f}", "{:.3e}", "{:.17g}", " {:g} "])


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.tuples(numbers, st.lists(st.none() | numbers, min_size=width, max_size=width)),
            min_size=1,
            max_size=6,
        )
    ),
    st.sampled_from([",", ";", "\t", "|"]),
    forms,
)
def test_what_was_written_is_read(
    rows: list[tuple[float, list[float | None]]], delimiter: str, form: str
) -> None:
    def cell(value: float | None) -> str:
        return "" if value is None else form.format(value)

    lines = [delimiter.join([cell(label), *map(cell, features)]) for label, features in rows]
    with tempfile.TemporaryDirectory() as folder:
        matrix = read(Path(folder), rows="\n".join(lines))
    got = dense(matrix)
    wanted: Array = np.array([[float(cell(x) or "nan") for x in row] for _, row in rows])
    wanted = wanted[:, : matrix.num_col()]  # columns that are blank in every row may be cut off
    found = np.array([[np.nan if x is None else x for x in row] for row in got])
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted.astype(np.float32), rtol=1e-6)
    labels = [float(cell(label)) for label, _ in rows]
    np.testing.assert_allclose(matrix.get_label(), labels, rtol=1e-6)


@given(st.text(alphabet="0123456789.-+eE,;\n\r nax\t:", max_size=40))
def test_any_text_is_read_or_refused_with_its_line(content: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "rows", content)
        try:
            found = data.read([Path(folder)], "csv")
        except UserError:
            return
    filled = [line for line in content.encode().splitlines() if line.strip()]
    assert (found.matrix.num_row() if found else 0) == len(filled)


# libsvm


def test_libsvm_keeps_each_index_as_its_column(tmp_path: Path) -> None:
    matrix = read(tmp_path, "libsvm", rows="1 1:2 3:4\n0 2:5 # a remark\n\n-1\n")
    assert matrix.get_label().tolist() == [1, 0, -1]
    assert dense(matrix) == [[None, 2, None, 4], [None, None, 5, None], [None] * 4]


def test_libsvm_takes_numbers_in_every_usual_way(tmp_path: Path) -> None:
    matrix = read(tmp_path, "libsvm", rows="+1 0:.5 1:5. 2:-1E-25 3:2e+3\n")
    assert dense(matrix) == [pytest.approx([0.5, 5, -1e-25, 2000])]


def test_libsvm_knows_weights_and_groups(tmp_path: Path) -> None:
    matrix = read(tmp_path, "libsvm", rows="1:0.5 qid:1 1:2\n0:2 qid:1 1:3\n1:1 qid:2 1:4\n")
    assert matrix.get_weight().tolist() == [0.5, 2, 1]
    assert matrix.get_group().tolist() == [2, 1]


@pytest.mark.parametrize(
    "line", ["1,2,3", "x 1:2", "1 1:x", "1 1 2", "1 a:2", "1 1:2:3", "1 -1:2", "1:2:3 1:2",
             "1 1:nan", "1 12345678901:1", "1 1:", "1 :2"]
)  # fmt: skip
def test_a_line_that_is_no_libsvm_is_named(tmp_path: Path, line: str) -> None:
    message = f"'{line}...' of file 'rows' is not 'LIBSVM' format. "
    message += "Please ensure the file is in 'LIBSVM' format."
    assert refusal(tmp_path, f"{line}\n1 1:2\n", "libsvm") == f"First line {message}"
    assert refusal(tmp_path, f"1 1:2\n1 1:2\n{line}\n", "libsvm") == f"Line 3 {message}"


@pytest.mark.parametrize("rows", ["1:0.5 1:2\n0 1:3\n", "1 qid:1 1:2\n0 1:3\n"])
def test_weights_and_groups_stand_on_every_line_or_on_none(tmp_path: Path, rows: str) -> None:
    assert refusal(tmp_path, rows, "libsvm").startswith("Line 2 '0 1:3...'")


# files


def test_files_are_read_in_the_order_of_their_names_three_folders_deep(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    matrix = read(
        tmp_path,
        b="2,0\n",
        a="1,0\n",
        one__c="3,0\n",
        one__two__d="4,0\n",
        one__two__three__e="5,0\n",
    )
    assert matrix.get_label().tolist() == [1, 2, 3, 4]
    assert "exceed the limit 3" in caplog.text


def test_names_that_mean_something_to_the_reader_are_only_names(tmp_path: Path) -> None:
    for number, name in enumerate(["a b.csv", "c#d.csv", "e?f=g.csv", "h;i.csv", "_SUCCESS.csv"]):
        write(tmp_path / name, f"{number},7\n")
    assert sorted(read(tmp_path).get_label()) == [0, 1, 2, 3, 4]


def test_a_hidden_file_is_refused_wherever_it_lies(tmp_path: Path) -> None:
    write(tmp_path / "rows", "1,2\n")
    write(tmp_path / "deep" / ".part-1.crc", "x")
    with pytest.raises(UserError, match=r"^Hidden file found in the data path! Remove that before"):
        data.read([tmp_path], "csv")


@pytest.mark.parametrize("content", [None, "", "\n\n"])
def test_a_channel_without_rows_holds_no_data(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        write(tmp_path / "rows", content)
    assert data.read([tmp_path], "csv") is None
    assert data.read([tmp_path / "nowhere"], "csv") is None


def test_an_empty_file_beside_others_is_no_matter(tmp_path: Path) -> None:
    assert read(tmp_path, _SUCCESS="", rows="1,2\n").num_row() == 1


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    read(tmp_path / "train", rows="1,2\n")
    with pytest.raises(UserError):
        read(tmp_path / "train", rows="x\n")
    assert list(scratch.iterdir()) == []
