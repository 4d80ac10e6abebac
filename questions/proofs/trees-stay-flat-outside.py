"""Settled by XGBoost itself: beyond the training range the trees' answer stays flat.

What they learn per hectare carries over, since the model is then asked for nothing new.
"""

import numpy as np
import xgboost as xgb

SETTINGS = {"objective": "reg:squarederror", "max_depth": 6, "eta": 0.3}

dice = np.random.default_rng(1)
area, sun = dice.uniform(10, 80, 1_000), dice.uniform(0.9, 1.1, 1_000)
energy = 1.2 * area * sun  # GWh a year
parks = np.column_stack([area, sun])
planned = np.array([[80.0, 1.0], [150.0, 1.0], [300.0, 1.0]])
true = 1.2 * planned[:, 0]

whole = xgb.train(SETTINGS, xgb.DMatrix(parks, label=energy), 100)
deeper = xgb.train(SETTINGS | {"max_depth": 12}, xgb.DMatrix(parks, label=energy), 200)
each = xgb.train(SETTINGS, xgb.DMatrix(parks, label=energy / area), 100)

flat = whole.predict(xgb.DMatrix(planned))
still = deeper.predict(xgb.DMatrix(planned))
scaled = each.predict(xgb.DMatrix(planned)) * planned[:, 0]
print("hectares       ", *(f"{n:7.0f}" for n in planned[:, 0]))
print("true energy    ", *(f"{n:7.1f}" for n in true))
print("trees          ", *(f"{n:7.1f}" for n in flat), "  deeper:", still.round(1))
print("per hectare    ", *(f"{n:7.1f}" for n in scaled))

assert np.ptp(flat) == 0
assert np.ptp(still) == 0
assert np.allclose(scaled, true, rtol=0.05)
