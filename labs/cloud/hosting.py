"""The models of one region: what an endpoint or a transform job is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.cloud import listing
from labs.cloud.container import Container, containers
from labs.cloud.inputs import Location
from labs.cloud.ports import NoSuchBucket, Region
from labs.cloud.refusals import Refused, invalid
from labs.cloud.training import check_network, could_not_assume


class Models:
    """CreateModel and its kin; under the world's lock."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._models: dict[str, dict[str, Any]] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["ModelName"]
        arn = self._region.arn("model", name)
        if name in self._models:
            raise invalid(f'Cannot create already existing model "{arn}".')
        several = containers(request)
        if len(several) == 1 and request.get("InferenceExecutionConfig"):
            raise invalid("InferenceExecutionConfig is for a model with several Containers.")
        role = request.get("ExecutionRoleArn")
        if role is None:
            raise invalid("A model needs an ExecutionRoleArn.")
        services = self._region.services
        if not services.sagemaker_may_assume(role):
            raise could_not_assume(role)
        check_network("CreateModel", request, services)
        for container in several:
            self._check_data(container, role)
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
        """A model as DescribeModel shows it. Raises Refused."""
        if name not in self._models:
            raise invalid(f'Could not find model "{self._region.arn("model", name)}".')
        return self._models[name]

    def forget(self) -> None:
        self._models = {}

    def _check_data(self, container: Container, role: str) -> None:
        """Refuse a model whose data is not there. Raises Refused."""
        if container.data is None:
            return
        services, data = self._region.services, Location.at(container.data)
        acting = self._region.acting(role)
        if not container.is_multi_model:
            may_read = acting.may_read(data.bucket, data.key)
            if not may_read or services.read(data.bucket, data.key) is None:
                raise _no_access(container.data, role, self._region.name)
            return
        try:
            found = services.keys(data.bucket, data.key)
        except NoSuchBucket:
            found = ()
        if found and not acting.may_list(data.bucket, data.key):
            raise _no_access(container.data, role, self._region.name, "s3:ListBucket")
        if not found:
            raise invalid(f"Could not find model data at {container.data}.")


def _no_access(data: str, role: str, region: str, action: str = "s3:GetObject") -> Refused:
    return invalid(
        f"Could not access model data at {data}. Please ensure that the role "
        f'"{role}" exists and that its trust relationship policy allows the action '
        '"sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure '
        f'that the role has "{action}" permissions and that the object is located in {region}.'
    )
