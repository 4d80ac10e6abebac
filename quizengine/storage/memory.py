"""A real Store that forgets: for tests, and for trying things without leaving a trace."""

from __future__ import annotations

import json
from collections.abc import Sequence

from quizengine.attempt import AttemptId, Event, EventKind, in_order
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
            # As JSON and back, like a file: what the caller does to it later changes nothing.
            payload = json.loads(json.dumps(event.payload))
            self._events.setdefault(event.id, event.model_copy(update={"payload": payload}))

    def keep(self, revisions: dict[Digest, str]) -> None:
        for digest, text in revisions.items():
            self._revisions.setdefault(digest, text)

    def claim(self, attempt: AttemptId) -> int:
        self._epochs[attempt] = self._epochs.get(attempt, 0) + 1
        return self._epochs[attempt]

    def epoch(self, attempt: AttemptId) -> int:
        return self._epochs.get(attempt, 0)

    def events(self, attempt: AttemptId) -> list[Event]:
        return [event for event in self.every_event() if event.attempt == attempt]

    def of_kind(self, kind: EventKind) -> list[Event]:
        found = [event for event in self._events.values() if event.kind == kind]
        return sorted(found, key=lambda event: (event.at, event.id))

    def every_event(self) -> list[Event]:
        return sorted(self._events.values(), key=in_order)

    def every_revision(self) -> list[str]:
        return [self._revisions[digest] for digest in sorted(self._revisions)]

    def attempts(self) -> list[tuple[Event, Event | None]]:
        ends = {event.attempt: event for event in reversed(self.of_kind("submitted"))}
        return [(event, ends.get(event.attempt)) for event in self.of_kind("started")]

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
