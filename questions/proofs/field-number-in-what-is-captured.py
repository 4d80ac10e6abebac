"""Settled by the offline cloud, not by AWS: it captures requests as SageMaker documents it.

`InferenceId` stands in the captured record, and the model is sent the features alone.
"""

import json

import numpy as np
import xgboost as xgb

from labs.proofs import furnished

data = xgb.DMatrix(np.arange(8.0).reshape(4, 2), label=[0, 1, 2, 3])
FIELDS = {"field-0417": "1,2", "field-0418": "1,2"}  # equal features, in the same second

with furnished.account() as aws:
    aws.model("yield", xgb.train({}, data, 1))
    aws.deploy(
        "yield",
        {"VariantName": "all", "ModelName": "yield", "InitialVariantWeight": 1.0},
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://proof/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    for number, features in FIELDS.items():
        aws.runtime.invoke_endpoint(
            EndpointName="yield", ContentType="text/csv", Body=features, InferenceId=number
        )
    keys = aws.keys("captured/")
    records = [json.loads(line) for key in keys for line in aws.read(key).splitlines()]
found = {
    record["eventMetadata"]["inferenceId"]: record["captureData"]["endpointInput"]["data"]
    for record in records
}
print(f"captured, by InferenceId: {found}")

assert found == FIELDS
