"""ARCHITECTURE.md draws the house that stands here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from quizengine.attempt import EventKind
from tests.docs.pages import ROOT, TEXTS, blocks, inline_code, prose

PAGE = TEXTS["ARCHITECTURE.md"]
PYTHON = re.compile(r"[a-z_]+\.py\b")


def tree() -> str:
    """The one block that draws the folders."""
    (found,) = [body for _, body in blocks(PAGE) if body.startswith("quizengine/")]
    return found


def drawn(tree: str) -> set[str]:
    """Every Python file and folder in the tree, as paths from the root."""
    found: set[str] = set()
    above: list[tuple[int, str]] = []  # the folders that a line lies in, and how far in each begins
    for line in tree.splitlines():
        indent = len(line) - len(line.lstrip())
        if begins := re.match(r" {0,4}([a-z]+/)(?= |$)", line):
            above = [(at, folder) for at, folder in above if at < indent]
            above.append((indent, begins[1]))
            found.add("".join(folder for _, folder in above))
        found |= {"".join(folder for _, folder in above) + name for name in PYTHON.findall(line)}
    return found


def named() -> set[str]:
    """Every Python file that the page names, as paths from the root."""
    files = {path for path in drawn(tree()) if path.endswith(".py")}
    for code in inline_code(PAGE):
        if PYTHON.fullmatch(code.rpartition("/")[2]):
            inside = f"quizengine/{code}"
            files.add(code if (ROOT / code).exists() else inside)
    return files


def test_what_the_page_names_is_there() -> None:
    missing = [path for path in named() | drawn(tree()) if not (ROOT / path).exists()]
    assert not missing


def test_every_public_module_is_named_in_the_page() -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "quizengine").rglob("*.py")
        if not path.name.startswith("_") and not path.is_relative_to(ROOT / "quizengine/_content")
    }
    assert len(modules) > 40
    assert not sorted(modules - named()), "name them in the table, the tree or the text"


def test_every_folder_of_tests_is_named_in_the_page() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/*.py")}
    (line,) = re.findall(r"^tests/ .*\n(?:  .*\n)*", tree(), re.MULTILINE)
    assert not {folder for folder in folders if f"{folder}/" not in line}


def test_every_kind_of_event_is_named_in_the_page() -> None:
    _, _, record = prose(PAGE).partition("## The record")
    assert not {kind for kind in get_args(EventKind) if f"`{kind}`" not in record}


def test_a_tree_is_read_with_its_folders(tmp_path: Path) -> None:
    example = "a/     x.py, y.py\n  b/   z.py,\n       d/ or w.py\nc/     nothing\n"
    assert drawn(example) == {"a/", "a/x.py", "a/y.py", "a/b/", "a/b/z.py", "a/b/w.py", "c/"}
