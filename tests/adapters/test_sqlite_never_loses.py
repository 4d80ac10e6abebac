"""What was acknowledged is there, whatever happens to the process, the disk or the file."""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from threading import Barrier

import pytest

from quizengine.attempt import AttemptId
from quizengine.content import Digest
from quizengine.errors import (
    QuizengineError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreNewer,
)
from quizengine.storage.rescue import rescue
from quizengine.storage.schema import APPLICATION_ID
from quizengine.storage.sqlite import SqliteStore
from tests.adapters.children import child, told
from tests.adapters.samples import event, revision

ONE = AttemptId("attempt-1")
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a record is to be; not there yet, and neither is its folder."""
    return tmp_path / "home" / "record.sqlite"


def events_in(path: Path, attempt: str = ONE) -> list[str]:
    store = SqliteStore(path)
    try:
        assert store.problems() == []
        return [event.id for event in store.events(AttemptId(attempt))]
    finally:
        store.close()


# The process dies


@posix
@pytest.mark.slow
def test_every_acknowledged_answer_is_there_after_a_kill_at_any_moment(path: Path) -> None:
    rng = random.Random(20261121)
    for round in range(10):
        name = f"round-{round}"
        acknowledged = []
        with child("append", path, name) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            time.sleep(rng.uniform(0, 0.15))
            process.kill()
            # A line may have been cut short: that number was not acknowledged.
            acknowledged = [line for line in process.stdout if line.endswith("\n")]
        stored = events_in(path, name)
        whole = [f"{name}-{n}-{part}" for n in range(len(stored) // 3) for part in range(3)]
        assert stored == whole, "a batch is stored whole and in its order, or not at all"
        assert len(acknowledged) <= len(stored) // 3 <= len(acknowledged) + 1
    assert len(events_in(path, "round-0")) % 3 == 0


@posix
@pytest.mark.slow
def test_a_kill_at_any_statement_of_the_first_opening_leaves_a_usable_record(
    tmp_path: Path,
) -> None:
    (died,) = told("die_opening", tmp_path)
    assert int(died) >= 10
    for n in range(1, int(died) + 1):
        path = tmp_path / f"{n}.sqlite"
        store = SqliteStore(path)
        store.append([event("a")])
        store.close()
        assert events_in(path) == ["a"]


# Two processes


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    with child("append", path, "left", 300) as left, child("append", path, "right", 300) as right:
        for process in (left, right):
            assert process.wait(60) == 0
    for name in ("left", "right"):
        assert events_in(path, name) == [f"{name}-{n}-{p}" for n in range(300) for p in range(3)]


@pytest.mark.slow
def test_processes_that_open_a_new_record_at_once_get_the_same_one(tmp_path: Path) -> None:
    with child("open_each") as one, child("open_each") as two, child("open_each") as three:
        processes = (one, two, three)
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for n in range(60):
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(f"{tmp_path / f'{n}.sqlite'}\n")
                process.stdin.flush()
            learners = {p.stdout.readline() for p in processes if p.stdout is not None}
            assert len(learners) == 1, learners


def test_windows_that_open_a_new_record_at_once_do_not_get_in_each_others_way(
    tmp_path: Path,
) -> None:
    barrier = Barrier(4)

    def open_at_once(path: Path) -> str:
        barrier.wait()
        store = SqliteStore(path)
        try:
            return store.learner()
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        for n in range(40):
            path = tmp_path / f"{n}.sqlite"
            assert len(set(pool.map(open_at_once, [path] * 4))) == 1


def test_opening_a_record_again_and_again_changes_nothing(path: Path) -> None:
    SqliteStore(path).close()
    before = path.read_bytes()
    for _ in range(3):
        SqliteStore(path).close()
    assert path.read_bytes() == before


def test_a_record_held_by_another_program_is_busy_and_then_goes_on(path: Path) -> None:
    store = SqliteStore(path, busy_seconds=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="NOT saved") as caught:
            store.append([event("a")])
        assert str(path) in caught.value.message
        assert caught.value.hint is not None
        assert store.events(ONE) == [], "reading goes on meanwhile"
        other.execute("ROLLBACK")
    store.append([event("b")])
    assert store.events(ONE) == [event("b")]
    store.close()


def test_a_new_record_held_by_another_program_is_busy(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy):
            SqliteStore(path, busy_seconds=0.05)
        other.execute("ROLLBACK")
    SqliteStore(path).close()


# No room, no folder


@posix
@pytest.mark.slow
def test_a_full_disk_loses_nothing_acknowledged_and_more_room_helps(path: Path) -> None:
    said = told("fill", path)
    refusal = said[-2]
    assert refusal.startswith("StoreFull: NOT saved")
    assert str(path) in refusal
    assert len(said) > 22, "some were stored while there was room"
    assert events_in(path, "fill") == [*said[:-2], "fill-after"]


def test_a_record_at_its_limit_loses_nothing_acknowledged_and_more_room_helps(path: Path) -> None:
    store = SqliteStore(path)
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 5}")
    acknowledged: list[str] = []

    def fill() -> None:
        for n in range(1_000):
            batch = [event(f"{n}-{part}", payload={"text": "x" * 2_000}) for part in (0, 1)]
            store.append(batch)
            acknowledged.extend(event.id for event in batch)

    with pytest.raises(StoreFull, match="NOT saved") as caught:
        fill()
    assert caught.value.hint is not None
    assert [event.id for event in store.events(ONE)] == acknowledged != []
    store.db.execute("PRAGMA max_page_count = 1000000")
    store.append([event("after")])
    store.close()
    assert events_in(path) == [*acknowledged, "after"]


def test_a_folder_that_cannot_be_made_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    path = tmp_path / "home" / "record.sqlite"
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert str(path) in caught.value.message
    assert "QUIZENGINE_HOME" in (caught.value.hint or "")


def test_a_folder_whose_name_no_disk_takes_is_named_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="too long") as caught:
        SqliteStore(tmp_path / ("x" * 300) / "record.sqlite")
    assert "QUIZENGINE_HOME" in (caught.value.hint or "")


def test_a_folder_in_the_place_of_the_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=str(tmp_path)):
        SqliteStore(tmp_path)


# A file that is not ours to write to


def test_a_record_from_a_newer_version_is_refused_and_left_as_it_is(path: Path) -> None:
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    for open_it in (SqliteStore, rescue):
        with pytest.raises(StoreNewer, match="version 99") as caught:
            open_it(path)
        assert str(path) in caught.value.message
        assert "Update" in (caught.value.hint or "")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE theirs (x)",
        "CREATE TABLE event (x); PRAGMA user_version = 1",
        "CREATE TABLE theirs (x); PRAGMA user_version = 99",
        "PRAGMA application_id = 42",
        "PRAGMA user_version = 1",
    ],
)
def test_a_database_of_another_program_is_refused_and_left_as_it_is(
    tmp_path: Path, script: str
) -> None:
    path = tmp_path / "record.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="another program") as caught:
        SqliteStore(path)
    assert str(path) in caught.value.message
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# A damaged file, and its rescue

EVENTS = 300


@pytest.fixture
def record(path: Path) -> Path:
    """A record of some fifty pages: 300 events, one revision, one learner."""
    store = SqliteStore(path)
    store.learner()
    store.keep(dict([revision("a question")]))
    store.append(
        [event(f"e{n}", payload={"text": f"note {n} " + "x" * 400}, at=n) for n in range(EVENTS)]
    )
    store.close()
    return path


def garbage_header(path: Path) -> None:
    _overwrite(path, 0, b"not a database at all, that is sure")


def garbage_first_page(path: Path) -> None:
    _overwrite(path, 0, random.Random(1).randbytes(4_096))


def flipped_bytes(path: Path) -> None:
    """Every byte of the first half of every fourth page, but for the first pages."""
    data = bytearray(path.read_bytes())
    for start in range(20 * 4_096, len(data), 4 * 4_096):
        data[start : start + 2_048] = bytes(b ^ 0xFF for b in data[start : start + 2_048])
    path.write_bytes(data)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def _overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


DAMAGES = pytest.mark.parametrize(
    ("damage", "saved_at_least"),
    [
        (garbage_header, EVENTS),
        (garbage_first_page, EVENTS),
        (flipped_bytes, EVENTS // 2),
        (truncated, EVENTS // 3),
    ],
)


def read_all(path: Path) -> list[str]:
    store = SqliteStore(path)
    try:
        return [event.id for event in store.events(ONE)]
    finally:
        store.close()


@DAMAGES
def test_a_damaged_record_is_named_with_a_way_out(
    record: Path, damage: Callable[[Path], None], saved_at_least: int
) -> None:
    damage(record)
    with pytest.raises(StoreDamaged) as caught:
        read_all(record)
    assert str(record) in caught.value.message
    assert "doctor --rescue" in (caught.value.hint or "")


@DAMAGES
def test_a_rescue_saves_what_can_be_read_and_keeps_the_damaged_file(
    record: Path, damage: Callable[[Path], None], saved_at_least: int
) -> None:
    damage(record)
    before = record.read_bytes()
    aside, saved = rescue(record)
    assert aside.read_bytes() == before
    assert sorted(record.parent.iterdir()) == [record, aside]
    stored = events_in(record)
    assert saved_at_least <= saved == len(stored)
    assert stored == sorted(stored, key=lambda id: int(id[1:])), "in their order"
    with_text = SqliteStore(record)
    for kept in with_text.events(ONE):
        assert kept == event(kept.id, payload={"text": f"note {kept.at} " + "x" * 400}, at=kept.at)
    with_text.append([event("after")])
    with_text.close()


def test_a_rescued_record_is_of_the_same_learner_and_keeps_what_was_shown(record: Path) -> None:
    store = SqliteStore(record)
    learner = store.learner()
    store.close()
    garbage_header(record)
    rescue(record)
    rescued = SqliteStore(record)
    assert rescued.learner() == learner
    assert rescued.revision(revision("a question")[0]) == "a question"
    rescued.close()


def test_a_row_that_is_no_event_does_not_hide_the_others_from_a_rescue(record: Path) -> None:
    changes = [
        "UPDATE event SET payload = '{' WHERE id = 'e10'",
        "UPDATE event SET payload = CAST(X'22FF22' AS TEXT) WHERE id = 'e20'",
        "UPDATE event SET kind = 'juggled' WHERE id = 'e30'",
        "UPDATE event SET at = -1 WHERE id = 'e40'",
    ]
    for change in changes:
        with closing(sqlite3.connect(record)) as db, db:
            db.execute(change)
        with pytest.raises(StoreDamaged, match=r"cannot be read"):
            read_all(record)
    assert rescue(record)[1] == EVENTS - len(changes)
    assert {"e10", "e20", "e30", "e40"}.isdisjoint(events_in(record))


def test_a_shown_question_whose_text_was_damaged_is_not_believed(record: Path) -> None:
    with closing(sqlite3.connect(record)) as db, db:
        db.execute("UPDATE revision SET body = 'a quextion'")
    store = SqliteStore(record)
    digest = revision("a question")[0]
    with pytest.raises(StoreDamaged, match="sha256"):
        store.revision(digest)
    store.close()
    rescue(record)
    rescued = SqliteStore(record)
    assert rescued.revision(digest) is None
    rescued.keep(dict([revision("a question")]))
    assert rescued.revision(digest) == "a question"
    rescued.close()


def test_a_record_without_its_tables_is_damaged(record: Path) -> None:
    with closing(sqlite3.connect(record)) as db:
        db.execute("DROP TABLE event")
    with pytest.raises(StoreDamaged, match="no such table"):
        read_all(record)


def test_a_rescue_of_a_whole_record_loses_nothing(record: Path) -> None:
    assert rescue(record)[1] == EVENTS
    assert len(events_in(record)) == EVENTS


def test_a_second_rescue_does_not_overwrite_what_the_first_kept(record: Path) -> None:
    first, _ = rescue(record)
    garbage_header(record)
    second, saved = rescue(record)
    assert first != second
    assert first.exists()
    assert second.exists()
    assert saved == EVENTS


@pytest.mark.parametrize("data", [b"", b"My shopping list: bread for the ducks.\n" * 200])
def test_a_file_that_was_never_a_record_is_kept_and_a_new_one_begun(
    tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "record.sqlite"
    path.write_bytes(data)
    aside, saved = rescue(path)
    assert (aside.read_bytes(), saved) == (data, 0)
    assert events_in(path) == []


@posix
@pytest.mark.slow
def test_a_rescue_also_saves_what_was_still_in_the_log_beside_the_record(path: Path) -> None:
    with child("append", path, ONE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "50\n":
                process.kill()
    log = path.with_name("record.sqlite-wal")
    assert log.stat().st_size > 0
    garbage_header(path)
    garbage = path.read_bytes()
    aside, saved = rescue(path)
    assert saved >= 51 * 3
    assert len(events_in(path)) == saved
    assert aside.read_bytes() == garbage
    assert aside.with_name(aside.name + "-wal").stat().st_size > 0


@posix
@pytest.mark.slow
def test_no_rescue_while_a_window_still_writes_to_the_record(record: Path) -> None:
    """Its answers would go to the file put aside."""
    before = record.read_bytes()
    with child("hold", record) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(StoreBusy, match="holds"):
            rescue(record)
        process.communicate("done\n")
        assert process.returncode == 0
    assert record.read_bytes() == before
    assert rescue(record)[1] == EVENTS


@posix
@pytest.mark.slow
def test_a_rescue_without_room_changes_nothing(record: Path) -> None:
    garbage_header(record)
    before = record.read_bytes()
    assert told("rescue_without_room", record) in (["StoreFull"], ["StoreError"])
    assert record.read_bytes() == before
    assert list(record.parent.iterdir()) == [record]
    assert rescue(record)[1] == EVENTS


@pytest.mark.slow
def test_no_damage_of_a_few_bytes_leads_out_of_the_error_tree(record: Path) -> None:
    """Whatever is read is an event, and whatever cannot be read is an error with a way out."""
    whole = record.read_bytes()
    rng = random.Random(7)
    damaged = record.with_name("damaged.sqlite")
    for _ in range(80):
        data = bytearray(whole)
        at = rng.choice([rng.randrange(100), rng.randrange(4_096), rng.randrange(len(data))])
        length = rng.choice([1, 4, 64])
        data[at : at + length] = rng.randbytes(len(data[at : at + length]))
        damaged.write_bytes(data)
        with suppress(QuizengineError), closing(SqliteStore(damaged)) as store:
            store.learner()
            store.attempts()
            store.last_shown()
            store.events(ONE)
            store.revision(Digest("0" * 64))
            store.problems()
        try:
            aside, _ = rescue(damaged)
        except StoreNewer:
            continue  # the damage looks like a version from the future
        SqliteStore(damaged).close()
        aside.unlink()


def test_a_record_is_marked_as_ours(record: Path) -> None:
    with closing(sqlite3.connect(record)) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_copy_of_the_files_is_a_record(record: Path, tmp_path: Path) -> None:
    copy = shutil.copy(record, tmp_path / "copy.sqlite")
    assert len(events_in(Path(copy))) == EVENTS


def test_nothing_is_acknowledged_into_a_file_that_was_deleted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "record.sqlite")
    with closing(store):
        store.claim(AttemptId("attempt"))
        (tmp_path / "record.sqlite").unlink()
        with pytest.raises(StoreError, match="deleted or moved"):
            store.claim(AttemptId("attempt"))
