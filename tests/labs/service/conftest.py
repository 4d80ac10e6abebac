"""One cloud for all tests that only use one, and clients that reach nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import pytest

from labs.cloud import environment, service

Python: TypeAlias = Callable[[str], str]


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running cloud."""
    folder = tmp_path_factory.mktemp("cloud") / "of tests"
    yield service.start(folder, port=0).running.url
    service.stop(folder)


@pytest.fixture(scope="session")
def learners(cloud: str) -> Mapping[str, str]:
    """The environment of a learner's process."""
    return environment.offline(os.environ, cloud)


@pytest.fixture(scope="session")
def python(learners: Mapping[str, str]) -> Python:
    """Runs a learner's script to its end and gives what it printed."""

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=dict(learners),
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


class Clients:
    """Makes boto3 clients that talk to a cloud, and closes them all."""

    def __init__(self) -> None:
        self._made: list[Any] = []

    def __call__(self, url: str, name: str, **more: Any) -> Any:
        import boto3

        session = boto3.Session("OFFLINE", "OFFLINE", region_name="us-east-1")
        made: Any = session.client(name, endpoint_url=url, **more)  # type: ignore[call-overload]
        self._made.append(made)
        return made

    def close(self) -> None:
        for made in self._made:
            made.close()


@pytest.fixture
def clients() -> Iterator[Clients]:
    clients = Clients()
    yield clients
    clients.close()


@pytest.fixture
def client(cloud: str, clients: Clients) -> Callable[..., Any]:
    """Makes boto3 clients in this process that talk to the cloud of all tests."""
    return lambda name, **more: clients(cloud, name, **more)
