"""What the solution of a lab calls: recorded offline, so it is known before anything is called.

catalog/<slug>/plan.json holds, for each solution, the calls that make, change or end something, in
their order; how often it only looks; and the actions that IAM is asked for. What differs from one
account or run to the next stands there as a name: `${LAB_PREFIX}` and the other variables of a
lab, `${ACCOUNT}`, `${REGION}`, and `${NOW}`, `${NOW+1}` ... for the seconds in the name of a job.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from labs.cost import DEADLINE_HOURS, SWEEP_HOURS, Cost, Prices, UnknownPrice, config_of, most
from labs.errors import BadLab
from labs.undo import Call

PLACE = re.compile(r"\$\{(LAB_[A-Z_]+|ACCOUNT|REGION|NOW)(?:\+(\d+))?\}")


@dataclass(frozen=True)
class Planned:
    """A call, and how often it is made in a row."""

    call: Call
    times: int = 1


@dataclass(frozen=True)
class Plan:
    """One solution's. `reads`: by service and operation, how often at most (it waits by asking, so
    this is rounded up to a power of two). `caller` and `role`: the actions that IAM is asked for by
    who calls, and by the role that jobs and endpoints run as."""

    slug: str
    kind: str
    calls: tuple[Planned, ...]
    reads: Mapping[str, int]
    caller: tuple[str, ...]
    role: tuple[str, ...]

    def filled(self, variables: Mapping[str, str], now: int) -> list[Call]:
        """The calls as an account would see them. `now`: seconds since 1970."""
        return [
            Call(each.call.service, each.call.operation, _filled(each.call.request, variables, now))
            for each in self.calls
            for _ in range(each.times)
        ]


@dataclass(frozen=True)
class Priced:
    """A call of a plan and the most that one of it costs; `refused`: why nobody knows."""

    planned: Planned
    cost: Cost | None
    refused: str = ""


def plan_from_json(text: str, slug: str, kind: str) -> Plan:
    """The plan of one solution, of the text of plan.json. Raises BadLab."""
    place = f"labs/catalog/{slug}/plan.json"
    try:
        told = json.loads(text)["solutions"][kind]
        calls = tuple(
            Planned(Call(each["service"], each["operation"], each["request"]), each.get("times", 1))
            for each in told["calls"]
        )
        actions = told["actions"]
        return Plan(
            slug, kind, calls, told["reads"], tuple(actions["caller"]), tuple(actions["role"])
        )
    except (ValueError, KeyError, TypeError) as error:
        way_out = f"Record it anew: python -m tests.infra.record {slug}"
        raise BadLab(f"{place} has no plan of the solution {kind}: {error!r}.", way_out) from None


def priced(
    plan: Plan,
    prices: Prices,
    *,
    deadline_hours: Decimal = DEADLINE_HOURS,
    sweep_hours: Decimal = SWEEP_HOURS,
) -> Iterator[Priced]:
    """Every call with the most that it can cost: see labs/cost.py."""
    hours = {"deadline_hours": deadline_hours, "sweep_hours": sweep_hours}
    before: list[Call] = []
    for each in plan.calls:
        config = config_of(each.call, before)
        try:
            cost = most(each.call, prices, **hours, config=config)
        except UnknownPrice as error:
            yield Priced(each, None, error.message)
        else:
            yield Priced(each, cost)
        before.append(each.call)


def total(found: list[Priced]) -> Decimal:
    """The most that all of it can cost, USD; what has no price is not in it."""
    return sum(
        (each.cost.usd * each.planned.times for each in found if each.cost is not None), Decimal(0)
    )


def _filled(value: Any, variables: Mapping[str, str], now: int) -> Any:
    def put(found: re.Match[str]) -> str:
        if found[1] == "NOW":
            return str(now + int(found[2] or 0))
        return variables[found[1]]

    match value:
        case str():
            return PLACE.sub(put, value)
        case Mapping():
            return {key: _filled(each, variables, now) for key, each in value.items()}
        case list():
            return [_filled(each, variables, now) for each in value]
    return value
