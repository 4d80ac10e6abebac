"""A model's file: what is written is read, and nothing else is believed."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.common.errors import BadModel, CustomerError
from labs.cloud.algorithms.recordio import Array

WEIGHT = np.arange(6, dtype=np.float32).reshape(3, 2)
MODEL = artefact.pack({"algorithm": "any", "k": 2}, {"weight": WEIGHT, "bias": WEIGHT[0]})


def npy(array: Any, **more: Any) -> bytes:
    made = io.BytesIO()
    np.save(made, array, **more)
    return made.getvalue()


def header(shape: str, descr: str = "'<f4'", rest: bytes = b"") -> bytes:
    """An array's file that says what it likes of itself."""
    told = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(told).to_bytes(2, "little") + told + rest


def zipped(weight: bytes, about: object = None, method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        told = {"algorithm": "any", "version": 1} if about is None else about
        file.writestr("model.json", told if isinstance(told, bytes) else json.dumps(told))
        file.writestr("weight.npy", weight)
    return made.getvalue()


def read(raw: bytes) -> Array:
    _, (weight,) = artefact.unpack(raw, "any", ("weight",))
    return weight


def test_what_is_packed_is_unpacked() -> None:
    about, (weight, bias) = artefact.unpack(MODEL, "any", ("weight", "bias"))
    assert about["k"] == 2
    np.testing.assert_array_equal(weight, WEIGHT)
    np.testing.assert_array_equal(bias, WEIGHT[0])


def test_numpy_alone_opens_it() -> None:
    with np.load(io.BytesIO(MODEL), allow_pickle=False) as found:
        np.testing.assert_array_equal(found["weight"], WEIGHT)
        assert json.loads(found["model.json"])["algorithm"] == "any"


def test_the_same_model_is_the_same_bytes() -> None:
    again = artefact.pack({"algorithm": "any", "k": 2}, {"weight": WEIGHT, "bias": WEIGHT[0]})
    assert again == MODEL


def test_a_number_that_is_too_large_is_the_customers_error() -> None:
    with pytest.raises(CustomerError, match="do not fit into 32 bits"):
        artefact.pack({"algorithm": "any"}, {"weight": np.array([[1e300]])})


BAD = {
    "nothing": b"",
    "no zip": b"model",
    "a pickle": pickle.dumps({"weight": 1}),
    "an array of objects": zipped(npy(np.array([{}], dtype=object), allow_pickle=True)),
    "another algorithm": zipped(npy(WEIGHT), {"algorithm": "other", "version": 1}),
    "another version": zipped(npy(WEIGHT), {"algorithm": "any", "version": 2}),
    "a list": zipped(npy(WEIGHT), []),
    "no JSON": zipped(npy(WEIGHT), b"{"),
    "deep JSON": zipped(npy(WEIGHT), b"[" * 60_000),
    "long JSON": zipped(npy(WEIGHT), b" " * 70_000),
    "compressed": zipped(npy(np.zeros((1000, 1000), "f4")), method=zipfile.ZIP_DEFLATED),
    "64 bits": zipped(npy(WEIGHT.astype("f8"))),
    "big-endian": zipped(npy(WEIGHT.astype(">f4"))),
    "fortran": zipped(npy(np.asfortranarray(WEIGHT))),
    "three axes": zipped(npy(WEIGHT[None])),
    "no axes": zipped(npy(np.float32(1))),
    "no rows": zipped(npy(WEIGHT[:0])),
    "NaN": zipped(npy(np.full((1, 1), np.nan, "f4"))),
    "infinite": zipped(npy(np.full((1, 1), np.inf, "f4"))),
    "a huge shape": zipped(header("(1000000000000, 1000)")),
    "a negative shape": zipped(header("(-1, 4)", rest=bytes(16))),
    "a wrong size": zipped(header("(2, 2)", rest=bytes(12))),
    "a shape that is code": zipped(header("__import__('os').getcwd()")),
    "a type that is none": zipped(header("(1, 1)", "'nonsense'", bytes(4))),
    "cut off": MODEL[:-30],
}


@pytest.mark.parametrize("raw", BAD.values(), ids=BAD)
def test_what_is_no_model_is_refused(raw: bytes) -> None:
    with pytest.raises(BadModel):
        read(raw)


@given(at=st.integers(0, len(MODEL) - 1), value=st.integers(0, 255))
def test_a_damaged_model_is_refused_or_still_one_of_finite_numbers(at: int, value: int) -> None:
    raw = MODEL[:at] + bytes([value]) + MODEL[at + 1 :]
    try:
        weight = read(raw)
    except BadModel:
        return
    assert weight.dtype == np.float32
    assert np.isfinite(weight).all()
    assert weight.size == WEIGHT.size


@given(raw=st.binary(max_size=300))
def test_any_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(BadModel):
        read(b"PK\x03\x04" + raw)
