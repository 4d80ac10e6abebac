"""docs/web.md says what the pages do, and each requirement names a test that is there."""

from __future__ import annotations

import re

from quizengine.cli.serve import PORT
from quizengine.terms import WARNINGS
from quizengine.web.keys import SHORTCUTS
from quizengine.web.look import COLOURS
from quizengine.web.windows import SLACK
from tests.docs.pages import ROOT, TEXTS, inline_code, table, unsaid

PAGE = TEXTS["docs/web.md"]
SCRIPT = (ROOT / "quizengine/web/static/exam.js").read_text(encoding="utf-8")


def test_every_requirement_names_a_test_that_is_there() -> None:
    folders = (ROOT / "tests/web", ROOT / "tests/browser")
    sources = [
        path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.py")
    ]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.M)}
    rows = table(PAGE, "", "requirement")
    named = {name for _, _, test in rows for name in inline_code(test)}
    assert len(rows) > 30
    assert not named - there
    assert all(len(inline_code(test)) == 1 for _, _, test in rows)


def test_the_keys_are_those_of_the_list_on_the_page() -> None:
    told = {" ".join(inline_code(key)): does for key, does in table(PAGE, "key", "does")}
    assert told == SHORTCUTS


def test_the_script_does_every_key_and_has_the_figures_of_the_program() -> None:
    does = SCRIPT.partition("const KEYS = {")[2].partition("};")[0]
    named = set(re.findall(r'^  "?([\w?]+)"?:', does, re.M))
    keys = {key for keys in SHORTCUTS for key in keys.split() if key != "1-7"}
    arrows = {"right": "ArrowRight", "left": "ArrowLeft"}
    assert {arrows.get(key, key) for key in keys} == named
    assert f"const WARNINGS = {list(WARNINGS)};" in SCRIPT
    assert "const COMES_BACK = 5;" in SCRIPT


def test_the_page_says_the_figures_of_the_program() -> None:
    assert not unsaid(
        PAGE,
        [
            f"port {PORT} (",
            f"may take {SLACK // 1000} seconds longer on its way",
            "Warnings at {}, {}, {} and {} minutes; at 5 a hidden".format(*WARNINGS),
            f"({', '.join(said.lower() for said in COLOURS.values())})",
        ],
    )
