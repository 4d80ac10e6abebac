"""docs/labs.md names the labs there are, and what their scripts find."""

from __future__ import annotations

import re

from labs.runner import catalogue
from labs.runner.bench import TIMEOUT
from labs.runner.furniture import Furniture
from labs.runner.workspace import FOLDER, SOLUTION
from quizengine.cli.lab import run
from tests.docs.pages import TEXTS, says, table

PAGE = TEXTS["docs/labs.md"]


def test_every_lab_stands_in_the_page_and_no_other() -> None:
    in_order = sorted(map(catalogue.load, catalogue.slugs()), key=lambda lab: lab.order)
    named = [row[0].strip("`") for row in table(PAGE, "lab", "about")]
    assert named == [lab.slug for lab in in_order]


def test_the_variables_of_the_page_are_those_that_a_script_gets() -> None:
    lab = catalogue.load("train_xgboost")
    named = [row[0].strip("`") for row in table(PAGE, "variable", "is")]
    assert named == list(Furniture("us-east-1").variables(lab))


def test_the_files_that_the_page_names_are_given_by_every_lab() -> None:
    named = set(re.findall(r"^- `([a-z]+\.(?:py|md))`", PAGE, re.MULTILINE))
    assert named == {"guide.md", "starter.py", "fault.py"}
    for slug in catalogue.slugs():
        assert named <= set(catalogue.given(catalogue.load(slug)))


def test_the_figures_and_folders_of_the_page_are_those_of_the_program() -> None:
    assert says(PAGE, f"`--timeout` ({TIMEOUT:g} seconds)")
    assert [param.default for param in run.params if param.name == "timeout"] == [TIMEOUT]
    assert says(PAGE, f"`{FOLDER}/train_xgboost` in your home")
    assert says(PAGE, f"the folder `{SOLUTION}` inside yours")
