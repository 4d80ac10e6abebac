"""Figures about networks and text: activations, attention, sampling, word weights."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from matplotlib.axes import Axes

from docs.figures.style import BLUE, GREEN, INK, ORANGE, PURPLE, Drawing, plot, say


def activations() -> Drawing:
    """Four activation functions and their slopes."""
    x = np.round(np.linspace(-4, 4, 81), 1)
    sigmoid = 1 / (1 + np.exp(-x))
    functions = {
        "sigmoid": (sigmoid, sigmoid * (1 - sigmoid), BLUE, "-"),
        "tanh": (np.tanh(x), 1 - np.tanh(x) ** 2, ORANGE, "-"),
        "ReLU": (np.maximum(0, x), (x > 0) * 1.0, GREEN, "-"),
        "leaky ReLU": (np.where(x > 0, x, 0.1 * x), np.where(x > 0, 1, 0.1), PURPLE, "--"),
    }
    places = {
        "sigmoid": (2.2, 0.68),
        "tanh": (-3.9, -1.22),
        "ReLU": (-3.9, 0.2),
        "leaky ReLU": (-3.9, -0.62),
    }
    slopes = {
        "sigmoid": (1.3, 0.32),
        "tanh": (-0.62, 0.75),
        "ReLU": (0.3, 1.07),
        "leaky ReLU": (-3.9, 0.18),
    }
    with plot(2) as (canvas, (left, right)):
        for name, (value, slope, colour, line) in functions.items():
            left.plot(x, np.round(value, 3), line, color=colour)
            right.plot(x, np.round(slope, 3), line, color=colour)
            say(left, *places[name], name, colour)
            say(right, *slopes[name], name, colour, of="right" if name == "tanh" else "left")
        left.set(title="Value", xlabel="x", xlim=(-4, 4), ylim=(-1.5, 3))
        right.set(title="Slope, by which gradients shrink", xlabel="x", xlim=(-4, 4), ylim=(0, 1.2))
    shown = [int(np.flatnonzero(x == at)[0]) for at in (-4, -2, -1, -0.5, 0.5, 1, 2, 4)]
    rows = [
        [
            f"{x[n]:g}",
            *(f"{value[n]:.3f} ({slope[n]:.3f})" for value, slope, _, _ in functions.values()),
        ]
        for n in shown
    ]
    return Drawing(
        "Activation functions and their slopes",
        "Left, the values: sigmoid runs from 0 to 1 and tanh from -1 to 1, both flat at the ends; "
        "ReLU is 0 below zero and x above; leaky ReLU keeps a slope of 0.1 below zero. Right, the "
        "slopes: that of sigmoid is at most 0.25, that of tanh at most 1, and both vanish for "
        "large inputs; that of ReLU is 1 above zero and 0 below, where a unit gets no gradient.",
        ("x", *(f"{name} (slope)" for name in functions)),
        rows,
        canvas,
    )


def temperature() -> Drawing:
    """One set of scores, three temperatures."""
    tokens = ("sunny", "cloudy", "rainy", "windy", "foggy", "purple")
    scores = np.array([4.0, 3.2, 2.6, 1.8, 1.0, -1.0])
    heats = (0.5, 1.0, 2.0)
    shares = {t: np.round(np.exp(scores / t) / np.exp(scores / t).sum(), 3) for t in heats}
    with plot(3, height=2.9) as (canvas, panels):
        for axes, t, colour in zip(panels, heats, (BLUE, GREEN, ORANGE), strict=True):
            axes.barh(range(len(tokens)), shares[t], height=0.62, color=colour)
            for n, share in enumerate(shares[t]):
                say(axes, float(share) + 0.02, n, f"{share:.2f}", INK)
            axes.set(title=f"temperature {t:g}", xlim=(0, 1.08), ylim=(5.6, -0.6))
            axes.set_yticks(range(len(tokens)), tokens if t == heats[0] else [""] * len(tokens))
            axes.set_xticks((0, 0.5, 1))
    return Drawing(
        "Temperature and the next token",
        "Probabilities of six candidates for the next token, from the same scores. At a "
        f"temperature of 0.5 the first has {shares[0.5][0]:.0%}; at 1 it has "
        f"{shares[1.0][0]:.0%}; at 2 only {shares[2.0][0]:.0%}, and the unlikely ones get a "
        "chance. The order stays the same.",
        ("token", "score", *(f"at {t:g}" for t in heats)),
        [
            [token, f"{score:g}", *(f"{shares[t][n]:.3f}" for t in heats)]
            for n, (token, score) in enumerate(zip(tokens, scores, strict=True))
        ],
        canvas,
    )


def attention() -> Drawing:
    """softmax(Q K' / sqrt(d)) of six tokens whose queries and keys were chosen by hand: the three
    places of a vector stand for thing, action and reference."""
    tokens = ("the", "tram", "stopped", "because", "it", "jammed")
    keys = np.array([[0, 0, 0], [3, 0, 1], [0, 3, 0], [0, 0, 1], [1, 0, 0], [0, 2, 0]], float)
    queries = np.array([[1, 0, 0], [1, 1, 0], [3, 0, 0], [0, 2, 0], [4, 0, 1], [3, 0, 0]], float)
    raw = np.exp(queries @ keys.T / math.sqrt(3))
    weights = np.round(raw / raw.sum(axis=1, keepdims=True), 2)
    with plot(height=3.7) as (canvas, (axes,)):
        _cells(axes, weights, 1.0)
        axes.set_xticks(range(6), tokens)
        axes.set_yticks(range(6), tokens)
        axes.xaxis.tick_top()
        axes.xaxis.set_label_position("top")
        axes.set(xlabel="looks at (its key)", ylabel="token (its query)")
    row = weights[tokens.index("it")]
    return Drawing(
        "Attention weights of a short sentence",
        "A table of weights, one row for each token of 'the tram stopped because it jammed'; each "
        f"row sums to 1 up to rounding. The token 'it' gives {row[1]:.2f} of its weight to 'tram': "
        "its query matches that key best, so its new vector is mostly the value of 'tram', three "
        "words away. The vectors were chosen by hand; the weights are the softmax of query times "
        "key over the root of their length.",
        ("token", *tokens),
        [
            [token, *(f"{weight:.2f}" for weight in line)]
            for token, line in zip(tokens, weights, strict=True)
        ],
        canvas,
    )


def tf_idf() -> Drawing:
    """Three documents of a few words each, by the plain formula."""
    documents = {
        "A": "the goat climbs the rock",
        "B": "the goat eats",
        "C": "the train climbs the pass the goat sleeps",
    }
    counts = {name: Counter(text.split()) for name, text in documents.items()}
    terms = ("the", "goat", "climbs", "rock", "eats", "train", "pass", "sleeps")
    holding = {term: sum(term in count for count in counts.values()) for term in terms}
    idf = {term: math.log(len(documents) / holding[term]) for term in terms}
    weights = np.round(
        [[counts[name][term] * idf[term] for term in terms] for name in documents], 2
    )
    with plot(height=2.6) as (canvas, (axes,)):
        _cells(axes, weights, 1.2)
        axes.set_xticks(range(len(terms)), [f"{t}\nidf {idf[t]:.2f}" for t in terms])
        axes.set_yticks(range(3), [f"document {name}" for name in documents])
        axes.xaxis.tick_top()
    return Drawing(
        "TF-IDF of three short documents",
        "Weights tf x ln(3 / df) of eight terms in three documents: "
        + "; ".join(f"{name}, '{text}'" for name, text in documents.items())
        + ". 'the' and 'goat' stand in every document and weigh 0, however often. 'climbs' stands "
        f"in two and weighs {idf['climbs']:.2f}; a term of one document alone weighs "
        f"{idf['rock']:.2f}.",
        ("term", "df", "idf", *(f"in {name}" for name in documents)),
        [
            [
                term,
                str(holding[term]),
                f"{idf[term]:.2f}",
                *(f"{weights[d][n]:.2f}" for d in range(3)),
            ]
            for n, term in enumerate(terms)
        ],
        canvas,
    )


def _cells(axes: Axes, values: np.ndarray, most: float) -> None:
    """A grid of cells, the darker the larger, each with its number."""
    for (row, column), value in np.ndenumerate(values):
        axes.barh(
            row,
            0.94,
            left=column - 0.47,
            height=0.9,
            color=BLUE,
            alpha=0.06 + 0.5 * min(value / most, 1),
            linewidth=0,
        )
        axes.text(column, row, f"{value:.2f}", color=INK, ha="center", va="center", fontsize=9.5)
    rows, columns = values.shape
    axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    axes.grid(False)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
