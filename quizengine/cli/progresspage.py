"""Progress as one page for a browser: no script, nothing fetched, each picture also a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from quizengine.agenda import date_of
from quizengine.outlook import Outlook, Weak
from quizengine.progress import Level, Progress, Tally
from quizengine.scoring import CUT_ERROR, HIGHEST, LOWEST
from quizengine.words import percent, plural

WIDE, TALL = 720, 220  # units of the drawing of the weeks
EDGE = 44  # units left of it and below it, for numbers
NAMES, ROW = 290, 26  # units: the column of names beside the bars, and a bar's row
LEVELS: tuple[Level, ...] = ("domain", "task", "topic")

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a;
  --line: #d0d7de; --bar: #2f6fb0; --mark: #a33b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #14181d; --soft: #9aa5b1;
  --line: #3a424c; --bar: #7cb7f0; --mark: #ffa565; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; margin: .5rem 0; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
.soft { color: var(--soft); } .big { font-size: 2.4rem; font-weight: 650; line-height: 1.1; }
.inside { stroke: var(--bar); stroke-width: 6; stroke-linecap: round; opacity: .45; }
.at { fill: var(--bar); } .mark { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 5 3; }
.grid { stroke: var(--line); } .way { fill: none; stroke: var(--bar); stroke-width: 2.5; }
"""


def page(found: Progress, seen: Outlook | None, on: date) -> str:
    """The whole document. `seen` is None where the bank has no question of the exam."""
    title = f"{found.exam.name}: progress"
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">As of {on}. {plural(found.answers, "answer")} counted.</p>',
    ]
    if seen is not None and seen.chance.answers + seen.outcomes:
        body += [*_chance(seen), *_weeks(seen), *_weak(seen)]
    body += _counts(found)
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
            *body,
            "</main>\n</body>\n</html>",
        )
    )


def _chance(seen: Outlook) -> Iterable[str]:
    chance, then = seen.chance, seen.fading.chance
    low, high = (percent(share) for share in chance.passing_range)
    yield "<section><h2>The chance to pass our mock</h2>"
    yield f'<p class="big">{escape(percent(chance.passing))}</p>'
    yield (
        f"<p>{escape(low)} to {escape(high)} if the cut is off by {CUT_ERROR:.0%}. Estimate to "
        f"expect: {chance.scaled} of 1000; 90 of 100 mocks lie in {chance.scaled_range[0]}-"
        f"{chance.scaled_range[1]}; the pass mark is {seen.exam.pass_mark.used}. "
        f"Based on {seen.basis}.</p>"
    )
    yield (
        f"<p>If you do nothing until {date_of(seen.fading.day)}: estimate {then.scaled} "
        f"({then.scaled_range[0]}-{then.scaled_range[1]}), chance "
        f"{escape(percent(then.passing))}.</p></section>"
    )


def _weeks(seen: Outlook) -> Iterable[str]:
    if not seen.weeks:
        return
    rows: list[tuple[object, int, int]]
    rows = [(date_of(point.day), point.count, point.scaled) for point in seen.weeks]
    rows.append(("now", seen.chance.answers, seen.chance.scaled))
    yield "<section><h2>Week by week</h2>"
    yield _way([scaled for *_, scaled in rows], seen.exam.pass_mark.used)
    yield _table(("until", "answers", "estimate to expect"), rows)
    yield "</section>"


def _way(values: Sequence[int], mark: int) -> str:
    """A line through the estimates, over the pass mark."""

    def y(score: int) -> float:
        return round(8 + (HIGHEST - score) / (HIGHEST - LOWEST) * (TALL - EDGE - 8), 1)

    step = (WIDE - EDGE - 16) / max(1, len(values) - 1)
    spots = [(round(EDGE + n * step, 1), y(value)) for n, value in enumerate(values)]
    grid = "".join(
        f'<line class="grid" x1="{EDGE}" x2="{WIDE}" y1="{y(s)}" y2="{y(s)}"/>'
        f'<text x="0" y="{y(s) + 4}">{s}</text>'
        for s in (LOWEST, 400, 1000)
    )
    return (
        f'<svg viewBox="0 0 {WIDE} {TALL}" role="img" aria-label="The estimate to expect at the '
        f'end of each week, from {values[0]} to {values[-1]}; the table below has all of them.">'
        f'{grid}<line class="mark" x1="{EDGE}" x2="{WIDE}" y1="{y(mark)}" y2="{y(mark)}"/>'
        f'<text x="0" y="{y(mark) + 4}">{mark}</text>'
        f'<polyline class="way" points="{" ".join(f"{x},{at}" for x, at in spots)}"/>'
        + "".join(f'<circle class="at" cx="{x}" cy="{at}" r="4"/>' for x, at in spots)
        + f'<text x="{EDGE}" y="{TALL - 12}">dashed: the pass mark</text></svg>'
    )


def _weak(seen: Outlook) -> Iterable[str]:
    yield "<section><h2>What is weak</h2>"
    yield f"<p>{escape(seen.trusted)}</p>"
    for level in sorted(LEVELS, key=lambda level: level != seen.level):
        weakest = seen.weakest(level)
        yield f"<h3>By {level}</h3>"
        yield _bars(weakest, seen.pass_level, level)
        header = (
            *(level, "known", "90% interval", "among the weakest three", "below the pass level"),
            *("of the exam", "because of"),
        )
        yield _table(header, [_cells(weak) for weak in weakest])
    yield "</section>"


def _cells(weak: Weak) -> tuple[str, ...]:
    reading = weak.reading
    return (
        _name(weak),
        f"{reading.know:.0%}",
        f"{reading.low:.0%}-{reading.high:.0%}",
        percent(reading.weakest),
        percent(reading.below),
        f"{weak.share:.0%}",
        weak.because,
    )


def _name(weak: Weak) -> str:
    return weak.id if weak.level == "topic" else f"{weak.id} {weak.title}"


def _bars(weakest: Sequence[Weak], mark: float, level: Level) -> str:
    """One row a place: its name, its interval, what is known, and what passing takes."""

    def x(share: float) -> float:
        return round(NAMES + share * (WIDE - NAMES - 10), 1)

    tall = ROW * len(weakest) + 24
    rows = []
    for n, weak in enumerate(weakest):
        y, reading, name = n * ROW + 16, weak.reading, _name(weak)
        name = name if len(name) <= 40 else f"{name[:39]}…"
        rows.append(
            f'<text x="0" y="{y + 4}">{escape(name)}</text>'
            f'<line class="grid" x1="{x(0)}" x2="{x(1)}" y1="{y}" y2="{y}"/>'
            f'<line class="inside" x1="{x(reading.low)}" x2="{x(reading.high)}" y1="{y}" '
            f'y2="{y}"/><circle class="at" cx="{x(reading.know)}" cy="{y}" r="5"/>'
        )
    return (
        f'<svg viewBox="0 0 {WIDE} {tall}" role="img" aria-label="What is known by {level}, with '
        f'90% intervals, weakest first; the table below has the numbers.">{"".join(rows)}'
        f'<line class="mark" x1="{x(mark)}" x2="{x(mark)}" y1="4" y2="{tall - 18}"/>'
        f'<text x="{x(mark) - 20}" y="{tall - 4}">passes</text>'
        f'<text x="{x(0)}" y="{tall - 4}">0%</text>'
        f'<text x="{x(1) - 34}" y="{tall - 4}">100%</text></svg>'
    )


def _counts(found: Progress) -> Iterable[str]:
    yield "<section><h2>What was counted</h2>"
    yield "<p>Of each question the last final answer. These are facts, without any model.</p>"
    for level in LEVELS:
        rows = [_counted(tally) for tally in found.at(level)]
        yield _table((level, "seen", "held", "right", "90% interval", "standing"), rows)
    yield "</section>"


def _counted(tally: Tally) -> tuple[object, ...]:
    name = tally.id if tally.level == "topic" else f"{tally.id} {tally.title}"
    if tally.interval is None:
        return name, 0, tally.held, "-", "-", "not practised yet"
    low, high = tally.interval
    return name, tally.seen, tally.held, tally.right, f"{low:.0%}-{high:.0%}", tally.standing


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    lines = "".join(
        f'<tr><th scope="row">{escape(str(row[0]))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {escape(header[0])}">'
        f"<table><thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )
