"""Settled by XGBoost itself: patience on the rows that are fitted ends nothing; folds say when.

So the final fit on all rows takes its number of rounds from the folds.
"""

import numpy as np
import xgboost as xgb
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold

SETTINGS = {"objective": "reg:squarederror", "eta": 0.05, "max_depth": 4}
ROUNDS = 400

rows, label = load_diabetes(return_X_y=True)


def last_round(fitted: xgb.DMatrix, watched: xgb.DMatrix) -> int:
    """The best round, counted from 1, with a patience of 20."""
    evals = [(watched, "watched")]
    booster = xgb.train(
        SETTINGS, fitted, ROUNDS, evals=evals, early_stopping_rounds=20, verbose_eval=False
    )
    return booster.best_iteration + 1


def of(part: np.ndarray) -> xgb.DMatrix:
    return xgb.DMatrix(rows[part], label=label[part])


folds = KFold(5, shuffle=True, random_state=1).split(rows)
best = [last_round(of(fit), of(held_out)) for fit, held_out in folds]
everything = xgb.DMatrix(rows, label=label)
watched_itself = last_round(everything, everything)
print(f"best rounds of five folds: {best}, on average {np.mean(best):.0f}")
print(f"patience of 20 on the fitted rows themselves: best in round {watched_itself} of {ROUNDS}")

assert max(best) < ROUNDS / 2
assert watched_itself == ROUNDS
