"""The schemas that editors use are those of the models, and every content file meets its own."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from quizengine.schema import schemas

QUESTIONS = Path(__file__).parents[2] / "questions"


@pytest.mark.parametrize("name", ["question", "card", "exam"])
def test_a_committed_schema_is_not_stale(name: str) -> None:
    committed = json.loads((QUESTIONS / "schema" / f"{name}.schema.json").read_text())
    assert committed == schemas()[name], "run: make schemas"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("question", "bank/*/*.toml"), ("card", "cards/*/*.toml"), ("exam", "exams/*.toml")],
)
def test_every_content_file_meets_its_schema(name: str, pattern: str) -> None:
    validator = Draft202012Validator(schemas()[name], format_checker=FormatChecker())
    for path in sorted(QUESTIONS.glob(pattern)):
        errors = [error.message for error in validator.iter_errors(_as_json(path))]
        assert not errors, (path, errors)


def test_the_template_is_a_question_that_meets_the_schema() -> None:
    template = _as_json(QUESTIONS / "TEMPLATE.toml")
    assert not list(Draft202012Validator(schemas()["question"]).iter_errors(template))


def test_the_schema_refuses_an_unknown_key() -> None:
    template = _as_json(QUESTIONS / "TEMPLATE.toml") | {"answer": "b"}
    assert list(Draft202012Validator(schemas()["question"]).iter_errors(template))


def _as_json(path: Path) -> dict[str, Any]:
    def text(value: object) -> str:
        assert isinstance(value, date)
        return value.isoformat()

    found = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=text))
    assert isinstance(found, dict)
    return found
