"""python -m labs.cloud.algorithms.linear_learner; see common/command.py."""

from __future__ import annotations

from pathlib import Path

from labs.cloud.algorithms.common.command import Program
from labs.cloud.algorithms.common.layout import Layout


def prepare() -> None:
    """Load what training computes with."""
    import sklearn.linear_model
    import sklearn.metrics
    import sklearn.neural_network
    import sklearn.preprocessing  # noqa: F401


def train(layout: Layout) -> None:
    from labs.cloud.algorithms.linear_learner import training

    training.train(layout)


def load(folder: Path) -> object:
    from labs.cloud.algorithms.linear_learner import serving

    return serving.load(folder)


if __name__ == "__main__":
    Program("linear_learner", "Linear Learner", prepare, train, load).main()
