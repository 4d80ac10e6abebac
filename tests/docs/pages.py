"""The pages as the tests read them: blocks, tables, links, inline code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(
        [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("questions/*.md")]
    )
}
GUIDES = [name for name in TEXTS if name.startswith("docs/") and name.count("/") == 1]
WITH_COMMANDS = ["README.md", "CONTRIBUTING.md", *GUIDES]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One line of a console block: `NAME=value` words before the command, and the command."""

    text: str
    environment: dict[str, str]
    words: list[str]


def blocks(text: str) -> list[tuple[str, str]]:
    """(language, body) of every fenced block, in order."""
    return [(found[1], found[2]) for found in _FENCE.finditer(text)]


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def lines_of(body: str) -> Iterator[Line]:
    """The commands of a console block. What is not a command is refused: nothing checks it."""
    for text in body.splitlines():
        assert text.startswith("$ "), f"not a command: {text!r}"
        words = shlex.split(text.removeprefix("$ "), comments=True)
        environment = {}
        while re.match(r"[A-Z_]+=", words[0]):
            name, _, value = words.pop(0).partition("=")
            environment[name] = value
        yield Line(text, environment, words)


def commands(text: str) -> Iterator[Line]:
    """Every command of every console block of a page."""
    for language, body in blocks(text):
        if language == "console":
            yield from lines_of(body)


def inline_code(text: str) -> list[str]:
    """What stands between single backticks outside blocks."""
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose(text))]


def tables(text: str) -> Iterator[list[list[str]]]:
    """The rows of every table, the header first and without the line below it."""
    rows: list[list[str]] = []
    for line in [*prose(text).splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            yield [row for row in rows if not re.fullmatch(r"-+", row[0])]
            rows = []


def table(text: str, *header: str) -> list[list[str]]:
    """The rows under the one header that begins so."""
    found = [rows for rows in tables(text) if tuple(rows[0][: len(header)]) == header]
    assert len(found) == 1, f"{len(found)} tables begin with {header}"
    return found[0][1:]


def table_after(text: str, sentence: str) -> list[list[str]]:
    """The rows of the first table after a sentence."""
    _, found, after = text.partition(sentence)
    assert found, f"the page does not say: {sentence}"
    return next(tables(after))[1:]


def links(text: str) -> list[str]:
    """Where the inline links lead."""
    return re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(text))


def anchors(text: str) -> set[str]:
    """The names of the headings, as GitHub makes them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(_FENCE.sub("", text))
    }


def says(text: str, words: str) -> bool:
    """Whether the words stand in the text, wherever its lines break."""
    return " ".join(words.split()) in " ".join(text.split())


def unsaid(text: str, expected: Iterable[str]) -> list[str]:
    return [words for words in expected if not says(text, words)]
