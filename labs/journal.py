"""What labs have made in an account and not taken back yet: a fold over lines that were written
before each call left.

A line is one JSON object. `will`: the call is about to leave, its undo and the most it can cost;
`did`: it was answered; `refused`: surely nothing was made; `undone`: it was taken back; `kept`:
taking it back failed, and why; `cleaned`: nothing of a lab was left. A call with neither `did` nor
`refused` may have been made: it stays open.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from labs.undo import Call, awaits, plain

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Entry:
    """A call that was about to be sent. `at`: UTC milliseconds; `usd`: the most that it can cost;
    `undo`: None for what only changes something, and until the answer is known for what AWS names;
    `did`: it was answered; `kept`: why it could not be taken back."""

    id: str
    at: int
    lab: str
    call: Call
    undo: Call | None
    usd: Decimal = NOTHING
    did: bool = False
    kept: str = ""

    @property
    def makes(self) -> bool:
        """Whether there is something to be taken back."""
        return self.undo is not None or awaits(self.call)


@dataclass(frozen=True)
class Journal:
    """`open`: what may be there and must be taken back, newest first. `usd_of`: by lab, the most
    that everything can cost that was willed since the lab was last clean. `unreadable`: the numbers
    of lines that say nothing; a torn last line is none of them."""

    open: tuple[Entry, ...] = ()
    usd_of: Mapping[str, Decimal] = field(default_factory=dict)
    unreadable: tuple[int, ...] = ()

    @property
    def usd(self) -> Decimal:
        """Of all labs."""
        return sum(self.usd_of.values(), NOTHING)

    def of(self, lab: str) -> Journal:
        """One lab's part."""
        mine = tuple(entry for entry in self.open if entry.lab == lab)
        return Journal(mine, {lab: self.usd_of.get(lab, NOTHING)}, self.unreadable)


def fold(lines: Iterable[str]) -> Journal:
    """What the lines of a journal say, oldest first, each with its line break: a last one without
    it was never finished, and says nothing."""
    entries: dict[str, Entry] = {}  # what still counts, by id; in the order of their writing
    closed: set[str] = set()
    alike: dict[str, list[str]] = {}  # by what takes them back: ids, oldest first
    unreadable: list[int] = []
    for number, line in enumerate(lines, 1):
        if not line.endswith("\n"):  # torn: its writer died before the call left
            continue
        try:
            _take(json.loads(line), entries, closed, alike)
        except (ValueError, KeyError, TypeError, InvalidOperation):
            unreadable.append(number)
    usd: dict[str, Decimal] = {}
    for entry in entries.values():
        usd[entry.lab] = usd.get(entry.lab, NOTHING) + entry.usd
    alive = [entry for entry in entries.values() if entry.makes and entry.id not in closed]
    return Journal(tuple(reversed(alive)), usd, tuple(unreadable))


def _take(
    told: Any, entries: dict[str, Entry], closed: set[str], alike: dict[str, list[str]]
) -> None:
    match told["what"]:
        case "will":
            entry = _entry(told)
            entries[entry.id] = entry
            if entry.undo is not None:
                alike.setdefault(_key(entry.undo), []).append(entry.id)
        case "did" if told["id"] in entries:
            undo = _call(told["undo"]) if "undo" in told else entries[told["id"]].undo
            entry = entries[told["id"]] = replace(entries[told["id"]], undo=undo, did=True)
            if undo is not None:  # an object that is put again is still one object
                same = alike.setdefault(_key(undo), [])
                if entry.id not in same and entry.id not in closed:  # only now it is told
                    same.append(entry.id)
                before = same.index(entry.id) if entry.id in same else 0
                closed |= set(same[:before])
                del same[:before]
        case "refused":
            entries.pop(told["id"], None)
        case "undone":
            closed.add(told["id"])
        case "kept" if told["id"] in entries:
            entries[told["id"]] = replace(entries[told["id"]], kept=str(told["why"]))
        case "cleaned":
            for id, entry in list(entries.items()):
                if entry.lab == told["lab"] and (id in closed or not entry.makes):
                    del entries[id]
        case "did" | "kept":  # of what was cleaned meanwhile
            pass
        case other:
            raise ValueError(f"{other} is no line of a journal")


def will(entry: Entry) -> str:
    """The line before a call."""
    undo = {} if entry.undo is None else {"undo": _told(entry.undo)}
    usd = {"usd": str(entry.usd)} if entry.usd else {}
    call = {"call": _told(entry.call)}
    return _line("will", entry.at, id=entry.id, lab=entry.lab, **call, **undo, **usd)


def did(id: str, at: int, undo: Call | None = None) -> str:
    """The line after the answer. `undo`, where only the answer said how."""
    return _line("did", at, id=id, **({} if undo is None else {"undo": _told(undo)}))


def refused(id: str, at: int, why: str) -> str:
    """The line after an answer by which surely nothing was made."""
    return _line("refused", at, id=id, why=why)


def undone(id: str, at: int) -> str:
    """The line once it is taken back, or was found gone."""
    return _line("undone", at, id=id)


def kept(id: str, at: int, why: str) -> str:
    """The line after taking it back has failed; it stays open."""
    return _line("kept", at, id=id, why=why)


def cleaned(lab: str, at: int) -> str:
    """The line once nothing of a lab is left: what it has cost counts no longer."""
    return _line("cleaned", at, lab=lab)


def _key(call: Call) -> str:
    return json.dumps([call.service, call.operation, call.request], sort_keys=True)


def _line(what: str, at: int, **more: Any) -> str:
    return json.dumps({"what": what, "at": at, **more}, separators=(",", ":")) + "\n"


def _told(call: Call) -> dict[str, Any]:
    return {
        "service": call.service,
        "operation": call.operation,
        "request": plain(call.request),
    }


def _call(told: Mapping[str, Any]) -> Call:
    request = told["request"]
    if not isinstance(request, dict):
        raise TypeError("a request is an object")
    return Call(str(told["service"]), str(told["operation"]), request)


def _entry(told: Mapping[str, Any]) -> Entry:
    usd = Decimal(told.get("usd", "0"))
    if not usd.is_finite() or usd < 0:
        raise ValueError(f"{usd} is no amount")
    undo = _call(told["undo"]) if "undo" in told else None
    return Entry(str(told["id"]), int(told["at"]), str(told["lab"]), _call(told["call"]), undo, usd)
