"""Hyperparameters by their kinds, and the words in which one is refused."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.common.hyperparameters import (
    Choice,
    Either,
    Flag,
    Integer,
    Kind,
    Only,
    OrAuto,
    Parameter,
    Real,
    Value,
    Words,
    parse,
)

SIZE = Parameter(Integer(), "10")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Integer(), "7", 7),
        (Integer(0), "0", 0),
        (Real("[0, 1)"), "0", 0.0),
        (Real("(0, inf)"), "1e-3", 0.001),
        (Choice(("a", "b")), "b", "b"),
        (Flag(), "True", True),
        (Flag(), "false", False),
        (Words(("a", "b")), '["b", "a", "b"]', ("b", "a")),
        (OrAuto(Integer()), "auto", None),
        (OrAuto(Integer()), "3", 3),
        (Either(Real("(0, inf)"), Choice(("balanced",))), "balanced", "balanced"),
        (Only("0.0"), "0", "0.0"),
        (Only("auto"), "auto", "auto"),
    ],
)
def test_a_value_of_its_kind_is_read(kind: Kind, text: str, value: Value) -> None:
    assert parse({"it": text}, {"it": Parameter(kind)}) == {"it": value}


@pytest.mark.parametrize(
    ("kind", "text", "expects"),
    [
        (Integer(), "0", "which expects an integer of at least 1"),
        (Integer(3, 9), "10", "which expects an integer between 3 and 9"),
        (Integer(), "1.5", "which expects an integer"),
        (Integer(), "1" * 5000, "which expects an integer"),
        (Real("[0, 1)"), "1", "which expects a number in [0, 1)"),
        (Real("(0, inf)"), "inf", "which expects a number in (0, inf)"),
        (Real("(0, inf)"), "nan", "which expects a number in (0, inf)"),
        (Real("(0, inf)"), "1_0", "which expects a number in (0, inf)"),
        (Choice(("a", "b")), "c", "which accepts one of the following: 'a', 'b'"),
        (Choice(("a",), ("c",)), "c", "'c' only on AWS: not offered offline"),
        (Flag(), "yes", "which accepts one of the following: 'true', 'false'"),
        (Words(("a",)), '["b"]', "which expects a JSON list of some of: 'a'"),
        (Words(("a",)), "[]", "which expects a JSON list"),
        (Words(("a",)), "a", "which expects a JSON list"),
        (Words(("a",)), "[[]]", "which expects a JSON list"),
        (OrAuto(Integer()), "Auto", "which expects an integer of at least 1, or 'auto'"),
        (Only("0.0"), "1", "not offered offline: leave it out, or give it its default '0.0'"),
        (Only("auto"), "2", "not offered offline"),
    ],
)
def test_another_value_is_refused_with_what_it_may_be(kind: Kind, text: str, expects: str) -> None:
    message = f"The value '{text}' is not valid for the 'it' hyperparameter"
    with pytest.raises(CustomerError, match=re.escape(message)) as refused:
        parse({"it": text}, {"it": Parameter(kind)})
    assert expects in str(refused.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(CustomerError, match=r"No value\(s\) were specified for 'a', 'b' which are"):
        parse({}, {"a": Parameter(Integer()), "b": Parameter(Integer()), "c": SIZE})


@pytest.mark.parametrize(
    ("names", "told"), [(["x"], r"\('x' was unexpected\)"), (["x", "y"], r"\('x', 'y' were unexp")]
)
def test_an_unknown_name_is_refused(names: list[str], told: str) -> None:
    with pytest.raises(CustomerError, match=f"Additional hyperparameters are not allowed {told}"):
        parse(dict.fromkeys(names, "1"), {"c": SIZE})


def test_what_is_left_out_has_its_default() -> None:
    assert parse({}, {"c": SIZE}) == {"c": 10}


KINDS: list[Kind] = [
    Integer(), Real("(0, 1)"), Choice(("a",)), Flag(), Words(("a",)), OrAuto(Real("[0, inf)")),
    Either(Integer(), Choice(("b",))), Only("auto"), Only("1.0"),
]  # fmt: skip


@given(text=st.text() | st.sampled_from(["[" * 20_000, "1e999", "-0", "٣", "0x1"]))
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_any_text_is_a_value_or_refused(kind: Kind, text: str) -> None:
    with contextlib.suppress(CustomerError):
        assert set(parse({"it": text}, {"it": Parameter(kind)})) == {"it"}
