"""What an update may make of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from labs.cloud.configs import check_concurrency
from labs.cloud.endpoint import Endpoint, Plan, Variant
from labs.cloud.refusals import invalid, not_offered


def check_scaling(endpoint: Endpoint, plan: Plan, scaled: Set[str]) -> None:
    """A variant that is `scaled`, by Application Auto Scaling, stays, and on its instance type.
    Raises Refused."""
    coming = {variant.name: variant.instance_type for variant in plan.variants}
    for variant in endpoint.variants:
        if variant.name in scaled and coming.get(variant.name) != variant.instance_type:
            change = "change the instance type of" if variant.name in coming else "remove"
            raise invalid(
                f'The update of endpoint "{endpoint.arn}" would {change} the variant '
                f"{variant.name}, which is registered with Application Auto Scaling. "
                "Deregister it as a scalable target first."
            )


def check_kind(endpoint: Endpoint, plan: Plan) -> None:
    """An endpoint does not become serverless, nor asynchronous or the other way round. Raises
    Refused."""
    was = endpoint.serving
    if was is None:
        return
    if plan.variants[0].serverless and not was.variants[0].serverless:
        raise invalid(
            f'The endpoint "{endpoint.arn}" has instances, and cannot be updated to a serverless '
            "configuration. Create another endpoint."
        )
    if bool(plan.asynchronous) != bool(was.asynchronous):
        kinds = ("a synchronous", "an asynchronous")
        raise invalid(
            f'The endpoint "{endpoint.arn}" cannot be updated from '
            f"{kinds[bool(was.asynchronous)]} to {kinds[bool(plan.asynchronous)]} configuration. "
            "Create another endpoint."
        )


def changed(endpoint: Endpoint, wanted: Sequence[Mapping[str, Any]]) -> list[Variant]:
    """All variants, some of them at other weights and capacities. Raises Refused."""
    variants = {variant.name: variant for variant in endpoint.variants}
    seen: set[str] = set()
    shadow = None if endpoint.serving is None else endpoint.serving.shadow
    for each in wanted:
        name = each["VariantName"]
        if shadow is not None and name == shadow.name:
            raise not_offered("UpdateEndpointWeightsAndCapacities of a shadow variant")
        if name in seen:
            raise invalid(f'The variant name "{name}" was non-unique within the request.')
        if name not in variants:
            raise invalid(
                f'The variant name(s) "{name}" is/are not present within endpoint configuration '
                f'"{endpoint.config}".'
            )
        seen.add(name)
        variants[name] = _changed(endpoint, variants[name], each)
    return [*variants.values()]


def retaining(endpoint: Endpoint, plan: Plan, fresh: Set[str]) -> Plan:
    """The plan with the weights and counts that variants of the same name have now, and with the
    data capture of now; `fresh` are the properties that are the plan's own."""
    now = {variant.name: variant for variant in endpoint.variants}
    variants = tuple(
        replace(
            variant,
            count=variant.count if "DesiredInstanceCount" in fresh else now[variant.name].count,
            weight=variant.weight if "DesiredWeight" in fresh else now[variant.name].weight,
        )
        if variant.name in now
        else variant
        for variant in plan.variants
    )
    serving, capture = endpoint.serving, plan.capture
    if serving is not None and "DataCaptureConfig" not in fresh:
        capture = serving.capture
    return replace(plan, variants=variants, capture=capture)


def _changed(endpoint: Endpoint, variant: Variant, wanted: Mapping[str, Any]) -> Variant:
    count, serverless = wanted.get("DesiredInstanceCount"), variant.serverless
    config = wanted.get("ServerlessUpdateConfig")
    if count is not None and serverless is not None:
        raise invalid(f"The variant {variant.name} is serverless, and has no instances.")
    is_asynchronous = endpoint.serving is not None and endpoint.serving.asynchronous is not None
    if count == 0 and not is_asynchronous:
        raise invalid(
            f"DesiredInstanceCount of the variant {variant.name} is 0. Only an asynchronous "
            "endpoint can do without instances."
        )
    if config is not None:
        if serverless is None:
            raise invalid(f"The variant {variant.name} has instances, and is not serverless.")
        serverless = replace(
            serverless,
            most=config.get("MaxConcurrency", serverless.most),
            warm=config.get("ProvisionedConcurrency", serverless.warm),
        )
        check_concurrency(variant.name, serverless)
    return replace(
        variant,
        weight=wanted.get("DesiredWeight", variant.weight),
        count=variant.count if count is None else count,
        serverless=serverless,
    )
