"""A request against the shape that AWS's own API model gives it, in the words that AWS uses."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.cloud.refusals import invalid


def check(shape: Any, request: dict[str, Any]) -> None:
    """Raise ValidationException if a request does not fit its shape (botocore's model of it)."""
    found = list(problems(shape, request, ""))
    if found:
        head = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise invalid(f"{head} detected: {'; '.join(found)}")


def problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Each constraint that a value breaks; `path` is where it stands, as in `tags.1.member.key`."""
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():
                inner = f"{path}.{_lower(name)}".lstrip(".")
                if value.get(name) is not None:
                    yield from problems(member, value[name], inner)
                elif name in shape.required_members:
                    yield _broken(None, inner, "Member must not be null")
        case "list":
            yield from _size(shape, len(value), value, path)
            for index, item in enumerate(value, 1):
                yield from problems(shape.member, item, f"{path}.{index}.member")
        case "map":
            yield from _size(shape, len(value), value, path)
            for key, item in value.items():
                yield from problems(shape.key, key, f"{path}.key")
                yield from problems(shape.value, item, f"{path}.{key}.member")
        case "string":
            yield from _string(shape, value, path)
        case "integer" | "long" | "float" | "double":
            least, most = shape.metadata.get("min"), shape.metadata.get("max")
            if least is not None and value < least:
                rule = f"Member must have value greater than or equal to {least}"
                yield _broken(value, path, rule)
            if most is not None and value > most:
                yield _broken(value, path, f"Member must have value less than or equal to {most}")


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum:
        if value not in shape.enum:
            allowed = ", ".join(shape.enum)
            yield _broken(value, path, f"Member must satisfy enum value set: [{allowed}]")
        return
    yield from _size(shape, len(value), value, path)
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not _matches(pattern, value):
        yield _broken(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _size(shape: Any, size: int, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _broken(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and size > most:
        yield _broken(value, path, f"Member must have length less than or equal to {most}")


def _matches(pattern: str, value: str) -> bool:
    found = _compiled(pattern)
    return found is None or found.fullmatch(value) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for a pattern that Python does not know, such as one with \\p{L}."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _broken(value: Any, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def given(value: Any) -> Any:
    """A request without its nulls: for AWS, what is null was left out."""
    if isinstance(value, Mapping):
        return {key: given(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [given(inner) for inner in value if inner is not None]
    return value


def coerced(shape: Any, value: Any) -> Any:
    """A value from a CloudFormation template, where "1" may stand for 1, as its shape has it."""
    match shape.type_name:
        case "structure" if isinstance(value, Mapping):
            members = {name: member for name, member in shape.members.items() if name in value}
            return {name: coerced(member, value[name]) for name, member in members.items()}
        case "list" if isinstance(value, list):
            return [coerced(shape.member, item) for item in value]
        case "map" if isinstance(value, Mapping):
            return {key: coerced(shape.value, item) for key, item in value.items()}
        case "integer" | "long" | "float" | "double" if isinstance(value, str):
            try:
                return float(value) if shape.type_name in ("float", "double") else int(value)
            except ValueError:
                raise invalid(f"{value!r} is no number.") from None
        case "boolean" if isinstance(value, str):
            return value.lower() == "true"
        case "string" if isinstance(value, int | float):
            return str(value)
    return value
