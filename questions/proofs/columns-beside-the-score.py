"""Settled by the offline cloud, not by AWS: it filters and joins as SageMaker documents it.

Each line of the input holds policy, branch and six features.
"""

import numpy as np
import xgboost as xgb

from labs.proofs import furnished

features = np.random.default_rng(1).normal(size=(40, 6)).round(2)
booster = xgb.train({}, xgb.DMatrix(features, label=features[:, 0]), 5)
lines = [[7001 + n, 10 + n % 3, *row] for n, row in enumerate(features[:4])]
scores = booster.predict(xgb.DMatrix(features[:4]))

with furnished.account() as aws:
    aws.model("score", booster)
    night = aws.put("new/night.csv", furnished.csv(lines))
    processing = {
        "InputFilter": "$[2:]",
        "JoinSource": "Input",
        "OutputFilter": "$[0,1,8]",
    }
    out = aws.transform("night", "score", night, DataProcessing=processing)
written = [line.split(",") for line in out.splitlines()]
print("goes in:  ", ",".join(map(str, lines[0])))
print("comes out:", ",".join(written[0]), f"(the model alone: {scores[0]:.6f})")

assert [line[:2] for line in written] == [[str(cell) for cell in line[:2]] for line in lines]
assert np.allclose([float(score) for _, _, score in written], scores, atol=1e-5)
