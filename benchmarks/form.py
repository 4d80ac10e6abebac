"""Starting a 65-question form from a compiled bank of 10,000 questions.

From a tree the files' stat is included (budget 150 ms); a wheel ships its bank compiled
(budget 50 ms). Beside it: reading 65 bodies of that size from SQLite, and nothing else.
"""

from __future__ import annotations

import itertools
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from quizengine.storage.compiled import open_bank
from quizengine.storage.memory import MemoryStore
from quizengine.study import Study
from quizengine.wiring import SystemClock, questions_root

COUNT = 10_000
ROUNDS = 15


def copied(root: Path, target: Path) -> None:
    """The real content with its questions repeated under other names, COUNT in all."""
    shutil.copytree(root, target)
    files = sorted((target / "bank").glob("*/*.toml"))
    for number, path in enumerate(itertools.islice(itertools.cycle(files), COUNT - len(files))):
        shutil.copyfile(path, path.with_name(f"{path.stem}-copy-{number}.toml"))


def median_ms(work: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder) / "questions", Path(folder) / "cache"
        print(f"copying and compiling {COUNT:,} questions ...", flush=True)
        copied(questions_root(), root)
        start = time.perf_counter()
        shipped = open_bank(root, cache).path
        print(f"compiled in {time.perf_counter() - start:.1f} s (once)")
        ids = iter(range(10**9))

        def begin(shipped: Path | None) -> None:
            bank = open_bank(root, cache, shipped)
            study = Study(
                bank,
                MemoryStore(),
                SystemClock(),
                new_id=lambda: str(next(ids)),
                new_seed=lambda: random.randrange(2**32),
            )
            study.start(study.plan("mls-c01"))
            bank.close()

        def bodies() -> None:
            db = sqlite3.connect(shipped)
            some = db.execute("SELECT id FROM question ORDER BY random() LIMIT 65").fetchall()
            for id in some:
                db.execute(
                    "SELECT text FROM body WHERE kind = 'question' AND id = ?", id
                ).fetchone()
            db.close()

        floor = median_ms(bodies)
        print(f"65 bodies from SQLite     {floor:6.1f} ms")
        for name, given, budget in (("from a tree", None, 150), ("from a wheel", shipped, 50)):
            found = median_ms(lambda given=given: begin(given))  # type: ignore[misc]
            print(f"a form {name:18} {found:6.1f} ms, budget {budget} ({found / floor:.1f} x)")


if __name__ == "__main__":
    main()
