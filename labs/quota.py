"""Which quotas a call touches: how much of each it asks for at once, under AWS's own names.

Service Quotas knows them by these names. For most types of instances a new account has zero of
some of them: the job is then refused, and more has to be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labs.counting import keeps_counts
from labs.undo import Call, Values

SERVERLESS = "Maximum total concurrency that can be allocated across all serverless endpoints"


@dataclass(frozen=True, order=True)
class Quota:
    """`name` as Service Quotas has it; `wanted`: how many at once."""

    service: str
    name: str
    wanted: int


def quotas(calls: Iterable[Call]) -> list[Quota]:
    """What these calls need, in their order: the largest of the jobs, as if each ran alone, and all
    endpoints that stand at once; while one is updated it has two fleets. Sorted by name."""
    most: dict[str, int] = {}
    endpoints = _Endpoints()
    for call in calls:
        for name, wanted in [*_of(call), *endpoints.after(call)]:
            most[name] = max(most.get(name, 0), wanted)
    return sorted(Quota("sagemaker", name, wanted) for name, wanted in most.items())


class _Endpoints:
    """What stands after each call: by endpoint and variant, which quota it touches and how far."""

    def __init__(self) -> None:
        self._configs: dict[str, Values] = {}
        self._stand: dict[str, dict[str, tuple[str, int]]] = {}

    def after(self, call: Call) -> Iterable[tuple[str, int]]:
        """All that is in use at the worst moment of this call."""
        request = call.request
        name = str(request.get("EndpointName", "")).lower()
        match call.operation:
            case "CreateEndpointConfig":
                self._configs[str(request["EndpointConfigName"]).lower()] = request
            case "CreateEndpoint" | "UpdateEndpoint":
                config = self._configs.get(str(request["EndpointConfigName"]).lower(), {})
                before, self._stand[name] = self._stand.get(name, {}), _fleet(config)
                if call.operation == "UpdateEndpoint" and keeps_counts(request):
                    for variant, (_, count) in before.items():
                        self._grow(name, variant, count)
                return self._sum(before)
            case "UpdateEndpointWeightsAndCapacities":
                for each in request["DesiredWeightsAndCapacities"]:
                    self._grow(name, each["VariantName"], each.get("DesiredInstanceCount"))
            case "RegisterScalableTarget":
                match str(request["ResourceId"]).split("/"):
                    case ["endpoint", name, "variant", variant]:
                        self._grow(name.lower(), variant, request.get("MaxCapacity"))
            case "DeleteEndpoint":
                self._stand.pop(name, None)
        return self._sum({})

    def _grow(self, name: str, variant: str, count: int | None) -> None:
        quota, has = self._stand.get(name, {}).get(variant, ("", 0))
        if quota and count is not None:
            self._stand[name][variant] = quota, max(has, int(count))

    def _sum(self, beside: Mapping[str, tuple[str, int]]) -> Iterable[tuple[str, int]]:
        total: dict[str, int] = {}
        for fleet in [*self._stand.values(), beside]:
            for quota, count in fleet.values():
                total[quota] = total.get(quota, 0) + count
        return total.items()


def _fleet(config: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """By variant."""
    found = {}
    both = (
        *config.get("ProductionVariants", ()),
        *config.get("ShadowProductionVariants", ()),
    )
    for each in both:
        if (serverless := each.get("ServerlessConfig")) is not None:
            found[each["VariantName"]] = SERVERLESS, int(serverless["MaxConcurrency"])
        else:
            count = int(each.get("InitialInstanceCount", 1))
            found[each["VariantName"]] = _usage({**each, "InstanceCount": count}, "endpoint")
    return found


def _of(call: Call) -> Iterator[tuple[str, int]]:
    request = call.request
    match call.operation:
        case "CreateTrainingJob":
            yield from _trained(request, request.get("ResourceConfig", {}), 1)
        case "CreateHyperParameterTuningJob":
            limits = request["HyperParameterTuningJobConfig"]["ResourceLimits"]
            one = request.get("TrainingJobDefinition")
            for each in [one] if one else request.get("TrainingJobDefinitions", ()):
                own = each.get("HyperParameterTuningResourceConfig", each.get("ResourceConfig", {}))
                for resources in own.get("InstanceConfigs") or [own]:
                    yield from _trained(each, resources, limits["MaxParallelTrainingJobs"])
        case "CreateTransformJob":
            yield _usage(request["TransformResources"], "transform job")
        case "CreateProcessingJob":
            yield _usage(request["ProcessingResources"]["ClusterConfig"], "processing job")


def _trained(job: Values, resources: Values, at_once: int) -> Iterator[tuple[str, int]]:
    use = "spot training job" if job.get("EnableManagedSpotTraining") else "training job"
    for group in resources.get("InstanceGroups") or [resources]:
        name, count = _usage(group, use)
        yield name, count * at_once
    if resources.get("KeepAlivePeriodInSeconds"):
        yield _usage(resources, "training warm pool")


def _usage(resources: Values, use: str) -> tuple[str, int]:
    count = int(resources.get("InstanceCount", 1))
    return f"{resources.get('InstanceType')} for {use} usage", count
