"""Every test of a shell has a home of its own, and output without colour unless it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import CHECKED, KINDS, a_bank, an_exam
from tests.shells.helpers import Shell, questions_for, write_questions


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the record: nothing of the person who runs the tests is read or written."""
    home = tmp_path / "home"
    monkeypatch.setenv("QUIZENGINE_HOME", str(home))
    monkeypatch.setenv("QUIZENGINE_PLAIN", "1")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("QUIZENGINE_QUESTIONS", "NO_COLOR", "LINES"):
        monkeypatch.delenv(name, raising=False)
    return home


def a_status(value: str) -> dict[str, object]:
    notice = f"This exam is {value}."
    return {"value": value, "since": CHECKED, "source": "guide", "as_of": CHECKED, "notice": notice}


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four exams: mls-c01 (retired) is served, new-c02 is in beta, wide-c01 has too few
    questions, tiny-c01 has so many that it keeps some sealed."""
    mls = an_exam(weights=(60, 40), scored=4, unscored=1, minutes=10, status=a_status("retired"))
    new = an_exam("new-c02", weights=(100,), scored=2, unscored=0, status=a_status("beta"))
    wide = an_exam("wide-c01", weights=(50, 50), scored=20, unscored=0)
    tiny = an_exam("tiny-c01", weights=(100,), scored=1, unscored=0, minutes=2)
    return write_questions(
        tmp_path_factory.mktemp("content") / "questions",
        (mls, new, wide, tiny),
        [
            *a_bank(6, exam=mls, kinds=KINDS).questions.values(),
            *questions_for("new-c02", {"1.1": 2}),
            *questions_for("wide-c01", {"1.1": 7, "2.1": 2}),
            *questions_for("tiny-c01", {"1.1": 6}),
        ],
    )


@pytest.fixture
def shell(home: Path, questions: Path) -> Shell:
    """The program as a process of its own."""
    return Shell(home, questions)
