"""The table of prices: USD in one region, each figure dated. What is not in it has no price."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from labs.errors import LabsError


class UnknownPrice(LabsError):
    """What something costs is not known, so it is not made."""


@dataclass(frozen=True)
class Prices:
    """USD in one region. `hours`: by use (training, processing, transform, endpoint) and type of
    instance. `rates`: the other prices, each by the unit that its name says. `as_of`: the date of
    the oldest figure among them."""

    region: str
    as_of: date
    hours: Mapping[str, Mapping[str, Decimal]]
    rates: Mapping[str, Decimal]

    def hour(self, use: str, instance: str) -> Decimal:
        """An hour of one instance. Raises UnknownPrice."""
        try:
            return self.hours[use][instance]
        except KeyError:
            known = ", ".join(sorted(self.hours.get(use, {}))) or "none"
            saw = f"What an hour of {instance} costs for {use} is not in labs/prices.toml."
            raise UnknownPrice(saw, f"There are: {known}. Choose one of these.") from None

    def rate(self, name: str) -> Decimal:
        """Raises UnknownPrice."""
        try:
            return self.rates[name]
        except KeyError:
            saw = f"The price {name} is not in labs/prices.toml for {self.region}."
            raise UnknownPrice(saw, "Leave out what it is for.") from None


def prices_from_toml(text: str, region: str) -> Prices:
    """The table of one region, of the text of prices.toml. Raises UnknownPrice if it has none."""
    regions = tomllib.loads(text, parse_float=Decimal)["regions"]
    if region not in regions:
        saw = f"labs/prices.toml has no prices of {region}, so nothing is made there."
        raise UnknownPrice(saw, f"Choose a region that it has: {', '.join(sorted(regions))}.")
    told = regions[region]
    hours: dict[str, dict[str, Decimal]] = {}
    dates = [each["as_of"] for each in told["rates"].values()]
    for instance, uses in told["instances"].items():
        for use, figure in uses.items():
            hours.setdefault(use, {})[instance] = Decimal(figure["usd"])
            dates.append(figure["as_of"])
    rates = {name: Decimal(figure["usd"]) for name, figure in told["rates"].items()}
    return Prices(region, min(dates), hours, rates)
