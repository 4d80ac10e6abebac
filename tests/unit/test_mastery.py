"""What the model of the learner says after a few answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from quizengine.errors import NotFound
from quizengine.mastery import MIDDLE, OVERALL, Mastery
from quizengine.observation import (
    RAPID,
    RECALL,
    SLIP,
    Hearsay,
    Observation,
    Trace,
    by_heart,
    effort,
    known,
    level_of,
    right_at,
    seen_again,
)
from quizengine.tree import Tree, areas, weighed

TOPICS = ("data/stores", "data/streams", "training/stopping", "training/tuning", "security")
DAY = 20_000.0


def after(*answers: bool, topic: str = "data/stores", guess: float = 0.25) -> Mastery:
    mastery = Mastery.over(TOPICS)
    for is_right in answers:
        mastery = mastery.observe(topic, is_right, day=DAY, guess=guess)
    return mastery


def know(mastery: Mastery, topic: str, day: float = DAY) -> float:
    return mastery.estimate(day)[topic].know


# The tree


def test_a_path_of_any_depth_has_a_part_for_each_step_and_one_for_the_whole() -> None:
    tree = Tree.over(["a/b/c", "a/b/d", "a/e", "f"])
    assert tree.paths.sum(axis=1).tolist() == [4, 4, 3, 2]
    assert tree.inner == 2
    assert tree.paths[:, 0].tolist() == [1, 1, 1, 1]


def test_topics_are_siblings_under_one_node() -> None:
    assert Tree.over(["a/b/c", "a/b/d", "a/e", "f"]).siblings().sum(axis=1).tolist() == [1, 1, 0, 0]


def test_an_area_is_all_its_topics_alike() -> None:
    assert areas(TOPICS)["data"] == {"data/stores": 0.5, "data/streams": 0.5}
    assert areas(TOPICS)["security"] == {"security": 1.0}


def test_the_first_topic_of_a_question_counts_as_much_as_two_others() -> None:
    assert dict(weighed(["a"])) == {"a": 1}
    assert dict(weighed(["a", "b"])) == pytest.approx({"a": 2 / 3, "b": 1 / 3})
    assert dict(weighed(["a", "b", "c"])) == {"a": 0.5, "b": 0.25, "c": 0.25}


def test_a_tree_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no topics"):
        Mastery.over([])


def test_an_unknown_topic_is_named_with_the_close_ones() -> None:
    with pytest.raises(NotFound) as refused:
        after(True, topic="data/store")
    assert refused.value.close[0] == "data/stores"


# Answers


def test_before_any_answer_every_topic_is_alike_and_open() -> None:
    found = list(Mastery.over(TOPICS).estimate(DAY).values())
    # `security` lies under no area: one part less that is unsure
    assert len({round(one.know, 9) for one in found[:4]}) == 1
    assert [one.open for one in found] == pytest.approx([1.0] * 5)
    assert all(one.low < 0.2 and one.high > 0.8 for one in found)


def test_a_wrong_answer_lowers_its_topic_most_then_its_siblings_then_the_rest() -> None:
    before, now = Mastery.over(TOPICS), after(False, False)
    fall = {topic: know(before, topic) - know(now, topic) for topic in TOPICS}
    assert fall["data/stores"] > fall["data/streams"] > fall["training/tuning"] > 0


def test_an_answer_narrows_its_topic() -> None:
    assert after(False).estimate(DAY)["data/stores"].open < 1


def test_a_right_answer_says_less_where_guessing_is_easy() -> None:
    easy, hard = after(True, guess=0.5), after(True, guess=0.05)
    assert know(easy, "data/stores") < know(hard, "data/stores")


def test_a_question_on_two_topics_moves_both_and_the_first_more() -> None:
    before = Mastery.over(TOPICS)
    now = before.observe(["data/stores", "training/tuning"], False, day=DAY, guess=0.25)
    fall = {topic: know(before, topic) - know(now, topic) for topic in TOPICS}
    assert fall["data/stores"] > fall["training/tuning"] > fall["training/stopping"]
    assert now.seen.tolist() == [1, 0, 0, 0, 0]


def test_a_rapid_answer_says_less() -> None:
    new = Mastery.over(TOPICS)
    slow = new.observe("security", False, day=DAY, guess=0.25, seconds=RAPID)
    rapid = new.observe("security", False, day=DAY, guess=0.25, seconds=RAPID - 1)
    assert know(slow, "security") < know(rapid, "security") < know(new, "security")


def test_an_old_answer_counts_less_than_a_new_one() -> None:
    old = after(*[False] * 10).observe("data/stores", True, day=DAY + 200, guess=0.05)
    new = after(*[False] * 10).observe("data/stores", True, day=DAY, guess=0.05)
    assert know(old, "data/stores", DAY + 200) > know(new, "data/stores")


def test_the_same_question_again_says_little_when_right() -> None:
    def twice(second: str) -> float:
        mastery = Mastery.over(TOPICS)
        for question in ("one", second):
            mastery = mastery.observe("security", True, day=DAY, guess=0.25, question=question)
        return know(mastery, "security")

    assert twice("one") < twice("two")


def test_a_question_known_by_heart_is_foretold_as_right() -> None:
    mastery = Mastery.over(TOPICS).observe("security", True, day=DAY, guess=0.25, question="one")

    def heart(day: float) -> float:
        """How much more surely right than another question of its topic."""
        one, two = (
            mastery.predict("security", day=day, guess=0.25, question=question)
            for question in ("one", "two")
        )
        return one - two

    assert heart(DAY) > heart(DAY + 10) > heart(DAY + 60) > 0


def test_practice_with_the_key_shown_adds_to_a_right_answer_only() -> None:
    def answered(is_right: bool, feedback: bool) -> float:
        new = Mastery.over(TOPICS)
        found = new.observe("security", is_right, day=DAY, guess=0.25, feedback=feedback)
        return know(found, "security")

    assert answered(True, feedback=True) > answered(True, feedback=False)
    assert answered(False, feedback=True) == answered(False, feedback=False)


def test_a_prediction_is_the_share_right_of_what_is_known() -> None:
    mastery = after(True, False, True)
    found = mastery.predict("data/stores", day=DAY, guess=0.25)
    expected = 0.25 + 0.75 * (1 - SLIP) * know(mastery, "data/stores")
    assert found == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("guess", [-0.1, 1.0, 1.5, float("nan")])
def test_an_impossible_guess_rate_is_refused(guess: float) -> None:
    with pytest.raises(ValueError, match="guess rate"):
        after(True, guess=guess)


def test_the_filter_that_foretold_best_weighs_most() -> None:
    mastery = Mastery.over(TOPICS)
    for n in range(40):  # one topic always wrong, all others always right: they lie far apart
        topic = TOPICS[n % 5]
        mastery = mastery.observe(topic, topic != "security", day=DAY, guess=0.05)
    calm, _, lively = mastery.belief.weight
    assert lively > 2 * calm


def test_a_filter_can_run_alone() -> None:
    assert Mastery.over(TOPICS, [MIDDLE]).belief.mean.shape[0] == 1


# What was told


def a_result(**changes: Any) -> Hearsay:
    blend = tuple((topic, 1 / len(TOPICS)) for topic in TOPICS)
    return Hearsay(DAY, blend, 50, 0.2, None, True, 0.72, 0.05)._replace(**changes)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (a_result(met=True), a_result(met=False)),
        (a_result(share=0.9), a_result(share=0.75)),
        (a_result(share=0.75), a_result(share=0.4)),
    ],
)
def test_a_better_result_raises_every_topic_above_a_worse(better: Hearsay, worse: Hearsay) -> None:
    high, low = Mastery.over(TOPICS).absorb(better), Mastery.over(TOPICS).absorb(worse)
    assert all(know(high, topic) > know(low, topic) for topic in TOPICS)


def test_a_result_that_may_be_far_off_says_less() -> None:
    sure, unsure = a_result(share=0.95, error=0.02), a_result(share=0.95, error=0.2)
    new = Mastery.over(TOPICS)
    assert know(new.absorb(sure), "security") > know(new.absorb(unsure), "security")


def test_a_result_over_one_area_moves_that_area_most() -> None:
    told = a_result(met=False, blend=(("data/stores", 0.5), ("data/streams", 0.5)))
    before, now = Mastery.over(TOPICS), Mastery.over(TOPICS).absorb(told)
    fall = {topic: know(before, topic) - know(now, topic) for topic in TOPICS}
    assert fall["data/stores"] > fall["training/tuning"] > 0


# The parts of an observation


def test_what_is_known_at_a_level_and_the_level_at_which_it_is_known_agree() -> None:
    for share in (0.01, 0.3, 0.5, 0.95):
        assert float(known(np.array(level_of(share)))) == pytest.approx(share)
    assert level_of(0.0) == -level_of(1.0) == -float("inf")


def test_who_knows_nothing_guesses_and_who_knows_all_slips() -> None:
    nothing, everything = np.zeros(1), np.ones(1)
    assert right_at(nothing, 0.25) == [0.25]
    assert right_at(everything, 0.0) == pytest.approx([1 - SLIP])
    assert right_at(everything, 0.99) < [1.0]


def test_a_trace_fades_and_grows_with_each_right_answer() -> None:
    once = seen_again(Trace(DAY, 0.0), DAY, is_right=True)
    twice = seen_again(once, DAY, is_right=True)
    assert once.recall == RECALL
    assert twice.recall == pytest.approx(1 - (1 - RECALL) ** 2)
    assert once.on(DAY + 10) < once.recall
    assert by_heart(0.25, once, DAY) == pytest.approx(0.25 + 0.75 * RECALL)


def test_a_wrong_answer_shows_that_nothing_was_remembered() -> None:
    twice = seen_again(Trace(DAY, 0.75), DAY, is_right=False)
    assert twice.recall == RECALL


def test_unmeasured_time_is_no_haste() -> None:
    assert effort(None) == 1
    assert effort(0.0) < 1


def test_the_start_is_what_the_constants_say() -> None:
    mastery = Mastery.over(TOPICS)
    assert mastery.belief.mean[:, 0].tolist() == [OVERALL[0]] * 3
    assert mastery.belief.prior[:, 0].tolist() == [OVERALL[1] ** 2] * 3


def test_equal_evidence_gives_equal_words() -> None:
    answer = Observation(DAY, ("security",), True, 0.25)
    one, other = Mastery.over(TOPICS).absorb(answer), Mastery.over(TOPICS).absorb(answer)
    assert one.digest == other.digest
    assert one.estimate(DAY) == other.estimate(DAY)
