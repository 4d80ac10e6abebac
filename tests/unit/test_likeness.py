"""TF-IDF likeness, and that no pair is missed by what makes it quick."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.likeness import candidates, likeness, near_duplicates, vectors, words

WORDS = st.sampled_from(["a", "loss", "rises", "again", "when", "the", "rate", "of", "trees", "is"])
TEXTS = st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=12).map(
    lambda texts: {f"text-{n}": text for n, text in enumerate(texts)}
)


def test_words_are_those_a_reader_sees_in_lower_case_and_in_the_singular() -> None:
    assert words("The trees, 1,000 of them: `num_round`? It is less.") == [
        "the", "tree", "1", "000", "of", "them", "num_round", "it", "is", "les",
    ]  # fmt: skip


def test_equal_texts_are_wholly_alike_and_texts_without_a_common_word_not_at_all() -> None:
    found = vectors({"a": "loss rises", "b": "Rises, loss!", "c": "hens cluck"})
    assert likeness(found["a"], found["b"]) == pytest.approx(1)
    assert likeness(found["a"], found["c"]) == 0


def test_a_rare_word_in_common_says_more_than_a_frequent_one() -> None:
    found = vectors(
        {"a": "the loss", "b": "the hen", "c": "of loss", "d": "the cat", "e": "the dog"}
    )
    assert likeness(found["a"], found["c"]) > likeness(found["a"], found["b"])


def test_a_word_said_again_counts_less_than_at_first() -> None:
    found = vectors({"a": "loss " * 9 + "hen", "b": "loss", "c": "hen"})
    assert likeness(found["a"], found["b"]) < 0.96  # as a plain count: 9 / sqrt(82) = 0.99


def test_texts_without_a_word_are_like_nothing() -> None:
    assert near_duplicates({"a": "", "b": "?!", "c": "loss"}, 0.5) == []


def test_pairs_come_in_the_order_of_the_texts_and_the_most_alike_first() -> None:
    texts = {"z": "loss rises again now", "a": "loss rises again", "m": "loss rises again now"}
    pairs = near_duplicates(texts, 0.5)
    assert [(pair.first, pair.second) for pair in pairs] == [("z", "m"), ("a", "m"), ("z", "a")]


@given(TEXTS, st.sampled_from([0.3, 0.55, 0.8, 1.0]))
def test_every_pair_that_is_alike_enough_is_found(texts: dict[str, str], at_least: float) -> None:
    found = vectors(texts)
    alike = {
        (one, other)
        for one, other in combinations(texts, 2)
        if likeness(found[one], found[other]) >= at_least
    }
    pairs = [(pair.first, pair.second) for pair in near_duplicates(texts, at_least)]
    assert len(pairs) == len(set(pairs))
    assert alike <= set(pairs)
    assert all(likeness(found[a], found[b]) > at_least - 1e-6 for a, b in pairs)


def test_few_pairs_of_many_texts_are_compared() -> None:
    """As in a bank: some words are everywhere, a topic shares a few, the rest is a text's own."""
    rng = random.Random(7)
    everywhere = [f"the{n}" for n in range(20)]
    topics = [[f"topic{n}word{m}" for m in range(8)] for n in range(20)]
    texts = {
        f"text-{n}": " ".join(
            [
                *rng.choices(everywhere, k=30),
                *rng.sample(rng.choice(topics), 5),
                *(f"own{n}word{m}" for m in range(10)),
            ]
        )
        for n in range(400)
    }
    texts["copy"] = texts["text-0"]
    compared = list(candidates(vectors(texts), 0.55))
    assert ("text-0", "copy") in compared
    assert len(compared) < 0.01 * len(texts) ** 2 / 2
