"""What the core needs of the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from quizengine.attempt import AttemptId, Event, EventKind
from quizengine.content import Digest, QuestionId

if TYPE_CHECKING:
    from quizengine.course import Course


class Clock(Protocol):
    def now(self) -> int:
        """UTC milliseconds. Within one process it only moves forward, at the pace of real time,
        whatever happens to the wall clock."""
        ...


class Store(Protocol):
    """The learner's record: an append-only log of events, and every revision ever shown.

    Methods raise StoreError; what they returned from is durable.
    """

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        """One durable commit. An event whose id is already there changes nothing.

        With `epoch`, raises Superseded (and stores nothing) if the attempt was claimed since.
        """
        ...

    def keep(self, revisions: dict[Digest, str]) -> None:
        """Keep canonical texts of questions by their sha256; keeping twice changes nothing."""
        ...

    def claim(self, attempt: AttemptId) -> int:
        """Take the attempt over for a new window; returns its epoch, larger than all before."""
        ...

    def epoch(self, attempt: AttemptId) -> int:
        """Of the newest window on the attempt; 0 if it was never claimed."""
        ...

    def events(self, attempt: AttemptId) -> list[Event]:
        """All events of one attempt in the order they happened; empty if there is none.

        That order is the same on every machine: by time, revision and client.
        """
        ...

    def of_kind(self, kind: EventKind) -> list[Event]:
        """All events of one kind, oldest first."""
        ...

    def every_event(self) -> list[Event]:
        """The whole record, in the order it happened."""
        ...

    def every_revision(self) -> list[str]:
        """Every canonical text that was kept, by its sha256."""
        ...

    def attempts(self) -> list[tuple[Event, Event | None]]:
        """The `started` and, where there is one, the `submitted` event of each attempt, oldest
        first."""
        ...

    def revision(self, digest: Digest) -> str | None:
        """The canonical text kept under this digest."""
        ...

    def last_shown(self) -> dict[QuestionId, int]:
        """When each question was last shown, UTC milliseconds."""
        ...

    def learner(self) -> str:
        """The learner id of this record, made on first use."""
        ...


class Kept(Protocol):
    """The model of the learner, kept between runs to save time. It may forget, and never raises."""

    def read(self, name: str, topics: Iterable[str]) -> Course | None:
        """What was kept under a name, if it is over these topics."""
        ...

    def write(self, name: str, course: Course) -> None: ...
