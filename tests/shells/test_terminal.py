"""The exam in plain lines in a real terminal: keys, signals, windows, and time that passes.

The full screen has such tests of its own (tests/tui).
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Protocol

import pexpect
import pytest

from tests.shells.helpers import PROGRAM, Shell

pytestmark = [
    pytest.mark.slow,
    # pexpect forks; the workers of pytest-xdist have threads. The child execs at once.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

PATIENCE = 20  # seconds until a terminal that shows nothing more fails the test


class Window:
    """A terminal window in which one command runs; in plain lines unless the shell says else."""

    def __init__(self, shell: Shell, args: tuple[str, ...], columns: int) -> None:
        env = {k: v for k, v in shell.environment().items() if k != "COLUMNS"}
        env = {"QUIZENGINE_PLAIN": "1"} | env
        self.child = pexpect.spawn(
            PROGRAM[0],
            [*PROGRAM[1:], *args],
            env=env,
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.shown = ""

    def sees(self, text: str) -> str:
        """Wait for the text; all that was shown until it."""
        self.child.expect_exact(text)
        before = f"{self.child.before}{text}"
        self.shown += before
        return before

    def types(self, line: str, then: str) -> str:
        self.child.sendline(line)
        return self.sees(then)

    def starts(self) -> str:
        self.sees("type q to leave> ")
        return self.types("", "\r\n> ")

    def kill(self, number: signal.Signals) -> None:
        assert self.child.pid is not None
        os.kill(self.child.pid, number)

    def ends(self) -> int:
        """The exit code, as a shell gives it; the rest of the output goes to `shown`."""
        self.child.expect(pexpect.EOF)
        self.shown += str(self.child.before)
        return self.close()

    def close(self) -> int:
        self.child.close(force=True)
        if self.child.signalstatus is not None:
            return 128 + int(self.child.signalstatus)
        return int(self.child.exitstatus or 0)


class Opens(Protocol):
    def __call__(self, *args: str, columns: int = 80) -> Window: ...


@pytest.fixture
def window(shell: Shell) -> Iterator[Opens]:
    opened: list[Window] = []

    def opens(*args: str, columns: int = 80) -> Window:
        opened.append(Window(shell, args, columns))
        return opened[-1]

    yield opens
    for each in opened:
        each.close()


def attempts(shell: Shell) -> list[dict[str, object]]:
    listed = shell.run("exam", "history", "--json").json
    assert isinstance(listed, list)
    return listed


def saved_answers(shell: Shell) -> list[str]:
    """The answer to each of the five questions, as a fresh window shows it."""
    out = shell.run("exam", "resume", typed="g 1\nn\nn\nn\nn\n").out
    found = re.findall(r"(No answer yet|Your answer: [^.]*)\.\n", out)
    return [words.removeprefix("Your answer: ") for words in found[-5:]]


# The start screen


def test_the_clock_starts_when_enter_is_pressed_and_not_before(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start")
    sat.sees("type q to leave> ")
    assert attempts(shell) == []
    pressed = time.time() * 1000
    assert "10:00 left." in sat.types("", "\r\n> ")
    (attempt,) = attempts(shell)
    assert isinstance(attempt["started_at"], int)
    assert attempt["started_at"] >= pressed - 1_000  # the clocks of two processes


@pytest.mark.parametrize("key", ["q\n", "\x04"], ids=["q", "Ctrl-D"])
def test_whoever_leaves_at_the_start_screen_has_started_nothing(
    shell: Shell, window: Opens, key: str
) -> None:
    sat = window("exam", "start")
    sat.sees("Press Enter to start the clock")
    sat.child.send(key)
    assert sat.ends() == 0
    assert "Not started." in sat.shown
    assert attempts(shell) == []


def test_ctrl_c_at_the_start_screen_has_started_nothing(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start")
    sat.sees("Press Enter to start the clock")
    sat.child.sendintr()
    assert sat.ends() == 130
    assert "Traceback" not in sat.shown
    assert attempts(shell) == []


def test_yes_starts_at_once(window: Opens) -> None:
    sat = window("exam", "start", "--yes")
    assert "Press Enter" not in sat.sees("> ")
    assert "Question 1 of 5" in sat.shown


# Sitting


def test_a_short_exam_is_sat_by_typing(window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01")
    assert "Question 1 of 1" in sat.starts()
    sat.types("2 sure", "Saved: 2, sure.")
    sat.types("", "Review before the end:")
    sat.types("end", "This is final.")
    sat.types("no", "Not submitted.")
    sat.types("end", "This is final.")
    sat.types("yes", "Submitted.")
    assert sat.ends() == 0
    assert "of 1 scored questions right" in sat.shown
    assert "quizengine exam review " in sat.shown


def test_the_end_of_input_leaves_and_says_how_to_resume(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start", "--yes")
    sat.sees("> ")
    sat.child.sendeof()
    assert sat.ends() == 0
    assert re.search(r"\r\n  quizengine exam resume [0-9a-f]{8}\r\n$", sat.shown)


def test_ctrl_c_leaves_with_the_command_that_resumes(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01", "--yes")
    sat.sees("> ")
    sat.types("2", "Saved: 2.")
    sat.child.sendintr()
    assert sat.ends() == 130
    found = re.search(r"\r\n  quizengine (exam resume [0-9a-f]{8})\r\n$", sat.shown)
    assert found is not None
    assert "\r\nYour answers are saved." in sat.shown
    assert "Traceback" not in sat.shown
    again = window(*found[1].split())
    again.sees("Your answer: 2")


# What ends a process


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=lambda s: s.name)
def test_a_signal_to_end_loses_nothing_and_says_how_to_resume(
    shell: Shell, window: Opens, number: signal.Signals
) -> None:
    sat = window("exam", "start", "--yes")
    sat.sees("> ")
    sat.types("1", "Saved: ") if "a2 b1" not in sat.shown else sat.types("a1", "Saved: ")
    before = saved_answers_in(sat)
    sat.kill(number)
    assert sat.ends() == 128 + number
    assert "quizengine exam resume" in sat.shown
    assert "Traceback" not in sat.shown
    assert saved_answers(shell)[0] == before


def saved_answers_in(sat: Window) -> str:
    """The words after the last `Saved: `, which has just been seen."""
    sat.child.expect_exact(".\r\n")
    sat.shown += f"{sat.child.before}.\r\n"
    return str(sat.child.before)


def test_a_window_that_is_closed_loses_nothing(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01", "--yes")
    sat.sees("> ")
    sat.types("2", "Saved: 2.")
    assert sat.close() == 128 + signal.SIGHUP
    assert "Your answer: 2." in shell.run("exam", "resume").out


def test_every_confirmed_answer_survives_kill_9(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start", "--yes")
    expected = []
    screen = sat.sees("> ")
    for n in range(1, 6):
        sat.types("a1" if "a2 b1" in screen else "1", "Saved: ")
        expected.append(saved_answers_in(sat))
        if n < 5:
            screen = sat.types("n", f"Question {n + 1} of 5") + sat.sees("yet.")
    sat.kill(signal.SIGKILL)
    assert sat.ends() == 128 + signal.SIGKILL
    assert len(expected) == 5
    assert saved_answers(shell) == expected


def test_of_two_windows_on_one_attempt_the_newer_works_and_the_older_says_so(
    shell: Shell, window: Opens
) -> None:
    old = window("exam", "start", "tiny-c01", "--yes")
    old.sees("> ")
    old.types("1", "Saved: 1.")
    new = window("exam", "resume")
    new.sees("Your answer: 1.")
    new.types("2", "Saved: 2.")
    old.child.sendline("3")
    assert old.ends() == 1
    assert "This attempt is now open in a newer window" in old.shown
    assert "Traceback" not in old.shown
    assert "Saved: 3" not in old.shown
    new.types("s", "Your answer: 2.")
    new.types("end", "This is final.")
    new.types("yes", "Submitted.")
    assert new.ends() == 0


# Time


def test_when_time_runs_out_the_exam_submits_by_itself_while_the_prompt_waits(
    shell: Shell, window: Opens
) -> None:
    began = time.monotonic()
    sat = window("exam", "start", "--minutes", "0.05", "--questions", "2", "--yes")
    assert "0:03 left." in sat.sees("> ")
    sat.sees("The time is up.")
    assert 3 <= time.monotonic() - began < 15
    assert sat.ends() == 0
    assert "Submitted when the time was up." in sat.shown
    (attempt,) = attempts(shell)
    assert isinstance(attempt["submitted_at"], int)
    assert isinstance(attempt["started_at"], int)
    assert attempt["submitted_at"] - attempt["started_at"] == 3_000


def test_time_runs_on_while_the_process_is_stopped(window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01", "--minutes", "0.05", "--yes")
    sat.sees("> ")
    sat.kill(signal.SIGSTOP)
    sat.child.sendline("2")
    time.sleep(3.2)
    sat.kill(signal.SIGCONT)
    sat.sees("The time is up.")
    assert sat.ends() == 0
    assert "Saved" not in sat.shown


def test_an_attempt_whose_time_ran_out_meanwhile_is_submitted_on_the_word(
    shell: Shell, window: Opens
) -> None:
    sat = window("exam", "start", "tiny-c01", "--minutes", "0.02", "--yes")
    sat.sees("> ")
    sat.types("2", "Saved: 2.")
    sat.kill(signal.SIGKILL)
    sat.ends()
    time.sleep(1.2)
    again = window("exam", "resume")
    again.sees("ran out at")
    again.sees("submit or q> ")
    again.types("end", "submit or q> ")
    again.types("submit", "The exam has been submitted")
    assert again.ends() == 0
    (attempt,) = attempts(shell)
    assert attempt["submitted_at"] is not None


# Terminals that show little


def test_in_a_terminal_of_40_columns_no_line_of_the_exam_is_wider(window: Opens) -> None:
    sat = window("exam", "start", columns=40)
    sat.starts()
    for n in range(2, 6):
        sat.types("", f"Question {n} of 5")
        sat.sees("yet.")
    sat.types("", "Review before the end:")
    sat.types("end", "to go on> ")
    lines = [line for line in sat.shown.split("\r\n") if "> " not in line]  # prompts may wrap
    wide = [line for line in lines if len(line) > 40]
    assert len(lines) > 50
    assert wide == []


def test_a_terminal_that_knows_no_escapes_gets_none(shell: Shell, window: Opens) -> None:
    dumb = Shell(shell.home, shell.questions, {"TERM": "dumb", "QUIZENGINE_PLAIN": ""})
    sat = Window(dumb, ("exam", "start", "tiny-c01"), 80)
    sat.starts()
    sat.types("2", "Saved: 2.")
    sat.types("end", "This is final.")
    sat.types("yes", "Submitted.")
    assert sat.ends() == 0
    assert "\x1b" not in sat.shown


def test_in_an_ordinary_terminal_the_name_of_the_exam_stands_out(shell: Shell) -> None:
    bright = Shell(shell.home, shell.questions, {"TERM": "xterm", "QUIZENGINE_PLAIN": ""})
    sat = Window(bright, ("exam", "start", "tiny-c01"), 80)
    assert "\x1b[1mThe exam tiny-c01 (tiny-c01)\x1b[0m" in sat.sees("type q to leave> ")
    sat.close()
