"""Ratios of a confusion matrix, F-beta, and a threshold by its cost."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from quizengine.computed.drawn import (
    UNUSABLE,
    Choice,
    Drawn,
    Generator,
    around,
    number,
    sound,
    table,
)
from quizengine.content import Reference
from quizengine.question import Trap

# Who does what, the class that is looked for, its opposite, and how many of these there are.
SETTINGS = (
    ("A bank flags transfers that may be fraud", "fraud", "harmless", "{} fraudulent transfers"),
    (
        "A clinic screens blood for infections",
        "infected",
        "healthy",
        "{} infected samples",
    ),
    ("A paper mill inspects rolls for tears", "torn", "sound", "{} torn rolls"),
    ("A mail provider filters messages", "spam", "wanted", "{} spam messages"),
    ("An airline predicts which engines need a repair", "faulty", "sound", "{} faulty engines"),
    ("A shop predicts which parcels will come back", "returned", "kept", "{} returned parcels"),
)
METRICS = {
    "precision": "the share of the flagged cases that are real",
    "recall": "the share of the real cases that were flagged",
    "specificity": "the share of the negative cases that were left alone",
    "accuracy": "the share of all cases that were classified correctly",
    "F1 score": "the harmonic mean of precision and recall",
}
APART = 0.005  # between two options, at three decimals


def ratios(tp: int, fn: int, fp: int, tn: int) -> dict[str, tuple[Fraction, str]]:
    """Each metric's value and how it is formed."""
    total = tp + fn + fp + tn
    return {
        "precision": (Fraction(tp, tp + fp), f"{tp} / ({tp} + {fp})"),
        "recall": (Fraction(tp, tp + fn), f"{tp} / ({tp} + {fn})"),
        "specificity": (Fraction(tn, tn + fp), f"{tn:,} / ({tn:,} + {fp})"),
        "accuracy": (Fraction(tp + tn, total), f"({tp} + {tn:,}) / {total:,}"),
        "F1 score": (Fraction(2 * tp, 2 * tp + fp + fn), f"2 x {tp} / (2 x {tp} + {fp} + {fn})"),
    }


def _ratio(rng: random.Random) -> Drawn:
    scene, real, other, many = rng.choice(SETTINGS)
    positive = rng.randrange(40, 400, 10)
    negative = rng.randrange(600, 5000, 10)
    tp = rng.randrange(positive * 4 // 10, positive * 95 // 100)
    fp = rng.randrange(negative // 100, negative // 6)
    asked = rng.choice([*METRICS])
    found = ratios(tp, positive - tp, fp, negative - fp)
    if not sound([value for value, _ in found.values()], 3, APART):
        return UNUSABLE
    rows = (
        (f"Actually {real}", number(tp), number(positive - tp)),
        (f"Actually {other}", number(fp), number(negative - fp)),
    )
    as_positive = "" if asked == "accuracy" else f", with {real} as the positive class"
    stem = (
        f"{scene}. On {positive + negative:,} test cases, among them {many.format(positive)}, a "
        f"model gives these counts:\n\n{table(('', f'Flagged as {real}', 'Not flagged'), rows)}\n\n"
        f"What is the {asked} of the model{as_positive}, rounded to three decimals?"
    )
    values = {name: f"{float(value):.3f}" for name, (value, _) in found.items()}

    def why(name: str) -> str:
        told = f"{found[name][1]} = {values[name]} is the {name}: {METRICS[name]}."
        return told if name == asked else f"{told} The question asks for another measure."

    wrong = [Choice(values[name], why(name), "elsewhere") for name in METRICS if name != asked]
    rng.shuffle(wrong)
    return Drawn(stem, f"the {asked} of the model", Choice(values[asked], why(asked)), tuple(wrong))


def f_beta(precision: Fraction, recall: Fraction, beta: Fraction) -> Fraction:
    """(1 + b^2) P R / (b^2 P + R), van Rijsbergen's F."""
    square = beta * beta
    return (1 + square) * precision * recall / (square * precision + recall)


def _f_beta(rng: random.Random) -> Drawn:
    scene, real, _, _ = rng.choice(SETTINGS)
    precision, recall = (Fraction(rng.randrange(40, 96, 5), 100) for _ in range(2))
    beta, other = rng.choice(((Fraction(2), Fraction(1, 2)), (Fraction(1, 2), Fraction(2))))
    weighed = "recall counts for more" if beta > 1 else "precision counts for more"
    square = float(beta * beta)
    p, r = float(precision), float(recall)
    stem = (
        f"{scene}. For the class '{real}' the validation precision is {p:.2f} and the recall is "
        f"{r:.2f}. The team compares models by F-beta with beta = {float(beta):g}, so that "
        f"{weighed}.\n\nWhat is the model's F-beta score, rounded to three decimals?"
    )
    right = f_beta(precision, recall, beta)
    found: dict[Fraction, tuple[str, Trap]] = {
        f_beta(precision, recall, Fraction(1)): (
            "This is F1, where precision and recall count equally; the stem sets another beta.",
            "constraint",
        ),
        f_beta(precision, recall, other): (
            f"This is F-beta with beta = {float(other):g}: precision and recall are exchanged.",
            "constraint",
        ),
        (1 + beta) * precision * recall / (beta * precision + recall): (
            "Here beta stands in the formula as it is; it has to be squared in both places.",
            "elsewhere",
        ),
        (precision + recall) / 2: (
            "This is the arithmetic mean; F-beta is a weighted harmonic mean.",
            "elsewhere",
        ),
        precision: ("This is the precision alone; F-beta weighs it against the recall.", "stage"),
        recall: ("This is the recall alone; F-beta weighs it against the precision.", "stage"),
    }
    found.pop(right, None)
    if not sound([right, *found], 3, APART):
        return UNUSABLE
    favours = "below 1 it favours precision" if beta < 1 else "above 1 it favours recall"
    key = Choice(
        f"{float(right):.3f}",
        f"(1 + {square:g}) x {p:.2f} x {r:.2f} / ({square:g} x {p:.2f} + {r:.2f}) = "
        f"{float(right):.3f}: beta squared "
        f"multiplies the precision in the denominator, and {favours}.",
    )
    wrong = {float(value): Choice(f"{float(value):.3f}", *told) for value, told in found.items()}
    return Drawn(stem, f"beta = {float(beta):g}", key, around(rng, float(right), wrong))


@dataclass(frozen=True)
class _Counts:
    """At four thresholds, ascending: real cases found and false alarms; what an error costs."""

    positive: int
    rows: tuple[tuple[float, int, int], ...]
    miss: int
    alarm: int

    def missed(self, n: int) -> int:
        return self.positive - self.rows[n][1]

    def cost(self, n: int) -> int:
        return self.missed(n) * self.miss + self.rows[n][2] * self.alarm

    def errors(self, n: int) -> int:
        return self.missed(n) + self.rows[n][2]


def _counts(rng: random.Random) -> _Counts:
    positive = rng.randrange(100, 500, 20)
    found = sorted(rng.sample(range(positive * 3 // 10, positive * 97 // 100), 4), reverse=True)
    alarms = sorted(rng.sample(range(positive // 10, positive * 4), 4), reverse=True)
    thresholds = sorted(rng.sample((0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8), 4))
    alarm = rng.randrange(20, 200, 5)
    miss = rng.choice((alarm // 4, alarm // 2, *(alarm * n for n in (2, 3, 4, 6, 8, 12))))
    return _Counts(positive, tuple(zip(thresholds, found, alarms, strict=True)), miss, alarm)


def _threshold(rng: random.Random) -> Drawn:
    scene, _, _, many = rng.choice(SETTINGS)
    wanted = rng.randrange(4)  # else the lowest threshold would win most often
    for _ in range(500):
        counts = _counts(rng)
        costs = sorted((counts.cost(n), n) for n in range(4))
        fewest = min(range(4), key=counts.errors)
        # No near tie, and counting the errors shall mislead.
        if costs[0][1] == wanted != fewest and costs[1][0] >= 1.03 * costs[0][0]:
            break
    else:
        return UNUSABLE
    rows = [(t, number(tp), number(fp)) for t, tp, fp in counts.rows]
    stem = (
        f"{scene}. The validation data hold {many.format(counts.positive)}. A missed case costs "
        f"${counts.miss:,}; a false alarm costs ${counts.alarm:,}. The counts at four thresholds "
        f"are:\n\n{table(('Threshold', 'Real cases found', 'False alarms'), rows)}\n\n"
        "Which threshold gives the lowest total cost?"
    )

    def choice(n: int) -> Choice:
        t, _, alarms = counts.rows[n]
        told = (
            f"{counts.missed(n)} missed cases cost ${counts.missed(n) * counts.miss:,} and "
            f"{alarms:,} false alarms ${alarms * counts.alarm:,}: ${counts.cost(n):,} in all"
        )
        if n == wanted:
            return Choice(f"{t}", f"{told}, the lowest of the four sums.")
        if n == fewest:
            tail = "It makes the fewest errors, but the two kinds do not cost alike."
        elif n < wanted:
            tail = "It misses fewer cases, but its false alarms cost more than that saves."
        else:
            tail = "It saves on false alarms, but loses more on missed cases."
        return Choice(f"{t}", f"{told}. {tail}", "constraint" if n == fewest else "elsewhere")

    wrong = tuple(choice(n) for n in range(4) if n != wanted)
    return Drawn(stem, f"A missed case costs ${counts.miss:,}", choice(wanted), wrong)


_METRICS = {"mls-c01": "3.5", "mla-c01": "2.3", "mla-c02": "2.3"}
_CONFUSION = Reference(
    title="sklearn.metrics.confusion_matrix, scikit-learn API reference",
    url="https://scikit-learn.org/stable/modules/generated/sklearn.metrics.confusion_matrix.html",
    as_of="unknown",
)
_F = Reference(
    title="sklearn.metrics.fbeta_score, scikit-learn API reference",
    url="https://scikit-learn.org/stable/modules/generated/sklearn.metrics.fbeta_score.html",
    as_of="unknown",
)
_COST = Reference(
    title="Post-tuning the decision threshold for cost-sensitive learning, scikit-learn example",
    url="https://scikit-learn.org/stable/auto_examples/model_selection/"
    "plot_cost_sensitive_learning.html",
    as_of="unknown",
)
_WHERE = ("evaluation/classification-metrics",)
_CARDS = ("confusion-matrix-ratios",)
_DAY = date(2026, 11, 21)
GENERATORS = (
    Generator(
        "ratio-of-a-confusion-matrix", "A ratio of a confusion matrix",
        _WHERE, _METRICS, _CARDS, "easy", _DAY, (_CONFUSION,), _ratio,
    ),
    Generator(
        "f-beta-of-a-model", "F-beta from precision and recall",
        _WHERE, _METRICS, _CARDS, "medium", _DAY, (_F,), _f_beta,
    ),
    Generator(
        "threshold-by-cost", "The threshold that costs least",
        _WHERE, _METRICS, _CARDS, "medium", _DAY, (_COST, _CONFUSION), _threshold,
    ),
)  # fmt: skip
