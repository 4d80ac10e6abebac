"""What the form of an option shows, counted by hand."""

from __future__ import annotations

import pytest

from quizengine.bias import Optioned
from quizengine.cues import CUES, seen
from quizengine.question import MultipleQuestion, SingleQuestion
from tests.builders import a_choice
from tests.lint_examples import asking

STEM = "A ferry counts its passengers by lasers. At night the counts double.\n\nWhich sensor helps?"


def choosing(*texts: str) -> Optioned:
    """A question with these options, of which the first is right."""
    options = [a_choice(f"choice-{n}", n == 0) | {"text": text} for n, text in enumerate(texts)]
    question = asking(stem=STEM, decides="double", options=options)
    assert isinstance(question, SingleQuestion | MultipleQuestion)
    return question


def of_the_first(cue: str, text: str) -> float:
    question = choosing(text, "Wait.", "Leave.", "Ask.")
    return CUES[cue](question.options[0], question)


@pytest.mark.parametrize(
    ("cue", "text", "value"),
    [
        ("characters", "Add it.", 7),
        ("words", "Set `a b` to 3", 5),
        ("letters a word", "No ferry", 3.5),
        ("letters a word", "0.5", 0),
        ("long words", "Passengers and lasers outnumber the sensors", 2),
        ("clauses", "Count, then add; or wait", 4),
        ("commas", "Count, add, wait", 2),
        ("brackets", "Count (and add)", 1),
        ("code", "Set `a b` to `c`", 2),
        ("numbers", "From 4,000 to 0.5 or 3", 3),
        ("names", "Amazon S3 and `Lambda` in use", 2),
        ("names", "Count in Paris", 1),
        ("hedges", "It often may help", 2),
        ("absolutes", "Only ferries always help, nevertheless", 2),
        ("negations", "Not without lasers, nor at noon", 3),
        ("reasons and conditions", "Wait until noon, because it helps", 2),
        ("words of the stem", "A sensor beside the Lasers", 2),
        ("share of words from the stem", "A sensor beside lasers", 2 / 3),
        ("share of words from the stem", "Use it", 0),
        ("share of words from the closing question", "A sensor beside lasers", 1 / 3),
        ("full stop", "Count.", 1),
        ("full stop", "Count", 0),
    ],
)
def test_a_cue_counts_what_its_name_says(cue: str, text: str, value: float) -> None:
    assert of_the_first(cue, text) == pytest.approx(value)


def by_option(cue: str, question: Optioned) -> list[float]:
    return [CUES[cue](option, question) for option in question.options]


def test_the_longest_has_rank_one_and_equal_lengths_share_theirs() -> None:
    question = choosing("four", "sixsix", "five5", "five6")
    assert by_option("rank by length", question) == pytest.approx([0, 1, 0.5, 0.5])


def test_places_run_from_nought_to_one() -> None:
    question = choosing("one", "two", "three", "four")
    assert by_option("place in the file", question) == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_what_the_others_are_variants_of_shares_most_words_with_them() -> None:
    """Right: all three of its words stand in one other option each, of three others."""
    question = choosing("laser above doors", "laser", "above nothing", "doors")
    found = by_option("share of words from other options", question)
    assert found == pytest.approx([1 / 3, 1 / 3, 1 / 6, 1 / 3])


def test_options_that_begin_alike_are_seen_in_any_case() -> None:
    question = choosing("Add a laser", "add a door", "Keep it", "`add` one")
    assert by_option("begins like other options", question) == pytest.approx(
        [2 / 3, 2 / 3, 0, 2 / 3]
    )


def test_an_option_is_seen_by_itself_and_against_the_mean_of_the_others() -> None:
    rows = seen(choosing("aaaa", "a", "aa", "aaa"))
    at = list(CUES).index("characters")
    assert [row[at] for row in rows] == [4, 1, 2, 3]
    assert [row[at + len(CUES)] for row in rows] == pytest.approx([2, -2, -2 / 3, 2 / 3])


def test_the_order_of_the_options_changes_no_cue_but_the_place() -> None:
    texts = ("Add lasers, or wait.", "Wait", "Never count `all` 12 ferries", "Wait at Noon (1 h)")
    at = list(CUES).index("place in the file")
    others = [n for n in range(2 * len(CUES)) if n % len(CUES) != at]
    forward, backward = seen(choosing(*texts)), seen(choosing(*reversed(texts)))
    for one, same in zip(forward, reversed(backward), strict=True):
        assert [one[n] for n in others] == pytest.approx([same[n] for n in others])
