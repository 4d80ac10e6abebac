"""What of SageMaker's requests is offered: a member that does nothing here is refused, not
passed over, unless it is switched off.

A tree has the shape of the request. A leaf is ANY, or the values that are offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from labs.cloud.refusals import not_offered

ANY: Final = None
Tree: TypeAlias = "Mapping[str, Tree] | frozenset[Any] | None"

_S3_SOURCE: Tree = {
    "S3DataType": frozenset({"S3Prefix", "ManifestFile"}),
    "S3Uri": ANY,
    "S3DataDistributionType": ANY,
}
_CONTAINER: Tree = {
    "ContainerHostname": ANY,
    "Image": ANY,
    "ImageConfig": {"RepositoryAccessMode": frozenset({"Platform"})},
    "Mode": frozenset({"SingleModel"}),
    "ModelDataUrl": ANY,
    "ModelDataSource": {
        "S3DataSource": {
            "S3Uri": ANY,
            "S3DataType": frozenset({"S3Object"}),
            "CompressionType": frozenset({"Gzip"}),
        }
    },
    "Environment": ANY,
}
_DEPLOYMENT: Tree = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": frozenset({"ALL_AT_ONCE"}),
            "WaitIntervalInSeconds": ANY,
        },
        "TerminationWaitInSeconds": ANY,
        "MaximumExecutionTimeoutInSeconds": ANY,
    }
}
OFFERED: Mapping[str, Tree] = {
    "CreateTrainingJob": {
        "TrainingJobName": ANY,
        "HyperParameters": ANY,
        "AlgorithmSpecification": {
            "TrainingImage": ANY,
            "TrainingInputMode": ANY,
            "MetricDefinitions": ANY,  # has a refusal of its own
            "EnableSageMakerMetricsTimeSeries": ANY,
        },
        "RoleArn": ANY,
        "InputDataConfig": {
            "ChannelName": ANY,
            "DataSource": {"S3DataSource": _S3_SOURCE},
            "ContentType": ANY,
            "CompressionType": ANY,
            "RecordWrapperType": frozenset({"None"}),
            "InputMode": ANY,
        },
        "OutputDataConfig": {
            "S3OutputPath": ANY,
            "KmsKeyId": ANY,
            "CompressionType": frozenset({"GZIP"}),
        },
        "ResourceConfig": {
            "InstanceType": ANY,
            "InstanceCount": frozenset({1}),
            "VolumeSizeInGB": ANY,
            "VolumeKmsKeyId": ANY,
        },
        "VpcConfig": ANY,
        "StoppingCondition": {"MaxRuntimeInSeconds": ANY, "MaxPendingTimeInSeconds": ANY},
        "Tags": ANY,
        "EnableNetworkIsolation": ANY,
        "EnableInterContainerTrafficEncryption": ANY,
        "Environment": ANY,
        "RetryStrategy": ANY,
        "ProfilerConfig": {"DisableProfiler": frozenset({True})},
    },
    "CreateModel": {
        "ModelName": ANY,
        "PrimaryContainer": _CONTAINER,
        "Containers": _CONTAINER,
        "ExecutionRoleArn": ANY,
        "Tags": ANY,
        "VpcConfig": ANY,
        "EnableNetworkIsolation": ANY,
    },
    "CreateEndpointConfig": {
        "EndpointConfigName": ANY,
        "ProductionVariants": {
            "VariantName": ANY,
            "ModelName": ANY,
            "InitialInstanceCount": ANY,
            "InstanceType": ANY,
            "InitialVariantWeight": ANY,
            "VolumeSizeInGB": ANY,
            "ModelDataDownloadTimeoutInSeconds": ANY,
            "ContainerStartupHealthCheckTimeoutInSeconds": ANY,
            "RoutingConfig": {"RoutingStrategy": ANY},
            "InferenceAmiVersion": ANY,
        },
        "Tags": ANY,
        "KmsKeyId": ANY,
    },
    "CreateEndpoint": {
        "EndpointName": ANY,
        "EndpointConfigName": ANY,
        "DeploymentConfig": _DEPLOYMENT,
        "Tags": ANY,
    },
    "UpdateEndpoint": {
        "EndpointName": ANY,
        "EndpointConfigName": ANY,
        "RetainAllVariantProperties": ANY,
        "ExcludeRetainedVariantProperties": {
            "VariantPropertyType": frozenset({"DesiredInstanceCount", "DesiredWeight"}),
        },
        "DeploymentConfig": _DEPLOYMENT,
    },
    "UpdateEndpointWeightsAndCapacities": {
        "EndpointName": ANY,
        "DesiredWeightsAndCapacities": {
            "VariantName": ANY,
            "DesiredWeight": ANY,
            "DesiredInstanceCount": ANY,
        },
    },
}


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise NotOfferedOffline at the first member that is not offered."""
    if operation in OFFERED:
        _check(operation, "", request, OFFERED[operation])


def _check(operation: str, path: str, value: Any, tree: Tree) -> None:
    if isinstance(value, list) and tree is not ANY:
        for item in value:
            _check(operation, path, item, tree)
    elif isinstance(tree, Mapping):
        for name, inner in value.items():
            if name in tree:
                _check(operation, f"{path}.{name}".lstrip("."), inner, tree[name])
            elif not _is_off(inner):
                raise not_offered(f"{operation} with {f'{path}.{name}'.lstrip('.')}")
    elif isinstance(tree, frozenset) and value not in tree and value is not None:
        only = " or ".join(sorted(map(str, tree)))
        raise not_offered(f"{operation} with {path} {value}", f"Offered: {only}.")


def _is_off(value: Any) -> bool:
    """Nothing, or a structure in which nothing is switched on."""
    if isinstance(value, Mapping):
        return all(_is_off(inner) for inner in value.values())
    return value in (None, False, [], "")
