"""What is compared: this model, and six simple trackers in their usual form.

All see the same answers. A simple tracker expects a share right per topic and knows no second
topic, no day and no uncertainty; its chance to pass is that of a binomial score. Their constants
are the best of a grid on the development learners: see tune.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from benchmarks.mastery.learners import FEWEST, MEAN_GUESS, QUESTIONS, SHARES, TOPICS, Array
from quizengine.asked import Asked
from quizengine.content import ExamCode
from quizengine.mastery import Mastery
from quizengine.observation import Observation, right_at
from quizengine.readiness import chance
from quizengine.weakness import draws

ROW = {topic: row for row, topic in enumerate(TOPICS)}
MOCK = Asked(
    exam=ExamCode("mls-c01"),
    questions=QUESTIONS,
    pass_mark=750,
    tasks={"1.1": dict(zip(TOPICS, SHARES.tolist(), strict=True))},
    shares={"1.1": 1.0},
    guesses=dict.fromkeys(TOPICS, MEAN_GUESS),
)


class Tracker(Protocol):
    def observe(self, answer: Observation) -> None: ...

    def know(self) -> Array | None:
        """(K,): what ranks the topics; None where they are not told apart."""
        ...

    def interval(self) -> tuple[Array, Array] | None:
        """90 % intervals of the shares known, where it has any."""
        ...

    def passing(self) -> float: ...


class ThisModel:
    def __init__(self) -> None:
        self.mastery = Mastery.over(TOPICS)

    def observe(self, answer: Observation) -> None:
        self.mastery = self.mastery.absorb(answer)

    def know(self) -> Array:
        return np.array([one.know for one in self.mastery.estimate(self.mastery.day).values()])

    def interval(self) -> tuple[Array, Array]:
        found = self.mastery.estimate(self.mastery.day).values()
        return np.array([one.low for one in found]), np.array([one.high for one in found])

    def passing(self) -> float:
        return chance(self.mastery, draws(self.mastery, self.mastery.day), MOCK).passing


class Simple:
    """A tracker that expects a share right on each topic."""

    def right(self) -> Array:
        raise NotImplementedError

    def learn(self, row: int, answer: Observation) -> None:
        raise NotImplementedError

    def observe(self, answer: Observation) -> None:
        self.learn(ROW[answer.topics[0]], answer)

    def know(self) -> Array | None:
        return self.right()

    def interval(self) -> None:
        return None

    def passing(self) -> float:
        return binomial(float(SHARES @ self.right()))


class Overall(Simple):
    """The overall percentage, with one answer right and one wrong added before the first."""

    def __init__(self) -> None:
        self.hits, self.seen = 1, 2

    def learn(self, row: int, answer: Observation) -> None:
        self.hits += answer.is_right
        self.seen += 1

    def right(self) -> Array:
        return np.full(len(TOPICS), self.hits / self.seen)

    def know(self) -> None:
        return None


class PerTopic(Simple):
    """The percentage of each topic; one without an answer has the overall percentage."""

    def __init__(self) -> None:
        self.overall = Overall()
        self.hits, self.seen = np.zeros(len(TOPICS)), np.zeros(len(TOPICS))

    def learn(self, row: int, answer: Observation) -> None:
        self.overall.learn(row, answer)
        self.hits[row] += answer.is_right
        self.seen[row] += 1

    def right(self) -> Array:
        return np.where(self.seen, self.hits / np.maximum(self.seen, 1), self.overall.right())


class Leitner(Simple):
    """Five boxes, beginning in the second: up by one when right, back to the first when wrong."""

    def __init__(self, first: float = 0.6, step: float = 0.05) -> None:
        self.first, self.step = first, step
        self.box = np.full(len(TOPICS), 1)

    def learn(self, row: int, answer: Observation) -> None:
        self.box[row] = min(self.box[row] + 1, 4) if answer.is_right else 0

    def right(self) -> Array:
        return np.minimum(self.first + self.step * self.box, 0.99)


class Elo(Simple):
    """An overall rating and one of each topic; the guess rate is the question's (R. Pelanek 2016,
    Computers & Education 98, 169-179)."""

    def __init__(self, start: float = 0.4, overall: float = 0.1, topic: float = 0.2) -> None:
        self.rates = overall, topic
        self.overall, self.topic = start, np.zeros(len(TOPICS))

    def learn(self, row: int, answer: Observation) -> None:
        know = 1 / (1 + math.exp(-self.overall - self.topic[row]))
        surprise = answer.is_right - answer.guess - (1 - answer.guess) * know
        self.overall += self.rates[0] * surprise
        self.topic[row] += self.rates[1] * surprise

    def right(self) -> Array:
        return right_at(1 / (1 + np.exp(-self.overall - self.topic)), MEAN_GUESS)


class Bkt(Simple):
    """Bayesian knowledge tracing: a topic is mastered or not (A. T. Corbett and J. R. Anderson
    1995)."""

    def __init__(
        self, begin: float = 0.5, learn: float = 0.02, slip: float = 0.2, guess: float = 0.5
    ) -> None:
        self.rate, self.slip, self.guess = learn, slip, guess
        self.mastered = np.full(len(TOPICS), begin)

    def learn(self, row: int, answer: Observation) -> None:
        yes, no = (1 - self.slip, self.guess) if answer.is_right else (self.slip, 1 - self.guess)
        mastered = self.mastered[row] * yes
        mastered /= mastered + (1 - self.mastered[row]) * no
        self.mastered[row] = mastered + (1 - mastered) * self.rate

    def right(self) -> Array:
        return self.guess + (1 - self.slip - self.guess) * self.mastered


class Pfa(Simple):
    """Performance factors analysis: logits from counts (P. I. Pavlik, H. Cen and K. R. Koedinger
    2009)."""

    def __init__(self, begin: float = 0.8, right: float = 0.1, wrong: float = -0.2) -> None:
        self.rates = wrong, right
        self.logit = np.full(len(TOPICS), begin)

    def learn(self, row: int, answer: Observation) -> None:
        self.logit[row] += self.rates[answer.is_right]

    def right(self) -> Array:
        found: Array = 1 / (1 + np.exp(-self.logit))
        return found


def binomial(share: float) -> float:
    """The chance of FEWEST or more right of QUESTIONS."""
    return sum(
        math.comb(QUESTIONS, n) * share**n * (1 - share) ** (QUESTIONS - n)
        for n in range(FEWEST, QUESTIONS + 1)
    )


TRACKERS: dict[str, Callable[[], Tracker]] = {
    "this model": ThisModel,
    "overall percentage": Overall,
    "percentage per topic": PerTopic,
    "Leitner boxes": Leitner,
    "Elo": Elo,
    "BKT": Bkt,
    "PFA": Pfa,
}
