"""DataProcessing: what of the input the model gets, and what of both is written.

Source: "Associate prediction results with input records" in SageMaker's developer guide. A row of
csv is an array of its cells; of JSON each document, or each line, is a value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from labs.cloud.transform.jsonpath import NotThere, Path
from labs.cloud.transform.records import BadRecords

Kind: TypeAlias = Literal["csv", "json", "lines"]
TYPES: Mapping[str, Kind] = {
    "text/csv": "csv",
    "application/json": "json",
    "application/jsonlines": "lines",
}
OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"
_CALLED = {"csv": "CSV", "json": "JSON", "lines": "JSON"}


def kind_of(content_type: str | None) -> Kind | None:
    """How a content type is read; None for one whose parts nobody knows here."""
    return TYPES.get((content_type or "").partition(";")[0].strip().lower())


@dataclass(frozen=True)
class Processing:
    """The filters and the join of one job. `kind` is the input's."""

    kind: Kind
    input: Path
    output: Path
    joins: bool

    def sent(self, record: bytes) -> bytes:
        """What the model gets of a record. Raises BadRecords."""
        if self.input.is_all:
            return record
        values = [_selected(self.input, value) for value in _read(record, self.kind, "input")]
        end = b"\n" if record.endswith(b"\n") else b""
        return _written(values, self.kind) + end

    def written(self, records: bytes, answer: bytes, content_type: str) -> bytes:
        """What is written of the records of one request and its answer. Raises BadRecords."""
        kind = kind_of(content_type)
        if kind is None or (kind == "csv") != (self.kind == "csv"):
            called = _CALLED[self.kind]
            raise BadRecords(
                f"Failed to parse output from the algorithm as {called}: it is {content_type}"
            )
        results = _read(answer, kind, "output from the algorithm")
        if self.joins:
            inputs = _read(records, self.kind, "input")
            if len(inputs) != len(results):
                raise BadRecords(
                    f"Failed to join {len(inputs)} input records with {len(results)} output "
                    "records: the model has to answer each record with one"
                )
            results = [_joined(*each) for each in zip(inputs, results, strict=True)]
        return _written([_selected(self.output, value) for value in results], kind)


def _joined(value: Any, result: Any) -> Any:
    if isinstance(value, Row):
        return Row([*value, *result])
    if isinstance(value, dict):
        return {**value, OUTPUT: result}
    return {INPUT: value, OUTPUT: result}


class Row(list[str]):
    """The cells of a line of csv."""


def _selected(path: Path, value: Any) -> Any:
    try:
        return path.select(value)
    except NotThere as error:
        raise BadRecords(str(error)) from None


def _read(data: bytes, kind: Kind, what: str) -> list[Any]:
    try:
        text = data.decode()
        if kind == "csv":
            return [
                Row(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row
            ]
        if kind == "json":
            return [json.loads(text)]
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, csv.Error, RecursionError) as error:
        raise BadRecords(f"Failed to parse {what} as {_CALLED[kind]}: {error}") from None


def _written(values: list[Any], kind: Kind) -> bytes:
    """One line a value, the last without its end."""
    if kind != "csv":
        return "\n".join(json.dumps(value, ensure_ascii=False) for value in values).encode()
    return "\n".join(map(_line, values)).encode()


def _line(value: Any) -> str:
    """A row of csv, or of a single value one cell."""
    text = io.StringIO(newline="")
    # with this end a cell that holds either of its characters is quoted
    csv.writer(text, lineterminator="\r\n").writerow(value if isinstance(value, list) else [value])
    return text.getvalue().removesuffix("\r\n")


def assembled(parts: list[bytes], assemble_with: str) -> bytes:
    """The answers as one object. With Line every part ends in a new line."""
    if assemble_with == "Line":
        parts = [part if part.endswith(b"\n") else part + b"\n" for part in parts]
    return b"".join(parts)
