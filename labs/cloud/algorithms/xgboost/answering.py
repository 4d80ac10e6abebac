"""The forms of an answer: csv, JSON, JSON Lines and RecordIO-protobuf.

A number is written as Python writes the 32-bit value: the shortest of its 64 bits. Source: the
reference container's `serve.py`, `serve_utils.py`, `encoder.py` and `handler_service.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from labs.cloud.algorithms.xgboost.selecting import Prediction

TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"
JSON, JSON_LINES, RECORDIO = (
    "application/json", "application/jsonlines", "application/x-recordio-protobuf",
)  # fmt: skip
ACCEPTED = (JSON, JSON_LINES, RECORDIO, "text/csv")
OF_MULTI_MODEL = ("text/csv", JSON)


@dataclass(frozen=True)
class Answer:
    """`status` is an HTTP status. At 200 the body is the prediction, else a sentence or nothing."""

    status: int
    content_type: str
    body: bytes


def scores(predictions: Sequence[Prediction], accept: str) -> Answer:
    """Each row's prediction, in one of ACCEPTED."""
    if accept == "text/csv":
        return _ok(CSV, "".join(f"{_cells(row)}\n" for row in predictions))
    return _records([{"score": row} for row in predictions], accept)


def parts(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], accept: str) -> Answer:
    """Each row's selected parts, in one of ACCEPTED. Lines of csv are parted, and not ended, by
    the end of a line; a list among them is quoted."""
    if accept == "text/csv":
        lines = (",".join(_quoted(row[key]) for key in keys) for row in rows)
        return _ok(CSV, "\n".join(lines))
    return _records(rows, accept)


def lines(predictions: Sequence[Prediction]) -> Answer:
    """For a batch transform: a line a row, whatever was asked for."""
    return _ok(CSV, "".join(f"{row}\n" for row in predictions))


def of_multi_model(predictions: Sequence[Prediction], accept: str) -> Answer:
    """As the server for several models answers, in one of OF_MULTI_MODEL: all in one line."""
    if accept == "text/csv":
        return _ok(CSV, ",".join(map(str, predictions)))
    return _ok(JSON, json.dumps(predictions))


def refusal(status: HTTPStatus, message: str) -> Answer:
    """An answer that says why there is no prediction."""
    return Answer(status, TEXT, message.encode())


def _records(rows: Sequence[Mapping[str, Any]], accept: str) -> Answer:
    match accept:
        case "application/json":
            return _ok(JSON, json.dumps({"predictions": rows}))
        case "application/jsonlines":
            return _ok(JSON_LINES, "".join(json.dumps(row) + "\n" for row in rows))
        case _:
            return Answer(HTTPStatus.OK, RECORDIO, _recordio(rows))


def _recordio(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A record a row; each part is a float32 tensor under its name in `label`."""
    import numpy as np

    from labs.cloud.algorithms.recordio import Record, Tensor, write

    return write(
        Record(
            label={key: Tensor(np.array(value, np.float32, ndmin=1)) for key, value in row.items()}
        )
        for row in rows
    )


def _cells(row: Prediction) -> str:
    return ",".join(map(str, row)) if isinstance(row, list) else str(row)


def _quoted(value: Any) -> str:
    return f'"{value}"' if isinstance(value, list) else str(value)


def _ok(content_type: str, body: str) -> Answer:
    return Answer(HTTPStatus.OK, content_type, body.encode())
