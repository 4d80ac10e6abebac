"""Makes models out of archives: tried in another process first, then loaded in this one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from labs.cloud import images
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
        self._passed: set[bytes] = set()

    def check(self, archive: bytes) -> None:
        digest = hashlib.sha256(archive).digest()
        if digest not in self._passed:
            with self._folder() as folder:
                unpack(archive, folder)
                problem = self._check(images.ALGORITHM, folder)
            if problem is not None:
                raise BadModel(problem)
            self._passed.add(digest)

    def load(self, archive: bytes, environment: Mapping[str, str]) -> Model:
        from labs.cloud.algorithms.xgboost import serving

        with self._folder() as folder:
            unpack(archive, folder)
            try:
                return serving.load(folder, environment)
            except serving.BadModel as error:
                raise BadModel(str(error)) from None
