"""The fakes, and one process pool for all tests that really train."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labs.cloud.plane import Plane
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeWorld

Do = Callable[..., dict[str, Any]]


@pytest.fixture
def world() -> FakeWorld:
    """A world in which there is data to train on, and a model to serve."""
    made = FakeWorld()
    made.services.buckets["bucket"] = {"train/a.csv": b"1,2\n", "a.tar.gz": b"A", "b.tar.gz": b"B"}
    return made


@pytest.fixture
def plane(world: FakeWorld) -> Iterator[Plane]:
    made = world.plane()
    yield made
    made.close()


@pytest.fixture
def do(plane: Plane) -> Do:
    """An operation of SageMaker's, to its end: do("DescribeModel", ModelName="m")."""

    def done(operation: str, request: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        answer = plane.call(ACCOUNT, REGION, operation, {**(request or {}), **more})
        assert plane.settle(10)
        return answer

    return done
