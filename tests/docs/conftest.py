"""A learner who has a history: what the commands of the pages are about."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain, repeat
from pathlib import Path
from uuid import uuid4

import pytest

from quizengine import wiring
from quizengine.storage.sqlite import SqliteStore
from quizengine.study import Study

FINISHED, OPEN = "1a2b3c4d", "5e6f7a8b"  # the attempts that the pages name
LATEST = "9c0d1e2f"  # open, too


@contextmanager
def a_study(attempt: str, seed: int) -> Iterator[Study]:
    """The real questions and a real record; the first id it gives away begins with `attempt`."""
    ids = chain([f"{attempt}-0000-4000-8000-000000000000"], (str(uuid4()) for _ in repeat(0)))
    with (
        closing(wiring.open_questions()) as bank,
        closing(SqliteStore(wiring.record_path())) as store,
    ):
        clock = wiring.SystemClock()
        yield Study(bank, store, clock, new_id=lambda: next(ids), new_seed=lambda: seed)


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a finished attempt (some right, some wrong, one flagged, one unsure) and two
    open ones, and the questions compiled."""
    home = tmp_path_factory.mktemp("learner") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUIZENGINE_HOME", str(home))
        patch.delenv("QUIZENGINE_QUESTIONS", raising=False)
        with a_study(FINISHED, seed=1) as study:
            seat = study.start(study.plan("mls-c01", questions=10))
            for n in range(8):
                seat = study.go_to(seat, n)
                question = seat.question
                wrong = tuple(id for id in question.shuffled if id not in question.key)
                picked = question.key if n % 2 else wrong[: question.wanted]
                seat = study.answer(seat, question.id, picked, sure=n != 2)
                seat = study.flag(seat, question.id, n == 3)
            study.submit(seat)
        for attempt in (OPEN, LATEST):
            with a_study(attempt, seed=2) as study:
                study.start(study.plan("mls-c01", questions=5))
    return home


@pytest.fixture
def learner(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that home, in a folder of its own to work in."""
    home = tmp_path / "home"
    shutil.copytree(history, home)
    for name in ("QUIZENGINE_QUESTIONS", "QUIZENGINE_PLAIN", "NO_COLOR", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QUIZENGINE_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return home
