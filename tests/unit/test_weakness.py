"""Where the learner is weak: readings, and why."""

from __future__ import annotations

import numpy as np
import pytest

from quizengine.mastery import Mastery
from quizengine.observation import Hearsay
from quizengine.tree import areas
from quizengine.weakness import Draws, Reading, draws, hits, needed, readings, why

TOPICS = ("data/stores", "data/streams", "training/stopping", "training/tuning", "security/keys")
DAY = 20_000.0
SINGLE = {topic: {topic: 1.0} for topic in TOPICS}


def learner(wrong: str = "data/stores", rounds: int = 8) -> Mastery:
    """Knows everything but one topic."""
    mastery = Mastery.over(TOPICS)
    for _ in range(rounds):
        for topic in TOPICS:
            mastery = mastery.observe(topic, topic != wrong, day=DAY, guess=0.1)
    return mastery


def read(mastery: Mastery, k: int = 1, day: float = DAY) -> dict[str, Reading]:
    return {one.id: one for one in readings(mastery, day, SINGLE, needed(0.72, 0.2), k=k)}


def test_the_topic_that_is_always_wrong_is_among_the_weakest() -> None:
    found = read(learner())
    assert found["data/stores"].weakest > 0.95
    assert found["data/stores"].below > 0.95
    assert max(one.below for id, one in found.items() if id != "data/stores") < 0.5


def test_the_chances_to_be_among_the_k_weakest_sum_to_k() -> None:
    for k in (1, 3, 5):
        total = sum(one.weakest for one in read(learner(rounds=1), k).values())
        assert total == pytest.approx(k)


def test_of_fewer_readings_than_k_all_are_the_weakest() -> None:
    found = readings(learner(), DAY, {"data": areas(TOPICS)["data"]}, 0.5, k=3)
    assert [one.weakest for one in found] == pytest.approx([1.0])


def test_before_any_answer_nobody_is_weakest() -> None:
    found = read(Mastery.over(TOPICS), k=3).values()
    assert [one.weakest for one in found] == pytest.approx([3 / 5] * 5, abs=0.08)
    assert hits(list(found)) < 2


def test_hits_grow_with_the_evidence() -> None:
    few, many = read(learner(rounds=1), k=3), read(learner(rounds=30), k=3)
    assert hits(list(few.values())) < hits(list(many.values())) <= 3


def test_an_area_is_read_as_the_blend_of_its_topics() -> None:
    mastery = learner()
    estimates = mastery.estimate(DAY)
    (data, *_) = readings(mastery, DAY, areas(TOPICS), 0.5)
    mean = (estimates["data/stores"].know + estimates["data/streams"].know) / 2
    assert data.know == pytest.approx(mean)
    assert data.low < data.know < data.high


def test_a_single_topic_is_read_off_the_belief() -> None:
    mastery = learner()
    estimate, reading = mastery.estimate(DAY)["data/stores"], read(mastery)["data/stores"]
    assert (reading.know, reading.low, reading.high) == (
        estimate.know,
        estimate.low,
        estimate.high,
    )


def test_a_blend_that_is_drawn_agrees_with_the_belief() -> None:
    mastery = learner(rounds=2)
    drawn = draws(mastery, DAY)
    for row, estimate in enumerate(mastery.estimate(DAY).values()):
        values = drawn.know[:, row]
        assert float(drawn.weight @ values) == pytest.approx(estimate.know, abs=0.02)
        assert drawn.interval(values) == pytest.approx((estimate.low, estimate.high), abs=0.06)


def test_the_same_record_gives_the_same_report() -> None:
    assert readings(learner(), DAY, SINGLE, 0.6) == readings(learner(), DAY, SINGLE, 0.6)


def test_the_interval_of_draws_holds_its_share_of_them() -> None:
    know = np.linspace(0, 1, 1001)[:, None]
    drawn = Draws(know, np.full(1001, 1 / 1001))
    assert drawn.interval(know[:, 0]) == pytest.approx((0.05, 0.95), abs=0.002)


def test_a_later_day_is_less_sure() -> None:
    now, later = read(learner()), read(learner(), day=DAY + 60)
    assert all(later[id].open > one.open for id, one in now.items())


def test_the_share_known_that_passes_leaves_room_for_guessing() -> None:
    assert needed(0.72, 0.0) > needed(0.72, 0.25) > 0.5
    assert needed(0.72, 0.8) == 0
    assert needed(1.0, 0.0) == 1


# Why


def test_the_reasons_of_a_topic_count_its_answers_beside_what_was_to_be_expected() -> None:
    found = why(learner())["data/stores"]
    assert (found.seen, found.right) == (8, 0)
    assert 2 < found.expected < 8
    assert why(learner())["data/streams"].right == 8


def test_a_topic_without_answers_is_moved_by_its_siblings_and_the_rest() -> None:
    mastery = Mastery.over(TOPICS)
    for _ in range(5):
        mastery = mastery.observe("data/stores", False, day=DAY, guess=0.25)
    sibling, stranger = why(mastery)["data/streams"], why(mastery)["security/keys"]
    assert sibling.seen == stranger.seen == 0
    assert sibling.siblings < sibling.elsewhere == 0
    assert stranger.elsewhere < stranger.siblings == 0
    assert sibling.siblings < stranger.elsewhere
    assert sibling.own == 0


def test_practice_and_outcomes_are_told_apart() -> None:
    mastery = Mastery.over(TOPICS)
    mastery = mastery.observe("data/stores", True, day=DAY, guess=0.25, feedback=True)
    blend = tuple((topic, 0.2) for topic in TOPICS)
    mastery = mastery.absorb(Hearsay(DAY, blend, 50, 0.2, None, False, 0.72, 0.05))
    found = why(mastery)["data/stores"]
    assert found.practice > 0 > found.outcomes
    assert why(mastery)["data/streams"].practice == 0


def test_the_reasons_sum_to_the_whole_way() -> None:
    mastery = learner()
    weight = mastery.belief.weight
    way = weight @ mastery.belief.levels(mastery.tree.paths)[0]
    begun = Mastery.over(TOPICS).belief.levels(mastery.tree.paths)[0][0]
    for row, found in enumerate(why(mastery).values()):
        told = found.own + found.siblings + found.elsewhere + found.practice + found.outcomes
        assert told == pytest.approx(way[row] - begun[row])
