"""What of a record the model gets, and what of both is written."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.transform.jsonpath import Path
from labs.cloud.transform.processing import Kind, Processing
from labs.cloud.transform.records import BadRecords

CSV, JSON, LINES = "text/csv; charset=utf-8", "application/json", "application/jsonlines"


def processing(kind: Kind, chosen: str = "$", kept: str = "$", *, joins: bool = True) -> Processing:
    return Processing(kind, Path.read(chosen), Path.read(kept), joins)


def test_a_column_is_kept_from_the_model_and_joined_with_its_answer() -> None:
    rule = processing("csv", "$[1:]", "$[0,-1]")
    assert rule.sent(b"id-1,1.5,2\n") == b"1.5,2\n"
    assert rule.written(b"id-1,1.5,2\nid-2,3,4\n", b"0.1\n0.9\n", CSV) == b"id-1,0.1\nid-2,0.9"


def test_without_a_join_the_output_filter_chooses_of_the_answer_alone() -> None:
    rule = processing("csv", "$[1:]", "$[0]", joins=False)
    assert rule.written(b"id,1\n", b"0.1,0.9\n", CSV) == b"0.1"


def test_cells_that_need_quotes_keep_them() -> None:
    rule = processing("csv", "$[1:]")
    assert rule.sent(b'"a,b","c ""d"""\n') == b'"c ""d"""\n'
    assert rule.written(b'"a,b",1\n', b"2\n", CSV) == b'"a,b",1,2'


def test_an_object_gets_the_answer_as_a_member() -> None:
    rule = processing("lines", "$.features")
    record = b'{"id": 1, "features": [1, 2]}\n'
    assert rule.sent(record) == b"[1, 2]\n"
    written = json.loads(rule.written(record, b'{"score": 0.5}\n', LINES))
    assert written == {"id": 1, "features": [1, 2], "SageMakerOutput": {"score": 0.5}}


def test_what_is_no_object_becomes_one_with_both() -> None:
    written = processing("json").written(b"[1, 2]", b"[0.5]", JSON)
    assert json.loads(written) == {"SageMakerInput": [1, 2], "SageMakerOutput": [0.5]}


def test_members_are_chosen_of_the_joined_object() -> None:
    rule = processing("lines", "$.x", "$['id','SageMakerOutput']")
    written = rule.written(b'{"id": 1, "x": 2}\n{"id": 3, "x": 4}\n', b"5\n6\n", LINES)
    assert [json.loads(line) for line in written.splitlines()] == [
        {"id": 1, "SageMakerOutput": 5},
        {"id": 3, "SageMakerOutput": 6},
    ]


@pytest.mark.parametrize(
    ("kind", "answer", "content_type", "why"),
    [
        ("csv", b"0.1\n", JSON, "Failed to parse output from the algorithm as CSV"),
        ("csv", b'"0.1\n', CSV, "Failed to parse output from the algorithm as CSV"),
        ("csv", b"\xff\n", CSV, "Failed to parse output from the algorithm as CSV"),
        ("lines", b"0.1\n", CSV, "Failed to parse output from the algorithm as JSON"),
        ("lines", b"{\n", LINES, "Failed to parse output from the algorithm as JSON"),
        ("csv", b"1\n2\n", CSV, "join 1 input records with 2 output records"),
    ],
)
def test_an_answer_that_cannot_be_joined_says_why(
    kind: Kind, answer: bytes, content_type: str, why: str
) -> None:
    with pytest.raises(BadRecords, match=why):
        processing(kind).written(b"1\n", answer, content_type)


def test_a_filter_of_the_other_syntax_fails_on_the_data() -> None:
    with pytest.raises(BadRecords, match="a name needs an object"):
        processing("csv", "$.id").sent(b"1,2\n")


def test_an_index_beyond_the_joined_row_fails() -> None:
    with pytest.raises(BadRecords, match="no index 9 among 3"):
        processing("csv", kept="$[9]").written(b"1,2\n", b"3\n", CSV)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\x00", codec="utf-8")), min_size=2),
        min_size=1,
    )
)
def test_a_joined_row_is_the_input_and_then_the_answer(rows: list[list[str]]) -> None:
    def text(values: list[list[str]]) -> bytes:
        written = io.StringIO(newline="")
        csv.writer(written).writerows(values)
        return written.getvalue().encode()

    joined = processing("csv").written(text(rows), text([[row[0]] for row in rows]), CSV)
    read = [*csv.reader(io.StringIO(joined.decode(), newline=""), strict=True)]
    assert read == [[*row, row[0]] for row in rows]
