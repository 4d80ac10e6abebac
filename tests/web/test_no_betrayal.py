"""Before the end no page tells the key: over every question there is.

The law: a page is the same to the last byte whatever is right, why, and what counts.
"""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from quizengine import wiring
from quizengine.bank import LoadedBank
from quizengine.content import QuestionId, frozen
from quizengine.form import Form, Place
from quizengine.question import Question, parse_question
from quizengine.study import Plan, Study
from quizengine.terms import Terms
from tests.builders import CHECKED, Desk, an_exam
from tests.web.helpers import Visitor
from tests.web.test_saving import Script

BANK = wiring.load_questions()
QUESTIONS = [q for q in BANK.questions.values() if q.withdrawn is None]
EXAM = an_exam(minutes=1_000)
PARTS = 8  # forms into which all questions are divided


def another_truth(question: Question) -> Question:
    """The same to look at: the key is another one, and so is all that is not asked."""
    data: dict[str, Any] = question.model_dump()
    data |= {
        "id": f"another-{zlib.crc32(question.id.encode())}",
        "topics": ("other/topic",),
        "exams": {EXAM.code: "2.2"},
        "cards": (),
        "lab": None,
        "covers": (),
        "difficulty": "easy" if question.difficulty != "easy" else "hard",
        "decides": "something else",
        "figure": None,
        "verified_on": CHECKED,
        "references": [{"url": "https://example.com/", "title": "Other", "as_of": "unknown"}],
    }
    match question.kind:
        case "single" | "multiple":
            flags = [option.correct for option in question.options]
            turned = flags[-1:] + flags[:-1]
            data["options"] = [
                {"id": f"o{n}", "text": option.text, "why": "Another reason.", "correct": right}
                | ({} if right else {"trap": "elsewhere"})
                for n, (option, right) in enumerate(zip(question.options, turned, strict=True))
            ]
        case "ordering":
            steps = [
                {"id": f"o{n}", "text": step.text, "why": "Another reason."}
                for n, step in enumerate(question.steps)
            ]
            data["steps"] = steps[1:] + steps[:1]
        case "matching":
            ids = {option.id: f"o{n}" for n, option in enumerate(question.options)}
            data["options"] = [{"id": ids[o.id], "text": o.text} for o in question.options]
            names = list(ids.values())
            data["prompts"] = [
                {
                    "id": f"p{n}",
                    "text": prompt.text,
                    "why": "Another reason.",
                    "match": names[(names.index(ids[prompt.match]) + 1) % len(names)],
                }
                for n, prompt in enumerate(question.prompts)
            ]
    return parse_question({k: frozen(v) for k, v in data.items()})


def here(question: Question) -> Question:
    """As it is, in the exam of this test."""
    return question.model_copy(update={"exams": {EXAM.code: "1.1"}})


def sitting(questions: list[Question], *, scored: bool, like: list[Question]) -> Visitor:
    """An exam of these; the choices stand as those of `like` do in their file, turned by one."""
    bank = LoadedBank(questions, (), (), [EXAM])
    visitor = Visitor(Desk(bank))
    places = []
    for question, shown in zip(questions, like, strict=True):
        by_text = {text_of(question, id): id for id in question.shuffled}
        order = tuple(by_text[text_of(shown, id)] for id in shown.shuffled)
        order = order[1:] + order[:1]
        places.append(
            Place(question=question.id, digest=question.digest(), order=order, scored=scored)
        )
    form = Form(exam=EXAM.code, format="standard", places=tuple(places), bank=bank.digest)
    assert isinstance(visitor.study, Study)
    plan = Plan(EXAM, EXAM.formats[0], form, Terms(minutes=1_000))
    visitor.first = visitor.sits(plan)  # type: ignore[attr-defined]
    return visitor


def text_of(question: Question, id: str) -> str:
    parts = question.steps if question.kind == "ordering" else question.options
    return next(part.text for part in parts if part.id == id)


def everything(visitor: Visitor, count: int) -> list[str]:
    """Every page and every answer to a save before the end, as bytes would have it."""
    script = Script(visitor, visitor.first)  # type: ignore[attr-defined]
    window = script.page.window
    found = []
    for number in range(1, count + 1):
        found.append(visitor.get(f"{window}/{number}").html)
        change = {"kind": "answer", "picked": [1], "sure": None}
        found.append(str(script.send(change, number)))
    found += [visitor.get(f"{window}/{name}").html for name in ("review", "end", "1", "clock")]
    others = ["/", f"/exam/{EXAM.code}", "/search", "/search?words=because", "/paper"]
    others += [f"/practice/{EXAM.code}", "/cards", "/plan"]
    found += [visitor.get(path).html for path in others]
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_before_the_end_is_the_same_whatever_the_truth_is(part: int) -> None:
    asked = QUESTIONS[part::PARTS]
    mine = [here(question) for question in asked]
    others = [another_truth(question) for question in asked]
    assert all(a.marking != b.marking for a, b in zip(mine, others, strict=True))
    with (
        sitting(mine, scored=True, like=asked) as real,
        sitting(others, scored=False, like=asked) as other,
    ):
        for page, twin in zip(
            everything(real, len(mine)), everything(other, len(mine)), strict=True
        ):
            assert page == twin


def test_no_page_before_the_end_holds_a_reason_a_reference_or_a_name_from_a_file() -> None:
    mine = [here(question) for question in QUESTIONS[::7]]
    with sitting(mine, scored=True, like=QUESTIONS[::7]) as visitor:
        pages = "\n".join(everything(visitor, len(mine)))
        for question in mine:
            secrets = [question.id, *(r.url for r in question.references)]
            parts = [*getattr(question, "options", ()), *getattr(question, "steps", ())]
            parts += [*getattr(question, "prompts", ())]
            secrets += [part.why for part in parts if hasattr(part, "why")]
            assert not [secret for secret in secrets if secret in pages]
            assert question.stem[:30].split("`")[0] in pages


@pytest.mark.parametrize("change", ["key", "why", "scored"])
def test_after_the_end_the_pages_do_tell(change: str) -> None:
    question = QUESTIONS[0]
    mine = here(question)
    other = another_truth(question) if change != "scored" else mine
    pages = []
    for truth, scored in ((mine, True), (other, change != "scored")):
        with sitting([truth], scored=scored, like=[question]) as visitor:
            window = visitor.first.window  # type: ignore[attr-defined]
            result = visitor.post(f"{window}/end")
            pages.append(visitor.get(f"{result.path}/1").text)
    assert pages[0] != pages[1]


def test_the_ids_of_the_bank_are_known_to_be_telling() -> None:
    """Why they stand on no page: an id may say what is right."""
    assert QuestionId("early-stopping-without-a-value-per-epoch") in BANK.questions
