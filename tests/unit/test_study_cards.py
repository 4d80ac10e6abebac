"""Drilling over the record: what makes a card due, what a grade changes, and corrected keys."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from quizengine.attempt import Event
from quizengine.bank import LoadedBank
from quizengine.content import CardId, QuestionId
from quizengine.deck import Deck
from quizengine.errors import NotFound, StoreFull
from quizengine.question import Question
from quizengine.schedule import DAY, Day, Grade
from quizengine.storage.memory import MemoryStore
from quizengine.study import Study
from tests.builders import START, Desk, a_card, a_short_exam, a_single, a_topic
from tests.unit.learner import MLS, STOPPING, STREAMS, Learner, a_placed_question

TODAY = Day(START - DAY // 2, START + DAY // 2)
TOMORROW = Day(TODAY.ends, TODAY.ends + DAY)
CARDS = [
    *(a_card(f"stopping-{n}", topics=[STOPPING]) for n in range(1, 5)),
    *(a_card(f"streams-{n}", topics=[STREAMS]) for n in range(1, 5)),
]


class FullStore(MemoryStore):
    """Takes nothing any more."""

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        raise StoreFull("NOT saved.", "Free some room.")


def bank(*instead: Question) -> LoadedBank:
    """a1 names stopping-1 and stopping-2, b1 streams-1, a2 nothing."""
    questions = {
        "a1": a_placed_question("a1", cards=["stopping-1", "stopping-2"]),
        "a2": a_placed_question("a2"),
        "b1": a_placed_question("b1", cards=["streams-1"]),
    }
    questions |= {question.id: question for question in instead}
    topics = [a_topic(STOPPING), a_topic(STREAMS).model_copy(update={"exams": {"aif-c01": "1.1"}})]
    return LoadedBank(
        questions.values(), CARDS, topics, [a_short_exam(), a_short_exam(code="aif-c01")]
    )


@pytest.fixture
def learner() -> Learner:
    return Learner(Desk(bank()))


def due(learner: Learner) -> tuple[str, ...]:
    return learner.study.deck(TODAY, new=0).due


def graded(learner: Learner, card: str, *grades: Grade) -> Deck:
    deck = learner.study.deck(TODAY)
    for grade in grades:
        deck = learner.study.grade(deck, CardId(card), grade)
    return deck


# What makes a card due


def test_a_wrong_exam_answer_makes_the_cards_of_its_question_due(learner: Learner) -> None:
    learner.sits({"a1": "wrong-a", "b1": "right", "a2": "wrong-a"})
    assert due(learner) == ("stopping-1", "stopping-2")
    assert learner.study.deck(TODAY).missed == {"stopping-1", "stopping-2"}


def test_an_exam_makes_nothing_due_before_it_is_submitted(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1"), "a1", "wrong-a")
    assert due(learner) == ()
    learner.submits(seat)
    assert due(learner) == ("stopping-1", "stopping-2")


def test_a_wrong_practice_answer_makes_its_cards_due_at_once(learner: Learner) -> None:
    learner.practises({"b1": "wrong-a"})
    assert due(learner) == ("streams-1",)


def test_a_blank_makes_nothing_due(learner: Learner) -> None:
    learner.sits({"a1": "", "b1": ""})
    assert due(learner) == ()


def test_a_card_that_was_known_is_due_again_once_its_question_is_missed(learner: Learner) -> None:
    graded(learner, "streams-1", "easy")
    assert due(learner) == ()
    learner.sits({"b1": "wrong-a"})
    assert due(learner) == ("streams-1",)


def test_one_grade_answers_the_miss(learner: Learner) -> None:
    learner.sits({"a1": "wrong-a", "b1": "wrong-a"})
    learner.desk.clock.advance(ms=1)
    graded(learner, "stopping-1", "easy")
    assert due(learner) == ("stopping-2", "streams-1")


def test_the_report_names_the_cards_that_are_still_due(learner: Learner) -> None:
    learner.sits({"a1": "wrong-a", "b1": "right"})
    assert learner.study.report().due == ["stopping-1", "stopping-2"]
    learner.desk.clock.advance(ms=1)
    graded(learner, "stopping-2", "good")
    assert learner.study.report().due == ["stopping-1"]


def test_a_card_that_is_not_in_the_bank_is_due_for_nobody(learner: Learner) -> None:
    lost = a_placed_question("a1", cards=["thrown-away"])
    elsewhere = Learner(Desk(bank(lost)))
    elsewhere.sits({"a1": "wrong-a"})
    assert due(elsewhere) == ()
    assert elsewhere.study.report().due == []


# What is new


def test_the_new_cards_of_a_day_are_counted_over_all_its_sittings(learner: Learner) -> None:
    assert learner.study.deck(TODAY, a_day=3).new == ("stopping-1", "streams-1", "stopping-2")
    graded(learner, "stopping-1", "again", "good")
    graded(learner, "streams-1", "easy")
    assert learner.study.deck(TODAY, a_day=3).new == ("stopping-2",)
    assert len(learner.study.deck(TOMORROW, a_day=3).new) == 3
    assert len(learner.study.deck(TODAY, a_day=3, new=5).new) == 5


def test_the_cards_of_the_latest_attempts_exam_come_first(learner: Learner) -> None:
    learner.starts("a2")
    assert learner.study.deck(TODAY).new[:4] == tuple(f"stopping-{n}" for n in range(1, 5))
    assert learner.study.deck(TODAY, exam="AIF-C01").new == tuple(
        f"streams-{n}" for n in range(1, 5)
    )


def test_a_deck_can_be_narrowed_to_an_area_or_a_topic(learner: Learner) -> None:
    study = learner.study
    assert {card.split("-")[0] for card in study.deck(TODAY, area="data").waiting} == {"streams"}
    assert {card.split("-")[0] for card in study.deck(TODAY, topic=STOPPING).waiting} == {
        "stopping"
    }
    assert study.deck(TODAY, area="data", topic=STOPPING).waiting == ()


@pytest.mark.parametrize(
    ("where", "close"),
    [
        ({"exam": "mls"}, MLS),
        ({"area": "trainin"}, "training"),
        ({"topic": "data/stream"}, STREAMS),
    ],
)
def test_a_place_that_is_not_there_is_named_with_what_is_close(
    learner: Learner, where: dict[str, str], close: str
) -> None:
    with pytest.raises(NotFound, match=close):
        learner.study.deck(TODAY, **where)  # type: ignore[arg-type]


# A grade


def test_a_grade_is_kept_when_it_is_given(learner: Learner) -> None:
    asked = learner.study.next_card(learner.study.deck(TODAY))
    assert asked is not None
    deck = graded(learner, asked.card.id, "good")
    (event,) = learner.desk.store.of_kind("graded")
    assert event.payload == {"card": asked.card.id, "grade": "good"}
    assert (event.question, event.at) == (None, learner.desk.clock.now())
    assert learner.study.deck(TODAY).memories == deck.memories
    assert deck.memories[asked.card.id].due - event.at == asked.intervals["good"]


def test_a_grade_that_could_not_be_kept_changes_nothing() -> None:
    learner = Learner(Desk(bank(), store=FullStore()))
    deck = learner.study.deck(TODAY)
    with pytest.raises(StoreFull):
        learner.study.grade(deck, CardId("streams-1"), "good")
    assert learner.study.deck(TODAY) == deck


def test_what_was_graded_in_turn_is_read_in_turn_whatever_the_clock_does(learner: Learner) -> None:
    deck = learner.study.deck(TODAY)
    steps: list[tuple[Grade, int]] = [("again", 0), ("good", -60_000), ("hard", -DAY)]
    for grade, moved in steps:
        deck = learner.study.grade(deck, CardId("streams-1"), grade)
        learner.desk.clock.advance(ms=moved)
    assert learner.study.deck(TODAY).memories == deck.memories


def test_a_round_of_cards_ends_when_all_are_known(learner: Learner) -> None:
    study = learner.study
    deck, asked = study.deck(TODAY, new=3), []
    while (card := study.next_card(deck)) is not None:
        asked.append(card.card.id)
        deck = study.grade(deck, card.card.id, "again" if len(asked) < 3 else "good")
        learner.desk.clock.advance(minutes=0.5)
    assert set(asked) == set(deck.new)
    assert len(asked) > 3
    assert all(memory.stage == "known" for memory in deck.memories.values())
    until = study.until_due(deck)
    assert until is not None
    assert DAY / 2 < until < 3 * DAY


def test_nobody_waits_for_a_card_that_was_never_graded(learner: Learner) -> None:
    assert learner.study.until_due(learner.study.deck(TODAY)) is None


# Keys that were corrected


CORRECTED = a_single("a1", "b", exams={MLS: "1.1"})


def at_desk(learner: Learner, *instead: Question) -> Study:
    """The same learner, with a newer bank."""
    learner.desk.bank = bank(*instead)
    return learner.study


@pytest.fixture
def met() -> Learner:
    """Who sat an exam over a1 as it was: with a for its key."""
    learner = Learner(Desk(bank(a_single("a1", "a", exams={MLS: "1.1"}))))
    learner.sits({"a1": "a"})
    return learner


def test_a_key_corrected_since_is_told_once(met: Learner) -> None:
    assert met.study.corrected() == []
    study = at_desk(met, CORRECTED)
    assert study.corrected() == [CORRECTED]
    study.tell_corrected([CORRECTED])
    assert study.corrected() == []
    assert met.study.corrected() == []


def test_a_later_change_of_words_is_not_told_and_a_later_key_is(met: Learner) -> None:
    at_desk(met, CORRECTED).tell_corrected([CORRECTED])
    stem = "Reworded; the loss rises again. What is to be done?"
    assert at_desk(met, CORRECTED.model_copy(update={"stem": stem})).corrected() == []
    third = a_single("a1", "c", exams={MLS: "1.1"})
    assert at_desk(met, third).corrected() == [third]


def test_a_question_that_was_withdrawn_is_told_and_one_that_is_gone_is_not(met: Learner) -> None:
    withdrawn = CORRECTED.model_copy(update={"withdrawn": "It had two keys."})
    assert at_desk(met, withdrawn).corrected() == [withdrawn]
    met.desk.bank = LoadedBank([], (), [], [a_short_exam()])
    assert met.study.corrected() == []


def test_who_met_the_question_after_its_correction_is_told_nothing(met: Learner) -> None:
    at_desk(met, CORRECTED)
    met.sits({"a1": "b"})
    assert met.study.corrected() == []


def test_a_key_that_was_not_shown_yet_cannot_have_misled() -> None:
    learner = Learner(Desk(bank(a_single("a1", "a", exams={MLS: "1.1"}))))
    learner.answers(learner.starts("a1"), "a1", "a")
    open_practice = learner.answers(learner.starts("a1", practice=True), "a1", "a")
    assert at_desk(learner, CORRECTED).corrected() == []
    learner.study.reveal(open_practice, "a1")
    assert learner.study.corrected() == [CORRECTED]


def test_what_was_told_here_is_not_told_again_elsewhere(met: Learner) -> None:
    at_desk(met, CORRECTED).tell_corrected([CORRECTED])
    elsewhere = Learner(Desk(met.desk.bank))
    elsewhere.study.import_lines(met.study.export(), "a file", merge=True)
    assert elsewhere.study.corrected() == []
    (event,) = elsewhere.desk.store.of_kind("told")
    assert (event.question, event.payload) == (QuestionId("a1"), {"digest": CORRECTED.digest()})
