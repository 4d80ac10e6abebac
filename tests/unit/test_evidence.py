"""What of the record the model of the learner takes in."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.asked import LEAST_GUESS, TYPICAL, Asked, asked, guess_rate
from quizengine.attempt import Attempt
from quizengine.bank import LoadedBank
from quizengine.content import ExamCode, QuestionId
from quizengine.errors import BadRequest
from quizengine.evidence import DAY, evidence, hearsay, observations, share_of
from quizengine.observation import Hearsay, Observation
from quizengine.outcome import Outcome
from quizengine.question import Kind, Question
from quizengine.scoring import CUT, scaled
from quizengine.study import Seat
from tests.builders import KINDS, a_choice, a_question, a_short_exam
from tests.unit.learner import (
    BANK,
    MLS,
    STOPPING,
    STREAMS,
    Learner,
    a_placed_question,
    placed_bank,
)

MOCK: Asked = asked(BANK.exams[ExamCode(MLS)], BANK)


def seen(*seats: Seat, bank: LoadedBank = BANK) -> list[Observation]:
    return observations(bank, [sat(seat) for seat in seats])


def sat(seat: Seat) -> tuple[Attempt, dict[QuestionId, Question]]:
    return seat.attempt, dict(seat.questions)


# Answers


def test_an_exam_says_nothing_before_it_is_submitted() -> None:
    learner = Learner()
    seat = learner.answers(learner.starts("a1", "a2"), "a1", "right")
    assert seen(seat) == []
    assert len(seen(learner.submits(seat))) == 1


def test_all_answers_of_an_exam_are_given_at_its_end() -> None:
    seat = Learner().sits({"a1": "right", "b1": "wrong-a"})
    assert seat.attempt.submitted_at is not None
    assert {answer.day for answer in seen(seat)} == {seat.attempt.submitted_at / DAY}
    assert {answer.question: answer.is_right for answer in seen(seat)} == {"a1": True, "b1": False}
    assert not any(answer.feedback for answer in seen(seat))


def test_the_last_answer_of_an_exam_counts() -> None:
    learner = Learner()
    seat = learner.answers(learner.starts("a1"), "a1", "wrong-a")
    seat = learner.submits(learner.answers(seat, "a1", "right"))
    assert [answer.is_right for answer in seen(seat)] == [True]


def test_practice_counts_each_answer_once_its_key_is_shown() -> None:
    learner = Learner()
    seat = learner.starts("a1", "a2", practice=True)
    seat = learner.answers(learner.answers(seat, "a1", "wrong-a"), "a2", "right")
    seat = learner.study.reveal(seat, "a1")
    (answer,) = seen(seat)
    assert (answer.question, answer.is_right, answer.feedback) == ("a1", False, True)


def test_a_blank_says_nothing() -> None:
    learner = Learner()
    seat = learner.submits(learner.answers(learner.starts("a1", "a2"), "a1", "right"))
    assert [answer.question for answer in seen(seat)] == ["a1"]


def test_an_unscored_question_counts() -> None:
    learner = Learner()
    seat = learner.answers(learner.starts("a1", unscored="a1"), "a1", "right")
    assert len(seen(learner.submits(seat))) == 1


def test_an_answer_carries_its_question_with_topics_guess_rate_and_time() -> None:
    learner = Learner()
    seat = learner.answers(learner.starts("b1"), "b1", "right")
    (answer,) = seen(learner.submits(seat))
    assert answer.topics == (STREAMS, STOPPING)
    assert answer.guess == 0.25
    assert answer.seconds == 2.0


def test_a_question_counts_where_the_bank_places_it_now() -> None:
    seat = Learner().sits({"a1": "right"})
    moved = placed_bank(a_placed_question("a1", topics=(STREAMS,)))
    assert [answer.topics for answer in seen(seat, bank=moved)] == [(STREAMS,)]


def test_a_question_the_bank_no_longer_holds_counts_where_it_was_shown() -> None:
    seat = Learner().sits({"a1": "right"})
    rest = [BANK.question(id) for id in BANK.questions if id != "a1"]
    smaller = LoadedBank(rest, (), BANK.topics.values(), BANK.exams.values())
    assert [answer.topics for answer in seen(seat, bank=smaller)] == [(STOPPING,)]


def test_a_withdrawn_question_and_a_topic_that_is_gone_say_nothing() -> None:
    seat = Learner().sits({"a1": "right"})
    withdrawn = placed_bank(a_placed_question("a1", withdrawn="The service has ended."))
    assert seen(seat, bank=withdrawn) == []
    bare = LoadedBank(BANK.questions.values(), (), (), BANK.exams.values())
    assert seen(seat, bank=bare) == []


def test_the_order_of_the_attempts_changes_nothing() -> None:
    learner = Learner()
    one = learner.sits({"a1": "right", "b1": "wrong-a"})
    other = learner.practises({"a2": "right", "a1": "wrong-b"})
    assert seen(one, other) == seen(other, one)
    days = [answer.day for answer in seen(other, one)]
    assert days == sorted(days)


# Guessing


@pytest.mark.parametrize(
    ("kind", "rate"),
    [("single", 1 / 4), ("multiple", 1 / 10), ("ordering", LEAST_GUESS), ("matching", LEAST_GUESS)],
)
def test_the_guess_rate_is_one_over_the_ways_to_answer(kind: Kind, rate: float) -> None:
    assert guess_rate(a_question(kind)) == rate


def test_two_of_six_are_guessed_less_than_two_of_five() -> None:
    options = [a_choice(id, id in "ab") for id in "abcdef"]
    assert guess_rate(a_question("multiple", options=options)) == pytest.approx(1 / 15)


@pytest.mark.parametrize("kind", KINDS)
def test_the_typical_guess_rate_of_a_kind_is_that_of_the_usual_question(kind: Kind) -> None:
    assert TYPICAL[kind] == guess_rate(a_question(kind))


# What a mock asks


def test_a_mock_asks_domains_by_weight_tasks_evenly_and_questions_alike() -> None:
    # six a in 1.1, two c in 1.2; six b in 2.2, of two topics each
    assert MOCK.questions == 6
    assert MOCK.shares == pytest.approx({"1.1": 0.25, "1.2": 0.25, "2.2": 0.5})
    assert MOCK.tasks["2.2"] == pytest.approx({STREAMS: 2 / 3, STOPPING: 1 / 3})
    assert MOCK.weights == pytest.approx({"1": 0.5, "2": 0.5})
    assert MOCK.domains["1"] == pytest.approx({STOPPING: 0.5, STREAMS: 0.5})
    assert MOCK.whole == pytest.approx({STOPPING: 5 / 12, STREAMS: 7 / 12})
    assert MOCK.guess({STOPPING: 1.0}) == 0.25
    assert 0.1 < MOCK.guess({STREAMS: 1.0}) < 0.25


def test_a_mock_of_an_empty_bank_asks_nothing_and_says_so() -> None:
    with pytest.raises(BadRequest, match="no question of mls-c01"):
        asked(a_short_exam(), LoadedBank([]))


# Outcomes


def an_outcome(**said: object) -> Outcome:
    return Outcome.model_validate({"exam": MLS, "taken_on": date(2026, 11, 1), **said})


def test_a_score_is_told_of_the_whole_exam_on_the_day_it_was_taken() -> None:
    (told,) = hearsay(an_outcome(score=750), MOCK)
    assert told.day == (date(2026, 11, 1) - date(1970, 1, 1)).days + 0.5
    assert dict(told.blend) == pytest.approx(dict(MOCK.whole))
    assert (told.share, told.met, told.cut, told.questions) == (
        CUT,
        True,
        CUT,
        6,
    )


def test_passed_without_a_score_says_only_on_which_side_of_the_cut() -> None:
    (told,) = hearsay(an_outcome(passed=False), MOCK)
    assert (told.share, told.met) == (None, False)


def test_each_domain_with_a_class_is_told_of_its_topics() -> None:
    said = {"1": "meets competencies", "2": "needs improvement"}
    first, second = hearsay(an_outcome(domains=said), MOCK)
    assert (first.met, second.met) == (True, False)
    assert dict(first.blend) == pytest.approx(dict(MOCK.domains["1"]))
    assert first.questions == 3


def test_another_providers_mock_may_be_further_off_than_the_real_exam() -> None:
    (exam,) = hearsay(an_outcome(score=800), MOCK)
    (mock,) = hearsay(an_outcome(score=800, provider="Another"), MOCK)
    assert mock.error > exam.error


def test_outcomes_and_answers_stand_in_one_order() -> None:
    seat = Learner().sits({"a1": "right"})
    found = evidence(BANK, [sat(seat)], [an_outcome(passed=True), an_outcome(score=700)])
    assert [type(piece) for piece in found] == [Hearsay, Hearsay, Observation]
    late = an_outcome(passed=True).model_copy(update={"taken_on": date(2030, 1, 1)})
    assert isinstance(evidence(BANK, [sat(seat)], [late])[-1], Hearsay)


def test_an_outcome_of_an_exam_that_is_not_served_says_nothing() -> None:
    other = an_outcome(exam="aif-c01", passed=True)
    assert evidence(BANK, [], [other]) == []
    empty = LoadedBank([], (), (), BANK.exams.values())
    assert evidence(empty, [], [an_outcome(passed=True)]) == []


@given(st.integers(100, 1000), st.sampled_from([700, 720, 750]))
def test_the_share_of_a_score_has_that_score(score: int, mark: int) -> None:
    assert 0 <= share_of(score, mark) <= 1
    assert abs(scaled(share_of(score, mark), mark) - score) <= 1
