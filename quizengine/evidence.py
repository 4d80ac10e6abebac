"""From the record to what the model of the learner takes in: answers and outcomes, in one order.

An exam's answers count when it is submitted, a practice's when the key is shown, each as it then
stood (progress.py has that rule). Unscored questions count: they ask the same knowledge. A blank
does not: nobody got to it before the time was up, or who saw it had no reason to leave it, since a
wrong answer costs nothing. Every answer to a question counts, the later ones for less, as the
question may be known by heart by then. Questions that the bank has withdrawn are left out:
something was wrong with them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from quizengine.asked import Asked, asked, guess_rate
from quizengine.bank import Bank
from quizengine.errors import BadRequest
from quizengine.observation import Evidence, Hearsay, Observation
from quizengine.outcome import Outcome
from quizengine.progress import Answered, Sat, final_answers
from quizengine.scoring import CUT, CUT_ERROR, HIGHEST, LOWEST
from quizengine.tree import Blend

DAY = 86_400_000  # milliseconds
EPOCH = date(1970, 1, 1)

# How far the share right in a test from outside may lie from that over our questions: standard
# deviations. Nobody has measured them. They let the score of a real exam of 50 questions count as
# much as about 30 of our answers, that of another provider's mock as about 19.
EXAM_ERROR = 0.05
MOCK_ERROR = 0.08


def evidence(bank: Bank, sat: Iterable[Sat], outcomes: Iterable[Outcome] = ()) -> list[Evidence]:
    """All that the record says about knowledge, ready to be folded.

    An outcome of an exam that the bank does not serve says nothing. Marking is that of the
    revisions handed in with the attempts.
    """
    found: list[Evidence] = [*observations(bank, sat)]
    for outcome in outcomes:
        exam = bank.exams.get(outcome.exam)
        if exam is not None:
            try:
                found += hearsay(outcome, asked(exam, bank))
            except BadRequest:
                continue
    return sorted(found, key=_order)


def observations(bank: Bank, sat: Iterable[Sat]) -> list[Observation]:
    """The answers that count. A question counts on the topics where the bank places it now; one
    that it no longer holds, where it stood when it was shown."""
    entries = {entry.id: entry for entry in bank.entries()}
    found = []
    for answer in final_answers(sat):
        entry = entries.get(answer.question.id)
        topics = answer.question.topics if entry is None else entry.topics
        known = tuple(topic for topic in topics if topic in bank.topics)
        if known and not (entry is not None and entry.withdrawn):
            found.append(_observation(answer, known))
    return sorted(found, key=_order)


def hearsay(outcome: Outcome, asked: Asked) -> list[Hearsay]:
    """What an outcome says: of the whole exam, and of each domain that has a class.

    `asked` is that of the outcome's exam. The day it was taken counts, at noon UTC.
    """
    error = math.hypot(EXAM_ERROR if outcome.kind == "exam" else MOCK_ERROR, CUT_ERROR / 3**0.5)
    day = (outcome.taken_on - EPOCH).days + 0.5

    def told(blend: Blend, questions: float, share: float | None, met: bool) -> Hearsay:
        topics = tuple(sorted(blend.items()))
        guess = asked.guess(blend)
        return Hearsay(day, topics, max(1, round(questions)), guess, share, met, CUT, error)

    found = []
    if outcome.score is not None:
        share = share_of(outcome.score, asked.pass_mark)
        found.append(told(asked.whole, asked.questions, share, share >= CUT))
    elif outcome.passed is not None:
        found.append(told(asked.whole, asked.questions, None, outcome.passed))
    for domain, competency in sorted(outcome.domains.items()):
        if domain in asked.weights:
            questions = asked.weights[domain] * asked.questions
            met = competency == "meets competencies"
            found.append(told(asked.domains[domain], questions, None, met))
    return found


def share_of(score: int, pass_mark: int) -> float:
    """The share right, 0..1, whose scaled estimate this is: the other way of `scaled`."""
    if score < pass_mark:
        return CUT * (score - LOWEST) / (pass_mark - LOWEST)
    return CUT + (1 - CUT) * (score - pass_mark) / (HIGHEST - pass_mark)


def _observation(answer: Answered, topics: tuple[str, ...]) -> Observation:
    spent = answer.response.spent
    return Observation(
        day=answer.at / DAY,
        topics=topics,
        is_right=answer.is_right,
        guess=guess_rate(answer.question),
        question=answer.question.id,
        seconds=spent / 1000 if spent else None,
        feedback=answer.attempt.is_practice,
    )


def _order(piece: Evidence) -> tuple[float, str]:
    """By time and, within one moment, alike on every machine."""
    return piece.day, repr(piece)
