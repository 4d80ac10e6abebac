"""Every figure: a small picture for light and dark, words and numbers, and a card with it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from docs.figures.draw import FIGURES
from docs.figures.style import DARK, LIGHT
from quizengine.bank import LoadedBank
from quizengine.cli import render
from quizengine.figure import Figure
from quizengine.storage import files

QUESTIONS = Path(__file__).parents[2] / "questions"
FOLDER = QUESTIONS / "figures"
LARGEST = 60_000  # bytes
COLUMNS = 79  # of a terminal
SVG = "{http://www.w3.org/2000/svg}"

each_figure = pytest.mark.parametrize("id", FIGURES)


@pytest.fixture(scope="module")
def bank() -> LoadedBank:
    return files.load(QUESTIONS)


@pytest.fixture
def figure(bank: LoadedBank, id: str) -> Figure:
    return bank.figure(id)


def picture(id: str) -> str:
    return (FOLDER / f"{id}.svg").read_text(encoding="utf-8")


def test_there_is_a_picture_and_a_table_for_each_that_the_code_draws_and_no_other() -> None:
    assert len(FIGURES) >= 12
    found = sorted(path.name for path in FOLDER.iterdir())
    assert found == sorted(f"{id}.{suffix}" for id in FIGURES for suffix in ("svg", "toml"))


def test_every_figure_is_shown_by_a_card_or_question(bank: LoadedBank) -> None:
    shown = {content.figure for content in [*bank.every_card(), *bank.questions.values()]}
    assert set(FIGURES) <= shown


@each_figure
def test_a_picture_is_small_and_says_its_title_and_what_is_to_be_seen(
    id: str, figure: Figure
) -> None:
    text = picture(id)
    assert len(text.encode()) < LARGEST
    root = ET.fromstring(text)
    assert root.attrib["role"] == "img"
    told = {tag: root.findtext(f"{SVG}{tag}") for tag in ("title", "desc")}
    assert told == {"title": figure.title, "desc": figure.alt}
    assert root.attrib["aria-labelledby"].split() == ["title", "desc"]


@each_figure
def test_a_picture_has_the_colours_of_day_and_night_and_no_other(id: str) -> None:
    text = picture(id)
    assert "@media (prefers-color-scheme:dark)" in text
    assert set(
        re.findall(r"#[0-9a-fA-F]{3,8}\b", re.sub(r'(?:id|href)="#?\w+"|url\(#\w+\)', "", text))
    ) == {
        *LIGHT.values(),
        *DARK.values(),
    }


@each_figure
def test_a_picture_loads_and_runs_nothing(id: str) -> None:
    text = picture(id)
    addresses = set(re.findall(r"https?://[^\s\"']+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(text).iter()}
    assert tags <= {
        "svg", "style", "title", "desc", "defs", "g", "path", "use", "text", "tspan", "clipPath",
        "rect",
    }  # fmt: skip
    assert not re.search(r"\bon\w+=|javascript:", text)


@each_figure
def test_a_table_fits_a_terminal(figure: Figure) -> None:
    lines = render.table(figure.rows, figure.columns).splitlines()
    assert max(map(len, lines)) <= COLUMNS
    assert len(lines) <= 20


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), from the relative luminances."""

    def luminance(colour: str) -> float:
        parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_curves_stand_out_from_the_paper(colours: dict[str, str]) -> None:
    for name in set(colours) - {"paper", "grid"}:
        assert contrast(colours[name], colours["paper"]) >= 4.5, name


@pytest.mark.slow
@each_figure
def test_a_figure_is_what_its_code_draws_today(id: str) -> None:
    """Where it is not: make figures, and look at the pictures."""
    drawing = FIGURES[id]()
    assert drawing.toml() == (FOLDER / f"{id}.toml").read_text(encoding="utf-8")
    assert drawing.svg() == picture(id)
