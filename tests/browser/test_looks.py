"""Every page: nothing that axe finds wrong, no scrolling sideways at 320 pixels, no jumps."""

from __future__ import annotations

from collections.abc import Iterator

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.browser.stage import Stage
from tests.browser.test_sitting import by_mouse

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AXE: str = Axe().axe_script
EVERYTHING: dict[str, object] = {"runOnly": {"type": "tag", "values": TAGS}}
CONTRAST: dict[str, object] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
OTHER_LOOKS = ("dark", "contrast", "sepia")
REFUSED = "status of 4(04|22)"  # pages that are answers to what cannot be meant


def every_page(stage: Stage) -> Iterator[tuple[str, Page]]:
    """(name, page) of each page there is, on the way through an exam."""
    page = stage.page
    page.goto(stage.address)
    yield "home", page
    yield from study_pages(stage)
    page.goto(f"{stage.address}/exam/mls-c01")
    yield "start", page
    page.goto(f"{stage.address}/exam/mls-c01?length=99-minutes&sealed=on")
    yield "start refused", page
    stage.start(breaks="on")
    window = page.url.rpartition("/")[0]
    for number in range(1, 5):
        page.goto(f"{window}/{number}")
        kind, key = stage.key(number)
        by_mouse(page, kind, key[::-1] if kind == "ordering" else key)
        page.locator("#flag").check(force=True)
        stage.saved(page)
        yield f"question {kind}", page
        page.locator(".menu summary").click()
        yield f"menu over {kind}", page
    page.keyboard.press("?")
    yield "keys", page
    page.goto(f"{window}/review")
    yield "review", page
    page.goto(f"{window}/end")
    yield "end", page
    page.goto(f"{window}/1")
    page.get_by_role("button", name="Break: stop the clock").click()
    yield "break", page
    page.get_by_role("button", name="Go on").click()
    page.goto(stage.address)
    yield "home with an open attempt", page
    page.goto(window.rpartition("/")[0])
    yield "the way in", page
    page.goto(f"{stage.address}/nothing")
    yield "not there", page
    page.goto(f"{window}/end")
    page.get_by_role("button", name="End it").click()
    page.wait_for_url("**/result/**")
    yield "result", page
    result = page.url
    for number in range(1, 5):
        page.goto(f"{result}/{number}")
        yield f"reviewed {number}", page
    page.goto(stage.address)
    yield "home with a result", page
    yield from study_pages_of_a_record(stage)


def study_pages(stage: Stage) -> Iterator[tuple[str, Page]]:
    """Practice, cards, progress and the plan, before anything was done."""
    page = stage.page
    for name, path in (
        ("practice", "/practice/mls-c01"),
        ("practice refused", "/practice/mls-c01?only=flagged"),
        ("progress of nothing", "/progress/mls-c01"),
        ("plan of nothing", "/plan"),
        ("no cards", "/cards?which=due"),
        ("card", "/cards"),
    ):
        page.goto(stage.address + path)
        yield name, page
    page.keyboard.press("Space")
    yield "card with its answer", page


def study_pages_of_a_record(stage: Stage) -> Iterator[tuple[str, Page]]:
    """After an exam, and a wrong answer since: progress, the plan, a card that is due again."""
    page = stage.page
    page.goto(f"{stage.address}/cards")
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.wait_for_url("**after=**")
    yield "card after a grade", page
    stage.desk.clock.advance(minutes=8 * 24 * 60)
    page.goto(f"{stage.address}/plan")
    page.get_by_role("button", name="Plan the days").click()
    page.get_by_text("Today, ").wait_for()
    yield "plan", page
    for name, path in (
        ("progress", "/progress/mls-c01"),
        ("progress by topic", "/progress/mls-c01?by=topic"),
        ("home with a plan", "/"),
    ):
        page.goto(stage.address + path)
        yield name, page


def violations(page: Page, rules: dict[str, object] = EVERYTHING) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {**rules, "resultTypes": ["violations"]}
    found = page.evaluate("o => axe.run(document, o).then(told => told.violations)", options)
    return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']][:3]}" for each in found]


def test_axe_finds_no_violation_on_any_page(stage: Stage) -> None:
    stage.expected.append(REFUSED)
    found = {}
    for name, page in every_page(stage):
        found[name] = violations(page)
        for colours in OTHER_LOOKS:
            page.evaluate(f"document.documentElement.dataset.colours = '{colours}'")
            found[f"{name}, {colours}"] = violations(page, CONTRAST)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_axe_sees_what_is_wrong(stage: Stage) -> None:
    stage.page.goto(stage.address)
    stage.page.evaluate("document.querySelector('h1').replaceWith(document.createElement('img'))")
    assert violations(stage.page)
    stage.page.evaluate("document.querySelector('.lead').style.color = '#ccc'")
    assert violations(stage.page, CONTRAST)


def cramped(page: Page) -> str:
    """What keeps the first line of a question out of sight; empty if it is seen, and the bars that
    stay leave two thirds of the height."""
    return str(
        page.evaluate(
            """() => {
              scrollTo(0, 0);
              const box = (selector) => document.querySelector(selector).getBoundingClientRect();
              const stays = (selector) => {
                const {position} = getComputedStyle(document.querySelector(selector));
                return ["sticky", "fixed"].includes(position) ? box(selector).height : 0;
              };
              const range = document.createRange();
              range.selectNodeContents(document.getElementById("stem").firstElementChild);
              const line = range.getClientRects()[0];
              const end = stays(".bar") ? box(".bar").top : innerHeight;
              if (line.top < box(".top").bottom || line.bottom > end) return `line at ${line.top}`;
              const bars = stays(".top") + stays(".bar");
              return bars > innerHeight / 3 ? `bars of ${bars}` : "";
            }"""
        )
    )


def test_no_page_scrolls_sideways(stage: Stage) -> None:
    stage.expected.append(REFUSED)
    found = {}
    for name, page in every_page(stage):
        for width, size in ((320, "100"), (320, "200"), (390, "150"), (1280, "200")):
            page.set_viewport_size({"width": width, "height": 640 if width == 320 else 800})
            page.evaluate(f"document.documentElement.dataset.size = '{size}'")
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found[f"{name}, {width} pixels, {size} %"] = wide
            if name.startswith("question") and (why := cramped(page)):
                found[f"{name}, {width} pixels, {size} %, in sight"] = why
        page.evaluate("document.documentElement.dataset.size = '100'")
        page.set_viewport_size({"width": 1280, "height": 860})
    assert found == {}


def test_the_numbers_never_lie_over_the_buttons_below_them(stage: Stage) -> None:
    page = stage.start()
    page.set_viewport_size({"width": 1280, "height": 500})
    page.evaluate("document.querySelector('.paper').style.minHeight = '2000px'")
    page.evaluate("scrollTo(0, 900)")
    numbers, below = (page.locator(part).bounding_box() for part in (".grid", ".aside-actions"))
    assert numbers
    assert below
    assert numbers["y"] + numbers["height"] <= below["y"]
    assert page.locator("#help").is_visible()
    page.locator("#help").click(trial=True)  # nothing lies over it


def test_on_a_phone_no_table_of_the_result_or_of_all_questions_is_cut(stage: Stage) -> None:
    page = stage.start()
    page.locator("#flag").check(force=True)
    page.get_by_text("Note", exact=True).click()
    page.locator("#note").fill("Which of these two metrics falls in the round that is kept? " * 3)
    stage.saved(page)
    window = page.url.rpartition("/")[0]
    page.set_viewport_size({"width": 390, "height": 844})
    cut = """[...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth)
             .map(e => e.ariaLabel)"""
    page.goto(f"{window}/review")
    assert page.locator(".wide").count() == 1
    assert page.evaluate(cut) == []
    page.goto(f"{window}/end")
    page.get_by_role("button", name="End it").click()
    page.wait_for_url("**/result/**")
    assert page.locator(".wide").count() == 2
    assert page.evaluate(cut) == []


def test_the_controls_stay_where_they_are_from_question_to_question(stage: Stage) -> None:
    page = stage.start()
    found = set()
    for number in range(1, 9):
        stage.is_at(page, number)
        boxes = [page.locator(part).bounding_box() for part in ("#next", "#clock", "#flag")]
        found.add(str(boxes))
        if number < 8:
            page.locator("#next").click()
    assert len(found) == 2  # the first has the clock of an untouched hour


def test_the_focus_is_seen_and_never_hidden_under_the_bars(stage: Stage) -> None:
    page = stage.start()
    page.set_viewport_size({"width": 390, "height": 640})
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => {
              const e = document.activeElement, r = e.getBoundingClientRect();
              const top = document.querySelector('.top').getBoundingClientRect().bottom;
              const bottom = document.querySelector('.bar').getBoundingClientRect().top;
              const fixed = e.closest('.top, .bar, .skip') !== null;
              const ok = fixed || (r.bottom > top && r.top < bottom);
              return {tag: e.tagName + (e.value ?? ''), ok, body: e === document.body};
            }"""
        )
        if told["body"]:
            break
        seen.add(told["tag"])
        assert told["ok"], told
    assert len(seen) > 10


def test_each_page_has_its_title_one_heading_and_its_landmarks(stage: Stage) -> None:
    stage.expected.append(REFUSED)
    titles = {}
    for name, page in every_page(stage):
        titles[name] = page.title()
        assert page.locator("h1").count() == 1, name
        assert page.locator("main").count() == 1, name
        assert page.locator("html").get_attribute("lang") == "en"
        page.evaluate("document.activeElement.blur()")
        assert page.locator("body > a:first-child").inner_text() == "Skip to the content"
    assert titles["question single"] == "Question 4 of 8 - MLS-C01"
    assert len(set(titles.values())) >= 12
