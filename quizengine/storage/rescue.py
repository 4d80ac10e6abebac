"""Saving what can be read of a damaged record into a new one in its place."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from quizengine.attempt import Event
from quizengine.storage.schema import known_version
from quizengine.storage.sqlite import COLUMNS, SqliteStore, busy, event_of, sha256, translated


def rescue(path: Path) -> tuple[Path, int]:
    """Copy what can be read of a damaged record into a new one in its place.

    Returns where the damaged file is kept (nothing is deleted) and how many events were saved.
    Raises StoreBusy while another process has the record open: what that one would still write
    would go to a file that nobody reads any more.
    """
    with (
        translated(path),
        _sole_user(path),
        tempfile.TemporaryDirectory(prefix=".rescue-", dir=path.parent) as folder,
    ):
        copy, fresh = Path(folder, "damaged.sqlite"), Path(folder, "fresh.sqlite")
        _copy_record(path, copy)
        with closing(sqlite3.connect(copy)) as db, suppress(sqlite3.Error, ValueError):
            known_version(db, path, ours=True)
        store = SqliteStore(fresh)
        try:
            saved = _save(copy, store)
            if not saved and copy.stat().st_size:
                _lend_first_page(copy)
                saved = _save(copy, store)
            # Back into one file; fails rather than leave a part of it in a log beside it.
            store.db.execute("PRAGMA journal_mode = DELETE")
        finally:
            store.close()
        aside = _free_name(path)
        _copy_record(path, aside)
        for suffix in ("-wal", "-shm"):  # before the new file is there: they are not its own
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        os.replace(fresh, path)
    return aside, saved


@contextmanager
def _sole_user(path: Path) -> Iterator[None]:
    """Hold the lock that every open connection shares, or raise StoreBusy."""
    if sys.platform == "win32":  # there, an open file can be neither moved nor replaced
        yield
        return
    import fcntl

    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x4000_0002)  # SHARED_FIRST
        except OSError as error:
            raise busy(path) from error
        yield


def _copy_record(path: Path, target: Path) -> None:
    for suffix in ("", "-wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            with target.with_name(target.name + suffix).open("xb") as file:
                file.write(part.read_bytes())
                file.flush()
                os.fsync(file.fileno())


def _save(damaged: Path, store: SqliteStore) -> int:
    """Put what can be read of one record into another; how many events that was."""
    with closing(sqlite3.connect(damaged, isolation_level=None)) as db:
        db.text_factory = bytes.decode
        # A file that is shorter than it says, or whose schema is odd, is read all the same.
        db.execute("PRAGMA writable_schema = ON")
        revisions = dict(_readable(db, "SELECT digest, body FROM revision"))
        events = list(_readable_events(db))
        learners = [str(row[0]) for row in _readable(db, "SELECT id FROM learner")]
    learners += [event.learner for event in events]
    if learners:
        with store.writing() as new:
            new.execute("INSERT OR IGNORE INTO learner (id) VALUES (?)", learners[:1])
    store.keep({d: text for d, text in revisions.items() if sha256(text) == d})
    store.append(events)
    return len(events)


def _readable_events(db: sqlite3.Connection) -> Iterator[Event]:
    """Every event that can be read, in order: each is looked up by itself, and the numbers to
    look for come from both ends of the table and of an index, so that damage hides little."""
    numbers = {
        row[0]
        for order in ("ASC", "DESC")
        for query in (
            f"SELECT seq FROM event NOT INDEXED ORDER BY seq {order}",
            f"SELECT seq FROM event INDEXED BY event_by_attempt ORDER BY attempt {order}",
        )
        for row in _readable(db, query)
    }
    for seq in sorted(numbers):
        query = f"SELECT {COLUMNS} FROM event NOT INDEXED WHERE seq = ?"
        for row in _readable(db, query, seq):
            with suppress(ValueError):
                yield event_of(row)


def _readable(db: sqlite3.Connection, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
    """The rows up to the first one that cannot be read."""
    with suppress(sqlite3.DatabaseError, ValueError):
        yield from db.execute(query, values)


def _lend_first_page(path: Path) -> None:
    """Give a file with an unreadable first page that of a new record: it says where each table
    begins, which is at the same place in all records that began with the same migrations."""
    model = path.with_name("model.sqlite")
    store = SqliteStore(model)
    store.db.execute("PRAGMA journal_mode = DELETE")
    store.close()
    header = bytearray(model.read_bytes()[:100])
    page = model.read_bytes()[100 : int.from_bytes(header[16:18], "big")]
    header[18:20] = b"\2\2"  # WAL, if there is one beside it
    header[28:32] = header[92:96] = bytes(4)  # as long as the file is
    with path.open("r+b") as file:
        file.write(header + page)


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return aside
