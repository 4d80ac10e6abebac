"""No answer is lost: whatever becomes of the network, the page, the server or the time."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from quizengine.question import Kind
from tests.browser.stage import QUICK, Stage

NETWORK = r"Failed to load resource: net::ERR_|Failed to load resource: the server responded"


@pytest.fixture
def kinds() -> tuple[Kind, ...]:
    return ("single",)


@pytest.fixture
def sitting(stage: Stage) -> Stage:
    """An exam of singles, at its first question; the network may fail."""
    stage.expected.append(NETWORK)
    stage.start()
    return stage


def choose(page: Page, number: int) -> None:
    page.locator(f".choice[data-number='{number}'] label").click()


def picked(sitting: Stage, number: int = 1) -> list[int]:
    """The answer in the record, by the numbers on the page."""
    order = sitting.attempt.form.places[number - 1].order
    return [order.index(id) + 1 for id in sitting.response(number).answer]


def unsent(page: Page) -> int:
    script = """() => Object.keys(localStorage).filter(k => k.startsWith('quizengine-outbox-'))
        .flatMap(k => JSON.parse(localStorage[k])).length"""
    found: int = page.evaluate(script)
    return found


def test_offline_and_back(sitting: Stage) -> None:
    page = sitting.page
    sitting.context.set_offline(True)
    choose(page, 2)
    expect(page.locator("#state")).to_have_text("Not sent", timeout=QUICK)
    expect(page.get_by_role("alert")).to_contain_text("kept in this browser")
    choose(page, 3)
    page.keyboard.press("f")
    page.locator("#next").click()
    expect(page.locator("#toast")).to_have_text("This waits until your answer is sent.")
    sitting.is_at(page, 1)
    assert picked(sitting) == []
    sitting.context.set_offline(False)
    sitting.saved(page)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert picked(sitting) == [3]
    assert sitting.response(1).flagged
    assert unsent(page) == 0
    page.locator("#next").click()
    sitting.is_at(page, 2)


def test_a_reload_in_the_middle_loses_nothing(sitting: Stage) -> None:
    page = sitting.page
    sitting.context.route("**/save", lambda route: route.abort())
    choose(page, 2)
    expect(page.locator("#state")).to_have_text("Not sent")
    page.once("dialog", lambda dialog: dialog.accept())  # it warns before it is left
    page.reload()
    expect(page.locator("input[name=pick]:checked")).to_have_value("2")
    assert picked(sitting) == []
    sitting.context.unroute("**/save")
    sitting.saved(page)
    assert picked(sitting) == [2]


def test_a_page_that_crashed_is_caught_up_with_by_the_next(sitting: Stage) -> None:
    page = sitting.page
    sitting.context.route("**/save", lambda route: route.abort())
    choose(page, 2)
    expect(page.locator("#state")).to_have_text("Not sent")
    page.close(run_before_unload=False)
    sitting.context.unroute("**/save")
    again = sitting.window()
    again.goto(sitting.address)
    again.get_by_role("button", name="Go on with").click()
    expect(again.locator("input[name=pick]:checked")).to_have_value("2")
    assert picked(sitting) == [2]
    assert unsent(again) == 0


def test_the_server_is_killed_in_the_middle_and_started_anew(sitting: Stage) -> None:
    page = sitting.page
    choose(page, 1)
    sitting.saved(page)
    sitting.server.stop()
    choose(page, 2)
    page.keyboard.press("s")
    expect(page.locator("#state")).to_have_text("Not sent", timeout=QUICK)
    sitting.server.start()
    sitting.saved(page)
    assert picked(sitting) == [2]
    assert sitting.response(1).sure is True
    page.locator("#next").click()
    sitting.is_at(page, 2)


@pytest.mark.parametrize("status", [401, 403, 404, 413, 429, 500, 503])
def test_no_error_empties_the_outbox(sitting: Stage, status: int) -> None:
    page = sitting.page
    sitting.context.route("**/save", lambda route: route.fulfill(status=status, body="no"))
    choose(page, 2)
    expect(page.locator("#state")).to_have_text("Not sent", timeout=QUICK)
    said = "quizengine serve --link" if status == 401 else str(status)
    expect(page.get_by_role("alert")).to_contain_text(said)
    assert unsent(page) == 1
    sitting.context.unroute("**/save")
    sitting.saved(page)
    assert picked(sitting) == [2]


def test_an_acknowledgement_that_is_lost_stores_nothing_twice(sitting: Stage) -> None:
    page = sitting.page
    lost: list[object] = []

    def lose(route: object) -> None:
        if lost:
            route.continue_()  # type: ignore[attr-defined]
        else:
            lost.append(route.fetch())  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]

    sitting.context.route("**/save", lose)
    choose(page, 2)
    sitting.saved(page)
    assert lost
    events = [e for e in sitting.desk.store.every_event() if e.kind == "answered"]
    assert len(events) == 1


def test_quick_changes_arrive_in_order(sitting: Stage) -> None:
    page = sitting.page
    for number in (1, 2, 3, 4, 1, 2, 3):
        page.keyboard.press(str(number))
    page.keyboard.press("n")
    sitting.is_at(page, 2)
    assert picked(sitting) == [3]


# Two windows


def test_the_older_window_is_told_and_the_newer_goes_on(sitting: Stage) -> None:
    old = sitting.page
    new = sitting.window()
    new.goto(sitting.address)
    new.get_by_role("button", name="Go on with").click()
    sitting.is_at(new, 1)
    choose(new, 3)
    sitting.saved(new)
    choose(old, 2)
    expect(old.get_by_role("alert")).to_contain_text("open in a newer window", timeout=QUICK)
    expect(old.get_by_role("alert")).to_contain_text("Not taken from here: question 1")
    expect(old.locator("#next")).to_be_disabled()
    assert picked(sitting) == [3]
    expect(old.get_by_role("button", name="Leave")).to_be_enabled()
    old.get_by_role("button", name="Go on here instead").click()
    old.get_by_role("button", name="Go on here").click()
    expect(old.locator("input[name=pick]:checked")).to_have_value("3")


def test_a_second_tab_on_the_same_page_is_a_second_window(sitting: Stage) -> None:
    twin = sitting.window()
    twin.goto(sitting.page.url)
    expect(sitting.page.get_by_role("alert")).to_contain_text("open in a newer window")
    choose(twin, 2)
    sitting.saved(twin)
    assert picked(sitting) == [2]


def test_what_an_old_window_left_unsent_stops_no_new_one(sitting: Stage) -> None:
    old = sitting.page
    sitting.context.route("**/save", lambda route: route.abort())
    choose(old, 2)
    expect(old.locator("#state")).to_have_text("Not sent")
    sitting.study().resume()  # the terminal takes it over
    sitting.context.unroute("**/save")
    new = sitting.window()
    new.goto(sitting.address)
    expect(new.locator("#toast")).to_contain_text("Too late to be taken: question 1")
    old.close()
    new.get_by_role("button", name="Go on with").click()
    sitting.is_at(new, 1)
    choose(new, 4)
    sitting.saved(new)
    assert picked(sitting) == [4]


# The end of the time


def leave(sitting: Stage, ms: int) -> None:
    """So much time is left, and the page knows it."""
    left = sitting.study().left_in(sitting.attempt)
    assert left is not None
    sitting.desk.clock.advance(ms=left - ms)
    sitting.page.reload()


def test_when_the_time_is_up_what_was_answered_is_submitted(sitting: Stage) -> None:
    page = sitting.page
    leave(sitting, 1_500)
    choose(page, 2)
    sitting.saved(page)
    sitting.desk.clock.advance(ms=1_500)
    expect(page).to_have_url(re.compile("/result/"), timeout=10_000)
    expect(page.locator("main")).to_contain_text("Submitted when the time was up.")
    assert picked(sitting) == [2]


def test_a_last_answer_that_could_not_be_sent_is_taken_within_the_slack(sitting: Stage) -> None:
    page = sitting.page
    leave(sitting, 1_500)
    sitting.context.route("**/save", lambda route: route.abort())
    choose(page, 3)
    expect(page.locator("#state")).to_have_text("Not sent")
    sitting.context.unroute("**/save")
    sitting.desk.clock.advance(ms=4_000)
    expect(page).to_have_url(re.compile("/result/"), timeout=15_000)
    assert picked(sitting) == [3]


def test_an_answer_that_comes_after_the_slack_is_not_taken_and_that_is_said(
    sitting: Stage,
) -> None:
    page = sitting.page
    leave(sitting, 1_500)
    sitting.context.route("**/save", lambda route: route.abort())
    choose(page, 3)
    expect(page.locator("#state")).to_have_text("Not sent")
    sitting.desk.clock.advance(ms=7_000)
    sitting.context.unroute("**/save")
    expect(page.locator("#toast")).to_have_text("Too late to be taken: question 1.", timeout=10_000)
    expect(page).to_have_url(re.compile("/result/"), timeout=10_000)
    assert picked(sitting) == []
    assert unsent(page) == 0


def test_the_end_is_sent_again_until_the_server_is_there(sitting: Stage) -> None:
    page = sitting.page
    leave(sitting, 1_000)
    sitting.context.route("**/end", lambda route: route.abort())
    sitting.desk.clock.advance(ms=1_000)
    expect(page.get_by_role("alert")).to_contain_text("It is sent again", timeout=QUICK)
    sitting.context.unroute("**/end")
    expect(page).to_have_url(re.compile("/result/"), timeout=10_000)


def test_warnings_are_said_once_and_a_hidden_clock_comes_back(sitting: Stage) -> None:
    page = sitting.page
    page.get_by_role("button", name="Hide").click()
    expect(page.locator("#clock")).to_be_hidden()
    leave(sitting, 5 * 60_000 + 1_200)
    expect(page.locator("#clock")).to_be_hidden()
    expect(page.locator("#toast[role=status]")).to_have_text("5 minutes left", timeout=QUICK)
    expect(page.locator("#clock")).to_be_visible()
    sitting.desk.clock.advance(ms=2_000)
    page.reload()
    expect(page.locator("#clock")).to_have_text(re.compile("4:5"))
    expect(page.locator("#toast")).to_have_text("")


def test_the_clock_of_the_page_follows_that_of_the_server(sitting: Stage) -> None:
    page = sitting.page
    expect(page.locator("#clock")).to_have_text(re.compile("^1[56]:"))
    sitting.desk.clock.advance(minutes=6)
    choose(page, 1)
    expect(page.locator("#clock")).to_have_text(re.compile("^(9:5|10:0)"), timeout=QUICK)


def test_a_break_begins_and_ends(stage: Stage) -> None:
    page = stage.start(breaks="on")
    page.get_by_role("button", name="Break: stop the clock").click()
    expect(page.get_by_role("heading", name="The clock is stopped")).to_be_visible()
    stage.desk.clock.advance(minutes=60)
    page.get_by_role("button", name="Go on").click()
    stage.is_at(page, 1)
    expect(page.locator("#clock")).to_have_text(re.compile("^1[56]:"))
