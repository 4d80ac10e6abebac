"""Line charts as SVG text, for a browser: light or dark as the reader has it.

Lines are told apart by their dashes and their last points, never by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

Point: TypeAlias = tuple[float, float]
Mark: TypeAlias = Literal["", "dot", "cross", "square", "diamond"]

WIDTH, HEIGHT = 880, 480
LEFT, RIGHT, TOP, BOTTOM = 76, 640, 62, 420  # the sides of the plot
LEGEND = RIGHT + 24
SIZE = 5  # half of a mark
# Light, dark, dashes, width. The colours keep 3:1 to either ground.
LOOKS = (
    ("#0b62b8", "#6cb6ff", "", 2.5),
    ("#b3440e", "#ff9d66", "7 4", 2.0),
    ("#2a7a38", "#7ed08c", "2 4", 2.0),
    ("#8a3f9e", "#d9a1ea", "10 3 2 3", 2.0),
    ("#6b6b6b", "#a8a8a8", "1 3", 1.5),
)


@dataclass(frozen=True)
class Line:
    """Lines of one `name` look alike and stand in the legend once. `mark` is drawn at the last
    point; a line of one point is its mark alone. `tip` is shown when it is pointed at."""

    name: str
    points: Sequence[Point]
    mark: Mark = ""
    tip: str = ""


@dataclass(frozen=True)
class Chart:
    """`description` says in words what can be seen; `x` and `y` name the axes."""

    title: str
    description: str
    x: str
    y: str
    lines: Sequence[Line]


def svg(chart: Chart) -> str:
    """The chart. Points that are not finite are left out. Raises ValueError if none is left."""
    drawn = [point for line in chart.lines for point in _finite(line)]
    if not drawn:
        raise ValueError(f"There is nothing to draw in {chart.title!r}: no line has a point.")
    across = _Axis.over([x for x, _ in drawn], LEFT, RIGHT)
    up = _Axis.over([y for _, y in drawn], BOTTOM, TOP)
    names = list(dict.fromkeys(line.name for line in chart.lines))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title description">',
        f'<title id="title">{escape(chart.title)}</title>',
        f'<desc id="description">{escape(chart.description)}</desc>',
        f"<style>{_style(len(names))}</style>",
        f'<text class="title" x="{LEFT}" y="34">{escape(chart.title)}</text>',
        *_axes(chart, across, up),
        *(_drawn(line, _look(names, line.name), across, up) for line in chart.lines),
        *_legend(chart, names),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True)
class _Axis:
    """Values from `low` to `high` lie between two places of the picture."""

    low: float
    high: float
    step: float
    begin: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], begin: float, end: float) -> _Axis:
        """Round ends around the values, and about six steps between them."""
        low, high = min(values), max(values)
        if high - low < 1e-9 * max(abs(low), abs(high), 1.0):
            low, high = low - 0.5, high + 0.5
        rough = (high - low) / 6
        unit = 10.0 ** math.floor(math.log10(rough))
        step = unit * next(n for n in (1, 2, 5, 10) if n * unit >= rough * 0.999)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, step, begin, end)

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Where each stands, and what it says."""
        decimals = max(0, -math.floor(math.log10(self.step)))
        for number in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + number * self.step
            yield self.at(value), f"{value + 0.0:.{decimals}f}"


def _finite(line: Line) -> list[Point]:
    return [(x, y) for x, y in line.points if math.isfinite(x) and math.isfinite(y)]


def _look(names: Sequence[str], name: str) -> int:
    return names.index(name) % len(LOOKS)


def _style(count: int) -> str:
    looks = list(enumerate(LOOKS[:count]))
    light = "".join(f".l{n}{{stroke:{light}}}" for n, (light, _, _, _) in looks)
    dark = "".join(f".l{n}{{stroke:{dark}}}" for n, (_, dark, _, _) in looks)
    return (
        "svg{font:14px system-ui,sans-serif;background:#fff}text{fill:#222}"
        ".title{font-size:17px;font-weight:600}path{fill:none;stroke-linejoin:round}"
        f".grid{{stroke:#ddd}}.axis{{stroke:#555}}{light}"
        "@media (prefers-color-scheme:dark){svg{background:#16181d}text{fill:#e6e6e6}"
        f".grid{{stroke:#343842}}.axis{{stroke:#aaa}}{dark}}}"
    )


def _axes(chart: Chart, across: _Axis, up: _Axis) -> Iterator[str]:
    for y, text in up.ticks():
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 10}" y="{y + 5:.1f}" text-anchor="end">{text}</text>'
    for x, text in across.ticks():
        yield f'<path class="axis" d="M{x:.1f} {BOTTOM}v6"/>'
        yield f'<text x="{x:.1f}" y="{BOTTOM + 23}" text-anchor="middle">{text}</text>'
    yield f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>'
    middle = (LEFT + RIGHT) / 2
    yield f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">{escape(chart.x)}</text>'
    turned = f'transform="rotate(-90)" x="{-(TOP + BOTTOM) / 2}" y="20" text-anchor="middle"'
    yield f"<text {turned}>{escape(chart.y)}</text>"


def _drawn(line: Line, look: int, across: _Axis, up: _Axis) -> str:
    places = [(across.at(x), up.at(y)) for x, y in _finite(line)]
    if not places:
        return ""
    tip = f"<title>{escape(line.tip or line.name)}</title>"
    return f"<g>{tip}{_path(places, look)}{_mark(line.mark, places[-1], look)}</g>"


def _path(places: Sequence[Point], look: int) -> str:
    if len(places) < 2:
        return ""
    _, _, dashes, width = LOOKS[look]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    points = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    return f'<path class="l{look}" stroke-width="{width}"{dashed} d="M{points}"/>'


def _mark(mark: Mark, place: Point, look: int) -> str:
    x, y = place
    shape = {
        "": "",
        "dot": f"M{x - SIZE:.1f} {y:.1f}a{SIZE} {SIZE} 0 1 0 {2 * SIZE} 0a{SIZE} {SIZE} 0 1 0"
        f" {-2 * SIZE} 0z",
        "cross": f"M{x - SIZE:.1f} {y - SIZE:.1f}l{2 * SIZE} {2 * SIZE}m0 {-2 * SIZE}"
        f"l{-2 * SIZE} {2 * SIZE}",
        "square": f"M{x - SIZE:.1f} {y - SIZE:.1f}h{2 * SIZE}v{2 * SIZE}h{-2 * SIZE}z",
        "diamond": f"M{x:.1f} {y - SIZE - 2:.1f}l{SIZE + 2} {SIZE + 2}l{-SIZE - 2} {SIZE + 2}"
        f"l{-SIZE - 2} {-SIZE - 2}z",
    }[mark]
    return f'<path class="l{look}" stroke-width="2.5" d="{shape}"/>' if shape else ""


def _legend(chart: Chart, names: Sequence[str]) -> Iterator[str]:
    for number, name in enumerate(names):
        first = next(line for line in chart.lines if line.name == name)
        look, y = _look(names, name), TOP + 12 + 28 * number
        if len(first.points) > 1:
            yield _path([(LEGEND, y), (LEGEND + 34, y)], look)
        yield _mark(first.mark, (LEGEND + 34, y), look)
        yield f'<text x="{LEGEND + 48}" y="{y + 5}">{escape(name)}</text>'
