"""The line charts that labs draw: what stands in them, and that they are sound SVG."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.tools.plot import BOTTOM, LEFT, LOOKS, RIGHT, TOP, Chart, Line, svg

SVG = "{http://www.w3.org/2000/svg}"
FALLING = Line("falling", [(0, 80), (1, 60), (2, 55.5)], "cross", "trial 4")


def a_chart(*lines: Line, title: str = "Two lines") -> Chart:
    return Chart(title, "One falls, one rises.", "round", "rmse", lines)


def drawn(*lines: Line, title: str = "Two lines") -> ET.Element:
    return ET.fromstring(svg(a_chart(*lines, title=title)))


def texts(picture: ET.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def curves(picture: ET.Element) -> list[ET.Element]:
    """The lines themselves: not the grid, the marks or the legend."""
    found = (group.find(f"{SVG}path") for group in picture.iter(f"{SVG}g"))
    return [path for path in found if path is not None]


def places(path: ET.Element) -> list[tuple[float, float]]:
    words = path.attrib["d"].removeprefix("M").split("L")
    return [(float(x), float(y)) for x, y in (word.split() for word in words)]


def test_a_chart_says_what_it_shows_without_being_seen() -> None:
    picture = drawn(FALLING)
    title, description = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert (title.text, description.text) == ("Two lines", "One falls, one rises.")
    assert picture.attrib["role"] == "img"
    named = {title.attrib["id"], description.attrib["id"]}
    assert set(picture.attrib["aria-labelledby"].split()) == named


def test_axes_have_their_names_and_round_figures() -> None:
    said = texts(drawn(FALLING))
    assert {"round", "rmse", "55", "60", "80", "0.0", "2.0"} <= set(said)


def test_a_line_goes_from_its_first_point_to_its_last_and_low_values_lie_low() -> None:
    (path,) = curves(drawn(FALLING))
    across, down = zip(*places(path), strict=True)
    assert (across[0], across[-1], down[0]) == (LEFT, RIGHT, TOP)
    assert list(down) == sorted(down), "SVG counts downwards"


def test_lines_of_one_name_look_alike_and_stand_in_the_legend_once() -> None:
    other = Line("rising", [(0, 55), (2, 80)])
    again = Line("falling", [(0, 70), (1, 65)])
    picture = drawn(FALLING, other, again)
    first, second, third = curves(picture)
    assert first.attrib["class"] == third.attrib["class"] != second.attrib["class"]
    assert texts(picture).count("falling") == 1


def test_neighbours_in_the_legend_differ_by_more_than_colour() -> None:
    picture = drawn(*(Line(f"line {n}", [(0, n), (1, n)]) for n in range(len(LOOKS))))
    dashes = [path.attrib.get("stroke-dasharray", "") for path in curves(picture)]
    assert len(set(dashes)) == len(LOOKS)


def test_a_line_of_one_point_is_its_mark_alone() -> None:
    picture = drawn(FALLING, Line("best", [(1, 60)], "diamond"))
    groups = [group.findall(f"{SVG}path") for group in picture.iter(f"{SVG}g")]
    assert [len(paths) for paths in groups] == [2, 1]


def test_what_is_pointed_at_says_which_line_it_is() -> None:
    picture = drawn(FALLING, Line("best", [(1, 60)]))
    tips = [group.findtext(f"{SVG}title") for group in picture.iter(f"{SVG}g")]
    assert tips == ["trial 4", "best"]


def test_words_are_words_whatever_signs_they_have() -> None:
    picture = drawn(Line("<script> & co", [(0, 1), (1, 2)]), title='a < b & "c"')
    assert 'a < b & "c"' in texts(picture)
    assert "<script> & co" in texts(picture)


def test_points_that_are_no_numbers_are_left_out() -> None:
    (path,) = curves(drawn(Line("a", [(0, math.inf), (0, 1), (1, math.nan), (2, 3)])))
    assert len(places(path)) == 2


@pytest.mark.parametrize("lines", [[], [Line("a", [])], [Line("a", [(0, math.nan)])]])
def test_a_chart_of_nothing_is_refused(lines: list[Line]) -> None:
    with pytest.raises(ValueError, match="nothing to draw in 'Two lines'"):
        svg(a_chart(*lines))


def test_a_level_line_lies_in_the_middle() -> None:
    (path,) = curves(drawn(Line("a", [(0, 7), (1, 7)])))
    assert {y for _, y in places(path)} == {(TOP + BOTTOM) / 2}


NUMBER = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=2, max_size=30))
def test_every_point_lies_within_the_axes(points: list[tuple[float, float]]) -> None:
    (path,) = curves(drawn(Line("a", points)))
    for x, y in places(path):
        assert LEFT - 0.1 <= x <= RIGHT + 0.1
        assert TOP - 0.1 <= y <= BOTTOM + 0.1
