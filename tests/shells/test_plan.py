"""Progress with the model, the plan and today, at the command line."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pexpect
import pytest

from quizengine import wiring
from quizengine.cli import bars, main
from tests.shells.helpers import PROGRAM, SECONDS, Ran, Shell

NEXT_MONTH = str(date.today() + timedelta(days=30))
TOPIC = "training/early-stopping"


@dataclass
class Inside:
    """The program within the test's process; `outside` is one of its own in the same home."""

    outside: Shell

    @property
    def home(self) -> Path:
        return self.outside.home

    def run(self, *args: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(args)
            except SystemExit as left:
                code = left.code
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory, questions: Path) -> Path:
    """The home of somebody who got half of a mock right, and has done the labs."""
    home = tmp_path_factory.mktemp("half") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUIZENGINE_HOME", str(home))
        patch.setenv("QUIZENGINE_QUESTIONS", str(questions))
        with wiring.opened() as study:
            seat = study.start(study.plan("mls-c01"))
            for n in range(len(seat.attempt.form.places)):
                seat = study.go_to(seat, n)
                question = seat.question
                wrong = tuple(id for id in question.shuffled if id not in question.key)
                picked = question.key if n % 2 or len(wrong) < question.wanted else wrong
                seat = study.answer(seat, question.id, picked[: question.wanted])
            study.submit(seat)
            for line in study.labs():
                checks = {check.id: True for check in line.lab.checks}
                study.note_lab(line.lab.id, "checked", checks=checks)
    return home


@pytest.fixture
def shell(home: Path, questions: Path, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """Within this process, but for what needs a terminal of its own."""
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(questions))
    return Inside(Shell(home, questions))


@pytest.fixture
def sat(shell: Inside, history: Path) -> Inside:
    shutil.copytree(history, shell.home)
    return shell


@pytest.fixture
def planned(sat: Inside) -> Inside:
    done = sat.run("plan", "--exam", "mls-c01", "--date", NEXT_MONTH, "--minutes", "40")
    assert done.code == 0, done.err
    return sat


# Progress


def test_progress_says_the_chance_the_weakest_and_why(sat: Inside) -> None:
    out = sat.run("progress").out
    assert re.search(r"Chance to pass our mock: \d+% \(", out)
    assert "Based on 5 answers." in out
    assert "among the weakest three" in out
    assert re.search(r"because of \d right of \d", out)
    assert "If you do nothing until " in out
    assert "task  " in out  # the raw counts stay


def test_progress_fits_80_columns(sat: Inside) -> None:
    assert max(map(len, sat.run("progress", "--all").out.splitlines())) <= 80


def test_a_narrow_terminal_gets_it_too(sat: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for args in (("progress", "--all"), ("plan", "--date", "+9"), ("today",)):
        assert sat.run(*args).code == 0


def test_without_answers_no_chance_is_said(shell: Inside) -> None:
    out = shell.run("progress").out
    assert "Chance" not in out
    assert "not practised yet" in out


def test_progress_of_an_exam_without_questions_shows_its_counts(shell: Inside) -> None:
    assert shell.run("progress", "wide-c01").code == 0


def test_the_json_has_every_level_and_its_intervals(sat: Inside) -> None:
    model = sat.run("progress", "--json").json["model"]
    assert 0 < model["chance_to_pass_our_mock"] < 1
    assert model["based_on_answers"] == 5
    assert {place["level"] for place in model["places"]} == {"domain", "task", "topic"}
    for place in model["places"]:
        low, high = place["interval_90"]
        assert low <= place["known"] <= high


class Page(HTMLParser):
    """The tags of a page, what it would fetch, and whether its tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href", "action")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_fetches_nothing_and_has_each_picture_as_a_table_too(
    sat: Inside, tmp_path: Path
) -> None:
    file = tmp_path / "progress.html"
    assert sat.run("progress", "--html", str(file)).code == 0
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert (page.fetched, page.open) == ([], [])
    assert not re.search(r"https?:|url\(|@import|<script", text)
    assert "prefers-color-scheme: dark" in text
    assert page.tags.count("table") > page.tags.count("svg") >= 3
    assert text.count('role="img" aria-label="') == page.tags.count("svg")


def test_a_page_that_is_there_is_not_written_over(sat: Inside, tmp_path: Path) -> None:
    file = tmp_path / "mine.html"
    file.write_text("mine")
    done = sat.run("progress", "--html", str(file))
    assert (done.code, file.read_text()) == (1, "mine")


@pytest.mark.parametrize("signs", [bars.FINE, bars.PLAIN])
def test_a_bar_has_its_interval_its_middle_and_the_mark(signs: bars.Signs) -> None:
    drawn = bars.bar(0.2, 0.4, 0.6, 0.8, signs, width=10)
    assert drawn == "".join(
        (signs.empty * 2, signs.inside * 2, signs.at, signs.inside * 2, signs.empty, signs.mark,
         signs.empty)
    )  # fmt: skip


def test_a_bar_of_everything_stays_in_its_width() -> None:
    assert len(bars.bar(0.0, 1.0, 1.0, 1.0, bars.FINE)) == bars.WIDTH


def test_a_line_of_columns_rises_as_its_numbers_do() -> None:
    assert bars.spark([100, 550, 1000], 100, 1000, bars.FINE) == "▁▅█"
    assert bars.spark([100, 550, 1000], 100, 1000, bars.PLAIN) == ""


def test_what_a_terminal_cannot_show_is_shown_in_plain_characters(sat: Inside) -> None:
    env = {"QUIZENGINE_PLAIN": "", "PYTHONIOENCODING": "ascii"}
    plain_shell = replace(sat.outside, env=env)
    plain = plain_shell.run("progress").out
    assert "?" not in plain
    assert "===" in plain
    fine = replace(plain_shell, env=env | {"PYTHONIOENCODING": "utf-8"}).run("progress").out
    assert "━" in fine


def test_a_damaged_cache_changes_nothing(sat: Inside) -> None:
    first = sat.run("progress").out
    (kept,) = (sat.home / "cache").glob("mastery-*.npz")
    kept.write_bytes(b"no state")
    assert sat.run("progress").out == first
    assert sat.run("progress").out == first


# The plan


def test_without_a_plan_it_is_said_how_to_make_one(shell: Inside) -> None:
    for command in ("plan", "today"):
        done = shell.run(command)
        assert done.code == 0
        assert "quizengine plan --exam mls-c01 --date" in done.out


def test_a_plan_has_the_command_that_starts_each_of_todays_items(planned: Inside) -> None:
    out = planned.run("plan").out
    assert f"mls-c01 on {NEXT_MONTH}: 30 days left, 40 minutes a day" in out
    assert f"quizengine practice mls-c01 --in {TOPIC} --questions " in out
    assert max(map(len, out.splitlines())) <= 80


def test_no_day_of_the_json_has_more_minutes_than_the_goal(planned: Inside) -> None:
    found = planned.run("plan", "--json").json
    assert (found["exam"], found["date"], found["minutes_a_day"]) == ("mls-c01", NEXT_MONTH, 40)
    assert len(found["days"]) == 30
    assert all(day["minutes"] <= 40 for day in found["days"])
    assert found["today"] == [item | {"done": False} for item in found["days"][0]["items"]]


def test_a_whole_mock_that_no_day_has_room_for_is_told(planned: Inside) -> None:
    real = replace(planned.outside, questions=wiring.PACKAGE.parent / "questions")
    told = "A whole mock takes 3 hours"
    assert told in real.run("plan").out
    assert told not in real.run("plan", "--minutes", "180").out


def test_one_thing_of_a_plan_can_be_changed(planned: Inside) -> None:
    planned.run("plan", "--minutes", "90")
    assert planned.run("plan", "--json").json["minutes_a_day"] == 90


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--date", "2020-01-01"), "not in the future"),
        (("--date", "+0"), "not in the future"),
        (("--exam", "no-c01", "--date", NEXT_MONTH), "no-c01"),
        (("--minutes", "30"), "was not said yet"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(
    shell: Inside, args: tuple[str, ...], says: str
) -> None:
    done = shell.run("plan", *args)
    assert (done.code, says in done.err) == (1, True)


def test_a_day_can_be_said_by_its_distance(planned: Inside) -> None:
    planned.run("plan", "--date", "+9")
    assert len(planned.run("plan", "--json").json["days"]) == 9
    assert planned.run("plan", "--date", "soon").code == 2


def test_an_item_of_today_is_started_by_its_number(planned: Inside) -> None:
    done = planned.outside.run("today", "--start", "1", typed="1\nend\nyes\n")
    assert done.code == 0
    assert "your practice" in done.out
    assert planned.run("today", "--start", "9").code == 1


def test_today_asks_which_one_and_starts_it(planned: Inside) -> None:
    child = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], "today"], env=planned.outside.environment(), encoding="utf-8",
        timeout=SECONDS,
    )  # fmt: skip
    child.expect("Which one")
    child.sendline("")
    child.expect("quizengine practice mls-c01")
    child.expect("Press Enter to begin")
    child.sendline("q")
    child.expect("Not started")
    child.expect(pexpect.EOF)


def test_home_shows_the_chance_and_today(planned: Inside) -> None:
    out = planned.run().out
    assert re.search(r"Chance to pass our mock of mls-c01: \d+%, estimate \d+ \(", out)
    assert re.search(r"Today: 0 of \d done, next ", out)


def test_a_report_ends_with_next_steps(sat: Inside) -> None:
    out = sat.run("exam", "report").out
    _, found, steps = out.partition("Next, by what it gains:\n")
    assert found
    assert 1 <= len(re.findall(r"^   quizengine ", steps, re.MULTILINE)) <= 3
    assert sat.run("exam", "report", "--json").json["next_steps"]


def test_the_weak_topics_can_be_practised(sat: Inside) -> None:
    assert "2 questions" in sat.outside.run("practice", "--weak", "--questions", "2").out
    assert sat.run("practice", "--weak", "--in", "1").code == 2
