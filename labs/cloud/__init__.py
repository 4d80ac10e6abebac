"""The offline cloud: SageMaker on this computer, at no cost.

with labs.cloud.offline() as cloud:      # in process, for tests: any boto3 client works
    ...

plane = labs.cloud.installed(pace_s=1)   # for a server: moto and the plane, wired together
"""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labs.cloud.algorithms.worker import Workers
    from labs.cloud.plane import Plane

ACCOUNT = "123456789012"
_PREFIX = "offline-cloud-"


def installed(
    *,
    pace_s: float = 0.0,
    on_outcome: Callable[[Mapping[str, Any]], None] | None = None,
    chance: Callable[[], float] = random.random,
    workers: Workers | None = None,
    jobs: Path | None = None,
) -> Plane:
    """A plane with the real clock, processes and moto, registered in moto's tables.

    `pace_s`: the least seconds a job or endpoint stays in each state. `chance` sends invocations
    to variants. `workers`: the processes that train; without them the plane has its own. `jobs`:
    where each job has its folder (else where temporary files are); what a process that was killed
    left there goes. `close()` ends it, and its own processes. One at a time in a process.
    """
    from labs.cloud import seam
    from labs.cloud.algorithms.worker import Workers
    from labs.cloud.host import ModelHost
    from labs.cloud.plane import Plane
    from labs.cloud.ports import World

    own = Workers() if workers is None else None
    using = workers or own
    assert using is not None
    if jobs is not None:
        jobs.mkdir(parents=True, exist_ok=True)
        for left in jobs.glob(f"{_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def folder() -> Iterator[Path]:
        with tempfile.TemporaryDirectory(
            prefix=_PREFIX, dir=jobs, ignore_cleanup_errors=True
        ) as at:
            yield Path(at)

    def close() -> None:
        uninstall()
        if own is not None:
            own.close()

    plane = Plane(
        World(
            services=seam.MotoServices,
            lock=seam.lock,
            now=seam.now,
            ticks=time.perf_counter_ns,
            wait=threading.Event.wait,
            chance=chance,
            folder=folder,
            train=using.run,
            host=ModelHost(using.check, folder),
            clear=seam.clear,
            close=close,
            pace_s=pace_s,
        ),
        on_outcome,
    )
    uninstall = seam.install(plane)
    return plane


@contextmanager
def offline(
    *,
    pace_s: float = 0.0,
    chance: Callable[[], float] = random.random,
    workers: Workers | None = None,
) -> Iterator[Plane]:
    """The cloud in this process: every boto3 client talks to it, nothing is left at the end."""
    from labs.cloud import seam

    with seam.in_process():
        plane = installed(pace_s=pace_s, chance=chance, workers=workers)
        try:
            yield plane
        finally:
            plane.close()
