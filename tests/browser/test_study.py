"""Cards, practice and the plan in a browser: by keyboard, by mouse, and again."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.stage import QUICK, Stage
from tests.browser.test_sitting import by_mouse


def grades(stage: Stage) -> list[str]:
    return [event.payload["grade"] for event in stage.desk.store.of_kind("graded")]


def card(page: Page) -> str:
    return page.locator("input[name=card]").get_attribute("value") or ""


def leaves(page: Page, before: str) -> None:
    """Until another card is asked, or none."""
    expect(page.locator(f"input[name=card][value='{before}']")).to_have_count(0)


def test_cards_are_drilled_by_keyboard_alone(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/cards")
    answer = page.locator("#answer")
    expect(page.locator("#answer > summary")).to_be_focused()
    page.keyboard.press("3")
    expect(page.locator("#toast")).to_have_text("First look: space shows the answer.")
    for n, (reveal, grade) in enumerate(
        (("Space", "4"), ("Enter", "4"), ("Space", "4"), ("Space", "4"))
    ):
        expect(page.locator("#answer > summary")).to_be_focused()
        expect(answer).not_to_have_attribute("open", "")
        before = card(page)
        page.keyboard.press(reveal)
        expect(answer).to_have_attribute("open", "")
        assert len(grades(stage)) == n
        page.keyboard.press(grade)
        leaves(page, before)
        expect(page.locator(".ack")).to_contain_text("Saved. That card is due again in 8 days.")
    expect(page.locator("main")).to_contain_text("4 cards drilled in this sitting")
    assert grades(stage) == ["easy"] * 4


def test_each_key_gives_its_grade_and_space_works_wherever_the_focus_is(stage: Stage) -> None:
    page = stage.page
    for n, grade in enumerate(("again", "hard", "good", "easy"), start=1):
        page.goto(f"{stage.address}/cards")
        page.evaluate("document.activeElement.blur()")
        before = card(page)
        page.keyboard.press("Space")
        page.keyboard.press(str(n))
        page.wait_for_url("**after=**")
        assert before in page.url
        assert grades(stage)[-1] == grade


def test_the_keys_of_the_cards_can_be_switched_off_or_need_alt(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/cards")
    root = "document.documentElement.dataset.keys"
    page.keyboard.press("Space")
    page.evaluate(f"{root} = 'off'")
    page.keyboard.press("3")
    page.evaluate(f"{root} = 'alt'")
    page.keyboard.press("3")
    page.keyboard.press("Control+3")
    assert page.evaluate(root) == "alt"
    assert grades(stage) == []
    before = card(page)
    page.keyboard.press("Alt+3")
    leaves(page, before)
    assert grades(stage) == ["good"]


def test_what_is_chosen_with_keys_in_a_list_grades_nothing(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/cards")
    page.keyboard.press("Space")
    page.locator(".choose summary").click()
    page.get_by_label("At most").focus()
    page.keyboard.press("1")
    expect(page.get_by_label("At most")).to_have_value("10")
    page.get_by_role("button", name="Ask these").click()
    page.wait_for_url("**limit=10**")
    assert grades(stage) == []


def test_going_back_asks_what_is_to_be_asked_now(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/cards")
    first = card(page)
    page.keyboard.press("Space")
    page.keyboard.press("4")
    leaves(page, first)
    second = card(page)
    page.go_back()
    expect(page.locator(f"input[name=card][value='{second}']")).to_have_count(1)


def test_in_a_second_tab_a_card_keeps_the_grade_that_the_first_gave(stage: Stage) -> None:
    one, two = stage.page, stage.window()
    for page in (one, two):
        page.goto(f"{stage.address}/cards")
        page.keyboard.press("Space")
    assert card(one) == card(two)
    one.keyboard.press("4")
    one.wait_for_url("**after=**")
    two.get_by_role("button", name=re.compile("again")).click()
    expect(two.locator(".ack")).to_contain_text("the grade that is there stands")
    assert grades(stage) == ["easy"]


def test_a_grade_clicked_twice_counts_once(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/cards")
    page.keyboard.press("Space")
    page.get_by_role("button", name=re.compile("good")).dblclick(no_wait_after=True)
    page.wait_for_url("**after=**")
    page.goto(stage.address)
    assert grades(stage)[0] == "good"
    assert len({event.payload["card"] for event in stage.desk.store.of_kind("graded")}) == len(
        grades(stage)
    )


def test_cards_are_drilled_without_a_script(stage: Stage) -> None:
    context = stage.visit(java_script_enabled=False)
    context.add_cookies([c for c in stage.context.cookies() if "look" not in c["name"]])  # type: ignore[misc]
    page = stage.window(context)
    page.goto(f"{stage.address}/cards")
    expect(page.locator(".answer")).to_be_hidden()
    page.get_by_text("Show the answer").click()
    expect(page.locator(".answer")).to_be_visible()
    page.get_by_role("button", name=re.compile("hard")).click()
    expect(page.locator(".ack")).to_contain_text("Saved.")
    assert grades(stage) == ["hard"]


def test_practice_is_chosen_begun_and_checked(stage: Stage) -> None:
    page = stage.page
    page.goto(stage.address)
    page.get_by_role("link", name="Practice", exact=True).click()
    expect(page.locator("#told")).to_contain_text("10 questions of 16 that fit")
    page.get_by_label("Where").select_option("1")
    expect(page.locator("#told")).to_contain_text("8 questions: all that fit")
    page.get_by_label("flagged").check()
    expect(page.locator("#told")).to_contain_text("No question of mls-c01 is of that kind.")
    expect(page.get_by_role("button", name="Begin")).to_be_disabled()
    page.get_by_label("flagged").uncheck()
    page.get_by_label("How many").select_option("5-questions")
    expect(page.locator("#told")).to_contain_text("5 questions of 8 that fit")
    page.get_by_role("button", name="Begin").click()
    expect(page).to_have_title(re.compile("^Question 1 of 5"), timeout=QUICK)
    toast, verdict = page.locator("#toast"), page.locator("#verdict")
    for number in (1, 2):
        expect(page.locator("#give")).to_be_hidden()
        page.keyboard.press("c")
        expect(toast).to_contain_text("Choose first: ")
        assert stage.response(number).revealed_at is None
        page.get_by_role("button", name="Show the answer").click()
        expect(verdict).to_be_focused(timeout=QUICK)
        expect(verdict).to_have_role("status")
        expect(verdict).to_have_text("Left blank.")
        expect(verdict).to_be_in_viewport()
        page.keyboard.press("c")
        expect(toast).to_have_text("Already checked.")
        page.locator("#next").click()
        expect(verdict).to_have_count(0)


def test_until_it_is_checked_the_button_of_practice_is_check_it(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/practice/mls-c01")
    page.get_by_role("button", name="Begin").click()
    stage.is_at(page, 1)
    assert page.locator(".bar .primary").all_inner_texts() == ["Check it"]
    by_mouse(page, *stage.key(1))
    page.locator("#check").click()
    expect(page.locator("#verdict")).to_have_text("Right.")
    assert [" ".join(text.split()) for text in page.locator(".bar .primary").all_inner_texts()] == [
        "Next →"
    ]
    stop = page.get_by_role("button", name="Question 1: right")
    expect(stop).to_have_count(1)
    page.locator("#flag").check(force=True)
    stage.saved(page)
    expect(stop).to_have_count(1)  # a flag does not make it "answered" again
    page.keyboard.press("l")
    expect(page.get_by_role("row", name=re.compile("^Question 1 right"))).to_be_visible()


def test_what_was_practised_is_in_progress_and_ticked_in_the_plan(stage: Stage) -> None:
    page = stage.page
    page.goto(f"{stage.address}/plan")
    page.get_by_label("Minutes a day").fill("16")
    page.get_by_role("button", name="Plan the days").click()
    expect(page.get_by_role("heading", name=re.compile("^Today, "))).to_be_visible()
    stage.desk.clock.advance(minutes=1)
    page.goto(stage.address)
    cards, *_ = page.locator(".todo a").all()
    expect(cards).to_have_text("4 cards, due ones first")
    cards.click()
    for _ in range(4):
        before = card(page)
        page.keyboard.press("Space")
        page.keyboard.press("4")
        leaves(page, before)
    page.goto(stage.address)
    expect(page.locator(".todo .done")).to_contain_text("4 cards, due ones first")
