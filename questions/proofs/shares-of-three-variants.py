"""Settled by the offline cloud, not by AWS: it sends requests as SageMaker documents it.

A variant gets its weight divided by the sum of the weights.
"""

import json
from collections import Counter

import numpy as np
import xgboost as xgb

from labs.proofs import furnished

REQUESTS = 400
WEIGHTS = {"A": 5.0, "B": 4.0, "C": 1.0}

data = xgb.DMatrix(np.zeros((4, 1)), label=[0, 1, 0, 1])
with furnished.account() as aws:
    aws.model("recommender", xgb.train({}, data, 1))
    variants = (
        {"VariantName": name, "ModelName": "recommender", "InitialVariantWeight": weight}
        for name, weight in WEIGHTS.items()
    )
    aws.deploy("music", *variants)
    answered = Counter(
        aws.runtime.invoke_endpoint(EndpointName="music", ContentType="text/csv", Body="0")[
            "InvokedProductionVariant"
        ]
        for _ in range(REQUESTS)
    )
share = answered["B"] / REQUESTS
print(f"weights {json.dumps(WEIGHTS)}: of {REQUESTS} requests B answered {answered['B']}")
print(f"share of B: {share:.0%}; with 3.2 it would be {3.2 / 9.2:.0%}, with 2.4 {2.4 / 8.4:.0%}")

assert abs(share - 0.4) < 0.025  # and so nearer to it than to any other option
