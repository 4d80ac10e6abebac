"""What the model says of an exam, over a learner who sat some questions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import pytest

from quizengine.bank import LoadedBank
from quizengine.content import ExamCode
from quizengine.course import Course
from quizengine.observation import Observation
from quizengine.outcome import Outcome
from quizengine.outlook import Outlook
from quizengine.schedule import DAY
from quizengine.study import Study
from tests.builders import START, Desk, a_bank, a_short_exam, an_exam
from tests.unit.learner import BANK, MLS, STOPPING, STREAMS, Learner

LATER = date(2027, 3, 1)
RIGHT_AND_WRONG = {"a1": "wrong-a", "a2": "wrong-a", "a3": "wrong-a"} | dict.fromkeys(
    ("b1", "b2", "b3"), "right"
)


@dataclass
class Kept:
    """Keeps courses in memory, and notes what was asked of it."""

    courses: dict[str, Course] = field(default_factory=dict)
    writes: int = 0

    def read(self, name: str, topics: Iterable[str]) -> Course | None:
        found = self.courses.get(name)
        return found if found and found.mastery.tree.topics == tuple(topics) else None

    def write(self, name: str, course: Course) -> None:
        self.courses[name] = course
        self.writes += 1


def with_kept(learner: Learner, kept: Kept) -> Study:
    desk = learner.desk
    return Study(desk.bank, desk.store, desk.clock, new_id=desk.ids, new_seed=lambda: 7, kept=kept)


@pytest.fixture
def learner() -> Learner:
    learner = Learner()
    learner.sits(RIGHT_AND_WRONG)
    return learner


def seen(learner: Learner) -> Outlook:
    found = learner.study.outlook(MLS)
    assert found is not None
    return found


def test_the_topic_that_was_answered_wrong_is_the_weakest_and_says_why(learner: Learner) -> None:
    weakest = seen(learner).weakest("topic")[0]
    assert weakest.id == STOPPING
    assert (weakest.right, weakest.seen) == (0, 3)
    assert weakest.own < 0 < weakest.expected
    assert weakest.reading.low < weakest.reading.know < weakest.reading.high


def test_a_task_counts_the_answers_on_its_topics(learner: Learner) -> None:
    tasks = {place.id: place for place in seen(learner).weakest("task")}
    assert tasks["1.1"].seen == 3  # where the topic of a1 to a3 lies
    assert tasks["1.1"].title == "A task"


def test_the_shares_of_each_level_are_the_whole_exam(learner: Learner) -> None:
    for level in ("domain", "task", "topic"):
        assert sum(place.share for place in seen(learner).weakest(level)) == pytest.approx(1)


def test_the_chance_rests_on_the_answers_and_on_what_the_world_said(learner: Learner) -> None:
    before = seen(learner)
    assert before.chance.answers == 6
    passed = Outcome(exam=ExamCode(MLS), taken_on=date(2027, 1, 1), score=990)
    learner.study.add_outcome(passed, LATER)
    after = seen(learner)
    assert after.outcomes == 1
    assert after.chance.passing > before.chance.passing
    assert after.weakest("topic")[0].outcomes > 0


def test_time_that_passes_unused_leaves_less(learner: Learner) -> None:
    learner.sits(dict.fromkeys(("a1", "a2", "a3", "a4", "b1", "b2", "b4"), "right"))
    fading = seen(learner).fading
    assert fading.day == pytest.approx(learner.desk.clock.now() / DAY + 30)
    low, high = fading.chance.scaled_range
    now = seen(learner).chance.scaled_range
    assert high - low >= now[1] - now[0]


def test_topics_are_named_only_once_the_evidence_carries_them(learner: Learner) -> None:
    found = seen(learner)
    assert found.level == ("topic" if found.trust["topic"] >= 1 else "task")
    assert all(0 <= trust <= 3 for trust in found.trust.values())


def test_past_weeks_show_the_estimate_as_it_was(learner: Learner) -> None:
    learner.desk.clock.advance(minutes=8 * 24 * 60)
    learner.sits({"a1": "right"})
    (week,) = seen(learner).weeks
    assert (week.count, week.day > START / DAY) == (6, True)
    assert 100 <= week.scaled <= 1000


def test_of_an_exam_without_questions_nothing_is_said() -> None:
    bank = LoadedBank((), (), BANK.topics.values(), [a_short_exam()])
    assert Learner(Desk(bank)).study.outlook(MLS) is None


def test_an_outlook_of_a_bank_with_one_topic_can_be_made() -> None:
    assert Desk(a_bank(exam=an_exam())).study().outlook(MLS) is not None


# What was kept


def test_what_was_kept_is_gone_on_from_and_kept_again(learner: Learner) -> None:
    kept = Kept()
    with_kept(learner, kept).outlook(MLS)
    assert kept.courses["now"].mastery.count == 6
    learner.sits({"b5": "right"})
    found = with_kept(learner, kept).outlook(MLS)
    assert kept.courses["now"].mastery.count == 7
    assert found is not None
    assert found.chance == seen(learner).chance


def test_what_is_kept_and_still_right_is_not_written_again(learner: Learner) -> None:
    kept = Kept()
    for _ in range(3):
        with_kept(learner, kept).outlook(MLS)
    assert kept.writes == 1


def test_the_kept_state_of_another_record_is_ignored(learner: Learner) -> None:
    other = Course.over(BANK.topics).fold(
        [Observation(20_000.0, (STREAMS,), False, 0.25) for _ in range(40)]
    )
    kept = Kept({"now": other, "morning": other})
    found = with_kept(learner, kept).outlook(MLS)
    assert found is not None
    assert found.chance == seen(learner).chance


def test_where_more_came_in_than_can_be_taken_in_at_once_nothing_is_said(learner: Learner) -> None:
    kept = Kept()
    assert with_kept(learner, kept).outlook(MLS, at_most=5) is None
    assert with_kept(learner, kept).outlook(MLS, at_most=6) is not None
    assert with_kept(learner, kept).outlook(MLS, at_most=0) is not None
