"""A whole exam by forms alone: no script runs here."""

from __future__ import annotations

import re

import pytest

from quizengine.question import Kind
from tests.builders import KINDS, Desk, a_bank, a_short_exam
from tests.web.helpers import Page, Visitor, a_web_desk


def right(visitor: Visitor, page: Page) -> list[int]:
    """The key of the question in front, in the numbers on the page."""
    assert visitor.study is not None
    (line,) = visitor.study.history()
    place = line.attempt.form.places[int(page.path.rpartition("/")[2]) - 1]
    question = visitor.desk.bank.question(place.question)
    return [place.order.index(id) + 1 for id in question.key]


def put_in_order(visitor: Visitor, page: Page, wanted: list[int]) -> Page:
    """Move the steps with their buttons until they stand as wanted."""
    for target, number in enumerate(wanted):
        while (now := shown(page)).index(number) > target:
            assert number in now
            page = visitor.press(page, f"up-{number}")
    return page


def shown(page: Page) -> list[int]:
    """The steps in their present order."""
    return [int(n) for n in re.findall(r'class="choice step" data-number="(\d)"', page.html)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_exam_of_each_kind_is_sat_and_passed_without_a_script(kind: Kind) -> None:
    with Visitor(a_web_desk(kind)) as visitor:
        page = visitor.start()
        for number in range(1, 11):
            assert page.title == f"Question {number} of 10 - MLS-C01"
            wanted = right(visitor, page)
            if kind == "ordering":
                page = put_in_order(visitor, page, wanted)
                page = visitor.press(page, "next")
            else:
                page = visitor.press(page, "next", picks=wanted)
        assert "10 answered, 0 unanswered, 0 flagged." in page.text
        page = visitor.get(f"{page.window}/end")
        assert "End the exam?" in page.text
        page = visitor.post(page.path)
        assert page.path.startswith("/result/")
        assert "6 of 6 scored questions right (100 %)" in page.text
        assert "above the pass mark of 750" in page.text


def test_every_mark_is_kept_over_pages_and_in_the_terminal() -> None:
    with Visitor(Desk(a_bank(exam=a_short_exam(), kinds=("multiple",)))) as visitor:
        page = visitor.start()
        page = visitor.press(page, "strike-3", picks=[2], sure="unsure", flag="on", note="so\r\nso")
        page = visitor.press(page, "next")
        page = visitor.press(page, "previous")
        assert ("pick", "2") in page.fields
        assert ("sure", "unsure") in page.fields
        assert ("flag", "on") in page.fields
        assert dict(page.fields)["note"] == "so\nso"
        assert 'class="choice struck" data-number="3"' in page.html
        assert visitor.study is not None
        seat = visitor.study.resume()  # as the terminal would
        response = seat.attempt.response(seat.attempt.form.places[0].question)
        assert (response.given, response.sure, response.flagged) == (1, False, True)
        assert response.struck == {seat.attempt.form.places[0].order[2]}


def test_what_is_said_twice_is_one_event() -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "stay", picks=[1], note="n", flag="on")
        before = len(visitor.desk.store.every_event())
        for _ in range(3):
            page = visitor.press(page, "stay")
        assert len(visitor.desk.store.every_event()) == before


def test_one_option_too_many_is_refused_with_the_reason_and_what_was_picked() -> None:
    with Visitor(a_web_desk("multiple")) as visitor:
        page = visitor.press(visitor.start(), "next", picks=[1, 2, 3])
        assert page.status == 422
        assert page.title.startswith("Error: Question 1 of 10")
        assert "takes 2 and 3 were picked. Take one back first." in page.text
        assert [v for k, v in page.fields if k == "pick"] == ["1", "2", "3"]
        assert "Question 2 of 10" in visitor.press(page, "next", picks=[1, 2]).title


def test_an_answer_is_taken_back() -> None:
    with Visitor(a_web_desk("ordering")) as visitor:
        page = visitor.press(visitor.start(), "take")
        assert len([k for k, _ in page.fields if k == "pick"]) == 4
        page = visitor.press(page, "clear")
        assert "Not answered yet" in page.text
        page = visitor.press(page, "next")
        assert "0 answered" in visitor.get(f"{page.window}/review").text


def test_a_moved_step_keeps_the_focus_on_its_button() -> None:
    with Visitor(a_web_desk("ordering")) as visitor:
        page = visitor.start()
        last = shown(page)[-1]
        page = visitor.press(page, f"up-{last}")
        (button,) = [line for line in page.html.splitlines() if "autofocus" in line]
        assert f'value="up-{last}"' in button


def test_an_ordering_that_was_not_touched_stays_blank() -> None:
    with Visitor(a_web_desk("ordering")) as visitor:
        page = visitor.press(visitor.start(), "next")
        assert "10 unanswered" in visitor.get(f"{page.window}/review").text


@pytest.mark.parametrize("name", ["all", "unanswered", "unseen", "flagged", "nonsense"])
def test_the_review_lists_all_or_one_kind(name: str) -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "next", picks=[1], flag="on")
        page = visitor.get(f"{page.window}/review?show={name}")
        listed = page.html.count('<th scope="row">')
        assert listed == {"all": 10, "unanswered": 9, "unseen": 8, "flagged": 1}.get(name, 10)


@pytest.mark.parametrize(
    ("kind", "picks", "said"),
    [
        ("single", [], "Choose first: select ONE."),
        ("multiple", [1], "Choose first: select TWO."),
        ("ordering", [], "Choose first: put the steps in order."),
        ("matching", [1, 0, 0], "Choose first: match each line."),
    ],
)
def test_a_check_without_a_whole_answer_is_refused_with_the_reason(
    kind: Kind, picks: list[int], said: str
) -> None:
    with Visitor(a_web_desk(kind)) as visitor:
        assert visitor.study is not None
        page = visitor.sits(visitor.study.plan_practice("mls-c01", questions=2))
        assert re.search(r'id="give" hidden>Show the answer', page.html)
        page = visitor.press(page, "check", picks=picks)
        assert page.status == 422
        assert said in page.text
        assert "Because of" not in page.text
        assert re.search(r'id="give">Show the answer', page.html)
        page = visitor.press(page, "show")
        assert 'id="verdict"' in page.html
        assert visitor.press(page, "check").status == 200  # a second time does no harm


def test_an_exam_shows_no_answer_by_either_button() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        assert 'id="give"' not in page.html
        for do in ("check", "show"):
            found = visitor.press(page, do, picks=[1])
            assert found.status == 422
            assert "no key before its end" in found.text


def test_in_practice_the_numbers_and_the_list_say_what_was_right() -> None:
    with Visitor() as visitor:
        assert visitor.study is not None
        plan = visitor.study.plan_practice("mls-c01", questions=4)
        page = visitor.sits(plan)
        window = page.window
        for number, pick in enumerate(("right", "wrong-a"), start=1):
            order = plan.form.places[number - 1].order
            page = visitor.get(f"{window}/{number}")
            page = visitor.press(page, "check", picks=[order.index(pick) + 1])
        visitor.press(visitor.get(f"{window}/3"), "show")
        page = visitor.get(f"{window}/4")
        found = re.findall(r'aria-label="Question \d: ([a-z]+)"', page.html)
        assert found == ["right", "wrong", "blank", "unanswered"]
        listed = re.findall(r'<span class="state (\w+)">', visitor.get(f"{window}/review").html)
        assert listed == found


def test_the_note_stays_below_the_choices_when_they_are_checked() -> None:
    with Visitor() as visitor:
        assert visitor.study is not None
        page = visitor.sits(visitor.study.plan_practice("mls-c01", questions=2))
        page = visitor.press(page, "check", picks=[1])
        parts = ('class="stem"', 'class="reasons"', 'class="notes"', 'class="grounds"')
        places = [page.html.index(part) for part in parts]
        assert places == sorted(places)


def test_practice_begun_in_the_terminal_shows_its_reasons_here() -> None:
    with Visitor() as visitor:
        assert visitor.study is not None
        page = visitor.sits(visitor.study.plan_practice("mls-c01", questions=2))
        assert "Because of" not in page.html
        page = visitor.press(page, "check", picks=[1])
        assert "Because of" in page.text
        assert "What decides" in page.text
        again = visitor.post(page.path, [("answerable", "yes"), ("pick", "2"), ("do", "stay")])
        assert again.status == 422
        assert "final" in again.text


def test_a_break_stops_the_clock_and_hides_the_question() -> None:
    with Visitor() as visitor:
        page = visitor.start(breaks="on")
        question = page.path
        page = visitor.press(page, "break", picks=[1])
        assert "The clock is stopped" in page.text
        assert "rises again" not in page.html
        visitor.desk.clock.advance(minutes=60)
        page = visitor.post(f"{page.window}/break")
        assert page.path == question
        assert "20:00" in page.text
        assert ("pick", "1") in page.fields


def test_a_button_that_is_not_there_does_nothing() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        for button in ("strike-9", "up-0", "strike-", "go-x", "nonsense", "", "up-1-1"):
            assert visitor.press(page, button).status == 200
        assert visitor.press(page, "go-99").status == 422
        assert len(visitor.desk.store.of_kind("answered")) == 0
