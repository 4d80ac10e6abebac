"""Figures about evaluation: what a score says, and of what."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    cross_val_score,
    train_test_split,
)
from sklearn.neighbors import KNeighborsClassifier

from docs.figures.style import BLUE, GREEN, GRID, INK, MUTED, ORANGE, Drawing, plot, say


def roc_and_precision_recall() -> Drawing:
    """One scorer, exactly: negatives N(0, 1), positives N(d, 1), at two shares of positives."""
    shift, shares = 2.66, {"1 in 2": 0.5, "1 in 100": 0.01}
    negatives, positives = NormalDist(), NormalDist(shift)
    auc = negatives.cdf(shift / 2**0.5)
    at = np.linspace(-3.5, 6.2, 98)
    found = np.array([1 - positives.cdf(x) for x in at])
    false = np.array([1 - negatives.cdf(x) for x in at])
    precision = {k: s * found / (s * found + (1 - s) * false) for k, s in shares.items()}
    colours = {"1 in 2": BLUE, "1 in 100": ORANGE}
    with plot(2) as (canvas, (roc, pr)):
        roc.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        roc.plot(np.round(false, 4), np.round(found, 4), color=GREEN)
        say(roc, 0.18, 0.83, f"AUC {auc:.2f}\nwith either\nshare", GREEN, at="top")
        say(roc, 0.56, 0.46, "by chance", MUTED)
        roc.set(title="ROC curve", xlabel="false positive rate", ylabel="true positive rate")
        for name, values in precision.items():
            pr.plot(np.round(found, 4), np.round(values, 4), color=colours[name])
        say(pr, 0.5, 0.93, "positives: 1 in 2", BLUE, of="center")
        say(pr, 0.05, 0.12, "positives: 1 in 100", ORANGE)
        pr.set(title="Precision-recall curve", xlabel="recall", ylabel="precision")
        for axes in (roc, pr):
            axes.set(xlim=(0, 1), ylim=(0, 1.03))
    rows = []
    for recall in (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99):
        rate = 1 - negatives.cdf(positives.inv_cdf(1 - recall))
        share = [s * recall / (s * recall + (1 - s) * rate) for s in shares.values()]
        rows.append([f"{recall:.2f}", f"{rate:.4f}", *(f"{value:.2f}" for value in share)])
    recalled, low, _, rare = rows[-3]
    return Drawing(
        "One scorer on a ROC and on a precision-recall curve",
        f"Left: the ROC curve of a scorer with an AUC of {auc:.2f}. It is the same whether one row "
        "in 2 or one in 100 is positive. Right: its precision-recall curves. With one positive in "
        "2, precision stays near 1 up to a high recall; with one in 100 it falls early. At a "
        f"recall of {recalled} the false positive rate is {float(low):.3f}, and yet only "
        f"{float(rare):.0%} of the alarms are right.",
        ("recall", "false positive rate", "precision, 1 in 2", "precision, 1 in 100"),
        rows,
        canvas,
    )


def threshold_and_cost() -> Drawing:
    """Held-out rows, a miss that costs twenty false alarms, and every threshold."""
    miss, alarm = 20, 1
    x, y = make_classification(
        6000, n_features=8, n_informative=4, weights=[0.9], class_sep=0.9, random_state=5
    )
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.5, random_state=5)
    scores = LogisticRegression().fit(x_train, y_train).predict_proba(x_test)[:, 1]
    grid = np.round(np.arange(0.01, 1.0, 0.01), 2)
    cells = {float(t): _cells(y_test, scores >= t) for t in grid}
    cost = np.array([miss * fn + alarm * fp for _, fp, fn, _ in cells.values()])
    cheapest = float(grid[cost.argmin()])
    f1 = float(grid[np.argmax([f1_score(y_test, scores >= t) for t in grid])])
    with plot(2) as (canvas, (money, counts)):
        money.plot(grid, cost, color=ORANGE)
        for threshold, text in ((cheapest, "lowest cost"), (f1, "best F1"), (0.5, "default")):
            value = cost[round(threshold * 100) - 1]
            money.plot([threshold], [value], "o", color=INK, markersize=5)
            say(money, threshold + 0.02, value - 0.03 * cost.max(), f"{text}: {threshold:.2f}", INK)
        money.set(title=f"Cost: a miss {miss}, a false alarm {alarm}")
        money.set(xlabel="threshold", xlim=(0, 1), ylim=(0, cost.max() * 1.05))
        false = [fp for _, fp, _, _ in cells.values()]
        missed = [fn for _, _, fn, _ in cells.values()]
        counts.plot(grid, false, color=BLUE)
        counts.plot(grid, missed, color=GREEN)
        say(counts, 0.14, 700, "false alarms", BLUE)
        say(counts, 0.98, missed[-1] + 60, "misses", GREEN, of="right")
        counts.set(title="Errors", xlabel="threshold", xlim=(0, 1), ylim=(0, 1500))
    shown = sorted({0.02, 0.1, 0.2, 0.3, 0.7, 0.9, cheapest, f1, 0.5})
    rows = []
    for threshold in shown:
        tp, fp, fn, tn = cells[threshold]
        ratios = (f"{tp / (tp + fp):.2f}", f"{tp / (tp + fn):.2f}")
        rows.append(
            [f"{threshold:.2f}", *map(str, (tp, fp, fn, tn)), *ratios, str(miss * fn + alarm * fp)]
        )
    by_default = int(cost[49])
    return Drawing(
        "Confusion matrix and cost by threshold",
        f"Held-out rows with one positive in ten; a miss costs {miss}, a false alarm {alarm}. As "
        "the threshold rises, false alarms fall and misses rise. The cost is lowest at "
        f"{cheapest:.2f}: {cost.min()}. At the default of 0.50 it is {by_default}, and at the "
        f"threshold with the best F1, {f1:.2f}, {int(cost[round(f1 * 100) - 1])}: neither of these "
        "knows the prices.",
        ("threshold", "TP", "FP", "FN", "TN", "precision", "recall", "cost"),
        rows,
        canvas,
    )


def _cells(truth: np.ndarray, said: np.ndarray) -> tuple[int, int, int, int]:
    """TP, FP, FN, TN."""
    yes = truth == 1
    return tuple(int(c.sum()) for c in (yes & said, ~yes & said, yes & ~said, ~yes & ~said))  # type: ignore[return-value]


def k_fold() -> Drawing:
    """Five folds, and what happens when rows of one person stand on both sides."""
    rng = np.random.default_rng(4)
    people, rows = 200, 10
    person = np.repeat(np.arange(people), rows)
    habits = rng.normal(0, 1, (people, 6))
    ill = rng.integers(0, 2, people)
    x = habits[person] + rng.normal(0, 0.15, (people * rows, 6))
    x[:, 0] += 1.0 * ill[person]
    y = ill[person]
    new = rng.normal(0, 1, (2000, 6)) + rng.normal(0, 0.15, (2000, 6))
    new_ill = rng.integers(0, 2, 2000)
    new[:, 0] += 1.0 * new_ill
    neighbours = KNeighborsClassifier(3)
    shuffled = cross_val_score(neighbours, x, y, cv=KFold(5, shuffle=True, random_state=1))
    grouped = cross_val_score(neighbours, x, y, cv=GroupKFold(5), groups=person)
    scores = {
        "rows shuffled": float(shuffled.mean()),
        "people kept together": float(grouped.mean()),
        "new people": float(neighbours.fit(x, y).score(new, new_ill)),
    }
    with plot(2, widths=(1.15, 1)) as (canvas, (folds, bars)):
        for split in range(5):
            for fold in range(5):
                held = fold == split
                folds.barh(
                    split, 0.92, left=fold, height=0.7, color=ORANGE if held else GRID, linewidth=0
                )
                words, colour = ("score", "#ffffff") if held else ("train", INK)
                folds.text(
                    fold + 0.46, split, words, color=colour, fontsize=8.5, ha="center", va="center"
                )
        folds.set(title="Five folds: each is held out once", xlim=(0, 5), ylim=(4.5, -0.5))
        folds.set_xticks([n + 0.46 for n in range(5)], [f"fold {n + 1}" for n in range(5)])
        folds.set_yticks(range(5), [f"{n + 1}" for n in range(5)])
        folds.set_ylabel("round")
        folds.grid(False)
        for n, ((name, score), colour) in enumerate(
            zip(scores.items(), (BLUE, GREEN, MUTED), strict=True)
        ):
            bars.barh(n, score, height=0.45, color=colour)
            say(bars, 0.01, n - 0.38, name, INK)
            say(bars, score + 0.015, n, f"{score:.2f}", INK)
        bars.set(title="Accuracy, ten rows a person", xlim=(0, 1.12), ylim=(2.5, -0.7))
        bars.set_yticks([])
    return Drawing(
        "k-fold cross-validation, and groups",
        "Left: in each of five rounds another fold is held out for the score and the other four "
        "train. Right: accuracy of a nearest-neighbour model on data with ten rows of each person. "
        f"With the rows shuffled over the folds it is {scores['rows shuffled']:.2f}, since the "
        "model recognises people. With all rows of a person in one fold it is "
        f"{scores['people kept together']:.2f}, and on new people {scores['new people']:.2f}.",
        ("estimate", "accuracy"),
        [[name, f"{score:.2f}"] for name, score in scores.items()],
        canvas,
    )
