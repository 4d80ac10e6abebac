"""What the bank holds, counted."""

from __future__ import annotations

from datetime import timedelta

from quizengine.bank import LoadedBank
from quizengine.census import AGES, Census, census
from quizengine.source import Gap, Item, Sources
from tests.builders import CHECKED, TOPIC, a_card, a_question, a_short_exam, a_topic

SOURCES = Sources(
    decks={"S4": "A deck"},
    items={
        "S4-01": Item(title="One", verdict="as-is", ask="yes"),
        "S4-02": Item(title="Two", verdict="as-is", ask="yes"),
        "S4-03": Item(
            title="Two again", verdict="sharpened", ask="corrected-only", same_as="S4-02"
        ),
        "S4-04": Item(title="Gone", verdict="outdated", ask="no"),
        "S4-05": Item(title="Five", verdict="as-is", ask="yes"),
    },
    gaps={
        "G3-01": Gap(title="A gap", exams={"mls-c01": ("1.1",)}),
        "G3-02": Gap(title="Another", exams={"mls-c01": ("1.1",)}),
    },
)


def aged(*days: int | str) -> list[dict[str, object]]:
    return [
        {
            "url": f"https://docs.example.com/{n}",
            "title": "A page",
            "as_of": "unknown" if isinstance(age, str) else CHECKED - timedelta(days=age),
        }
        for n, age in enumerate(days)
    ]


BANK = LoadedBank(
    [
        a_question("single", "a", exams={"mls-c01": "1.1"}, covers=["S4-01", "G3-01"]),
        a_question("multiple", "b", exams={"mls-c01": "2.3"}, difficulty="hard", covers=["S4-03"]),
        a_question("ordering", "c", exams={"mls-c01": "1.1"}, references=aged(0, 30, 31, 365)),
        a_question("single", "gone", withdrawn="Two keys.", covers=["S4-05", "G3-02"]),
    ],
    [
        a_card("one", sources=[{"item": "S4-02", "verdict": "as-is"}], references=aged(366, "x")),
        a_card("two", sources=[], covers=["G3-01"], references=aged("x")),
    ],
    [a_topic(), a_topic("training/unused")],
    [a_short_exam(kinds=("single", "multiple"))],
    sources=SOURCES,
)


def found() -> Census:
    return census(BANK, CHECKED)


def test_what_was_withdrawn_is_counted_apart() -> None:
    assert (found().questions, found().withdrawn, found().cards) == (3, 1, 2)
    assert found().kinds == {"single": 1, "multiple": 1, "ordering": 1}
    assert found().difficulty == {"medium": 2, "hard": 1}


def test_an_exam_is_served_by_the_kinds_that_it_asks() -> None:
    places = {place.id: place.have for place in [*found().domains, *found().tasks]}
    assert places == {"1": 1, "2": 1, "1.1": 1, "1.2": 0, "1.3": 0, "2.1": 0, "2.2": 0, "2.3": 1}
    assert {place.form for place in found().domains} == {5}
    assert {place.form for place in found().tasks} == {None}


def test_a_topic_counts_what_measures_it() -> None:
    counts = {topic.id: (topic.questions, topic.cards) for topic in found().topics}
    assert counts == {TOPIC: (3, 2), "training/unused": (0, 0)}


def test_an_item_that_repeats_another_is_served_with_it() -> None:
    items = found().items
    assert items.wanted == 4, "what is not to be asked does not count"
    assert items.no_question == ["S4-05"]
    assert items.no_card == ["S4-01", "S4-05"]


def test_what_a_withdrawn_question_covered_is_open_again() -> None:
    gaps = found().gaps
    assert (gaps.wanted, gaps.no_question, gaps.no_card) == (2, ["G3-02"], ["G3-02"])


def test_references_are_counted_by_age() -> None:
    ages = found().references
    assert list(ages.within) == list(AGES)
    assert ages.undated == 2
    assert ages.older == 1
    assert ages.oldest == CHECKED - timedelta(days=366)
    # a and b: one each of 2026-08-04, 109 days before; c: 0 and 30 days, 31 days, 365 days
    assert ages.within == {30: 2, 90: 1, 365: 3}


def test_an_empty_bank_is_counted_too() -> None:
    empty = census(LoadedBank([]), CHECKED)
    assert (empty.questions, empty.cards, empty.references.oldest) == (0, 0, None)
    assert (empty.items.wanted, empty.gaps.wanted, empty.domains) == (0, 0, [])
