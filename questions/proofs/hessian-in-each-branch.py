"""Settled by XGBoost itself: `min_child_weight` is a minimum for the sum of second derivatives.

With `base_score` 0.1 each row gives the logistic loss 0.1 x 0.9 = 0.09.
"""

import numpy as np
import xgboost as xgb

SETTINGS = {
    "objective": "binary:logistic",
    "base_score": 0.1,
    "min_child_weight": 10,
    "max_depth": 1,
}


def is_separated(patients: int) -> bool:
    """Whether the first tree separates so many patients, all readmitted, from 1,000 others."""
    group = np.repeat([1.0, 0.0], [patients, 1_000])
    booster = xgb.train(SETTINGS, xgb.DMatrix(group[:, None], label=group), num_boost_round=1)
    return len(booster.get_dump()[0].splitlines()) > 1  # a root and two leaves, not one leaf


separated = [patients for patients in range(80, 141) if is_separated(patients)]
print(f"groups of 80 to 140 patients; separated are those of {separated[0]} or more")
print(f"111 x 0.09 = {111 * 0.09:.2f}, 112 x 0.09 = {112 * 0.09:.2f}; the minimum is 10")

assert separated == list(range(112, 141))
