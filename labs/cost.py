"""The most that a call can cost, before it is sent: a bound, not an estimate.

Counted is what the call itself asks for, as if all of it were used to the end: instances until the
longest run time or the deadline, their volumes, requests that could all arrive at once. Spot
instances count as on demand (they can only be cheaper), and no free tier is assumed. Not counted is
what comes with any use and is cents in a lab: log lines, what jobs themselves write to S3, requests
and transfer. What has no price in the table is refused: it raises UnknownPrice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, Context, Decimal, localcontext
from functools import partial

from labs.counting import COUNTED, OF_A_CONFIG, Asked, keeps_counts
from labs.counting import Cost as Cost
from labs.prices import Prices as Prices
from labs.prices import UnknownPrice as UnknownPrice
from labs.undo import Call, Values, kind

DEADLINE_HOURS = Decimal(2)  # until an endpoint is deleted by AWS itself, where nobody says more
SWEEP_HOURS = Decimal("4.5")  # until the sweeper ends a job without a limit: EndpointHours and
# SweepMinutes of infra/guardrails.yaml, as they are by default


def most(
    call: Call,
    prices: Prices,
    *,
    deadline_hours: Decimal = DEADLINE_HOURS,
    sweep_hours: Decimal = SWEEP_HOURS,
    config: Values | None = None,
) -> Cost:
    """The most that `call` can cost. Raises UnknownPrice, and UnknownCall of what nobody knows.

    `deadline_hours`: until AWS deletes an endpoint that is made or changed now. `sweep_hours`:
    until the sweeper ends what has no limit of its own. `config`: the CreateEndpointConfig request
    that the call is about (`config_of` finds it): CreateEndpoint and what changes an endpoint need
    it, since only there is said what it consists of.
    """
    if kind(call.service, call.operation) in ("reads", "ends"):
        return Cost(Decimal(0), "nothing")
    count = COUNTED.get((call.service, call.operation))
    if count is None:
        return Cost(Decimal(0), "nothing by itself")
    with localcontext(Context(prec=28, rounding=ROUND_CEILING)):
        cost = count(Asked(call.request, prices, deadline_hours, sweep_hours, config))
    if cost.usd < 0:  # or a request with a number below zero would make room for another
        saw = f"What {call.operation} asks for is less than nothing: {cost.why}."
        raise UnknownPrice(saw, "Ask for at least one.")
    return cost


def config_of(call: Call, earlier: Iterable[Call]) -> Values | None:
    """The endpoint configuration that a call is about, among what was called before, oldest first;
    None if it is not there, or the call is about none. Where an update keeps the instances that an
    endpoint has, it has as many as were asked for before."""
    before = list(earlier)
    found = _config_of(call, before)
    return found and with_kept(call, found, lambda: _asked_for(call, before))


def with_kept(call: Call, config: Values, has: Callable[[], Mapping[str, int]]) -> Values:
    """The configuration of an UpdateEndpoint with as many instances as the update may keep. `has`
    tells, by variant, how many there are; otherwise the configuration as it is."""
    if call.operation != "UpdateEndpoint" or not keeps_counts(call.request):
        return config
    counts = has()

    def kept(each: Values) -> Values:
        if "ServerlessConfig" in each:
            return each
        count = max(int(each.get("InitialInstanceCount", 1)), counts.get(each["VariantName"], 0))
        return {**each, "InitialInstanceCount": count}

    changed = {kind: [kept(each) for each in config.get(kind) or ()] for kind in _VARIANTS}
    return {**config, **changed}


def _asked_for(call: Call, before: list[Call]) -> dict[str, int]:
    """By variant, how many instances of a call's endpoint were asked for at most until now."""
    has: dict[str, int] = {}
    for n, each in enumerate(before):
        if _endpoint_of(each) != _endpoint_of(call):
            continue
        match each.operation:
            case "CreateEndpoint" | "UpdateEndpoint":
                config = with_kept(each, _config_of(each, before[:n]) or {}, partial(dict, has))
                variants = [variant for kind in _VARIANTS for variant in config.get(kind) or ()]
                has = {v["VariantName"]: int(v.get("InitialInstanceCount", 1)) for v in variants}
            case "UpdateEndpointWeightsAndCapacities":
                for wanted in each.request["DesiredWeightsAndCapacities"]:
                    name, count = wanted["VariantName"], wanted.get("DesiredInstanceCount")
                    has[name] = max(has.get(name, 0), int(count or 0))
            case "RegisterScalableTarget":
                name = str(each.request["ResourceId"]).rpartition("/")[2]
                has[name] = max(has.get(name, 0), int(each.request.get("MaxCapacity") or 0))
    return has


def _config_of(call: Call, before: list[Call]) -> Values | None:
    name = call.request.get("EndpointConfigName")
    if name is None and (endpoint := _endpoint_of(call)) is not None:
        for each in before:  # the last one that was put in force
            is_it = str(each.request.get("EndpointName")).lower() == endpoint
            if each.operation in ("CreateEndpoint", "UpdateEndpoint") and is_it:
                name = each.request["EndpointConfigName"]
    found = None
    for each in before:
        is_it = str(each.request.get("EndpointConfigName")).lower() == str(name).lower()
        if each.operation == "CreateEndpointConfig" and is_it:
            found = each.request
    return found


_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")


def needs_config(call: Call) -> bool:
    """Whether `most` needs the endpoint configuration to say what this call costs."""
    return (call.service, call.operation) in OF_A_CONFIG and "sagemaker:variant" in str(
        call.request.get("ScalableDimension", "sagemaker:variant")
    )


def _endpoint_of(call: Call) -> str | None:
    if (name := call.request.get("EndpointName")) is not None:
        return str(name).lower()
    match str(call.request.get("ResourceId", "")).split("/"):
        case ["endpoint", name, "variant", _]:
            return str(name).lower()
    return None
