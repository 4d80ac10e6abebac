"""The compiled bank is the bank of its files, and makes itself again when it is not."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from quizengine.bank import Bank, LoadedBank
from quizengine.content import ExamCode, TopicId
from quizengine.errors import ContentError, NotFound, StoreDamaged, StoreError
from quizengine.question import Kind
from quizengine.storage import files
from quizengine.storage.compiled import CompiledBank, build, open_bank, write
from tests.adapters.children import child, told
from tests.adapters.samples import EXAM, FIGURE, SOURCES, question, write_content
from tests.adapters.samples import write as write_file

DUCK = "bank/water/duck-on-a-pond.toml"
DUCKS_BY_DAY = "figures/ducks-by-day.toml"
BIRD, OTHER = ExamCode("brd-c01"), ExamCode("brd-c02")
posix = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = write_content(tmp_path / "questions")
    for path, text in {DUCKS_BY_DAY: FIGURE, "sources.toml": SOURCES}.items():
        write_file(root / path, text)
    write_file((root / DUCKS_BY_DAY).with_suffix(".svg"), "")
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache"


@pytest.fixture
def loaded(root: Path) -> LoadedBank:
    return files.load(root)


@pytest.fixture(params=["loaded", "compiled"])
def bank(request: pytest.FixtureRequest, root: Path, cache: Path) -> Iterator[Bank]:
    """The same content, in memory and compiled."""
    if request.param == "loaded":
        yield files.load(root)
        return
    with closing(open_bank(root, cache)) as compiled:
        yield compiled


# One contract for both


def test_it_has_every_question_by_id(bank: Bank, loaded: LoadedBank) -> None:
    assert list(bank.entries()) == list(loaded.entries())
    assert [entry.id for entry in bank.entries() if entry.withdrawn] == ["hawk-gone"]
    for id, wanted in loaded.questions.items():
        assert bank.question(id) == wanted
        assert bank.question(id).digest() == wanted.digest()


def test_it_has_every_card_topic_and_exam_in_order(bank: Bank, loaded: LoadedBank) -> None:
    assert list(bank.cards()) == ["mallard-food", "teal-size"]
    for id in bank.cards():
        assert bank.card(id) == loaded.card(id)
    assert list(bank.topics.items()) == list(loaded.topics.items())
    assert list(bank.topics) == [TopicId("water/ducks"), TopicId("air/hawks")]
    assert list(bank.exams.items()) == list(loaded.exams.items())
    assert bank.digest == loaded.digest


def test_it_has_every_figure_and_what_it_was_drawn_from(bank: Bank, loaded: LoadedBank) -> None:
    assert [card.id for card in bank.every_card()] == bank.cards()
    assert bank.figure("ducks-by-day") == loaded.figure("ducks-by-day")
    assert bank.sources == loaded.sources
    assert bank.sources.decks == {"S1": "A deck about birds"}
    with pytest.raises(NotFound, match="no figure called 'ducks-by-night'") as caught:
        bank.figure("ducks-by-night")
    assert caught.value.close == ("ducks-by-day",)


@pytest.mark.parametrize(
    ("exam", "kinds", "drawn"),
    [
        (BIRD, ["single"], [("duck-on-a-pond", "1.1")]),
        (BIRD, ["multiple", "single"], [("duck-on-a-pond", "1.1"), ("two-ducks", "1.1")]),
        (BIRD, ["matching"], [("hawk-matches", "2.1")]),
        (OTHER, ["single", "matching"], [("hawk-matches", "1.2")]),
        (BIRD, [], []),
        (ExamCode("xyz-c01"), ["single"], []),
    ],
)
def test_only_questions_of_the_exam_and_not_withdrawn_may_be_drawn(
    bank: Bank, exam: ExamCode, kinds: list[Kind], drawn: list[tuple[str, str]]
) -> None:
    assert bank.pool(exam, kinds) == drawn


def test_what_is_not_there_is_named_with_what_is_close(bank: Bank) -> None:
    with pytest.raises(NotFound, match="no question called 'duck-on-pond'") as caught:
        bank.question("duck-on-pond")
    assert caught.value.close[0] == "duck-on-a-pond"
    with pytest.raises(NotFound, match="no card called 'teal'") as caught:
        bank.card("teal")
    assert caught.value.close == ("teal-size",)
    with pytest.raises(NotFound):
        bank.card("duck-on-a-pond")


@pytest.mark.parametrize("id", ["", "'", "\0", "duck\0", "\udce9", "x" * 100_000])
def test_a_strange_name_is_only_not_found(bank: Bank, id: str) -> None:
    with pytest.raises(NotFound):
        bank.question(id)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("joins", {"duck-on-a-pond", "two-ducks", "duckling-steps", "hawk-matches", "hawk-gone"}),
        (
            "POND mallard",
            {"duck-on-a-pond", "two-ducks", "duckling-steps", "hawk-matches", "hawk-gone"},
        ),
        ("step number", {"duckling-steps"}),
        ("äö", {"duck-on-a-pond"}),
        ("pond swan", set()),
        ("  ", set()),
    ],
)
def test_a_search_finds_the_questions_with_all_the_words(
    bank: Bank, words: str, found: set[str]
) -> None:
    hits = bank.search(words, 10)
    assert {hit.id for hit in hits} == found
    assert all(words.split()[0].lower() in hit.excerpt.lower() for hit in hits)
    assert len(bank.search(words, 2)) == min(2, len(found))


HOSTILE = [
    '"',
    '""',
    "*",
    "pond*",
    "NEAR(",
    "NEAR(pond mallard)",
    ":",
    "text:pond",
    "-",
    "-pond",
    "^",
    "(",
    "{a b}:",
    "AND OR NOT",
    "'; DROP TABLE words; --",
    "",
    "\0",
    "pond\0",
    "po\0nd",
    "\udce9",
    "x" * 1_000_000,
    "pond " * 2_000,
    " ".join(f"word{n}" for n in range(20_000)),
]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words[:12]))
def test_no_words_can_break_a_search(bank: Bank, words: str) -> None:
    before = bank.digest
    assert isinstance(bank.search(words, 10), list)
    assert bank.digest == before
    assert len(bank.search("mallard", 10)) == 5


def test_a_hostile_search_does_not_have_the_bank_built_again(root: Path, cache: Path) -> None:
    path = open_compiled(root, cache)

    def mend() -> Path:
        raise AssertionError("nothing is damaged")

    with closing(CompiledBank(path, mend)) as bank:
        for words in HOSTILE:
            bank.search(words, 10)


# Built again when the content changed


def open_compiled(root: Path, cache: Path) -> Path:
    with closing(open_bank(root, cache)) as bank:
        return bank.path


def ids(root: Path, cache: Path) -> list[str]:
    with closing(open_bank(root, cache)) as bank:
        return [entry.id for entry in bank.entries()]


def test_it_is_built_once_while_nothing_changes(root: Path, cache: Path) -> None:
    path = open_compiled(root, cache)
    before = path.stat()
    assert open_compiled(root, cache) == path
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_it_is_built_again_when_a_file_is_added_or_removed(root: Path, cache: Path) -> None:
    assert "teal" not in ids(root, cache)
    write_file(root / "bank/water/teal.toml", question())
    assert "teal" in ids(root, cache)
    (root / "bank/water/teal.toml").unlink()
    assert "teal" not in ids(root, cache)


def test_it_is_built_again_when_a_new_area_is_added(root: Path, cache: Path) -> None:
    ids(root, cache)
    write_file(root / "bank/fire/phoenix.toml", question())
    assert "phoenix" in ids(root, cache)


def test_it_is_built_again_when_a_file_is_renamed(root: Path, cache: Path) -> None:
    """A file keeps its size and its time then."""
    ids(root, cache)
    (root / DUCK).rename((root / DUCK).with_name("drake-on-a-pond.toml"))
    assert "drake-on-a-pond" in ids(root, cache)


def test_it_is_built_again_when_a_file_moves_from_the_cards_to_the_bank(
    root: Path, cache: Path
) -> None:
    assert "swan" not in ids(root, cache)
    write_file(root / "elsewhere/swan.toml", question())
    (root / "elsewhere/swan.toml").rename(root / "cards/water/swan.toml")
    with pytest.raises(ContentError):
        open_bank(root, cache)
    (root / "cards/water/swan.toml").rename(root / "bank/water/swan.toml")
    assert "swan" in ids(root, cache)


@pytest.mark.parametrize("name", ["topics.toml", "exams/brd-c01.toml", DUCK, DUCKS_BY_DAY])
def test_it_is_built_again_when_any_file_changes(root: Path, cache: Path, name: str) -> None:
    first = open_compiled(root, cache)
    text = (root / name).read_text(encoding="utf-8")
    write_file(root / name, text + "\n# A remark.\n")
    assert open_compiled(root, cache) != first


def test_a_change_that_keeps_the_size_is_seen(root: Path, cache: Path) -> None:
    ids(root, cache)
    path = root / DUCK
    before = path.stat().st_mtime_ns
    write_file(path, path.read_text(encoding="utf-8").replace("mallard", "MALLARD"))
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))
    with closing(open_bank(root, cache)) as bank:
        assert "MALLARD" in bank.question("duck-on-a-pond").stem


def test_bad_content_is_an_error_and_leaves_nothing_behind(root: Path, cache: Path) -> None:
    path = open_compiled(root, cache)
    write_file(root / DUCK, "kind = ")
    with pytest.raises(ContentError, match="duck-on-a-pond"):
        open_bank(root, cache)
    assert list(cache.iterdir()) == [path]


def test_a_folder_that_holds_no_questions_is_named(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ContentError, match=r"no topics\.toml"):
        open_bank(tmp_path, cache)


def test_compilations_do_not_pile_up(root: Path, cache: Path) -> None:
    for n in range(6):
        write_file(root / f"bank/water/teal-{n}.toml", question())
        newest = open_compiled(root, cache)
        os.utime(newest, (n, n))
    assert len(list(cache.iterdir())) == 3
    assert newest in cache.iterdir()


def test_what_a_killed_build_left_behind_goes_with_a_later_one(root: Path, cache: Path) -> None:
    old, young = cache / ".building-old", cache / ".building-young"
    write_file(old, "half")
    write_file(young, "another process is at it")
    os.utime(old, (1, 1))
    path = open_compiled(root, cache)
    assert sorted(cache.iterdir()) == sorted([young, path])


# Built again when the file is damaged


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def garbage(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"garbage " * (path.stat().st_size // 8))


def garbage_after_the_first_pages(path: Path) -> None:
    """The second half of the file: what is open does not see it before it reads on."""
    half = path.stat().st_size // 2
    with path.open("r+b") as file:
        file.seek(half)
        file.write(b"garbage " * (half // 8))


def flipped_letter(path: Path) -> None:
    """In the bodies of the questions: SQLite itself takes no notice."""
    data = path.read_bytes()
    assert b"A mallard sits" in data
    with path.open("r+b") as file:
        file.write(data.replace(b"A mallard sits", b"A mallarf sits"))


def flipped_topics(path: Path) -> None:
    """In the index: what is JSON no longer is."""
    data = path.read_bytes()
    assert b'["water/ducks"]' in data
    with path.open("r+b") as file:
        file.write(data.replace(b'["water/ducks"]', b'["water/ducks"}'))


def not_utf_8(path: Path) -> None:
    data = path.read_bytes()
    with path.open("r+b") as file:
        file.write(data.replace(b"A mallard sits", b"A mallar\xff sits"))


def sql(script: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.executescript(script)

    return change


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut": cut,
    "emptied": emptied,
    "garbage": garbage,
    "garbage after the first pages": garbage_after_the_first_pages,
    "a flipped letter": flipped_letter,
    "flipped topics": flipped_topics,
    "not UTF-8": not_utf_8,
    "no table of bodies": sql("DROP TABLE body"),
    "no table of questions": sql("DROP TABLE question"),
    "no index of words": sql("DROP TABLE words"),
    "no meta": sql("DROP TABLE meta"),
    "no digest": sql("DELETE FROM meta WHERE key = 'digest'"),
    "no schema": sql("DELETE FROM meta WHERE key = 'schema'"),
    "another schema": sql("UPDATE meta SET value = '0' WHERE key = 'schema'"),
    "bodies as bytes": sql(
        "DROP TABLE words; CREATE TABLE words (id, text, rank); "
        "ALTER TABLE body RENAME TO old; "
        "CREATE TABLE body (kind, id, digest, text); "
        "INSERT INTO body SELECT kind, id, digest, CAST(text AS BLOB) FROM old"
    ),
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)


def assert_same(bank: Bank, loaded: LoadedBank) -> None:
    """Each look-up by itself, since it may be the first to meet the damage."""
    assert bank.question("duck-on-a-pond") == loaded.question("duck-on-a-pond")
    assert list(bank.entries()) == list(loaded.entries())
    assert bank.pool(BIRD, ["single"]) == loaded.pool(BIRD, ["single"])
    assert bank.card("teal-size") == loaded.card("teal-size")
    assert len(bank.search("mallard", 10)) == 5
    assert bank.exams == loaded.exams
    assert bank.topics == loaded.topics
    assert bank.digest == loaded.digest


@damages
def test_a_file_damaged_before_it_is_opened_is_built_again(
    root: Path, cache: Path, loaded: LoadedBank, damage: Callable[[Path], None]
) -> None:
    damage(open_compiled(root, cache))
    with closing(open_bank(root, cache)) as bank:
        assert_same(bank, loaded)
    assert len(list(cache.iterdir())) == 1


@damages
def test_a_file_damaged_while_it_is_read_is_built_again(
    root: Path, cache: Path, loaded: LoadedBank, damage: Callable[[Path], None]
) -> None:
    with closing(open_bank(root, cache)) as bank:
        damage(bank.path)
        assert_same(bank, loaded)


@pytest.mark.parametrize("damage", [flipped_letter, garbage_after_the_first_pages])
def test_a_file_damaged_a_second_time_is_built_again_too(
    root: Path, cache: Path, loaded: LoadedBank, damage: Callable[[Path], None]
) -> None:
    with closing(open_bank(root, cache)) as bank:
        for _ in range(2):
            damage(bank.path)
            assert_same(bank, loaded)


@damages
def test_a_damaged_file_that_came_with_the_installation_is_built_in_the_cache(
    root: Path, cache: Path, tmp_path: Path, loaded: LoadedBank, damage: Callable[[Path], None]
) -> None:
    shipped = tmp_path / "site-packages" / "bank.sqlite"
    build(root, shipped)
    damage(shipped)
    before = shipped.read_bytes()
    with closing(open_bank(root, cache, shipped)) as bank:
        assert_same(bank, loaded)
        assert bank.path.parent == cache
    assert shipped.read_bytes() == before


def test_a_whole_file_that_came_with_the_installation_is_taken_as_it_is(
    root: Path, cache: Path, tmp_path: Path
) -> None:
    shipped = tmp_path / "bank.sqlite"
    build(root, shipped)
    with closing(open_bank(root, cache, shipped)) as bank:
        assert bank.path == shipped
    assert not cache.exists()
    assert list(tmp_path.glob("*bank*")) == [shipped], "no lock file beside it"


@damages
def test_what_cannot_be_built_again_is_an_error_with_a_way_out(
    root: Path, cache: Path, loaded: LoadedBank, damage: Callable[[Path], None]
) -> None:
    path = open_compiled(root, cache)
    damage(path)
    with pytest.raises(StoreDamaged) as caught, closing(CompiledBank(path)) as bank:
        assert_same(bank, loaded)
    assert str(path) in caught.value.message
    assert caught.value.hint is not None


def test_what_was_read_before_the_content_changed_is_read_anew_when_the_file_is_built_again(
    root: Path, cache: Path
) -> None:
    with closing(open_bank(root, cache)) as bank:
        assert bank.exams[BIRD].name == "Certified Bird Watcher"
        write_file(root / "exams/brd-c01.toml", EXAM.replace("Certified", "Licensed"))
        flipped_letter(bank.path)
        bank.question("duck-on-a-pond")
        assert bank.exams[BIRD].name == "Licensed Bird Watcher"
        assert bank.digest == files.load(root).digest


def test_a_build_that_fails_leaves_the_old_file_and_nothing_else(
    root: Path, cache: Path, loaded: LoadedBank
) -> None:
    path = cache / "bank.sqlite"
    build(root, path)
    before = path.read_bytes()
    duck = loaded.question("duck-on-a-pond").model_copy(update={"stem": "half a pair: \ud800"})
    with pytest.raises(UnicodeEncodeError):
        write(LoadedBank([duck]), path)
    assert path.read_bytes() == before
    assert list(cache.iterdir()) == [path]


def test_a_cache_that_cannot_be_made_is_named_with_a_way_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(StoreError, match=r"Not a directory|File exists") as caught:
        open_bank(root, tmp_path / "home" / "cache")
    assert "QUIZENGINE_HOME" in (caught.value.hint or "")


def test_a_cache_whose_name_no_disk_takes_is_named_with_a_way_out(
    root: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="cannot be compiled") as caught:
        open_bank(root, tmp_path / ("x" * 300) / "cache")
    assert "QUIZENGINE_HOME" in (caught.value.hint or "")


@posix
@pytest.mark.slow
def test_no_room_for_the_cache_is_an_error_with_a_way_out(root: Path, cache: Path) -> None:
    (said,) = told("compile_without_room", root, cache)
    assert said.startswith("StoreError: The questions cannot be compiled into")
    assert "QUIZENGINE_HOME" in said
    assert list(cache.iterdir()) == []


# Others at the same file


@pytest.mark.slow
def test_processes_that_build_at_once_all_succeed(
    root: Path, cache: Path, loaded: LoadedBank
) -> None:
    for n in range(200):
        write_file(root / f"bank/water/more-{n}.toml", question())
    wanted = files.load(root)
    with child("compile", root, cache) as one, child("compile", root, cache) as two:
        for process in (one, two):
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        said = []
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in (one, two):
            said.append(process.communicate(timeout=60)[0])
            assert process.returncode == 0
    assert said == [f"{len(wanted.entries())} {wanted.digest}\n"] * 2
    assert len(list(cache.iterdir())) == 1


def test_a_reader_keeps_its_bank_while_the_content_changes(
    root: Path, cache: Path, loaded: LoadedBank
) -> None:
    with closing(open_bank(root, cache)) as reader:
        for n in range(5):
            write_file(root / f"bank/water/teal-{n}.toml", question())
            assert f"teal-{n}" in ids(root, cache)
        assert_same(reader, loaded)


def test_a_reader_keeps_its_bank_while_the_same_file_is_built_again(
    root: Path, cache: Path, loaded: LoadedBank
) -> None:
    with closing(open_bank(root, cache)) as reader:
        build(root, reader.path)
        assert_same(reader, loaded)


@posix
@pytest.mark.slow
def test_a_reader_that_cannot_build_takes_what_another_process_has_built(
    root: Path, cache: Path
) -> None:
    path = open_compiled(root, cache)
    whole = shutil.copy(path, path.with_name("whole"))
    with child("mend_without_room", root, cache) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        flipped_letter(path)
        os.replace(whole, path)
        said, _ = process.communicate("go\n", timeout=60)
        assert (said, process.returncode) == ("duck-on-a-pond\n", 0)
