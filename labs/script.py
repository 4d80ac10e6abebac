"""A plan as Python that can be typed: the same calls with boto3, each with the most it can cost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from labs.plan import PLACE, Plan, Priced

WIDTH = 88
_CENT = Decimal("0.01")
_BODY = 'b"..."'
_LAST = {"Body": 2, "Tags": 2}
_CONSTANTS = {  # what stands for a placeholder, where it is no variable of the lab's
    "ACCOUNT": 'boto3.client("sts").get_caller_identity()["Account"]',
    "NOW": "int(time.time())  # names of jobs are used once",
    "REGION": "boto3.Session().region_name",
}


def script(plan: Plan, notes: Iterable[str] = ()) -> str:
    """The whole script; `notes` are comments, one before each call."""
    used = sorted({found[1] for each in plan.calls for found in _places(each.call.request)})
    services = sorted({each.call.service for each in plan.calls})
    remarks = list(notes)
    lines = ["import os"] if any(name.startswith("LAB_") for name in used) else []
    lines += ["import time"] if "NOW" in used else []
    lines += ["", "import boto3", ""] if lines else ["import boto3", ""]
    lines += [f"{_constant(name)} = {_said(name)}" for name in used]
    lines += ["", *(f"{_client(name)} = boto3.client({_quoted(name)})" for name in services)]
    for number, each in enumerate(plan.calls):
        lines.append("")
        if number < len(remarks) and remarks[number]:
            lines.append(f"# {remarks[number]}")
        operation = f"{_client(each.call.service)}.{method(each.call.operation)}"
        lines += _call(operation, each.call.request).split("\n")
    return "\n".join(lines) + "\n"


def notes(found: Iterable[Priced]) -> Iterator[str]:
    """What to say of each call: how often, and the most that it can cost; nothing if it costs
    nothing."""
    for each in found:
        times = f"{each.planned.times} times; each " if each.planned.times > 1 else ""
        if each.cost is None:
            yield f"{times}no price: {each.refused}"
        elif not each.cost.usd:
            yield ""
        else:
            yield f"{times}{dollars(each.cost.usd)}: {each.cost.why}"


def dollars(usd: Decimal) -> str:
    """At most so much: rounded up to a cent."""
    if usd < _CENT:
        return "less than a cent"
    return f"at most {usd.quantize(_CENT, ROUND_CEILING)} USD"


def method(operation: str) -> str:
    """The name of an operation as boto3 has it: CreateEndpoint is create_endpoint."""
    parts = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", operation)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", parts).lower()


def _places(value: Any) -> Iterator[re.Match[str]]:
    match value:
        case str():
            yield from PLACE.finditer(value)
        case Mapping():
            for each in value.values():
                yield from _places(each)
        case list():
            for each in value:
                yield from _places(each)


def _constant(name: str) -> str:
    return name.removeprefix("LAB_")


def _said(name: str) -> str:
    return _CONSTANTS.get(name, f'os.environ["{name}"]')


def _client(service: str) -> str:
    return {"application-autoscaling": "autoscaling"}.get(service, service).replace("-", "_")


def _call(operation: str, request: Mapping[str, Any]) -> str:
    ordered = sorted(request.items(), key=lambda each: (_LAST.get(each[0], 1), each[0]))
    named = sorted(ordered, key=lambda each: not each[0].endswith("Name"))
    arguments = [f"{name}={_spelled(each, 4)}," for name, each in named]
    if not arguments:
        return f"{operation}()"
    short = f"{operation}({' '.join(arguments)[:-1]})"
    if len(short) <= WIDTH and "\n" not in short:
        return short
    return "\n".join([f"{operation}(", *(f"    {each}" for each in arguments), ")"])


def _spelled(value: Any, indent: int) -> str:
    """A value as Python; what does not fit on a line gets one line for each of its parts."""
    match value:
        case {"bytes": _} if len(value) == 1:
            return _BODY
        case str():
            return _string(value)
        case Mapping():
            parts = [
                f"{_quoted(name)}: {_spelled(each, indent + 4)}" for name, each in value.items()
            ]
            return _held("{", parts, "}", indent)
        case list():
            return _held("[", [_spelled(each, indent + 4) for each in value], "]", indent)
    return repr(value)


def _held(opening: str, parts: list[str], closing: str, indent: int) -> str:
    short = f"{opening}{', '.join(parts)}{closing}"
    if indent + len(short) <= WIDTH - 20 and "\n" not in short:
        return short
    inner = " " * (indent + 4)
    return "\n".join([opening, *(f"{inner}{each}," for each in parts), " " * indent + closing])


def _string(text: str) -> str:
    """A string; with placeholders an f-string, or just the name."""
    found = list(PLACE.finditer(text))
    if not found:
        return _quoted(text)
    if len(found) == 1 and found[0][0] == text and found[0][1] != "NOW":
        return _constant(found[0][1])
    pieces, here = [], 0
    for each in found:
        pieces.append(_escaped(text[here : each.start()]))
        more = f" + {each[2]}" if each[2] else ""
        pieces.append(f"{{{_constant(each[1])}{more}}}")
        here = each.end()
    pieces.append(_escaped(text[here:]))
    return f'f"{"".join(pieces)}"'


def _escaped(piece: str) -> str:
    return _quoted(piece)[1:-1].replace("{", "{{").replace("}", "}}")


def _quoted(text: str) -> str:
    """What JSON writes of a string, Python reads as the same string."""
    return json.dumps(text, ensure_ascii=False)
