"""The one thread that has the study. What the pages do comes to it one act after the other: so two
windows never act at once, and SQLite stays with the thread that opened it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self, TypeVar

from quizengine.study import Study

T = TypeVar("T")


class Desk:
    """Opened and closed as a context. `opened` gives the study, for as long as it is held."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Study]]) -> None:
        self._opened = opened
        self._held = ExitStack()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="study")
        self._study: Study | None = None

    def __enter__(self) -> Self:
        try:
            self._study = self._thread.submit(self._held.enter_context, self._opened()).result()
        except BaseException:
            self._thread.shutdown()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.submit(self._held.close).result()
        self._thread.shutdown()

    async def do(self, act: Callable[[Study], T]) -> T:
        """What the act gives back; it waits for those before it."""
        study = self._study
        assert study is not None, "the desk is closed"
        return await asyncio.get_running_loop().run_in_executor(self._thread, act, study)
