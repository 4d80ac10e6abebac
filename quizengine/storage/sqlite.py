"""The record in one SQLite file: WAL with synchronous=FULL, so what was acknowledged survives
a crash of the program, of the system, and loss of power (as far as the disk honours a flush).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from quizengine.attempt import AttemptId, Event, EventKind
from quizengine.content import Digest, QuestionId
from quizengine.errors import (
    QuizengineError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    Superseded,
)
from quizengine.storage.schema import known_version, migrate

BUSY_SECONDS = 5.0

COLUMNS = "id, learner, attempt, client, revision, kind, question, payload, at"
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
# SQLITE_ERROR is what a record says whose tables or columns are no longer there.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SqliteStore:
    """A Store over the file at `path`, made and migrated as needed. For one thread."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
            try:
                # Text that is not UTF-8 is a ValueError here, and so a damaged row.
                self.db.text_factory = bytes.decode
                known_version(self.db, path)  # before anything is written
                _use_wal(self.db)
                self.db.execute("PRAGMA synchronous = FULL")
                if sys.platform == "darwin":
                    self.db.execute("PRAGMA fullfsync = ON")
                migrate(self.db, path)
            except BaseException:
                self.db.close()
                raise

    def close(self) -> None:
        self.db.close()

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        with self.writing() as db:
            if epoch is not None:
                for attempt in {event.attempt for event in events}:
                    row = db.execute("SELECT epoch FROM claim WHERE attempt = ?", (attempt,))
                    newest = row.fetchone()
                    if newest is not None and epoch < newest[0]:
                        raise Superseded
            db.executemany(
                f"INSERT INTO event ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO NOTHING",
                [_row(event) for event in events],
            )

    def keep(self, revisions: dict[Digest, str]) -> None:
        with self.writing() as db:
            db.executemany(
                "INSERT INTO revision (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
                list(revisions.items()),
            )

    def claim(self, attempt: AttemptId) -> int:
        with self.writing() as db:
            row = db.execute(
                "INSERT INTO claim (attempt, epoch) VALUES (?, 1) "
                "ON CONFLICT (attempt) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
                (attempt,),
            ).fetchone()
        return int(row[0])

    def epoch(self, attempt: AttemptId) -> int:
        with translated(self.path):
            row = self.db.execute("SELECT epoch FROM claim WHERE attempt = ?", (attempt,))
            newest = row.fetchone()
        return 0 if newest is None else int(newest[0])

    def events(self, attempt: AttemptId) -> list[Event]:
        return self._select("WHERE attempt = ? ORDER BY at, revision, client", attempt)

    def of_kind(self, kind: EventKind) -> list[Event]:
        return self._select("WHERE kind = ? ORDER BY at, id", kind)

    def every_event(self) -> list[Event]:
        return self._select("ORDER BY at, revision, client")

    def every_revision(self) -> list[str]:
        with translated(self.path):
            return [row[0] for row in self.db.execute("SELECT body FROM revision ORDER BY digest")]

    def attempts(self) -> list[tuple[Event, Event | None]]:
        ends = {event.attempt: event for event in reversed(self.of_kind("submitted"))}
        return [(event, ends.get(event.attempt)) for event in self.of_kind("started")]

    def revision(self, digest: Digest) -> str | None:
        with translated(self.path):
            row = self.db.execute(
                "SELECT body FROM revision WHERE digest = ?", (digest,)
            ).fetchone()
            if row is not None and sha256(row[0]) != digest:
                raise ValueError(f"the text of revision {digest[:8]} differs from its sha256")
        return None if row is None else str(row[0])

    def last_shown(self) -> dict[QuestionId, int]:
        with translated(self.path):
            rows = self.db.execute(
                "SELECT question, max(at) FROM event "
                "WHERE kind = 'shown' AND question IS NOT NULL GROUP BY question"
            ).fetchall()
        return {QuestionId(question): at for question, at in rows}

    def learner(self) -> str:
        with translated(self.path):
            row = self.db.execute("SELECT id FROM learner").fetchone()
        if row is None:
            with self.writing() as db:
                db.execute(
                    "INSERT INTO learner (id) SELECT ? WHERE NOT EXISTS (SELECT * FROM learner)",
                    (str(uuid.uuid4()),),
                )
            return self.learner()
        return str(row[0])

    def problems(self) -> list[str]:
        """What SQLite's own integrity check finds wrong with the file; empty if it is whole."""
        with translated(self.path):
            found = [str(row[0]) for row in self.db.execute("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def _select(self, where: str, *values: object) -> list[Event]:
        with translated(self.path):
            rows = self.db.execute(f"SELECT {COLUMNS} FROM event {where}", values).fetchall()
            return [event_of(row) for row in rows]

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One durable commit, or nothing."""
        with translated(self.path):
            if not self.path.exists():  # on POSIX an open file can be deleted, and be written to
                raise StoreError(
                    f"NOT saved: the record {self.path} was deleted or moved while it was open.",
                    "Put it back if you can, and open quizengine again.",
                )
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise


def sha256(text: str) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()  # damage turns text into bytes


def _row(event: Event) -> tuple[object, ...]:
    return (
        event.id,
        event.learner,
        event.attempt,
        event.client,
        event.revision,
        event.kind,
        event.question,
        json.dumps(event.payload, separators=(",", ":")),  # ASCII: takes half a surrogate pair
        event.at,
    )


def event_of(row: Sequence[object]) -> Event:
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Event.model_validate(values | {"payload": json.loads(str(values["payload"]))})


def _use_wal(db: sqlite3.Connection) -> None:
    """Processes that open a new file at once get in each other's way here, and SQLite does not
    wait by itself: wait for the other, then try again."""
    for _ in range(20):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            db.execute("BEGIN EXCLUSIVE")
            db.execute("ROLLBACK")
    db.execute("PRAGMA journal_mode = WAL")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """sqlite3's and the system's errors as errors a learner can act on."""
    try:
        yield
    except QuizengineError:
        raise
    except sqlite3.Error as error:
        raise _translate(error, path) from error
    except (ValueError, KeyError) as error:  # a row that is no event
        raise StoreDamaged(
            f"The record {path} holds a row that cannot be read: {error}",
            "quizengine doctor --rescue saves what can be read.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"The record {path} cannot be opened: {error.strerror}.",
            "Set QUIZENGINE_HOME to a folder you can write to.",
        ) from error


def _translate(error: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _FULL:
        return StoreFull(
            f"NOT saved: writing {path} failed ({error}).",
            "Free some room on the disk, or make the file writable, then try again; "
            "all answers before are kept.",
        )
    if code in _DAMAGED:
        return StoreDamaged(
            f"The record {path} is damaged ({error}).",
            "quizengine doctor --rescue saves what can be read and keeps the damaged file.",
        )
    if code in _BUSY:
        return busy(path)
    return StoreError(
        f"The record {path} cannot be used: {error}.",
        "Set QUIZENGINE_HOME to a folder you can write to.",
    )


def busy(path: Path) -> StoreBusy:
    return StoreBusy(
        f"NOT saved: another program holds {path}.",
        "Try again; if it goes on, close the other window.",
    )
