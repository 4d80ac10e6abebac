"""The models and endpoint configurations of one region: what an endpoint is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.cloud import listing
from labs.cloud.inputs import Location
from labs.cloud.ports import Region
from labs.cloud.refusals import invalid, not_offered
from labs.cloud.training import check_network, could_not_assume

# Environment variables of the container that change nothing here, and those that the models know.
# The container has more, which change its answers: they are refused, not passed over.
_HARMLESS = frozenset({
    "SAGEMAKER_BIND_TO_PORT", "SAGEMAKER_CONTAINER_LOG_LEVEL", "SAGEMAKER_MODEL_SERVER_TIMEOUT",
    "SAGEMAKER_MODEL_SERVER_WORKERS", "SAGEMAKER_REGION", "SAGEMAKER_USE_NGINX",
})  # fmt: skip
_KNOWN = frozenset({"SAGEMAKER_BATCH", "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"})


@dataclass(frozen=True)
class Container:
    """What runs behind a variant."""

    image: str
    data: Location | None
    environment: Mapping[str, str]

    @classmethod
    def of(cls, model: Mapping[str, Any]) -> Container:
        """The one container of a CreateModel. Raises Refused."""
        several = model.get("Containers") or []
        primary = model.get("PrimaryContainer")
        if len(several) > 1:
            raise not_offered("CreateModel with several Containers")
        if bool(several) == bool(primary):
            raise invalid("A model needs a PrimaryContainer, or one of Containers.")
        container = primary or several[0]
        environment = container.get("Environment") or {}
        for name in environment:
            if name.startswith("SAGEMAKER_") and name not in _HARMLESS | _KNOWN:
                raise not_offered(f"CreateModel with the Environment variable {name}")
        if not container.get("Image"):
            raise invalid("The container needs an Image.")
        source = (container.get("ModelDataSource") or {}).get("S3DataSource") or {}
        url = container.get("ModelDataUrl") or source.get("S3Uri")
        data = None if url is None else Location.at(url)
        return cls(container["Image"], data, environment)


class Models:
    """CreateModel and its kin; under the world's lock, as are EndpointConfigs."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._models: dict[str, dict[str, Any]] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["ModelName"]
        arn = self._region.arn("model", name)
        if name in self._models:
            raise invalid(f'Cannot create already existing model "{arn}".')
        container = Container.of(request)
        role = request.get("ExecutionRoleArn")
        if role is None:
            raise invalid("A model needs an ExecutionRoleArn.")
        services = self._region.services
        if not services.sagemaker_may_assume(role):
            raise could_not_assume(role)
        check_network("CreateModel", request, services)
        data = container.data
        if data is not None and services.read(data.bucket, data.key) is None:
            raise invalid(
                f"Could not access model data at {data}. Please ensure that the role "
                f'"{role}" exists and that its trust relationship policy allows the action '
                '"sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure '
                'that the role has "s3:GetObject" permissions and that the object is located in '
                f"{self._region.name}."
            )
        told = {key: value for key, value in request.items() if key != "Tags" and value}
        self._models[name] = told | {
            "ModelArn": arn,
            "CreationTime": self._region.world.now(),
            "EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation")),
        }
        return {"ModelArn": arn}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self.find(request["ModelName"])

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        keys = ("ModelName", "ModelArn", "CreationTime")
        summaries = [{key: model[key] for key in keys} for model in self._models.values()]
        return listing.page(summaries, request, kind="Model", answer="Models", order="Descending")

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        del self._models[self.find(request["ModelName"])["ModelName"]]
        return {}

    def find(self, name: str) -> dict[str, Any]:
        if name not in self._models:
            raise invalid(f'Could not find model "{self._region.arn("model", name)}".')
        return self._models[name]

    def container(self, name: str) -> Container:
        return Container.of(self.find(name))

    def forget(self) -> None:
        self._models = {}


class EndpointConfigs:
    def __init__(self, region: Region, models: Models) -> None:
        self._region, self._models = region, models
        self._configs: dict[str, dict[str, Any]] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["EndpointConfigName"]
        arn = self._region.arn("endpoint-config", name)
        if name in self._configs:
            raise invalid(f'Cannot create already existing endpoint configuration "{arn}".')
        variants = [{"InitialVariantWeight": 1.0} | each for each in request["ProductionVariants"]]
        names = [variant["VariantName"] for variant in variants]
        if len(set(names)) < len(names):
            raise invalid(f"The variant names must differ: {', '.join(names)}.")
        for variant in variants:
            for member in ("ModelName", "InstanceType", "InitialInstanceCount"):
                if not variant.get(member):
                    raise invalid(f"The variant {variant['VariantName']} needs {member}.")
            self._models.find(variant["ModelName"])
        told = {key: value for key, value in request.items() if key != "Tags" and value}
        self._configs[name] = told | {
            "EndpointConfigArn": arn,
            "ProductionVariants": variants,
            "CreationTime": self._region.world.now(),
            "EnableNetworkIsolation": False,
        }
        return {"EndpointConfigArn": arn}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self.find(request["EndpointConfigName"])

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        keys = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        summaries = [{key: config[key] for key in keys} for config in self._configs.values()]
        return listing.page(
            summaries, request, kind="EndpointConfig", answer="EndpointConfigs", order="Descending"
        )

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        del self._configs[self.find(request["EndpointConfigName"])["EndpointConfigName"]]
        return {}

    def find(self, name: str) -> dict[str, Any]:
        if name not in self._configs:
            arn = self._region.arn("endpoint-config", name)
            raise invalid(f'Could not find endpoint configuration "{arn}".')
        return self._configs[name]

    def forget(self) -> None:
        self._configs = {}
