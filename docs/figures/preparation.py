"""Figures about data: scales, outliers, rare classes, clusters, series."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import (
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from docs.figures.style import BLUE, GREEN, GRID, MUTED, ORANGE, PURPLE, Drawing, plot, say

INCOMES = np.array([18, 22, 25, 27, 30, 31, 34, 36, 39, 42, 45, 50, 240, 400], dtype=float)


def scaling_with_outliers() -> Drawing:
    """Twelve ordinary values and two extreme ones, scaled in three ways."""
    column = INCOMES.reshape(-1, 1)
    scaled = {
        "raw, in thousands": INCOMES,
        "min-max": MinMaxScaler().fit_transform(column)[:, 0],
        "standard": StandardScaler().fit_transform(column)[:, 0],
        "robust": RobustScaler().fit_transform(column)[:, 0],
    }
    ordinary = slice(0, 12)
    with plot(height=4.0) as (canvas, (axes,)):
        axes.remove()
        for panel, (name, values) in zip(canvas.subplots(4, 1), scaled.items(), strict=True):
            raw = name not in ("min-max", "standard", "robust")
            panel.axhline(0, color=GRID, linewidth=1)
            panel.plot(values[ordinary], np.zeros(12), "o", color=BLUE, markersize=5, alpha=0.7)
            panel.plot(values[12:], np.zeros(2), "D", color=ORANGE, markersize=6)
            panel.set(title=name, ylim=(-1, 1), yticks=[], xlim=(0, 420) if raw else (-1.4, 3.4))
            panel.spines["left"].set_visible(False)
            panel.grid(False)
            if raw:
                say(panel, 400, 0.75, "two genuine outliers", ORANGE, of="right")
            elif name == "robust":
                far = " and ".join(f"{value:.0f}" for value in values[12:])
                say(panel, 3.4, 0.6, f"outliers at {far}, far to the right", ORANGE, of="right")
    spread = {name: float(np.ptp(values[ordinary])) for name, values in scaled.items()}
    return Drawing(
        "Four scales for one column with outliers",
        "Twelve ordinary values and two outliers: raw, and after three linear scalings drawn on "
        f"one axis. Min-max squeezes the ordinary values into {spread['min-max']:.2f} of its range "
        f"of 1. Standardising leaves them {spread['standard']:.2f} standard deviations. Robust "
        "scaling, by median and interquartile range, spreads them over "
        f"{spread['robust']:.1f} units, and the outliers lie far outside.",
        ("value", "min-max", "standard", "robust"),
        [
            [f"{row[0]:.0f}", *(f"{cell:.3f}" for cell in row[1:])]
            for row in zip(*scaled.values(), strict=True)
        ],
        canvas,
    )


def smote() -> Drawing:
    """Synthetic rows on the lines from a rare row to its neighbours."""
    rng = np.random.default_rng(8)
    common = rng.normal((2.2, 2.0), (1.0, 0.9), (60, 2))
    rare = rng.normal((5.0, 4.0), (0.8, 0.7), (9, 2))
    neighbours = (
        NearestNeighbors(n_neighbors=4).fit(rare).kneighbors(rare, return_distance=False)[:, 1:]
    )
    made = []
    for row in (0, 2, 3, 4, 6, 7, 8, 1, 5, 0, 3, 6):
        other, part = int(rng.choice(neighbours[row])), round(float(rng.uniform(0.1, 0.9)), 2)
        made.append((row, other, part, rare[row] + part * (rare[other] - rare[row])))
    with plot() as (canvas, (axes,)):
        axes.plot(*common.T, ".", color=MUTED, markersize=6, alpha=0.6)
        for row, other, _, _ in made:
            axes.plot(*rare[[row, other]].T, color=GREEN, linewidth=1, alpha=0.7)
        axes.plot(*rare.T, "o", color=ORANGE, markersize=7)
        axes.plot(*np.array([point for *_, point in made]).T, "D", color=GREEN, markersize=5)
        say(axes, 0.2, 5.12, "common class: 60 rows", MUTED)
        say(axes, 0.2, 4.76, "rare class: 9 rows (circles)", ORANGE)
        say(axes, 0.2, 4.4, f"made by SMOTE: {len(made)} (diamonds)", GREEN)
        axes.set(xlabel="feature 1", ylabel="feature 2", xlim=(0, 7.2), ylim=(-0.5, 5.4))
    return Drawing(
        "What SMOTE makes",
        "Two numeric features. The rare class has nine rows; each synthetic row lies on the "
        "straight line between a rare row and one of its three nearest rare neighbours, at a "
        "random part of the way. None lies outside the area that the rare rows span, and none is "
        "a copy.",
        ("row", "its neighbour", "part of the way", "new feature 1", "new feature 2"),
        [[str(a + 1), str(b + 1), f"{u:.2f}", f"{p[0]:.2f}", f"{p[1]:.2f}"] for a, b, u, p in made],
        canvas,
    )


def box_plot() -> Drawing:
    """The fences of the box plot rule, on the same incomes."""
    values = INCOMES[:13].copy()
    values[-1] = 88.0
    q1, median, q3 = np.percentile(values, (25, 50, 75))
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    inside = values[(values >= low) & (values <= high)]
    outside = values[(values < low) | (values > high)]
    with plot(height=2.7) as (canvas, (axes,)):
        axes.boxplot(
            values,
            orientation="horizontal",
            widths=0.4,
            boxprops={"color": BLUE, "linewidth": 2},
            whiskerprops={"color": BLUE, "linewidth": 2},
            capprops={"color": BLUE, "linewidth": 2},
            medianprops={"color": ORANGE, "linewidth": 3},
            flierprops={"marker": "D", "markerfacecolor": ORANGE, "markeredgecolor": ORANGE},
        )
        for x, text in ((low, f"lower fence\n{low:g}"), (high, f"upper fence\n{high:g}")):
            axes.axvline(x, color=MUTED, linewidth=1, linestyle="--")
            say(axes, x + 1, 1.62, text, MUTED, at="top")
        for x, text in ((q1, f"Q1\n{q1:g}"), (q3, f"Q3\n{q3:g}")):
            say(axes, x, 0.74, text, BLUE, of="center", at="top")
        say(axes, median, 1.24, f"median {median:g}", ORANGE, of="center", at="bottom")
        say(axes, float(outside[0]), 0.9, "outlier", ORANGE, of="center", at="top")
        axes.set(ylim=(0.4, 1.68), yticks=[], xlim=(-2, 95))
        axes.spines["left"].set_visible(False)
    return Drawing(
        "The fences of a box plot",
        f"Thirteen values. The box reaches from the first quartile, {q1:g}, to the third, {q3:g}; "
        f"the line in it is the median, {median:g}. The fences lie 1.5 times the width of the box "
        f"beyond its ends, at {low:g} and {high:g}. The whiskers end at the last values within "
        f"them, {inside.min():g} and {inside.max():g}; the value {outside[0]:g} lies outside and "
        "is marked.",
        ("part", "value"),
        [
            ["Q1", f"{q1:g}"],
            ["median", f"{median:g}"],
            ["Q3", f"{q3:g}"],
            ["IQR = Q3 - Q1", f"{q3 - q1:g}"],
            ["lower fence = Q1 - 1.5 IQR", f"{low:g}"],
            ["upper fence = Q3 + 1.5 IQR", f"{high:g}"],
            ["whiskers", f"{inside.min():g} to {inside.max():g}"],
            ["outlier", f"{outside[0]:g}"],
        ],
        canvas,
    )


def elbow() -> Drawing:
    """Within-cluster sum of squares and mean silhouette for two to nine clusters."""
    x, _ = make_blobs(300, centers=4, cluster_std=1.0, random_state=6)
    counts = range(1, 10)
    with threadpool_limits(1):  # more threads would add up in another order
        fits = {k: KMeans(k, n_init=5, random_state=1).fit(x) for k in counts}
    squares = np.round([fits[k].inertia_ / 100 for k in counts], 2)
    silhouettes = {
        k: round(float(silhouette_score(x, fits[k].labels_)), 3) for k in counts if k > 1
    }
    best = max(silhouettes, key=lambda k: silhouettes[k])
    with plot(2) as (canvas, (left, right)):
        left.plot(counts, squares, "o-", color=BLUE, markersize=4)
        left.plot([best], [squares[best - 1]], "o", color=ORANGE, markersize=9)
        say(left, best + 0.2, squares[best - 1] + 0.06 * squares[0], "elbow", ORANGE)
        left.set(title="Within-cluster sum of squares, / 100", ylim=(0, squares[0] * 1.05))
        right.plot(list(silhouettes), list(silhouettes.values()), "o-", color=GREEN, markersize=4)
        right.plot([best], [silhouettes[best]], "o", color=ORANGE, markersize=9)
        say(right, best + 0.3, silhouettes[best], "highest", ORANGE)
        right.set(title="Mean silhouette", ylim=(0, 1))
        for axes in (left, right):
            axes.set(xlabel="number of clusters k", xlim=(0.6, 9.4))
            axes.set_xticks(counts)
    return Drawing(
        "Choosing the number of clusters",
        "k-means on 300 points that lie in four groups. Left: the within-cluster sum of squares "
        f"falls steeply up to k = {best} and slowly afterwards: the elbow. It never rises. "
        f"Right: the mean silhouette is highest at k = {best}, with {silhouettes[best]:.2f}.",
        ("k", "sum of squares / 100", "mean silhouette"),
        [
            [str(k), f"{squares[k - 1]:.2f}", f"{silhouettes[k]:.3f}" if k > 1 else "-"]
            for k in counts
        ],
        canvas,
    )


def autocorrelation() -> Drawing:
    """A trend, a season of twelve months, and both."""
    rng = np.random.default_rng(21)
    months, lags = 120, 36
    t, noise = np.arange(months), rng.normal(0, 1, (3, months))
    season = 3 * np.sin(2 * np.pi * t / 12)
    series = {
        "trend": 0.1 * t + noise[0],
        "season of 12": season + noise[1],
        "both": 0.1 * t + season + noise[2],
    }
    found = {name: np.round(_correlations(values, lags), 2) for name, values in series.items()}
    bound = 1.96 / np.sqrt(months)
    with plot(3, height=2.9) as (canvas, panels):
        for axes, (name, values), colour in zip(
            panels, found.items(), (BLUE, GREEN, PURPLE), strict=True
        ):
            axes.axhspan(-bound, bound, color=MUTED, alpha=0.15, linewidth=0)
            axes.vlines(range(lags + 1), 0, values, color=colour, linewidth=1.6)
            axes.axhline(0, color=MUTED, linewidth=1)
            axes.set(title=name, xlabel="lag in months", ylim=(-1, 1.05), xlim=(-1, lags + 1))
            axes.set_xticks(range(0, lags + 1, 12))
        panels[0].set_ylabel("autocorrelation")
    return Drawing(
        "Autocorrelation of a trend and of a season",
        "Three autocorrelation plots of 120 months. A trend: positive at small lags, falling "
        "slowly. A season of twelve months: peaks at lags 12, 24 and 36, troughs half-way. Both "
        f"together show both. The grey band, +-{bound:.2f}, is where white noise would stay.",
        ("lag", *found),
        [
            [str(n), *(f"{values[n]:.2f}" for values in found.values())]
            for n in (0, 1, 2, 3, 6, 9, 12, 18, 24, 30, 36)
        ],
        canvas,
    )


def _correlations(values: np.ndarray, lags: int) -> np.ndarray:
    centred = values - values.mean()
    whole = centred @ centred
    return np.array(
        [centred[lag:] @ centred[: len(centred) - lag] / whole for lag in range(lags + 1)]
    )
