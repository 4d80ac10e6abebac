"""Questions and cards are found by their words, and by what they belong to."""

from __future__ import annotations

import pytest

from quizengine import search
from quizengine.bank import LoadedBank
from quizengine.content import ExamCode, TopicId
from quizengine.errors import NotFound, TooFewQuestions
from quizengine.search import Wanted
from quizengine.study import Study
from tests.builders import Desk, a_bank, a_card, a_question, a_topic, an_exam

STOPPING, STORES = "training/early-stopping", "data/stores"


@pytest.fixture
def bank() -> LoadedBank:
    questions = [
        a_question("single", "one", topics=[STOPPING], exams={"mls-c01": "1.1"}),
        a_question("multiple", "two", topics=[STORES, STOPPING], exams={"mls-c01": "2.3"}),
        a_question("ordering", "three", topics=[STORES], difficulty="hard", exams={}),
        a_question("single", "gone", withdrawn="It was wrong.", exams={"mls-c01": "1.1"}),
    ]
    cards = [
        a_card("late", topics=[STORES], prompt="Where?", answer="Early, in a store."),
        a_card("early"),
        a_card("none", prompt="What is a lake?", answer="A store.", common_error="To fish."),
    ]
    return LoadedBank(questions, cards, [a_topic(STORES), a_topic(STOPPING)], [an_exam()])


def ids(bank: LoadedBank, **wanted: object) -> list[str]:
    found = search.questions(bank, Wanted(**wanted))  # type: ignore[arg-type]
    return [entry.id for entry in found]


def test_without_words_all_are_there_in_the_order_of_the_topics(bank: LoadedBank) -> None:
    assert ids(bank) == ["three", "two", "gone", "one"]


def test_words_and_belonging_narrow_together(bank: LoadedBank) -> None:
    assert ids(bank, words="collect") == ["three"]
    assert ids(bank, words="collect", difficulty="easy") == []
    assert ids(bank, topics=[TopicId(STOPPING)], kind="multiple") == ["two"]
    assert ids(bank, exam=ExamCode("mls-c01")) == ["two", "gone", "one"]


@pytest.mark.parametrize(("part", "found"), [("2", ["two"]), ("2.3", ["two"]), ("2.1", [])])
def test_a_part_is_a_domain_or_a_task_of_the_exam(
    bank: LoadedBank, part: str, found: list[str]
) -> None:
    assert ids(bank, exam=ExamCode("mls-c01"), part=part) == found
    assert ids(bank, part=part) == []


def test_cards_that_ask_with_the_words_come_first(bank: LoadedBank) -> None:
    def found(**wanted: object) -> list[str]:
        cards = search.cards(bank, Wanted(**wanted))  # type: ignore[arg-type]
        return [card.id for card in cards]

    assert found() == ["late", "early", "none"]
    assert found(words="EARLY") == ["early", "late"]
    assert found(words="early lake") == []
    assert found(topics=[TopicId(STORES)]) == ["late"]


def test_what_is_kept_for_the_last_mocks_is_known() -> None:
    assert search.kept_back(a_bank(40, exam=an_exam(scored=8, unscored=0)))
    assert not search.kept_back(a_bank(4, exam=an_exam()))


# Nothing before the end


def test_a_question_of_an_open_attempt_is_withheld_until_it_ends() -> None:
    study = Desk(a_bank(4, exam=an_exam(weights=(50, 50), scored=8, unscored=0))).study()
    assert study.withheld() == {}
    seat = study.start(study.plan("mls-c01", questions=4))
    mine = {place.question for place in seat.attempt.form.places}
    assert set(study.withheld()) == mine
    assert set(study.withheld().values()) == {seat.attempt.id}
    assert not mine & {entry.id for entry in study.find_questions()}
    study.submit(seat)
    assert study.withheld() == {}
    assert mine <= {entry.id for entry in study.find_questions()}


def test_what_a_practice_has_shown_is_withheld_no_more() -> None:
    study = Desk().study()
    seat = study.start(study.plan_practice("mls-c01", questions=2))
    first, second = (place.question for place in seat.attempt.form.places)
    seat = study.reveal(study.answer(seat, first, ()), first)
    assert set(study.withheld()) == {second}


# On paper


def on_paper(study: Study, seed: int | None) -> list[tuple[str, tuple[str, ...]]]:
    form = study.plan_on_paper("mls-c01", 6, seed).form
    return [(place.question, place.order) for place in form.places]


def test_a_form_on_paper_is_the_same_whoever_has_seen_what() -> None:
    one, other = Desk().study(), Desk().study()
    other.submit(other.start(other.plan("mls-c01")))
    assert on_paper(one, 5) == on_paper(other, 5) != on_paper(one, 6)
    assert one.plan_on_paper("mls-c01", 6).form.seed == 7  # the dice that were handed in


def test_a_form_on_paper_begins_no_attempt_and_follows_the_blueprint() -> None:
    study = Desk().study()
    plan = study.plan_on_paper("mls-c01", 6)
    assert (len(plan.form.places), plan.terms.minutes) == (6, 12)
    assert study.history() == []
    with pytest.raises(TooFewQuestions):
        study.plan_on_paper("mls-c01", 900)
    with pytest.raises(NotFound):
        study.plan_on_paper("nothing", 6)
