"""The record's tables: numbered migrations, and whether a file is one this program may write to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from quizengine.errors import StoreDamaged, StoreNewer

APPLICATION_ID = 0x515A_454E  # "QZEN"
MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(db: sqlite3.Connection, path: Path) -> None:
    scripts = _scripts()
    if known_version(db, path) == len(scripts):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have come first.
        for script in scripts[known_version(db, path) :]:
            for statement in _statements(script.read_text(encoding="utf-8")):
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {len(scripts)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _scripts() -> list[Path]:
    """The migrations, 0001 first: number n leads to record version n."""
    return sorted(MIGRATIONS.glob("[0-9]*.sql"))


def known_version(db: sqlite3.Connection, path: Path, *, ours: bool = False) -> int:
    """The record version of the file, 0 for an empty one. Writes nothing.

    Raises StoreNewer for a version from the future and, unless it is known to be `ours`,
    StoreDamaged for a database of another program.
    """
    # One statement, so that all three are of the same moment.
    version, application, tables = db.execute(
        "SELECT (SELECT user_version FROM pragma_user_version),"
        " (SELECT application_id FROM pragma_application_id),"
        " (SELECT count(*) FROM sqlite_schema)"
    ).fetchone()
    if not ours and application != APPLICATION_ID and (tables or application or version):
        raise StoreDamaged(
            f"{path} is a database of another program. It was not touched.",
            "Set QUIZENGINE_HOME to another folder.",
        )
    newest = len(_scripts())
    if version > newest:
        raise StoreNewer(
            f"{path} was written by a newer quizengine (record version {version}, "
            f"this one knows {newest}). It was not touched.",
            "Update quizengine, or set QUIZENGINE_HOME to another folder.",
        )
    return int(version)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
