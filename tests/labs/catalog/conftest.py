"""One cloud in this process for a module of tests, and one pool of processes that train."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import labs.cloud
from labs.cloud.plane import Plane
from tests.labs.catalog.desks import KEYS, Desk, Make

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Plane]:
    """A cloud that nobody else uses; boto3 finds no configuration of the person who tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
            patch.delenv(name, raising=False)
        for name, value in KEYS.items():
            patch.setenv(name, value)
        with labs.cloud.offline() as plane:
            yield plane


@pytest.fixture
def fresh(request: pytest.FixtureRequest, cloud: Plane, tmp_path: Path) -> Make:
    """Makes desks at the module's LAB, at which nothing has been done."""

    def make() -> Desk:
        prefix = f"desk-{next(NUMBERS)}"
        return Desk.at(request.module.LAB, tmp_path / prefix, prefix=prefix)

    return make
