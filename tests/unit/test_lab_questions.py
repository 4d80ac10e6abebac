"""What a lab asks before it and after it: no key in between, and every answer counts."""

from __future__ import annotations

import pytest

from quizengine.attempt import Attempt
from quizengine.bank import LoadedBank
from quizengine.content import QuestionId
from quizengine.errors import BadRequest, KeptBack, NotFound
from quizengine.schedule import DAY, Day
from quizengine.study import Plan, Seat
from quizengine.topic import Topic
from tests.builders import START, Desk, a_bank, a_card, a_lab, a_question, a_short_exam, a_single
from tests.unit.learner import MLS, STOPPING, Learner

ASKS = ("d1-000", "d1-001", "d2-000")
LAB = a_lab(asks=list(ASKS))
TODAY = Day(START, START + DAY)


def desk(**changes: object) -> Desk:
    exam = a_short_exam()
    drilled = [
        a_question("single", id, exams={MLS: "1.1" if id[1] == "1" else "2.1"}, cards=("a-card",))
        for id in ASKS
    ]
    lab = LAB.model_copy(update=changes)
    return Desk(a_bank(exam=exam, instead=drilled, cards=[a_card()], labs=[lab]))


@pytest.fixture
def learner() -> Learner:
    return Learner(desk())


def answers(learner: Learner, plan: Plan, right: int, *, sure: bool | None = None) -> Seat:
    """Sit what a lab asks: the first so many of ASKS right, the rest wrong."""
    seat = learner.study.start(plan)
    for n, id in enumerate(ASKS):
        seat = learner.answers(seat, id, "right" if n < right else "wrong-a", sure)
        if plan.terms.feedback:
            seat = learner.study.reveal(seat, id)
    return learner.submits(seat)


def before(learner: Learner, right: int = 1, *, sure: bool | None = None) -> Attempt:
    return answers(learner, learner.study.plan_lab(LAB.id), right, sure=sure).attempt


def after(learner: Learner, right: int = 3) -> Attempt:
    return answers(learner, learner.study.plan_lab(LAB.id, again=True), right).attempt


def finish(learner: Learner) -> None:
    learner.desk.clock.advance(ms=1000)
    checks = {check.id: True for check in LAB.checks}
    learner.study.note_lab(LAB.id, "checked", checks=checks)


def mine(learner: Learner) -> str:
    compared = learner.study.lab(LAB.id).compared
    assert compared is not None
    return compared.told


# Before


def test_before_a_lab_its_three_questions_are_asked_without_a_key(learner: Learner) -> None:
    plan = learner.study.plan_lab("early-stopping")
    assert {place.question for place in plan.form.places} == set(ASKS)
    assert all(place.scored for place in plan.form.places)
    assert (plan.terms.feedback, plan.terms.minutes) == (False, None)
    seat = learner.study.start(plan)
    with pytest.raises(BadRequest, match="no key"):
        learner.study.reveal(seat, seat.question.id)


def test_after_them_only_how_many_were_right_is_told(learner: Learner) -> None:
    attempt = before(learner)
    for named in (attempt.id, None):
        with pytest.raises(KeptBack, match="1 of 3 right") as kept:
            learner.study.report(named)
    assert kept.value.lab == LAB.id
    assert mine(learner) == "before the lab 1 of 3 right"


def test_nothing_else_betrays_them_until_they_came_again(learner: Learner) -> None:
    free = learner.offered()
    attempt = before(learner, 0, sure=True)
    study = learner.study
    assert study.withheld() == dict.fromkeys(map(QuestionId, ASKS), attempt.id)
    assert learner.offered() == free - set(ASKS)
    assert not learner.offered("unseen") & set(ASKS)
    with pytest.raises(BadRequest):
        learner.offered("wrong")
    assert {id for id, _ in study.practisable(MLS, only=["wrong"])} == set()
    assert not {entry.id for entry in study.find_questions()} & set(ASKS)
    assert learner.progress().sure_but_wrong == []
    assert study.deck(TODAY).missed == frozenset()
    finish(learner)
    after(learner, 0)
    assert study.withheld() == {}
    assert {id for id, _ in study.practisable(MLS, only=["wrong"])} == set(ASKS)
    assert study.deck(TODAY).missed
    assert study.report(attempt.id).result.right == 0


def test_a_key_that_was_corrected_since_is_not_told_either() -> None:
    asked, sat = Learner(desk()), Learner(desk())
    before(asked)
    sat.sits({ASKS[0]: "right"})
    flipped = a_single(ASKS[0], "a", exams={MLS: "1.1"})
    for learner in (asked, sat):
        learner.desk.bank = a_bank(exam=a_short_exam(), instead=[flipped], labs=[LAB])
    assert asked.study.corrected() == []
    assert [question.id for question in sat.study.corrected()] == [ASKS[0]]


@pytest.mark.parametrize(
    "bank",
    [
        a_bank(exam=a_short_exam()),
        a_bank(exam=a_short_exam(), labs=[a_lab(asks=["d2-005", "d2-006", "d2-007"])]),
        a_bank(
            exam=a_short_exam(),
            labs=[LAB],
            instead=[a_question("single", ASKS[0], exams={MLS: "1.1"}, withdrawn="Wrong.")],
        ),
    ],
    ids=["no such lab", "it asks others", "one was withdrawn"],
)
def test_what_no_lab_will_ask_again_is_told(learner: Learner, bank: LoadedBank) -> None:
    attempt = before(learner)
    learner.desk.bank = bank
    assert learner.study.report(attempt.id).result.right == 1
    assert learner.study.withheld() == {}


def test_they_count_as_answers_but_are_no_mock(learner: Learner) -> None:
    before(learner, 3)
    found = learner.progress()
    assert found.answers == 3
    assert list(found.trend) == []
    (line,) = learner.study.history()
    assert not line.attempt.is_mock


def test_before_the_lab_is_done_they_come_again_only_if_asked_for(learner: Learner) -> None:
    before(learner)
    with pytest.raises(KeptBack):
        learner.study.plan_lab(LAB.id)
    assert learner.study.plan_lab(LAB.id, again=True).terms.feedback


def test_while_they_are_open_they_are_asked_once(learner: Learner) -> None:
    seat = learner.study.start(learner.study.plan_lab(LAB.id))
    with pytest.raises(BadRequest, match="are being asked") as refused:
        learner.study.plan_lab(LAB.id)
    assert refused.value.hint == f"quizengine exam resume {seat.attempt.id[:8]}"


# After


def test_once_the_lab_is_done_the_same_come_with_every_reason(learner: Learner) -> None:
    before(learner)
    finish(learner)
    plan = learner.study.plan_lab(LAB.id)
    assert plan.terms.feedback
    assert {place.question for place in plan.form.places} == set(ASKS)
    answers(learner, plan, 3)
    assert mine(learner) == "before the lab 1 of 3 right, after it 3 of 3"
    compared = learner.study.report().compared
    assert compared is not None
    assert compared.before == {id: id == ASKS[0] for id in ASKS}
    assert compared.after == dict.fromkeys(ASKS, True)


def test_who_was_never_asked_before_is_asked_after_all_the_same(learner: Learner) -> None:
    finish(learner)
    after(learner, 2)
    assert mine(learner) == "after it 2 of 3 right"


def test_a_second_asking_counts_for_the_model_and_once_in_the_counts(learner: Learner) -> None:
    before(learner, 0)
    one = learner.study.outlook(MLS)
    after(learner, 3)
    two = learner.study.outlook(MLS)
    assert one is not None
    assert two is not None
    assert (one.chance.answers, two.chance.answers) == (3, 6)
    assert two.chance.scaled > one.chance.scaled
    assert (learner.tally("1").seen, learner.tally("1").right) == (2, 2)


def test_what_a_mock_showed_in_between_is_no_secret_any_more(learner: Learner) -> None:
    before(learner)
    learner.sits({ASKS[0]: "right"})
    assert set(learner.study.withheld()) == set(ASKS[1:])
    with pytest.raises(KeptBack):
        learner.study.report(learner.study.history()[0].attempt.id)


def test_half_of_the_second_asking_leaves_the_rest_untold(learner: Learner) -> None:
    before(learner)
    seat = learner.study.start(learner.study.plan_lab(LAB.id, again=True))
    learner.study.reveal(learner.answers(seat, ASKS[0], "right"), ASKS[0])
    assert set(learner.study.withheld()) == set(ASKS[1:])
    assert mine(learner) == "before the lab 1 of 3 right, after it 1 of 3"


# What cannot be asked


def test_a_lab_that_asks_nothing_says_so() -> None:
    for asks in ((), ("d1-000", "d1-001", "gone")):
        study = desk(asks=asks).study()
        assert study.lab(LAB.id).compared is None
        with pytest.raises(BadRequest, match="asks no questions"):
            study.plan_lab(LAB.id)
    with pytest.raises(NotFound):
        desk().study().plan_lab("no-lab")


def test_what_a_lab_asks_is_three_different_questions() -> None:
    for asks in (["a"], ["a", "b", "c", "d"], ["a", "a", "b"]):
        with pytest.raises(ValueError, match=r"asked|twice|stands|once"):
            a_lab(asks=asks)


def test_the_attempts_travel_with_the_record(learner: Learner) -> None:
    before(learner)
    other = Learner(desk())
    other.study.import_lines(learner.study.export(), "file")
    assert mine(other) == mine(learner)
    assert other.study.withheld() == learner.study.withheld()


# Which labs would help


def test_a_lab_would_help_the_weak_topics_on_which_there_are_answers(learner: Learner) -> None:
    assert learner.study.lab_gains() == {}
    learner.sits({f"d1-{n:03}": "wrong-a" for n in range(5, 15)})
    (gain,) = learner.study.lab_gains()["early_stopping"]  # type: ignore[index]
    assert isinstance(gain.topic, Topic)
    assert gain.topic.id == STOPPING
    assert gain.know < 0.5
    assert learner.study.lab_gains(MLS) == learner.study.lab_gains()
    finish(learner)
    assert learner.study.lab_gains() == {}


def test_what_is_known_well_needs_no_lab(learner: Learner) -> None:
    learner.sits({f"d{n}-{k:03}": "right" for n in (1, 2) for k in range(20)})
    assert learner.study.lab_gains() == {}


# What a finished lab counts for


def test_progress_says_which_topics_and_tasks_a_finished_lab_practised(learner: Learner) -> None:
    assert all(not tally.labs for tally in learner.progress().tallies)
    finish(learner)
    named = {tally.id for tally in learner.progress().tallies if tally.labs}
    assert named == {STOPPING}, "task 3.4 is none of this exam"


def test_the_model_learns_nothing_from_a_finished_lab(learner: Learner) -> None:
    learner.sits({f"d1-{n:03}": "wrong-a" for n in range(5, 15)})
    one = learner.study.outlook(MLS)
    finish(learner)
    two = learner.study.outlook(MLS)
    assert one is not None
    assert two is not None
    assert two.chance.answers == one.chance.answers
    moved = [place.own for place in two.places]
    assert moved == pytest.approx([place.own for place in one.places], abs=1e-3)
