"""All content in one SQLite file: a short row per question to draw from, one body read on
demand, and a full-text index. It rebuilds itself when a content file changed or it is damaged.

The file's name holds the fingerprint of what it was made from (schema version; each file's
path, size and mtime). So it is never changed in place: two processes that build at once write
the same file, and a reader keeps what it opened. No pickle; every body is checked against its
sha256 when it is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from quizengine.bank import Entry, Hit, LoadedBank, searched_text
from quizengine.card import Card
from quizengine.content import CardId, Digest, ExamCode, QuestionId, TaskId, TopicId
from quizengine.errors import ContentError, NotFound, StoreError
from quizengine.exam import Exam
from quizengine.question import Kind, Question, question_from_canonical
from quizengine.storage import files
from quizengine.topic import Topic

SCHEMA = 1  # raise when the tables or the models change shape

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE question (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, kind TEXT NOT NULL, difficulty TEXT NOT NULL,
    exams TEXT NOT NULL, topics TEXT NOT NULL, withdrawn INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE task (
    exam TEXT NOT NULL, id TEXT NOT NULL, task TEXT NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (exam, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE body (
    kind TEXT NOT NULL, id TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (id UNINDEXED, text, tokenize = 'porter unicode61');
"""


class Damaged(Exception):
    """The compiled file is not what was built. It can always be built again."""


def build(questions: Path, target: Path) -> None:
    """Compile the content folder to `target`, whole or not at all. Raises ContentError."""
    write(files.load(questions), target)


def write(bank: LoadedBank, target: Path) -> None:
    """Write a bank to `target` through a temporary file beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".building-", dir=target.parent)
    os.close(handle)
    try:
        with contextlib.closing(sqlite3.connect(name, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            db.executescript(_TABLES)
            db.execute("BEGIN")
            _fill(db, bank)
            db.execute("COMMIT")
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _fill(db: sqlite3.Connection, bank: LoadedBank) -> None:
    def body(kind: str, id: str, text: str) -> None:
        digest = hashlib.sha256(text.encode()).hexdigest()
        db.execute("INSERT INTO body VALUES (?, ?, ?, ?)", (kind, id, digest, text))

    for question in bank.questions.values():
        text = question.canonical()
        body("question", question.id, text)
        db.execute(
            "INSERT INTO question VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                question.id,
                question.digest(),
                question.kind,
                question.difficulty,
                json.dumps(question.exams),
                json.dumps(question.topics),
                question.withdrawn is not None,
            ),
        )
        if question.withdrawn is None:
            db.executemany(
                "INSERT INTO task VALUES (?, ?, ?, ?)",
                [(exam, question.id, task, question.kind) for exam, task in question.exams.items()],
            )
        db.execute("INSERT INTO words VALUES (?, ?)", (question.id, searched_text(question)))
    for id in bank.cards():
        body("card", id, bank.card(id).canonical())
    for topic in bank.topics.values():
        body("topic", topic.id, topic.model_dump_json())
    for exam in bank.exams.values():
        body("exam", exam.code, exam.model_dump_json())
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)", [("schema", str(SCHEMA)), ("digest", bank.digest)]
    )


class CompiledBank:
    """A Bank over a compiled file.

    Where the file is not what was built, `mend` builds it anew, once, and the reading goes on;
    without `mend` it raises Damaged.
    """

    def __init__(self, path: Path, mend: Callable[[], Path] | None = None) -> None:
        self._mend = mend
        self._open(path)

    def _open(self, path: Path) -> None:
        if not path.exists():
            raise Damaged(f"{path} is not there")
        self.path = path
        with _as_damaged():
            # immutable: no lock files, so that it opens on a read-only disk.
            uri = f"{path.resolve().as_uri()}?immutable=1"
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            meta = dict(self._db.execute("SELECT key, value FROM meta"))
            if meta.get("schema") != str(SCHEMA):
                raise Damaged(f"{path} has schema {meta.get('schema')}, not {SCHEMA}")
            self.digest = Digest(meta["digest"])

    def close(self) -> None:
        self._db.close()

    @cached_property
    def exams(self) -> Mapping[ExamCode, Exam]:
        bodies = [Exam.model_validate_json(text) for text in self._bodies("exam")]
        return {exam.code: exam for exam in bodies}

    @cached_property
    def topics(self) -> Mapping[TopicId, Topic]:
        bodies = [Topic.model_validate_json(text) for text in self._bodies("topic")]
        return {topic.id: topic for topic in bodies}

    def entries(self) -> Sequence[Entry]:
        rows = self._rows(
            "SELECT id, kind, difficulty, exams, topics, withdrawn FROM question ORDER BY id"
        )
        return [
            Entry(id, kind, difficulty, json.loads(exams), tuple(json.loads(topics)), bool(gone))
            for id, kind, difficulty, exams, topics, gone in rows
        ]

    def pool(self, exam: ExamCode, kinds: Collection[Kind]) -> list[tuple[QuestionId, TaskId]]:
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT id, task FROM task WHERE exam = ? AND kind IN ({marks}) ORDER BY id"
        return self._rows(query, exam, *kinds)

    def question(self, id: str) -> Question:
        return question_from_canonical(self._body("question", id))

    def card(self, id: str) -> Card:
        return Card.from_canonical(self._body("card", id))

    def cards(self) -> Sequence[CardId]:
        return [CardId(id) for id in self._ids("card")]

    def search(self, words: str, limit: int) -> list[Hit]:
        # Each word is quoted, so that no character is an operator of the query language.
        query = " ".join('"' + word.replace('"', '""') + '"' for word in words.split())
        if not query:
            return []
        rows = self._rows(
            "SELECT id, snippet(words, 1, '', '', ' ... ', 16) FROM words "
            "WHERE words MATCH ? ORDER BY rank, id LIMIT ?",
            query,
            limit,
        )
        return [Hit(QuestionId(id), " ".join(excerpt.split())) for id, excerpt in rows]

    def _ids(self, kind: str) -> list[str]:
        return [row[0] for row in self._rows("SELECT id FROM body WHERE kind = ?", kind)]

    def _body(self, kind: str, id: str) -> str:
        query = "SELECT digest, text FROM body WHERE kind = ? AND id = ?"
        found = self._rows(query, kind, id, bodies=True)
        if not found:
            raise NotFound(kind, id, self._ids(kind))
        return str(found[0][1])

    def _bodies(self, kind: str) -> list[str]:
        query = "SELECT digest, text FROM body WHERE kind = ? ORDER BY id"
        return [row[1] for row in self._rows(query, kind, bodies=True)]

    def _rows(self, query: str, *values: object, bodies: bool = False) -> list[Any]:
        try:
            with _as_damaged():
                rows = self._db.execute(query, values).fetchall()
                if bodies:
                    _check(rows)
                return rows
        except Damaged:
            if self._mend is None:
                raise
            mend, self._mend = self._mend, None
            self._db.close()
            self._open(mend())
            return self._rows(query, *values, bodies=bodies)


def _check(bodies: Sequence[tuple[str, str]]) -> None:
    for digest, text in bodies:
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise Damaged("a body differs from its sha256")


@contextlib.contextmanager
def _as_damaged() -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        raise Damaged(str(error)) from error


def fingerprint(root: Path) -> str:
    """Of the schema version and each content file's path, size and mtime."""
    parts = [str(SCHEMA), str(root.resolve())]
    for folder in (root, root / "exams", *_areas(root / "cards"), *_areas(root / "bank")):
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as found:
            for entry in found:
                if entry.name.endswith(".toml"):
                    stat = entry.stat()
                    parts.append(f"{folder.name}/{entry.name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:24]


def _areas(folder: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as found:
        return [Path(entry.path) for entry in found if entry.is_dir()]
    return []


def open_bank(root: Path, cache: Path, shipped: Path | None = None) -> CompiledBank:
    """The bank of the content folder `root`, compiled into `cache` if it is not there yet.

    `shipped` is the file a wheel brings: it is taken as it is unless it is damaged.
    Raises ContentError if the content is not as it must be.
    """

    def compile() -> Path:
        if not (root / "topics.toml").exists():
            raise ContentError([f"{root}: no topics.toml: this is not a questions folder"])
        path = cache / f"bank-{fingerprint(root)}.sqlite"
        try:
            build(root, path)
            _remove_others(cache, path)
        except OSError as error:
            raise StoreError(
                f"The questions cannot be compiled into {cache}: {error.strerror}.",
                "Set QUIZENGINE_HOME to a folder you can write to.",
            ) from error
        return path

    path = shipped if shipped is not None else cache / f"bank-{fingerprint(root)}.sqlite"
    try:
        return CompiledBank(path, compile)
    except Damaged:
        return CompiledBank(compile())


def _remove_others(cache: Path, keep: Path) -> None:
    """Older compilations, unless a reader still holds them (then the next build tries again)."""
    for path in cache.glob("bank-*.sqlite"):
        if path != keep:
            with contextlib.suppress(OSError):
                path.unlink()
