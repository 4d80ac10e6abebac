"""Every command: its help, its words, its JSON, its errors and its exit codes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from quizengine.cli import COMMANDS, cli, main
from quizengine.deck import NEW_A_DAY
from tests.builders import an_exam
from tests.shells.helpers import PROGRAM, SECONDS, Ran, Shell, questions_for, write_questions

HEAVY = ("asyncio", "boto3", "markdown_it", "platformdirs", "pydantic", "sqlite3", "textual")


class Inside:
    """The program within the test's process: fast, for whatever does not sit an exam."""

    def __call__(self, *args: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(args)
            except SystemExit as left:
                code = left.code
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def program(questions: Path, monkeypatch: pytest.MonkeyPatch) -> Inside:
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(questions))
    return Inside()


def start(shell: Shell, *args: str, typed: str = "") -> str:
    """Start an attempt, type something, and give back the id that resumes it."""
    ran = shell.run("exam", "start", *args, typed=typed)
    assert ran.code == 0, ran.err
    found = re.search(r"quizengine exam resume ([0-9a-f]{8})\n", ran.out)
    assert found is not None, ran.out
    return found[1]


def one_error(ran: Ran, *words: str, code: int = 1) -> None:
    """The command failed with one message, which holds the words, and with no traceback."""
    assert ran.code == code, ran
    assert "Traceback" not in ran.err
    assert ran.err.count("Error: ") == 1, ran.err
    for word in words:
        assert word in " ".join(ran.err.split()), ran.err


def commands(
    command: click.Command = cli, ctx: click.Context | None = None
) -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it."""
    if ctx is None:
        ctx = click.Context(command, info_name="quizengine")
    yield ctx.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from commands(below, click.Context(below, parent=ctx, info_name=name))


TREE = dict(commands())
LEAVES = [path for path, command in TREE.items() if not isinstance(command, click.Group)]
READING = [path for path in LEAVES if any("--json" in param.opts for param in TREE[path].params)]

# Help


@pytest.mark.parametrize("path", TREE)
def test_every_command_has_help(path: str) -> None:
    ran = CliRunner().invoke(cli, [*path.split()[1:], "--help"])
    assert ran.exit_code == 0
    assert TREE[path].help
    options = [param for param in TREE[path].params if isinstance(param, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_has_an_example_that_can_be_typed(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my-record.jsonl").touch()  # the file that an example reads
    epilog = TREE[path].epilog or ""
    found = re.search(r"Examples?: (.*)", epilog)
    assert found is not None
    for example in found[1].split(" | "):
        words = shlex.split(example.removeprefix('eval "$(').removesuffix(')"'))
        assert words[0] == "quizengine"
        assert " ".join(words).startswith(path)
        args = words[len(path.split()) :]
        TREE[path].make_context(path, args, resilient_parsing=False).close()


def test_the_lines_of_the_main_help_are_those_of_the_commands() -> None:
    ctx = click.Context(cli)
    for name, (_, line) in COMMANDS.items():
        command = cli.get_command(ctx, name)
        assert command is not None
        assert command.get_short_help_str(limit=200) == line


def test_the_help_of_every_command_fits_a_terminal_of_80_columns() -> None:
    for path in TREE:
        shown = CliRunner().invoke(cli, [*path.split()[1:], "--help"], terminal_width=80).output
        assert all(len(line) <= 80 for line in shown.splitlines()), path


@pytest.mark.slow
def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from quizengine.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit:\n"
        f"    print('heavy:', *[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [PROGRAM[0], "-c", code], capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert done.stdout.endswith("heavy:\n")


def test_the_version_is_shown(program: Inside) -> None:
    assert re.fullmatch(r"quizengine \d+\.\d+\.\d+\S*\n", program("--version").out)


# JSON


@pytest.mark.slow
def test_the_json_of_every_reading_command_parses(shell: Shell) -> None:
    shell.run("exam", "start", typed="1\nend\nyes\n")
    arguments = {
        "quizengine bank show": ["d1-000"],
        "quizengine bank report": ["d1-000"],
        "quizengine bank search": ["loss"],
        "quizengine lab plan": ["train_xgboost"],
        "quizengine lab show": ["train_xgboost"],
    }
    # These look at a cloud or an account: see test_labs and test_left_in_accounts.
    reading = set(READING) - {"quizengine lab check", "quizengine lab leftovers"}
    assert len(reading) >= 8
    for path in sorted(reading):
        ran = shell.run(*path.split()[1:], *arguments.get(path, []), "--json")
        assert ran.code in (0, 1), path
        assert ran.err == ""
        assert json.loads(ran.out) is not None, path


@pytest.mark.slow
def test_the_json_of_a_result_agrees_with_its_words(shell: Shell) -> None:
    shell.run("exam", "start", typed="1\nend\nyes\n")
    report = shell.run("exam", "report", "--json").json
    shown = shell.run("exam", "report").out
    assert report["submitted_by"] == "learner"
    result = report["result"]
    assert f"{result['right']} of {result['scored']} scored questions right" in shown
    assert f"Estimated scaled score: {result['scaled_estimate']} of 1000" in shown
    review = shell.run("exam", "review", "--json").json
    assert [line["number"] for line in review] == [1, 2, 3, 4, 5]
    assert sum(line["right"] for line in review if line["scored"]) == result["right"]
    wrong = shell.run("exam", "review", "--wrong", "--json").json
    assert wrong == [line for line in review if not line["right"]]
    (line,) = shell.run("exam", "history", "--json").json
    assert line["result"] == result
    assert report["attempt"] == line["attempt"]


def test_the_json_holds_no_colour_and_no_line_is_wrapped(program: Inside) -> None:
    listed = program("exam", "list", "--json")
    assert "\x1b" not in listed.out
    assert [exam["code"] for exam in listed.json] == ["mls-c01", "new-c02", "tiny-c01", "wide-c01"]


# Names that are nearly right


@pytest.mark.parametrize(
    ("args", "close", "code"),
    [
        (["exma"], "Did you mean exam", 2),
        (["exam", "strat"], "Did you mean start", 2),
        (["bank", "serach"], "Did you mean search", 2),
        (["zzz"], "There are: exam, serve, practice", 2),
        (["exam", "start", "mls-c02"], "Did you mean mls-c01", 1),
        (["exam", "start", "mls"], "Did you mean mls-c01", 1),
        (["exam", "start", "zzzzzzz"], "There are: mls-c01, new-c02", 1),
        (["exam", "start", "--question", "5"], "--questions", 2),
        (["bank", "show", "d1-0000"], "Did you mean d1-000", 1),
        (["settings", "plian", "on"], "Did you mean plain", 1),
        (["settings", "plain", "maybe"], "Say on or off.", 1),
        (["completion", "powershell"], "'bash'", 2),
    ],
)
def test_what_is_nearly_right_is_met_with_the_close_names(
    program: Inside, args: list[str], close: str, code: int
) -> None:
    one_error(program(*args), close, code=code)


@pytest.mark.slow
def test_an_attempt_that_does_not_exist_is_met_with_the_close_ones(shell: Shell) -> None:
    attempt = start(shell)
    other = attempt[:7] + ("0" if attempt[7] != "0" else "1")
    one_error(shell.run("exam", "resume", other), f"Did you mean {attempt}", "exam history")
    one_error(shell.run("exam", "report", other), f"Did you mean {attempt}")
    ran = shell.run("exam", "resume", attempt[:4].upper())
    assert ran.code == 0


def test_an_exam_is_found_in_any_case(program: Inside, tmp_path: Path) -> None:
    assert program("exam", "start", "MLS-C01", "--save-form", str(tmp_path / "a")).code == 0


# Exit codes


def test_a_command_line_that_cannot_be_meant_ends_with_2(program: Inside) -> None:
    for args in (["--nope"], ["exam", "start", "--questions", "ten"], ["bank", "show"], ["exam"]):
        assert program(*args).code == 2
    for args in (["exam", "start", "a", "b"], ["exam", "start", "--extra-time", "x9"]):
        assert program(*args).code == 2


@pytest.mark.parametrize(
    "args",
    [["exam", "resume"], ["exam", "report"], ["exam", "review"], ["exam", "resume", "12345678"]],
)
def test_without_an_attempt_there_is_nothing_to_resume_or_report(
    program: Inside, args: list[str]
) -> None:
    one_error(program(*args), "attempt", "quizengine exam")


@pytest.mark.slow
def test_an_attempt_that_is_open_has_no_result_and_one_that_is_done_is_not_resumed(
    shell: Shell,
) -> None:
    attempt = start(shell)
    one_error(shell.run("exam", "report", attempt), "still open", f"exam resume {attempt}")
    one_error(shell.run("exam", "review", attempt), "still open")
    assert shell.run("exam", "resume", attempt, typed="end\nyes\n").code == 0
    one_error(shell.run("exam", "resume", attempt), "final", "exam report")
    one_error(shell.run("exam", "review", "--question", "6"), "question number", "'6'")
    one_error(shell.run("exam", "review", "--question", "0"), "question number")


# Sitting


@pytest.mark.slow
def test_a_whole_exam_goes_from_start_to_review(shell: Shell) -> None:
    typed = "".join(f"g {n}\n1\n1 2\n4 3 2 1\na1 b2 c3\n" for n in range(1, 6))
    ran = shell.run("exam", "start", typed=typed + "g 1\nf\nnote Ask\nend\nyes\n")
    assert ran.code == 0
    assert ran.err == ""
    assert "5 questions, 10 minutes." in ran.out
    assert "1 of them do not count" in ran.out
    assert "5 answered, 0 unanswered, 1 flagged." in ran.out
    assert "of 4 scored questions right" in ran.out
    review = shell.run("exam", "review").out
    assert re.findall(r"^Question (\d): (?:right|wrong)", review, re.M) == list("12345")
    assert review.count("did not count") == 1
    assert "Your note: Ask" in review
    assert "Your note: Ask" in shell.run("exam", "review", "--flagged").out
    assert "Question 2" not in shell.run("exam", "review", "--flagged").out


@pytest.mark.slow
@pytest.mark.parametrize("typed", ["", "2\n", "2", "g 2\n1", "\x00\n", "end", "break\n"])
def test_the_end_of_input_saves_and_says_how_to_resume(shell: Shell, typed: str) -> None:
    ran = shell.run("exam", "start", "tiny-c01", typed=typed)
    assert ran.code == 0
    assert ran.err == ""
    assert re.search(
        r"Your answers are saved. Go on with:\n  quizengine exam resume [0-9a-f]{8}\n$", ran.out
    )
    resumed = shell.run("exam", "resume")
    assert resumed.code == 0
    assert ("Your answer: 2" in resumed.out) == typed.startswith("2")


@pytest.mark.slow
def test_an_exam_can_be_started_without_any_input(shell: Shell) -> None:
    ran = shell.run("exam", "start", typed=None)
    assert ran.code == 0
    assert "quizengine exam resume" in ran.out


@pytest.mark.slow
def test_an_exam_can_be_started_with_its_input_closed(shell: Shell) -> None:
    words = " ".join(map(shlex.quote, [*PROGRAM, "exam", "start"]))
    done = subprocess.run(
        ["sh", "-c", f"exec {words} <&-"],
        capture_output=True,
        text=True,
        env=shell.environment(),
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "quizengine exam resume" in done.stdout


@pytest.mark.slow
def test_lines_that_end_as_on_windows_are_understood(shell: Shell) -> None:
    assert "Saved: 2." in shell.run("exam", "start", "tiny-c01", typed="g 1\r\n2\r\n").out


@pytest.mark.slow
def test_input_that_is_no_text_and_lines_without_end_are_no_answer(shell: Shell) -> None:
    done = subprocess.run(
        [*PROGRAM, "exam", "start", "tiny-c01"],
        input=b"\xff\xfe\x00\n" + b"1" * 3_000_000 + b"\n2\n",
        capture_output=True,
        env=shell.environment(),
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"is no answer and no command.") == 2
    assert b"Saved: 2." in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("code", ["mls-c01", "new-c02"])
def test_an_exam_that_is_retired_or_in_beta_says_so_when_it_is_chosen(
    shell: Shell, code: str
) -> None:
    notice = {"mls-c01": "This exam is retired.", "new-c02": "This exam is beta."}
    assert notice[code] in shell.run("exam", "start", code).out
    assert notice[code] in shell.run("exam", "list").out


@pytest.mark.slow
def test_the_bare_command_shows_what_is_open_and_how_to_begin(shell: Shell) -> None:
    assert "quizengine exam start" in shell.run().out
    attempt = start(shell, typed="1\n")
    shown = shell.run().out
    assert "Open: mls-c01, " in shown
    assert f"quizengine exam resume {attempt}" in shown
    shell.run("exam", "resume", typed="end\ny\n")
    assert f"quizengine exam report {attempt}" in shell.run().out


# What can be asked of `exam start`


@pytest.mark.parametrize(
    "args",
    [
        ["--questions", "0"],
        ["--questions", "-1"],
        ["--questions", "9999"],
        ["--questions", "1" * 300],
        ["--minutes", "0"],
        ["--minutes", "-1"],
        ["--minutes", "9999"],
        ["--minutes", "nan"],
        ["--minutes", "inf"],
        ["--minutes", "-inf"],
        ["--minutes", "1e300"],
        ["--questions", "2", "--minutes", "nan"],
        ["--questions", "2", "--minutes", "inf"],
        ["--questions", "2", "--minutes", "-0.0"],
        ["--untimed", "--minutes", "nan"],
    ],
)
def test_a_length_that_cannot_be_is_refused_with_the_value_and_what_could_be(
    program: Inside, args: list[str]
) -> None:
    ran = program("exam", "start", *args)
    one_error(ran, "cannot")
    assert re.search(r"between 1 and 1000|at most 1440", ran.err)
    assert program("exam", "history").out.startswith("No attempts yet.")


@pytest.mark.parametrize(
    "args",
    [
        ["--questions", "ten"],
        ["--questions", "1.5"],
        ["--minutes", "soon"],
        ["--seed", "-1"],
        ["--seed", "dice"],
        ["--extra-time", "x3"],
        ["--form", "no-such-file"],
        ["--form", "."],
        ["--save-form", "."],
    ],
)
def test_a_value_of_the_wrong_kind_ends_with_2(program: Inside, args: list[str]) -> None:
    one_error(program("exam", "start", *args), args[0], code=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "length", "time"),
    [
        ([], 5, "10 minutes"),
        (["--questions", "3"], 3, "6 minutes"),
        (["--minutes", "4"], 2, "4 minutes"),
        (["--minutes", "0.5"], 1, "0.5 minutes"),
        (["--questions", "2", "--minutes", "1440"], 2, "24 hours"),
        (["--extra-time", "+30"], 5, "40 minutes (with +30)"),
        (["--extra-time", "x1.25"], 5, "12.5 minutes (with x1.25)"),
        (["--extra-time", "x2", "--questions", "1"], 1, "4 minutes (with x2)"),
        (["--extra-time", "untimed"], 5, "no time limit"),
        (["--untimed", "--questions", "4"], 4, "no time limit"),
        (["--format", "standard"], 5, "10 minutes"),
    ],
)
def test_an_attempt_has_the_length_and_the_time_that_were_asked_for(
    shell: Shell, args: list[str], length: int, time: str
) -> None:
    ran = shell.run("exam", "start", *args, typed="t\n")
    assert ran.code == 0, ran.err
    questions = "question" if length == 1 else "questions"
    assert f"{length} {questions}, {time}." in ran.out
    assert f"Question 1 of {length}" in ran.out
    assert ("No time limit." in ran.out) == (time == "no time limit")


@pytest.mark.slow
def test_breaks_are_there_only_if_they_were_asked_for(shell: Shell) -> None:
    assert "The clock is stopped." in shell.run("exam", "start", "--breaks", typed="break\n").out
    shown = shell.run("exam", "resume", typed="go\n").out
    assert "The clock is stopped for a break. Type go to go on." in shown
    assert "The clock runs again." in shown
    assert "--breaks allows" in shell.run("exam", "start", typed="break\n").out


def test_a_format_that_does_not_exist_is_refused_with_those_there_are(program: Inside) -> None:
    one_error(program("exam", "start", "--format", "short"), "standard")


def test_the_same_seed_draws_the_same_form(program: Inside, tmp_path: Path) -> None:
    forms = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        program("exam", "start", "--seed", seed, "--save-form", str(tmp_path / name))
        forms.append(json.loads((tmp_path / name).read_text())["form"]["places"])
    assert forms[0] == forms[1] != forms[2]


def test_sealed_forms_are_drawn_from_what_is_kept_and_nowhere_else(
    program: Inside, tmp_path: Path
) -> None:
    drawn: dict[str, set[str]] = {"--sealed": set(), "--seed=1": set()}
    for flag, seen in drawn.items():
        for n in range(8):
            path = tmp_path / f"{flag}-{n}"
            args = [] if flag == "--seed=1" else [flag]
            ran = program("exam", "start", "tiny-c01", *args, "--save-form", str(path))
            assert ran.code == 0, ran.err
            seen |= {p["question"] for p in json.loads(path.read_text())["form"]["places"]}
    assert drawn["--sealed"]
    assert not drawn["--sealed"] & drawn["--seed=1"]


def test_an_exam_too_small_to_keep_forms_sealed_says_so(program: Inside) -> None:
    one_error(program("exam", "start", "--sealed"), "No forms of mls-c01 are sealed")


@pytest.mark.slow
def test_too_few_questions_are_counted_by_domain_and_the_longest_form_works(shell: Shell) -> None:
    ran = shell.run("exam", "start", "wide-c01")
    one_error(ran, "domain 1: 7 of 10 needed", "domain 2: 2 of 10 needed")
    offered = re.findall(r"quizengine (exam start wide-c01 --questions \d+.*)", ran.err)
    assert len(offered) == 2
    for line in offered:
        assert shell.run(*line.split()).code == 0
    longest = int(re.findall(r"--questions (\d+)", ran.err)[0])
    one_error(shell.run("exam", "start", "wide-c01", "--questions", str(longest + 1)), "needed")
    listed = {e["code"]: e["longest_form"] for e in shell.run("exam", "list", "--json").json}
    assert listed["wide-c01"] == longest


# A form in a file


def shown_questions(shell: Shell, *args: str) -> list[str]:
    """Every question with its choices, in the order in which they are shown."""
    out = shell.run("exam", "start", *args, typed="n\n" * 4).out
    return re.findall(r"^Question \d of 5\. .*? left\.\n(.*?)No answer yet\.", out, re.S | re.M)


@pytest.mark.slow
def test_a_saved_form_gives_the_same_questions_in_the_same_order(
    shell: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "a class's form.json"
    saved = shell.run("exam", "start", "--save-form", str(path))
    assert saved.code == 0
    assert "Saved 5 questions" in saved.out
    assert shell.run("exam", "history", "--json").json == []
    named = shlex.split(saved.out.splitlines()[1].removeprefix("Sit it with: "))
    assert named == ["quizengine", "exam", "start", "--form", str(path)]
    other = Shell(tmp_path / "another-home", shell.questions)
    first = shown_questions(shell, "--form", str(path))
    assert len(first) == 5
    assert shown_questions(other, "--form", str(path)) == first
    places = json.loads(path.read_text())["form"]["places"]
    other.run("exam", "resume", typed="end\nyes\n")
    reviewed = other.run("exam", "review", "--json").json
    assert [line["question"]["id"] for line in reviewed] == [p["question"] for p in places]
    assert [line["order"] for line in reviewed] == [p["order"] for p in places]


def test_no_file_is_overwritten_by_a_form(program: Inside, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("precious")
    one_error(program("exam", "start", "--save-form", str(path)), "is there already")
    assert path.read_text() == "precious"
    lost = tmp_path / "no" / "such" / "folder"
    one_error(program("exam", "start", "--save-form", str(lost)), "cannot be written")


@pytest.mark.parametrize(
    "option",
    [["mls-c01"], ["--questions", "2"], ["--seed", "1"], ["--sealed"], ["--format", "standard"]],
)
def test_a_saved_form_is_sat_as_it_is(program: Inside, tmp_path: Path, option: list[str]) -> None:
    path = tmp_path / "form"
    program("exam", "start", "--save-form", str(path))
    one_error(program("exam", "start", "--form", str(path), *option), "leave", code=2)


def a_form(program: Inside, path: Path) -> dict[str, object]:
    if not path.exists():
        program("exam", "start", "--seed", "1", "--save-form", str(path))
    body = json.loads(path.read_text())
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b"\x00" * 10,
        b"[" * 100_000,
        b'{"quizengine_form": 2, "form": {}}',
        b'{"quizengine_form": 1, "form": null}',
        b'{"quizengine_form": 1, "form": {"exam": "mls-c01"}}',
        b'{"quizengine_form": 1, "form": ' + b"9" * 5_000 + b"}",
        b'{"quizengine_form": 1, "form": "\\ud800"}',
        b" " * 1_000_001,
        b'{"quizengine_form": 1, "form": {"places": [' + b"1," * 600_000,
    ],
    ids=lambda content: str(content[:24]),
)
def test_a_file_that_is_no_form_is_refused(program: Inside, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "form.json"
    path.write_bytes(content)
    ran = program("exam", "start", "--form", str(path))
    one_error(ran, "form.json")
    assert len(ran.err) < 1_000


def test_a_form_is_refused_that_names_a_question_twice_or_one_that_is_not_there(
    program: Inside, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    for change in ("twice", "unknown", "exam", "key", "escape", "empty"):
        body = a_form(program, made)
        form = body["form"]
        assert isinstance(form, dict)
        if change == "twice":
            form["places"].append(form["places"][0])
        elif change == "unknown":
            form["places"][0]["question"] = "no-such-question"
        elif change == "exam":
            form["exam"] = "tiny-c01"
        elif change == "key":
            form["places"][0]["key"] = "x"
        elif change == "escape":
            form["places"][0]["question"] = "\x1b[2J\x07"
        else:
            form["places"] = []
        path = tmp_path / change
        path.write_text(json.dumps(body))
        ran = program("exam", "start", "--form", str(path))
        one_error(ran, change)
        assert "\x1b" not in ran.err
        assert "\x07" not in ran.err


@pytest.mark.slow
def test_a_form_whose_choices_were_tampered_with_shows_every_choice_once(
    shell: Shell, program: Inside, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    body = a_form(program, made)
    form = body["form"]
    assert isinstance(form, dict)
    for place in form["places"]:
        place["order"] = ["nope", "nope", place["order"][0]]
        place["digest"] = "0" * 64
    path = tmp_path / "tampered"
    path.write_text(json.dumps(body))
    ran = shell.run("exam", "start", "--form", str(path), typed="n\n" * 4 + "end\nyes\n")
    assert ran.code == 0, ran.err
    assert "5 questions changed since this form was saved" in ran.out
    for line in shell.run("exam", "review", "--json").json:
        ids = [c["id"] for c in line["question"].get("steps", line["question"].get("options"))]
        assert sorted(line["order"]) == sorted(ids)


# Plain output and colour


def on_a_terminal(shell: Shell, *args: str, **env: str) -> bytes:
    """What a command writes when its output is a terminal."""
    mine, its = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *args], stdin=its, stdout=its, stderr=its, env=shell.environment() | env
    )
    os.close(its)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so when the last writer is gone
        while piece := os.read(mine, 65_536):
            shown += piece
    os.close(mine)
    assert process.wait(SECONDS) == 0
    return shown


@pytest.mark.slow
def test_a_terminal_gets_bold_and_a_plain_one_no_escape_bytes(shell: Shell) -> None:
    colourful = {"QUIZENGINE_PLAIN": "", "TERM": "xterm"}
    assert b"\x1b[1m" in on_a_terminal(shell, **colourful)
    for calm in ({"QUIZENGINE_PLAIN": "1"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert b"\x1b" not in on_a_terminal(shell, **(colourful | calm))
    assert shell.run("settings", "plain", "on").code == 0
    assert b"\x1b" not in on_a_terminal(shell, **colourful)
    assert b"\x1b" not in on_a_terminal(shell, "--help", **colourful)
    shell.run("settings", "plain", "off")
    assert b"\x1b[1m" in on_a_terminal(shell, **colourful)


@pytest.mark.slow
def test_a_file_gets_no_escape_bytes(shell: Shell) -> None:
    ran = Shell(shell.home, shell.questions, {"QUIZENGINE_PLAIN": "", "TERM": "xterm"}).run()
    assert "\x1b" not in ran.out


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_output_in_an_old_encoding_loses_characters_but_not_the_command(
    shell: Shell, tmp_path: Path, encoding: str
) -> None:
    exam = an_exam(weights=(100,), scored=1, unscored=0, name="Learning – ≥ 90 % 🙂")
    root = write_questions(tmp_path / "q", [exam], questions_for("mls-c01", {"1.1": 1}))
    ran = Shell(shell.home, root, {"PYTHONIOENCODING": encoding}).run("exam", "start", typed="1\n")
    assert ran.code == 0, ran.err
    assert "Learning" in ran.out


@pytest.mark.slow
@pytest.mark.parametrize("args", [["exam", "list"], ["--help"], ["bank", "show", "d1-000"], []])
def test_a_reader_that_has_seen_enough_is_left_in_silence(shell: Shell, args: list[str]) -> None:
    words = " ".join(map(shlex.quote, [*PROGRAM, *args]))
    done = subprocess.run(
        ["sh", "-c", f"{words} | head -n 1"],
        capture_output=True,
        text=True,
        env=shell.environment(),
        timeout=SECONDS,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


# Settings, folders, doctor


def test_a_setting_is_kept(program: Inside, home: Path) -> None:
    assert program("settings", "--json").json == {"plain": False, "new_cards": NEW_A_DAY}
    assert program("settings", "plain", "on").out.split() == ["plain", "on"]
    assert program("settings", "plain", "--json").json == {"plain": True}
    assert (home / "settings.toml").read_text() == f"plain = true\nnew_cards = {NEW_A_DAY}\n"
    assert not list(home.glob(".settings*"))


def test_a_number_is_a_setting_too(program: Inside) -> None:
    assert program("settings", "new_cards", "25").out.split() == ["new_cards", "25"]
    assert program("settings", "new_cards", "--json").json == {"new_cards": 25}
    assert program("settings", "--json").json == {"plain": False, "new_cards": 25}
    for value in ("1001", "on", "1.5", "", "1e3"):
        one_error(program("settings", "new_cards", value), "a number from 0 to 1000")
    one_error(program("settings", "plain", "1"), "Say on or off.")


@pytest.mark.parametrize(
    "content", [b"plain = ", b'plain = "yes"', b"colour = true", b"\xff", b"[" * 5_000]
)
def test_a_settings_file_that_cannot_be_read_is_one_error_with_the_way_out(
    program: Inside, home: Path, content: bytes
) -> None:
    home.mkdir()
    (home / "settings.toml").write_bytes(content)
    one_error(program("settings"), "settings.toml cannot be read", "delete it")
    one_error(program("settings", "plain", "on"), "settings.toml")
    assert (home / "settings.toml").read_bytes() == content


def test_doctor_finds_a_settings_file_that_cannot_be_read(program: Inside, home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_bytes(b"plain = ")
    ran = program("doctor")
    assert ran.code == 1
    assert "settings.toml" in ran.out


def homes(tmp_path: Path) -> dict[str, str]:
    """Homes that cannot be made, each for another reason."""
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "at-all")
    return {
        "under a file": str(tmp_path / "file" / "home"),
        "a file": str(tmp_path / "file"),
        "a dangling link": str(tmp_path / "dangling"),
        "where nothing can be made": "/proc/quizengine",
        "of a user who is not": "~no-such-user-here/home",
        "too long": str(tmp_path / ("x" * 300)),
    }


@pytest.mark.parametrize(
    "args",
    [[], ["exam", "list"], ["exam", "start"], ["settings", "plain", "on"]],
    ids=lambda args: " ".join(args) or "bare",
)
@pytest.mark.parametrize(
    "why",
    [
        "under a file",
        "a file",
        "a dangling link",
        "where nothing can be made",
        "of a user who is not",
        "too long",
    ],
)
def test_a_home_that_cannot_be_made_is_one_clear_error(
    program: Inside,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    why: str,
    args: list[str],
) -> None:
    monkeypatch.setenv("QUIZENGINE_HOME", homes(tmp_path)[why])
    one_error(program(*args))


def test_doctor_finds_a_home_that_cannot_be_made(
    program: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUIZENGINE_HOME", homes(tmp_path)["under a file"])
    ran = program("doctor")
    assert ran.code == 1
    assert re.search(r"^BAD  data folder: ", ran.out, re.M)
    assert "Set QUIZENGINE_HOME" in ran.out


def test_doctor_finds_nothing_wrong_with_a_good_installation(program: Inside) -> None:
    ran = program("doctor")
    assert ran.code == 0
    assert all(line.startswith("ok") for line in ran.out.splitlines())
    assert {finding["ok"] for finding in program("doctor", "--json").json} == {True}


@pytest.mark.slow
def test_doctor_finds_a_damaged_record_and_the_rescue_keeps_it(shell: Shell, home: Path) -> None:
    start(shell, typed="1\n")
    record = home / "record.sqlite"
    content = record.read_bytes()
    record.write_bytes(content[:4_096] + b"\xde\xad" * ((len(content) - 4_096) // 2))
    ran = shell.run("doctor")
    assert ran.code == 1
    assert re.search(r"^BAD  record: ", ran.out, re.M)
    assert "doctor --rescue" in ran.out
    one_error(shell.run("exam", "history"), "damaged", "doctor --rescue")
    rescued = shell.run("doctor", "--rescue")
    assert rescued.code == 0
    assert "The damaged file is kept: " in rescued.out
    assert shell.run("doctor").code == 0
    assert shell.run("exam", "history").code == 0


def test_a_record_that_is_no_database_is_one_clear_error(program: Inside, home: Path) -> None:
    home.mkdir()
    (home / "record.sqlite").write_text("This is a diary, not a database. " * 100)
    one_error(program("exam", "history"), "record.sqlite")
    assert program("doctor").code == 1


@pytest.mark.parametrize("what", ["a file", "nothing", "an empty folder", "a broken file"])
def test_questions_that_are_not_there_are_one_clear_error(
    program: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, questions: Path, what: str
) -> None:
    root = tmp_path / "wrong"
    if what == "a file":
        root.write_text("")
    elif what == "an empty folder":
        root.mkdir()
    elif what == "a broken file":
        write_questions(root, [an_exam()], [])
        (root / "exams" / "mls-c01.toml").write_text("name = ")
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(root))
    for args in (["exam", "list"], ["exam", "start"], ["bank", "stats"]):
        one_error(program(*args))
    ran = program("doctor")
    assert ran.code == 1
    assert re.search(r"^BAD  questions: ", ran.out, re.M)


@pytest.mark.slow
def test_attempts_of_an_exam_that_these_questions_lack_do_not_stop_the_program(
    shell: Shell, tmp_path: Path
) -> None:
    start(shell)
    exam = an_exam("tiny-c01", weights=(100,), scored=1, unscored=0)
    root = write_questions(tmp_path / "q", [exam], questions_for("tiny-c01", {"1.1": 1}))
    other = Shell(shell.home, root)
    assert other.run("exam", "list").code == 0
    for args in ([], ["exam", "history"]):
        ran = other.run(*args)
        assert ran.code == 0, ran.err


# The bank


def test_a_search_takes_any_characters_as_words(program: Inside) -> None:
    assert "d1-000" in program("bank", "search", "loss", "rises", "--limit", "1000").out
    for words in ('"', "*", "a OR b", "NEAR(", "-x", "id:d1", "'; --", "🙂", " "):
        ran = program("bank", "search", "--", words)
        assert ran.code == 0, ran.err
    nothing = program("bank", "search", "no-such-word-at-all")
    assert nothing.out == "No question contains all of these words.\n"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["search", "show"])
def test_a_word_that_is_no_text_is_found_nowhere(shell: Shell, command: str) -> None:
    done = subprocess.run(
        [os.fsencode(word) for word in (*PROGRAM, "bank", command)] + [b"\xff"],
        capture_output=True,
        env=shell.environment(),
        timeout=SECONDS,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 1)


def test_lint_of_a_broken_file_names_it_and_ends_with_1(
    program: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_questions(tmp_path / "q", [an_exam()], [])
    (root / "bank" / "area").mkdir(parents=True)
    (root / "bank" / "area" / "broken.toml").write_text('kind = "single"\nanswer = 1\n')
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(root))
    ran = program("bank", "lint")
    assert ran.code == 1
    assert "bank/area/broken.toml: answer: unknown key" in ran.out
    found = program("bank", "lint", "--json").json["problems"]
    assert {"bank/area/broken.toml"} == {problem["where"] for problem in found}
    assert {"error"} == {problem["severity"] for problem in found}


# Completion


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_completion_script_of_a_shell_is_printed(program: Inside, name: str) -> None:
    ran = program("completion", name)
    assert ran.code == 0
    assert "_QUIZENGINE_COMPLETE" in ran.out
    assert "quizengine" in ran.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("quizengine ex", {"exam"}),
        ("quizengine exam st", {"start"}),
        ("quizengine exam re", {"resume", "report", "review"}),
        ("quizengine exam start --extra-time x", {"x1.25", "x1.5", "x2"}),
    ],
)
@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_word_that_was_begun_is_completed(
    shell: Shell, name: str, typed: str, offered: set[str]
) -> None:
    env = {"_QUIZENGINE_COMPLETE": f"{name}_complete", "COMP_WORDS": typed}
    env["COMP_CWORD"] = typed.split()[-1] if name == "fish" else str(len(typed.split()) - 1)
    lines = Shell(shell.home, shell.questions, env).run().out.splitlines()
    if name == "zsh":  # type, word and help on a line each
        words = lines[1::3]
    else:
        words = [line.removeprefix("plain,").split("\t")[0] for line in lines]
    assert set(words) == offered
