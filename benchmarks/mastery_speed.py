"""The model of the learner over 5,000 answers of whole mock exams, beside reading and folding their
events.

Budgets at 40 topics: 1 ms for one answer, 25 ms for a full report (every topic, area, task and
domain, the reasons, the chance to pass), 4 s for 5,000 answers from nothing.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks.append import event
from benchmarks.progress import live, median_ms
from quizengine.asked import asked
from quizengine.attempt import Attempt, AttemptId, fold
from quizengine.bank import find_exam
from quizengine.evidence import evidence
from quizengine.mastery import Mastery
from quizengine.question import question_from_canonical
from quizengine.readiness import chance
from quizengine.scoring import CUT
from quizengine.storage import mastery as kept
from quizengine.storage.compiled import open_bank
from quizengine.storage.sqlite import SqliteStore
from quizengine.tree import Blend, areas
from quizengine.weakness import draws, needed, readings, why
from quizengine.wiring import DEFAULT_EXAM, questions_root

SOME = 50


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_bank(questions_root(), Path(folder) / "cache")) as bank,
        closing(SqliteStore(Path(folder) / "record.sqlite")) as store,
    ):
        print("sitting mock exams ...", flush=True)
        answers = live(bank, store)
        exam = find_exam(bank, DEFAULT_EXAM)

        def folded() -> list[Attempt]:
            return [fold(store.events(started.attempt)) for started, _ in store.attempts()]

        attempts = folded()
        digests = {place.digest for attempt in attempts for place in attempt.form.places}
        shown = {
            digest: question_from_canonical(store.revision(digest) or "") for digest in digests
        }
        sat = [(a, {p.question: shown[p.digest] for p in a.form.places}) for a in attempts]
        pieces = evidence(bank, sat)
        new = Mastery.over(bank.topics)
        mastery = new.fold(pieces)
        bytes_kept = kept.to_bytes(mastery)
        mock = asked(exam, bank)

        def report() -> None:
            drawn = draws(mastery, mastery.day)
            single: dict[str, Blend] = {topic: {topic: 1.0} for topic in bank.topics}
            levels = [single, areas(bank.topics), mock.tasks, mock.domains]
            for blends in levels:
                readings(mastery, mastery.day, blends, needed(CUT, 0.2), drawn=drawn)
            why(mastery)
            chance(mastery, drawn, mock)

        epoch, revisions = store.claim(AttemptId("attempt")), iter(range(10**6))

        def append_some() -> None:
            for _ in range(SOME):
                store.append([event(next(revisions))], epoch=epoch)

        def absorb_some() -> None:
            for piece in pieces[-SOME:]:
                mastery.absorb(piece)

        floor = median_ms(folded)
        append = median_ms(append_some) / SOME
        one = median_ms(absorb_some) / SOME
        print(f"{answers:,} answers, {len(attempts)} attempts, {len(bank.topics)} topics")
        print(f"reading and folding events     {floor:8.2f} ms")
        for name, work, budget in [
            ("from the record to evidence", lambda: evidence(bank, sat), None),
            ("5,000 answers from nothing", lambda: new.fold(pieces), 4_000),
            ("comparing with a kept state", lambda: mastery.is_fold_of(pieces), None),
            ("reading a kept state", lambda: kept.from_bytes(bank.topics, bytes_kept), None),
            ("a full report", report, 25),
        ]:
            found = median_ms(work)
            limit = "" if budget is None else f", budget {budget:,} ms"
            print(f"{name:30} {found:8.2f} ms ({found / floor:.3f} x){limit}")
        print(f"one durable append             {append:8.2f} ms")
        print(f"{'one answer':30} {one:8.2f} ms ({one / append:.2f} x), budget 1 ms")
        print(f"a kept state has {len(bytes_kept):,} bytes")


if __name__ == "__main__":
    main()
