"""Settled by the offline cloud, not by AWS: it updates endpoints as SageMaker documents it.

`RetainAllVariantProperties` keeps the count that scaling gave; else the configuration's counts.
"""

import numpy as np
import xgboost as xgb

from labs.proofs import furnished

data = xgb.DMatrix(np.zeros((4, 1)), label=[0, 1, 0, 1])
with furnished.account() as aws:
    for model in ("old", "new"):
        aws.model(model, xgb.train({}, data, 1))
    two = {"VariantName": "arrival", "InitialInstanceCount": 2, "InitialVariantWeight": 1.0}
    aws.config("next", {"ModelName": "new", **two})

    def updated(name: str, **how: object) -> tuple[int, str]:
        """Scale an endpoint to nine, bring in the new model; its count, and its configuration."""
        aws.deploy(name, {"ModelName": "old", **two})
        nine = [{"VariantName": "arrival", "DesiredInstanceCount": 9}]
        aws.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=nine
        )
        aws.settle()
        aws.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="next", **how)
        aws.settle()
        told = aws.sagemaker.describe_endpoint(EndpointName=name)
        return told["ProductionVariants"][0]["CurrentInstanceCount"], told["EndpointConfigName"]

    retained = updated("retained", RetainAllVariantProperties=True)
    unsaid = updated("unsaid")
print(f"scaled from 2 to 9, then updated with all variant properties retained: {retained}")
print(f"the same, with nothing said: {unsaid}")

assert retained == (9, "next")
assert unsaid == (2, "next")
