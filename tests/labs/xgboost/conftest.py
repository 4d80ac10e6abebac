"""Before any test module loads xgboost; and one model for all that need no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.cloud.algorithms.xgboost import engine

engine.prepare()

from labs.cloud.algorithms.xgboost.serving import Model, load  # noqa: E402
from tests.labs.xgboost.asking import train  # noqa: E402
from tests.labs.xgboost.jobs import patients  # noqa: E402


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a regression model with ten features."""
    return train(tmp_path_factory.mktemp("regression"), patients())


@pytest.fixture(scope="package")
def model(folder: Path) -> Model:
    return load(folder)
