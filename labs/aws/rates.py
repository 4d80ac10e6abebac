"""What a thing costs an hour, as it stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from labs.cost import Prices, UnknownPrice
from labs.lab import Account
from labs.runner.cleaning import Thing

_MONTH = Decimal(730)  # hours
_GB = Decimal(1024**3)
_NOTHING = Decimal(0)


def hourly(account: Account, thing: Thing, prices: Prices | None) -> Decimal | None:
    """USD an hour; None where no price is known, or it could not be asked. Requests to a serverless
    endpoint cost by the request: nothing stands by itself."""
    from botocore.exceptions import ClientError

    rate = _RATES.get(thing.kind)
    if rate is None:
        rate = _objects if thing.name.startswith("s3://") else None
    if rate is None:
        return _NOTHING if thing.kind in _FREE else None
    if prices is None:
        return None
    try:
        return rate(account, thing, prices)
    except (ClientError, UnknownPrice):
        return None


def _endpoint(account: Account, thing: Thing, prices: Prices) -> Decimal:
    sagemaker = account.client("sagemaker")
    found = sagemaker.describe_endpoint(EndpointName=thing.name)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    variants = [
        *config["ProductionVariants"],
        *config.get("ShadowProductionVariants", ()),
    ]
    told = [*found.get("ProductionVariants", ()), *found.get("ShadowProductionVariants", ())]
    counts = {each["VariantName"]: each.get("CurrentInstanceCount") for each in told}
    usd = _NOTHING
    for each in variants:
        if "InstanceType" in each:
            count = counts.get(each["VariantName"]) or each.get("InitialInstanceCount", 1)
            usd += int(count) * prices.hour("endpoint", each["InstanceType"])
    return usd


def _training(account: Account, thing: Thing, prices: Prices) -> Decimal:
    job = account.client("sagemaker").describe_training_job(TrainingJobName=thing.name)
    is_over = job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")
    return _NOTHING if is_over else _cluster("training", job["ResourceConfig"], prices)


def _transform(account: Account, thing: Thing, prices: Prices) -> Decimal:
    job = account.client("sagemaker").describe_transform_job(TransformJobName=thing.name)
    return _cluster("transform", job["TransformResources"], prices)


def _cluster(use: str, resources: Mapping[str, Any], prices: Prices) -> Decimal:
    return int(resources["InstanceCount"]) * prices.hour(use, resources["InstanceType"])


def _objects(account: Account, thing: Thing, prices: Prices) -> Decimal:
    return Decimal(thing.where) / _GB * prices.rate("s3_gb_month") / _MONTH


def _alarm(account: Account, thing: Thing, prices: Prices) -> Decimal:
    return prices.rate("alarm_month") / _MONTH


def _key(account: Account, thing: Thing, prices: Prices) -> Decimal:
    return prices.rate("kms_key_month") / _MONTH


_RATES: Mapping[str, Callable[[Account, Thing, Prices], Decimal]] = {
    "alarm": _alarm,
    "endpoint": _endpoint,
    "key": _key,
    "kms key": _key,
    "training job": _training,
    "transform job": _transform,
}
# They cost nothing by themselves: a tuning job's training jobs are told one by one, log lines are
# paid when they are written.
_FREE = frozenset(
    ("deadline", "endpoint configuration", "log group", "log stream", "model", "object",
     "policy", "scalable target", "scaling policy", "schedule", "tuning job")
)  # fmt: skip
