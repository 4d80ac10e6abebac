"""A question of which a script shows the key says so, behind the step to its answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizengine.bank import LoadedBank
from tests.builders import Desk, a_bank, a_question, a_short_exam
from tests.web.helpers import Visitor

PROVED = "and-with-a-proof"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZENGINE_HOME", str(tmp_path))


def test_a_question_names_the_command_that_proves_its_key() -> None:
    filled = a_bank(exam=a_short_exam())
    questions = [*filled.questions.values(), a_question("single", PROVED, proof="it-boils")]
    bank = LoadedBank(questions, (), filled.topics.values(), filled.exams.values())
    with Visitor(Desk(bank)) as visitor:
        before, answer = visitor.get(f"/question/{PROVED}").html.split('class="unfold"')
        assert "--prove" not in before
        assert f"quizengine bank show {PROVED}</code>; with <code>--prove</code>" in answer
        assert "--prove" not in visitor.get("/question/d1-003").html
