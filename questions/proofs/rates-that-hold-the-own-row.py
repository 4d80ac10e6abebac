"""Settled by scikit-learn itself: the rate of a rare venue holds the row's own outcome.

`TargetEncoder.fit_transform` takes the rates of the other folds; `fit`, then `transform`, does not.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import TargetEncoder

dice = np.random.default_rng(1)
rows = 6_000
venue = dice.integers(2_500, size=(rows, 1))  # most occur a few times
other = dice.normal(size=rows)
no_show = dice.random(rows) < 1 / (1 + np.exp(-1.5 * other))
train, validation = slice(0, rows // 2), slice(rows // 2, rows)


def aucs(rates: np.ndarray, encoder: TargetEncoder) -> tuple[float, float]:
    """Of boosted trees, on training rows and on validation rows."""
    known = np.column_stack([other[train], rates])
    new = np.column_stack([other[validation], encoder.transform(venue[validation])])
    trees = HistGradientBoostingClassifier(random_state=1).fit(known, no_show[train])
    seen = roc_auc_score(no_show[train], trees.predict_proba(known)[:, 1])
    return float(seen), float(roc_auc_score(no_show[validation], trees.predict_proba(new)[:, 1]))


np.random.seed(1)  # the encoder draws its folds by it
encoder = TargetEncoder(smooth=0.0, cv=5)
folds = aucs(encoder.fit_transform(venue[train], no_show[train]), encoder)
encoder = TargetEncoder(smooth=0.0).fit(venue[train], no_show[train])
own = aucs(encoder.transform(venue[train]), encoder)
print(f"rates over all training rows: AUC {own[0]:.2f} in training, {own[1]:.2f} in validation")
print(f"rates of the other folds:     AUC {folds[0]:.2f} in training, {folds[1]:.2f} in validation")

assert own[0] > folds[0]
assert own[1] < folds[1] - 0.03
