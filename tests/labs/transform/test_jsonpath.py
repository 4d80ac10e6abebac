"""The filters of DataProcessing: what they choose, and what is no filter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.transform.jsonpath import BadPath, NotThere, Path

ROW = ["id-7", "1", "2", "3", "0.9"]
RECORD = {"id": 7, "features": [1, 2, 3], "who": {"name": "Ada", "age": 36}, "SageMakerOutput": 0.9}


@pytest.mark.parametrize(
    ("path", "value", "chosen"),
    [
        ("$", ROW, ROW),
        ("$[0]", ROW, "id-7"),
        ("$[-1]", ROW, "0.9"),
        ("$[0,-1]", ROW, ["id-7", "0.9"]),
        ("$[1:]", ROW, ["1", "2", "3", "0.9"]),
        ("$[:2]", ROW, ["id-7", "1"]),
        ("$[1:-1]", ROW, ["1", "2", "3"]),
        ("$[0,3:]", ROW, ["id-7", "3", "0.9"]),
        ("$[*]", ROW, ROW),
        ("$.features", RECORD, [1, 2, 3]),
        ("$['features']", RECORD, [1, 2, 3]),
        ("$.features[-1]", RECORD, 3),
        ("$.who.name", RECORD, "Ada"),
        ("$.who.*", RECORD, ["Ada", 36]),
        ("$['id','SageMakerOutput']", RECORD, {"id": 7, "SageMakerOutput": 0.9}),
        ("$.who.['name','age']", RECORD, {"name": "Ada", "age": 36}),
        ("$[ 'id' , 'features' ]", RECORD, {"id": 7, "features": [1, 2, 3]}),
    ],
)
def test_a_path_chooses_what_sagemaker_documents(path: str, value: Any, chosen: Any) -> None:
    assert Path.read(path).select(value) == chosen


@pytest.mark.parametrize(
    "path", ["", "id", "$id", "$.", "$..id", "$[", "$[?(@.a>1)]", "$[1:2:3]", "$['a'", "$[a]", "$ "]
)
def test_what_is_outside_of_the_documented_subset_is_no_path(path: str) -> None:
    with pytest.raises(BadPath, match="JSONPath"):
        Path.read(path)


def test_nothing_follows_a_step_that_chooses_several() -> None:
    with pytest.raises(BadPath, match="goes on after"):
        Path.read("$['a','b'].c")


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("$[5]", ROW, "no index 5 among 5"),
        ("$[-6]", ROW, "no index -6"),
        ("$.id", ROW, "a name needs an object, and there is an array"),
        ("$[0]", RECORD, "an index needs an array, and there is an object"),
        ("$.nobody", RECORD, "no 'nobody'"),
        ("$['id','x','y']", RECORD, "no 'x', 'y'"),
        ("$.id.*", RECORD, "the wildcard needs"),
    ],
)
def test_a_place_that_is_not_there_is_named(path: str, value: Any, why: str) -> None:
    with pytest.raises(NotThere, match=why):
        Path.read(path).select(value)


@given(st.lists(st.integers()), st.none() | st.integers(-9, 9), st.none() | st.integers(-9, 9))
def test_a_slice_is_pythons(values: list[int], start: int | None, end: int | None) -> None:
    text = f"$[{'' if start is None else start}:{'' if end is None else end}]"
    assert Path.read(text).select(values) == values[start:end]


@given(st.text(max_size=30), st.sampled_from([ROW, RECORD]))
def test_any_text_is_a_path_or_is_refused_with_one_sentence(text: str, value: Any) -> None:
    try:
        Path.read("$" + text).select(value)
    except (BadPath, NotThere) as refused:
        why = str(refused)
    else:
        why = ""
    assert "\n" not in why or "\n" in text
