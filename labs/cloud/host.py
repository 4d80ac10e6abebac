"""Makes models out of archives: tried in another process first, then loaded in this one."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from labs.cloud.archive import unpack
from labs.cloud.ports import BadModel, Model

Check = Callable[[str, Path], str | None]  # algorithm, folder -> what is wrong


class ModelHost:
    """A `ports.Host`. `check` tries a model in a process of its own; see algorithms/worker.py.

    A model that makes the library crash takes that process down and not the cloud. What passed
    once is not tried again.
    """

    def __init__(self, check: Check, folder: Callable[[], AbstractContextManager[Path]]) -> None:
        self._check, self._folder = check, folder
        self._passed: set[tuple[str, bytes]] = set()

    def check(self, algorithm: str, archive: bytes) -> None:
        subject = (algorithm, hashlib.sha256(archive).digest())
        if subject not in self._passed:
            with self._folder() as folder:
                unpack(archive, folder)
                problem = self._check(algorithm, folder)
            if problem is not None:
                raise BadModel(problem)
            self._passed.add(subject)

    def load(self, algorithm: str, archive: bytes, environment: Mapping[str, str]) -> Model:
        # Only now: the library it answers with takes a second to import.
        serving = importlib.import_module(f"labs.cloud.algorithms.{algorithm}.serving")
        with self._folder() as folder:
            unpack(archive, folder)
            try:
                model: Model = serving.load(folder, environment)
                return model
            except serving.BadModel as error:
                raise BadModel(str(error)) from None
