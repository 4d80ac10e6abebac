"""The closest centre, and what is believed of a model's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.kmeans.nearest import nearest
from labs.cloud.algorithms.kmeans.serving import BadModel, load
from labs.cloud.algorithms.recordio import Array
from tests.labs.algorithms.layouts import ask

NUMBERS = st.floats(-1e6, 1e6, width=32)


@given(
    rows=hnp.arrays(np.float32, (5, 3), elements=NUMBERS),
    centres=hnp.arrays(np.float32, (4, 3), elements=NUMBERS),
)
def test_no_centre_is_closer_than_the_closest(rows: Array, centres: Array) -> None:
    closest, squares = nearest(rows, centres)
    every = ((rows[:, None].astype(float) - centres[None].astype(float)) ** 2).sum(axis=2)
    np.testing.assert_allclose(squares, every[np.arange(5), closest])
    assert (squares <= every.min(axis=1) + 1e-4 * (1 + np.abs(every).max())).all()


def folder(tmp_path: Path, centres: Any, algorithm: str = "kmeans") -> Path:
    raw = artefact.pack({"algorithm": algorithm}, {"centres": np.array(centres, "f4")})
    (tmp_path / "model_algo-1").write_bytes(raw)
    return tmp_path


def test_the_largest_numbers_still_have_an_answer(tmp_path: Path) -> None:
    model = load(folder(tmp_path, [[3e38, 0.0], [-3e38, 0.0]]))
    status, body = ask(model, b"-3e38,3e38\n3.4e38,0\n")
    assert status == 200
    found = json.loads(body)["predictions"]
    assert [each["closest_cluster"] for each in found] == [1.0, 0.0]
    assert all(np.isfinite(each["distance_to_cluster"]) for each in found)


@pytest.mark.parametrize(
    ("centres", "algorithm", "message"),
    [
        ([1.0, 2.0], "kmeans", r"centres of shape \(2,\), not \(k, features\)"),
        ([[1.0]], "linear-learner", "is not a model of kmeans"),
    ],
)
def test_a_model_that_does_not_fit_together_is_refused(
    tmp_path: Path, centres: Any, algorithm: str, message: str
) -> None:
    with pytest.raises(BadModel, match=message):
        load(folder(tmp_path, centres, algorithm))
