"""Several windows on an attempt, the end of the time, and what is shown then."""

from __future__ import annotations

import pytest

from quizengine.web.windows import MOST
from tests.builders import Desk, a_bank, an_exam
from tests.web.helpers import Page, Visitor
from tests.web.test_saving import Script


def attempt_of(page: Page) -> str:
    return page.path.split("/")[2]


def test_the_newest_window_works_and_the_old_one_says_so() -> None:
    with Visitor() as visitor:
        old = visitor.start()
        new = visitor.post(f"/attempt/{attempt_of(old)}")
        assert new.path != old.path
        away = visitor.get(old.path)
        assert away.status == 409
        assert "open in a newer window" in away.text
        assert visitor.press(old, "next", picks=[1]).status == 409
        assert Script(visitor, old).answer(1) == "superseded"
        assert Script(visitor, old).clock()["state"] == "superseded"
        assert Script(visitor, new).answer(1) == "saved"


def test_a_window_in_the_terminal_counts_as_one() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        terminal = visitor.desk.study()
        seat = terminal.resume()
        assert Script(visitor, page).answer(1) == "superseded"
        terminal.answer(seat, seat.question.id, seat.question.key)
        back = visitor.post(f"/attempt/{attempt_of(page)}")
        assert [k for k, _ in back.fields if k == "pick"]


def test_to_look_at_the_way_in_takes_the_attempt_from_nobody() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        assert "Go on?" in visitor.get(f"/attempt/{attempt_of(page)}").text
        assert visitor.get("/").status == 200
        assert visitor.get(page.path).status == 200


def test_a_window_outlives_the_server() -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "next", picks=[1])
        visitor.close()
        visitor.study = visitor.desk.study()
        visitor.open_server()
        assert visitor.get(page.path).title == "Question 2 of 10 - MLS-C01"
        assert visitor.get(page.window).path == page.path


@pytest.mark.parametrize("epoch", ["0", "99", "9" * 30])
def test_a_window_that_nobody_opened_can_change_nothing(epoch: str) -> None:
    with Visitor() as visitor:
        page = visitor.start()
        forged = page.path.rpartition("/")[0].rpartition("/")[0] + f"/{epoch}/1"
        assert visitor.get(forged).status == 409
        assert visitor.press(Page(200, forged, page.html, {}), "next", picks=[1]).status == 409
        assert not visitor.desk.store.of_kind("answered")


@pytest.mark.parametrize(
    "path", ["/attempt/nothing", "/attempt/nothing/1/1", "/result/nothing", "/result/zz/1"]
)
def test_an_attempt_that_is_not_there_is_said_to_be_so(path: str) -> None:
    with Visitor() as visitor:
        visitor.start()
        page = visitor.get(path)
        assert page.status == 404
        assert "There is no attempt called" in page.text


def test_more_windows_than_are_remembered_all_go_on() -> None:
    with Visitor(Desk(a_bank(40, exam=an_exam()))) as visitor:
        pages = [visitor.start(length="10-questions", extra="untimed") for _ in range(MOST + 3)]
        assert Script(visitor, pages[0]).answer(1) == "saved"
        assert Script(visitor, pages[-1]).answer(1) == "saved"


# The end of the time


def test_an_open_page_is_submitted_without_asking_once_the_time_is_up() -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "next", picks=[1])
        visitor.desk.clock.advance(minutes=20, ms=5_000)
        end = visitor.get(page.path)
        assert end.path.startswith("/result/")
        assert "Submitted when the time was up." in end.text


def test_within_the_slack_the_page_waits_for_the_last_save() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        visitor.desk.clock.advance(minutes=20, ms=1_000)
        end = visitor.get(page.path)
        assert "The time is up" in end.text
        assert "data-ends" in end.html
        assert 'http-equiv="refresh"' in end.html  # where no script does it
        assert Script(visitor, page).answer(1) == "saved"
        assert visitor.post(f"{page.window}/end").path.startswith("/result/")


def test_a_form_that_is_on_its_way_at_the_end_is_taken_within_the_slack() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        visitor.desk.clock.advance(minutes=20, ms=4_000)
        assert "The time is up" in visitor.press(page, "next", picks=[1]).text
        assert len(visitor.desk.store.of_kind("answered")) == 1


def test_a_form_that_comes_later_is_not_taken_and_the_exam_is_over() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        visitor.desk.clock.advance(minutes=20, ms=6_000)
        assert visitor.press(page, "next", picks=[1]).path.startswith("/result/")
        assert not visitor.desk.store.of_kind("answered")


def test_an_attempt_opened_after_its_deadline_asks_first_since_the_clock_may_be_wrong() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        visitor.close()
        visitor.desk.clock.advance(minutes=600)
        visitor.study = visitor.desk.study()
        visitor.open_server()
        anew = visitor.get(page.path)
        for asks in (anew, visitor.post(f"/attempt/{attempt_of(page)}")):
            assert "set it right" in asks.text
            assert "data-ends" not in asks.html
        visitor.desk.clock.advance(minutes=-599)
        assert "Question 1 of 10" in visitor.post(f"/attempt/{attempt_of(page)}").text


def test_an_ended_attempt_leads_to_its_result_from_everywhere() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        visitor.post(f"{page.window}/end")
        for path in (page.path, f"{page.window}/review", page.window, f"{page.window}/end"):
            assert visitor.get(path).path.startswith("/result/")
        assert visitor.post(f"{page.window}/end").path.startswith("/result/")
        assert visitor.post(f"/attempt/{attempt_of(page)}").path.startswith("/result/")
        assert visitor.get(f"/attempt/{attempt_of(page)}").path.startswith("/result/")
        assert visitor.press(page, "next", picks=[1]).path.startswith("/result/")


def test_an_open_attempt_has_no_result() -> None:
    with Visitor() as visitor:
        page = visitor.start()
        for path in (f"/result/{attempt_of(page)}", f"/result/{attempt_of(page)}/1"):
            early = visitor.get(path)
            assert early.status == 422
            assert "still open" in early.text
            assert "Because of" not in early.html
