"""How a figure looks, and how matplotlib's drawing becomes a small SVG for light and dark.

Plots use the colours of LIGHT by name. In the file each becomes a class, so that one style sheet
says what it is by day and by night; the same data give the same bytes.
"""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1f2430",
    "muted": "#566072",
    "grid": "#dde1e8",
    "blue": "#0b62b8",
    "orange": "#b45309",
    "green": "#16703f",
    "purple": "#7a3fb5",
}
DARK = {
    "paper": "#14171d",
    "ink": "#e6e8ee",
    "muted": "#a5adbd",
    "grid": "#343b48",
    "blue": "#6cb6ff",
    "orange": "#f0a04b",
    "green": "#5fd39a",
    "purple": "#c79bff",
}
PAPER, INK, MUTED, GRID = (LIGHT[name] for name in ("paper", "ink", "muted", "grid"))
BLUE, ORANGE, GREEN, PURPLE = (LIGHT[name] for name in ("blue", "orange", "green", "purple"))

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
FONTS = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif"
LOOKS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "quizengine",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "path.simplify": False,
}


@dataclass(frozen=True)
class Drawing:
    """What a plot gives: the words, the data as a table, and the picture."""

    title: str
    alt: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    canvas: Canvas

    def toml(self) -> str:
        """The words and numbers as quizengine reads them."""
        rows = "".join(f"    {_list(row)},\n" for row in self.rows)
        return (
            "# Written by docs/figures: make figures\n"
            f"title = {_text(self.title)}\nalt = {_text(self.alt)}\n"
            f"columns = {_list(self.columns)}\nrows = [\n{rows}]\n"
        )

    def svg(self) -> str:
        """The picture."""
        raw = io.BytesIO()
        with mpl.rc_context(LOOKS):
            self.canvas.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
        return _for_light_and_dark(raw.getvalue().decode(), self.title, self.alt)


@contextmanager
def plot(
    panels: int = 1, *, height: float = 3.4, widths: Sequence[float] | None = None
) -> Iterator[tuple[Canvas, list[Axes]]]:
    """A canvas 6.4 inches wide with its panels side by side."""
    with mpl.rc_context(LOOKS):
        canvas = Canvas(figsize=(6.4, height), layout="constrained")
        engine = canvas.get_layout_engine()
        assert engine is not None
        engine.set(w_pad=0.1, h_pad=0.1)  # type: ignore[call-arg]
        axes = canvas.subplots(1, panels, squeeze=False, width_ratios=widths)
        yield canvas, list(axes[0])


def say(
    axes: Axes, x: float, y: float, text: str, colour: str, *, of: str = "left", at: str = "center"
) -> None:
    """Words at a point of the data: a curve is named beside it, so no legend has to be matched by
    colour. The point is to the left (`of`) of the words, and at the `at` of their height."""
    axes.text(x, y, text, color=colour, fontsize=9.5, ha=of, va=at, linespacing=1.3)


# The file


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(_text(value) for value in values)}]"


def _for_light_and_dark(raw: str, title: str, alt: str) -> str:
    for prefix, address in (("", SVG), ("xlink", XLINK)):
        ET.register_namespace(prefix, address)
    root = ET.fromstring(raw)
    for element in list(root.iter()):
        for child in list(element):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                element.remove(child)
        _colour_by_class(element)
        _round(element)
    _strip_groups(root)
    foreign = set(re.findall(r"#[0-9a-fA-F]{6}\b", ET.tostring(root, encoding="unicode")))
    assert not foreign, f"colours that are of no palette: {sorted(foreign)}"
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    root.attrib |= {
        "width": f"{width * 1.5:g}",
        "height": f"{height * 1.5:g}",
        "role": "img",
        "aria-labelledby": "title desc",
    }
    style, name, told = (ET.Element(f"{{{SVG}}}{tag}") for tag in ("style", "title", "desc"))
    style.text, name.text, told.text = _style_sheet(), title, alt
    name.attrib["id"], told.attrib["id"] = "title", "desc"
    for element in (style, told, name):
        root.insert(0, element)
    text = ET.tostring(root, encoding="unicode")
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"


def _style_sheet() -> str:
    def rules(colours: dict[str, str]) -> str:
        return "".join(
            f".f-{name}{{fill:{value}}}.s-{name}{{stroke:{value}}}"
            for name, value in colours.items()
        )

    return (
        f"text{{font-family:{FONTS}}}*{{stroke-linejoin:round}}{rules(LIGHT)}"
        f"@media (prefers-color-scheme:dark){{{rules(DARK)}}}"
    )


def _colour_by_class(element: ET.Element) -> None:
    """Colours of the palette in `style` or as attributes become classes."""
    kept, classes = [], []
    names = {value: name for name, value in LIGHT.items()}
    given = [part.partition(":") for part in element.attrib.pop("style", "").split(";")]
    pairs = [(key.strip(), value.strip()) for key, _, value in given if key.strip()]
    for key in ("fill", "stroke"):
        if key in element.attrib:
            pairs.append((key, element.attrib.pop(key)))
    for key, value in pairs:
        if key in ("fill", "stroke") and value in names:
            classes.append(f"{key[0]}-{names[value]}")
        elif key == "font":  # `10px 'DejaVu Sans', ...`: the size alone; the sheet has the family
            size = re.search(r"[\d.]+px", value)
            weight = "font-weight:700;" if "bold" in value or "700" in value else ""
            assert size is not None
            kept.append(f"{weight}font-size:{size.group()}")
        elif key not in ("font-family", "font-style", "stroke-linejoin"):
            kept.append(f"{key}:{value}")
    if kept:
        element.attrib["style"] = ";".join(kept)
    if classes:
        element.attrib["class"] = " ".join(classes)


def _round(element: ET.Element) -> None:
    """Coordinates to a hundredth of a point."""
    for key in ("d", "points", "transform", "x", "y", "width", "height", "style"):
        if key in element.attrib:
            element.attrib[key] = re.sub(
                r"-?\d+\.\d+",
                lambda found: f"{float(found.group()):.2f}".rstrip("0").rstrip("."),
                " ".join(element.attrib[key].split()),
            )


def _strip_groups(root: ET.Element) -> None:
    """The names matplotlib gives to groups mean nothing to a reader."""
    for element in root.iter(f"{{{SVG}}}g"):
        element.attrib.pop("id", None)
