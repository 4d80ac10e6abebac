"""What DescribeEndpoint and ListEndpoints say of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.cloud.endpoint import Endpoint, Plan, Variant


def description(endpoint: Endpoint) -> dict[str, Any]:
    """DescribeEndpoint's answer; what is empty is left out, as AWS does."""
    shown = endpoint.serving or endpoint.coming
    coming = () if endpoint.coming is None else endpoint.coming.variants
    desired = {variant.name: variant for variant in coming or endpoint.variants}
    told: dict[str, Any] = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config,
        "ProductionVariants": [
            _variant(endpoint, variant, desired.get(variant.name, variant))
            for variant in (() if shown is None else shown.variants)
        ],
        "ShadowProductionVariants": [
            _variant(endpoint, each, _desired(endpoint, each))
            for each in (() if shown is None or shown.shadow is None else (shown.shadow,))
        ],
        "DataCaptureConfig": None if shown is None else _capture(shown.capture),
        "EndpointStatus": endpoint.status,
        "FailureReason": endpoint.failure,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
        "AsyncInferenceConfig": None if shown is None else shown.asynchronous,
        "LastDeploymentConfig": endpoint.deployment,
    }
    if endpoint.serving and endpoint.coming and not endpoint.is_reweighted:
        told["PendingDeploymentSummary"] = {
            "EndpointConfigName": endpoint.coming.config,
            "StartTime": endpoint.modified,
            **_pending(endpoint, endpoint.coming),
        }
    return {key: value for key, value in told.items() if value not in (None, {}, [])}


def summary(endpoint: Endpoint) -> dict[str, Any]:
    """What ListEndpoints says of it."""
    told = description(endpoint)
    keys = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    return {key: told[key] for key in keys}


def _variant(endpoint: Endpoint, variant: Variant, desired: Variant) -> dict[str, Any]:
    serves = endpoint.serving is not None
    told: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [
            {"SpecifiedImage": each.image, "ResolutionTime": endpoint.modified}
            for each in variant.containers
        ],
        "CurrentWeight": variant.weight if serves else 0.0,
        "DesiredWeight": desired.weight,
        "CurrentInstanceCount": variant.count if serves else 0,
        "DesiredInstanceCount": desired.count,
    }
    if variant.serverless is not None and serves:
        told["CurrentServerlessConfig"] = variant.serverless.description()
    if desired.serverless is not None:
        told["DesiredServerlessConfig"] = desired.serverless.description()
    return told


def _pending(endpoint: Endpoint, coming: Plan) -> dict[str, Any]:
    """The new fleet, while traffic shifts to it."""
    if not endpoint.stage:
        return {}
    status = [{"Status": endpoint.stage, "StartTime": endpoint.staged}]
    fleet = [_variant(endpoint, each, each) for each in coming.variants]
    return {"ProductionVariants": [each | {"VariantStatus": status} for each in fleet]}


def _desired(endpoint: Endpoint, shadow: Variant) -> Variant:
    """A shadow variant as it shall be."""
    coming = None if endpoint.coming is None else endpoint.coming.shadow
    return coming if coming is not None and coming.name == shadow.name else shadow


def _capture(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A DataCaptureConfigSummary."""
    if config is None:
        return None
    is_on = config.get("EnableCapture", True)
    return {
        "EnableCapture": is_on,
        "CaptureStatus": "Started" if is_on else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
