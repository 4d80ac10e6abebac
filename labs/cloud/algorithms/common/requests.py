"""The rows of a request's body, in the formats that SageMaker's algorithms have in common.

Source: "Common data formats for inference" in SageMaker's developer guide.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from labs.cloud.algorithms import recordio
from labs.cloud.algorithms.common import text
from labs.cloud.algorithms.common.batches import dense
from labs.cloud.algorithms.common.channels import CSV, RECORDIO
from labs.cloud.algorithms.recordio import Array

JSON, JSON_LINES = "application/json", "application/jsonlines"
ACCEPTED = (CSV, JSON, JSON_LINES, RECORDIO)
LARGEST_TABLE = 1 << 26  # numbers in one request


class UnknownType(ValueError):
    """A content type that cannot be read."""


class BadRequest(ValueError):
    """A body that is not what its content type says, or has other features than the model."""


def rows(body: bytes, content_type: str | None, width: int) -> Array:
    """float32, shape (rows, width). Raises UnknownType or BadRequest."""
    name, *parameters = (part.strip() for part in (content_type or CSV).lower().split(";"))
    try:
        match name:
            case "text/csv":
                found = _of_csv(body, parameters, width)
            case "application/json":
                found = _of_instances(_instances(body), width)
            case "application/jsonlines":
                lines = (line for line in body.splitlines() if line.strip())
                found = _of_instances(map(json.loads, lines), width)
            case "application/x-recordio-protobuf":
                found = _of_records(body, width)
            case _:
                raise UnknownType(
                    f"Content-type {content_type} is not supported. Supported are "
                    f"{', '.join(ACCEPTED)}."
                )
    except UnknownType:
        raise
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadRequest(f"The body is not {name}: {error}") from None
    if not np.isfinite(found).all():
        raise BadRequest("The body holds a number that is missing (NaN) or infinite.")
    return found


def _of_csv(body: bytes, parameters: list[str], width: int) -> Array:
    labels = 1 if "label_size=1" in (each.replace(" ", "") for each in parameters) else 0
    table = text.table_of(body)
    if table is None:
        raise ValueError("it has no rows")
    _expect(table.shape[1] - labels, width)
    return table[:, labels:]


def _of_records(body: bytes, width: int) -> Array:
    records = list(recordio.read(body))
    _expect_room(len(records), width)
    for record in records:
        tensor = record.features.get(recordio.VALUES)
        if tensor is not None and tensor.keys is None:
            _expect(len(tensor.values), width)
    found = recordio.rows(records, columns=width)
    if found is None:
        raise ValueError("it has no records")
    return dense(found.features)


def _instances(body: bytes) -> list[Any]:
    whole = json.loads(body)
    if not isinstance(whole, dict) or not isinstance(whole.get("instances"), list):
        raise ValueError('it must be {"instances": [{"features": [...]}, ...]}')
    listed: list[Any] = whole["instances"]
    return listed


def _of_instances(instances: list[Any] | Iterator[Any], width: int) -> Array:
    found = [_vector(each, width) for each in instances]
    if not found:
        raise ValueError("it has no instances")
    _expect_room(len(found), width)
    with np.errstate(over="ignore"):
        return np.array(found, dtype=np.float32)


def _vector(instance: Any, width: int) -> list[float]:
    """`{"features": [...]}` or `{"data": {"features": {"values": [...], ...}}}` as a dense row."""
    if isinstance(instance, dict) and isinstance(instance.get("data"), dict):
        instance = instance["data"]
    features = instance.get("features") if isinstance(instance, dict) else None
    if isinstance(features, list):
        features = {"values": features}
    if not isinstance(features, dict):
        raise ValueError('an instance is not {"features": [...]}')
    values = _numbers(features.get("values"))
    keys = features.get("keys") or []
    if not keys:
        _expect(len(values), width)
        return values
    shape = features.get("shape") or [width]
    if not isinstance(shape, list) or not all(type(size) is int for size in shape):
        raise ValueError("a shape is not a list of integers")
    _expect(math.prod(shape), width)
    if (
        not isinstance(keys, list)
        or len(keys) != len(values)
        or len(set(map(str, keys))) < len(keys)
    ):
        raise ValueError("keys and values are not as many, or a key is there twice")
    row = [0.0] * width
    for key, value in zip(keys, values, strict=True):
        if type(key) is not int or not 0 <= key < width:
            raise ValueError(f"a key is {key!r}, and there are {width} features")
        row[key] = value
    return row


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        raise ValueError("values are not a list of numbers")
    return [float(value) for value in values]


def _expect(given: int, width: int) -> None:
    if given != width:
        raise ValueError(f"a row has {given} features, and the model {width}")


def _expect_room(count: int, width: int) -> None:
    if count * width > LARGEST_TABLE:
        raise ValueError(f"{count} rows of {width} features are too many for one request")
