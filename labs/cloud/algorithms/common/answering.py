"""A model that answers requests: the part that is the same for every algorithm that predicts a few
named values for each row.

Source: "Common data formats for inference" and the response formats of Linear Learner and k-means
in SageMaker's developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

import numpy as np

from labs.cloud.algorithms import recordio
from labs.cloud.algorithms.common.channels import RECORDIO
from labs.cloud.algorithms.common.requests import ACCEPTED, JSON, BadRequest, UnknownType, rows
from labs.cloud.algorithms.recordio import Array

Columns: TypeAlias = Mapping[str, Array]  # a name -> shape (rows,), or (rows, values)
Predict: TypeAlias = Callable[[Array], Columns]  # of float32, shape (rows, features)

TEXT = "text/plain; charset=utf-8"
LARGEST_BODY = 6 * 1024**2  # bytes
AT_ONCE = 1 << 20  # numbers that are computed for one part of an answer


@dataclass(frozen=True)
class Answer:
    """`status` is an HTTP status. At 200 the body is the prediction, else a sentence."""

    status: int
    content_type: str
    body: bytes


class Model:
    """A loaded model. `predict` may be called from many threads at once; for each row it computes
    so many `outputs`, or numbers on the way to one."""

    def __init__(
        self, features: int, outputs: int, predict: Predict, environment: Mapping[str, str]
    ) -> None:
        self.features = features
        self._rows_at_once = max(1, AT_ONCE // outputs)
        self._predict = predict
        self._accept = environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON)

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        """The answer to POST /invocations. Never raises for anything a request may hold."""
        wanted = (accept or "").partition(";")[0].strip().lower()
        if wanted in ("", "*/*"):
            wanted = self._accept
        if wanted not in ACCEPTED:
            message = f"Accept type {wanted} is not supported. Supported are {', '.join(ACCEPTED)}."
            return refusal(HTTPStatus.NOT_ACCEPTABLE, message)
        if len(body) > LARGEST_BODY:
            message = f"The body has {len(body)} bytes, the most is {LARGEST_BODY}."
            return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        try:
            table = rows(body, content_type, self.features)
        except UnknownType as error:
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error))
        except BadRequest as error:
            return refusal(HTTPStatus.BAD_REQUEST, f"Unable to evaluate payload provided: {error}")
        step = self._rows_at_once
        parts = (
            _encoded(self._predict(table[at : at + step]), wanted)
            for at in range(0, len(table), step)
        )
        if wanted == JSON:
            return Answer(HTTPStatus.OK, wanted, b'{"predictions": [' + b", ".join(parts) + b"]}")
        return Answer(HTTPStatus.OK, wanted, b"".join(parts))


def _encoded(columns: Columns, accept: str) -> bytes:
    """Some predictions in one of the accepted formats. A float is written as Python writes the
    32-bit value."""
    if accept == RECORDIO:
        return recordio.write(_records(columns))
    listed: dict[str, Sequence[Any]] = {name: each.tolist() for name, each in columns.items()}
    predictions = [
        dict(zip(listed, values, strict=True)) for values in zip(*listed.values(), strict=True)
    ]
    match accept:
        case "application/json":
            return ", ".join(map(json.dumps, predictions)).encode()
        case "application/jsonlines":
            return "".join(f"{json.dumps(each)}\n" for each in predictions).encode()
        case _:
            return "".join(f"{_line(each)}\n" for each in predictions).encode()


def _line(prediction: Mapping[str, Any]) -> str:
    values = (each if isinstance(each, list) else [each] for each in prediction.values())
    return ",".join(str(value) for each in values for value in each)


def _records(columns: Columns) -> list[recordio.Record]:
    tables = {
        name: np.asarray(each, dtype=np.float32).reshape(len(each), -1)
        for name, each in columns.items()
    }
    count = len(next(iter(tables.values())))
    return [
        recordio.Record(label={name: recordio.Tensor(table[row]) for name, table in tables.items()})
        for row in range(count)
    ]


def refusal(status: HTTPStatus, message: str) -> Answer:
    """An answer that says why there is no prediction."""
    return Answer(status, TEXT, message.encode())
