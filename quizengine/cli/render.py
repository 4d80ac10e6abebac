"""Words for the terminal: wrapping, tables, times. No decision is made here."""

from __future__ import annotations

import json
import os
import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import click

from quizengine import wiring


def width() -> int:
    """Columns of text: the terminal's, at most 96, at least 40."""
    return max(40, min(96, shutil.get_terminal_size((80, 24)).columns - 1))


def say(text: str = "") -> None:
    click.echo(text)


def strong(text: str) -> str:
    """Bold, unless output is plain or goes to a file (click strips it there)."""
    dull = wiring.is_plain() or wiring.no_colour() or os.environ.get("TERM") == "dumb"
    return text if dull else click.style(text, bold=True)


def show_json(value: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def prose(text: str, indent: str = "", first: str | None = None) -> str:
    """Markdown for a terminal: paragraphs are wrapped, tables, lists and code stay as written."""
    out: list[str] = []
    fenced = False
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        fences = sum(line.lstrip().startswith("```") for line in lines)
        if fenced or fences or any(re.match(r"\s*(\||[-*+] |\d+\. |    )", li) for li in lines):
            out += [indent + line for line in lines]
            fenced ^= bool(fences % 2)
        else:
            out += textwrap.wrap(
                " ".join(lines),
                width(),
                initial_indent=indent,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
        out.append("")
    result = "\n".join(out).rstrip()
    if first is not None:
        result = first + result[len(indent) :]
    return result


def table(rows: Iterable[Sequence[object]], header: Sequence[str]) -> str:
    """Columns padded with spaces; numbers to the right. No lines, no boxes."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in [list(header), *cells]) for n in range(len(header))]
    right = [bool(cells) and all(_is_number(row[n]) for row in cells) for n in range(len(header))]

    def line(row: Sequence[str]) -> str:
        padded = [
            cell.rjust(w) if r else cell.ljust(w)
            for cell, w, r in zip(row, widths, right, strict=True)
        ]
        return "  ".join(padded).rstrip()

    return "\n".join(line(row) for row in [list(header), *cells])


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,/%]+|-|", cell))


def when(milliseconds: int) -> str:
    """A moment in local time."""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M")
