"""Which cards come, and in what order."""

from __future__ import annotations

from typing import Any

from quizengine.card import Card
from quizengine.content import CardId, TopicId
from quizengine.deck import AHEAD, Deck, introduced, lay_out
from quizengine.schedule import DAY, Day, Grade, Memory, graded
from tests.builders import START, a_card, an_event

TODAY = Day(START - DAY // 2, START + DAY // 2)
TOPICS = [TopicId(id) for id in ("data/streams", "training/early-stopping", "training/spot")]
CARDS = [
    a_card("streams-a", topics=["data/streams"]),
    a_card("streams-b", topics=["data/streams"]),
    a_card("stopping-a", topics=["training/early-stopping", "training/spot"]),
    a_card("stopping-b", topics=["training/early-stopping"]),
    a_card("spot-a", topics=["training/spot"]),
]


def remembered(*grades: Grade, ago: float) -> Memory:
    """Known by these grades, ten minutes apart; the last was `ago` days ago."""
    memory, last = None, START - round(ago * DAY)
    for n, grade in enumerate(grades):
        memory = graded(memory, grade, last - (len(grades) - 1 - n) * 600_000)
    assert memory is not None
    return memory


OVERDUE = remembered("good", "good", ago=5)
DUE_TODAY = remembered("good", "good", ago=2)
NOT_DUE = remembered("easy", ago=1)


def laid_out(
    memories: dict[str, Memory] | None = None,
    missed: dict[str, float] | None = None,
    cards: list[Card] = CARDS,
    **changes: Any,
) -> Deck:
    """The deck of these cards; `missed` says how many days ago."""
    settings: dict[str, Any] = {"chosen": TOPICS, "first": TOPICS, "new": 10}
    return lay_out(
        cards,
        TOPICS,
        {CardId(id): memory for id, memory in (memories or {}).items()},
        {CardId(id): START - round(ago * DAY) for id, ago in (missed or {}).items()},
        now=START,
        day=TODAY,
        **settings | changes,
    )


# What is due


def test_what_is_due_comes_before_what_is_new_the_longest_due_first() -> None:
    deck = laid_out({"spot-a": DUE_TODAY, "streams-b": OVERDUE, "stopping-a": NOT_DUE})
    assert deck.due == ("streams-b", "spot-a")
    assert deck.waiting == (*deck.due, *deck.new)
    assert "stopping-a" not in deck.waiting


def test_a_card_of_a_missed_question_is_due_also_if_it_is_new_or_was_known() -> None:
    deck = laid_out({"streams-b": OVERDUE, "spot-a": NOT_DUE}, {"spot-a": 0.5, "stopping-b": 0.1})
    assert deck.due == ("spot-a", "stopping-b", "streams-b")
    assert deck.missed == {"spot-a", "stopping-b"}
    assert "stopping-b" not in deck.new


def test_a_card_drilled_since_the_question_was_missed_is_not_due_for_it() -> None:
    deck = laid_out({"spot-a": NOT_DUE}, {"spot-a": 2})
    assert (deck.due, deck.missed) == ((), frozenset())


# What is new


def test_new_cards_take_turns_by_topic_in_the_order_of_the_tree() -> None:
    assert laid_out().new == ("streams-a", "stopping-a", "spot-a", "streams-b", "stopping-b")


def test_the_topics_of_the_exam_come_first() -> None:
    deck = laid_out(first=[TopicId("training/spot")])
    assert deck.new == ("stopping-a", "spot-a", "streams-a", "streams-b", "stopping-b")


def test_no_more_new_cards_come_than_the_day_has_left() -> None:
    assert laid_out(new=2).new == ("streams-a", "stopping-a")
    assert laid_out(new=-3).new == ()


def test_the_first_grade_of_a_card_counts_for_its_day() -> None:
    def grade(card: str, ago: float) -> Any:
        return an_event("graded", at=-ago * 24 * 60, card=card, grade="good")

    events = [grade("old", 3), grade("old", 0.1), grade("a", 0.2), grade("a", 0.1), grade("b", 0)]
    assert introduced(events, TODAY) == 2
    assert introduced([*reversed(events)], TODAY) == 2
    assert introduced(events, Day(TODAY.ends, TODAY.ends + DAY)) == 0


# What was asked for


def test_only_cards_with_a_chosen_topic_are_in_the_deck() -> None:
    deck = laid_out({"streams-a": OVERDUE}, {"streams-b": 1}, chosen=[TopicId("training/spot")])
    assert deck.waiting == ("stopping-a", "spot-a")
    assert deck.due == ()


def test_every_card_is_asked_on_demand_the_least_remembered_after_the_new() -> None:
    fresh = remembered("easy", ago=0.1)
    memories = {"spot-a": fresh, "streams-a": NOT_DUE, "streams-b": OVERDUE}
    deck = laid_out(memories, every=True, new=0)
    assert deck.waiting == ("streams-b", "stopping-a", "stopping-b", "streams-a", "spot-a")


def test_a_limit_cuts_what_is_asked_and_not_what_is_counted() -> None:
    deck = laid_out({"streams-b": OVERDUE}, limit=2)
    assert deck.waiting == ("streams-b", "streams-a")
    assert (len(deck.due), len(deck.new)) == (1, 4)


def test_a_grade_of_a_card_that_the_bank_lost_is_no_part_of_it() -> None:
    assert laid_out({"gone": OVERDUE}, {"gone-too": 1}, new=0).waiting == ()


# Drilling


def test_a_card_that_was_not_known_comes_back_when_its_minute_is_over() -> None:
    deck = laid_out(new=2)
    failed = graded(None, "again", START)
    deck = deck.after(CardId("streams-a"), failed)
    assert deck.next(START) == "stopping-a"
    assert deck.next(failed.due) == "streams-a"
    assert deck.left == 2


def test_it_comes_back_a_little_sooner_if_nothing_else_is_left() -> None:
    failed = graded(None, "good", START)
    deck = laid_out(new=1).after(CardId("streams-a"), failed)
    assert deck.next(START) == "streams-a"
    assert deck.next(failed.due - AHEAD - 1) is None


def test_a_card_that_is_known_does_not_come_back() -> None:
    deck = laid_out(new=1).after(CardId("streams-a"), graded(None, "easy", START))
    assert (deck.next(START), deck.left) == (None, 0)
    assert deck.next_due == graded(None, "easy", START).due


def test_a_deck_without_cards_has_nothing_to_come() -> None:
    deck = laid_out(cards=[])
    assert (deck.next(START), deck.next_due, deck.left) == (None, None, 0)


def test_a_grade_takes_a_card_off_what_was_missed() -> None:
    deck = laid_out(missed={"spot-a": 1}, new=0)
    assert deck.after(CardId("spot-a"), graded(None, "easy", START)).missed == frozenset()


# A sitting that goes on without a deck that is kept


def test_a_deck_laid_out_anew_is_the_deck_that_was_kept() -> None:
    began = START - 1
    kept = laid_out({"spot-a": OVERDUE}, since=began)
    memories = {"spot-a": OVERDUE}
    for grade in ("again", "easy", "good", "easy"):
        card = kept.next(START)
        assert card is not None
        memories[card] = graded(memories.get(card), grade, START)
        kept = kept.after(card, memories[card])
        anew = laid_out(memories, since=began)
        assert (anew.waiting, anew.asked, anew.left) == (kept.waiting, kept.asked, kept.left)
        assert anew.next(START) == kept.next(START)


def test_what_was_graded_in_a_sitting_counts_for_its_limit() -> None:
    assert len(laid_out({}, limit=2, since=START - 1).waiting) == 2
    known = {"spot-a": graded(None, "easy", START)}
    assert len(laid_out(known, limit=2, since=START - 1).waiting) == 1
    assert len(laid_out(known, limit=2, since=START + 1).waiting) == 2


def test_a_card_that_was_missed_after_it_was_graded_comes_again() -> None:
    known = {"spot-a": graded(None, "easy", START - DAY // 4)}
    assert "spot-a" not in laid_out(known, since=START - DAY // 2).waiting
    assert laid_out(known, {"spot-a": 0.1}, since=START - DAY // 2).waiting[0] == "spot-a"


def test_a_deck_says_why_a_card_is_asked() -> None:
    missed, old = {"stopping-a": 0.1}, {"spot-a": DUE_TODAY, "streams-a": NOT_DUE}
    deck = laid_out(old, missed, every=True)
    told = {id: deck.why(CardId(id)) for id in ("stopping-a", "spot-a", "streams-a", "streams-b")}
    assert told == {
        "stopping-a": "due: you missed a question on it",
        "spot-a": "due",
        "streams-a": "not due yet",
        "streams-b": "new",
    }
    after = deck.after(CardId("spot-a"), graded(DUE_TODAY, "again", START))
    assert after.why(CardId("spot-a")) == "once more"
