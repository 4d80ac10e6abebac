"""quizengine bank show ID --prove: a script shows before the learner's eyes that the key holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import a_question, an_exam
from tests.shells.helpers import Shell, write_questions
from tests.shells.test_labs import WITHOUT_THE_EXTRA

pytestmark = pytest.mark.slow

HOLDS = '"""Settled by arithmetic."""\n\nprint("1 + 1 is", 1 + 1)\n\nassert 1 + 1 == 2\n'
FAILS = '"""Settled by arithmetic."""\n\nprint("\\x1b[2J")\n\nassert 1 + 1 == 3, "it is 2"\n'


@pytest.fixture
def proving(home: Path, tmp_path: Path) -> Shell:
    root = write_questions(
        tmp_path / "questions",
        [an_exam()],
        [
            a_question("single", "holds-good", proof="it-holds"),
            a_question("single", "falls-down", proof="it-fails"),
            a_question("single", "says-nothing"),
            a_question("single", "is-lost", proof="it-is-gone"),
        ],
    )
    (root / "proofs").mkdir()
    (root / "proofs" / "it-holds.py").write_text(HOLDS, encoding="utf-8")
    (root / "proofs" / "it-fails.py").write_text(FAILS, encoding="utf-8")
    return Shell(home, root)


def test_a_proof_that_holds_is_shown(proving: Shell) -> None:
    ran = proving.run("bank", "show", "holds-good", "--prove")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:4] == [
        "holds-good: it-holds",
        "Settled by arithmetic.",
        "",
        "    1 + 1 is 2",
    ]
    assert "\nShown. The script: " in ran.out


def test_a_proof_that_fails_is_told_with_its_reason_and_obeyed_by_no_terminal(
    proving: Shell,
) -> None:
    ran = proving.run("bank", "show", "falls-down", "--prove")
    assert ran.code == 1
    assert "NOT shown" in ran.out
    assert "AssertionError: it is 2" in ran.out
    assert "\x1b" not in ran.out


def test_the_outcome_as_json(proving: Shell) -> None:
    ran = proving.run("bank", "show", "holds-good", "--prove", "--json")
    assert ran.json == {
        "id": "holds-good",
        "proof": "it-holds",
        "about": "Settled by arithmetic.",
        "lines": ["1 + 1 is 2"],
        "shown": True,
        "said": "",
    }
    failed = proving.run("bank", "show", "falls-down", "--prove", "--json")
    assert (failed.code, failed.json["shown"]) == (1, False)


def test_a_question_without_a_proof_names_others_that_have_one(proving: Shell) -> None:
    ran = proving.run("bank", "show", "says-nothing", "--prove")
    assert (ran.code, ran.err) == (
        1,
        "Error: says-nothing names no proof.\nSuch as these do: falls-down, holds-good, is-lost.\n",
    )


def test_a_script_that_is_missing_is_an_error_and_a_problem_of_the_lint(proving: Shell) -> None:
    ran = proving.run("bank", "show", "is-lost", "--prove")
    assert ran.code == 1
    assert "it-is-gone.py cannot be read" in ran.err
    assert "Q023" in proving.run("bank", "lint").out


def test_a_question_names_the_command_that_proves_it(proving: Shell) -> None:
    assert "Proof: quizengine bank show holds-good --prove" in (
        proving.run("bank", "show", "holds-good").out
    )
    assert "--prove" not in proving.run("bank", "show", "says-nothing").out


def test_without_the_labs_it_says_how_to_get_them(proving: Shell, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA, "bank", "show", "holds-good", "--prove"],
        env=proving.environment(),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "The labs are not installed" in done.stderr
    assert 'pip install "quizengine[labs]"' in done.stderr
