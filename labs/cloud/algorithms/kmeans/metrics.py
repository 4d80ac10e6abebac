"""The names of k-means' metrics, and how its log tells them.

Source: "Tune a k-means model" in SageMaker's developer guide; the patterns are those that
DescribeTrainingJob shows for this algorithm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

NAMES = ("msd", "ssd")  # mean, and sum, of the squared distances to the closest centre


def definitions() -> Iterator[tuple[str, str, Literal["Minimize"] | None]]:
    """Name, pattern and direction of each. A metric of the training data is no objective."""
    yield "train:progress", r"#progress_metric: host=\S+, completed (\S+) %", None
    yield "train:throughput", r"#throughput_metric: host=\S+, train throughput=(\S+) records/", None
    for part in ("train", "test"):
        for name in NAMES:
            pattern = rf"#quality_metric: host=\S+, {part} {name} <loss>=(\S+)"
            yield f"{part}:{name}", pattern, "Minimize" if part == "test" else None
