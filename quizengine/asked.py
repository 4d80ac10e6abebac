"""What a mock of an exam asks: which topics, how much of each, and how easily they are guessed."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from quizengine.bank import Bank
from quizengine.content import ExamCode
from quizengine.errors import BadRequest
from quizengine.exam import Exam, blueprint, domain_of
from quizengine.question import Kind, Question
from quizengine.tree import Blend, weighed

LEAST_GUESS = 0.05  # who guesses rules something out: no question is safer from it than that

# The guess rate of a question of which only the kind is known: one of four, two of five; the two
# other kinds lie below LEAST_GUESS.
TYPICAL: dict[Kind, float] = {"single": 0.25, "multiple": 0.1, "ordering": 0.05, "matching": 0.05}


def guess_rate(question: Question) -> float:
    """The chance of a right answer of who knows nothing, all or nothing, at least LEAST_GUESS."""
    match question.kind:
        case "single" | "multiple":
            ways = math.comb(len(question.options), question.wanted)
        case "ordering":
            ways = math.factorial(question.wanted)
        case "matching":
            ways = len(question.options) ** question.wanted
    return max(LEAST_GUESS, 1 / ways)


@dataclass(frozen=True)
class Asked:
    """What a mock asks on average over all forms that may be drawn.

    `tasks` says which topics the questions of a task are on, `shares` which share of the scored
    `questions` each task has (they sum to 1), `guesses` the mean guess rate on each topic.
    """

    exam: ExamCode
    questions: int
    pass_mark: int
    tasks: Mapping[str, Blend]
    shares: Mapping[str, float]
    guesses: Mapping[str, float]

    @property
    def whole(self) -> Blend:
        """The topics of the whole mock."""
        return self._blend(self.shares)

    @property
    def weights(self) -> dict[str, float]:
        """The share of each domain."""
        totals: dict[str, float] = defaultdict(float)
        for task, share in self.shares.items():
            totals[domain_of(task)] += share
        return dict(totals)

    @property
    def domains(self) -> dict[str, Blend]:
        """The topics of each domain."""
        mine: dict[str, dict[str, float]] = defaultdict(dict)
        for task, share in self.shares.items():
            mine[domain_of(task)][task] = share / self.weights[domain_of(task)]
        return {domain: self._blend(shares) for domain, shares in mine.items()}

    def guess(self, blend: Blend) -> float:
        """The mean guess rate over a blend of topics that the mock asks."""
        return sum(weight * self.guesses[topic] for topic, weight in blend.items())

    def _blend(self, shares: Mapping[str, float]) -> Blend:
        found: dict[str, float] = defaultdict(float)
        for task, share in shares.items():
            for topic, weight in self.tasks[task].items():
                found[topic] += share * weight
        return dict(found)


def asked(exam: Exam, bank: Bank) -> Asked:
    """What the exam's first format asks from this bank. Raises BadRequest without any question.

    Domains have their quotas; within one its tasks are served evenly, as a form is drawn, and
    within a task every question is as likely as another.
    """
    shape = exam.formats[0]
    scored, _ = blueprint(exam, shape, None)
    tasks: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    guesses: dict[str, list[float]] = defaultdict(list)
    for entry in bank.entries():
        if exam.code in entry.exams and not entry.withdrawn and entry.kind in shape.kinds.used:
            for topic, weight in weighed(entry.topics):
                tasks[entry.exams[exam.code]][topic] += weight
                guesses[topic].append(TYPICAL[entry.kind])
    if not tasks:
        raise BadRequest(
            f"The bank holds no question of {exam.code}.", "quizengine exam list shows what it has."
        )
    served = Counter(domain_of(task) for task in tasks)
    shares = {task: scored[domain_of(task)] / served[domain_of(task)] for task in sorted(tasks)}
    total = sum(shares.values())
    return Asked(
        exam=exam.code,
        questions=shape.scored.used,
        pass_mark=exam.pass_mark.used,
        tasks={
            task: {topic: weight / sum(topics.values()) for topic, weight in topics.items()}
            for task, topics in sorted(tasks.items())
        },
        shares={task: share / total for task, share in shares.items()},
        guesses={topic: sum(rates) / len(rates) for topic, rates in guesses.items()},
    )
