"""What must hold of the model of the learner, whatever was answered."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.mastery import SETTINGS, Mastery, Setting
from quizengine.observation import Evidence, Hearsay, Observation

TOPICS = ("a/x", "a/y", "a/z", "b/x", "b/c/x", "d")
START = 20_000.0  # days

topics = st.lists(st.sampled_from(TOPICS), min_size=1, max_size=3, unique=True).map(tuple)
guesses = st.sampled_from([0.0, 0.05, 0.1, 0.25, 0.5])
questions = st.sampled_from([None, "q1", "q2", "q3"])
gaps = st.sampled_from([0.0, 0.0, 0.01, 1.0, 30.0])


@st.composite
def observations(draw: st.DrawFn, day: float = START) -> Observation:
    return Observation(
        day=day,
        topics=draw(topics),
        is_right=draw(st.booleans()),
        guess=draw(guesses),
        question=draw(questions),
        seconds=draw(st.sampled_from([None, 1.0, 60.0])),
        feedback=draw(st.booleans()),
    )


@st.composite
def hearsay(draw: st.DrawFn) -> Hearsay:
    return Hearsay(
        day=START,
        blend=(("a/x", 0.5), ("b/x", 0.5)),
        questions=draw(st.sampled_from([1, 50])),
        guess=draw(guesses),
        share=draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
        met=draw(st.booleans()),
        cut=0.72,
        error=draw(st.sampled_from([0.02, 0.1])),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Evidence]:
    """Answers, hearsay, and streaks of either, in the order of their days."""
    day = START
    found: list[Evidence] = []
    for piece in draw(st.lists(st.one_of(observations(), observations(), hearsay()), max_size=8)):
        day += draw(gaps)
        found += [piece._replace(day=day)] * draw(st.sampled_from([1, 1, 1, 8]))
    return found


def folded(history: Sequence[Evidence], settings: Sequence[Setting] = SETTINGS) -> Mastery:
    return Mastery.over(TOPICS, settings).fold(history)


def know(mastery: Mastery, day: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([one.know for one in mastery.estimate(day).values()])


# Of two topics of a question only the first is sure to move its way: where it was known before that
# one of the two is weak, a wrong answer that explains itself by the one clears the other.


@given(histories(), observations(), gaps)
def test_a_wrong_answer_never_raises_its_topic(
    history: list[Evidence], answer: Observation, gap: float
) -> None:
    before = folded(history)
    day, topic = before.day + gap, answer.topics[0]
    after = before.absorb(answer._replace(day=day, is_right=False))
    assert after.estimate(day)[topic].know <= before.estimate(day)[topic].know + 1e-12


@given(histories(), observations(), gaps)
def test_a_right_answer_never_lowers_its_topic(
    history: list[Evidence], answer: Observation, gap: float
) -> None:
    before = folded(history)
    day, topic = before.day + gap, answer.topics[0]
    after = before.absorb(answer._replace(day=day, is_right=True))
    assert after.estimate(day)[topic].know >= before.estimate(day)[topic].know - 1e-12


@given(histories(), st.sampled_from([0.1, 1.0, 10.0, 100.0, 10_000.0]), gaps)
def test_idle_days_never_narrow_an_interval(
    history: list[Evidence], days: float, gap: float
) -> None:
    mastery = folded(history)
    early, late = mastery.estimate(mastery.day + gap), mastery.estimate(mastery.day + gap + days)
    for topic, then in early.items():
        assert late[topic].low <= then.low
        assert late[topic].high >= then.high
        assert late[topic].open >= then.open


@pytest.mark.parametrize("setting", SETTINGS)
@given(history=histories(), paths=topics, feedback=st.booleans())
def test_per_filter_without_guessing_a_right_answer_never_widens_its_topics(
    setting: Setting, history: list[Evidence], paths: tuple[str, ...], feedback: bool
) -> None:
    before = folded(history, [setting])
    after = before.observe(paths, True, day=before.day, guess=0.0, feedback=feedback)
    for topic in paths:
        assert after.estimate(after.day)[topic].open <= before.estimate(before.day)[topic].open


@given(histories(), observations(), observations())
def test_two_answers_at_one_time_commute_within_a_hundredth(
    history: list[Evidence], one: Observation, other: Observation
) -> None:
    before = folded(history)
    one = one._replace(day=before.day, question="one")
    other = other._replace(day=before.day, question="other")
    this, that = before.fold([one, other]), before.fold([other, one])
    assert np.abs(know(this, before.day) - know(that, before.day)).max() < 0.01


@given(histories(), topics, guesses, questions, gaps)
def test_a_prediction_lies_between_the_guess_rate_and_one(
    history: list[Evidence], paths: tuple[str, ...], guess: float, question: str | None, gap: float
) -> None:
    mastery = folded(history)
    found = mastery.predict(paths, day=mastery.day + gap, guess=guess, question=question)
    assert guess <= found < 1


@given(histories(), st.integers(0, 20))
def test_going_on_from_any_state_gives_the_full_fold(history: list[Evidence], at: int) -> None:
    whole = folded(history)
    went_on = folded(history[:at]).fold(history[at:])
    assert np.array_equal(went_on.belief.mean, whole.belief.mean)
    assert np.array_equal(went_on.belief.cov, whole.belief.cov)
    assert went_on.traces == whole.traces
    assert went_on.digest == whole.digest


@given(histories(), st.integers(0, 20), observations())
def test_a_state_knows_which_evidence_it_was_folded_from(
    history: list[Evidence], at: int, other: Observation
) -> None:
    state = folded(history[:at])
    assert state.is_fold_of(history)
    if state.count:
        changed = [other._replace(day=1.0), *history[1:]]
        assert not state.is_fold_of(changed)
        assert not state.is_fold_of(history[: state.count - 1])


@given(histories())
def test_every_logit_is_accounted_for(history: list[Evidence]) -> None:
    begun, mastery = Mastery.over(TOPICS), folded(history)
    told = begun.belief.mean + mastery.moved.sum(axis=2)
    assert np.allclose(told, mastery.belief.mean, atol=1e-9)


def is_sound(mastery: Mastery) -> bool:
    """Finite, and every covariance still one."""
    belief = mastery.belief
    finite = all(np.isfinite(part).all() for part in (belief.mean, belief.cov, belief.log_weight))
    least = np.linalg.eigvalsh(belief.cov).min()
    found = mastery.estimate(mastery.day + 1).values()
    shares = [(one.low, one.know, one.high) for one in found]
    return finite and least > -1e-9 and all(0 <= x <= 1 for row in shares for x in row)


@given(histories())
def test_a_belief_stays_sound(history: list[Evidence]) -> None:
    assert is_sound(folded(history))


@pytest.mark.parametrize("is_right", [True, False])
@pytest.mark.parametrize("question", [None, "the same"])
def test_a_long_streak_stays_sound(is_right: bool, question: str | None) -> None:
    mastery = Mastery.over(TOPICS)
    for _ in range(500):
        mastery = mastery.observe("a/x", is_right, day=START, guess=0.0, question=question)
    assert is_sound(mastery)


def test_clocks_that_jump_leave_it_sound() -> None:
    mastery = Mastery.over(TOPICS)
    for day in (0.0, START, 1.0, 1e12, -1e12, START):
        mastery = mastery.observe("a/x", False, day=day, guess=0.25, question="the same")
    assert is_sound(mastery)
    assert mastery.day == 1e12
    assert math.isfinite(mastery.predict("a/x", day=-1e12, guess=0.25, question="the same"))


@pytest.mark.slow
def test_a_hundred_thousand_answers_stay_sound() -> None:
    rng = np.random.default_rng(1)
    mastery = Mastery.over(TOPICS[:2])
    for n in range(100_000):
        topic = TOPICS[n % 2]
        right = bool(rng.random() < (0.9 if n % 1_000 < 500 else 0.2))
        question = f"q{n % 300}" if n % 3 else None
        mastery = mastery.observe(topic, right, day=START + n / 50, guess=0.25, question=question)
    assert is_sound(mastery)
