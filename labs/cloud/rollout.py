"""How an update of an endpoint shifts the traffic to the new fleet: a DeploymentConfig.

Source: BlueGreenUpdatePolicy and AutoRollbackConfig in the SageMaker API reference, and "Deployment
guardrails" in its developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.cloud.endpoint import Endpoint, Plan
from labs.cloud.refusals import invalid, not_offered

_SIZES = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
LEAST_LINEAR, MOST = 0.1, 0.5  # of the fleet


@dataclass(frozen=True)
class Rollout:
    """`shares`: of the traffic that the new fleet gets, step by step; the last is 1. After each it
    bakes for `bake_s` seconds while the alarms are watched; after the last the old fleet stays for
    `end_s` seconds more."""

    shares: tuple[float, ...]
    bake_s: int
    end_s: int
    alarms: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any], plan: Plan) -> Rollout:
        """What a DeploymentConfig says for a fleet. Raises Refused."""
        alarms = [
            each["AlarmName"]
            for each in (config.get("AutoRollbackConfiguration") or {}).get("Alarms") or ()
            if each.get("AlarmName")
        ]
        policy = config.get("BlueGreenUpdatePolicy") or {}
        routing = policy.get("TrafficRoutingConfiguration") or {"Type": "ALL_AT_ONCE"}
        bake = routing.get("WaitIntervalInSeconds", 0)
        end = policy.get("TerminationWaitInSeconds", 0)
        rollout = cls(tuple(_shares(routing, plan)), bake, end, tuple(alarms))
        most = policy.get("MaximumExecutionTimeoutInSeconds")
        if most is not None and rollout.waits_s > most:
            raise invalid(
                f"MaximumExecutionTimeoutInSeconds is {most}, and the waiting times alone are "
                f"{rollout.waits_s} seconds."
            )
        return rollout

    @property
    def waits_s(self) -> int:
        """All that is waited for."""
        return len(self.shares) * self.bake_s + self.end_s

    @property
    def is_at_once(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.shares == (1.0,) and not self.waits_s


def check(endpoint: Endpoint, plan: Plan, rollout: Rollout, missing: Sequence[str]) -> None:
    """Raise Refused for an update that cannot be guarded; `missing` are alarms that are not
    there."""
    if rollout.is_at_once and not rollout.alarms:
        return
    old, new = ({each.name for each in variants} for variants in (endpoint.variants, plan.variants))
    if old != new:
        raise invalid(
            "With a DeploymentConfig the new endpoint configuration must have the variant names of "
            f"the old one: {', '.join(sorted(old))}, not {', '.join(sorted(new))}."
        )
    if plan.asynchronous is not None or plan.variants[0].serverless is not None:
        kind = "an asynchronous" if plan.asynchronous is not None else "a serverless"
        raise not_offered(f"UpdateEndpoint of {kind} endpoint with a DeploymentConfig")
    if missing:
        raise invalid(f"There is no CloudWatch alarm {missing[0]} in this account and region.")


def _shares(routing: Mapping[str, Any], plan: Plan) -> Iterator[float]:
    kind = routing["Type"]
    for other, member in _SIZES.items():
        if other != kind and routing.get(member):
            raise invalid(f"{member} is for traffic routing of the type {other}, not {kind}.")
    if kind == "ALL_AT_ONCE":
        yield 1.0
        return
    size = routing.get(_SIZES[kind])
    if not size:
        raise invalid(f"Traffic routing of the type {kind} needs {_SIZES[kind]}.")
    fleet = min(each.count for each in plan.variants) or 1
    share = size["Value"] / (100 if size["Type"] == "CAPACITY_PERCENT" else fleet)
    least = LEAST_LINEAR if kind == "LINEAR" else 0.0
    if not least <= share <= MOST:
        between = "between 10 and 50 %" if least else "at most 50 %"
        raise invalid(
            f"{_SIZES[kind]} is {share:.0%} of a fleet of {fleet}; it must be {between} of the "
            "variant's instances."
        )
    step = 1
    while kind == "LINEAR" and (reached := step * share) < 1 - 1e-9:
        yield reached
        step += 1
    if kind == "CANARY":
        yield share
    yield 1.0
