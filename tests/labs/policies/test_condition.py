"""Condition operators, as IAM's user guide defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.condition import holds, like, met

WORDS = st.text(st.characters(codec="ascii", exclude_characters="*?"), max_size=8)


@pytest.mark.parametrize(
    ("operator", "told", "wanted", "is_so"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEqualsIgnoreCase", "a", "A", True),
        ("StringEquals", "vpce-1", "vpce-*", False),
        ("StringLike", "vpce-1", "vpce-?", True),
        ("ArnLike", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/*", True),
        ("ArnEquals", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/*", True),
        ("Bool", "true", "True", True),
        ("Bool", "true", "false", False),
        ("NumericLessThan", "1.1", "1.2", True),
        ("NumericLessThanEquals", "1.2", "1.2", True),
        ("NumericGreaterThan", "10", "9", True),
        ("NumericGreaterThanEquals", "9", "10", False),
        ("NumericEquals", "1.0", "1", True),
    ],
)
def test_an_operator_compares_what_is_told_with_what_is_wanted(
    operator: str, told: str, wanted: str, is_so: bool
) -> None:
    assert holds(operator, (told,), [wanted]) == is_so


def test_what_the_request_does_not_tell_equals_nothing_and_differs_from_everything() -> None:
    assert not holds("StringEquals", None, ["a"])
    assert not holds("Bool", None, ["false"])
    assert holds("StringNotEquals", None, ["a"])
    assert holds("ArnNotLike", None, ["*"])
    assert holds("StringEqualsIfExists", None, ["a"])
    assert holds("Null", None, ["true"])
    assert not holds("Null", ("a",), ["true"])


def test_of_several_values_one_has_to_be_met_and_none_of_a_negated_operator() -> None:
    assert holds("StringEquals", ("b",), ["a", "b"])
    assert not holds("StringNotEquals", ("b",), ["a", "b"])
    assert holds("ForAllValues:StringEquals", ("a", "b"), ["a", "b", "c"])
    assert not holds("ForAllValues:StringEquals", ("a", "d"), ["a", "b", "c"])
    assert holds("ForAllValues:StringEquals", None, ["a"])
    assert holds("ForAnyValue:StringEquals", ("a", "d"), ["a"])
    assert not holds("ForAnyValue:StringNotEquals", None, ["a"])


def test_a_condition_holds_if_all_of_its_lines_do() -> None:
    condition = {
        "Bool": {"aws:SecureTransport": True},
        "StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]},
    }
    context = {"aws:securetransport": ("true",), "aws:sourcevpce": ("vpce-2",)}
    assert met(condition, context)
    assert not met(condition, {**context, "aws:sourcevpce": ("vpce-3",)})
    assert not met(condition, {"aws:sourcevpce": ("vpce-2",)})
    assert met({}, {})


@pytest.mark.parametrize("operator", ["IpAddress", "ForSomeValues:StringEquals", "Notable", ""])
def test_an_operator_that_is_not_known_is_never_passed_over(operator: str) -> None:
    with pytest.raises(ValueError, match="is not known here"):
        met({operator: {"aws:SourceIp": "10.0.0.0/8"}}, {})


def test_what_is_no_condition_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="This is no Condition"):
        met(["Bool"], {})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs keys with values"):
        met({"Bool": "true"}, {})


@given(WORDS, WORDS, WORDS)
def test_a_star_stands_for_any_characters_and_a_question_mark_for_one(
    start: str, middle: str, end: str
) -> None:
    assert like(start + middle + end, f"{start}*{end}")
    assert like(start + "x" + end, f"{start}?{end}")
    assert not like(start + end, f"{start}?{end}")


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_an_operator_and_its_negation_never_agree(told: str, wanted: list[str]) -> None:
    assert holds("StringEquals", (told,), wanted) != holds("StringNotEquals", (told,), wanted)
