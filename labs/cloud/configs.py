"""The endpoint configurations of one region: which models, on what, and what else is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labs.cloud import listing
from labs.cloud.container import containers, is_direct
from labs.cloud.endpoint import Plan, Serverless, Variant
from labs.cloud.hosting import Models
from labs.cloud.inputs import Location
from labs.cloud.ports import Region
from labs.cloud.refusals import invalid, not_offered

MEMORY_STEP = 1024  # MB, of a serverless variant
_OF_INSTANCES = (
    "InstanceType", "InitialInstanceCount", "VolumeSizeInGB", "RoutingConfig",
    "InferenceAmiVersion",
)  # fmt: skip


class EndpointConfigs:
    """CreateEndpointConfig and its kin; under the world's lock."""

    def __init__(self, region: Region, models: Models) -> None:
        self._region, self._models = region, models
        self._configs: dict[str, dict[str, Any]] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["EndpointConfigName"]
        arn = self._region.arn("endpoint-config", name)
        if name in self._configs:
            raise invalid(f'Cannot create already existing endpoint configuration "{arn}".')
        variants = [{"InitialVariantWeight": 1.0} | each for each in request["ProductionVariants"]]
        self._check_variants(variants)
        shadows = self._shadows(request, variants)
        _check_capture(request, variants)
        self._check_asynchronous(request.get("AsyncInferenceConfig"), variants)
        told = {key: value for key, value in request.items() if key != "Tags" and value}
        self._configs[name] = told | {
            "EndpointConfigArn": arn,
            "ProductionVariants": variants,
            **({"ShadowProductionVariants": shadows} if shadows else {}),
            "CreationTime": self._region.world.now(),
            "EnableNetworkIsolation": False,
        }
        return {"EndpointConfigArn": arn}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._find(request["EndpointConfigName"])

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        keys = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
        summaries = [{key: config[key] for key in keys} for config in self._configs.values()]
        return listing.page(
            summaries, request, kind="EndpointConfig", answer="EndpointConfigs", order="Descending"
        )

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        del self._configs[self._find(request["EndpointConfigName"])["EndpointConfigName"]]
        return {}

    def plan(self, name: str) -> Plan:
        """What an endpoint of a configuration serves by, as its models are now. Raises Refused."""
        config = self._find(name)
        shadows = [self._variant(each) for each in config.get("ShadowProductionVariants", ())]
        return Plan(
            name,
            tuple(self._variant(each) for each in config["ProductionVariants"]),
            config.get("DataCaptureConfig"),
            config.get("AsyncInferenceConfig"),
            shadows[0] if shadows else None,
        )

    def forget(self) -> None:
        self._configs = {}

    def _find(self, name: str) -> dict[str, Any]:
        if name not in self._configs:
            arn = self._region.arn("endpoint-config", name)
            raise invalid(f'Could not find endpoint configuration "{arn}".')
        return self._configs[name]

    def _variant(self, given: Mapping[str, Any]) -> Variant:
        model = self._models.find(given["ModelName"])
        config = given.get("ServerlessConfig")
        return Variant(
            given["VariantName"],
            given["ModelName"],
            containers(model),
            given.get("InstanceType"),
            given.get("InitialInstanceCount", 0),
            given["InitialVariantWeight"],
            is_direct(model),
            None if config is None else Serverless.of(config),
            model["ExecutionRoleArn"],
        )

    def _check_variants(self, variants: Sequence[Mapping[str, Any]]) -> None:
        names = [variant["VariantName"] for variant in variants]
        if len(set(names)) < len(names):
            raise invalid(f"The variant names must differ: {', '.join(names)}.")
        for variant in variants:
            is_serverless = variant.get("ServerlessConfig") is not None
            needed = ("ModelName",) if is_serverless else ("ModelName", *_OF_INSTANCES[:2])
            for member in needed:
                if not variant.get(member):
                    raise invalid(f"The variant {variant['VariantName']} needs {member}.")
            model = self._models.find(variant["ModelName"])
            if is_serverless:
                _check_serverless(variant, model, len(variants))

    def _shadows(
        self, request: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The shadow variant, if there is one. Raises Refused."""
        given = request.get("ShadowProductionVariants") or []
        shadows = [{"InitialVariantWeight": 1.0} | each for each in given]
        if not shadows:
            return []
        if len(shadows) > 1 or len(variants) > 1:
            raise invalid(
                "With ShadowProductionVariants there is one variant for ProductionVariants and one "
                f"for ShadowProductionVariants, not {len(variants)} and {len(shadows)}."
            )
        self._check_variants([*variants, *shadows])
        if request.get("AsyncInferenceConfig"):
            what = "ShadowProductionVariants and AsyncInferenceConfig"
            raise not_offered(f"CreateEndpointConfig with {what}")
        for variant in (*variants, *shadows):
            model = self._models.find(variant["ModelName"])
            if is_direct(model) or containers(model)[0].is_multi_model:
                what = "ShadowProductionVariants and a model of Mode Direct or MultiModel"
                raise not_offered(f"CreateEndpointConfig with {what}")
        return shadows

    def _check_asynchronous(
        self, config: Mapping[str, Any] | None, variants: Sequence[Mapping[str, Any]]
    ) -> None:
        """Raise Refused for what no asynchronous endpoint has."""
        if not config:
            return
        output = config["OutputConfig"]
        if not output.get("S3OutputPath"):
            raise invalid("AsyncInferenceConfig needs an S3OutputPath in its OutputConfig.")
        for member in ("S3OutputPath", "S3FailurePath"):
            if output.get(member):
                Location.at(output[member])
        for variant in variants:
            if variant.get("ServerlessConfig"):
                raise invalid("AsyncInferenceConfig is not supported for serverless endpoints.")
            model = self._models.find(variant["ModelName"])
            if is_direct(model) or containers(model)[0].is_multi_model:
                raise invalid(
                    f"An asynchronous endpoint cannot host the model {variant['ModelName']}: "
                    "InvokeEndpointAsync names neither a model nor a container."
                )


def _check_serverless(variant: Mapping[str, Any], model: Mapping[str, Any], many: int) -> None:
    """Raise Refused for what serverless endpoints do not have."""
    name = variant["VariantName"]
    if many > 1:
        raise invalid("A serverless endpoint has one production variant.")
    for member in _OF_INSTANCES:
        if variant.get(member):
            raise invalid(
                f"The variant {name} has both ServerlessConfig and {member}. A serverless "
                "endpoint has no instances: leave out one of the two."
            )
    check_concurrency(name, Serverless.of(variant["ServerlessConfig"]))
    several = containers(model)
    excluded = {
        "a VpcConfig": model.get("VpcConfig"),
        "EnableNetworkIsolation": model.get("EnableNetworkIsolation"),
        "several Containers": len(several) > 1,
        "a container in MultiModel mode": several[0].is_multi_model,
    }
    for what, has_it in excluded.items():
        if has_it:
            raise invalid(
                f"A serverless endpoint cannot host the model {variant['ModelName']}, which has "
                f"{what}. Use instances for it."
            )


def check_concurrency(name: str, serverless: Serverless) -> None:
    """Raise Refused for a ServerlessConfig that no variant can have."""
    if serverless.memory % MEMORY_STEP:
        raise invalid(
            f"MemorySizeInMB of the variant {name} is {serverless.memory}. It must be one of 1024, "
            "2048, 3072, 4096, 5120 or 6144."
        )
    if serverless.warm is not None and serverless.warm > serverless.most:
        raise invalid(
            f"ProvisionedConcurrency of the variant {name} is {serverless.warm}, which is more "
            f"than its MaxConcurrency, {serverless.most}."
        )


def _check_capture(request: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> None:
    config = request.get("DataCaptureConfig")
    if not config:
        return
    Location.at(config["DestinationS3Uri"])
    if any(variant.get("ServerlessConfig") for variant in variants):
        raise invalid("Data capture is not supported for serverless endpoints.")
    if request.get("AsyncInferenceConfig"):
        raise not_offered("CreateEndpointConfig with DataCaptureConfig and AsyncInferenceConfig")
