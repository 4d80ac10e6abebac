"""The metrics in a job's log lines: what SageMaker reads there by its definitions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from labs.cloud.algorithms.catalogue import ALGORITHMS, NUMBER
from labs.cloud.job import Reading

Reader: TypeAlias = Callable[[str, datetime], Iterator[Reading]]  # of one logged line

_ROUND = re.compile(r"\[[0-9]+\]")
_VALUE = re.compile(rf"#011((?:train|validation))-([^:\s#]+):{NUMBER}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def definitions(algorithm: str) -> list[dict[str, str]]:
    """The MetricDefinitions that DescribeTrainingJob shows for a built-in algorithm."""
    return [{"Name": each.name, "Regex": each.regex} for each in ALGORITHMS[algorithm].metrics]


def as_logged(line: str) -> str:
    """A line as CloudWatch Logs shows it: a control character is #ooo, so a tab is #011."""
    return _CONTROL.sub(lambda found: f"#{ord(found[0]):03o}", line)


def reader(algorithm: str, given: Iterable[Mapping[str, str]]) -> Reader:
    """What reads the metrics that are `given`, MetricDefinitions. Infinities and NaN are none."""
    if algorithm == "xgboost":  # its definitions are many, and its lines of one kind
        return _rounds
    patterns = [(each["Name"], re.compile(each["Regex"])) for each in given]

    def read(logged: str, at: datetime) -> Iterator[Reading]:
        for name, pattern in patterns:
            found = pattern.search(logged)
            if found is not None and (value := _number(found)) is not None:
                yield Reading(name, value, at)

    return read


def _rounds(logged: str, at: datetime) -> Iterator[Reading]:
    names = ALGORITHMS["xgboost"].names
    start = _ROUND.search(logged)
    if start is None:
        return
    for part, name, text in _VALUE.findall(logged, start.end()):
        if f"{part}:{name}" in names:
            yield Reading(f"{part}:{name}", float(text), at)


def _number(found: re.Match[str]) -> float | None:
    try:
        value = float(found[1])
    except (ValueError, IndexError, TypeError):  # no number; no group; a group that is absent
        return None
    return value if math.isfinite(value) else None
