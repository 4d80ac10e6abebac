"""What a tuning job's training jobs have in common: read from CreateHyperParameterTuningJob."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.cloud import images
from labs.cloud.algorithms.catalogue import ALGORITHMS
from labs.cloud.refusals import invalid
from labs.cloud.tuning.space import Point, Space

EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")  # as scripts call them
TUNED_METRIC = "_tuning_objective_metric"  # the hyperparameter by which a job is told its objective
_PASSED_ON = (
    "RoleArn", "AlgorithmSpecification", "InputDataConfig", "OutputDataConfig", "VpcConfig",
    "StoppingCondition", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining", "RetryStrategy", "Environment",
)  # fmt: skip


@dataclass(frozen=True)
class Objective:
    """The metric that is to be as high, or as low, as it can be."""

    metric: str
    type: str  # Maximize or Minimize

    def cost(self, value: float) -> float:
        """Lower is better."""
        return -value if self.type == "Maximize" else value


@dataclass(frozen=True)
class Definition:
    """`given` is a TrainingJobDefinition of the request."""

    name: str | None
    given: Mapping[str, Any]
    objective: Objective
    space: Space

    @property
    def static(self) -> Mapping[str, str]:
        return self.given.get("StaticHyperParameters") or {}

    @property
    def image(self) -> str:
        return self.given["AlgorithmSpecification"].get("TrainingImage") or ""

    @property
    def rounds(self) -> str | None:
        """The hyperparameter that says how many epochs the algorithm trains, if it is a built-in
        one."""
        return ALGORITHMS[images.algorithm_in(self.image)].rounds

    def training_job(self, name: str, point: Point) -> dict[str, Any]:
        """CreateTrainingJob for one point."""
        request = {key: self.given[key] for key in _PASSED_ON if self.given.get(key) is not None}
        request["TrainingJobName"] = name
        request["ResourceConfig"] = _resources(self.given)
        request["HyperParameters"] = {
            **self.static,
            **point,
            TUNED_METRIC: self.objective.metric,
        }
        if checkpoints := self.given.get("CheckpointConfig"):
            # each job its own: one must not go on from another's model
            place = f"{checkpoints['S3Uri'].rstrip('/')}/{name}"
            request["CheckpointConfig"] = {**checkpoints, "S3Uri": place}
        return request


def definitions(request: Mapping[str, Any]) -> Iterator[Definition]:
    """The definitions of a CreateHyperParameterTuningJob. Raises Refused."""
    config = request["HyperParameterTuningJobConfig"]
    one, several = request.get("TrainingJobDefinition"), request.get("TrainingJobDefinitions")
    if bool(one) == bool(several):
        raise invalid("Provide either a TrainingJobDefinition or TrainingJobDefinitions.")
    if several:
        if config.get("HyperParameterTuningJobObjective") or config.get("ParameterRanges"):
            raise invalid(
                "With TrainingJobDefinitions, each one has a TuningObjective and "
                "HyperParameterRanges of its own: leave HyperParameterTuningJobObjective and "
                "ParameterRanges out of HyperParameterTuningJobConfig."
            )
        names = [each.get("DefinitionName") for each in several]
        if None in names or len(set(names)) < len(names):
            raise invalid("Each of TrainingJobDefinitions needs a DefinitionName of its own.")
    for given in several or [one]:
        objective = given.get("TuningObjective") or config.get("HyperParameterTuningJobObjective")
        ranges = given.get("HyperParameterRanges") or config.get("ParameterRanges")
        if not objective:
            raise invalid("A hyperparameter tuning job needs a HyperParameterTuningJobObjective.")
        yield Definition(
            given.get("DefinitionName"),
            given,
            Objective(objective["MetricName"], objective["Type"]),
            Space.of(ranges or {}),
        )


def _resources(given: Mapping[str, Any]) -> dict[str, Any]:
    """ResourceConfig, of the first of the InstanceConfigs if there are some: here none is ever
    short."""
    own, flexible = given.get("ResourceConfig"), given.get("HyperParameterTuningResourceConfig")
    if bool(own) == bool(flexible):
        raise invalid("Provide either a ResourceConfig or a HyperParameterTuningResourceConfig.")
    if own:
        return dict(own)
    assert flexible is not None
    first = (flexible.get("InstanceConfigs") or [flexible])[0]
    names = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
    key = {"VolumeKmsKeyId": flexible["VolumeKmsKeyId"]} if "VolumeKmsKeyId" in flexible else {}
    return {name: first[name] for name in names if name in first} | key
