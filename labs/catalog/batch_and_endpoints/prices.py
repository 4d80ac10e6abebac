"""What is paid, and how much there is to predict.

Prices are of us-east-1, on demand, in USD, and they change: https://aws.amazon.com/sagemaker/ai/pricing/
decides. What is marked as assumed was measured by nobody: put in your own figures.
"""

from dataclasses import dataclass

INSTANCE = 0.115  # an hour of ml.m5.large: price list as of 2026-07-30
SERVERLESS = 0.00006  # a second of work with 3 GB of memory: price list as of 2026-09-01

SECONDS = 0.05  # that one request keeps the model busy: assumed
AT_ONCE = 2  # requests that one instance works on at once, one for each vCPU: assumed
WAKE = 0.25  # hours that an asynchronous endpoint's instance is paid for beside its work: assumed
START = 240  # seconds that a transform job is paid for beside its work: assumed

WAYS = ("real_time", "serverless", "asynchronous", "multi_model", "batch")


@dataclass(frozen=True)
class Load:
    """A day: so many models, so many requests to each, evenly over so many hours."""

    models: int
    requests: int
    hours: float


LOADS = {
    "evening": Load(models=1, requests=20_000, hours=2),
    "busy": Load(models=1, requests=2_000_000, hours=24),
    "forty_shops": Load(models=40, requests=500, hours=8),
}
