"""The offline cloud as the account: behind a listener of this process, so that what it holds can be
looked at past every list of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import threading
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labs.cloud import ACCOUNT, environment
from labs.cloud.back import Back
from labs.cloud.plane import Plane
from labs.infra import stacks
from tests.labs.aws.faults.injected import Injector
from tests.labs.aws.faults.replay import Replaying

REGION, PREFIX = "us-east-1", "quizengine"
BUCKET = f"{PREFIX}-labs-{ACCOUNT}"
EMAIL = "you@example.org"


@dataclass(frozen=True)
class Ground:
    """An account with both stacks. `variables`: the environment of a terminal of its owner."""

    url: str
    plane: Plane
    injector: Injector
    variables: Mapping[str, str]
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of the account's owner."""
        if service not in self._clients:
            import boto3

            session = boto3.Session("OFFLINE", "OFFLINE", region_name=REGION)
            make: Any = session.client  # its stubs want each service's name spelt out
            self._clients[service] = make(service, endpoint_url=self.url)
        return self._clients[service]


@contextlib.contextmanager
def standing(folder: Path, store: Path) -> Iterator[Ground]:
    """Such an account; `store` keeps what was trained."""
    back = Back(folder, 0.0)
    plane = back._plane
    plane.world = replace(plane.world, train=Replaying(plane.world.train, store))
    injector = Injector(back.front)
    with _served(injector) as url:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        ground = Ground(url, plane, injector, environment.offline(kept, url))
        try:
            plane.reset()  # moto is one to a process: another module may have left things in it
            deploy(ground)
            yield ground
        finally:
            back.close()


def deploy(ground: Ground) -> None:
    """Make both stacks, as `infra deploy` does; and what moto's CloudFormation passes over."""
    client = ground.client
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # each resource that it passes over
        for name in stacks.TEMPLATES:
            template = stacks.template(name)
            given = {"Email": EMAIL} if "Email" in template.parameters else {}
            stacks.execute(client, stacks.propose(client, template, PREFIX, given))
    with contextlib.suppress(client("scheduler").exceptions.ConflictException):
        client("scheduler").create_schedule_group(Name=f"{PREFIX}-deadlines")


@contextlib.contextmanager
def _served(app: Any) -> Iterator[str]:
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        loop="asyncio",
        access_log=False,
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


# What it holds


def held(ground: Ground) -> frozenset[str]:
    """Everything that the account holds, a path each, read off moto and the plane themselves."""
    from labs.cloud import seam

    with seam.lock:
        return frozenset(itertools.chain(_in_plane(ground.plane), _in_moto()))


def _in_plane(plane: Plane) -> Iterator[str]:
    for (_, name), region in plane._regions.items():
        for part in vars(region).keys() - {"_plane", "operations", "services", "world"}:
            yield from _paths(f"plane/{name}/{part}", getattr(region, part), 2)


def _in_moto() -> Iterator[str]:
    from moto.core.base_backend import BackendDict

    for service in vars(BackendDict)["_instances"]:
        for account, backends in list(dict.items(service)):
            if account != ACCOUNT:
                continue
            for region, backend in list(dict.items(backends)):
                yield from _paths(f"{service.service_name}/{region}", backend, 3)


def _paths(at: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in list(dict.items(value)):  # past what some make of themselves on the way
            yield f"{at}/{key}"
            if depth:
                yield from _paths(f"{at}/{key}", inner, depth - 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, inner in enumerate(value):
            yield f"{at}/{getattr(inner, 'id', getattr(inner, 'name', number))}"
    elif depth and type(value).__module__.startswith(("moto.", "labs.cloud.")):
        for name, inner in list(vars(value).items()):
            if isinstance(inner, dict | list | tuple | set | frozenset):
                yield from _paths(f"{at}.{name}", inner, depth - 1)
