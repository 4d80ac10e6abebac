"""Words of a question are marked, and stay marked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from quizengine.question import Kind
from tests.browser.stage import Stage


@pytest.fixture
def kinds() -> tuple[Kind, ...]:
    return ("single",)


def select(page: Page, words: str) -> None:
    """As a drag over these words does."""
    page.evaluate(
        """(words) => {
          const text = document.querySelector('#stem p').firstChild;
          const at = text.data.indexOf(words);
          getSelection().setBaseAndExtent(text, at, text, at + words.length);
        }""",
        words,
    )


def marked(page: Page, count: int) -> list[str]:
    """The words of so many marks."""
    expect(page.locator("#stem")).to_have_attribute("data-marks", str(count))
    found: list[str] = page.evaluate(
        "[...(CSS.highlights.get('marked') ?? [])].map((range) => range.toString())"
    )
    return found


def test_words_of_a_question_are_marked_and_stay_so(stage: Stage) -> None:
    page = stage.start()
    select(page, "trains a model. ")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.locator("#toast")).to_have_text("Marked.")
    select(page, "rises again")
    page.keyboard.press("h")
    assert marked(page, 2) == ["trains a model.", "rises again"]
    page.reload()
    assert marked(page, 2) == ["trains a model.", "rises again"]
    select(page, "model. The")
    page.keyboard.press("h")  # what meets becomes one
    assert sorted(marked(page, 2)) == ["rises again", "trains a model. The"]
    page.locator("#next").click()
    stage.is_at(page, 2)
    assert marked(page, 0) == []
    page.locator("#previous").click()
    stage.is_at(page, 1)
    select(page, "rises")
    page.get_by_role("button", name="Take the mark away").click()
    assert marked(page, 1) == ["trains a model. The"]


def test_marking_needs_words_of_the_question(stage: Stage) -> None:
    page = stage.start()
    page.keyboard.press("h")
    expect(page.locator("#toast")).to_have_text("Select words of the question first.")
    page.locator(".choice .text").first.select_text()
    expect(page.locator("#mark")).to_be_hidden()
    page.keyboard.press("h")
    assert marked(page, 0) == []


def test_what_is_no_mark_marks_nothing(stage: Stage) -> None:
    page = stage.start()
    script = """([attempt, value]) => localStorage.setItem(
        'quizengine-marks', JSON.stringify({[attempt]: {1: value}}))"""
    for value in ([[5, 9_999]], [["a", 1]], [[3]], [None], [[-4, -2]]):
        page.evaluate(script, [stage.attempt.id, value])
        page.reload()
        assert marked(page, 0) == []
    stage.saved(page)
