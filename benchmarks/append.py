"""Appending an answer, durable, beside what the disk takes for 4 KiB and fdatasync.

Budget: 1.5 times the disk's fdatasync and 1 ms. Set TMPDIR to a folder on the disk you mean.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import uuid
from pathlib import Path

from quizengine.attempt import AttemptId, ClientId, Event
from quizengine.content import QuestionId
from quizengine.storage.sqlite import SqliteStore

ROUNDS = 300


def event(revision: int) -> Event:
    return Event(
        id=str(uuid.uuid4()),
        learner="learner",
        attempt=AttemptId("attempt"),
        client=ClientId("client"),
        revision=revision,
        kind="answered",
        question=QuestionId("a-question"),
        payload={"picked": ["an-option"], "complete": True, "sure": None},
        at=revision,
    )


def main() -> None:
    sync = getattr(os, "fdatasync", os.fsync)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "record.sqlite")
        epoch = store.claim(AttemptId("attempt"))
        handle = os.open(Path(folder) / "plain", os.O_CREAT | os.O_WRONLY)
        disk, append = [], []
        for revision in range(ROUNDS):  # interleaved: both meet the same noise
            start = time.perf_counter()
            os.pwrite(handle, os.urandom(4096), revision * 4096)
            sync(handle)
            disk.append((time.perf_counter() - start) * 1000)
            start = time.perf_counter()
            store.append([event(revision)], epoch=epoch)
            append.append((time.perf_counter() - start) * 1000)
        os.close(handle)
        store.close()
    disk_ms, append_ms = statistics.median(disk), statistics.median(append)
    print(f"4 KiB and fdatasync {disk_ms:6.2f} ms (median of {ROUNDS})")
    print(f"append an answer    {append_ms:6.2f} ms, budget {1.5 * disk_ms + 1:.2f}")
    print(f"ratio {append_ms / disk_ms:.2f}")


if __name__ == "__main__":
    main()
