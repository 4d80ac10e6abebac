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
    "Mode": frozenset({"SingleModel", "MultiModel"}),
    "MultiModelConfig": {"ModelCacheSetting": ANY},
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
_VARIANT: Tree = {
    "VariantName": ANY,
    "ModelName": ANY,
    "InitialInstanceCount": ANY,
    "InstanceType": ANY,
    "InitialVariantWeight": ANY,
    "ServerlessConfig": {
        "MemorySizeInMB": ANY,
        "MaxConcurrency": ANY,
        "ProvisionedConcurrency": ANY,
    },
    "VolumeSizeInGB": ANY,
    "ModelDataDownloadTimeoutInSeconds": ANY,
    "ContainerStartupHealthCheckTimeoutInSeconds": ANY,
    "RoutingConfig": {"RoutingStrategy": ANY},
    "InferenceAmiVersion": ANY,
}
_DEPLOYMENT: Tree = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": ANY,
        "TerminationWaitInSeconds": ANY,
        "MaximumExecutionTimeoutInSeconds": ANY,
    },
    "AutoRollbackConfiguration": ANY,
}
OFFERED: Mapping[str, Tree] = {
    "CreateTrainingJob": {
        "TrainingJobName": ANY,
        "HyperParameters": ANY,
        "AlgorithmSpecification": {
            "TrainingImage": ANY,
            "TrainingInputMode": ANY,
            "MetricDefinitions": ANY,  # has a refusal of its own
            "ContainerEntrypoint": ANY,  # so have these
            "ContainerArguments": ANY,
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
        "StoppingCondition": {
            "MaxRuntimeInSeconds": ANY,
            "MaxPendingTimeInSeconds": ANY,
            "MaxWaitTimeInSeconds": ANY,
        },
        "EnableManagedSpotTraining": ANY,
        "CheckpointConfig": ANY,
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
        "InferenceExecutionConfig": {"Mode": ANY},
        "ExecutionRoleArn": ANY,
        "Tags": ANY,
        "VpcConfig": ANY,
        "EnableNetworkIsolation": ANY,
    },
    "CreateTransformJob": {
        "TransformJobName": ANY,
        "ModelName": ANY,
        "MaxConcurrentTransforms": ANY,
        "ModelClientConfig": ANY,
        "MaxPayloadInMB": ANY,
        "BatchStrategy": ANY,
        "Environment": ANY,
        "TransformInput": {
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": frozenset({"S3Prefix", "ManifestFile"}),
                    "S3Uri": ANY,
                }
            },
            "ContentType": ANY,
            "CompressionType": ANY,
            "SplitType": frozenset({"None", "Line", "RecordIO"}),
        },
        "TransformOutput": ANY,
        "TransformResources": {
            "InstanceType": ANY,
            "InstanceCount": frozenset({1}),
            "VolumeKmsKeyId": ANY,
        },
        "DataProcessing": ANY,
        "Tags": ANY,
    },
    "CreateEndpointConfig": {
        "EndpointConfigName": ANY,
        "ProductionVariants": _VARIANT,
        "ShadowProductionVariants": _VARIANT,
        "DataCaptureConfig": {
            "EnableCapture": ANY,
            "InitialSamplingPercentage": ANY,
            "DestinationS3Uri": ANY,
            "KmsKeyId": ANY,
            "CaptureOptions": {"CaptureMode": ANY},
            "CaptureContentTypeHeader": {"CsvContentTypes": ANY, "JsonContentTypes": ANY},
        },
        "AsyncInferenceConfig": {
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": ANY},
            "OutputConfig": {
                "KmsKeyId": ANY,
                "S3OutputPath": ANY,
                "S3FailurePath": ANY,
                "NotificationConfig": {
                    "SuccessTopic": ANY,
                    "ErrorTopic": ANY,
                    "IncludeInferenceResponseIn": ANY,
                },
            },
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
            "VariantPropertyType": ANY,
        },
        "DeploymentConfig": _DEPLOYMENT,
    },
    "UpdateEndpointWeightsAndCapacities": {
        "EndpointName": ANY,
        "DesiredWeightsAndCapacities": {
            "VariantName": ANY,
            "DesiredWeight": ANY,
            "DesiredInstanceCount": ANY,
            "ServerlessUpdateConfig": {"MaxConcurrency": ANY, "ProvisionedConcurrency": ANY},
        },
    },
}


_RANGES: Tree = {
    "IntegerParameterRanges": ANY,
    "ContinuousParameterRanges": ANY,
    "CategoricalParameterRanges": ANY,
}
_RESOURCES: Mapping[str, Tree] = {
    "InstanceType": ANY,
    "InstanceCount": frozenset({1}),
    "VolumeSizeInGB": ANY,
}


def _tuning(training: Tree) -> Tree:
    """CreateHyperParameterTuningJob; its training jobs are offered what others are."""
    assert isinstance(training, Mapping)
    own = {"TrainingJobName", "HyperParameters", "Tags", "ProfilerConfig"}
    definition: Tree = {
        **{name: tree for name, tree in training.items() if name not in own},
        "AlgorithmSpecification": {
            "TrainingImage": ANY,
            "TrainingInputMode": ANY,
            "MetricDefinitions": ANY,
        },
        "DefinitionName": ANY,
        "TuningObjective": ANY,
        "HyperParameterRanges": _RANGES,
        "StaticHyperParameters": ANY,
        "HyperParameterTuningResourceConfig": {
            **_RESOURCES,
            "VolumeKmsKeyId": ANY,
            "AllocationStrategy": ANY,
            "InstanceConfigs": _RESOURCES,
        },
    }
    return {
        "HyperParameterTuningJobName": ANY,
        "HyperParameterTuningJobConfig": {
            "Strategy": ANY,
            "StrategyConfig": ANY,
            "HyperParameterTuningJobObjective": ANY,
            "ResourceLimits": ANY,
            "ParameterRanges": _RANGES,
            "TrainingJobEarlyStoppingType": ANY,
            "TuningJobCompletionCriteria": {
                "TargetObjectiveMetricValue": ANY,
                "BestObjectiveNotImproving": ANY,
                "ConvergenceDetected": {"CompleteOnConvergence": frozenset({"Disabled"})},
            },
            "RandomSeed": ANY,
        },
        "TrainingJobDefinition": definition,
        "TrainingJobDefinitions": definition,
        "WarmStartConfig": ANY,
        "Tags": ANY,
    }


OFFERED = {**OFFERED, "CreateHyperParameterTuningJob": _tuning(OFFERED["CreateTrainingJob"])}


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise NotOfferedOffline at the first member that is not offered."""
    if operation in OFFERED:
        _check(operation, "", request, OFFERED[operation])


def _check(operation: str, path: str, value: Any, tree: Tree) -> None:
    if isinstance(value, list) and tree is not ANY:
        for item in value:
            _check(operation, path, item, tree)
    elif isinstance(tree, Mapping) and value is not None:
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
