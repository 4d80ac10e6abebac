"""Figures about fitting too little and too much."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from docs.figures.style import BLUE, INK, MUTED, ORANGE, Drawing, plot, say

Rows: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]


def _waves(rng: np.random.Generator, rows: int) -> Rows:
    """Values of a wave with noise of standard deviation 0.3."""
    x = rng.uniform(-1, 1, rows)
    return x, np.sin(3 * x) + rng.normal(0, 0.3, rows)


def _error(degree: int, train: Rows, test: Rows) -> tuple[float, float]:
    """Root mean squared error of a polynomial on the rows it was fitted to, and on others."""
    model = np.polynomial.Polynomial.fit(*train, degree)
    inside, outside = (float(np.sqrt(np.mean((y - model(x)) ** 2))) for x, y in (train, test))
    return inside, outside


def bias_and_variance() -> Drawing:
    """Polynomials of rising degree on 25 rows, the median of 40 draws of them."""
    rng = np.random.default_rng(11)
    test = _waves(rng, 2000)
    degrees = range(1, 10)
    draws = [_waves(rng, 25) for _ in range(40)]
    runs = [[_error(degree, train, test) for degree in degrees] for train in draws]
    errors = np.round(np.median(runs, axis=0), 3)
    best = int(errors[:, 1].argmin()) + 1
    with plot() as (canvas, (axes,)):
        for column, name, colour in ((0, "training", BLUE), (1, "validation", ORANGE)):
            axes.plot(degrees, errors[:, column], "o-", color=colour, markersize=4)
            say(axes, 9.2, errors[-1, column], name, colour)
        axes.axvline(best, color=MUTED, linewidth=1, linestyle="--")
        say(axes, 1.3, 0.93, "bias:\nboth high\nand close", INK, at="top")
        say(axes, 7.0, 0.93, "variance:\nfar apart", INK, at="top")
        axes.set(
            xlabel="degree of the polynomial", ylabel="error (RMSE)", xlim=(1, 10.6), ylim=(0, 1)
        )
        axes.set_xticks(degrees)
    return Drawing(
        "Bias and variance as a model gets more flexible",
        "Median error of polynomials of degree 1 to 9, fitted to 25 noisy rows. Training error "
        f"falls with each degree, from {errors[0, 0]:.2f} to {errors[-1, 0]:.2f}. Validation error "
        f"starts just above it at {errors[0, 1]:.2f}, is lowest at degree {best} with "
        f"{errors[best - 1, 1]:.2f}, and rises to {errors[-1, 1]:.2f} at degree 9. Left both are "
        "high and close, which is bias; right they are far apart, which is variance.",
        ("degree", "training error", "validation error"),
        [[str(n), f"{a:.3f}", f"{b:.3f}"] for n, (a, b) in zip(degrees, errors, strict=True)],
        canvas,
    )


def learning_curve() -> Drawing:
    """The same wave, a straight line and a cubic, with more and more rows."""
    rng = np.random.default_rng(12)
    test = _waves(rng, 2000)
    sizes = (10, 15, 20, 30, 50, 80, 120, 200)
    draws = [_waves(rng, sizes[-1]) for _ in range(40)]
    errors = {}
    for degree in (1, 5):
        runs = [[_error(degree, (x[:n], y[:n]), test) for n in sizes] for x, y in draws]
        errors[degree] = np.round(np.median(runs, axis=0), 3)
    names = {1: "A straight line: too rigid", 5: "Degree 5: flexible enough"}
    with plot(2) as (canvas, panels):
        for axes, (degree, error) in zip(panels, errors.items(), strict=True):
            for column, name, colour in ((0, "training", BLUE), (1, "validation", ORANGE)):
                axes.plot(sizes, error[:, column], "o-", color=colour, markersize=4)
                offset = 0.06 if column else -0.06
                say(axes, 200, error[-1, column] + offset, name, colour, of="right")
            axes.axhline(0.3, color=MUTED, linewidth=1, linestyle="--")
            say(axes, 200, 0.12, "dashed: the noise", MUTED, of="right")
            axes.set(title=names[degree], xlabel="training rows", xlim=(0, 205), ylim=(0, 1))
        panels[0].set_ylabel("error (RMSE)")
    return Drawing(
        "Learning curves: what more rows can reach",
        "Error by the number of training rows, for two models of a noisy wave; the dashed line is "
        "the noise, 0.30, below which none can get. Left, a straight line: training and "
        f"validation error meet at {errors[1][-1, 1]:.2f}, far above the noise: more rows do "
        "not help. "
        f"Right, degree 5: a wide gap at 10 rows ({errors[5][0, 0]:.2f} and "
        f"{errors[5][0, 1]:.2f}) closes towards the noise ({errors[5][-1, 0]:.2f} and "
        f"{errors[5][-1, 1]:.2f}): rows helped.",
        (
            "rows",
            "line: train",
            "line: validation",
            "degree 5: train",
            "degree 5: validation",
        ),
        [
            [str(n), *(f"{errors[d][i, c]:.3f}" for d in errors for c in (0, 1))]
            for i, n in enumerate(sizes)
        ],
        canvas,
    )
