"""Search, questions and cards, corrections, labs, settings, paper: as they look, and printed."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.stage import FIGURE, LAB, Stage
from tests.browser.test_looks import CONTRAST, OTHER_LOOKS, violations
from tests.browser.test_sitting import by_mouse

PAGES = {
    "search": "/search?words=loss&exam=mls-c01",
    "search for cards": "/search?what=cards",
    "a question": "/question/d1-000",
    "a matching": "/question/d1-003",
    "a card": "/card/corrected",
    "a text to send": "/card/corrected/report",
    "corrections": "/corrections?topic=training",
    "labs": "/labs",
    "a lab": f"/labs/{LAB}",
    "paper": "/paper",
    "a form on paper": "/paper/form?exam=mls-c01&questions=8&seed=1&key=on",
    "settings": "/settings",
}
TINTED = ("a card", "corrections", "a form on paper")
NARROW = ((320, "100"), (1280, "200"))  # CSS pixels, size of the text in per cent


def opened(stage: Stage, path: str) -> Page:
    """The page with all that opens open."""
    stage.page.goto(stage.address + path)
    stage.page.evaluate("for (const e of document.querySelectorAll('main details')) e.open = true")
    return stage.page


def result(stage: Stage) -> str:
    """The path of the result of an exam in which one question of each kind was answered."""
    page = stage.start()
    for number in range(1, 5):
        by_mouse(page, *stage.key(number))
        stage.saved(page)
        page.locator("#next").click()
        stage.is_at(page, number + 1)
    page.goto(f"{page.url.rpartition('/')[0]}/end")
    page.get_by_role("button", name="End it").click()
    page.wait_for_url("**/result/**")
    return page.url.removeprefix(stage.address)


def walk(stage: Stage) -> Iterator[tuple[str, str]]:
    """(name, path) of each; at the end a question that an open attempt asks."""
    yield from PAGES.items()
    yield "a result", f"{result(stage)}/paper"
    stage.expected.append("status of 409")
    stage.start()
    yield "withheld", f"/question/{stage.attempt.form.places[0].question}"


def test_the_pages_to_read_keep_to_the_guidelines(stage: Stage) -> None:
    """Nothing that axe finds wrong in any colours, no scrolling sideways, a title and a heading."""
    found: dict[str, object] = {}
    titles = set()
    for name, path in walk(stage):
        page = opened(stage, path)
        titles.add(page.title())
        found[name] = violations(page)
        for colours in OTHER_LOOKS if name in TINTED else ():
            page.evaluate(f"document.documentElement.dataset.colours = '{colours}'")
            found[f"{name}, {colours}"] = violations(page, CONTRAST)
        for width, size in NARROW:
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(f"document.documentElement.dataset.size = '{size}'")
            wide = page.evaluate("document.documentElement.scrollWidth")
            found[f"{name}, {width} wide at {size} %"] = wide if wide > width else None
        page.set_viewport_size({"width": 1280, "height": 860})
        assert page.locator("h1").count() == page.locator("main").count() == 1, name
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(titles) == len(PAGES) + 1  # two of the questions are of one topic


def test_the_answer_of_a_question_is_shown_by_key_and_hidden_again(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/search?words=loss")
    page.get_by_role("link", name="A team trains a model").first.click()
    page.wait_for_url("**/question/**")
    expect(page.get_by_text("Because of right.")).to_be_hidden()
    page.locator(".unfold > summary").press("Enter")
    expect(page.get_by_text("Because of right.")).to_be_visible()
    page.locator(".unfold > summary").press("Enter")
    expect(page.get_by_text("Because of right.")).to_be_hidden()


def test_a_figure_follows_the_colours_that_are_chosen(stage: Stage) -> None:
    page = opened(stage, "/card/corrected")
    picture = page.locator("figure img")

    def corner() -> tuple[int, ...]:
        image = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
        return tuple(image.getpixel((5, 5)))  # type: ignore[arg-type]

    expect(picture).to_have_attribute("alt", FIGURE.alt)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    expect(page.locator("figure table tr").first).to_be_visible()
    assert corner() == (255, 255, 255)
    page.evaluate("document.documentElement.dataset.colours = 'dark'")
    assert max(corner()) < 40


# Printed


def pages_of(page: Page) -> int:
    """How many sheets of paper it takes."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True)))


def test_a_form_is_printed_with_no_question_over_two_pages(stage: Stage) -> None:
    page = opened(stage, "/paper/form?exam=mls-c01&questions=8&seed=1")
    bare = pages_of(page)
    page.goto(f"{page.url}&key=on")
    assert bare >= 2  # the questions, and the sheet for the answers
    assert pages_of(page) > bare  # the key stands on pages of its own
    page.emulate_media(media="print")
    for part in (".top", ".foot", ".screen-only"):
        expect(page.locator(part).first).to_be_hidden()
    inside = page.locator(".leaf").evaluate_all("s => s.map(e => getComputedStyle(e).breakInside)")
    before = page.locator(".new-page").evaluate_all(
        "s => s.map(e => getComputedStyle(e).breakBefore)"
    )
    assert (set(inside), before) == ({"avoid"}, ["page", "page"])


def test_a_result_is_printed_in_ink_on_white_whatever_the_colours(stage: Stage) -> None:
    path = result(stage)
    page = stage.page
    page.evaluate("document.documentElement.dataset.colours = 'dark'")
    page.emulate_media(media="print")
    body = "(e) => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert page.locator("body").evaluate(body) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert pages_of(page) >= 1
    page.goto(f"{stage.address}{path}/paper")
    expect(page.locator(".leaf")).to_have_count(8)
    assert pages_of(page) >= 3
