"""The learner's own data at the command line: progress, practice, outcomes, and the record as a
file that can be taken along, brought back and deleted."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from quizengine import wiring
from quizengine.cli import main
from quizengine.record import MAX_LINE
from quizengine.study import Seat
from tests.builders import an_exam, exam_data
from tests.shells.helpers import Ran, Shell, questions_for, write_questions

AGAIN = "Export it again with: quizengine record export FILE"


class Inside:
    """The program within the test's process, with its whole input."""

    def __call__(self, *args: str, typed: str = "") -> Ran:
        out, err = io.StringIO(), io.StringIO()
        before, sys.stdin = sys.stdin, io.StringIO(typed)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main(args)
        except SystemExit as left:
            code = left.code
        finally:
            sys.stdin = before
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def program(questions: Path, monkeypatch: pytest.MonkeyPatch) -> Inside:
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(questions))
    return Inside()


@dataclass
class Elsewhere:
    """Lets the same program run as on another computer."""

    monkeypatch: pytest.MonkeyPatch

    def __call__(self, home: Path) -> None:
        self.monkeypatch.setenv("QUIZENGINE_HOME", str(home))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    return Elsewhere(monkeypatch)


def one_error(ran: Ran, *words: str, code: int = 1) -> None:
    """The command failed with one message, which holds the words, and with no traceback."""
    assert ran.code == code, ran
    assert "Traceback" not in ran.err
    assert ran.err.count("Error: ") == 1, ran.err
    assert "\x1b" not in ran.err
    for word in words:
        assert word in " ".join(ran.err.split()), ran.err


def wrong(key: tuple[str, ...], choices: tuple[str, ...]) -> tuple[str, ...]:
    """A whole answer that is not the key."""
    if len(choices) == len(key):  # an ordering
        return key[::-1]
    other = next(choice for choice in choices if choice not in key)
    return (other, *key[1:])


def sat(right: int = 5, *, submitted: bool = True, sure: bool | None = None) -> Seat:
    """The mock exam of five questions, in order of its places, so many of them right."""
    with wiring.opened() as study:
        seat = study.start(study.plan("mls-c01"))
        for number, place in enumerate(seat.attempt.form.places):
            question = seat.questions[place.question]
            key = question.key if number < right else wrong(question.key, question.shuffled)
            seat = study.answer(seat, question.id, key, sure=sure)
        return study.submit(seat) if submitted else seat


# Progress


def test_progress_of_an_empty_record_calls_nothing_weak(program: Inside) -> None:
    ran = program("progress")
    assert (ran.code, ran.err) == (0, "")
    assert "0 answers counted" in ran.out
    assert ran.out.count("not practised yet") == 6
    assert re.search(r"^1\.1 A task +0/2 +- +- +not practised yet$", ran.out, re.MULTILINE)
    assert "quizengine practice" in ran.out
    assert not re.search(r"^.*(weak|strong)$", ran.out, re.MULTILINE)


def test_the_json_of_an_empty_progress_has_every_level_and_no_evidence(program: Inside) -> None:
    found = program("progress", "--json", "--by", "domain").json
    assert (found["exam"], found["answers"], found["enough"]) == ("mls-c01", 0, 5)
    assert {t["level"] for t in found["tallies"]} == {"domain", "task", "topic"}
    assert {t["standing"] for t in found["tallies"]} == {"not enough evidence yet"}
    assert {t["interval_90"] for t in found["tallies"]} == {None}
    assert found["median_seconds"] == {"right": None, "wrong": None}
    assert (found["traps"], found["sure_but_wrong"], found["trend"]) == ({}, [], [])
    assert found["changes"] == {"better": 0, "worse": 0, "neither": 0}


def test_the_json_of_progress_agrees_with_its_words(program: Inside) -> None:
    sat(3, sure=True)
    found = program("progress", "--json").json
    assert found["answers"] == 5
    (topic,) = [tally for tally in found["tallies"] if tally["level"] == "topic"]
    assert (topic["held"], topic["seen"], topic["right"]) == (12, 5, 3)
    low, high = topic["interval_90"]
    words = program("progress", "--by", "topic", "--all").out
    shown = rf"^training/early-stopping +5/12 +3/5 +{low:.0%}-{high:.0%} +unclear$"
    assert re.search(shown, words, re.MULTILINE), words
    assert len(found["sure_but_wrong"]) == 2
    for id in found["sure_but_wrong"]:
        assert f"quizengine bank show {id}\n" in words
    (point,) = found["trend"]
    assert re.search(
        rf"{point['right']}/{point['scored']} +{point['scaled_estimate']}$", words, re.MULTILINE
    )


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("domain", ["1 Domain 1", "2 Domain 2"]),
        ("task", [f"{d}.{t} A task" for d in (1, 2) for t in (1, 2, 3)]),
        ("topic", ["training/early-stopping"]),
    ],
)
def test_progress_is_counted_as_finely_as_asked(program: Inside, by: str, names: list[str]) -> None:
    lines = program("progress", "--by", by).out.splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith(by))
    rows = lines[head + 1 : lines.index("", head)]
    assert [re.split(r" {2,}", row)[0] for row in rows] == names


def test_habits_are_told_once_there_are_some(program: Inside) -> None:
    before = program("progress", "--all").out
    with wiring.opened() as study:
        seat = study.start(study.plan_practice("mls-c01", questions=12))
        single = next(q for q in seat.questions.values() if q.kind == "single")
        other = next(q for q in seat.questions.values() if q.kind == "multiple")
        study.submit(seat)
        seat = study.start(study.plan("mls-c01"))
        changed = sum(q.kind != "ordering" for q in seat.questions.values())
        for question in seat.questions.values():
            for given in (wrong(question.key, question.shuffled), question.key):
                seat = study.answer(seat, question.id, given)
        study.submit(seat)
        for question in (single, other):
            seat = study.start(study.plan_practice("mls-c01", questions=12))
            given = wrong(question.key, question.shuffled)
            study.reveal(study.answer(seat, question.id, given), question.id)
    after = program("progress", "--all").out
    for words in (
        "What the wrong options you chose mixed up:",
        "2 stage: the right idea at the wrong stage",
        f"You changed {changed} answers: {changed} for the better, 0 for the worse",
        "Median time:",
    ):
        assert words in after
        assert words not in before


def test_an_open_exam_does_not_show_in_progress(program: Inside) -> None:
    sat(submitted=False)
    assert program("progress", "--json").json["answers"] == 0


def test_progress_of_what_is_unknown_is_refused(program: Inside) -> None:
    one_error(program("progress", "mls-c02"), "'mls-c02'", "mls-c01")
    one_error(program("progress", "--by", "area"), "domain", "task", "topic", code=2)


def test_progress_fits_80_columns_however_long_a_title_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exam = an_exam(weights=(100,), scored=6, unscored=0)
    data = exam_data(weights=(100,), scored=6, unscored=0)
    title = "Build machine learning solutions for performance, availability and fault tolerance"
    domain = data["domains"][0]
    tasks = tuple(task | {"title": title} for task in domain["tasks"])
    exam = type(exam).model_validate(data | {"domains": (domain | {"tasks": tasks},)})
    root = write_questions(tmp_path / "long", [exam], questions_for("mls-c01", {"1.1": 120}))
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(root))
    with wiring.opened() as study:
        seat = study.start(study.plan_practice("mls-c01", questions=4))
        for place in seat.attempt.form.places:
            seat = study.answer(seat, place.question, ("right",))
            seat = study.reveal(seat, place.question)
    out = Inside()("progress").out
    assert "4/120" in out
    assert "not enough evidence yet" in out
    assert max(len(line) for line in out.splitlines()) < 80
    assert title in json.dumps(Inside()("progress", "--json").json)


# Practice


def begun(ran: Ran) -> str:
    """The id under which practice goes on."""
    found = re.search(r"quizengine exam resume ([0-9a-f]{8})\n", ran.out)
    assert found is not None, ran
    return found[1]


def test_practice_without_any_input_starts_and_says_how_to_go_on(shell: Shell) -> None:
    ran = shell.run("practice", typed=None)
    assert (ran.code, ran.err) == (0, "")
    assert "10 questions, no time limit." in ran.out
    assert "The key and every reason are shown as soon as a question is answered." in ran.out
    again = shell.run("exam", "resume", begun(ran), typed=None)
    assert again.code == 0
    assert "Question 1 of 10" in again.out


def test_practice_shows_the_key_at_once_and_the_answer_is_final(shell: Shell) -> None:
    ran = shell.run("practice", "tiny-c01", "--questions", "1", typed="1\n2\n")
    assert re.search(r"^(Right|Not right)\.$", ran.out, re.MULTILINE)
    assert "RIGHT" in ran.out
    assert "its answer is final" in ran.out
    assert ran.out.count("Saved: ") == 1
    again = shell.run("exam", "resume", begun(ran), typed="end\nyes\n")
    assert "RIGHT" in again.out
    assert "The exam tiny-c01: your practice" in again.out
    assert re.search(r"^[01] right of 1 question answered\.$", again.out, re.MULTILINE)


def test_an_exam_shows_no_key_while_it_is_sat(shell: Shell) -> None:
    ran = shell.run("exam", "start", "--questions", "5", typed="1\n\n2\n\n")
    assert "RIGHT" not in ran.out
    assert "Because of" not in ran.out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["mls-c02"], ["'mls-c02'", "mls-c01"]),
        (["--only", "wrong"], ["No question of mls-c01 is of that kind"]),
        (["--only", "flagged", "--only", "unsure"], ["of that kind"]),
        (["--in", "trainig"], ["'trainig'", "Did you mean training", "quizengine progress"]),
        (["--in", "9"], ["'9'", "There are"]),
        (["--in", "\x1b[2J"], ["There are"]),
        (["--questions", "0"], ["Practice of 0 questions is none"]),
        (["--questions", "-3"], ["Practice of -3 questions"]),
        (["--minutes", "0"], ["0 minutes"]),
        (["--minutes", "nan"], ["nan minutes"]),
    ],
)
def test_practice_that_cannot_be_is_refused_and_leaves_no_trace(
    program: Inside, args: list[str], words: list[str]
) -> None:
    one_error(program("practice", *args), *words)
    assert program("exam", "history", "--json").json == []


@pytest.mark.parametrize(
    "args", [["--only", "hard"], ["--minutes", "ten"], ["--seed", "-1"], ["--json"]]
)
def test_a_practice_command_that_cannot_be_meant_ends_with_2(
    program: Inside, args: list[str]
) -> None:
    one_error(program("practice", *args), code=2)


def test_practice_asks_again_what_was_wrong(shell: Shell, program: Inside) -> None:
    seat = sat(3)
    missed = {place.question for place in seat.attempt.form.places[3:]}
    ran = shell.run("practice", "--only", "wrong", typed=None)
    assert "2 questions, no time limit." in ran.out
    with wiring.opened() as study:
        assert {p.question for p in study.resume(begun(ran)).attempt.form.places} == missed


def test_practice_of_some_minutes_keeps_the_pace_and_its_end(shell: Shell) -> None:
    ran = shell.run("practice", "--minutes", "6", typed=None)
    assert "3 questions, 6 minutes." in ran.out
    assert "but the clock runs on" in " ".join(ran.out.split())


# Outcomes


def test_nothing_was_told_yet(program: Inside) -> None:
    ran = program("outcome", "list")
    assert (ran.code, ran.out) == (0, "Nothing yet. quizengine outcome add --help\n")
    assert program("outcome", "list", "--json").json == []


def test_an_outcome_is_kept_and_listed_in_the_order_it_was_taken(program: Inside) -> None:
    later = ["--on", "2026-03-14", "--score", "812", "--domain", "1=meets", "--domain", "2=needs"]
    mock = ["--on", "2025-12-31", "--failed", "--provider", "Another simulator"]
    assert program("outcome", "add", "MLS-C01", *later).out == (
        "Kept: 2026-03-14, mls-c01, the real exam, 812 of 1000, domain 1 meets competencies, "
        "domain 2 needs improvement.\n"
    )
    assert program("outcome", "add", "mls-c01", *mock).code == 0
    lines = program("outcome", "list").out.splitlines()
    assert lines[0] == "2025-12-31, mls-c01, Another simulator, failed"
    assert lines[1].startswith("2026-03-14, mls-c01, the real exam, 812 of 1000")
    first, second = program("outcome", "list", "--json").json
    assert first == {
        "exam": "mls-c01",
        "taken_on": "2025-12-31",
        "score": None,
        "passed": False,
        "domains": {},
        "provider": "Another simulator",
    }
    assert second["domains"] == {"1": "meets competencies", "2": "needs improvement"}
    assert second["provider"] is None


def test_without_a_day_it_was_today(program: Inside) -> None:
    assert program("outcome", "add", "mls-c01", "--passed").code == 0
    (told,) = program("outcome", "list", "--json").json
    assert told["taken_on"] == wiring.today().isoformat()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["mls-c02", "--passed"], ["'mls-c02'", "mls-c01"]),
        (["mls-c01"], ["An outcome says something", "quizengine outcome add --help"]),
        (["mls-c01", "--passed", "--on", "9999-12-31"], ["9999-12-31 is in the future"]),
        (["mls-c01", "--score", "700", "--passed"], ["700 is below the pass mark of 750"]),
        (["mls-c01", "--score", "750", "--failed"], ["750 is at least the pass mark of 750"]),
        (["mls-c01", "--domain", "7=meets"], ["mls-c01 has no domain 7", "It has 1, 2."]),
        (["mls-c01", "--domain", "1"], ["'1' is no class", "Say 1=meets or 1=needs."]),
        (["mls-c01", "--domain", "1=passed"], ["'1=passed' is no class"]),
        (["mls-c01", "--domain", "1=meets", "--domain", "1=needs"], ["'1' is given twice"]),
        (["mls-c01", "--domain", "=meets"], ["cannot be kept"]),
        (["mls-c01", "--passed", "--provider", ""], ["cannot be kept: provider"]),
        (["mls-c01", "--passed", "--provider", "x" * 301], ["cannot be kept: provider"]),
        (["mls-c01", "--passed", "--provider", "\x1b[2J"], ["cannot be kept: provider"]),
        (["\x1b[2J", "--passed"], ["There is no exam"]),
    ],
)
def test_an_outcome_that_cannot_be_is_refused_and_not_kept(
    program: Inside, args: list[str], words: list[str]
) -> None:
    one_error(program("outcome", "add", *args), *words)
    assert program("outcome", "list", "--json").json == []


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["mls-c01", "--score", "99"],
        ["mls-c01", "--score", "1001"],
        ["mls-c01", "--score", "high"],
        ["mls-c01", "--on", "14.3.2026"],
        ["mls-c01", "--on", "2026-02-30"],
    ],
)
def test_an_outcome_command_that_cannot_be_meant_ends_with_2(
    program: Inside, args: list[str]
) -> None:
    one_error(program("outcome", "add", *args), code=2)


# The record, taken along and brought back

READ = (["exam", "history"], ["exam", "report"], ["progress"], ["outcome", "list"])


def told(program: Inside) -> list[object]:
    """Everything the program tells from the record, but for what fades by the second."""
    found = [program(*command, "--json").json for command in READ]
    for each in found:
        if isinstance(each, dict):
            each.pop("model", None)
    return list(found)


def lived(program: Inside) -> None:
    """Something of everything: a finished exam, an open one, practice and an outcome."""
    sat(3, sure=True)
    with wiring.opened() as study:
        seat = study.start(study.plan_practice("mls-c01", only=["wrong"]))
        study.reveal(study.answer(seat, seat.question.id, seat.question.key), seat.question.id)
        seat = study.start(study.plan("mls-c01"))
        study.note(study.flag(seat, seat.question.id, True), seat.question.id, "Größe? 🦆 \udcff")
    assert program("outcome", "add", "mls-c01", "--passed", "--provider", "Müller").code == 0


def test_a_record_moves_to_another_computer_whole(
    program: Inside, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    lived(program)
    before, file = told(program), str(tmp_path / "my-record.jsonl")
    ran = program("record", "export", file)
    assert (ran.code, ran.err) == (0, "")
    assert f"quizengine record import {file}" in ran.out
    elsewhere(tmp_path / "another")
    ran = program("record", "import", file)
    count = len(Path(file).read_text(encoding="ascii").splitlines()) - 1 - 5  # head, revisions
    assert (ran.code, ran.err) == (0, "")
    taken = re.fullmatch(r"(\d+) events taken in, 0 were here already\.\n", ran.out)
    assert taken is not None
    assert int(taken[1]) <= count
    assert told(program) == before
    assert program("record", "import", file).out == (
        f"0 events taken in, {taken[1]} were here already.\n"
    )
    assert told(program) == before


def test_records_of_two_computers_become_one_in_either_order(
    program: Inside, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    files = [str(tmp_path / name) for name in ("one.jsonl", "two.jsonl")]
    for number, file in enumerate(files):
        elsewhere(tmp_path / f"home-{number}")
        sat(2 + number)
        assert program("record", "export", file).code == 0
    both = []
    for number, order in enumerate((files, files[::-1])):
        elsewhere(tmp_path / f"both-{number}")
        for file in order:
            assert program("record", "import", "--merge", file).code == 0
        both.append(told(program))
    assert both[0] == both[1]
    assert program("progress", "--json").json["answers"] == 10


def test_the_record_of_another_is_mixed_in_only_on_demand(
    program: Inside, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    sat()
    file = str(tmp_path / "my-record.jsonl")
    program("record", "export", file)
    elsewhere(tmp_path / "another")
    sat(1)
    before = told(program)
    one_error(program("record", "import", file), file, "another installation", "--merge FILE")
    assert told(program) == before
    assert program("record", "import", "--merge", file).code == 0
    assert len(program("exam", "history", "--json").json) == 2


def test_an_empty_record_is_a_file_as_well(program: Inside, tmp_path: Path) -> None:
    file = str(tmp_path / "empty.jsonl")
    assert program("record", "export", file).code == 0
    assert program("record", "import", file).out == "0 events taken in, 0 were here already.\n"


def test_a_record_comes_in_through_a_pipe(shell: Shell, program: Inside, tmp_path: Path) -> None:
    sat()
    file = tmp_path / "my-record.jsonl"
    program("record", "export", str(file))
    ran = shell.run("record", "import", "-", typed=file.read_text(encoding="utf-8"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("0 events taken in")
    one_error(shell.run("record", "import", "-", typed=None), "is empty")


def test_no_file_is_overwritten_by_an_export(program: Inside, tmp_path: Path) -> None:
    file = tmp_path / "my-record.jsonl"
    file.write_text("mine", encoding="utf-8")
    one_error(program("record", "export", str(file)), "is there already", "Name another file.")
    assert file.read_text(encoding="utf-8") == "mine"
    one_error(program("record", "export", str(tmp_path)), code=2)
    one_error(program("record", "export", str(tmp_path / "nowhere" / "x")), "cannot be written")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty"]),
        (b"\xff\xfe\x00", ["is no text", "Nothing was imported"]),
        (b'{"quizengine_record": 1, "learner": "\xff"}', ["is no text", "Nothing was imported"]),
        (b"garbage\n", ["line 1", "Nothing was imported", AGAIN]),
        (b'{"quizengine_form": 1}\n', ["line 1", "not a record of quizengine"]),
        (b'{"quizengine_record": 99}\n', ["newer quizengine", "Update quizengine."]),
        (b"SQLite format 3\x00", ["line 1"]),
        (b"x" * (3 * MAX_LINE), ["line 1", "longer than 1,000,000 characters"]),
        (b"[" * MAX_LINE, ["line 1"]),
        (b"\x1b[2J\x07", ["line 1"]),
    ],
)
def test_a_file_that_is_no_record_is_refused(
    program: Inside, tmp_path: Path, content: bytes, words: list[str]
) -> None:
    file = tmp_path / "my-record.jsonl"
    file.write_bytes(content)
    one_error(program("record", "import", str(file)), str(file), *words)
    assert program("exam", "history", "--json").json == []


def test_a_record_with_one_faulty_line_is_refused_whole(
    program: Inside, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    sat()
    file = tmp_path / "my-record.jsonl"
    program("record", "export", str(file))
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    elsewhere(tmp_path / "another")
    spoils: dict[str, Callable[[list[str]], list[str]]] = {
        f"line {len(lines)}": lambda lines: [*lines[:-1], lines[-1][:-9]],
        "is not whole": lambda lines: lines[:-1],
        "neither an event": lambda lines: [*lines[:3], "{}\n", *lines[3:]],
    }
    for words, spoil in spoils.items():
        file.write_text("".join(spoil(lines)), encoding="utf-8")
        one_error(program("record", "import", str(file)), str(file), words, AGAIN)
    assert program("exam", "history", "--json").json == []
    file.write_text("\r\n".join(line.rstrip("\n") for line in lines) + "\r\n", encoding="utf-8")
    assert program("record", "import", str(file)).code == 0  # an editor on Windows saved it


def test_a_file_that_is_not_there_ends_with_2(program: Inside, tmp_path: Path) -> None:
    one_error(program("record", "import", str(tmp_path / "nowhere")), "nowhere", code=2)
    assert program("record", "import").code == 2
    assert program("record", "export").code == 2
    one_error(program("record", "imprt"), "Did you mean import", code=2)


# The record, deleted

OWN = ("record.sqlite", "record.sqlite-wal", "record.sqlite-shm", "settings.toml", "cache")
LEFT = (".settings.toml.123", ".probe-123", ".rescue-abc")  # by a crash
OTHERS = ("my-record.jsonl", "notes.txt", "records.sqlite", "settings.toml.mine")


@pytest.fixture
def kept(program: Inside, home: Path, shell: Shell) -> Path:
    """A home with everything in it that quizengine keeps, a rescued record too, and with files
    of the learner's own."""
    sat()
    program("settings", "plain", "on")
    path = home / "record.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:8192] = os.urandom(4096)
    path.write_bytes(data)
    assert shell.run("doctor", "--rescue").code == 0
    (home / LEFT[-1]).mkdir()
    for name in (*OWN[1:3], *LEFT[:-1], f"{LEFT[-1]}/damaged.sqlite"):
        (home / name).write_bytes(b"left by a crash")
    for name in OTHERS:
        (home / name).write_text("mine", encoding="utf-8")
    assert sorted(home.glob("record.sqlite*damaged*")) != []
    return home


def names(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


def test_to_delete_asks_and_then_deletes_everything_and_nothing_else(
    program: Inside, kept: Path
) -> None:
    before = names(kept)
    ran = program("record", "delete", typed="delete\n")
    assert (ran.code, ran.err) == (0, "")
    assert "This cannot be undone." in ran.out
    assert ran.out.endswith("Deleted.\n")
    for name in before - set(OTHERS):
        assert f"{kept / name}\n" in ran.out
    assert set(OWN) <= before - names(kept)
    assert names(kept) == set(OTHERS)
    assert {(kept / name).read_text(encoding="utf-8") for name in OTHERS} == {"mine"}


@pytest.mark.parametrize("typed", ["yes\n", "DELETE\n", "delete everything\n", "\n\nno\n"])
def test_anything_but_the_word_deletes_nothing(program: Inside, kept: Path, typed: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in kept.rglob("*")}
    ran = program("record", "delete", typed=typed)
    assert ran.code == 0
    assert ran.out.endswith("Nothing was deleted.\n")
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*")} == before


def test_the_end_of_input_deletes_nothing(shell: Shell, kept: Path) -> None:
    before = names(kept)
    for typed in (None, "", "delete"):  # a line that was not ended is a line as well
        ran = shell.run("record", "delete", typed=typed)
        assert ran.code == (0 if typed else 130)
        if not typed:
            assert names(kept) == before
    assert names(kept) == set(OTHERS)


def test_whoever_says_yes_beforehand_is_not_asked(program: Inside, kept: Path) -> None:
    ran = program("record", "delete", "--yes")
    assert ran.code == 0
    assert "cannot be undone" not in ran.out
    assert names(kept) == set(OTHERS)


def test_after_deleting_there_is_nothing_to_delete_and_everything_begins_anew(
    program: Inside, home: Path
) -> None:
    sat()
    assert program("record", "delete", "--yes").code == 0
    assert program("record", "delete").out == "There is nothing to delete.\n"
    assert names(home) == set()
    assert program("exam", "history", "--json").json == []
    assert program("progress", "--json").json["answers"] == 0


def test_a_damaged_record_can_be_deleted(program: Inside, home: Path) -> None:
    sat()
    (home / "record.sqlite").write_bytes(b"damaged" * 1_000)
    assert program("record", "delete", "--yes").code == 0
    assert names(home) == set()


# What a record may hold, shown


def test_a_note_that_would_turn_the_terminal_is_shown_harmless(program: Inside) -> None:
    with wiring.opened() as study:
        seat = study.start(study.plan("mls-c01"))
        study.submit(study.note(seat, seat.question.id, "an arrow \x1b[D and more"))
    out = program("exam", "review").out
    assert "Your note: an arrow ?[D and more" in out
    assert "\x1b" not in out
