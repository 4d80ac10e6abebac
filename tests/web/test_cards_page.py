"""Drilling cards in a browser without a script: every grade kept once, whatever is sent twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from quizengine.attempt import Event
from quizengine.bank import LoadedBank
from quizengine.errors import StoreFull
from quizengine.schedule import DAY, Grade
from quizengine.storage.memory import MemoryStore
from tests.builders import Desk, a_card, a_short_exam, a_topic
from tests.unit.learner import STOPPING, STREAMS, Learner, a_placed_question
from tests.web.helpers import Page, Visitor

WRONG = {
    "item": "S4-02",
    "verdict": "corrected",
    "claimed": "It always <b>helps</b>.",
    "true": "It needs `validation` data.",
}
CARDS = [
    *(a_card(f"stopping-{n}", topics=[STOPPING], prompt=f"What stops {n}?") for n in range(1, 5)),
    a_card("streams-1", topics=[STREAMS], prompt="What streams?", sources=[WRONG]),
]


class FullStore(MemoryStore):
    """Takes nothing any more, once it is full."""

    full = False

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        if self.full:
            raise StoreFull("NOT saved: the disk is full.", "Free some room.")
        super().append(events, epoch=epoch)


@dataclass
class Cards:
    """A visitor to the page of the cards."""

    visitor: Visitor

    def go(self, query: str = "") -> Page:
        return self.visitor.get(f"/cards{query}")

    def form(self, page: Page) -> tuple[str, list[tuple[str, str]]]:
        """Where the grade of the card on the page goes, and what goes with it."""
        found = re.search(
            r'<form class="grades" method="post" action="([^"]*)".*?</form>', page.html, re.S
        )
        assert found is not None, page.text
        fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', found[0])
        return html.unescape(found[1]), fields

    def grade(self, page: Page, grade: Grade | str = "good") -> Page:
        address, fields = self.form(page)
        self.visitor.desk.clock.advance(ms=5_000)
        page = self.visitor.post(address, [*fields, ("grade", grade)])
        self.visitor.desk.clock.advance(ms=1)
        return page

    def card(self, page: Page) -> str | None:
        found = re.search(r'name="card" value="([^"]*)"', page.html)
        return found and found[1]

    @property
    def grades(self) -> list[tuple[str, str]]:
        """(card, grade) of each that is in the record."""
        events = self.visitor.desk.store.of_kind("graded")
        return [(event.payload["card"], event.payload["grade"]) for event in events]


def a_desk() -> Desk:
    questions = [
        a_placed_question("a1", cards=["stopping-3"]),
        a_placed_question("b1", cards=["streams-1"]),
    ]
    topics = [a_topic(STOPPING), a_topic(STREAMS).model_copy(update={"exams": {"aif-c01": "1.1"}})]
    exams = [a_short_exam(), a_short_exam(code="aif-c01")]
    return Desk(LoadedBank(questions, CARDS, topics, exams), store=FullStore())


@pytest.fixture
def cards() -> Iterator[Cards]:
    with Visitor(a_desk()) as visitor:
        yield Cards(visitor)


def test_a_sitting_goes_through_every_card_and_says_what_is_saved(cards: Cards) -> None:
    page = cards.go()
    assert "5 cards left" in page.title
    assert ", new" in page.text
    asked = []
    while (card := cards.card(page)) is not None:
        asked.append(card)
        page = cards.grade(page, "easy")
        assert "Saved. That card is due again in 8 days." in page.text
    assert sorted(asked) == sorted(card.id for card in CARDS)
    assert cards.grades == [(card, "easy") for card in asked]
    assert "5 cards drilled in this sitting" in page.text
    assert "The next card is due in" in page.text
    assert "No card is due" in cards.go().text


def test_the_answer_stands_behind_a_step_of_its_own(cards: Cards) -> None:
    page = cards.go("?topic=data/streams")
    found = re.search(r'<details id="answer"[^>]*>(.*?)</details>', page.html, re.S)
    assert found is not None
    for words in ("Early stopping.", "Common error", "A page", 'class="grades"'):
        assert words in found[1]
        assert words not in page.html.replace(found[0], "")
    assert re.search(r"<summary [^>]*autofocus[^>]*>", found[1])


def test_what_a_deck_said_wrongly_is_shown_with_what_is_true(cards: Cards) -> None:
    page = cards.go("?topic=data/streams")
    assert (
        "The deck said It always <b>helps</b>. What is true It needs validation data." in page.text
    )
    assert "It always &lt;b&gt;helps&lt;/b&gt;." in page.html
    assert "<code>validation</code>" in page.html
    assert "The deck said" not in cards.go("?topic=training").text


def test_nothing_in_a_card_becomes_more_than_text() -> None:
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> [go](javascript:alert(1))"
    page = {"url": "https://docs.example.com/", "title": hostile, "as_of": "unknown"}
    card = a_card(
        prompt=hostile,
        answer=hostile,
        common_error=hostile,
        references=[page],
        sources=[{**WRONG, "claimed": hostile, "true": hostile}],
    )
    topic = a_topic(STOPPING).model_copy(update={"title": hostile, "area": hostile})
    with Visitor(Desk(LoadedBank((), [card], [topic], [a_short_exam()]))) as visitor:
        found = visitor.get("/cards").html
    assert found.count("<script") == 2  # those of the page itself
    assert "<img" not in found
    assert 'href="javascript' not in found


def test_each_grade_says_when_the_card_comes_back(cards: Cards) -> None:
    text = cards.go().text
    for words in (
        "1 again not known 1 minute",
        "2 hard known, with trouble 6 minutes",
        "3 good known 10 minutes",
        "4 easy known at once 8 days",
    ):
        assert words in text


def test_a_card_that_was_not_known_comes_back_in_the_same_sitting(cards: Cards) -> None:
    page = cards.go("?topic=data/streams")
    page = cards.grade(page, "again")
    assert cards.card(page) == "streams-1"
    assert "1 card left , once more" in page.text
    page = cards.grade(page, "easy")
    assert cards.card(page) is None
    assert cards.grades == [("streams-1", "again"), ("streams-1", "easy")]


def test_a_grade_sent_twice_counts_once(cards: Cards) -> None:
    page = cards.go()
    cards.grade(page, "good")
    again = cards.grade(page, "good")
    assert len(cards.grades) == 1
    assert "had been graded already" in again.text
    assert cards.card(again) != cards.card(page)


def test_the_page_of_a_card_gone_back_to_grades_nothing_anew(cards: Cards) -> None:
    first = cards.go()
    cards.grade(cards.grade(first, "good"), "good")
    stale = cards.grade(first, "again")
    assert "the grade that is there stands" in stale.text
    assert [grade for _, grade in cards.grades] == ["good", "good"]


def test_in_two_tabs_no_card_is_graded_twice(cards: Cards) -> None:
    one, two = cards.go(), cards.go()
    assert cards.card(one) == cards.card(two)
    cards.grade(one, "hard")
    page = cards.grade(two, "easy")
    assert "had been graded already" in page.text
    assert [grade for _, grade in cards.grades] == ["hard"]
    assert "had been graded" not in cards.grade(page, "good").text


def test_a_sitting_outlives_the_server(cards: Cards) -> None:
    page = cards.grade(cards.go(), "again")
    before = cards.card(page)
    cards.visitor.close()
    cards.visitor.study = cards.visitor.desk.study()
    cards.visitor.open_server()
    page = cards.go(page.path.removeprefix("/cards"))
    assert cards.card(page) == before
    assert "5 cards left" in page.title  # the one that was not known comes back
    assert "4 cards left" in cards.grade(page, "easy").title


def test_a_limit_is_one_for_the_whole_sitting(cards: Cards) -> None:
    page = cards.go("?limit=2")
    assert "2 cards left" in page.title
    page = cards.grade(cards.grade(page, "easy"), "easy")
    assert "2 cards drilled" in page.text
    assert cards.card(cards.go("?limit=2")) is not None  # another sitting


def test_only_so_many_new_ones_come_a_day_unless_more_are_asked_for() -> None:
    desk = a_desk()
    topic = desk.bank.topics.values()
    many = [a_card(f"card-{n:02}") for n in range(25)]
    desk.bank = LoadedBank((), many, topic, desk.bank.exams.values())
    with Visitor(desk) as visitor:
        cards = Cards(visitor)
        page = cards.go()
        for _ in range(10):
            page = cards.grade(page, "easy")
        assert cards.card(page) is None
        page = cards.go("?which=more")
        assert "10 cards left" in page.title
        page = cards.grade(page, "easy")
        assert "9 cards left" in page.title
        assert cards.card(cards.go("?which=due")) is None


def test_all_of_them_are_asked_once_also_what_is_not_due(cards: Cards) -> None:
    cards.grade(cards.go(), "easy")
    cards.visitor.desk.clock.advance(minutes=1)
    page = cards.go("?which=all")
    assert "5 cards left" in page.title
    asked = []
    while (card := cards.card(page)) is not None:
        asked.append(card)
        page = cards.grade(page, "easy")
    assert len(asked) == len(set(asked)) == 5


def test_what_is_due_comes_on_its_day(cards: Cards) -> None:
    page = cards.go()
    while cards.card(page) is not None:
        page = cards.grade(page, "easy")
    cards.visitor.desk.clock.advance(ms=9 * DAY)
    page = cards.go("?which=due")
    assert "5 cards left , due" in page.text


def test_a_missed_question_brings_its_card_and_says_so(cards: Cards) -> None:
    Learner(cards.visitor.desk).sits({"a1": "wrong-a"})
    page = cards.go()
    assert cards.card(page) == "stopping-3"
    assert "due: you missed a question on it" in page.text


def test_cards_are_chosen_by_exam_area_and_topic(cards: Cards) -> None:
    assert "4 cards left" in cards.go("?exam=mls-c01").title
    assert "1 card left" in cards.go("?exam=aif-c01").title
    assert "4 cards left" in cards.go("?topic=training").title
    assert "1 card left" in cards.go("?topic=data/streams").title
    page = cards.go("?exam=mls-c01&limit=3")
    assert re.search(r'<option value="mls-c01" selected>', page.html)
    assert re.search(r'<option value="3" selected>', page.html)
    assert "2 cards left" in cards.grade(page, "easy").title


def test_a_grade_that_the_disk_refuses_is_not_said_to_be_saved(cards: Cards) -> None:
    page = cards.go()
    store = cards.visitor.desk.store
    assert isinstance(store, FullStore)
    store.full = True
    refused = cards.grade(page, "good")
    assert refused.status == 503
    assert "NOT saved" in refused.text
    store.full = False
    assert "Saved." in cards.grade(page, "good").text
    assert len(cards.grades) == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?exam=mls-c02", 404),
        ("?topic=nothing", 404),
        ("?topic=training/nothing", 404),
        ("?which=best", 422),
        ("?limit=0", 422),
        ("?limit=1001", 422),
        ("?limit=-1", 422),
        ("?limit=9999999999999999", 422),
        ("?since=yesterday", 422),
        ("?since=0", 200),
        ("?since=999999999999999", 200),
        ("?after=nothing&stale=yes", 200),
        ("?after=%3Cscript%3E", 200),
    ],
)
def test_what_an_address_cannot_mean_is_said_to_be_so(
    cards: Cards, query: str, status: int
) -> None:
    page = cards.go(query)
    assert page.status == status
    assert "<script>" not in page.html
    address = f"/cards{query}"
    answer = cards.visitor.post(address, [("card", "stopping-1"), ("at", ""), ("grade", "good")])
    assert answer.status == status
    assert len(cards.grades) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("card", "nothing"), ("grade", "good")], 404),
        ([("card", ""), ("grade", "good")], 404),
        ([("grade", "good")], 404),
        ([("card", "stopping-1"), ("grade", "best")], 422),
        ([("card", "stopping-1")], 422),
        ([("card", "stopping-1"), ("grade", "good"), ("at", "17")], 200),
    ],
)
def test_a_grade_that_cannot_be_meant_is_not_kept(
    cards: Cards, fields: list[tuple[str, str]], status: int
) -> None:
    assert cards.visitor.post("/cards", fields).status == status
    assert cards.grades == []
