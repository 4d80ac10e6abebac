"""What is said of checks, hints and the end of a script."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labs.lab import Check, Verdict
from labs.runner import catalogue
from labs.runner.checking import Looked
from labs.runner.cleaning import Fate, Thing
from labs.runner.process import Exit
from quizengine.cli import labshown
from quizengine.cli.question import grounds
from quizengine.cli.report import show_report
from quizengine.question import Question
from tests.builders import START, Desk, a_bank, a_lab, a_question, a_short_exam

LAB = catalogue.load("train_xgboost")
FIRST, SECOND = LAB.checks[:2]


def looked(check: Check, passed: bool, broke: str = "") -> Looked:
    return Looked(check, Verdict(passed, "I saw it.", "Look there."), broke)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_check_that_holds_says_what_it_saw_and_nothing_of_what_is_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    labshown.show_looked(LAB, [looked(FIRST, True)], quiet=False)
    shown = said(capsys)
    assert shown == f"Step 1: {LAB.steps[0].title} ok {FIRST.title} I saw it."


def test_a_check_that_does_not_hold_says_where_to_look_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    labshown.show_looked(LAB, [looked(FIRST, True), looked(SECOND, False)], quiet=False)
    assert said(capsys).endswith(f"-- {SECOND.title} I saw it. Next: Look there.")


def test_a_check_that_broke_is_said_to_be_our_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    labshown.show_looked(LAB, [looked(FIRST, False, "Traceback: it\x1b[2J broke")], quiet=False)
    shown = said(capsys)
    assert f"?? {FIRST.title}" in shown
    assert "That is our mistake, not yours. Please report it" in shown
    assert shown.endswith("Traceback: it?[2J broke")


def test_hints_come_one_by_one_and_the_last_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    count = len(FIRST.hints)
    for known in range(1, count + 2):
        labshown.show_hint(looked(FIRST, False), {FIRST.id: known})
        shown = said(capsys)
        for number in range(1, count + 1):
            assert (f"{number} of {count}: " in shown) == (number <= known)
        assert ("That was the last." in shown) == (known >= count)


def test_where_all_holds_there_is_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    labshown.show_hint(None, {})
    assert said(capsys) == "Every check holds: there is nothing to hint at."


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (Exit(0), ""),
        (Exit(3), "mine.py ended with exit code 3."),
        (Exit(124, "time"), "mine.py was ended after 9 seconds. More: --timeout SECONDS"),
        (Exit(130, "keyboard"), "mine.py was interrupted. What it began in the cloud goes on"),
    ],
)
def test_the_end_of_a_script_is_told_where_it_was_none_of_its_own(
    ended: Exit, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    labshown.show_ended("mine.py", ended, 9)
    assert capsys.readouterr().err.startswith(words)


def grounds_of(question: Question) -> str:
    return " ".join("\n".join(grounds(question, a_bank(labs=[a_lab()]))).split())


def test_a_question_offers_its_lab_with_the_command_that_starts_it() -> None:
    said = grounds_of(a_question("single", lab="early_stopping"))
    offer = "Practise it (30 minutes): Stop a job early quizengine lab start early_stopping"
    assert offer in said


def test_a_lab_that_is_only_planned_is_not_offered() -> None:
    assert "quizengine lab" not in grounds_of(a_question("single", lab="kmeans_segments"))


def test_a_report_offers_the_labs_of_what_was_not_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exam = a_short_exam()
    asked = [
        a_question("single", question.id, exams=dict(question.exams), lab="early_stopping")
        for question in a_bank(exam=exam).questions.values()
    ]
    study = Desk(a_bank(exam=exam, instead=asked, labs=[a_lab()])).study()
    seat = study.start(study.plan("mls-c01"))
    wrong = next(id for id in seat.question.shuffled if id not in seat.question.key)
    study.submit(study.answer(seat, seat.question.id, (wrong,)))
    show_report(study.report())
    count = len(seat.attempt.form.places)
    offer = f"quizengine lab start early_stopping practises what {count} of them asked, in 30"
    assert offer in said(capsys)


def test_what_is_left_is_told_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    since = datetime.fromtimestamp(START / 1000, UTC)
    fates = [Fate(Thing("object", "a", since)), Fate(Thing("model", "b", since), "it is in use")]
    assert labshown.show_cleaned(LAB, fates) == 1
    shown = said(capsys)
    assert shown == "Gone: object a Left: model b: it is in use 1 thing of train_xgboost left."
