"""The record in one SQLite file: WAL with synchronous=FULL, so what was acknowledged survives
a crash of the program, of the system, and loss of power (as far as the disk honours a flush).
"""

from __future__ import annotations

import json
import sqlite3
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from quizengine.attempt import AttemptId, Event
from quizengine.content import Digest, QuestionId
from quizengine.errors import (
    QuizengineError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreNewer,
    Superseded,
)

APPLICATION_ID = 0x515A_454E  # "QZEN"
MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 5.0

_COLUMNS = "id, learner, attempt, client, revision, kind, question, payload, at"
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SqliteStore:
    """A Store over the file at `path`, made and migrated as needed. For one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            if sys.platform == "darwin":
                self._db.execute("PRAGMA fullfsync = ON")
            _migrate(self._db, path)

    def close(self) -> None:
        self._db.close()

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        with self._writing() as db:
            if epoch is not None:
                for attempt in {event.attempt for event in events}:
                    row = db.execute("SELECT epoch FROM claim WHERE attempt = ?", (attempt,))
                    newest = row.fetchone()
                    if newest is not None and epoch < newest[0]:
                        raise Superseded
            db.executemany(
                f"INSERT INTO event ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO NOTHING",
                [_row(event) for event in events],
            )

    def keep(self, revisions: dict[Digest, str]) -> None:
        with self._writing() as db:
            db.executemany(
                "INSERT INTO revision (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
                list(revisions.items()),
            )

    def claim(self, attempt: AttemptId) -> int:
        with self._writing() as db:
            row = db.execute(
                "INSERT INTO claim (attempt, epoch) VALUES (?, 1) "
                "ON CONFLICT (attempt) DO UPDATE SET epoch = epoch + 1 RETURNING epoch",
                (attempt,),
            ).fetchone()
        return int(row[0])

    def events(self, attempt: AttemptId) -> list[Event]:
        return self._select("WHERE attempt = ? ORDER BY seq", attempt)

    def attempts(self) -> list[tuple[Event, Event | None]]:
        ends = {e.attempt: e for e in self._select("WHERE kind = 'submitted' ORDER BY seq DESC")}
        starts = self._select("WHERE kind = 'started' ORDER BY at, seq")
        return [(event, ends.get(event.attempt)) for event in starts]

    def revision(self, digest: Digest) -> str | None:
        with _translated(self.path):
            row = self._db.execute(
                "SELECT body FROM revision WHERE digest = ?", (digest,)
            ).fetchone()
        return None if row is None else str(row[0])

    def last_shown(self) -> dict[QuestionId, int]:
        with _translated(self.path):
            rows = self._db.execute(
                "SELECT question, max(at) FROM event WHERE kind = 'shown' GROUP BY question"
            ).fetchall()
        return {QuestionId(question): at for question, at in rows}

    def learner(self) -> str:
        with _translated(self.path):
            row = self._db.execute("SELECT id FROM learner").fetchone()
        if row is None:
            with self._writing() as db:
                db.execute(
                    "INSERT INTO learner (id) SELECT ? WHERE NOT EXISTS (SELECT * FROM learner)",
                    (str(uuid.uuid4()),),
                )
            return self.learner()
        return str(row[0])

    def problems(self) -> list[str]:
        """What SQLite's own integrity check finds wrong with the file; empty if it is whole."""
        with _translated(self.path):
            found = [str(row[0]) for row in self._db.execute("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def _select(self, where: str, *values: object) -> list[Event]:
        with _translated(self.path):
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM event {where}", values).fetchall()
            return [_event(row) for row in rows]

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One durable commit, or nothing."""
        with _translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def rescue(path: Path) -> tuple[Path, int]:
    """Copy what can be read of a damaged record into a new one in its place.

    Returns where the damaged file was moved to (nothing is deleted) and how many events were
    saved.
    """
    fresh = path.with_name(f"{path.name}.rescued")
    fresh.unlink(missing_ok=True)
    store = SqliteStore(fresh)
    try:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        learner = next(iter(_readable(db, "SELECT id FROM learner")), None)
        if learner is not None:
            with store._writing() as new:
                new.execute("INSERT INTO learner (id) VALUES (?)", learner)
        store.keep(
            {Digest(row[0]): row[1] for row in _readable(db, "SELECT digest, body FROM revision")}
        )
        rows = {
            row[0]: row
            for order in ("ASC", "DESC")
            for row in _readable(db, f"SELECT seq, {_COLUMNS} FROM event ORDER BY seq {order}")
        }
        db.close()
        store.append([_event(rows[seq][1:]) for seq in sorted(rows)])
    finally:
        store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
    aside = _free_name(path)
    for suffix in ("-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    path.rename(aside)
    fresh.rename(path)
    return aside, len(rows)


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return aside


def _readable(db: sqlite3.Connection, query: str) -> Iterator[tuple[str, ...]]:
    try:
        yield from db.execute(query)
    except sqlite3.DatabaseError:
        return


def _row(event: Event) -> tuple[object, ...]:
    return (
        event.id,
        event.learner,
        event.attempt,
        event.client,
        event.revision,
        event.kind,
        event.question,
        json.dumps(event.payload, ensure_ascii=False, separators=(",", ":")),
        event.at,
    )


def _event(row: Sequence[object]) -> Event:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Event.model_validate(values | {"payload": json.loads(str(values["payload"]))})


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    scripts = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    newest = int(scripts[-1].name[:4])
    version = _version(db)
    if version == newest:
        return
    application = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise StoreDamaged(
            f"{path} is a database of another program.",
            "Set QUIZENGINE_HOME to another folder.",
        )
    if version > newest:
        raise StoreNewer(
            f"{path} was written by a newer quizengine (record version {version}, "
            f"this one knows {newest}). It was not touched.",
            "Update quizengine, or set QUIZENGINE_HOME to another folder.",
        )
    db.execute("BEGIN IMMEDIATE")
    try:
        for script in scripts[_version(db) :]:
            for statement in _statements(script.read_text(encoding="utf-8")):
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {newest}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _translated(path: Path) -> Iterator[None]:
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
            "Free some room on the disk, then try again; all answers before are kept.",
        )
    if code in _DAMAGED:
        return StoreDamaged(
            f"The record {path} is damaged ({error}).",
            "quizengine doctor --rescue saves what can be read and keeps the damaged file.",
        )
    if code in _BUSY:
        return StoreBusy(
            f"NOT saved: another program has held {path} for {BUSY_SECONDS:g} seconds.",
            "Try again; if it goes on, close the other window.",
        )
    return StoreError(
        f"The record {path} cannot be used: {error}.",
        "Set QUIZENGINE_HOME to a folder you can write to.",
    )
