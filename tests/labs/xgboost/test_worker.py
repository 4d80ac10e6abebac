"""Processes: jobs run in them, end as they are told, and crash alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httptools  # noqa: F401  (what `serve` needs is there)
import pytest

from labs.cloud.algorithms.waiting import Work
from labs.cloud.algorithms.worker import ROOT, Exit, Workers
from tests.labs.xgboost.jobs import Job, job

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("xgboost processes"),
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
]

ROWS = "".join(f"{at % 7},{at},{at * at}\n" for at in range(40))
ENDLESS = {"num_round": "1000000", "nthread": "1"}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers()
    workers.warm("xgboost")
    yield workers
    workers.close()


class Watched:
    """The lines of a job, and an event at the first score."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.learning = threading.Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith("[3]\t"):
            self.learning.set()


def run(
    workers: Workers,
    made: Job,
    watched: Watched | None = None,
    *,
    stop: threading.Event | None = None,
    deadline_s: float | None = None,
    grace_s: float = 60.0,
) -> Exit:
    return workers.run(
        "xgboost",
        made.layout.base,
        on_line=watched or Watched(),
        stop=stop or threading.Event(),
        deadline_s=deadline_s,
        environment={"GREETING": "hello"},
        grace_s=grace_s,
    )


def test_a_job_runs_to_its_end_and_its_lines_come_in_order(
    workers: Workers, tmp_path: Path
) -> None:
    watched = Watched()
    made = job(tmp_path, {"num_round": "6", "nthread": "1"}, ROWS)
    assert run(workers, made, watched) == Exit(0)
    assert made.booster.num_boosted_rounds() == 6
    scores = [line for line in watched.lines if line.startswith("[") and "\ttrain-" in line]
    assert [line.partition("]")[0] for line in scores] == [f"[{at}" for at in range(6)]
    assert watched.lines[0].endswith(":INFO] Running XGBoost Sagemaker in algorithm mode")
    assert workers.at_work() == ()


def test_a_job_that_fails_hands_over_what_it_left_as_its_failure(
    workers: Workers, tmp_path: Path
) -> None:
    made = job(tmp_path, {"num_round": "0"}, ROWS)
    end = run(workers, made)
    assert (end.code, end.signal, end.stopped) == (1, None, False)
    assert end.failure == made.failure
    assert end.failure is not None
    assert end.failure.endswith("Hyperparameter num_round: 0 is not in [1, +inf)")


def test_two_jobs_at_once_never_disturb_each_other(workers: Workers, tmp_path: Path) -> None:
    small = job(tmp_path / "small", {"num_round": "40", "nthread": "1"}, ROWS)
    other = job(
        tmp_path / "other",
        {"num_round": "40", "nthread": "1", "max_depth": "1"},
        {"part-0": ROWS.replace(",", ";")},
        ROWS,
    )
    with ThreadPoolExecutor() as pool:
        ends = list(pool.map(lambda made: run(workers, made), (small, other)))
    assert ends == [Exit(0), Exit(0)]
    alone = {
        made: job(tmp_path / f"{name}-alone", hyperparameters, rows, validation).run()
        for made, name, hyperparameters, rows, validation in (
            ("small", "small", {"num_round": "40", "nthread": "1"}, ROWS, None),
            ("other", "other", {"num_round": "40", "nthread": "1", "max_depth": "1"}, ROWS, ROWS),
        )
    }
    assert small.booster.save_raw() == alone["small"].booster.save_raw()
    assert other.booster.save_raw() == alone["other"].booster.save_raw()


def test_a_stopped_job_keeps_its_model_only_if_it_was_told_to_save_it(
    workers: Workers, tmp_path: Path
) -> None:
    made = {
        save: job(tmp_path / save, ENDLESS | {"save_model_on_termination": save}, ROWS)
        for save in ("true", "false")
    }
    watched = {save: Watched() for save in made}
    stop = threading.Event()
    with ThreadPoolExecutor() as pool:
        ends = {
            save: pool.submit(run, workers, made[save], watched[save], stop=stop) for save in made
        }
        assert all(one.learning.wait(60) for one in watched.values())
        stop.set()
    assert ends["true"].result() == Exit(0, stopped=True)
    assert made["true"].booster.num_boosted_rounds() >= 3
    assert ends["false"].result() == Exit(143, signal.SIGTERM, stopped=True)
    assert list(made["false"].layout.model.iterdir()) == []


def test_a_job_that_does_not_end_in_time_is_killed(workers: Workers, tmp_path: Path) -> None:
    made = job(tmp_path, ENDLESS, ROWS)
    end = run(workers, made, deadline_s=0.0, grace_s=0.0)
    assert end.timed_out
    assert end.code in (128 + signal.SIGTERM, 128 + signal.SIGKILL)
    assert end.failure is None


def test_a_worker_that_is_killed_takes_nobody_along(workers: Workers, tmp_path: Path) -> None:
    made = job(tmp_path, ENDLESS, ROWS)
    watched = Watched()
    with ThreadPoolExecutor() as pool:
        end = pool.submit(run, workers, made, watched)
        assert watched.learning.wait(60)
        (pid,) = workers.at_work()
        os.kill(pid, signal.SIGKILL)
        assert end.result() == Exit(
            137, signal.SIGKILL, "The process was ended by signal 9 (SIGKILL)."
        )


def test_whatever_the_listener_raises_comes_out_at_the_end(
    workers: Workers, tmp_path: Path
) -> None:
    made = job(tmp_path, {"num_round": "3", "nthread": "1"}, ROWS)

    def broken(line: str) -> None:
        raise KeyError(line)

    with pytest.raises(KeyError, match="Running XGBoost"):
        workers.run(
            "xgboost", tmp_path, on_line=broken, stop=threading.Event(), deadline_s=None,
            environment={},
        )  # fmt: skip
    assert made.booster.num_boosted_rounds() == 3  # the job itself went on


def test_a_spare_that_died_is_replaced(workers: Workers, tmp_path: Path) -> None:
    workers.warm("xgboost")
    (spare,) = workers._spares.values()
    spare.kill()
    spare.wait()
    assert run(workers, job(tmp_path, {"num_round": "1", "nthread": "1"}, ROWS)) == Exit(0)


def test_a_model_is_tried_where_it_can_break_nothing(workers: Workers, tmp_path: Path) -> None:
    made = job(tmp_path, {"num_round": "1", "nthread": "1"}, ROWS).run()
    assert workers.check("xgboost", made.layout.model) is None
    (made.layout.model / "xgboost-model").write_bytes(b"{L")
    reason = workers.check("xgboost", made.layout.model)
    assert reason is not None
    assert reason.startswith("Model at xgboost-model cannot be loaded:")


def test_an_unknown_algorithm_is_an_end_and_no_exception(workers: Workers, tmp_path: Path) -> None:
    end = workers.run(
        "alchemy", tmp_path, on_line=lambda line: None, stop=threading.Event(), deadline_s=None,
        environment={},
    )  # fmt: skip
    assert end.code == 1
    assert end.failure is not None


def test_a_worker_ends_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    made = job(tmp_path, ENDLESS, ROWS)
    program = [sys.executable, "-m", "labs.cloud.algorithms.xgboost", "wait"]
    at_work, spare = (
        subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
        for _ in range(2)
    )
    assert at_work.stdin is not None
    assert at_work.stdout is not None
    at_work.stdin.write(Work("train", made.layout.base).line())
    at_work.stdin.flush()
    next(line for line in at_work.stdout if line.startswith(b"[0]\t"))
    for process, code in ((at_work, 1), (spare, 0)):
        process.communicate(timeout=60)  # closes its stdin
        assert process.returncode == code
