"""`quizengine lab questions`, the list with weak topics, and the trap, as a learner reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quizengine.cli import labshown, report
from quizengine.cli.progress import _json, _show_counts, _show_lure
from quizengine.question import Question
from quizengine.study import LabLine, Study
from tests.builders import Desk, a_bank, a_choice, a_lab, a_question, a_short_exam
from tests.shells.helpers import Shell
from tests.unit.learner import MLS, Learner

ASKS = ("d1-000", "d1-001", "d2-000")
LAB = a_lab(asks=ASKS)


@pytest.fixture
def learner() -> Learner:
    return Learner(Desk(a_bank(exam=a_short_exam(), labs=[LAB])))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def asks(learner: Learner, right: int, *, again: bool = False) -> None:
    study = learner.study
    plan = study.plan_lab(LAB.id, again=again)
    seat = study.start(plan)
    for n, id in enumerate(ASKS):
        seat = learner.answers(seat, id, "right" if n < right else "wrong-a")
        seat = study.reveal(seat, id) if again else seat
    learner.submits(seat)


def line(study: Study) -> LabLine:
    return study.lab(LAB.id)


def test_what_is_said_of_a_labs_questions_leads_from_before_to_after(
    learner: Learner, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "quizengine lab questions early_stopping"
    labshown.show_asks(line(learner.study))
    assert said(capsys) == f"First 3 questions, asked again after it: {command}"
    asks(learner, 1)
    labshown.show_asks(line(learner.study))
    assert said(capsys).endswith("before the lab 1 of 3 right. They come again once it is done.")
    learner.study.note_lab(LAB.id, "checked", checks={c.id: True for c in LAB.checks})
    labshown.show_asks(line(learner.study))
    assert said(capsys) == f"Now the same 3 again (before the lab 1 of 3 right): {command}"
    asks(learner, 3, again=True)
    labshown.show_asks(line(learner.study))
    assert said(capsys).startswith("Its questions: before the lab 1 of 3 right, after it 3 of 3.")


def test_while_they_are_open_the_way_back_is_named(
    learner: Learner, capsys: pytest.CaptureFixture[str]
) -> None:
    seat = learner.study.start(learner.study.plan_lab(LAB.id))
    labshown.show_asks(line(learner.study))
    assert said(capsys).endswith(f"quizengine exam resume {seat.attempt.id[:8]}")


def test_a_lab_that_asks_nothing_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    study = Desk(a_bank(exam=a_short_exam(), labs=[a_lab()])).study()
    labshown.show_asks(line(study))
    assert said(capsys) == ""


def test_the_report_shows_each_before_and_after_and_no_estimate(
    learner: Learner, capsys: pytest.CaptureFixture[str]
) -> None:
    asks(learner, 1)
    asks(learner, 3, again=True)
    for attempt in (None, learner.study.history()[0].attempt.id):
        report.show_report(learner.study.report(attempt))
        told = said(capsys)
        assert "early_stopping: before the lab 1 of 3 right, after it 3 of 3." in told
        assert "d1-000 right right" in told
        assert "d1-001 not right right" in told
        assert "scaled" not in told


def test_the_list_names_the_weak_topics_a_lab_would_help_and_the_best_lab(
    learner: Learner, capsys: pytest.CaptureFixture[str]
) -> None:
    learner.sits({f"d1-{n:03}": "wrong-a" for n in range(5, 15)})
    study = learner.study
    labshown.show_lines(study.labs(), study.lab_gains())
    told = said(capsys)
    assert "Tasks: mls-c01 3.4 * Weak with you: Early stopping (" in told
    assert told.endswith("It would help you most now: quizengine lab start early_stopping")
    (one,) = [labshown.line_json(line, study.lab_gains()) for line in study.labs()]
    assert [weak["id"] for weak in one["weak_topics"]] == ["training/early-stopping"]  # type: ignore[attr-defined]


def test_progress_marks_what_a_finished_lab_practised(
    learner: Learner, capsys: pytest.CaptureFixture[str]
) -> None:
    learner.study.note_lab(LAB.id, "checked", checks={c.id: True for c in LAB.checks})
    _show_counts(learner.progress(), "topic")
    assert "not practised yet, lab done" in said(capsys)


def lured() -> list[Question]:
    options = [
        a_choice("right", True),
        a_choice("more") | {"trap": "boundary"},
        a_choice("late"),
        a_choice("less") | {"trap": "elsewhere"},
    ]
    ids = [f"d1-{n:03}" for n in range(3, 9)]
    return [a_question("single", id, exams={MLS: "1.2"}, options=options) for id in ids]


def test_the_trap_comes_with_its_count_its_advice_and_the_commands_that_show_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    learner = Learner(Desk(a_bank(19, exam=a_short_exam(), instead=lured())))
    seat = learner.sits({question.id: "more" for question in lured()})
    report.show_report(learner.study.report())
    told = said(capsys)
    trap = "The trap you fell for most: another service or feature does this. It caught you 6 times"
    assert trap in told
    assert f"quizengine exam review {seat.attempt.id[:8]} --question 1" in told
    _show_lure(learner.progress())
    told = said(capsys)
    assert trap in told
    assert "takes over; then choose" in told
    assert told.count("quizengine bank show d1-00") == 3
    assert _json(learner.progress())["trap"]["caught"] == 6  # type: ignore[index]


def test_without_a_habit_nothing_is_said_of_traps(
    learner: Learner, capsys: pytest.CaptureFixture[str]
) -> None:
    learner.sits({"d1-003": "wrong-a"})
    report.show_report(learner.study.report())
    _show_lure(learner.progress())
    assert "trap" not in said(capsys)


def test_the_questions_of_a_real_lab_are_asked_in_plain_lines(home: Path) -> None:
    shell = Shell(home)
    ran = shell.run("lab", "questions", "train-xgboost", "--yes", typed="1\nend\nyes\n")
    assert ran.code == 0, ran.err
    assert "They come again after the lab" in ran.out
    assert "of 3 right. Which ones, and why, is told when they are asked again" in " ".join(
        ran.out.split()
    )
    again = shell.run("lab", "questions", "train-xgboost")
    assert again.code == 1
    assert "(sooner: --again)" in again.err
    refused = shell.run("exam", "review")
    assert refused.code == 1
    assert refused.out == ""
    (attempt,) = json.loads(shell.run("exam", "history", "--json").out)
    assert attempt["lab"] == "train_xgboost"
    assert "scaled_estimate" not in attempt["result"]
