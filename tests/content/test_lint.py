"""Every rule over every question and card that is shipped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from quizengine.bank import LoadedBank
from quizengine.closure import notes, speaks_of_an_existing_customer
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


def test_the_guides_that_list_a_service_are_of_known_exams(bank: LoadedBank) -> None:
    for service in bank.services.values():
        assert set(service.listed_by) <= set(bank.exams), service.id


def test_whoever_answers_about_an_existing_customer_is_told_why_it_is_asked(
    bank: LoadedBank,
) -> None:
    asked = [q for q in bank.questions.values() if speaks_of_an_existing_customer(q)]
    assert asked
    for question in asked:
        told = notes(question, bank.services, bank.exams)
        assert any("still list" in note for note in told), question.id
