"""A whole exam in a browser: by mouse, by keyboard, without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import QUICK, Stage


def order(page: Page) -> list[int]:
    """The steps in their present order, by the numbers they were drawn with."""
    return [int(n) for n in page.locator(".step").evaluate_all("s => s.map(e => e.dataset.number)")]


def by_mouse(page: Page, kind: str, key: list[int]) -> None:
    match kind:
        case "single" | "multiple":
            for number in key:
                page.locator(f".choice[data-number='{number}'] label").click()
        case "ordering":
            for place, number in enumerate(key):
                while order(page).index(number) > place:
                    page.locator(f"button[value=up-{number}]").click()
        case "matching":
            for n, number in enumerate(key):
                page.locator("select[name=pick]").nth(n).select_option(str(number))


def by_keys(page: Page, kind: str, key: list[int]) -> None:
    match kind:
        case "single" | "multiple":
            for number in key:
                page.keyboard.press(str(number))
        case "ordering":
            for place, number in enumerate(key):
                while (at := order(page).index(number)) > place:
                    page.keyboard.press(str(at + 1))  # to the first button of that step: up
                    page.keyboard.press("Enter")
        case "matching":
            for n, number in enumerate(key):
                page.keyboard.press(str(n + 1))
                for _ in range(number):
                    page.keyboard.press("ArrowDown")
                page.keyboard.press("Tab")


def passes(page: Page) -> None:
    expect(page).to_have_url(re.compile("/result/"))
    expect(page.locator("main")).to_contain_text("8 of 8 scored questions right (100 %)")
    expect(page.locator("main")).to_contain_text("above the pass mark of 750")


def test_a_whole_exam_by_mouse(stage: Stage) -> None:
    page = stage.page
    page.goto(stage.address)
    page.get_by_role("link", name="Choose").click()
    page.get_by_role("button", name="Start").click()
    for number in range(1, 9):
        stage.is_at(page, number)
        by_mouse(page, *stage.key(number))
        if number == 3:
            page.locator(".flagger").click()
        page.locator("#next").click()
    expect(page.get_by_role("heading", name="All questions", level=1)).to_be_visible()
    page.get_by_role("link", name="flagged").click()
    page.get_by_role("link", name="Question 3").click()
    stage.is_at(page, 3)
    page.get_by_role("button", name="All questions").click()
    page.get_by_role("link", name="End ...").click()
    expect(page.locator(".counts")).to_contain_text(re.compile(r"answered\s*8"))
    page.get_by_role("button", name="End it").click()
    passes(page)


def test_a_whole_exam_by_keyboard_alone(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/exam/mls-c01")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Start:"):
            break
    page.keyboard.press("Enter")
    for number in range(1, 9):
        stage.is_at(page, number)
        by_keys(page, *stage.key(number))
        page.keyboard.press("f")
        page.keyboard.press("s")
        if number == 2:
            page.keyboard.press("o")
            page.keyboard.type("nothing here is a shortcut: fnpue?")
            expect(page.locator("#note")).to_have_value(re.compile("fnpue"))
            page.keyboard.press("Tab")
        page.keyboard.press("n")
    expect(page.get_by_role("heading", name="All questions", level=1)).to_be_visible()
    assert [stage.response(n).flagged for n in range(1, 9)] == [True] * 8
    assert [stage.response(n).sure for n in range(1, 9)] == [True] * 8
    assert stage.response(2).note == "nothing here is a shortcut: fnpue?"
    page.get_by_role("link", name="End ...").press("Enter")
    page.get_by_role("button", name="End it").press("Enter")
    passes(page)


def test_a_whole_exam_without_a_script(stage: Stage) -> None:
    context = stage.visit(java_script_enabled=False)
    context.add_cookies([c for c in stage.context.cookies() if "look" not in c["name"]])  # type: ignore[misc]
    page = stage.start(stage.window(context))
    for number in range(1, 9):
        stage.is_at(page, number)
        by_mouse(page, *stage.key(number))
        page.locator("#next").click()
    page.get_by_role("link", name="End ...").click()
    page.get_by_role("button", name="End it").click()
    passes(page)


# The keys


of_singles = pytest.mark.parametrize("kinds", [("single",)], ids=["singles"])


@pytest.fixture
def singles(stage: Stage) -> Stage:
    """An exam, at its first question."""
    stage.start()
    return stage


@of_singles
def test_every_key_does_what_the_list_of_keys_says(singles: Stage) -> None:
    page = singles.page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next question")
    page.keyboard.press("n")  # not while the list is open
    page.keyboard.press("Escape")
    singles.is_at(page, 1)
    page.keyboard.press("p")
    expect(page.locator("#toast")).to_have_text("This is the first question.")
    page.keyboard.press("2")
    page.keyboard.press("x")
    expect(page.locator(".choice.struck")).to_have_count(1)
    page.keyboard.press("Backspace")
    expect(page.locator("input[name=pick]:checked")).to_have_count(0)
    page.keyboard.press("c")
    expect(page.locator("#toast")).to_have_text("Only practice checks a question.")
    page.keyboard.press("ArrowDown")  # goes from choice to choice, as everywhere
    page.keyboard.press("t")
    expect(page.locator("#clock")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator("#clock")).to_be_visible()
    page.locator("body").click(position={"x": 2, "y": 400})
    page.keyboard.press("ArrowRight")
    singles.is_at(page, 2)
    page.keyboard.press("ArrowLeft")
    singles.is_at(page, 1)
    page.keyboard.press("u")
    singles.is_at(page, 2)
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="End the exam?")).to_be_visible()
    page.go_back()
    singles.is_at(page, 2)
    page.keyboard.press("l")
    expect(page.get_by_role("heading", name="All questions", level=1)).to_be_visible()


@of_singles
def test_single_keys_can_be_switched_off_or_need_alt(singles: Stage) -> None:
    page = singles.page
    page.locator(".menu summary").click()
    page.locator("select[name=keys]").select_option("off")
    page.keyboard.press("Escape")
    for key in ("2", "f", "n", "?"):
        page.keyboard.press(key)
    expect(page.locator("input[name=pick]:checked")).to_have_count(0)
    expect(page.locator("#flag")).not_to_be_checked()
    singles.is_at(page, 1)
    page.locator(".menu summary").click()
    with page.expect_response("**/look"):
        page.locator("select[name=keys]").select_option("alt")
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("f")
    expect(page.locator("#flag")).not_to_be_checked()
    page.keyboard.press("Alt+f")
    expect(page.locator("#flag")).to_be_checked()
    page.keyboard.press("Alt+3")
    expect(page.locator("input[name=pick]:checked")).to_have_value("3")
    singles.saved(page)


@of_singles
def test_the_look_changes_at_once_and_stays(singles: Stage) -> None:
    page = singles.page
    page.keyboard.press("1")
    page.locator(".menu summary").click()
    page.get_by_label("Colours").select_option("sepia")
    with page.expect_response("**/look"):
        page.get_by_label("Size of text").select_option("150")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(58, 45, 28)"
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    page.keyboard.press("Escape")
    expect(page.locator("input[name=pick]:checked")).to_have_count(1)
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(58, 45, 28)"


# Choosing


@pytest.mark.parametrize("kinds", [("multiple",)], ids=["multiples"])
def test_a_third_option_is_refused_with_the_reason(stage: Stage) -> None:
    page = stage.start()
    for number in (1, 2, 3):
        page.locator(f".choice[data-number='{number}'] label").click()
    expect(page.locator("#toast")).to_have_text("2 options are selected: take one back.")
    expect(page.locator("#counted")).to_have_text("2 of 2 selected")
    expect(page.locator("input[name=pick]:checked")).to_have_count(2)
    stage.saved(page)
    assert stage.response(1).given == 2
    page.locator(".choice[data-number='2'] label").click()
    page.locator(".choice[data-number='3'] label").click()
    stage.saved(page)
    place = stage.attempt.form.places[0]
    assert set(stage.response(1).answer) == {place.order[0], place.order[2]}


@of_singles
def test_a_right_click_strikes_out_and_a_struck_option_can_be_chosen(singles: Stage) -> None:
    page = singles.page
    choice = page.locator(".choice[data-number='2']")
    choice.locator("label").click(button="right")
    expect(choice).to_have_class(re.compile("struck"))
    choice.locator("label").click()
    singles.saved(page)
    assert len(singles.response(1).struck) == 1
    assert singles.response(1).complete
    page.reload()
    expect(choice).to_have_class(re.compile("struck"))
    choice.get_by_role("button").click()
    expect(choice).not_to_have_class(re.compile("struck"))


@pytest.mark.parametrize("kinds", [("ordering",)], ids=["orderings"])
def test_a_moved_step_keeps_the_focus_and_says_its_place(stage: Stage) -> None:
    page = stage.start()
    first = order(page)[0]
    page.locator(f"button[value=down-{first}]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_have_text("Now at place 2 of 4.")
    expect(page.locator(f"button[value=down-{first}]")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_have_text("This is the last step.")
    expect(page.locator(f"button[value=down-{first}]")).to_be_focused()
    stage.saved(page)
    page.reload()
    assert order(page)[-1] == first


@of_singles
def test_practice_begun_elsewhere_is_checked_here(stage: Stage) -> None:
    study = stage.study()
    study.start(study.plan_practice("mls-c01", questions=2))
    page = stage.page
    page.goto(stage.address)
    page.get_by_role("button", name="Go on with").click()
    stage.is_at(page, 1)
    page.keyboard.press("1")
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#verdict")).to_be_visible(timeout=QUICK)
    expect(page.locator("#verdict")).to_be_focused()
    expect(page.locator(".reason")).to_have_count(4)
    page.locator("#next").click()
    stage.is_at(page, 2)


def test_escape_leaves_the_note_and_the_keys_work_again(stage: Stage) -> None:
    page = stage.start()
    page.keyboard.press("o")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("n")
    page.keyboard.press("Escape")
    expect(page.locator("#note")).not_to_be_focused()
    expect(page.locator("#note")).to_be_visible()
    page.keyboard.press("n")
    stage.is_at(page, 2)
    assert stage.response(1).note == "n"


def test_the_keys_work_in_the_list_of_all_questions(stage: Stage) -> None:
    page = stage.start()
    title = re.compile("^Review before the end")
    page.keyboard.press("l")
    expect(page).to_have_title(title)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next question")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    stage.is_at(page, 1)
    page.keyboard.press("l")
    expect(page).to_have_title(title)
    page.keyboard.press("u")
    stage.is_at(page, 1)  # it has no answer yet
    page.keyboard.press("l")
    expect(page).to_have_title(title)
    page.keyboard.press("e")
    expect(page).to_have_title(re.compile("^End the exam"))
