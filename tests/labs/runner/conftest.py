"""A lab to work on, and the notes of a learner who has none yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.lab import Lab
from labs.runner import catalogue
from labs.runner.notes import Notes


@pytest.fixture
def lab() -> Lab:
    return catalogue.load("train_xgboost")


@pytest.fixture
def other() -> Lab:
    return catalogue.load("deploy_endpoint")


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "data" / "labs.json")
