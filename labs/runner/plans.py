"""The recorded plans of the labs that come along."""

from __future__ import annotations

from labs.lab import Lab
from labs.plan import Plan, plan_from_json
from labs.runner.catalogue import CATALOGUE

FILE = "plan.json"


def recorded(lab: Lab, kind: str) -> Plan | None:
    """What its solution calls; None if that was not recorded. `kind` is one of SOLUTIONS. Raises
    BadLab if the file is not as it must be."""
    try:
        text = (CATALOGUE / lab.slug / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return plan_from_json(text, lab.slug, kind)
