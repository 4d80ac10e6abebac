"""The figures in the pages are those of the program."""

from __future__ import annotations

import math
import re
import tomllib
from typing import Any, get_args

import fsrs
import pytest

from quizengine import wiring
from quizengine.card import Source
from quizengine.cli.drill import KEYS
from quizengine.content import ExamCode, TopicId
from quizengine.deck import AHEAD, NEW_A_DAY
from quizengine.exam import Exam, Figure, quotas
from quizengine.form import SEALED_FORMS
from quizengine.interval import Z90, wilson
from quizengine.practice import ONLY
from quizengine.progress import ENOUGH, Level, Standing, Tally
from quizengine.question import TRAPS, question_schema
from quizengine.schedule import GRADES
from quizengine.scoring import CUT, CUT_ERROR, HIGHEST, LOWEST, scaled
from quizengine.storage.sqlite import BUSY_SECONDS
from quizengine.study import PRACTICE
from quizengine.terms import EXTRA_TIME, MINUTE, WARNINGS
from quizengine.tui.frame import COMES_BACK
from quizengine.words import duration
from tests.docs.pages import ROOT, TEXTS, blocks, inline_code, says, table, unsaid

BANK = wiring.load_questions()
DEFAULT = ExamCode(wiring.DEFAULT_EXAM)
IN_WORDS = {2: "two", 3: "three", 4: "four", 10: "ten"}
PERCENT = f"{CUT * 100:g} %"
TOLD = f"{', '.join(map(str, WARNINGS[:-1]))} and {WARNINGS[-1]} minutes are left"


@pytest.mark.parametrize(
    ("page", "sentences"),
    [
        (
            "README.md",
            [
                f"we take {PERCENT} right for the pass mark",
                f"if that is off by {IN_WORDS[round(CUT_ERROR * 100)]} points",
            ],
        ),
        (
            "docs/result.md",
            [
                f"{PERCENT} right meets the pass mark",
                f"the true cut lay {CUT_ERROR} higher or lower",
                f"a number from {LOWEST} to {HIGHEST:,}",
                f"cut {CUT}",
            ],
        ),
        ("docs/exam.md", [f"for every exam: {PERCENT}."]),
        (
            "docs/progress.md",
            [
                f"fewer than {ENOUGH} questions",
                f"lies below {PERCENT}, the share",
                f"`z` = {Z90}",
            ],
        ),
        ("docs/attempt.md", [f"You are told when {TOLD}", f"After {BUSY_SECONDS:g} seconds"]),
        (
            "docs/accessibility.md",
            [f"when {TOLD}", f"When {COMES_BACK} minutes are left it comes back"],
        ),
        ("docs/outcome.md", [f"{LOWEST} to {HIGHEST:,}"]),
        (
            "docs/card.md",
            [
                f"New cards come {NEW_A_DAY} a day",
                f"up to {AHEAD // MINUTE} minutes early",
                f"a chance of {fsrs.Scheduler().desired_retention:.0%}".replace("%", " %"),
            ],
        ),
        (
            "docs/form.md",
            [
                f"{IN_WORDS[SEALED_FORMS]} forms' worth of questions of each domain are sealed",
                f"fewer than {IN_WORDS[2 * SEALED_FORMS]} forms' worth",
            ],
        ),
    ],
)
def test_a_page_says_the_figures_of_the_program(page: str, sentences: list[str]) -> None:
    assert not unsaid(TEXTS[page], sentences)


@pytest.mark.parametrize("page", [name for name in TEXTS if name.startswith(("README", "docs/"))])
def test_no_page_knows_another_share_that_passes(page: str) -> None:
    assert set(re.findall(r"\b([\d.]+) ?% right", TEXTS[page])) <= {f"{CUT * 100:g}"}


# Formulas


def formulas(page: str, first: str) -> dict[str, str]:
    """name -> expression, of the block that begins with this word."""
    (body,) = [b for kind, b in blocks(TEXTS[page]) if kind == "text" and b.startswith(first)]
    lines = (line.partition(" = ") for line in body.splitlines())
    return {name.strip(): value for name, _, value in lines if value}


def test_the_formula_of_the_estimate_gives_the_programs_estimate() -> None:
    told = formulas("docs/result.md", "share")
    below = told["share <  cut:   estimate"]
    above = told["share >= cut:   estimate"]
    for right in range(51):
        names = {"share": right / 50, "cut": CUT, "mark": 750}
        expression = (below if right / 50 < CUT else above).replace("pass", "mark")
        exact = eval(expression, {}, names)
        assert abs(scaled(right / 50, 750) - exact) <= 0.5 or scaled(right / 50, 750) == 749


def test_the_table_of_estimates_is_the_programs() -> None:
    rows = table(TEXTS["docs/result.md"], "right", "share", "estimate")
    assert len(rows) >= 5
    for right, *told in rows:
        share = int(right) / 50
        low, high = (scaled(share, 750, CUT + error) for error in (CUT_ERROR, -CUT_ERROR))
        assert told == [f"{share:.0%}", str(scaled(share, 750)), f"{low}-{high}"]


def test_the_formula_of_the_interval_gives_the_programs_interval() -> None:
    told = formulas("docs/progress.md", "centre")
    for right, count in [(0, 1), (3, 5), (7, 7), (20, 25)]:
        names: dict[str, Any] = {"p": right / count, "n": count, "z": Z90, "sqrt": math.sqrt}
        for name in ("centre", "half", "low", "high"):
            names[name] = eval(told[name], {}, names)
        assert wilson(right, count) == pytest.approx((names["low"], names["high"]), abs=1e-9)


def test_the_table_of_intervals_is_the_programs() -> None:
    rows = table(TEXTS["docs/progress.md"], "right", "interval")
    assert len(rows) >= 3
    for counts, interval in rows:
        low, high = wilson(*map(int, counts.split(" of ")))
        assert interval == f"{low:.0%}-{high:.0%}"


def test_the_standings_are_those_of_the_program() -> None:
    words = [row[0] for row in table(TEXTS["docs/progress.md"], "word", "when")]
    assert set(words) == {"not practised yet", *get_args(Standing)}
    fewest = next(n for n in range(1, 99) if Tally("task", "1.1", "", n, n, n).standing == "strong")
    assert says(TEXTS["docs/progress.md"], f'"strong" takes at least {fewest} questions, all right')


# Exams


def figure(figure: Figure[Any]) -> str:
    used = ", ".join(figure.used) if isinstance(figure.used, tuple) else str(figure.used)
    return used if figure.assumed is None else f"{used} (assumed)"


def row(exam: Exam, format: str) -> list[str]:
    """An exam's format as docs/exam.md lists it."""
    form = exam.format(format)
    length = f"{form.length}" + (" (assumed)" if form.scored.assumed is not None else "")
    return [
        f"`{exam.code}`",
        exam.status.value,
        f"`{form.name}`",
        length,
        figure(form.unscored),
        figure(form.minutes),
        figure(exam.pass_mark),
        figure(form.kinds),
    ]


def test_the_table_of_exams_is_that_of_the_files() -> None:
    rows = table(TEXTS["docs/exam.md"], "exam", "status", "format")
    exams = sorted(BANK.exams.values(), key=lambda exam: exam.code)
    assert rows == [row(exam, form.name) for exam in exams for form in exam.formats]


def test_the_readme_lists_every_exam_with_its_full_form() -> None:
    rows = table(TEXTS["README.md"], "exam", "status")
    listed = {name.split()[0].lower(): (status, form) for name, status, form in rows}
    assert listed.keys() == set(BANK.exams)
    for code, exam in BANK.exams.items():
        status, form = listed[code]
        first = exam.formats[0]
        assumed = " (assumed)" if first.minutes.assumed is not None else ""
        assert form == f"{first.length} questions, {duration(first.minutes.used)}{assumed}"
        assert exam.status.value in status
        assert exam.status.value == "active" or exam.status.since.isoformat() in status


def test_the_days_of_retirement_and_beta_are_those_of_the_files() -> None:
    for exam in BANK.exams.values():
        if exam.status.value != "active":
            since = exam.status.since.isoformat()
            about = TEXTS["docs/exam.md"].partition(f"- `{exam.code}`")[2].partition("\n- ")[0]
            assert since in about


def test_the_counts_of_a_full_form_are_the_quotas() -> None:
    exam = BANK.exams[DEFAULT]
    first = exam.formats[0]
    *most, last = quotas(exam, first.scored.used).values()
    assert says(TEXTS["docs/form.md"], f"{', '.join(map(str, most))} and {last} scored questions")
    *most, last = quotas(exam, first.unscored.used).values()
    assert says(TEXTS["docs/form.md"], f"{', '.join(map(str, most))} and {last} unscored ones")


# Lists


def test_the_first_lines_of_the_readme_are_those_of_the_default_exam() -> None:
    first = BANK.exams[DEFAULT].formats[0]
    words = f"{first.length} questions, {duration(first.minutes.used)}"
    assert f"# sets up .venv (once), then a full timed mock exam: {words}" in TEXTS["README.md"]


def test_the_kinds_of_question_have_the_sizes_of_the_models() -> None:
    models = question_schema()["$defs"]

    def size(kind: str, part: str) -> tuple[int, int]:
        found = models[f"{kind.capitalize()}Question"]["properties"][part]
        return found["minItems"], found["maxItems"]

    rows = table(TEXTS["docs/question.md"], "kind", "you see")
    seen = {kind.strip("`"): shape for kind, shape, _ in rows}
    assert list(seen) == ["single", "multiple", "ordering", "matching"]
    assert seen["single"] == f"{size('single', 'options')[0]} options"
    assert seen["multiple"].startswith(f"5 or {size('multiple', 'options')[1]} options")
    assert seen["ordering"].startswith("{} to {} steps".format(*size("ordering", "steps")))
    assert seen["matching"].startswith("{} to {} prompts".format(*size("matching", "prompts")))
    assert "{} to {} options".format(*size("matching", "options")) in seen["matching"]


def test_the_traps_are_said_as_the_program_says_them() -> None:
    rows = table(TEXTS["docs/question.md"], "trap", "said as")
    assert {name.strip("`"): said for name, said in rows} == TRAPS


def test_the_verdicts_on_a_source_are_those_of_the_model() -> None:
    rows = table(TEXTS["docs/card.md"], "verdict")
    told = [name.strip("`") for name, _ in rows]
    assert told == list(get_args(Source.model_fields["verdict"].annotation))


def test_the_grades_of_a_card_are_those_of_the_model() -> None:
    rows = table(TEXTS["docs/card.md"], "key", "grade", "it was")
    assert [grade for _, grade, _ in rows] == list(GRADES)
    for key, grade, _ in rows:
        assert {KEYS[code] for code in inline_code(key)} == {grade}


def test_what_practice_can_be_narrowed_to_is_that_of_the_command() -> None:
    page = TEXTS["docs/practice.md"]
    assert [name.strip("`") for name, _ in table(page, "`--only`")] == list(ONLY)
    assert f"# {IN_WORDS[PRACTICE]} questions of {wiring.DEFAULT_EXAM}" in page


def test_the_extra_times_and_levels_are_all_named() -> None:
    more = TEXTS["docs/accessibility.md"]
    assert not [extra for extra in EXTRA_TIME if extra != "none" and extra not in more]
    assert not [level for level in get_args(Level) if level not in TEXTS["docs/progress.md"]]


def test_the_tasks_of_a_topic_are_those_of_the_tree() -> None:
    (example,) = [body for _, body in blocks(TEXTS["docs/topic.md"]) if body.startswith("area")]
    head, line = example.splitlines()
    id, *tasks = re.split(r"  +", line)
    codes = re.findall(r"in (\S+)", head)
    told = zip(codes, (task.removeprefix("task ") for task in tasks), strict=True)
    assert dict(told) == BANK.topics[TopicId(id)].exams


def test_the_pythons_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {line.rpartition(" ")[2] for line in project["classifiers"] if ":: 3." in line}
    for page in ("README.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"\b3\.\d+\b", TEXTS[page])) - {"3.81"} <= named
        assert says(TEXTS[page], "Python 3.11, 3.12 or 3.13")
    assert named == {"3.11", "3.12", "3.13"}


def test_the_environment_is_told_in_full() -> None:
    told = {code.partition("=")[0] for name in TEXTS for code in inline_code(TEXTS[name])}
    names = set(re.findall(r"^    ([A-Z_]+) ", wiring.__doc__ or "", re.MULTILINE))
    assert "QUIZENGINE_HOME" in names
    assert names - told <= {"QUIZENGINE_QUESTIONS"}
