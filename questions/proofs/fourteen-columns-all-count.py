"""Settled by the offline cloud, not by AWS: its k-means reads csv as SageMaker documents it.

Without `label_size=0` the first column is taken for a label.
"""

from textwrap import shorten

import numpy as np

from labs.cloud import images
from labs.proofs import furnished

IMAGE = images.uri(furnished.REGION, "kmeans")
HYPERPARAMETERS = {"k": "3", "feature_dim": "14", "mini_batch_size": "100"}

rows = np.random.default_rng(1).normal(size=(200, 14)).round(3).tolist()
with furnished.account() as aws:
    uri = aws.put("train/rows.csv", furnished.csv(rows))
    header = aws.put("named/rows.csv", furnished.csv([[f"x{n}" for n in range(14)], *rows]))

    def trained(name: str, uri: str, content_type: str) -> str:
        job = aws.train(
            name,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            HyperParameters=HYPERPARAMETERS,
            InputDataConfig=[furnished.channel("train", uri, content_type)],
        )
        print(f"{name}: {job['TrainingJobStatus']}. {shorten(job.get('FailureReason', ''), 70)}")
        return str(job["TrainingJobStatus"])

    key = trained("no-label", uri, "text/csv;label_size=0")
    unsaid = trained("nothing-said", uri, "text/csv")
    named = trained("header", header, "text/csv;label_size=0")

assert (key, unsaid, named) == ("Completed", "Failed", "Failed")
