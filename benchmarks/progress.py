"""Progress over 5,000 answers in a record on disk, beside reading and folding their events.

Below it, where the time goes: parsing the revisions that were shown (each as often as it was
shown, and each once), and the counting itself.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from quizengine import progress
from quizengine.attempt import Attempt, fold
from quizengine.bank import Bank, find_exam
from quizengine.content import Digest
from quizengine.ports import Store
from quizengine.question import question_from_canonical
from quizengine.storage.compiled import open_bank
from quizengine.storage.memory import MemoryStore
from quizengine.storage.sqlite import SqliteStore
from quizengine.study import Study
from quizengine.wiring import DEFAULT_EXAM, SystemClock, questions_root

ANSWERS = 5_000
ROUNDS = 5


def a_study(bank: Bank, store: Store) -> Study:
    ids = itertools.count()
    return Study(bank, store, SystemClock(), new_id=lambda: f"{next(ids):08x}", new_seed=lambda: 1)


def live(bank: Bank, target: Store) -> int:
    """Whole mock exams, two answers in three right, one in ten changed; how many answers."""
    rng, store, answers = random.Random(1), MemoryStore(), 0
    study = a_study(bank, store)
    while answers < ANSWERS:
        seat = study.start(study.plan(DEFAULT_EXAM, seed=answers))
        for index, place in enumerate(seat.attempt.form.places):
            seat = study.go_to(seat, index)
            question = seat.question
            other = place.order[: question.wanted] if question.kind != "matching" else question.key
            if rng.random() < 0.1:
                seat = study.answer(seat, question.id, other)
            right = rng.random() < 2 / 3
            seat = study.answer(seat, question.id, question.key if right else other)
            answers += 1
        study.submit(seat)
    texts = store.every_revision()
    target.keep({Digest(hashlib.sha256(text.encode()).hexdigest()): text for text in texts})
    target.append(store.every_event())
    return answers


def median_ms(work: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_bank(questions_root(), Path(folder) / "cache")) as bank,
        closing(SqliteStore(Path(folder) / "record.sqlite")) as store,
    ):
        print("sitting mock exams ...", flush=True)
        answers = live(bank, store)
        study, exam = a_study(bank, store), find_exam(bank, DEFAULT_EXAM)

        def folded() -> list[Attempt]:
            return [fold(store.events(started.attempt)) for started, _ in store.attempts()]

        attempts = folded()
        shown = [place.digest for attempt in attempts for place in attempt.form.places]

        def parsed(digests: list[Digest]) -> None:
            for digest in digests:
                question_from_canonical(store.revision(digest) or "")

        once = {d: question_from_canonical(store.revision(d) or "") for d in set(shown)}
        sat = [(a, {p.question: once[p.digest] for p in a.form.places}) for a in attempts]
        floor = median_ms(folded)
        events = len(store.every_event())
        print(f"{answers:,} answers, {events:,} events, {len(attempts)} attempts")
        print(f"reading and folding   {floor:7.0f} ms")
        for name, work in {
            "progress": lambda: study.progress(DEFAULT_EXAM),
            "history": study.history,
            "  parsing as shown": lambda: parsed(shown),
            "  parsing each once": lambda: parsed(sorted(set(shown))),
            "  counting": lambda: progress.progress(exam, bank, sat),
        }.items():
            found = median_ms(work)
            print(f"{name:21} {found:7.0f} ms ({found / floor:.2f} x)")


if __name__ == "__main__":
    main()
