"""Every command line in the pages does what stands there, and every command stands in them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from docs.make_cli import PAGE, commands, page
from quizengine.cli import main
from tests.docs.pages import ROOT, TEXTS, WITH_COMMANDS, blocks, inline_code, lines_of
from tests.docs.pages import commands as command_lines

CONTEXTS = dict(commands())
COMMANDS = {
    words: ctx for words, ctx in CONTEXTS.items() if not isinstance(ctx.command, click.Group)
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
INSTALLERS = ("pip", "pipx", "uv")

# What the learner types where a command asks; nothing, elsewhere.
TYPED = {
    "quizengine exam start": "1\nend\nyes\n",
    "quizengine exam resume": "1\nend\nyes\n",
    "quizengine practice": "1\nend\nyes\n",
    "quizengine record delete": "delete\n",
    "quizengine cards": "\n4\n\n1\n\n3\n",
}

# Running


@contextlib.contextmanager
def typing(text: str, folder: Path) -> Iterator[None]:
    """Standard input holds the text and then ends, for who reads sys.stdin and who reads file 0."""
    script = folder / "typed"
    script.write_text(text, encoding="utf-8")
    before = os.dup(0)
    with script.open("rb") as file, script.open(encoding="utf-8") as words:
        os.dup2(file.fileno(), 0)
        stdin, sys.stdin = sys.stdin, words
        try:
            yield
        finally:
            sys.stdin = stdin
            os.dup2(before, 0)
            os.close(before)


@contextlib.contextmanager
def own_signals() -> Iterator[None]:
    """An exam takes these over for good: its process ends with it. This one does not."""
    numbers = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(words: list[str], environment: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """(exit code, what was shown) of one quizengine command."""
    typed = next((t for c, t in TYPED.items() if f"{' '.join(words)} ".startswith(f"{c} ")), "")
    shown = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        typing(typed, folder),
        own_signals(),
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(shown),
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            main(words[1:])
        except SystemExit as end:
            code = end.code
    assert isinstance(code, int)
    return code, shown.getvalue()


def refusal(text: str, words: list[str], environment: Mapping[str, str], folder: Path) -> str:
    """Why the line does not do what it says; empty if it does, or cannot be run here and what it
    names is there."""
    match words[0]:
        case "quizengine":
            code, shown = run(words, environment, folder)
            return "" if code == 0 else f"{text}: {code}\n{shown}"
        case "eval":
            inner = re.fullmatch(r"\$\((.*)\)", words[1])
            return refusal(text, inner[1].split(), environment, folder) if inner else text
        case "make":
            named = [word.partition("=")[0] for word in words[1:]]
            missing = [
                name for name in named if name not in TARGETS and f"$({name})" not in MAKEFILE
            ]
            return f"{text}: the Makefile has no {missing[0]}" if missing else ""
        case installer if installer in INSTALLERS:
            return "" if words[-2:] == ["install", "."] else f"{text}: only `install .` is known"
    return f"{text}: nothing checks this"


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_every_command_line_of_a_page_does_what_stands_there(
    name: str, learner: Path, tmp_path: Path
) -> None:
    for language, body in blocks(TEXTS[name]):
        if language == "console":
            for line in lines_of(body):
                assert not refusal(line.text, line.words, line.environment, tmp_path)
        elif language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as shown:
                exec(compile(body, name, "exec"), {})
            assert shown.getvalue().strip()


@pytest.mark.parametrize("line", ["quizengine exam report nothing", "make nothing", "rm -rf ."])
def test_a_line_that_does_not_work_is_found(line: str, learner: Path, tmp_path: Path) -> None:
    assert refusal(line, line.split(), {}, tmp_path)


def test_an_exam_of_a_page_is_sat_to_its_end(learner: Path, tmp_path: Path) -> None:
    code, shown = run(["quizengine", "exam", "resume"], {}, tmp_path)
    assert code == 0
    assert "Submitted." in shown
    assert "your result" in shown


# What the prose names


def unknown_parts(code: str) -> list[str]:
    """The words of `quizengine ...` that are no command, and options that it does not have."""
    words = code.split()
    known = max((c for c in CONTEXTS if f"{code} ".startswith(f"{c} ")), key=len)
    command, rest = CONTEXTS[known].command, words[len(known.split()) :]
    options = {name for param in command.params for name in param.opts + param.secondary_opts}
    options |= {"-h", "--help"}
    unknown = [word for word in rest if word.startswith("-") and word not in options]
    if isinstance(command, click.Group):
        unknown += [word for word in rest if re.fullmatch(r"[a-z]+", word)]
    return unknown


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_named_in_the_prose_exists(name: str) -> None:
    named = inline_code(TEXTS[name])
    named += [
        line for kind, body in blocks(TEXTS[name]) if kind == "text" for line in body.splitlines()
    ]
    named = [code for code in named if code.startswith("quizengine ")]
    assert not {code: unknown for code in named if (unknown := unknown_parts(code))}


@pytest.mark.parametrize("name", TEXTS)
def test_every_target_of_make_named_in_the_prose_exists(name: str) -> None:
    named = {code.split()[1] for code in inline_code(TEXTS[name]) if code.startswith("make ")}
    assert named <= TARGETS


def test_a_command_or_option_that_is_not_there_is_found() -> None:
    assert unknown_parts("quizengine exam begin") == ["begin"]
    assert unknown_parts("quizengine exam start --fast") == ["--fast"]
    assert not unknown_parts("quizengine exam start --questions 20")


# What must be named


def test_the_page_of_all_commands_is_what_the_program_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it: .venv/bin/python docs/make_cli.py"


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_stands_in_the_page_of_all_and_in_one_that_explains_it(words: str) -> None:
    assert f"## {words}\n" in TEXTS["docs/cli.md"]
    explaining = [name for name in WITH_COMMANDS if name != "docs/cli.md"]
    named = {" ".join(line.words) for name in explaining for line in command_lines(TEXTS[name])}
    named |= {code for name in explaining for code in inline_code(TEXTS[name])}
    short = words.removeprefix("quizengine ")
    assert any(re.match(rf"(eval \$\()?(quizengine )?{short}\b", line) for line in named)
