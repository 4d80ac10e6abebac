"""The program itself is killed in the middle of an exam, and begun anew at the same port."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from quizengine.wiring import opened
from tests.shells.conftest import home, questions, shell
from tests.shells.helpers import Shell
from tests.web.serving import start

__all__ = ["home", "questions", "shell"]
SLOW = 30_000  # ms: a program starts meanwhile


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 780}, reduced_motion="reduce")
    context.set_default_timeout(SLOW)
    yield context.new_page()
    context.close()


def choose(page: Page, number: int) -> None:
    page.locator(f".choice[data-number='{number}'] label").click()


def test_no_answer_is_lost_when_the_server_is_killed_and_begun_anew(
    page: Page, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    first = start(shell, "--port", "0")
    try:
        page.goto(first.link)
        page.goto(f"{first.address}/exam/new-c02?extra=untimed")
        page.get_by_role("button", name="Start", exact=True).click()
        choose(page, 1)
        expect(page.locator("#state")).to_have_text("Saved")
    finally:
        first.ends(signal.SIGKILL)
    choose(page, 2)
    page.locator(".flagger").click()
    expect(page.locator("#state")).to_have_text("Not sent")
    expect(page.get_by_role("alert")).to_contain_text("kept in this browser")
    second = start(shell, "--port", str(first.port))
    try:
        expect(page.locator("#state")).to_have_text("Saved", timeout=SLOW)
        page.locator("#next").click()
        expect(page).to_have_title("Question 2 of 2 - NEW-C02")
        choose(page, 3)
        expect(page.locator("#state")).to_have_text("Saved")
    finally:
        second.ends(signal.SIGKILL)
    for name, value in shell.environment().items():
        monkeypatch.setenv(name, value)
    with opened() as study:
        (line,) = study.history()
        places = line.attempt.form.places
        said = [line.attempt.response(place.question) for place in places[:2]]
        assert [response.answer for response in said] == [
            (places[0].order[1],),
            (places[1].order[2],),
        ]
        assert [response.flagged for response in said] == [True, False]
    assert [problem for problem in problems if "net::ERR_" not in problem] == []
