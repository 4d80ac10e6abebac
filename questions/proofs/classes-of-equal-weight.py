"""Settled by XGBoost itself: `scale_pos_weight` multiplies the weight of each positive row.

A model that is told nothing of the rows ends at the share of the positives in the total weight.
"""

import numpy as np
import xgboost as xgb

customers, cancelled = 60_000, 1_200  # one in twenty of those of the question
label = np.zeros(customers)
label[:cancelled] = 1
nothing = xgb.DMatrix(np.zeros((customers, 1)), label=label)

said = {}
for weight in (0.02, 7, 49, 50):
    settings = {"objective": "binary:logistic", "scale_pos_weight": weight, "lambda": 0, "eta": 0.5}
    booster = xgb.train(settings | {"base_score": 0.1}, nothing, num_boost_round=40)
    said[weight] = float(booster.predict(nothing)[0])
    print(f"scale_pos_weight {weight:>5}: positives have {said[weight]:.3f} of the weight")

assert abs(said[49] - 0.5) < 1e-4
assert all(abs(share - 0.5) > 1e-3 for weight, share in said.items() if weight != 49)
