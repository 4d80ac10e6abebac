"""Computed questions in practice and in forms: new each time, in their turn, marked as shown."""

from __future__ import annotations

import random

import pytest

from quizengine.bank import LoadedBank
from quizengine.computed.generators import generator_of
from quizengine.content import ExamCode, TopicId
from quizengine.errors import BadRequest
from quizengine.form import from_file, to_file
from quizengine.practice import compute, shown_with_their_like
from quizengine.question import Question
from quizengine.study import Seat
from quizengine.topic import Topic
from tests.builders import Desk, a_short_exam
from tests.unit.learner import MLS, Learner, placed_bank

TEXT = "features/text-and-image"
EXAM = a_short_exam()


def a_bank_with_text() -> LoadedBank:
    bank = placed_bank()
    text = Topic(
        id=TopicId(TEXT), area="Features", title="Text", scope="Words.", exams={MLS: "2.2"}
    )
    exams = bank.exams.values()
    return LoadedBank(bank.questions.values(), (), [*bank.topics.values(), text], exams)


@pytest.fixture
def learner() -> Learner:
    return Learner(Desk(a_bank_with_text()))


def computed_in(seat: Seat) -> list[str]:
    return sorted(id for id in seat.questions if generator_of(id) is not None)


def names(ids: list[str]) -> set[str]:
    found = map(generator_of, ids)
    return {generator.name for generator in found if generator is not None}


BOTH = {"shape-of-an-n-gram-matrix", "tf-idf-of-a-term"}


def practises(learner: Learner, right: bool = True, **how: object) -> list[str]:
    """Practise, answer every computed question, and end; the ids of these."""
    seat = learner.study.start(learner.study.plan_practice(MLS, questions=40, **how))  # type: ignore[arg-type]
    ids = computed_in(seat)
    for id in ids:
        question: Question = seat.questions[id]  # type: ignore[index]
        wrong = next(option for option in question.shuffled if option not in question.key)
        seat = learner.answers(seat, id, question.key[0] if right else wrong)
        seat = learner.study.reveal(seat, id)
    learner.submits(seat)
    return ids


def test_practice_has_one_of_each_generator_whose_topic_the_bank_knows(learner: Learner) -> None:
    assert names(practises(learner)) == BOTH
    assert practises(Learner()) == []


def test_no_computed_question_comes_twice(learner: Learner) -> None:
    met = [id for _ in range(6) for id in practises(learner)]
    assert len(met) == len(set(met)) == 12


def test_a_generator_missed_last_is_asked_again_with_new_numbers(learner: Learner) -> None:
    first = practises(learner, right=False)
    again = practises(learner, only=["wrong"])
    assert names(again) == BOTH
    assert set(first).isdisjoint(again)
    with pytest.raises(BadRequest):
        learner.study.plan_practice(MLS, only=["wrong"], within=TEXT)


def test_practice_can_be_of_computed_questions_alone(learner: Learner) -> None:
    form = learner.study.plan_practice(MLS, computed=True, questions=12).form
    ids = [place.question for place in form.places]
    assert len(ids) == len(set(ids)) == 12
    assert names([*ids]) == BOTH


@pytest.mark.parametrize(
    ("within", "found"), [("2", BOTH), ("2.2", BOTH), (TEXT, BOTH), ("1.2", set())]
)
def test_they_stand_where_their_topic_stands(
    learner: Learner, within: str, found: set[str]
) -> None:
    assert names(practises(learner, within=within)) == found


def test_forms_hold_them_only_when_asked(learner: Learner) -> None:
    study = learner.study
    assert computed_in(study.start(study.plan(MLS))) == []
    pool = compute(EXAM, learner.desk.bank, {}, random.Random(1))
    assert {task for _, task in pool} == {"2.2"}
    found = [study.plan(MLS, computed=True, seed=seed).form for seed in range(20)]
    assert any(generator_of(place.question) for form in found for place in form.places)


def test_a_form_with_one_goes_through_a_file(learner: Learner) -> None:
    study = learner.study
    forms = (study.plan(MLS, computed=True, seed=seed).form for seed in range(50))
    form = next(f for f in forms if any(generator_of(place.question) for place in f.places))
    assert from_file(to_file(form), "f.json", learner.desk.bank) == (form, [])


def test_an_answer_to_one_counts_for_its_topic(learner: Learner) -> None:
    practises(learner)
    assert learner.tally(TEXT).seen == 2
    assert learner.tally(TEXT).right == 2
    assert learner.study.corrected() == []


def test_it_waits_its_turn_as_the_latest_of_its_generator() -> None:
    old, new = (f"computed-tf-idf-of-a-term-0000000{n}" for n in (1, 2))
    fresh = compute(EXAM, a_bank_with_text(), {}, random.Random(3), within=TEXT)
    shown = shown_with_their_like({old: 10, new: 20, "a1": 5}, fresh)  # type: ignore[dict-item]
    by_name = {generator_of(id).name: shown.get(id) for id, _ in fresh}  # type: ignore[union-attr]
    assert by_name == {"tf-idf-of-a-term": 20, "shape-of-an-n-gram-matrix": None}


def test_an_exam_without_the_task_has_none() -> None:
    other = EXAM.model_copy(update={"code": ExamCode("aif-c01")})
    assert compute(other, a_bank_with_text(), {}, random.Random(1)) == []
