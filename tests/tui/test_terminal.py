"""The full screen in a real terminal: signals, sizes, and time that really passes."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from typing import Protocol

import pytest

from tests.shells.helpers import Shell
from tests.shells.test_terminal import Window, attempts

pytestmark = [
    pytest.mark.slow,
    # pexpect forks; the workers of pytest-xdist have threads. The child execs at once.
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]

FULL = {"QUIZENGINE_PLAIN": "", "TERM": "xterm-256color"}
ALTERNATE, ORDINARY = "\x1b[?1049h", "\x1b[?1049l"
RESUME = re.compile(r"\r\n  quizengine (exam resume [0-9a-f]{8})\r\n$")


class Opens(Protocol):
    def __call__(self, *args: str, columns: int = 80, **env: str) -> Window: ...


@pytest.fixture
def window(shell: Shell) -> Iterator[Opens]:
    opened: list[Window] = []

    def opens(*args: str, columns: int = 80, **env: str) -> Window:
        opened.append(Window(Shell(shell.home, shell.questions, FULL | env), args, columns))
        return opened[-1]

    yield opens
    for each in opened:
        each.close()


def press(sat: Window, keys: str, then: str) -> str:
    sat.child.send(keys)
    return sat.sees(then)


def saved(shell: Shell) -> str:
    """The answer to the question in front, as the plain shell tells it."""
    found = re.findall(r"(No answer yet|Your answer: [^.]*)\.", shell.run("exam", "resume").out)
    return str(found[-1]).removeprefix("Your answer: ")


def begun(window: Opens, **env: str) -> Window:
    """A question in front, and its option 2 chosen."""
    sat = window("exam", "start", "tiny-c01", "--yes", columns=80, **env)
    sat.sees("Question 1 of 1")
    press(sat, "2", "Saved.")
    return sat


def test_an_exam_is_sat_in_a_terminal(window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01")
    sat.sees("type q to leave> ")
    sat.child.send("\r")
    sat.sees(ALTERNATE)
    sat.sees("Question 1 of 1")
    press(sat, "2", "Saved.")
    press(sat, "n", "unanswered 0")
    press(sat, "e", "End the exam?")
    sat.child.send("y")
    assert sat.ends() == 0
    report = sat.shown.rpartition(ORDINARY)[2]
    assert "of 1 scored questions right" in report
    assert "\x1b[?25h" in sat.shown  # the cursor is back
    assert "\x1b[?1000l" in sat.shown  # and the mouse is the terminal's again
    assert "Traceback" not in sat.shown


def test_whoever_leaves_is_told_how_to_go_on_and_goes_on_in_plain_lines(
    shell: Shell, window: Opens
) -> None:
    sat = begun(window)
    sat.child.send("q")
    assert sat.ends() == 0
    assert "Your answers are saved. Go on with:\r\n" in sat.shown.rpartition(ORDINARY)[2]
    assert RESUME.search(sat.shown)
    assert saved(shell) == "2"


def test_what_was_begun_in_plain_lines_goes_on_here(shell: Shell, window: Opens) -> None:
    shell.run("exam", "start", "tiny-c01", typed="3 sure\nnote by hand\nq\n")
    sat = window("exam", "resume")
    sat.sees("(•) 3")
    sat.sees("Your note: by hand")
    assert "You are sure." in sat.sees("You are sure.")


@pytest.mark.parametrize(
    "number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name
)
def test_a_signal_to_end_loses_nothing_and_gives_the_terminal_back(
    shell: Shell, window: Opens, number: signal.Signals
) -> None:
    sat = begun(window)
    sat.kill(number)
    assert sat.ends() == 128 + number
    assert RESUME.search(sat.shown.rpartition(ORDINARY)[2])
    assert "Traceback" not in sat.shown
    assert saved(shell) == "2"


def test_ctrl_c_leaves(shell: Shell, window: Opens) -> None:
    sat = begun(window)
    sat.child.sendintr()
    assert sat.ends() == 0
    assert saved(shell) == "2"


def test_a_window_that_is_closed_loses_nothing_and_leaves_no_process(
    shell: Shell, window: Opens
) -> None:
    sat = begun(window)
    getattr(sat.child, "ptyproc").fileobj.close()  # noqa: B009 - unknown to its stubs
    deadline = time.monotonic() + 10
    while sat.child.isalive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not sat.child.isalive()
    assert saved(shell) == "2"


def test_every_confirmed_answer_survives_kill_9(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start", "new-c02", "--yes")
    sat.sees("Question 1 of 2")
    press(sat, "1", "Saved.")
    press(sat, "n", "Question 2 of 2")
    press(sat, "4", "Saved.")
    sat.kill(signal.SIGKILL)
    assert sat.ends() == 128 + signal.SIGKILL
    out = shell.run("exam", "resume", typed="p\n").out
    assert re.findall(r"Your answer: (\d)", out) == ["4", "1"]


def test_the_screen_follows_the_size_of_the_window(window: Opens) -> None:
    sat = begun(window)
    sat.child.setwinsize(12, 40)
    press(sat, "f", "FLAGGED")
    sat.child.setwinsize(40, 120)
    sat.sees("q leave")
    press(sat, "3", "Saved.")
    sat.child.setwinsize(1, 1)
    time.sleep(0.3)
    sat.child.setwinsize(24, 80)
    sat.sees("(•) 3")
    sat.child.send("q")
    assert sat.ends() == 0


def test_when_time_runs_out_the_exam_submits_by_itself(shell: Shell, window: Opens) -> None:
    began = time.monotonic()
    sat = window("exam", "start", "--minutes", "0.05", "--questions", "2", "--yes")
    sat.sees("0:03 left")
    sat.sees("0:01 left")
    assert sat.ends() == 0
    assert 3 <= time.monotonic() - began < 15
    assert "Submitted when the time was up." in sat.shown
    (attempt,) = attempts(shell)
    assert isinstance(attempt["submitted_at"], int)
    assert isinstance(attempt["started_at"], int)
    assert attempt["submitted_at"] - attempt["started_at"] == 3_000


def test_time_runs_on_while_the_process_is_stopped(shell: Shell, window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01", "--minutes", "0.05", "--yes")
    sat.sees("Question 1 of 1")
    sat.kill(signal.SIGSTOP)
    sat.child.send("2")
    time.sleep(3.2)
    sat.kill(signal.SIGCONT)
    assert sat.ends() == 0
    assert "1 question left blank" in sat.shown


def test_of_two_windows_the_older_says_that_it_was_superseded(shell: Shell, window: Opens) -> None:
    old = begun(window)
    new = window("exam", "resume")
    new.sees("(•) 2")
    old.child.send("3")
    assert old.ends() == 1
    assert "open in a newer window" in old.shown.rpartition(ORDINARY)[2]
    assert "Traceback" not in old.shown
    press(new, "4", "Saved.")
    new.child.send("q")
    assert new.ends() == 0
    assert saved(shell) == "4"


def test_an_attempt_whose_time_ran_out_meanwhile_is_asked_about_in_words(window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01", "--minutes", "0.03", "--yes")
    sat.sees("Question 1 of 1")
    sat.kill(signal.SIGKILL)
    sat.ends()
    time.sleep(1.8)
    again = window("exam", "resume")
    again.sees("submit or q> ")
    assert ALTERNATE not in again.shown
    again.types("submit", "The exam has been submitted")
    assert again.ends() == 0
    assert "scored questions right" in again.shown


def test_practice_runs_in_the_same_screen(window: Opens) -> None:
    sat = window("practice", "tiny-c01", "--questions", "1", "--yes")
    sat.sees("Question 1 of 1")
    press(sat, "2", "What decides:")
    press(sat, "\r", "unanswered 0")
    press(sat, "e", "End the practice?")
    sat.child.send("y")
    assert sat.ends() == 0
    assert "1 question answered" in sat.shown


def test_with_no_color_the_program_sends_no_colour(window: Opens) -> None:
    sat = begun(window, NO_COLOR="1")
    press(sat, "f", "FLAGGED")
    sat.child.send("q")
    assert sat.ends() == 0
    drawn = sat.shown.rpartition(ORDINARY)[0]
    codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", drawn) for code in found.split(";")}
    assert codes <= {"", "0", "1", "2", "4", "7", "9", "39", "49"}


def test_a_terminal_that_cannot_be_drawn_on_gets_plain_lines(window: Opens) -> None:
    sat = window("exam", "start", "tiny-c01", "--yes", TERM="dumb")
    sat.sees("\r\n> ")
    sat.types("2", "Saved: 2.")
    sat.types("q", "Go on with:")
    assert sat.ends() == 0
    assert "\x1b" not in sat.shown
