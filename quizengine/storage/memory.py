"""A real Store that forgets: for tests, and for trying things without leaving a trace."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.attempt import AttemptId, Event
from quizengine.content import Digest, QuestionId
from quizengine.errors import Superseded


class MemoryStore:
    def __init__(self, learner: str = "learner") -> None:
        self._learner = learner
        self._events: dict[str, Event] = {}
        self._revisions: dict[Digest, str] = {}
        self._epochs: dict[AttemptId, int] = {}

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        for event in events:
            if epoch is not None and epoch < self._epochs.get(event.attempt, 0):
                raise Superseded
        for event in events:
            self._events.setdefault(event.id, event)

    def keep(self, revisions: dict[Digest, str]) -> None:
        for digest, text in revisions.items():
            self._revisions.setdefault(digest, text)

    def claim(self, attempt: AttemptId) -> int:
        self._epochs[attempt] = self._epochs.get(attempt, 0) + 1
        return self._epochs[attempt]

    def events(self, attempt: AttemptId) -> list[Event]:
        return [event for event in self._events.values() if event.attempt == attempt]

    def attempts(self) -> list[tuple[Event, Event | None]]:
        ends = {e.attempt: e for e in reversed(self._events.values()) if e.kind == "submitted"}
        starts = [e for e in self._events.values() if e.kind == "started"]
        return [(e, ends.get(e.attempt)) for e in sorted(starts, key=lambda e: e.at)]

    def revision(self, digest: Digest) -> str | None:
        return self._revisions.get(digest)

    def last_shown(self) -> dict[QuestionId, int]:
        shown: dict[QuestionId, int] = {}
        for event in self._events.values():
            if event.kind == "shown" and event.question is not None:
                shown[event.question] = max(event.at, shown.get(event.question, 0))
        return shown

    def learner(self) -> str:
        return self._learner
