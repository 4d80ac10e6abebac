"""Every proof: short, honest about what settles it, named by a question, and it holds."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from labs.proofs import running
from quizengine.storage import files

QUESTIONS = Path(__file__).parents[2] / "questions"
FOLDER = QUESTIONS / "proofs"
PROOFS = sorted(path.stem for path in FOLDER.iterdir())
SETTLES = (
    "Settled by XGBoost itself",
    "Settled by scikit-learn itself",
    "Settled by botocore itself",
    "Settled by the offline cloud, not by AWS: it",
)
COLUMNS = 100

each_proof = pytest.mark.parametrize("name", PROOFS)


def source(name: str) -> str:
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


def test_there_are_at_least_fifteen_and_each_is_named_by_a_question() -> None:
    named = {question.proof for question in files.load(QUESTIONS).questions.values()}
    assert {path.suffix for path in FOLDER.iterdir()} == {".py"}
    assert named - {None} == set(PROOFS)
    assert len(PROOFS) >= 15


@each_proof
def test_the_first_line_says_what_settles_it(name: str) -> None:
    first = source(name).splitlines()[0]
    assert first.startswith(tuple(f'"""{who}' for who in SETTLES))
    assert ("account()" in source(name)) == ("offline cloud" in first)


@each_proof
def test_it_is_short_and_ends_with_the_claim(name: str) -> None:
    body = ast.parse(source(name)).body
    assert 15 <= len(source(name).splitlines()) <= 42
    assert isinstance(body[-1], ast.Assert)
    assert not any(isinstance(node, ast.Try) for node in body), "an assertion may hide in it"


@pytest.mark.slow
@each_proof
def test_it_shows_what_it_says(name: str) -> None:
    lines: list[str] = []
    outcome = running.run(FOLDER / f"{name}.py", os.environ, on_line=lines.append)
    assert outcome.shown, outcome.said
    assert 1 <= len(lines) <= 7
    assert max(map(len, lines)) <= COLUMNS, lines
