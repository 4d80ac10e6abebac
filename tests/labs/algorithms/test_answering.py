"""Requests and answers in the formats that the algorithms have in common."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.algorithms import recordio
from labs.cloud.algorithms.common.answering import AT_ONCE, LARGEST_BODY, Columns, Model
from labs.cloud.algorithms.common.requests import ACCEPTED, JSON, JSON_LINES
from labs.cloud.algorithms.recordio import Array
from tests.labs.algorithms.layouts import CSV, RECORDIO, ask, csv, records

ROWS = np.array([[1.0, 2.0, 3.0], [0.0, -4.5, 0.25]], dtype=np.float32)


def sums(rows: Array) -> Columns:
    return {"score": rows.sum(axis=1), "predicted_label": np.arange(len(rows))}


def parts(rows: Array) -> Columns:
    return {"score": rows}


MODEL = Model(3, 2, sums, {})
SCORES = [{"score": 6.0, "predicted_label": 0}, {"score": -4.25, "predicted_label": 1}]


def dense(row: Array) -> dict[str, object]:
    return {"features": row.tolist()}


def sparse(row: Array) -> dict[str, object]:
    keys = np.flatnonzero(row).tolist()
    return {"data": {"features": {"keys": keys, "shape": [3], "values": row[keys].tolist()}}}


def values(row: Array) -> dict[str, object]:
    return {"data": {"features": {"values": row.tolist()}}}


@pytest.mark.parametrize("form", [dense, sparse, values])
def test_json_and_json_lines_may_be_dense_or_sparse(form: object) -> None:
    assert callable(form)
    instances = [form(row) for row in ROWS]
    for content_type, body in (
        (JSON, json.dumps({"instances": instances})),
        (JSON_LINES, "\n".join(map(json.dumps, instances)) + "\n"),
    ):
        status, answer = ask(MODEL, body.encode(), content_type)
        assert status == 200, answer
        assert json.loads(answer) == {"predictions": SCORES}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (CSV, csv(ROWS)),
        (None, csv(ROWS)),
        ("text/csv;label_size=0", csv(ROWS)),
        ("text/csv; label_size=1", csv(np.column_stack([[9, 9], ROWS]))),
        (RECORDIO, records(ROWS)),
    ],
)
def test_csv_and_recordio_are_read(content_type: str | None, body: bytes) -> None:
    assert json.loads(ask(MODEL, body, content_type)[1]) == {"predictions": SCORES}


def test_the_answer_comes_in_the_format_that_was_asked_for() -> None:
    answers = {accept: ask(MODEL, csv(ROWS), CSV, accept)[1] for accept in ACCEPTED}
    assert json.loads(answers[JSON]) == {"predictions": SCORES}
    assert [json.loads(line) for line in answers[JSON_LINES].splitlines()] == SCORES
    assert answers[CSV] == b"6.0,0\n-4.25,1\n"
    found = list(recordio.read(io.BytesIO(answers[RECORDIO])))
    assert [each.label["score"].values.tolist() for each in found] == [[6.0], [-4.25]]
    assert [each.label["predicted_label"].values.tolist() for each in found] == [[0.0], [1.0]]
    assert all(not each.features for each in found)


def test_a_score_may_be_a_list() -> None:
    model = Model(3, 3, parts, {})
    assert json.loads(ask(model, csv(ROWS))[1])["predictions"][0] == {"score": [1, 2, 3]}
    assert ask(model, csv(ROWS), CSV, CSV)[1] == b"1.0,2.0,3.0\n0.0,-4.5,0.25\n"


@pytest.mark.parametrize("accept", ACCEPTED)
def test_a_long_answer_is_made_in_parts_and_is_the_same(accept: str) -> None:
    table = np.random.default_rng(0).normal(size=(50, 3))
    one, parted = (ask(Model(3, outputs, parts, {}), csv(table), CSV, accept)[1]
                   for outputs in (1, AT_ONCE // 7))  # fmt: skip
    assert one == parted


@pytest.mark.parametrize("accept", [None, "", "*/*", "application/json; charset=utf-8"])
def test_without_a_wish_the_answer_is_json(accept: str | None) -> None:
    assert MODEL.answer(csv(ROWS), CSV, accept).content_type == JSON


def test_the_environment_may_wish_otherwise() -> None:
    model = Model(3, 2, sums, {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": JSON_LINES})
    assert model.answer(csv(ROWS), CSV, None).content_type == JSON_LINES
    assert model.answer(csv(ROWS), CSV, CSV).content_type == CSV


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "message"),
    [
        (b"1,2,3", "text/libsvm", None, 415, "Content-type text/libsvm is not supported"),
        (b"1,2,3", CSV, "text/html", 406, "Accept type text/html is not supported"),
        (b"1,2", CSV, None, 400, "a row has 2 features, and the model 3"),
        (b"1,2,x", CSV, None, 400, "'x' is not a number"),
        (b"1,2,nan", CSV, None, 400, "missing (NaN) or infinite"),
        (b"1,2,1e300", CSV, None, 400, "missing (NaN) or infinite"),
        (b"", CSV, None, 400, "it has no rows"),
        (b"", JSON, None, 400, "The body is not application/json"),
        (b"[]", JSON, None, 400, 'it must be {"instances"'),
        (b'{"instances": []}', JSON, None, 400, "it has no instances"),
        (b'{"instances": [[1,2,3]]}', JSON, None, 400, "an instance is not"),
        (b'{"instances": [{"features": [1,2]}]}', JSON, None, 400, "a row has 2 features"),
        (b'{"instances": [{"features": [1,2,"3"]}]}', JSON, None, 400, "not a list of numbers"),
        (b'{"instances": [{"features": [1,2,true]}]}', JSON, None, 400, "not a list of numbers"),
        (b'{"instances": [{"features": [1,2,NaN]}]}', JSON, None, 400, "missing (NaN)"),
        (b'{"instances": [{"features": [1,2,1e999]}]}', JSON, None, 400, "missing (NaN)"),
        (b'{"features": [1,2,' + b"9" * 5000 + b"]}", JSON_LINES, None, 400, "The body is not"),
        (b'{"features": {"keys": [3], "values": [1]}}', JSON_LINES, None, 400, "a key is 3"),
        (b'{"features": {"keys": [-1], "values": [1]}}', JSON_LINES, None, 400, "a key is -1"),
        (b'{"features": {"keys": [1.0], "values": [1]}}', JSON_LINES, None, 400, "a key is 1.0"),
        (b'{"features": {"keys": [1,1], "values": [1,2]}}', JSON_LINES, None, 400, "twice"),
        (b'{"features": {"keys": [1], "values": []}}', JSON_LINES, None, 400, "not as many"),
        (b'{"features": {"keys": 1, "values": [1]}}', JSON_LINES, None, 400, "not as many"),
        (b'{"features": {"keys": [1], "shape": [4], "values": [1]}}', JSON_LINES, None, 400, "4"),
        (
            b'{"features": {"keys": [1], "shape": "3", "values": [1]}}',
            JSON_LINES,
            None,
            400,
            "shap",
        ),
        (b"[" * 50_000, JSON_LINES, None, 400, "The body is not application/jsonlines"),
        (b"\xff\xfe", JSON, None, 400, "The body is not application/json"),
        (records(ROWS[:, :2]), RECORDIO, None, 400, "a row has 2 features, and the model 3"),
        (records(ROWS)[:-1], RECORDIO, None, 400, "is cut off"),
        (bytes(LARGEST_BODY + 1), CSV, None, 413, f"The body has {LARGEST_BODY + 1} bytes"),
    ],
)
def test_another_request_is_refused_with_a_sentence(
    body: bytes, content_type: str, accept: str | None, status: int, message: str
) -> None:
    answer = MODEL.answer(body, content_type, accept)
    assert (answer.status, answer.content_type) == (status, "text/plain; charset=utf-8")
    assert message in answer.body.decode()


JSON_TEXT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["instances", "data", "features", "keys", "values", "shape"]), inner
    ),
).map(lambda value: json.dumps(value).encode())  # fmt: skip


@given(body=st.binary(max_size=200) | JSON_TEXT, content_type=st.sampled_from(ACCEPTED))
def test_any_body_is_answered_or_refused(body: bytes, content_type: str) -> None:
    status, answer = ask(MODEL, body, content_type)
    assert status in (200, 400)
    assert answer
