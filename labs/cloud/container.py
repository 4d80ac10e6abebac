"""A model's containers: what a CreateModel names, and where each has its model from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.cloud import images
from labs.cloud.inputs import Location
from labs.cloud.refusals import invalid, not_offered

MOST = 15  # containers of a model: the API model of sagemaker, 2026-11
PRIMARY = "primary"  # what SageMaker calls the only one
# Environment variables of the container that change nothing here, and those that the models know.
# The containers have more, which change their answers: they are refused, not passed over.
_HARMLESS = frozenset({
    "SAGEMAKER_BIND_TO_PORT", "SAGEMAKER_CONTAINER_LOG_LEVEL", "SAGEMAKER_MODEL_SERVER_TIMEOUT",
    "SAGEMAKER_MODEL_SERVER_WORKERS", "SAGEMAKER_REGION", "SAGEMAKER_USE_NGINX",
})  # fmt: skip
_KNOWN = frozenset({"SAGEMAKER_BATCH", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"})
_OF_ONE = {
    "xgboost": frozenset({"SAGEMAKER_INFERENCE_ENSEMBLE", "SAGEMAKER_INFERENCE_OUTPUT"}),
    "sklearn": frozenset({"SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"}),
}
# The built-in images that carry the label com.amazonaws.sagemaker.capabilities.multi-models.
_MULTI_MODEL = frozenset({"xgboost", "linear_learner", "sklearn"})


@dataclass(frozen=True)
class Container:
    """One of a model's containers.

    `name` is its hostname: in logs, metrics and errors. `data` is the S3 URI of its archive, or,
    if it `is_multi_model`, the prefix under which the archives lie.
    """

    name: str
    image: str
    data: str | None
    environment: Mapping[str, str]
    is_multi_model: bool = False
    caches: bool = True  # whether a multi-model container keeps what it has loaded

    @property
    def algorithm(self) -> str:
        """Raises images.UnknownImage."""
        return images.algorithm_in(self.image)


def containers(model: Mapping[str, Any]) -> tuple[Container, ...]:
    """The containers of a CreateModel, in their order. Raises Refused."""
    several, primary = model.get("Containers") or [], model.get("PrimaryContainer")
    if bool(several) == bool(primary):
        raise invalid("A model needs a PrimaryContainer, or one of Containers.")
    if primary or len(several) == 1:
        return (_container(primary or several[0], PRIMARY),)
    if len(several) > MOST:
        raise invalid(f"A model has at most {MOST} containers, and here are {len(several)}.")
    return _in_a_row(several)


def check_environment(operation: str, environment: Mapping[str, str], image: str) -> None:
    """Refuse variables that would change what a container does, and here do not. Raises
    Refused."""
    try:
        algorithm = images.algorithm_in(image)
    except images.UnknownImage:
        algorithm = ""  # whoever is to run it will say so
    known = _HARMLESS | _KNOWN | _OF_ONE.get(algorithm, frozenset())
    for variable in environment:
        if variable.startswith("SAGEMAKER_") and variable not in known:
            raise not_offered(f"{operation} with the Environment variable {variable}")


def is_direct(model: Mapping[str, Any]) -> bool:
    """Whether each invocation names the container that is to answer it."""
    mode = (model.get("InferenceExecutionConfig") or {}).get("Mode")
    return mode == "Direct" and len(model.get("Containers") or []) > 1


def _in_a_row(several: Sequence[Mapping[str, Any]]) -> tuple[Container, ...]:
    named = [each.get("ContainerHostname") for each in several]
    if any(named) and not all(named):
        raise invalid(
            "If one of Containers has a ContainerHostname, every one of them needs one. Missing: "
            f"{', '.join(str(n) for n, name in enumerate(named, 1) if not name)}."
        )
    names = [name or f"container-{n}" for n, name in enumerate(named, 1)]
    if len(set(names)) < len(names):
        raise invalid(f"Each ContainerHostname must be unique: {', '.join(names)}.")
    found = tuple(_container(each, name) for each, name in zip(several, names, strict=True))
    multi = sum(each.is_multi_model for each in found)
    if multi > 1:
        raise invalid(
            "More than one container in MultiModel mode is not supported with inference pipeline."
        )
    if multi:
        raise not_offered("CreateModel with a container in MultiModel mode among several")
    return found


def _container(given: Mapping[str, Any], name: str) -> Container:
    environment = given.get("Environment") or {}
    if not given.get("Image"):
        raise invalid("The container needs an Image.")
    check_environment("CreateModel", environment, given["Image"])
    source = (given.get("ModelDataSource") or {}).get("S3DataSource") or {}
    url = given.get("ModelDataUrl") or source.get("S3Uri")
    caching = (given.get("MultiModelConfig") or {}).get("ModelCacheSetting")
    found = Container(
        name,
        given["Image"],
        None if url is None else str(Location.at(url)),
        environment,
        given.get("Mode") == "MultiModel",
        caching != "Disabled",
    )
    if found.is_multi_model:
        _check_multi_model(found, is_prefix=bool(given.get("ModelDataUrl")))
    elif caching:
        raise invalid("MultiModelConfig is for a container whose Mode is MultiModel.")
    return found


def _check_multi_model(container: Container, *, is_prefix: bool) -> None:
    if not is_prefix:
        raise invalid(
            "A container in MultiModel mode needs a ModelDataUrl: the prefix of its models."
        )
    try:
        algorithm = container.algorithm
    except images.UnknownImage:
        return  # the endpoint will say so
    if algorithm not in _MULTI_MODEL:
        raise invalid(
            f"Your Ecr Image {container.image} does not contain required "
            "com.amazonaws.sagemaker.capabilities.multi-models=true Docker label(s)."
        )
