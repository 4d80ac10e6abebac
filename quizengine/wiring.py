"""The only module that knows everything: paths, environment, the real clock, real dice, the store.

Environment:
    QUIZENGINE_HOME        folder for the record, settings and caches (default: the user's
                           data folder, as platformdirs names it)
    QUIZENGINE_QUESTIONS   a questions folder to use in place of the one that comes along
    QUIZENGINE_PLAIN       1: plain output in every command (no colour, no full screen)
    NO_COLOR               no colour (https://no-color.org)
"""

from __future__ import annotations

import os
import platform
import random
import shutil
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from quizengine import journal
from quizengine.bank import LoadedBank
from quizengine.errors import BadRequest, QuizengineError, StoreError
from quizengine.journal import Left
from quizengine.schedule import Day
from quizengine.storage import files
from quizengine.storage.compiled import CompiledBank, open_bank
from quizengine.storage.rescue import rescue
from quizengine.storage.settings import Settings
from quizengine.storage.settings import load as load_settings
from quizengine.storage.settings import save as save_settings
from quizengine.storage.sqlite import SqliteStore
from quizengine.study import Study
from quizengine.words import plural

if TYPE_CHECKING:
    from quizengine.course import Course
    from quizengine.storage.kept import KeptCourse

DEFAULT_EXAM = "mls-c01"  # until the learner names another
PACKAGE = Path(__file__).parent
SHIPPED = PACKAGE / "_content"  # in a wheel; an editable install reads the tree


class SystemClock:
    """The wall clock as it stood at the start, moved on by a clock that nobody can set.

    That clock also counts while the machine sleeps.
    """

    def __init__(self) -> None:
        self._wall = time.time_ns() // 1_000_000
        self._start = self._ticks()

    def now(self) -> int:
        return self._wall + (self._ticks() - self._start)

    @staticmethod
    def _ticks() -> int:
        # Linux: BOOTTIME. macOS: MONOTONIC, which there counts on in sleep (time.monotonic does
        # not). Windows: time.monotonic, which does.
        name = "CLOCK_MONOTONIC" if sys.platform == "darwin" else "CLOCK_BOOTTIME"
        clock: int | None = getattr(time, name, None)
        if clock is None:
            return time.monotonic_ns() // 1_000_000
        return time.clock_gettime_ns(clock) // 1_000_000


def home() -> Path:
    """The folder of the record, the settings and the caches."""
    named = os.environ.get("QUIZENGINE_HOME")
    if named:
        return _named(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("quizengine", appauthor=False))


def _named(folder: str) -> Path:
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError:  # ~somebody who is not a user here
        raise BadRequest(f"{folder} names no folder.", "Name it without ~.") from None


def record_path() -> Path:
    return home() / "record.sqlite"


def settings_path() -> Path:
    return home() / "settings.toml"


def web_path() -> Path:
    """What is known of the server for browsers."""
    return home() / "web.json"


def labs_notes_path() -> Path:
    """Where the folders of the learner's labs are noted."""
    return home() / "labs.json"


def labs_journals_path() -> Path:
    """Where it is noted what labs have made in AWS accounts."""
    return home() / "journals"


def left_in_accounts() -> list[Left]:
    """What labs may have left in AWS accounts, as their journals have it. Nothing is asked of
    AWS."""
    found = []
    for path in sorted(labs_journals_path().glob("*.jsonl")):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        found += journal.left(path.name, lines)
    return found


def questions_root() -> Path:
    """The questions folder: the one named, the shipped one, or the tree's own."""
    named = os.environ.get("QUIZENGINE_QUESTIONS")
    if named:
        root = _named(named)
        if not root.is_dir():
            raise BadRequest(
                f"QUIZENGINE_QUESTIONS names {root}, which is not a folder.",
                "Unset it, or name a folder like questions/.",
            )
        return root
    for root in (SHIPPED / "questions", PACKAGE.parent / "questions"):
        if root.is_dir():
            return root
    raise QuizengineError(
        "The questions are missing from this installation.", "Install quizengine again."
    )


def labs_root() -> Path | None:
    """The catalogue of labs beside this package; None where it was left out."""
    root = PACKAGE.parent / "labs" / "catalog"
    return root if root.is_dir() else None


def open_questions() -> CompiledBank:
    root = questions_root()
    shipped = SHIPPED / "bank.sqlite" if root == SHIPPED / "questions" else None
    return open_bank(root, home() / "cache", shipped, labs_root())


class _LazyKept:
    """The kept model of the learner; numpy is loaded when it is first asked for."""

    def read(self, name: str, topics: Iterable[str]) -> Course | None:
        return self._folder().read(name, topics)

    def write(self, name: str, course: Course) -> None:
        self._folder().write(name, course)

    @staticmethod
    def _folder() -> KeptCourse:
        from quizengine.storage.kept import KeptCourse

        return KeptCourse(home() / "cache")


@contextmanager
def opened() -> Iterator[Study]:
    """The study over the user's record and the bank."""
    with closing(open_questions()) as bank, closing(SqliteStore(record_path())) as store:
        yield Study(
            bank,
            store,
            SystemClock(),
            new_id=lambda: str(uuid.uuid4()),
            new_seed=lambda: random.SystemRandom().randrange(2**32),
            kept=_LazyKept(),
        )


def load_questions() -> LoadedBank:
    """All content in memory, straight from the files: for lint."""
    return files.load(questions_root(), labs_root())


def today(at: int | None = None) -> date:
    """The learner's own date; `at` is in UTC milliseconds, the moment of the call unless given."""
    moment = datetime.now() if at is None else datetime.fromtimestamp(at / 1000)
    return moment.astimezone().date()


def day(at: int | None = None) -> Day:
    """The learner's own day, from midnight to midnight."""
    midnights = (datetime.combine(today(at) + timedelta(days=n), time_of_day()) for n in (0, 1))
    return Day(*(round(midnight.timestamp() * 1000) for midnight in midnights))


def figure_path(id: str) -> Path:
    """Where the picture of a figure lies."""
    return questions_root() / "figures" / f"{id}.svg"


def proof_path(name: str) -> Path:
    """Where the script of a proof lies."""
    return questions_root() / "proofs" / f"{name}.py"


def own_files() -> list[Path]:
    """Everything quizengine keeps for the learner: record (rescued ones too), settings, caches."""
    found = [settings_path(), web_path(), labs_notes_path(), labs_journals_path()]
    replaced = (f".{path.name}.*" for path in found)
    left = (".rescue-*", *replaced, ".probe-*")  # by a crash
    for names in ("record.sqlite*", *left):
        found += sorted(home().glob(names))
    return [path for path in [*found, home() / "cache"] if path.exists()]


def delete_own_files() -> None:
    """Delete all of `own_files()`. Raises StoreError naming what could not be deleted, and
    BadRequest while only a journal knows what a lab has left in an account."""
    for left in left_in_accounts():
        raise BadRequest(
            f"The lab {left.lab} may have left {plural(left.count, 'thing')} in account "
            f"{left.account}: nothing was deleted.",
            left.command,
        )
    for path in own_files():
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            raise StoreError(
                f"{path} could not be deleted: {error.strerror}.",
                "Close the other windows of quizengine and try again.",
            ) from None


def write_new(path: str, lines: Iterable[str]) -> None:
    """Write a file the learner named. Raises BadRequest if it is there already or cannot be."""
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
    except FileExistsError:
        raise BadRequest(f"{path} is there already.", "Name another file.") from None
    except OSError as error:
        raise BadRequest(
            f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from None


def settings() -> Settings:
    return load_settings(settings_path())


def change_settings(changes: dict[str, bool | int]) -> Settings:
    changed = Settings.model_validate(settings().model_dump() | changes)
    save_settings(changed, settings_path())
    return changed


def is_plain() -> bool:
    """Whether output is plain: by the environment or by the setting."""
    if os.environ.get("QUIZENGINE_PLAIN", "") not in ("", "0"):
        return True
    return settings().plain


def no_colour() -> bool:
    """https://no-color.org"""
    return bool(os.environ.get("NO_COLOR"))


def rescue_record() -> tuple[Path, int]:
    """Save what can be read of the record; (where the damaged file is now, events saved)."""
    path = record_path()
    if not path.exists():
        raise BadRequest(f"There is no record at {path}.", "Nothing needs to be rescued.")
    return rescue(path)


class Finding(NamedTuple):
    """One thing that doctor looked at."""

    what: str
    ok: bool
    found: str
    way_out: str = ""


def examine() -> list[Finding]:
    """Look at everything an installation needs; no finding stops the others."""
    python = f"{platform.python_version()} on {platform.system()}"
    findings = [
        Finding(
            "Python", (3, 11) <= sys.version_info[:2] < (3, 14), python, "Use Python 3.11-3.13."
        ),
        Finding("SQLite", sqlite3.sqlite_version_info >= (3, 37), sqlite3.sqlite_version),
        _writable(home()),
    ]
    try:
        settings()
        findings.append(Finding("settings", True, str(settings_path())))
    except QuizengineError as error:
        findings.append(Finding("settings", False, error.message, error.hint or ""))
    try:
        with closing(open_questions()) as bank:
            found = f"{len(bank.entries())} questions from {questions_root()}"
        findings.append(Finding("questions", True, found))
    except QuizengineError as error:
        findings.append(Finding("questions", False, error.message, error.hint or ""))
    if not record_path().exists():
        findings.append(Finding("record", True, f"none yet; it will be {record_path()}"))
    else:
        try:
            with closing(SqliteStore(record_path())) as store:
                problems = store.problems()
                found = f"{len(store.attempts())} attempts in {record_path()}"
            findings.append(
                Finding("record", not problems, "; ".join(problems[:3]) or found, _RESCUE)
            )
        except QuizengineError as error:
            findings.append(Finding("record", False, error.message, error.hint or ""))
    return findings


_RESCUE = "quizengine doctor --rescue saves what can be read and keeps the damaged file."


def _writable(folder: Path) -> Finding:
    probe = folder / f".probe-{os.getpid()}"
    way_out = "Set QUIZENGINE_HOME to a folder you can write to."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text("probe", encoding="utf-8")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("data folder", False, f"{folder}: {error.strerror}", way_out)
    found = f"{folder}, {free // 2**20:,} MiB free"
    return Finding("data folder", free > 20 * 2**20, found, "Free some room on the disk.")
