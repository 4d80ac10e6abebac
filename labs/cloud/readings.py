"""The metrics in a job's log lines: what SageMaker reads there by its definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from labs.cloud.algorithms.xgboost.metrics import NAMES
from labs.cloud.job import Reading

_ROUND = re.compile(r"\[[0-9]+\]")
_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"
_VALUE = re.compile(rf"#011(train|validation)-([^:\s#]+):{_NUMBER}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAMES = frozenset(NAMES)


def definitions() -> list[dict[str, str]]:
    """The MetricDefinitions that DescribeTrainingJob shows for the built-in XGBoost."""
    return [
        {"Name": f"{part}:{name}", "Regex": rf".*\[[0-9]+\].*#011{part}-{name}:{_NUMBER}.*"}
        for part in ("train", "validation")
        for name in NAMES
    ]


def as_logged(line: str) -> str:
    """A line as CloudWatch Logs shows it: a control character is #ooo, so a tab is #011."""
    return _CONTROL.sub(lambda found: f"#{ord(found[0]):03o}", line)


def readings(logged: str, at: datetime) -> Iterator[Reading]:
    """The metrics in one logged line, as `definitions` find them: no infinities."""
    start = _ROUND.search(logged)
    if start is None:
        return
    for part, name, text in _VALUE.findall(logged, start.end()):
        if name in _NAMES:
            yield Reading(f"{part}:{name}", float(text), at)
