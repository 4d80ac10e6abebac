"""Content is strict, frozen, and the same text for the same content."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizengine.content import Reference, frozen
from quizengine.question import Kind, parse_question, question_from_canonical
from tests.builders import CHECKED, KINDS, a_choice, a_question, question_data


def where_refused(data: dict[str, Any]) -> str:
    """The key that the first complaint names."""
    with pytest.raises(ValidationError) as refused:
        parse_question(data)
    return ".".join(str(part) for part in refused.value.errors()[0]["loc"])


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in question_data().items() if name != key}


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_key_is_an_error_that_names_it(kind: Kind) -> None:
    assert where_refused(question_data(kind, explanation="...")) == f"{kind}.explanation"


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_key_deep_inside_is_an_error(kind: Kind) -> None:
    part = "steps" if kind == "ordering" else "options"
    data = question_data(kind)
    first, *others = data[part]
    data[part] = ({**first, "colour": "red"}, *others)
    assert where_refused(data) == f"{kind}.{part}.0.colour"


@pytest.mark.parametrize(
    "key", ["id", "topics", "difficulty", "decides", "verified_on", "references", "stem", "options"]
)
def test_a_missing_key_is_an_error_that_names_it(key: str) -> None:
    assert where_refused(without(key)) == f"single.{key}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "1"),
        ("version", True),
        ("version", 1.0),
        ("version", 0),
        ("topics", "training/early-stopping"),
        ("topics", []),
        ("topics", ["Training/Early stopping"]),
        ("topics", ["early-stopping"]),
        ("topics", ["a/b", "a/b"]),
        ("topics", ["a/b", "a/c", "a/d", "a/e"]),
        ("exams", {"mls-c01": 3.4}),
        ("exams", {"mls-c01": "3"}),
        ("exams", {"MLS C01": "3.4"}),
        ("covers", ["S9-02"]),
        ("cards", ["a-card", "a-card"]),
        ("difficulty", "tricky"),
        ("verified_on", "2026-11-21"),
        ("verified_on", datetime(2026, 11, 21, 9, 30)),
        ("references", []),
        ("stem", ""),
        ("stem", " \n "),
        ("stem", 7),
        ("decides", None),
        ("figure", "../../etc/passwd"),
    ],
)
def test_a_value_of_the_wrong_shape_is_an_error_that_names_its_key(key: str, value: Any) -> None:
    assert where_refused(question_data("single", "a-question", **{key: value})).startswith(
        f"single.{key}"
    )


@pytest.mark.parametrize(
    ("key", "most"), [("stem", 8_000), ("decides", 1_000), ("withdrawn", 1_000)]
)
def test_a_text_may_be_long_and_not_longer(key: str, most: int) -> None:
    question = parse_question(question_data("single", **{key: "x" * most}))
    assert getattr(question, key) == "x" * most
    assert where_refused(question_data("single", **{key: "x" * (most + 1)})) == f"single.{key}"


@pytest.mark.parametrize("key", ["text", "why"])
def test_an_over_long_text_of_an_option_is_an_error(key: str) -> None:
    data = question_data()
    data["options"] = ({**a_choice("right", True), key: "x" * 1_001}, *data["options"][1:])
    assert where_refused(data) == f"single.options.0.{key}"


@pytest.mark.parametrize(
    "url",
    [
        "http://docs.example.com/",
        "javascript:alert(1)",
        "https://docs.example.com/a b",
        "https://docs.example.com/<script>",
        "https://" + "x" * 500,
    ],
)
def test_a_reference_is_a_plain_https_address(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        Reference(url=url, title="A page", as_of=CHECKED)


def test_a_reference_tells_how_old_the_copy_was() -> None:
    page = Reference(url="https://docs.example.com/", title="A page", as_of=date(2026, 8, 4))
    assert page.dated() == "as of 2026-08-04"
    undated = page.model_copy(update={"as_of": "unknown"})
    assert undated.dated() == "from an undated copy"


def test_content_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(a_question(), "stem", "Another.")  # noqa: B010


def test_decoded_toml_becomes_frozen_all_the_way_down() -> None:
    assert frozen({"a": [1, {"b": [[2]]}]}) == {"a": (1, {"b": ((2,),)})}


# Canonical text and digest


def test_the_digest_of_a_known_question_is_the_same_on_every_machine() -> None:
    expected = "dfec3db80e2e345411e1d242213afea798b51e16bd6cf1f9fc7f95e21a6791a1"
    assert a_question().digest() == expected


@pytest.mark.parametrize("kind", KINDS)
@given(rng=st.randoms(use_true_random=False))
def test_the_order_of_keys_in_a_file_does_not_change_the_digest(kind: Kind, rng: Any) -> None:
    exams = {"mls-c01": "1.1", "mla-c01": "2.2", "aif-c01": "3.3"}
    data = question_data(kind, exams=exams)
    keys, codes = list(data), list(exams)
    rng.shuffle(keys)
    rng.shuffle(codes)
    moved = {key: data[key] for key in keys} | {"exams": {code: exams[code] for code in codes}}
    assert parse_question(moved).digest() == parse_question(data).digest()


def test_space_around_a_text_does_not_change_the_digest() -> None:
    stem = a_question().stem
    assert a_question(stem=f"\n{stem}\n").digest() == a_question().digest()


def test_a_default_written_out_does_not_change_the_digest() -> None:
    assert a_question(version=1, covers=[], cards=[]).digest() == a_question().digest()


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_came_later_changes_no_digest_until_it_is_set(kind: Kind) -> None:
    question, proved = a_question(kind), a_question(kind, proof="it-boils")
    assert '"proof"' not in question.canonical()
    assert proved.digest() != question.digest()
    for each in (question, proved):
        assert question_from_canonical(each.canonical()) == each
    assert proved.marking == question.marking  # so nobody is told of a correction


@pytest.mark.parametrize(
    "change",
    [
        {"id": "another"},
        {"version": 2},
        {"stem": "The loss rises again. What now?"},
        {"exams": {"mls-c01": "1.2"}},
        {"withdrawn": "It was wrong."},
        {"options": [a_choice("right", True), *(a_choice(f"wrong-{n}") for n in "acb")]},
    ],
)
def test_whatever_changes_a_question_changes_its_digest(change: dict[str, Any]) -> None:
    data = question_data() | {key: frozen(value) for key, value in change.items()}
    assert parse_question(data).digest() != a_question().digest()


@given(
    st.text(
        st.characters(exclude_categories=["C"]) | st.sampled_from("\n\t"),
        min_size=1,
        max_size=60,
    ).filter(str.strip)
)
def test_any_text_survives_being_kept(text: str) -> None:
    question = a_question(stem=text)
    assert type(question).from_canonical(question.canonical()) == question
