"""The dated prices that come along: labs/prices.toml."""

from __future__ import annotations

from pathlib import Path

import labs
from labs.prices import Prices, prices_from_toml

_FILE = Path(labs.__file__).with_name("prices.toml")


def prices(region: str) -> Prices:
    """Those of one region. Raises UnknownPrice if the table does not have it."""
    return prices_from_toml(_FILE.read_text(encoding="utf-8"), region)
