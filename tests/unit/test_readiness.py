"""The chance to pass."""

from __future__ import annotations

import math
from datetime import date

import pytest

from quizengine.asked import Asked
from quizengine.content import ExamCode
from quizengine.evidence import hearsay
from quizengine.mastery import Mastery
from quizengine.outcome import Outcome
from quizengine.readiness import Chance, chance
from quizengine.scoring import CUT, scaled
from quizengine.weakness import draws

TOPICS = ("data/stores", "data/streams", "training/stopping", "training/tuning")
DAY = 20_000.0
MOCK = Asked(
    exam=ExamCode("mls-c01"),
    questions=50,
    pass_mark=750,
    tasks={
        "1.1": {"data/stores": 0.5, "data/streams": 0.5},
        "2.1": {"training/stopping": 0.5, "training/tuning": 0.5},
    },
    shares={"1.1": 0.25, "2.1": 0.75},
    guesses=dict.fromkeys(TOPICS, 0.25),
)


def learner(share: float, rounds: int = 60) -> Mastery:
    """Answers that share of the questions on every topic right."""
    mastery = Mastery.over(TOPICS)
    for n in range(rounds):
        is_right = math.floor((n + 1) * share) > math.floor(n * share)
        for topic in TOPICS:
            mastery = mastery.observe(topic, is_right, day=DAY, guess=0.25)
    return mastery


def chances(mastery: Mastery, day: float = DAY) -> Chance:
    return chance(mastery, draws(mastery, day), MOCK)


def test_who_answers_nearly_all_right_passes_and_who_guesses_fails() -> None:
    assert chances(learner(0.97)).passing > 0.99
    assert chances(learner(0.3)).passing < 0.01


def test_the_more_is_right_the_higher_the_chance_and_the_estimate() -> None:
    found = [chances(learner(share)) for share in (0.5, 0.6, 0.7, 0.8, 0.9)]
    assert [one.passing for one in found] == sorted(one.passing for one in found)
    assert [one.scaled for one in found] == sorted(one.scaled for one in found)


def test_at_the_cut_the_chance_is_about_one_half() -> None:
    assert 0.35 < chances(learner(CUT, rounds=200)).passing < 0.65


def test_the_estimate_lies_in_its_range_and_the_chance_in_that_of_the_cut() -> None:
    for share in (0.3, 0.7, 0.95):
        found = chances(learner(share))
        low, high = found.scaled_range
        assert 100 <= low < found.scaled < high <= 1000
        hard, easy = found.passing_range
        assert hard <= found.passing <= easy


def test_the_estimate_agrees_with_the_share_that_was_right() -> None:
    assert chances(learner(0.8)).scaled == pytest.approx(scaled(0.8, 750), abs=35)


def test_with_more_answers_the_range_is_narrower_but_never_a_point() -> None:
    few, many = chances(learner(0.7, rounds=2)), chances(learner(0.7, rounds=100))
    width = [one.scaled_range[1] - one.scaled_range[0] for one in (few, many)]
    assert width[0] > width[1] > 100  # one mock of 50 questions is luck as well


def test_months_without_an_answer_leave_the_chance_less_sure() -> None:
    mastery = learner(0.95)
    assert chances(mastery, DAY + 120).passing < chances(mastery).passing


def test_it_says_how_many_answers_it_rests_on() -> None:
    assert chances(learner(0.7, rounds=5)).answers == 20
    assert chances(Mastery.over(TOPICS)).answers == 0


def test_before_any_answer_both_results_are_possible() -> None:
    assert 0.1 < chances(Mastery.over(TOPICS)).passing < 0.6


def test_weak_topics_that_are_asked_more_cost_more() -> None:
    def weak_in(area: str) -> float:
        mastery = Mastery.over(TOPICS)
        for _ in range(20):
            for topic in TOPICS:
                right = not topic.startswith(area)
                mastery = mastery.observe(topic, right, day=DAY, guess=0.25)
        return chances(mastery).passing

    assert weak_in("training") < weak_in("data")


def outcome(**said: object) -> Outcome:
    return Outcome.model_validate({"exam": "mls-c01", "taken_on": date(2024, 10, 5), **said})


@pytest.mark.parametrize(
    ("said", "rises"),
    [
        ({"passed": True}, True),
        ({"passed": False}, False),
        ({"score": 900}, True),
        ({"score": 500}, False),
        ({"score": 900, "provider": "Another simulator"}, True),
        ({"domains": {"1": "meets competencies", "2": "meets competencies"}}, True),
        ({"domains": {"1": "needs improvement", "2": "needs improvement"}}, False),
    ],
)
def test_an_outcome_moves_the_chance(said: dict[str, object], rises: bool) -> None:
    mastery = learner(0.7, rounds=8)
    told = mastery.fold(hearsay(outcome(**said), MOCK))
    before, after = chances(mastery, told.day).passing, chances(told).passing
    assert (after > before) is rises
    assert after != before


def test_the_real_exam_counts_for_more_than_another_mock() -> None:
    mastery = learner(0.5, rounds=8)
    real = mastery.fold(hearsay(outcome(score=950), MOCK))
    mock = mastery.fold(hearsay(outcome(score=950, provider="Another simulator"), MOCK))
    assert chances(real).passing > chances(mock).passing > chances(mastery).passing
