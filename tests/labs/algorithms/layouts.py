"""An /opt/ml layout with data, and what an algorithm makes of it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from labs.cloud.algorithms import recordio
from labs.cloud.algorithms.common.channels import CSV, RECORDIO
from labs.cloud.algorithms.common.command import Program
from labs.cloud.algorithms.common.layout import Layout
from labs.cloud.algorithms.recordio import Array


def csv(table: Array) -> bytes:
    text = io.StringIO()
    np.savetxt(text, table, delimiter=",", fmt="%.9g")
    return text.getvalue().encode()


def records(features: Array, labels: Array | None = None) -> bytes:
    """RecordIO-protobuf of dense rows."""
    return recordio.write(
        recordio.Record(
            {"values": recordio.Tensor(row.astype("f4"))},
            {} if labels is None else {"values": recordio.Tensor(labels[at : at + 1].astype("f4"))},
        )
        for at, row in enumerate(features)
    )


@dataclass
class Job:
    """A folder BASE, the lines of its log, and how it ended."""

    layout: Layout
    lines: list[str] = field(default_factory=list)
    code: int | None = None

    @property
    def failure(self) -> str:
        return self.layout.failure.read_text(encoding="utf-8")

    @property
    def model(self) -> Path:
        return self.layout.base / "model"

    def quality(self, what: str) -> list[float]:
        """The values of a metric, as `validation mse`, in the order in which they were told."""
        return [
            float(line.rpartition("=")[2])
            for line in self.lines
            if line.startswith("#quality_metric") and f" {what} <" in line
        ]


def job(
    base: Path,
    train: Callable[[Layout], None],
    hyperparameters: Mapping[str, object],
    channels: Mapping[str, bytes | Mapping[str, bytes]],
    **setting: str,
) -> Job:
    """Train over the channels' files: one, or several by name."""
    configuration = {"ContentType": CSV, "TrainingInputMode": "File"} | setting
    configure(base, hyperparameters=hyperparameters)
    configure(base, inputdataconfig=dict.fromkeys(channels, configuration))
    for name, files in channels.items():
        for file, body in ({"part-0": files} if isinstance(files, bytes) else files).items():
            path = base / "input" / "data" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    return run(base, train)


def run(base: Path, train: Callable[[Layout], None]) -> Job:
    program = Program("any", "Any", lambda: None, train, lambda folder: None)
    with logged() as lines:
        layout = Layout(base)
        return Job(layout, lines, program.run(layout))


def configure(base: Path, **files: object) -> None:
    for name, value in files.items():
        path = base / "input" / "config" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")


@contextmanager
def logged() -> Iterator[list[str]]:
    """The lines of the algorithms' log."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger = logging.getLogger("labs.cloud.algorithms")
    handler, level = Kept(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def ask(
    model: Any, body: bytes, content_type: str | None = CSV, accept: str | None = None
) -> tuple[int, bytes]:
    answer = model.answer(body, content_type, accept)
    return answer.status, answer.body


__all__ = ["CSV", "RECORDIO", "Job", "ask", "configure", "csv", "job", "logged", "records", "run"]
