"""Which of SageMaker's operations the offline cloud offers, and how real they are.

real      something happens behind it: training, serving
records   kept and found again, as on AWS, and nothing has to happen behind it
empty     answers truly that there is nothing: what it would list cannot be created here
no        refused with "not offered offline"; so is every operation that is not named
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Coverage: TypeAlias = Literal["real", "records", "empty", "no"]

REAL = frozenset({
    "CreateTrainingJob", "DescribeTrainingJob", "ListTrainingJobs", "StopTrainingJob",
    "DeleteTrainingJob",
    "CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob",
    "ListHyperParameterTuningJobs", "ListTrainingJobsForHyperParameterTuningJob",
    "StopHyperParameterTuningJob", "DeleteHyperParameterTuningJob",
    "CreateModel", "DescribeModel", "ListModels", "DeleteModel",
    "CreateEndpointConfig", "DescribeEndpointConfig", "ListEndpointConfigs",
    "DeleteEndpointConfig",
    "CreateEndpoint", "DescribeEndpoint", "ListEndpoints", "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities", "DeleteEndpoint",
    "CreateTransformJob", "DescribeTransformJob", "ListTransformJobs", "StopTransformJob",
})  # fmt: skip
RECORDS = frozenset({
    "AddTags", "ListTags", "DeleteTags",
    "CreateModelPackageGroup", "DescribeModelPackageGroup", "ListModelPackageGroups",
    "CreateModelPackage", "DescribeModelPackage", "ListModelPackages", "UpdateModelPackage",
    "CreateModelCard", "DescribeModelCard", "ListModelCards", "ListModelCardVersions",
    "UpdateModelCard", "DeleteModelCard",
    "CreateExperiment", "DescribeExperiment", "ListExperiments", "DeleteExperiment",
    "CreateTrial", "DescribeTrial", "ListTrials", "DeleteTrial",
    "CreateTrialComponent", "DescribeTrialComponent", "ListTrialComponents",
    "UpdateTrialComponent", "DeleteTrialComponent",
    "AssociateTrialComponent", "DisassociateTrialComponent",
})  # fmt: skip
EMPTY = frozenset({
    "ListAutoMLJobs", "ListClusters", "ListCompilationJobs", "ListDataQualityJobDefinitions",
    "ListDomains", "ListModelBiasJobDefinitions",
    "ListModelExplainabilityJobDefinitions", "ListModelQualityJobDefinitions",
    "ListNotebookInstances", "ListPipelines", "ListProcessingJobs",
})  # fmt: skip
# What moto would answer as if it had happened, or about things that cannot be here.
REFUSED = frozenset({
    "CreateAutoMLJobV2", "DescribeAutoMLJobV2", "StopAutoMLJob",
    "CreateCluster", "DescribeCluster", "DescribeClusterNode", "ListClusterNodes",
    "DeleteCluster",
    "CreateCompilationJob", "DescribeCompilationJob", "DeleteCompilationJob",
    "CreateDataQualityJobDefinition", "DescribeDataQualityJobDefinition",
    "DeleteDataQualityJobDefinition",
    "CreateDomain", "DescribeDomain", "DeleteDomain",
    "CreateFeatureGroup", "DescribeFeatureGroup",
    "CreateModelBiasJobDefinition", "DescribeModelBiasJobDefinition",
    "DeleteModelBiasJobDefinition",
    "CreateModelExplainabilityJobDefinition", "DescribeModelExplainabilityJobDefinition",
    "DeleteModelExplainabilityJobDefinition",
    "CreateModelQualityJobDefinition", "DescribeModelQualityJobDefinition",
    "DeleteModelQualityJobDefinition",
    "CreateNotebookInstance", "DescribeNotebookInstance", "StartNotebookInstance",
    "StopNotebookInstance", "DeleteNotebookInstance",
    "CreateNotebookInstanceLifecycleConfig", "DescribeNotebookInstanceLifecycleConfig",
    "DeleteNotebookInstanceLifecycleConfig",
    "CreatePipeline", "DescribePipeline", "UpdatePipeline", "DeletePipeline",
    "StartPipelineExecution", "DescribePipelineExecution",
    "DescribePipelineDefinitionForExecution", "ListPipelineExecutions",
    "ListPipelineParametersForExecution",
    "CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob",
    "Search",
})  # fmt: skip
RUNTIME = {
    "InvokeEndpoint": "real",
    "InvokeEndpointAsync": "real",
    "InvokeEndpointWithResponseStream": "no",
}  # of sagemaker-runtime


def of(operation: str) -> Coverage:
    """How an operation of SageMaker's control plane is covered."""
    if operation in REAL:
        return "real"
    if operation in RECORDS:
        return "records"
    return "empty" if operation in EMPTY else "no"
