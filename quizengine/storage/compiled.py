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
from typing import TypeVar

from quizengine.bank import (
    Entry,
    Hit,
    LoadedBank,
    computed_question,
    searched_text,
    unknown_card,
    unknown_figure,
    unknown_question,
)
from quizengine.card import Card
from quizengine.content import CardId, Digest, ExamCode, QuestionId, TaskId, TopicId
from quizengine.errors import ContentError, StoreDamaged, StoreError
from quizengine.exam import Exam
from quizengine.figure import Figure
from quizengine.lab import Lab, LabId
from quizengine.question import Difficulty, Kind, Question, question_from_canonical
from quizengine.service import Service
from quizengine.source import Sources
from quizengine.storage import files
from quizengine.topic import Topic

T = TypeVar("T")
PARSED = 500  # questions kept in memory

SCHEMA = 5  # raise when the tables or the models change shape

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


UNKNOWN = {"question": unknown_question, "card": unknown_card, "figure": unknown_figure}


class Damaged(StoreDamaged):
    """The compiled file is not what was built. It can always be built again."""

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(
            f"The compiled questions in {path} are damaged: {why}.",
            f"Delete the folder {path.parent}: it is made again.",
        )


def build(questions: Path, target: Path, labs: Path | None = None) -> None:
    """Compile the content folder, and the catalogue of labs, to `target`, whole or not at all.
    Raises ContentError."""
    write(files.load(questions, labs), target)


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
        with open(name, "r+b") as file:  # a name must not outlive a loss of power without its bytes
            os.fsync(file.fileno())
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
    for figure in bank.figures.values():
        body("figure", figure.id, figure.model_dump_json())
    for lab in bank.labs.values():
        body("lab", lab.id, lab.model_dump_json())
    for service in bank.services.values():
        body("service", service.id, service.model_dump_json())
    body("sources", "sources", bank.sources.model_dump_json())
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)", [("schema", str(SCHEMA)), ("digest", bank.digest)]
    )


class CompiledBank:
    """A Bank over a compiled file.

    Where the file is not what was built, `mend` builds it anew and the reading goes on; without
    `mend`, or if that is no help, it raises Damaged.
    """

    def __init__(self, path: Path, mend: Callable[[], Path] | None = None) -> None:
        self._mend = mend
        self._parsed: dict[str, Question] = {}
        self._open(path)

    def _open(self, path: Path) -> None:
        self.path = path
        with self._as_damaged():
            # immutable: no lock files, so that it opens on a read-only disk.
            uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            try:
                meta = dict(self._db.execute("SELECT key, value FROM meta"))
                if meta["schema"] != str(SCHEMA):
                    raise ValueError(f"it has schema {meta['schema']}, not {SCHEMA}")
                self.digest = Digest(meta["digest"])
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        self._db.close()

    @cached_property
    def exams(self) -> Mapping[ExamCode, Exam]:
        return {exam.code: exam for exam in self._bodies("exam", Exam.model_validate_json)}

    @cached_property
    def topics(self) -> Mapping[TopicId, Topic]:
        return {topic.id: topic for topic in self._bodies("topic", Topic.model_validate_json)}

    @cached_property
    def labs(self) -> Mapping[LabId, Lab]:
        return {LabId(lab.id): lab for lab in self._bodies("lab", Lab.model_validate_json)}

    def entries(self) -> Sequence[Entry]:
        query = "SELECT id, kind, difficulty, exams, topics, withdrawn FROM question ORDER BY id"
        return self._rows(query, make=_entry)

    def pool(self, exam: ExamCode, kinds: Collection[Kind]) -> list[tuple[QuestionId, TaskId]]:
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT id, task FROM task WHERE exam = ? AND kind IN ({marks}) ORDER BY id"
        return self._rows(query, exam, *kinds, make=lambda *row: row)

    def question(self, id: str) -> Question:
        """Parsed once, while it is among the last few hundred that were asked for."""
        if (made := computed_question(id)) is not None:
            return made
        if id not in self._parsed:
            if len(self._parsed) >= PARSED:
                self._parsed.clear()
            self._parsed[id] = self._body("question", id, question_from_canonical)
        return self._parsed[id]

    def card(self, id: str) -> Card:
        return self._body("card", id, Card.from_canonical)

    def cards(self) -> Sequence[CardId]:
        return [CardId(id) for id in self._ids("card")]

    def every_card(self) -> Sequence[Card]:
        return self._every_card

    @cached_property
    def _every_card(self) -> Sequence[Card]:
        return self._bodies("card", Card.from_canonical)

    def figure(self, id: str) -> Figure:
        return self._body("figure", id, Figure.model_validate_json)

    @cached_property
    def sources(self) -> Sources:
        found = self._bodies("sources", Sources.model_validate_json)
        return found[0] if found else Sources()

    @cached_property
    def services(self) -> Mapping[str, Service]:
        return {each.id: each for each in self._bodies("service", Service.model_validate_json)}

    def search(self, words: str, limit: int) -> list[Hit]:
        # Each word is quoted, so that no character is an operator of the query language; NUL
        # would end it.
        plain = words.replace("\0", " ").split()
        query = " ".join('"' + word.replace('"', '""') + '"' for word in plain)
        if not query:
            return []
        return self._rows(
            "SELECT id, snippet(words, 1, '', '', ' ... ', 16) FROM words "
            "WHERE words MATCH ? ORDER BY rank, id LIMIT ?",
            query,
            limit,
            make=lambda id, excerpt: Hit(id, " ".join(excerpt.split())),
        )

    def _ids(self, kind: str) -> list[str]:
        return self._rows("SELECT id FROM body WHERE kind = ? ORDER BY id", kind, make=str)

    def _body(self, kind: str, id: str, parse: Callable[[str], T]) -> T:
        query = "SELECT digest, text FROM body WHERE kind = ? AND id = ?"
        found = self._rows(query, kind, id, make=_whole(parse))
        if not found:
            raise UNKNOWN[kind](id, self._ids(kind))
        return found[0]

    def _bodies(self, kind: str, parse: Callable[[str], T]) -> list[T]:
        query = "SELECT digest, text FROM body WHERE kind = ? ORDER BY rowid"
        return self._rows(query, kind, make=_whole(parse))

    def _rows(self, query: str, *values: str | int, make: Callable[..., T]) -> list[T]:
        """`make` of each row. Mends the file, once, if the rows are not what was built."""
        # What is no UTF-8 (half a surrogate pair) stands in no file.
        sent = [v.encode(errors="replace").decode() if isinstance(v, str) else v for v in values]
        try:
            with self._as_damaged():
                return [make(*row) for row in self._db.execute(query, sent)]
        except Damaged:
            if self._mend is None:
                raise
            self._db.close()
            self._open(self._mend())
            for cached in ("exams", "topics", "sources", "services", "labs", "_every_card"):
                self.__dict__.pop(cached, None)
        with self._as_damaged():
            return [make(*row) for row in self._db.execute(query, sent)]

    @contextlib.contextmanager
    def _as_damaged(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError, KeyError, ValueError, TypeError) as error:
            raise Damaged(self.path, error) from error


def _entry(
    id: str, kind: Kind, difficulty: Difficulty, exams: str, topics: str, withdrawn: int
) -> Entry:
    return Entry(
        QuestionId(id),
        kind,
        difficulty,
        json.loads(exams),
        tuple(json.loads(topics)),
        bool(withdrawn),
    )


def _whole(parse: Callable[[str], T]) -> Callable[[str, str], T]:
    """Parses a body that is what its sha256 says."""

    def checked(digest: str, text: str) -> T:
        if hashlib.sha256(str(text).encode()).hexdigest() != digest:
            raise ValueError("a body differs from its sha256")
        return parse(text)

    return checked


def fingerprint(root: Path, labs: Path | None = None) -> str:
    """Of the schema version and each content file's path, size and mtime."""
    parts = [str(SCHEMA), str(root.resolve())]
    areas = [*_areas(root / "cards"), *_areas(root / "bank")]
    for folder in (root, root / "exams", root / "figures", *areas):
        with contextlib.suppress(OSError), os.scandir(folder) as found:
            for entry in found:
                if entry.name.endswith(".toml"):
                    stat = entry.stat()
                    name = entry.path.removeprefix(str(root))
                    parts.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    for path in () if labs is None else files.lab_files(labs):
        with contextlib.suppress(OSError):
            stat = path.stat()
            parts.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:24]


def _areas(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        return [Path(entry.path) for entry in found if entry.is_dir()]
    return []


def open_bank(
    root: Path, cache: Path, shipped: Path | None = None, labs: Path | None = None
) -> CompiledBank:
    """The bank of the content folder `root`, and of the catalogue of `labs`, compiled into
    `cache` if it is not there yet.

    `shipped` is the file a wheel brings: it is taken as it is unless it is damaged.
    Raises ContentError if the content is not as it must be.
    """

    def compile() -> Path:
        if not (root / "topics.toml").exists():
            raise ContentError([f"{root}: no topics.toml: this is not a questions folder"])
        path = cache / f"bank-{fingerprint(root, labs)}.sqlite"
        try:
            build(root, path, labs)
            _tidy(cache, path)
        except (OSError, sqlite3.Error) as error:
            # Another process may have built it meanwhile; Windows replaces no open file.
            with contextlib.suppress(Damaged):
                CompiledBank(path).close()
                return path
            raise StoreError(
                f"The questions cannot be compiled into {cache}: "
                f"{getattr(error, 'strerror', None) or error}.",
                "Set QUIZENGINE_HOME to a folder you can write to.",
            ) from error
        return path

    path = shipped if shipped is not None else cache / f"bank-{fingerprint(root, labs)}.sqlite"
    try:
        return CompiledBank(path, compile)
    except Damaged:
        return CompiledBank(compile(), compile)


def _tidy(cache: Path, newest: Path) -> None:
    """Remove all but the two compilations before this one (another process may be about to open
    one) and what a build that was killed more than an hour ago left behind.

    What is open elsewhere and cannot be removed is left to the next build.
    """
    now = newest.stat().st_mtime
    ages: list[tuple[float, Path]] = []
    for path in cache.glob("bank-*.sqlite"):
        with contextlib.suppress(OSError):
            ages.append((now - path.stat().st_mtime, path))
    old = [path for _, path in sorted(ages)[3:]]
    for path in cache.glob(".building-*"):
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime > 3600:
                old.append(path)
    for path in old:
        if path != newest:
            with contextlib.suppress(OSError):
                path.unlink()
