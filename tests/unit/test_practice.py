"""Practice: what it asks, and feedback at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import AlreadySubmitted, BadRequest, NotFound, TimeIsUp
from quizengine.form import sealed
from quizengine.practice import ONLY, Only, choose
from quizengine.progress import Past
from quizengine.terms import MINUTE
from tests.builders import Desk, a_bank, a_short_exam
from tests.unit.learner import (
    BANK,
    MLS,
    STOPPING,
    STREAMS,
    UNUSED,
    Learner,
    a_placed_question,
    placed_bank,
)

ALL = set(BANK.questions)


@pytest.fixture
def learner() -> Learner:
    return Learner()


@pytest.fixture
def marked(learner: Learner) -> Learner:
    """a1 was right, a2 wrong, a3 blank, a4 flagged, b1 right and unsure, b2 sure and wrong."""
    seat = learner.starts("a1", "a2", "a3", "a4", "b1", "b2")
    for index in range(6):
        seat = learner.study.go_to(seat, index)
    seat = learner.study.flag(seat, "a4", True)
    for id, words, sure in [
        ("a1", "right", None),
        ("a2", "wrong-a", None),
        ("b1", "right", False),
        ("b2", "wrong-a", True),
    ]:
        seat = learner.answers(seat, id, words, sure)
    learner.submits(seat)
    return learner


# What it asks


def test_practice_asks_anything_unless_told_otherwise(marked: Learner) -> None:
    assert marked.offered() == ALL


@pytest.mark.parametrize(
    ("only", "asked"),
    [
        (["wrong"], {"a2", "b2"}),
        (["unseen"], ALL - {"a1", "a2", "a3", "a4", "b1", "b2"}),
        (["flagged"], {"a4"}),
        (["unsure"], {"b1"}),
        (["wrong", "flagged"], {"a2", "b2", "a4"}),
        (["wrong", "flagged", "unsure"], {"a2", "b2", "a4", "b1"}),
        (["wrong", "wrong"], {"a2", "b2"}),
    ],
)
def test_practice_asks_only_what_was_any_of_these(
    marked: Learner, only: list[Only], asked: set[str]
) -> None:
    assert marked.offered(*only) == asked


def test_what_is_right_now_is_wrong_no_more(marked: Learner) -> None:
    marked.practises({"a2": "right"})
    assert marked.offered("wrong") == {"b2"}


def test_an_answer_that_is_not_final_is_neither_right_nor_wrong(learner: Learner) -> None:
    learner.answers(learner.starts("a1"), "a1", "wrong-a", False)
    learner.answers(learner.starts("a2", practice=True), "a2", "wrong-a", False)
    for only in ("wrong", "unsure"):
        with pytest.raises(BadRequest, match="No question of mls-c01 is of that kind"):
            learner.offered(only)
    assert learner.offered("unseen") == ALL - {"a1", "a2"}


@pytest.mark.parametrize(
    ("within", "first_letters"),
    [
        ("1", "ac"),
        ("2", "b"),
        ("1.1", "a"),
        ("1.2", "c"),
        ("training", "ab"),
        (STOPPING, "ab"),
        ("data", "bc"),
        (STREAMS, "bc"),
    ],
)
def test_practice_keeps_to_a_domain_a_task_an_area_or_a_topic(
    learner: Learner, within: str, first_letters: str
) -> None:
    assert learner.offered(within=within) == {id for id in ALL if id[0] in first_letters}


def test_kind_and_place_narrow_together(marked: Learner) -> None:
    assert marked.offered("wrong", "flagged", within="1") == {"a2", "a4"}
    with pytest.raises(BadRequest, match="of that kind"):
        marked.offered("unsure", within="1")


@pytest.mark.parametrize("within", ["1.3", UNUSED])
def test_a_place_without_questions_is_known_but_empty(learner: Learner, within: str) -> None:
    with pytest.raises(BadRequest, match="No question of mls-c01 is of that kind"):
        learner.offered(within=within)


@pytest.mark.parametrize(
    ("within", "close"),
    [
        ("trainig", "training"),
        ("training/early-stoping", STOPPING),
        ("streams", STREAMS),
        ("2.7", "2.1"),
    ],
)
def test_a_place_nobody_knows_is_met_with_the_close_ones(
    learner: Learner, within: str, close: str
) -> None:
    with pytest.raises(NotFound) as refused:
        learner.offered(within=within)
    assert close in refused.value.close
    assert refused.value.hint == "quizengine progress lists them."


@pytest.mark.parametrize("within", ["", "9", "\x1b[2J", "x" * 10_000])
def test_nonsense_is_no_place(learner: Learner, within: str) -> None:
    with pytest.raises(NotFound) as refused:
        learner.offered(within=within)
    assert "\x1b" not in refused.value.message
    assert len(refused.value.message) < 300


def test_a_withdrawn_question_is_not_practised(learner: Learner) -> None:
    learner.sits({"a1": "wrong-a", "a2": "wrong-a"})
    learner.desk.bank = placed_bank(a_placed_question("a1", withdrawn="It was ambiguous."))
    assert learner.offered("wrong") == {"a2"}
    assert "a1" not in learner.offered()


def test_of_an_exam_that_is_unknown_nothing_is_practised(learner: Learner) -> None:
    with pytest.raises(NotFound, match="mls-c01"):
        learner.study.plan_practice("mls-c02")


def test_sealed_questions_are_left_alone_whatever_is_asked_for() -> None:
    exam = a_short_exam()
    learner = Learner(Desk(a_bank(20, exam=exam)))
    kept = sealed(exam, learner.desk.bank.pool(exam.code, exam.formats[0].kinds.used))
    assert len(kept) == 20
    study = learner.study
    seat = study.start(study.plan(MLS, from_sealed=True))
    for place in seat.attempt.form.places:
        seat = learner.answers(seat, place.question, "wrong-a", False)
    learner.submits(seat)
    assert learner.offered() == set(learner.desk.bank.questions) - kept
    assert learner.offered(within="1").isdisjoint(kept)
    with pytest.raises(BadRequest):
        learner.offered("wrong", "unsure")


PASTS = st.builds(
    Past, st.booleans(), st.sampled_from([None, True, False]), st.sampled_from([None, True, False])
)


@given(
    st.dictionaries(st.sampled_from(sorted(BANK.questions)), PASTS),
    st.lists(st.sampled_from(ONLY), max_size=3),
)
def test_several_kinds_are_asked_exactly_where_one_of_them_is(
    past: dict[str, Past], only: list[Only]
) -> None:
    exam = next(iter(BANK.exams.values()))
    known = {BANK.questions[id].id: marks for id, marks in past.items()}  # type: ignore[index]
    apart = [set(choose(exam, BANK, known, only=[kind])) for kind in only]
    together = choose(exam, BANK, known, only=only)
    assert set(together) == (set.union(*apart) if apart else set(choose(exam, BANK, known)))
    assert len(together) == len(set(together))


# How many, and how long


@pytest.mark.parametrize(("asked", "drawn"), [(1, 1), (5, 5), (14, 14), (1_000, 14)])
def test_practice_has_as_many_questions_as_asked_or_as_there_are(
    learner: Learner, asked: int, drawn: int
) -> None:
    form = learner.study.plan_practice(MLS, questions=asked).form
    assert len({place.question for place in form.places}) == len(form.places) == drawn


def test_what_was_shown_longest_ago_is_asked_first(learner: Learner) -> None:
    for id in ("a1", "a2", "a3", "a4", "a5", "a6"):
        learner.sits({id: "wrong-a"})
    learner.practises({"a1": "wrong-a"})
    plan = learner.study.plan_practice(MLS, only=["wrong"], questions=2)
    assert {place.question for place in plan.form.places} == {"a2", "a3"}


def test_practice_has_no_time_limit_unless_minutes_are_given(learner: Learner) -> None:
    plan = learner.study.plan_practice(MLS)
    assert (plan.terms.minutes, plan.terms.feedback, plan.form.format) == (None, True, "practice")


@pytest.mark.parametrize(("minutes", "questions"), [(6, 3), (7.9, 3), (1, 1), (500, 14)])
def test_with_minutes_it_has_as_many_questions_as_the_pace_of_the_exam_allows(
    learner: Learner, minutes: float, questions: int
) -> None:
    plan = learner.study.plan_practice(MLS, minutes=minutes)
    assert (len(plan.form.places), plan.terms.minutes) == (questions, minutes)


def test_both_a_number_and_minutes_are_kept_if_both_are_asked_for(learner: Learner) -> None:
    plan = learner.study.plan_practice(MLS, questions=5, minutes=3)
    assert (len(plan.form.places), plan.terms.minutes) == (5, 3)
    assert len(learner.study.plan_practice(MLS).form.places) == 10


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), 1e300])
def test_practice_of_impossible_minutes_is_refused(learner: Learner, minutes: float) -> None:
    with pytest.raises(BadRequest, match="minutes"):
        learner.study.plan_practice(MLS, minutes=minutes)


def test_practice_ends_at_its_minutes_and_what_was_revealed_counts(learner: Learner) -> None:
    seat = learner.starts("a1", "a2", practice=True, minutes=4)
    start = learner.desk.clock.now()
    seat = learner.study.reveal(learner.answers(seat, "a1", "right"), "a1")
    learner.desk.clock.at = start + 4 * MINUTE
    with pytest.raises(TimeIsUp):
        learner.study.answer(seat, "a2", ("right",))
    with pytest.raises(TimeIsUp):
        learner.study.reveal(seat, "a2")
    done = learner.study.submit(seat).attempt
    assert (done.submitted_by, done.submitted_at) == ("time", start + 4 * MINUTE)
    assert learner.progress().answers == 1


# Feedback


def test_to_reveal_makes_the_answer_final_and_leaves_the_others_open(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1", "a2", practice=True), "a1", "wrong-a")
    seat = learner.answers(seat, "a1", "wrong-b")  # not yet final
    seat = learner.study.reveal(seat, "a1")
    for words in ("right", ""):
        with pytest.raises(BadRequest, match="its answer is final"):
            learner.answers(seat, "a1", words)
    assert seat.attempt.response(seat.question.id).answer == ("wrong-b",)
    assert learner.answers(seat, "a2", "right").attempt.unanswered == []


def test_a_key_that_was_shown_blank_takes_no_answer_any_more(learner: Learner) -> None:
    seat = learner.study.reveal(learner.starts("a1", practice=True), "a1")
    with pytest.raises(BadRequest, match="final"):
        learner.answers(seat, "a1", "right")


def test_a_revealed_question_can_be_flagged_and_noted(learner: Learner) -> None:
    seat = learner.practises({"a1": "wrong-a"})
    seat = learner.study.note(learner.study.flag(seat, "a1", True), "a1", "Look it up.")
    assert learner.offered("flagged") == {"a1"}
    assert seat.attempt.response(seat.question.id).note == "Look it up."


def test_an_exam_reveals_nothing_in_any_window_and_not_at_its_end(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1"), "a1", "right")
    windows = (seat, learner.study.resume())
    before = learner.desk.store.every_event()
    for window in windows:
        with pytest.raises(BadRequest, match="no key before its end"):
            learner.study.reveal(window, "a1")
    assert learner.desk.store.every_event() == before
    done = learner.submits(learner.study.resume())
    with pytest.raises(BadRequest, match="no key"):
        learner.study.reveal(done, "a1")
    assert done.attempt.response(done.question.id).revealed_at is None


def test_practice_that_is_over_reveals_nothing_more(learner: Learner) -> None:
    done = learner.submits(learner.starts("a1", practice=True))
    with pytest.raises(AlreadySubmitted):
        learner.study.reveal(done, "a1")


def test_what_is_not_in_the_form_is_not_revealed(learner: Learner) -> None:
    with pytest.raises(NotFound):
        learner.study.reveal(learner.starts("a1", practice=True), "a2")


def test_practice_resumes_with_what_was_revealed(learner: Learner) -> None:
    seat = learner.practises({"a1": "wrong-a", "a2": "right"})
    again = Learner(learner.desk).study.resume()
    assert again.attempt.is_practice
    for id, response in seat.attempt.responses.items():
        assert again.attempt.response(id) == response
    with pytest.raises(BadRequest, match="final"):
        learner.study.answer(again, "a1", ("right",))


def test_practice_has_a_report_of_its_own(learner: Learner) -> None:
    seat = learner.practises({"a1": "wrong-a", "a2": "right", "b1": "right"})
    result = learner.study.report(learner.submits(seat).attempt.id).result
    assert (result.right, result.count, result.blank) == (2, 3, 0)
