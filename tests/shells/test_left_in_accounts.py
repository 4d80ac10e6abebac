"""What a lab may have left in an AWS account is said on the first page, and nothing is asked of AWS
for it."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labs import journal
from labs.journal import Entry
from labs.undo import Call, undo
from quizengine.cli import main
from tests.shells.helpers import Ran
from tests.web.helpers import Visitor, a_web_desk

ACCOUNT = "123456789012"
COMMAND = "quizengine lab clean deploy_endpoint --target aws --region us-east-1"


@pytest.fixture(autouse=True)
def own_questions(questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(questions))


@pytest.fixture
def opened(home: Path) -> Path:
    """A journal in which two things are open."""
    path = home / "journals" / f"{ACCOUNT}-us-east-1-quizengine.jsonl"
    path.parent.mkdir(parents=True)
    for number in range(2):
        call = Call("sagemaker", "CreateModel", {"ModelName": f"quizengine-de-{number}"})
        entry = Entry(str(number), 1_795_300_000_000, "deploy_endpoint", call, undo(call))
        with path.open("a", encoding="utf-8") as file:
            file.write(journal.will(entry))
    return path


def types(*words: str) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(words))
        except SystemExit as left:
            return Ran(int(left.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("a command leaves with an exit code")


def test_the_terminal_names_the_lab_the_account_and_the_command(opened: Path) -> None:
    (line,) = [line for line in types().out.splitlines() if line.startswith("On AWS")]
    assert "deploy_endpoint may have 2 things in account 123456789012, since 2026-11-2" in line
    assert line.endswith(f": {COMMAND}"), "in one line, to be copied"


def test_so_does_the_browser(opened: Path) -> None:
    with Visitor(a_web_desk()) as visitor:
        page = visitor.get("/")
        assert "deploy_endpoint may have 2 things in your AWS account 123456789012" in page.text
        assert COMMAND in page.text


def test_once_it_is_closed_or_never_was_nothing_is_said(opened: Path) -> None:
    with opened.open("a", encoding="utf-8") as file:
        file.writelines(journal.undone(str(number), 1) for number in range(2))
    assert "On AWS" not in types().out
    opened.unlink()
    opened.parent.rmdir()
    assert "On AWS" not in types().out


def test_a_journal_that_cannot_be_read_hides_nothing_else(opened: Path) -> None:
    opened.with_name("210987654321-us-east-1-quizengine.jsonl").mkdir()
    assert COMMAND in types().out


def test_neither_labs_nor_boto3_is_loaded_for_it(opened: Path) -> None:
    code = (
        "import sys, contextlib, io\n"
        "from quizengine.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):\n"
        "    main([])\n"
        "assert 'On AWS' in out.getvalue()\n"
        "print([n for n in sys.modules if n.partition('.')[0] in ('labs', 'boto3', 'botocore')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert re.search(r"^\[\]$", done.stdout, re.MULTILINE), done.stdout


def test_the_record_is_not_deleted_while_only_the_journal_knows(opened: Path) -> None:
    refused = types("record", "delete", "--yes")
    assert refused.code == 1
    assert "may have left 2 things in account 123456789012: nothing was deleted." in refused.err
    assert COMMAND in refused.err
    assert opened.exists()
    with opened.open("a", encoding="utf-8") as file:
        file.writelines(journal.undone(str(number), 1) for number in range(2))
    assert types("record", "delete", "--yes").code == 0
    assert not opened.exists()
