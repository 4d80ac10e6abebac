"""A plan to the day of an exam, kept in the record and ticked from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from quizengine.agenda import Goal, Item
from quizengine.bank import LoadedBank
from quizengine.content import ExamCode
from quizengine.errors import BadRequest, NotFound
from quizengine.schedule import DAY, Day
from tests.builders import START, Desk, a_lab
from tests.unit.learner import BANK, MLS, STOPPING, STREAMS, Learner

TODAY = date(2027, 1, 15)
MORNING = START - 3_600_000
TODAYS = Day(MORNING, MORNING + DAY)
GOAL = Goal(exam=ExamCode(MLS), on=TODAY + timedelta(days=10), minutes=30)


@pytest.fixture
def learner() -> Learner:
    learner = Learner()
    learner.sits(dict.fromkeys(("a1", "a2", "a3", "a4", "a5", "a6"), "wrong-a"))
    learner.sits(dict.fromkeys(("b1", "b2", "b3", "b4", "b5"), "right"))
    learner.study.set_goal(GOAL, TODAY)
    return learner


def today(learner: Learner, day: Day = TODAYS) -> list[tuple[Item, bool]]:
    found = learner.study.agenda(day, TODAY)
    assert found is not None
    return found.today


def test_the_latest_goal_counts(learner: Learner) -> None:
    learner.desk.clock.advance(ms=1)
    learner.study.set_goal(GOAL.model_copy(update={"minutes": 90}), TODAY)
    found = learner.study.goal()
    assert found is not None
    assert found.minutes == 90


def test_without_a_goal_there_is_no_agenda() -> None:
    assert Learner().study.goal() is None
    assert Learner().study.agenda(TODAYS, TODAY) is None


def test_a_goal_in_the_past_or_of_no_exam_is_refused(learner: Learner) -> None:
    with pytest.raises(BadRequest):
        learner.study.set_goal(GOAL.model_copy(update={"on": TODAY}), TODAY)
    with pytest.raises(NotFound):
        learner.study.set_goal(GOAL.model_copy(update={"exam": "no-c01"}), TODAY)


def test_a_plan_practises_what_was_answered_wrong(learner: Learner) -> None:
    (first, done), *_ = today(learner)
    assert (first.kind, first.about, done) == ("practice", STOPPING, False)


def test_what_is_done_is_ticked_and_the_day_stays_as_it_was_planned(learner: Learner) -> None:
    before = [item for item, _ in today(learner)]
    learner.practises({f"a{n}": "right" for n in range(1, 7)})
    learner.practises({f"b{n}": "right" for n in range(1, 7)})  # these are on both topics
    after = today(learner)
    assert [item for item, _ in after] == before
    assert after[0][1]


def test_the_next_day_is_planned_anew(learner: Learner) -> None:
    learner.practises(dict.fromkeys(("a1", "a2", "a3", "a4", "a5", "a6"), "right"))
    learner.desk.clock.advance(minutes=24 * 60)
    tomorrow = Day(TODAYS.ends, TODAYS.ends + DAY)
    assert not any(done for _, done in today(learner, tomorrow))


def tomorrows(learner: Learner) -> list[Item]:
    learner.desk.clock.advance(minutes=24 * 60)
    return [item for item, _ in today(learner, Day(TODAYS.ends, TODAYS.ends + DAY))]


def with_a_lab(*, finished: bool, solution: bool = False) -> Learner:
    """Who knows little of both topics, and did the lab of the one on which more is lost."""
    lab = a_lab(topics=[STOPPING])
    bank = LoadedBank(
        BANK.questions.values(), (), BANK.topics.values(), BANK.exams.values(), labs=[lab]
    )
    learner = Learner(Desk(bank))
    learner.sits(dict.fromkeys(("a1", "a2", "a3", "a4", "a5", "a6"), "wrong-a"))
    learner.sits({"b1": "right", "b2": "right", "b3": "wrong-a", "c1": "wrong-a", "c2": "wrong-a"})
    learner.study.set_goal(GOAL, TODAY)
    learner.desk.clock.advance(ms=1000)
    if solution:
        learner.study.note_lab(lab.id, "solution_shown")
    if finished:
        checks = {check.id: True for check in lab.checks}
        learner.study.note_lab(lab.id, "checked", checks=checks)
    return learner


def test_a_lab_is_planned_until_it_is_finished() -> None:
    assert "lab" in [item.kind for item in tomorrows(with_a_lab(finished=False))]
    assert "lab" not in [item.kind for item in tomorrows(with_a_lab(finished=True))]


def test_a_finished_lab_is_ticked_on_its_day() -> None:
    assert ("lab", True) in [(i.kind, done) for i, done in today(with_a_lab(finished=True))]


def test_a_finished_lab_lowers_what_its_topic_needs_until_it_is_answered() -> None:
    told = {item.about: item.reason for item in tomorrows(with_a_lab(finished=True))}
    assert told[STOPPING].endswith(", lab done")
    learner = with_a_lab(finished=True)
    for _ in range(2):
        learner.practises(dict.fromkeys(("a1", "a2", "a3", "a4", "a5"), "wrong-a"))
    told = {item.about: item.reason for item in tomorrows(learner)}
    assert not told[STOPPING].endswith(", lab done"), "ten answers tell more than the lab"


def test_what_was_done_before_the_goal_was_set_is_no_tick(learner: Learner) -> None:
    learner.practises({f"a{n}": "right" for n in range(1, 7)})
    learner.practises({f"b{n}": "right" for n in range(1, 7)})
    learner.desk.clock.advance(minutes=1)
    learner.study.set_goal(GOAL, TODAY)
    assert not any(done for _, done in today(learner))


def test_the_weak_topics_are_practised_and_no_others() -> None:
    learner = Learner()
    learner.sits({"a1": "wrong-a"})
    plan = learner.study.plan_practice(MLS, weak=True, questions=50)
    topics = {
        topic
        for place in plan.form.places
        for topic in learner.desk.bank.question(place.question).topics
    }
    assert topics == {STOPPING, STREAMS}


def test_there_are_next_steps_for_who_knows_nothing_yet() -> None:
    steps = Learner().study.next_steps(MLS, TODAYS)
    assert steps
    assert all(item.line.startswith("quizengine ") for item in steps)


def test_a_goal_goes_along_with_the_record(learner: Learner) -> None:
    other = Learner()
    other.study.import_lines(list(learner.study.export()), "a file")
    assert other.study.goal() == GOAL
