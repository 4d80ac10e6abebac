"""A learner's script in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from labs.runner.process import Exit, run

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def ran(
    code: str, folder: Path, *, timeout_s: float = 60, grace_s: float = 5, **variables: str
) -> Exit:
    return run(
        [sys.executable, "-c", code],
        folder=folder,
        environment={**os.environ, **variables},
        timeout_s=timeout_s,
        grace_s=grace_s,
    )


@pytest.mark.parametrize("code", [0, 1, 3])
def test_its_exit_code_is_handed_on(code: int, tmp_path: Path) -> None:
    assert ran(f"raise SystemExit({code})", tmp_path) == Exit(code)


def test_it_runs_in_its_folder_with_the_environment_it_is_given(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import os; print(os.getcwd(), os.environ['LAB_BUCKET'])"
    assert ran(code, tmp_path, LAB_BUCKET="a-bucket").code == 0
    assert capfd.readouterr().out.split() == [str(tmp_path.resolve()), "a-bucket"]


def test_its_traceback_is_the_learners_to_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ran("1 / 0", tmp_path).code == 1
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_one_that_takes_too_long_is_ended_also_if_it_will_not(tmp_path: Path) -> None:
    stubborn = "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    ended = ran(stubborn + "threading.Event().wait()", tmp_path, timeout_s=1, grace_s=0.2)
    assert ended == Exit(124, "time")


@posix
def test_one_that_a_signal_ended_has_the_code_that_a_shell_gives_it(tmp_path: Path) -> None:
    assert ran("import os; os.kill(os.getpid(), 9)", tmp_path) == Exit(128 + 9)


@posix
@pytest.mark.slow
def test_an_interrupt_ends_both_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """As a terminal does it: the signal goes to the whole group."""
    script = "import os, threading; print(os.getpid(), flush=True); threading.Event().wait()"
    outer = (
        "import os, sys\nfrom pathlib import Path\nfrom labs.runner.process import run\n"
        f"done = run([sys.executable, '-c', {script!r}], folder=Path('.'), environment=os.environ,"
        " timeout_s=60)\nprint(done.code, done.cut)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", outer],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert out.split() == ["130", "keyboard"]
    assert "KeyboardInterrupt" in err  # the script's own
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
