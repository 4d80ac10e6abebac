"""Settled by scikit-learn itself: opposite effects cancel in the mean curve, not when shuffled."""

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.inspection import partial_dependence, permutation_importance

dice = np.random.default_rng(1)
water, sand = dice.uniform(-1, 1, 1_000), dice.integers(0, 2, 1_000)
sugar = np.where(sand == 1, water, -water)  # it helps on sandy plots, and harms on the others
plots = np.column_stack([water, sand])
model = HistGradientBoostingRegressor(random_state=1).fit(plots, sugar)

new = np.column_stack([dice.uniform(-1, 1, 400), np.arange(400) % 2])
truth = np.where(new[:, 1] == 1, new[:, 0], -new[:, 0])
shuffled = permutation_importance(model, new, truth, random_state=1).importances_mean
curves = partial_dependence(model, new, [0], kind="both", grid_resolution=20)
mean, each = np.ptp(curves["average"][0]), np.ptp(curves["individual"][0], axis=1).mean()
print(f"shuffling the water lowers R2 by {shuffled[0]:.2f}")
print(f"its partial dependence spans {mean:.2f}; the curve of one plot spans {each:.2f}")

assert shuffled[0] > 1
assert mean < 0.1 < 1.5 < each
