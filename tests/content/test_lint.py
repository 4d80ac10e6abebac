"""Every rule over every question and card that is shipped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from quizengine.bank import LoadedBank
from quizengine.rule import Problem
from quizengine.rules import lint
from quizengine.storage import files

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bank() -> LoadedBank:
    return files.load(ROOT / "questions", ROOT / "labs" / "catalog")


@pytest.fixture(scope="module")
def problems(bank: LoadedBank) -> list[Problem]:
    """As on the day on which the last of them was verified: time alone breaks no test."""
    days = [question.verified_on for question in bank.questions.values()]
    days += [bank.card(id).verified_on for id in bank.cards()]
    return lint(bank, today=max(days, default=date.min))


def test_no_question_and_no_card_breaks_a_rule(problems: list[Problem]) -> None:
    assert [str(problem) for problem in problems if problem.severity == "error"] == []


def test_sources_and_services_are_there_to_be_compared_with(bank: LoadedBank) -> None:
    assert len(bank.sources.items) == 176
    assert any(service.state == "ended" for service in bank.services.values())
