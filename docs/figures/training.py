"""Figures about training: what the curves of a run look like."""

from __future__ import annotations

import warnings

import numpy as np
import xgboost
from sklearn.datasets import make_classification, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from docs.figures.style import BLUE, GREEN, INK, MUTED, ORANGE, Drawing, plot, say


def learning_rates() -> Drawing:
    """A small network on two moons by plain SGD, at three learning rates."""
    x, y = make_moons(400, noise=0.2, random_state=7)
    epochs = 40
    losses = {}
    for rate in (0.003, 0.3, 6.0):
        network = MLPClassifier(
            (16,),
            solver="sgd",
            momentum=0.0,
            batch_size=16,
            learning_rate_init=rate,
            max_iter=epochs,
            n_iter_no_change=epochs,
            random_state=1,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(x, y)
        losses[rate] = np.round(network.loss_curve_, 3)
    slow, swing = losses[0.003], losses[6.0][3:]
    names = {
        0.003: "0.003\ntoo low: it creeps",
        0.3: "0.3\nsuitable",
        6.0: "6\ntoo high: it swings",
    }
    colours = {0.003: BLUE, 0.3: GREEN, 6.0: ORANGE}
    with plot() as (canvas, (axes,)):
        for rate, loss in losses.items():
            axes.plot(range(1, epochs + 1), loss, color=colours[rate])
            say(axes, epochs + 1, loss[-1], names[rate], colours[rate])
        axes.set(xlabel="epoch", ylabel="training loss", xlim=(1, 54), ylim=(0, 0.75))
        axes.set_xticks((1, 10, 20, 30, 40))
    shown = (1, 2, 3, 5, 10, 15, 20, 25, 30, 35, 40)
    return Drawing(
        "Loss at three learning rates",
        "Training loss of a small network over 40 epochs. At a rate of 0.003 it falls smoothly but "
        f"slowly, from {slow[0]:.2f} to {slow[-1]:.2f}. At 0.3 it falls fast, then steadily, to "
        f"{losses[0.3][-1]:.2f}. At 6 it drops at first and then swings between {min(swing):.2f} "
        f"and {max(swing):.2f} without getting lower: the steps jump over the minimum.",
        ("epoch", "rate 0.003", "rate 0.3", "rate 6"),
        [[str(n), *(f"{loss[n - 1]:.3f}" for loss in losses.values())] for n in shown],
        canvas,
    )


def early_stopping() -> Drawing:
    """A real run of XGBoost with patience on the validation rows."""
    patience = 20
    x, y = make_classification(1200, n_features=20, n_informative=6, flip_y=0.3, random_state=3)
    x_train, x_valid, y_train, y_valid = train_test_split(x, y, test_size=0.5, random_state=3)
    seen: dict[str, dict[str, list[float]]] = {}
    train = xgboost.DMatrix(x_train, y_train)
    booster = xgboost.train(
        {
            "objective": "binary:logistic",
            "eval_metric": "logloss",
            "eta": 0.2,
            "max_depth": 5,
            "nthread": 1,
            "seed": 1,
        },
        train,
        num_boost_round=500,
        evals=[(train, "train"), (xgboost.DMatrix(x_valid, y_valid), "validation")],
        early_stopping_rounds=patience,
        evals_result=seen,
        verbose_eval=False,
    )
    losses = {name: np.round(found["logloss"], 3) for name, found in seen.items()}
    best, last = booster.best_iteration + 1, len(losses["train"])
    lowest = losses["validation"][best - 1]
    with plot() as (canvas, (axes,)):
        for name, colour in (("train", BLUE), ("validation", ORANGE)):
            axes.plot(range(1, last + 1), losses[name], color=colour)
            say(axes, last + 0.8, losses[name][-1], name, colour)
        axes.axvspan(best, last, color=MUTED, alpha=0.12, linewidth=0)
        axes.plot([best], [lowest], "o", color=ORANGE, markersize=7)
        say(axes, best, lowest + 0.03, f"best: round {best}", INK, of="right", at="bottom")
        say(axes, (best + last) / 2, 0.1, f"{patience} rounds\nof patience", MUTED, of="center")
        axes.set(xlabel="round", ylabel="log loss", xlim=(1, last * 1.22), ylim=(0, 0.7))
    shown = sorted({1, 5, 10, 15, best, best + 10, last} | set(range(20, last, 10)))
    return Drawing(
        "Early stopping on the validation loss",
        f"Log loss of one XGBoost run by round. On the training rows it falls all the way, to "
        f"{losses['train'][-1]:.2f}. On the validation rows it is lowest in round {best}, at "
        f"{lowest:.2f}, and rises a little afterwards. The run ends in round {last}, when "
        f"{patience} rounds have passed without an improvement; the model of round {best} is used.",
        ("round", "train", "validation"),
        [[str(n), *(f"{losses[k][n - 1]:.3f}" for k in ("train", "validation"))] for n in shown],
        canvas,
    )
