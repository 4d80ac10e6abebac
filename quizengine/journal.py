"""What the core knows of a lab's journal: whether something may still be in an account.

It is read as data, a line each, as labs/journal.py writes them; labs/ is never imported for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "quizengine"  # what names begin with where nobody says more
_NAME = re.compile(
    r"(?P<account>\d{12})-(?P<region>[a-z0-9-]+)-(?P<prefix>[a-z][a-z0-9]{1,11})\.jsonl"
)


@dataclass(frozen=True)
class Left:
    """What of a lab may still be there: `count` things, the oldest since `since` (UTC
    milliseconds), in an account and region, under a prefix."""

    lab: str
    count: int
    since: int
    account: str
    region: str
    prefix: str

    @property
    def command(self) -> str:
        """What takes it down."""
        named = f" --prefix {self.prefix}" if self.prefix != PREFIX else ""
        return f"quizengine lab clean {self.lab} --target aws --region {self.region}{named}"


@dataclass
class _Made:
    lab: str
    at: int
    undo: str


def left(name: str, lines: Iterable[str]) -> list[Left]:
    """By lab, the oldest first, of the file of this name. A line that says nothing is passed over;
    so is a file that is about no account of AWS: a cloud on this computer costs nothing."""
    where = _NAME.fullmatch(name)
    if where is None:
        return []
    made: dict[str, _Made] = {}
    for line in lines:
        try:
            told = json.loads(line)
            _take(told, made)
        except (ValueError, KeyError, TypeError):
            continue
    labs: dict[str, list[int]] = {}
    for each in made.values():
        labs.setdefault(each.lab, []).append(each.at)
    found = [Left(lab, len(times), min(times), **where.groupdict()) for lab, times in labs.items()]
    return sorted(found, key=lambda each: each.since)


def _take(told: Mapping[str, Any], made: dict[str, _Made]) -> None:
    match told["what"]:
        case "will" if "undo" in told or told["call"]["operation"].startswith("Create"):
            undo = json.dumps(told.get("undo", ""))
            made[told["id"]] = _Made(str(told["lab"]), int(told["at"]), undo)
        case "did" if told["id"] in made:
            one = made[told["id"]]
            one.undo = json.dumps(told["undo"]) if "undo" in told else one.undo
            for id in [id for id, each in made.items() if each.undo == one.undo != '""']:
                if id != told["id"]:  # an object that is put again is still one object
                    del made[id]
        case "refused" | "undone":
            made.pop(told["id"], None)
