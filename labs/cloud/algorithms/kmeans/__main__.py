"""python -m labs.cloud.algorithms.kmeans; see common/command.py."""

from __future__ import annotations

from pathlib import Path

from labs.cloud.algorithms.common.command import Program
from labs.cloud.algorithms.common.layout import Layout


def prepare() -> None:
    """Load what training computes with."""
    import sklearn.cluster  # noqa: F401


def train(layout: Layout) -> None:
    from labs.cloud.algorithms.kmeans import training

    training.train(layout)


def load(folder: Path) -> object:
    from labs.cloud.algorithms.kmeans import serving

    return serving.load(folder)


if __name__ == "__main__":
    Program("kmeans", "k-means", prepare, train, load).main()
