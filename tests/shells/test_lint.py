"""`quizengine bank lint`: what it prints, as text and as JSON, and its exit code."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quizengine.cli import cli
from quizengine.question import Question
from tests.builders import an_exam
from tests.lint_examples import asking, referring
from tests.shells.helpers import write_questions

LONG_AGO = date(2020, 1, 1)


def run(*options: str) -> Result:
    return CliRunner().invoke(cli, ["bank", "lint", *options], catch_exceptions=False)


def listed(*options: str) -> Any:
    return json.loads(run("--json", *options).output)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(tmp_path / "q"))
    return tmp_path / "q"


def write(folder: Path, question: Question) -> None:
    write_questions(folder, [an_exam()], [question])


def test_problems_are_named_by_place_rule_and_name_errors_first(folder: Path) -> None:
    write(folder, asking(id="loss-that-rises", cards=["late-card"], verified_on=LONG_AGO))
    ran = run()
    assert ran.exit_code == 1
    line = "loss-that-rises: Q002 every card exists: cards: there is no card 'late-card'\n"
    at = [ran.output.index(words) for words in ("Errors\n", line, "Warnings\n", " Q015 ")]
    assert at == sorted(at)
    assert "2 errors and 1 warning in 1 question and 0 cards." in ran.output  # Q002, Q008; Q015


def test_as_json_a_problem_has_its_rule_name_severity_place_and_message(folder: Path) -> None:
    write(folder, asking(id="loss-that-rises", cards=["late-card"]))
    assert listed() == {
        "problems": [
            {
                "rule": "Q002",
                "name": "every card exists",
                "severity": "error",
                "where": "loss-that-rises",
                "message": "cards: there is no card 'late-card'",
            }
        ]
    }


def test_warnings_alone_leave_the_exit_code_at_0(folder: Path) -> None:
    write(folder, asking(id="loss-of-long-ago", verified_on=LONG_AGO, references=referring()))
    ran = run()
    assert ran.exit_code == 0
    assert "1 warning in 1 question and 0 cards." in ran.output
    assert run("--json").exit_code == 0


def test_a_bank_without_a_fault_is_said_to_have_none(folder: Path) -> None:
    write(folder, asking())
    assert run().output == "Nothing wrong in 1 question and 0 cards.\n"
    assert listed() == {"problems": []}


def test_the_rules_are_listed_with_name_and_severity_whatever_the_questions_are(
    folder: Path,
) -> None:
    ran = run("--rules")
    assert ran.exit_code == 0
    assert re.search(r"^Q004  decides stands in the stem +error$", ran.output, re.M)
    assert re.search(r"^Q015  .* warning$", ran.output, re.M)
    assert re.search(r"^B001  .* warning, error from 300 questions$", ran.output, re.M)
    rules = listed("--rules")["rules"]
    assert len(rules) == len(ran.output.splitlines()) - 1
    assert set(rules[0]) == {"number", "name", "severity", "statistical", "why"}
