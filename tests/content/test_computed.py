"""Computed questions beside the written ones: the same rules, and what they name is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizengine.bank import LoadedBank
from quizengine.computed.generators import GENERATORS
from quizengine.rules import lint
from quizengine.storage import files

ROOT = Path(__file__).parents[2]
ALIKE = "Q011"  # the numbers of a generator's questions differ, and hardly the words


@pytest.fixture(scope="module")
def bank() -> LoadedBank:
    return files.load(ROOT / "questions", ROOT / "labs" / "catalog")


def test_computed_questions_keep_the_rules_of_written_ones(bank: LoadedBank) -> None:
    made = [generator.question(seed) for generator in GENERATORS.values() for seed in range(12)]
    both = LoadedBank(
        [*bank.questions.values(), *made],
        bank.every_card(),
        bank.topics.values(),
        bank.exams.values(),
        sources=bank.sources,
        services=bank.services.values(),
        figures=bank.figures.values(),
        labs=bank.labs.values(),
    )
    found = lint(both, today=max(question.verified_on for question in made))
    mine = {question.id for question in made}
    assert [str(p) for p in found if p.where in mine and p.rule != ALIKE] == []


def test_tasks_of_a_generator_are_those_of_its_topic(bank: LoadedBank) -> None:
    for generator in GENERATORS.values():
        topic = next(t for id, t in bank.topics.items() if id == generator.topics[0])
        for exam, task in generator.exams.items():
            assert topic.exams[exam] == task, (generator.name, exam)
