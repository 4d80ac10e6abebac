"""The questions of a lab in the browser: before it, after it, and nothing betrayed in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizengine import wiring
from tests.builders import Desk, a_bank, a_lab, a_question, a_short_exam
from tests.unit.learner import MLS, Learner
from tests.web.helpers import Page, Visitor

LAB = "train_xgboost"  # its guide is read from the catalogue
ASKS = ("d1-000", "d1-001", "d2-000")
KEY = "Because this is the very reason."


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is set, and the notes on labs, are looked for here."""
    monkeypatch.setenv("QUIZENGINE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    real = wiring.load_questions().labs[LAB]  # type: ignore[index]
    lab = a_lab(
        LAB,
        asks=ASKS,
        questions=[*ASKS, "d2-001"],
        checks=[check.model_dump() for check in real.checks],
    )
    asked = [a_question("single", id, exams={MLS: f"{id[1]}.1"}, decides=KEY) for id in ASKS]
    desk = Desk(a_bank(exam=a_short_exam(), instead=asked, labs=[lab]))
    with Visitor(desk) as visitor:
        yield visitor


def answers(visitor: Visitor, page: Page, do: str) -> Page:
    """Each with its first choice, then the end."""
    for number in range(1, 4):
        page = visitor.press(visitor.get(f"{page.window}/{number}"), do, picks=[1])
    return visitor.post(f"{page.window}/end")


def done(visitor: Visitor) -> None:
    assert visitor.study is not None
    lab = visitor.study.lab(LAB).lab
    visitor.study.note_lab(LAB, "checked", checks={check.id: True for check in lab.checks})


def test_before_the_lab_only_how_many_were_right_is_shown(visitor: Visitor) -> None:
    page = visitor.get(f"/labs/{LAB}")
    assert "3 questions, before and after" in page.text
    assert "Answer them first" in page.text
    page = answers(visitor, visitor.post(f"/labs/{LAB}"), "next")
    assert page.path == f"/labs/{LAB}#asked"
    assert re.search(r"Before the lab [0-3] of 3 right", page.text)
    assert "They come again once the lab is done." in page.text


def test_no_page_betrays_them_before_they_come_again(visitor: Visitor) -> None:
    answers(visitor, visitor.post(f"/labs/{LAB}"), "next")
    assert visitor.study is not None
    (line,) = visitor.study.history()
    result = f"/result/{line.attempt.id}"
    for path in (result, f"{result}/1", f"{result}/1?only=wrong", f"{result}/paper"):
        assert visitor.get(path).path == f"/labs/{LAB}#asked"
    for path in (f"/question/{ASKS[0]}", f"/question/{ASKS[0]}/report"):
        page = visitor.get(path)
        assert page.status == 409
        assert "it comes again after a lab" in page.text
    for path in ("/", f"/labs/{LAB}", f"/progress/{MLS}", "/search?words=", f"/practice/{MLS}"):
        page = visitor.get(path)
        assert page.status == 200
        assert KEY not in page.text
        assert not any(f"/question/{id}" in page.html for id in ASKS)
    assert "/question/d2-001" in visitor.get(f"/labs/{LAB}").html, "that one is not asked"


def test_what_a_lab_is_to_ask_is_not_linked_before_it_was_asked(visitor: Visitor) -> None:
    html = visitor.get(f"/labs/{LAB}").html
    assert not any(f"/question/{id}" in html for id in ASKS)


def test_once_the_lab_is_done_both_stand_side_by_side(visitor: Visitor) -> None:
    answers(visitor, visitor.post(f"/labs/{LAB}"), "next")
    done(visitor)
    assert "Now the same again" in visitor.get(f"/labs/{LAB}").text
    page = answers(visitor, visitor.post(f"/labs/{LAB}"), "check")
    assert page.path.startswith("/result/")
    assert "Before the lab and after it" in page.text
    assert re.search(r"before the lab [0-3] of 3 right, after it [0-3] of 3", page.text)
    assert "estimated scaled score" not in page.text
    assert KEY in visitor.get(f"{page.path}/1").text
    assert f"/question/{ASKS[0]}" in visitor.get(f"/labs/{LAB}").html
    assert "Ask them once more" in visitor.get(f"/labs/{LAB}").text


def test_the_first_asking_is_no_mock_anywhere(visitor: Visitor) -> None:
    answers(visitor, visitor.post(f"/labs/{LAB}"), "next")
    home = visitor.get("/").text
    assert "MLS-C01 lab" in home
    visitor.post(f"/labs/{LAB}", [("again", "on")])
    assert "a lab's questions" in visitor.get("/").text
    assert "Go on with them" in visitor.get(f"/labs/{LAB}").text


def test_a_second_start_while_they_are_open_says_where_they_are(visitor: Visitor) -> None:
    visitor.post(f"/labs/{LAB}")
    page = visitor.post(f"/labs/{LAB}")
    assert page.status == 422
    assert "are being asked" in page.text


def test_they_are_not_asked_again_unless_that_is_said(visitor: Visitor) -> None:
    answers(visitor, visitor.post(f"/labs/{LAB}"), "next")
    assert visitor.post(f"/labs/{LAB}").path == f"/labs/{LAB}#asked"
    assert visitor.post(f"/labs/{LAB}", [("again", "on")]).path.startswith("/attempt/")


def test_the_list_marks_what_is_weak_and_the_lab_that_helps_most(visitor: Visitor) -> None:
    assert "Weak with you" not in visitor.get("/labs").text
    learner = Learner(visitor.desk)
    learner.sits({f"d1-{n:03}": "wrong-a" for n in range(5, 15)})
    text = visitor.get("/labs").text
    assert re.search(r"Weak with you: Early stopping \(\d+% known\)\. It would help you most", text)
    done(visitor)
    assert "Weak with you" not in visitor.get("/labs").text
    assert "lab done" in visitor.get(f"/progress/{MLS}?by=topic").text


def test_the_trap_one_falls_for_is_told_with_advice_and_questions(visitor: Visitor) -> None:
    wrong = [
        {"id": id, "text": f"The option {id}.", "trap": trap, "why": "No."}
        for id, trap in (("more", "boundary"), ("late", "stage"), ("less", "elsewhere"))
    ]
    options = [{"id": "right", "text": "The right one.", "correct": True, "why": "Yes."}, *wrong]
    lured = [
        a_question("single", f"d1-{n:03}", exams={MLS: "1.2"}, options=options) for n in range(3, 9)
    ]
    with Visitor(Desk(a_bank(19, exam=a_short_exam(), instead=lured))) as other:
        seat = Learner(other.desk).sits({question.id: "more" for question in lured})
        for path, link in (
            (f"/progress/{MLS}", 'href="/question/d1-00'),
            (f"/result/{seat.attempt.id}", f'href="/result/{seat.attempt.id}/1?only=wrong"'),
        ):
            page = other.get(path)
            assert "Another service or feature does this. It caught you 6 times in 6" in page.text
            assert "takes over; then choose" in page.text
            assert link in page.html
