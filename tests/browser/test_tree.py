"""What a screen reader is told over a whole exam: the accessibility tree of each page, as a text
that is kept. After a change that is meant: ACCEPT=1 pytest tests/browser/test_tree.py"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator

from tests.browser.stage import Stage
from tests.browser.test_sitting import by_mouse
from tests.builders import KINDS

KEPT = Path(__file__).with_name("exam.tree.txt")
# What is another one each time, or in each place on earth.
VARIES = (
    (r"/attempt/[0-9a-f-]+/\d+", "/attempt/ID/1"),
    (r"(attempt|result)/[0-9a-f-]{8,}", r"\1/ID"),
    (r"\b\d+:\d\d\b", "M:SS"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE"),
    (r"quizengine \d+\.\d+\.\d+", "quizengine VERSION"),
)


def parts(stage: Stage) -> Iterator[tuple[str, Locator]]:
    """From the start to one reviewed question. Each kind of question stands there before and after
    an answer, the first of them with all that is around it."""
    page = stage.page
    page.goto(f"{stage.address}/exam/mls-c01")
    yield "the start", page.locator("body")
    stage.start()
    window = page.url.rpartition("/")[0]
    yield "a page of the exam", page.locator("body")
    kinds = {stage.key(number)[0]: number for number in range(8, 0, -1)}
    for kind in KINDS:
        page.goto(f"{window}/{kinds[kind]}")
        yield kind, page.locator("#sheet")
        by_mouse(page, *stage.key(kinds[kind]))
        stage.saved(page)
        yield f"{kind}, answered", page.locator("#sheet")
    page.locator("#flag").check(force=True)
    stage.saved(page)
    page.goto(f"{window}/review")
    yield "all questions", page.locator("main")
    page.goto(f"{window}/end")
    yield "the end", page.locator("main")
    page.get_by_role("button", name="End it").click()
    page.wait_for_url("**/result/**")
    yield "the result", page.locator("main")
    page.goto(f"{page.url}/4")
    yield "a question, reviewed", page.locator("main")


def tree(part: Locator) -> str:
    text = part.aria_snapshot()
    for pattern, instead in VARIES:
        text = re.sub(pattern, instead, text)
    return text


def test_the_accessibility_tree_of_a_whole_exam_is_the_one_that_was_read(stage: Stage) -> None:
    found = "\n".join(f"## {name}\n\n{tree(part)}\n" for name, part in parts(stage))
    if os.environ.get("ACCEPT") == "1":
        KEPT.write_text(found, encoding="utf-8")
    kept = KEPT.read_text(encoding="utf-8")
    changes = difflib.unified_diff(kept.splitlines(), found.splitlines(), "kept", "found", n=2)
    assert found == kept, "\n".join(changes)
