"""A question about an existing customer says why it is asked."""

from __future__ import annotations

from datetime import date

import pytest

from quizengine.closure import notes
from quizengine.content import ExamCode
from quizengine.exam import Exam
from quizengine.question import Question
from quizengine.service import Service
from tests.builders import a_choice, a_question, a_short_exam

MLS = a_short_exam()
STEM = "An existing customer of Nest Box sees the loss rise again. What should it do?"


def nest_box(**changes: object) -> dict[str, Service]:
    fields = {
        "id": "nest-box",
        "name": "Nest Box",
        "names": ("Nest Box",),
        "state": "closed-to-new",
        "since": date(2026, 7, 30),
        "as_of": date(2026, 11, 21),
    }
    service = Service.model_validate(fields | changes)
    return {service.id: service}


def asking(stem: str = STEM, key: str = "Stop earlier") -> Question:
    wrong = [a_choice(f"wrong-{n}") for n in "abc"]
    right = a_choice("right", True) | {"text": key}
    return a_question("single", stem=stem, decides="rise again", options=[right, *wrong])


def told(question: Question, services: dict[str, Service], *exams: Exam) -> list[str]:
    return notes(question, services, {exam.code: exam for exam in exams})


def test_the_closure_is_told_with_its_day() -> None:
    assert told(asking(), nest_box()) == [
        "A new account cannot use Nest Box since 2026-07-30; customers that have it go on."
    ]


def test_the_guide_that_still_lists_it_is_named() -> None:
    (note,) = told(asking(), nest_box(listed_by=("mls-c01",)), MLS)
    assert note.endswith("go on. The guide of MLS-C01 still lists it.")


def test_the_exam_that_is_asked_goes_before_others() -> None:
    other = MLS.model_copy(update={"code": ExamCode("aif-c01")})
    (note,) = told(asking(), nest_box(listed_by=("aif-c01", "mls-c01")), MLS, other)
    assert note.endswith("The guide of MLS-C01 still lists it.")
    (note,) = told(asking(), nest_box(listed_by=("aif-c01",)), MLS, other)
    assert note.endswith("The guide of AIF-C01 still lists it.")


def test_a_service_that_only_the_key_names_is_told_once() -> None:
    stem = "An existing customer sees the loss rise again. What should it do?"
    assert len(told(asking(stem, "Use Nest Box, then Nest Box again"), nest_box())) == 1


@pytest.mark.parametrize(
    ("question", "services"),
    [
        (asking("A user of Nest Box sees the loss rise again. What now?"), nest_box()),
        (asking(), nest_box(state="active")),
        (asking(), nest_box(since=date(2027, 1, 1))),
        (asking(), {}),
    ],
    ids=["no existing customer", "open", "closes later", "nothing known"],
)
def test_there_is_nothing_to_tell(question: Question, services: dict[str, Service]) -> None:
    assert told(question, services) == []
