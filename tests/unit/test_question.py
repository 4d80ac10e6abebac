"""The four kinds: what is right, what is complete, what cannot be meant, what is refused."""

from __future__ import annotations

import re
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizengine.errors import BadRequest
from quizengine.question import (
    BLANK,
    TRAPS,
    Answer,
    Kind,
    parse_question,
    question_from_canonical,
    question_schema,
)
from tests.builders import KINDS, a_choice, a_match, a_prompt, a_question, a_step, question_data

every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
def test_the_key_is_right_and_complete(kind: Kind) -> None:
    question = a_question(kind)
    assert question.is_right(question.key)
    assert question.is_complete(question.key)


@every_kind
def test_a_blank_answer_is_wrong_and_not_complete(kind: Kind) -> None:
    question = a_question(kind)
    assert not question.is_right(BLANK)
    assert not question.is_complete(BLANK)
    assert question.checked(BLANK) == BLANK


@every_kind
def test_the_key_can_be_meant(kind: Kind) -> None:
    question = a_question(kind)
    assert question.checked(question.key) == question.key


@every_kind
def test_a_choice_the_question_does_not_have_cannot_be_meant(kind: Kind) -> None:
    question = a_question(kind)
    with pytest.raises(BadRequest, match="'nowhere'") as refused:
        question.checked(("nowhere",))
    assert refused.value.hint is not None
    assert question.shuffled[0] in refused.value.hint


def test_every_wrong_option_of_a_single_is_wrong() -> None:
    question = a_question("single")
    assert [id for id in question.shuffled if question.is_right((id,))] == ["right"]


def test_a_multiple_with_one_of_two_right_options_is_wrong() -> None:
    question = a_question("multiple")
    assert not question.is_right(("right-a",))
    assert not question.is_complete(("right-a",))


def test_a_multiple_with_a_right_and_a_wrong_option_is_wrong() -> None:
    question = a_question("multiple")
    assert not question.is_right(("right-a", "wrong-a"))
    assert question.is_complete(("right-a", "wrong-a"))


def test_the_order_of_picks_in_a_multiple_does_not_matter() -> None:
    question = a_question("multiple")
    assert question.checked(("right-b", "right-a")) == question.checked(("right-a", "right-b"))
    assert question.is_right(question.checked(("right-b", "right-a")))


def test_an_option_picked_twice_counts_once() -> None:
    assert a_question("single").checked(("right", "right")) == ("right",)
    assert a_question("multiple").checked(("right-a", "right-a")) == ("right-a",)


@pytest.mark.parametrize(
    ("kind", "picked", "says"),
    [
        ("single", ("right", "wrong-a"), "takes 1 and 2 were picked"),
        ("multiple", ("right-a", "right-b", "wrong-a"), "takes 2 and 3 were picked"),
        ("matching", ("supervised",) * 4, "3 prompts and 4 choices"),
    ],
)
def test_more_picks_than_the_question_takes_cannot_be_meant(
    kind: Kind, picked: Answer, says: str
) -> None:
    with pytest.raises(BadRequest, match=says):
        a_question(kind).checked(picked)


def test_an_ordering_is_right_in_one_order_only() -> None:
    question = a_question("ordering")
    right = [order for order in permutations(question.key) if question.is_right(order)]
    assert right == [("collect", "clean", "train", "deploy")]


def test_a_step_stands_once_in_an_ordering() -> None:
    with pytest.raises(BadRequest, match="stands once"):
        a_question("ordering").checked(("collect", "collect"))


def test_an_ordering_may_be_answered_in_part_and_is_not_complete() -> None:
    question = a_question("ordering")
    assert question.checked(("collect", "clean")) == ("collect", "clean")
    assert not question.is_complete(("collect", "clean"))
    assert not question.is_right(("collect", "clean"))


def test_a_matching_is_right_with_every_prompt_matched_and_in_no_other_way() -> None:
    question = a_question("matching")
    right = [answer for answer in product(question.shuffled, repeat=3) if question.is_right(answer)]
    assert right == [("supervised", "unsupervised", "reinforcement")]


def test_a_matching_may_be_answered_in_part_and_is_not_complete() -> None:
    question = a_question("matching")
    assert question.checked(("supervised",)) == ("supervised", "", "")
    assert question.checked(("", "supervised")) == ("", "supervised", "")
    assert not question.is_complete(question.checked(("supervised",)))


def test_a_matching_with_nothing_chosen_is_blank() -> None:
    assert a_question("matching").checked(("", "", "")) == BLANK


def test_one_option_may_serve_several_prompts_of_a_matching() -> None:
    prompts = [a_prompt("one", "same"), a_prompt("two", "same"), a_prompt("three", "other")]
    question = a_question("matching", prompts=prompts, options=[a_match("same"), a_match("other")])
    assert question.is_right(question.checked(("same", "same", "other")))


@given(st.sets(st.sampled_from(a_question("multiple").shuffled), max_size=2), st.randoms())
def test_a_multiple_is_right_with_the_right_set_alone_in_any_order(
    picked: set[str], rng: Any
) -> None:
    question = a_question("multiple")
    shuffled = sorted(picked)
    rng.shuffle(shuffled)
    assert question.is_right(question.checked(tuple(shuffled))) == (picked == set(question.key))


@every_kind
@given(st.lists(st.text(max_size=3), max_size=8))
def test_an_answer_is_refused_or_its_canonical_form_stays_as_it_is(
    kind: Kind, picked: list[str]
) -> None:
    question = a_question(kind)
    try:
        once = question.checked(tuple(picked))
    except BadRequest:
        return
    assert question.checked(once) == once


# What an author may write


def refusal(kind: Kind, **changes: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        a_question(kind, **changes)
    return str(refused.value)


def options(right: int, wrong: int) -> list[dict[str, object]]:
    return [a_choice(f"r{n}", True) for n in range(right)] + [
        a_choice(f"w{n}") for n in range(wrong)
    ]


@pytest.mark.parametrize(("right", "wrong"), [(0, 4), (2, 2), (1, 2), (1, 4), (4, 0)])
def test_a_single_has_one_right_option_of_four(right: int, wrong: int) -> None:
    assert re.search(r"options|a single has", refusal("single", options=options(right, wrong)))


@pytest.mark.parametrize(("right", "wrong"), [(2, 3), (3, 2), (2, 4), (3, 3), (4, 2)])
def test_a_multiple_has_five_or_six_options(right: int, wrong: int) -> None:
    assert a_question("multiple", options=options(right, wrong)).wanted == right


@pytest.mark.parametrize(("right", "wrong"), [(2, 2), (1, 4), (4, 1), (5, 1), (0, 5), (3, 4)])
def test_a_multiple_of_another_shape_is_refused(right: int, wrong: int) -> None:
    refusal("multiple", options=options(right, wrong))


@pytest.mark.parametrize("count", [2, 6])
def test_an_ordering_has_three_to_five_steps(count: int) -> None:
    assert "steps" in refusal("ordering", steps=[a_step(f"s{n}") for n in range(count)])


@pytest.mark.parametrize("count", [2, 8])
def test_a_matching_has_three_to_seven_prompts(count: int) -> None:
    prompts = [a_prompt(f"p{n}", "supervised") for n in range(count)]
    assert "prompts" in refusal("matching", prompts=prompts)


def test_a_right_option_has_no_trap() -> None:
    choices = options(1, 3)
    choices[0]["trap"] = "stage"
    assert "a correct option has no trap" in refusal("single", options=choices)


def test_a_wrong_option_names_its_trap() -> None:
    choices = options(1, 3)
    del choices[1]["trap"]
    assert ", ".join(TRAPS) in refusal("single", options=choices)


def test_ids_are_unique_within_a_question() -> None:
    twice = [*options(1, 2), a_choice("w0")]
    assert "given twice: w0" in refusal("single", options=twice)
    steps = [a_step("a"), a_step("b"), a_step("a")]
    assert "given twice: a" in refusal("ordering", steps=steps)
    prompts = [a_prompt("p", "supervised")] * 3
    assert "given twice: p" in refusal("matching", prompts=prompts)


def test_a_prompt_matches_an_option_there_is() -> None:
    prompts = [a_prompt(p, "nothing") for p in "abc"]
    assert "'nothing'" in refusal("matching", prompts=prompts)


def test_a_question_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="kind"):
        parse_question(question_data() | {"kind": "essay"})


def test_a_question_belongs_to_the_topic_named_first() -> None:
    assert a_question(topics=["data/joins", "training/early-stopping"]).topic == "data/joins"


@every_kind
def test_a_kept_revision_comes_back_as_it_was(kind: Kind) -> None:
    question = a_question(kind, withdrawn="Its page is gone.", reviewed_on=None)
    assert question_from_canonical(question.canonical()) == question


def test_the_schema_for_editors_knows_every_kind() -> None:
    assert all(f'"{kind}"' in str(question_schema()).replace("'", '"') for kind in KINDS)
