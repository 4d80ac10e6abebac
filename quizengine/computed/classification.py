"""Ratios of a confusion matrix, F-beta, and a threshold by its cost."""

from __future__ import annotations

import random
from datetime import date

from quizengine.computed.drawn import Choice, Drawn, Generator, table
from quizengine.content import Reference

SETTINGS = (
    ("A bank flags transfers that may be fraud", "fraud", "harmless"),
    ("A clinic screens blood samples for an infection", "infected", "healthy"),
    ("A paper mill inspects rolls for tears", "torn", "sound"),
    ("A mail provider filters messages", "spam", "wanted"),
    ("An airline predicts which engines need a repair", "faulty", "sound"),
    ("A shop predicts which parcels will come back", "returned", "kept"),
)
METRICS = {
    "precision": "the share of the flagged cases that are real",
    "recall": "the share of the real cases that were flagged",
    "specificity": "the share of the negative cases that were left alone",
    "accuracy": "the share of all cases that were told rightly",
    "F1 score": "the harmonic mean of precision and recall",
}


def ratios(tp: int, fn: int, fp: int, tn: int) -> dict[str, tuple[float, str]]:
    """Each metric's value and how it is formed."""
    total = tp + fn + fp + tn
    return {
        "precision": (tp / (tp + fp), f"{tp} / ({tp} + {fp})"),
        "recall": (tp / (tp + fn), f"{tp} / ({tp} + {fn})"),
        "specificity": (tn / (tn + fp), f"{tn} / ({tn} + {fp})"),
        "accuracy": ((tp + tn) / total, f"({tp} + {tn}) / {total}"),
        "F1 score": (2 * tp / (2 * tp + fp + fn), f"2 x {tp} / (2 x {tp} + {fp} + {fn})"),
    }


def _ratio(rng: random.Random) -> Drawn:
    scene, real, other = rng.choice(SETTINGS)
    positive = rng.randrange(40, 400, 10)
    negative = rng.randrange(600, 5000, 10)
    tp = rng.randrange(positive * 4 // 10, positive * 95 // 100)
    fp = rng.randrange(negative // 100, negative // 6)
    asked = rng.choice([*METRICS])
    found = ratios(tp, positive - tp, fp, negative - fp)
    rows = (
        (f"Actually {real}", tp, positive - tp),
        (f"Actually {other}", fp, negative - fp),
    )
    stem = (
        f"{scene}. On {positive + negative:,} test cases, of which {positive} are {real}, a model "
        f"gives these counts:\n\n{table(('', f'Flagged as {real}', 'Not flagged'), rows)}\n\n"
        f"What is the {asked} of the model, with {real} as the positive class?"
    )
    values = {name: f"{value:.3f}" for name, (value, _) in found.items()}

    def why(name: str) -> str:
        told = f"{found[name][1]} = {values[name]} is the {name}: {METRICS[name]}."
        return told if name == asked else f"{told} The question is about another ratio."

    wrong = [Choice(values[name], why(name), "elsewhere") for name in METRICS if name != asked]
    rng.shuffle(wrong)
    return Drawn(stem, f"the {asked} of the model", Choice(values[asked], why(asked)), tuple(wrong))


def f_beta(precision: float, recall: float, beta: float) -> float:
    """(1 + b^2) P R / (b^2 P + R), van Rijsbergen's F."""
    square = beta * beta
    return (1 + square) * precision * recall / (square * precision + recall)


def _f_beta(rng: random.Random) -> Drawn:
    scene, real, _ = rng.choice(SETTINGS)
    precision, recall = rng.randrange(40, 96, 5) / 100, rng.randrange(40, 96, 5) / 100
    beta, other = rng.choice(((2.0, 0.5), (0.5, 2.0)))
    weighed = "recall counts for more" if beta > 1 else "precision counts for more"
    stem = (
        f"{scene}. For the class '{real}' the validation precision is {precision:.2f} and the "
        f"recall is {recall:.2f}. The team compares models by F-beta with beta = {beta:g}, so that "
        f"{weighed}.\n\nWhich F-beta does the model reach?"
    )
    square = beta * beta
    unsquared = (1 + beta) * precision * recall / (beta * precision + recall)
    key = Choice(
        f"{f_beta(precision, recall, beta):.3f}",
        f"(1 + {square:g}) x {precision:.2f} x {recall:.2f} / ({square:g} x {precision:.2f} + "
        f"{recall:.2f}): beta squared stands before the precision, and that makes {weighed}.",
    )
    wrong = (
        Choice(
            f"{f_beta(precision, recall, 1):.3f}",
            "This is F1, where precision and recall count alike; the stem sets another beta.",
            "constraint",
        ),
        Choice(
            f"{f_beta(precision, recall, other):.3f}",
            f"This is F-beta with beta = {other:g}: precision and recall have changed places.",
            "constraint",
        ),
        Choice(
            f"{unsquared:.3f}",
            "Here beta stands in the formula as it is; it has to be squared in both places.",
            "elsewhere",
        ),
        Choice(
            f"{(precision + recall) / 2:.3f}",
            "This is the arithmetic mean; F-beta is a weighted harmonic mean, which is lower.",
            "elsewhere",
        ),
    )
    return Drawn(stem, f"beta = {beta:g}", key, wrong)


def _threshold(rng: random.Random) -> Drawn:
    scene, real, _ = rng.choice(SETTINGS)
    positive = rng.randrange(100, 500, 20)
    found = sorted(rng.sample(range(positive * 3 // 10, positive * 97 // 100), 4), reverse=True)
    alarms = sorted(rng.sample(range(positive // 10, positive * 4), 4), reverse=True)
    thresholds = sorted(rng.sample((0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8), 4))
    alarm_cost = rng.randrange(10, 100, 5)
    miss_cost = alarm_cost * rng.randrange(3, 16)
    rows = [*zip(thresholds, found, alarms, strict=True)]
    missed = {t: positive - tp for t, tp, _ in rows}
    costs = {t: missed[t] * miss_cost + fp * alarm_cost for t, _, fp in rows}
    errors = {t: missed[t] + fp for t, _, fp in rows}
    cheapest, second = sorted(costs.values())[:2]
    best = min(costs, key=costs.__getitem__)
    fewest = min(errors, key=errors.__getitem__)
    stem = (
        f"{scene}. In the validation data {positive} cases are {real}. A case that is missed costs "
        f"${miss_cost:,}; a false alarm costs ${alarm_cost:,}. The counts at four thresholds are:"
        f"\n\n{table(('Threshold', 'Real cases found', 'False alarms'), rows)}\n\n"
        "Which threshold gives the lowest total cost?"
    )
    if second < 1.03 * cheapest or fewest == best:  # no near tie, and accuracy shall mislead
        return Drawn(stem, "", Choice("", ""), ())

    def sums(t: float, alarms: int) -> str:
        return (
            f"{missed[t]} missed cases cost ${missed[t] * miss_cost:,} and {alarms} false alarms "
            f"${alarms * alarm_cost:,}: ${costs[t]:,} in all"
        )

    def choice(t: float, alarms: int) -> Choice:
        told = sums(t, alarms)
        if t == best:
            return Choice(f"{t}", f"{told}, the lowest of the four sums.")
        if t == fewest:
            tail = "It makes the fewest errors, but the two kinds do not cost alike."
        elif t == thresholds[0]:
            tail = "It finds the most, but the false alarms eat up what that saves."
        else:
            tail = "It is better in one kind of error only."
        return Choice(f"{t}", f"{told}. {tail}", "constraint" if t == fewest else "elsewhere")

    choices = {t: choice(t, fp) for t, _, fp in rows}
    key = choices.pop(best)
    return Drawn(stem, f"A case that is missed costs ${miss_cost:,}", key, tuple(choices.values()))


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
