"""Simulated learners whose knowledge is known: three scenarios, on a tree like that of an exam.

Four domains (20, 24, 36 and 20 %), 13 tasks, 39 topics, as in MLS-C01. Levels are logits, and

    P(right) = guess + (1 - SLIP) * (1 - guess) * sigmoid(sharpness * (level - difficulty))

with the level of a question on two topics blended 2 : 1. In every scenario a question in four has
a second topic; 79 % are singles, 14 % multiples, 7 % orderings and matchings, as in the bank.

matched    static levels from the prior of the model's middle filter; every question is new
learning   about 45 days of practice and mocks: an answer in practice teaches its topic, reading
           between the sittings teaches topics at random, all of it fades; questions come again and
           may be known by heart
holes      levels that do not follow the tree: five topics lie 1.5 to 2.5 below the others; 7 % of
           the questions measure another topic than they say; sharpness varies, guessing pays more
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from quizengine.belief import DIFFICULTY
from quizengine.mastery import INNER, MIDDLE, OVERALL
from quizengine.observation import RECALL, RECALL_DAYS, SLIP, Observation
from quizengine.tree import FIRST

Array: TypeAlias = NDArray[np.float64]
Scenario: TypeAlias = Literal["matched", "learning", "holes"]
SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)
COUNTS = (30, 65, 130, 260)

WEIGHTS = (0.20, 0.24, 0.36, 0.20)
TASKS = [f"{d}.{t}" for d, n in enumerate((3, 3, 4, 3), start=1) for t in range(1, n + 1)]
TOPICS = tuple(f"{task[0]}/{task}/{letter}" for task in TASKS for letter in "abc")
DOMAIN = np.array([int(topic[0]) - 1 for topic in TOPICS])
TASK = np.arange(len(TOPICS)) // 3
SHARES: Array = np.array([WEIGHTS[d] / (d == DOMAIN).sum() for d in DOMAIN])
SAME_DOMAIN: Array = (DOMAIN[:, None] == DOMAIN) * 1.0 - np.eye(len(TOPICS))
SECOND = 0.25  # of the questions have a second topic, another of the same domain
MAIN = FIRST / (FIRST + 1)  # weight of the first of two topics
GUESSES = ((0.25, 0.79), (0.10, 0.14), (0.05, 0.07))  # guess rate, share of the questions
MEAN_GUESS = sum(rate * share for rate, share in GUESSES)
QUESTIONS, FEWEST = 65, 47  # of a mock, and right to pass: 0.72 of them
QUOTAS = [round(QUESTIONS * weight) for weight in WEIGHTS]
HELD = 8  # questions a topic has where they come again

BLUR = 0.3  # holes: standard deviation of the logarithm of a question's sharpness
LUCK = 0.15  # holes: what the guess rate may be above what it is taken for
STRAY = 0.07  # holes: share of the questions that measure another topic


class Question(NamedTuple):
    id: str
    topics: tuple[int, ...]
    measures: tuple[int, ...]  # what it says it does, but for a mistake of its author
    guess: float
    lucky: float  # the guess rate in truth
    difficulty: float
    sharpness: float


class Snapshot(NamedTuple):
    """After so many answers: the levels (K,) and the chance to pass a mock then."""

    scenario: Scenario
    levels: Array
    passing: float


@dataclass(frozen=True)
class Learner:
    """The answers of one learner, and the truth after each of COUNTS of them."""

    answers: tuple[Observation, ...]
    truth: dict[int, Snapshot]


@cache
def _curve(scenario: Scenario) -> tuple[Array, Array]:
    """Levels, and the share of questions known there: difficulty and sharpness integrated out."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    weights = weights / weights.sum()
    levels = np.linspace(-15, 15, 1501)
    apart = levels[:, None] - DIFFICULTY * nodes
    blur = BLUR if scenario == "holes" else 0.0
    share = sum(
        weight * (1 / (1 + np.exp(-np.exp(blur * node) * apart)) @ weights)
        for node, weight in zip(nodes, weights, strict=True)
    )
    return levels, np.asarray(share)


def known(scenario: Scenario, levels: Array) -> Array:
    """The share of questions of random difficulty that is known at these levels: exact."""
    share: Array = np.interp(levels, *_curve(scenario))
    return share


def blended(levels: Array, topics: tuple[int, ...]) -> float:
    if len(topics) == 1:
        return float(levels[topics[0]])
    return float(MAIN * levels[topics[0]] + (1 - MAIN) * levels[topics[1]])


def right_per_domain(scenario: Scenario, levels: Array) -> Array:
    """(..., D): the share right a mock's questions get in each domain, at levels (..., K)."""
    pairs = known(scenario, MAIN * levels[..., :, None] + (1 - MAIN) * levels[..., None, :])
    second = (pairs * SAME_DOMAIN).sum(axis=-1) / SAME_DOMAIN.sum(axis=1)
    know = (1 - SECOND) * known(scenario, levels) + SECOND * second
    guess = MEAN_GUESS
    if scenario == "holes":
        guess += LUCK / 2
        know = (1 - STRAY) * know + STRAY * know.mean(axis=-1, keepdims=True)
    share = guess + (1 - SLIP) * (1 - guess) * know
    means: list[Array] = [share[..., d == DOMAIN].mean(axis=-1) for d in range(len(WEIGHTS))]
    return np.stack(means, axis=-1)


def passing(scenario: Scenario, levels: Array) -> float:
    """The chance to get FEWEST or more of a mock's QUESTIONS right, by convolution."""
    scores = np.ones(1)
    for right, count in zip(right_per_domain(scenario, levels), QUOTAS, strict=True):
        for _ in range(count):
            scores = np.convolve(scores, [1 - right, right])
    return float(scores[FEWEST:].sum())


def learner(scenario: Scenario, seed: int) -> Learner:
    rng = np.random.default_rng([SCENARIOS.index(scenario), seed])
    levels = _levels(scenario, rng)
    answers: list[Observation] = []
    truth: dict[int, Snapshot] = {}
    student = _Student(scenario, rng, levels)
    for answer in student.answers():
        answers.append(answer)
        if len(answers) in COUNTS:
            truth[len(answers)] = Snapshot(
                scenario, student.now.copy(), passing(scenario, student.now)
            )
        if len(answers) == max(COUNTS):
            break
    return Learner(tuple(answers), truth)


def _levels(scenario: Scenario, rng: np.random.Generator) -> Array:
    count = len(TOPICS)
    if scenario == "holes":
        levels = rng.normal(0.6, 0.7) + rng.normal(0, 0.25, count)
        levels[rng.choice(count, 5, replace=False)] -= rng.uniform(1.5, 2.5, 5)
        return np.asarray(levels)
    inner = INNER * MIDDLE.spread
    levels = rng.normal(*OVERALL) + rng.normal(0, inner, len(WEIGHTS))[DOMAIN]
    levels += rng.normal(0, inner, len(TASKS))[TASK] + rng.normal(0, MIDDLE.spread, count)
    return np.asarray(levels)


class _Student:
    """Sits one mock after the other; while learning, every second sitting is practice."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator, levels: Array) -> None:
        self.scenario, self.rng, self.begun = scenario, rng, levels
        self.learnt = np.zeros(len(levels))
        self.day = 0.0
        self.gain = rng.lognormal(np.log(0.12), 0.5)  # of one answer in practice, logits
        self.fading = rng.uniform(10, 40)  # days in which what was learnt falls to 1/e
        self.bank: dict[str, Question] = {}
        self.answered: dict[str, float] = {}

    @property
    def now(self) -> Array:
        return self.begun + self.learnt

    def answers(self) -> Iterator[Observation]:
        sitting = 0
        while True:
            yield from self._sitting(practice=self.scenario == "learning" and sitting % 2 == 0)
            sitting += 1
            self._days_pass() if self.scenario == "learning" else self._hours_pass()

    def _hours_pass(self) -> None:
        self.day += 0.1

    def _days_pass(self) -> None:
        days = self.rng.exponential(45 / 6)
        self.day += days
        self.learnt *= np.exp(-days / self.fading)
        read = self.rng.choice(len(TOPICS), 3, replace=False)
        self.learnt[read] += self.rng.uniform(0, 0.5, 3)

    def _sitting(self, practice: bool) -> Iterator[Observation]:
        if practice:
            topics = self.rng.choice(self.rng.choice(len(TOPICS), 4, replace=False), 15)
        else:
            topics = np.concatenate(
                [self.rng.choice(np.flatnonzero(d == DOMAIN), n) for d, n in enumerate(QUOTAS)]
            )
            self.rng.shuffle(topics)
        for n, topic in enumerate(topics):
            yield self._answer(int(topic), self.day + n / 1440, practice)

    def _answer(self, topic: int, day: float, practice: bool) -> Observation:
        question = self._question(topic)
        level = blended(self.now, question.measures)
        knows = 1 / (1 + np.exp(-question.sharpness * (level - question.difficulty)))
        chance = question.lucky + (1 - SLIP) * (1 - question.lucky) * knows
        if question.id in self.answered:
            recall = RECALL * np.exp(-(day - self.answered[question.id]) / RECALL_DAYS)
            chance = recall + (1 - recall) * chance
        self.answered[question.id] = day
        if practice:
            self.learnt[question.measures[0]] += self.gain
        return Observation(
            day=day,
            topics=tuple(TOPICS[k] for k in question.topics),
            is_right=bool(self.rng.random() < chance),
            guess=question.guess,
            question=question.id,
            seconds=60.0,
            feedback=practice,
        )

    def _question(self, topic: int) -> Question:
        limit = HELD if self.scenario == "learning" else 1_000_000
        id = f"{TOPICS[topic]}-{self.rng.integers(limit)}"
        if id not in self.bank:
            self.bank[id] = self._new(id, topic)
        return self.bank[id]

    def _new(self, id: str, topic: int) -> Question:
        rng = self.rng
        topics: tuple[int, ...] = (topic,)
        if rng.random() < SECOND:
            topics = (topic, int(rng.choice(np.flatnonzero(SAME_DOMAIN[topic]))))
        rates, shares = zip(*GUESSES, strict=True)
        guess = float(rng.choice(rates, p=shares))
        measures, lucky, sharpness = topics, guess, 1.0
        if self.scenario == "holes":
            if rng.random() < STRAY:
                measures = (int(rng.integers(len(TOPICS))),)
            lucky, sharpness = guess + rng.uniform(0, LUCK), rng.lognormal(0, BLUR)
        return Question(id, topics, measures, guess, lucky, rng.normal(0, DIFFICULTY), sharpness)
