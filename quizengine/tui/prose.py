"""Markdown from a question file as text on the screen, and nothing that can be clicked.

Questions are untrusted: HTML and images stay text, a link says where it would lead and leads
nowhere, and no brackets are read as styles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content, Span
from textual.widgets import Static

STYLES = {"strong": "bold", "em": "italic"}
CODE = "bold $code"
DECIDES = "bold reverse"  # seen without colour too
DEEPEST = 8  # columns a list or a quotation is indented at most

_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table").disable("image")
)


@dataclass(frozen=True)
class Words:
    """A paragraph, a heading, a piece of a list. `hung` stands before its first line."""

    content: Content
    hung: str = ""


@dataclass(frozen=True)
class Code:
    content: Content


@dataclass(frozen=True)
class Grid:
    """A table; the first row is its head."""

    rows: Sequence[Sequence[Content]]


Block: TypeAlias = Words | Code | Grid


def inline(text: str) -> Content:
    """One line of Markdown: code, bold, italics."""
    return _content(
        child for token in _MARKDOWN.parseInline(text) for child in token.children or ()
    )


def blocks(text: str) -> list[Block]:
    """A text of Markdown, block by block."""
    return list(_blocks(SyntaxTreeNode(_MARKDOWN.parse(text)), ""))


def _blocks(node: SyntaxTreeNode, hung: str) -> Iterator[Block]:
    match node.type:
        case "paragraph" | "heading":
            content = _inside(node)
            yield Words(content if node.type == "paragraph" else content.stylize("bold"), hung)
        case "fence" | "code_block":
            yield Code(Content(node.content.rstrip("\n")))
        case "table":
            rows = [row for part in node.children for row in part.children]
            yield Grid([[_inside(cell) for cell in row.children] for row in rows])
        case "bullet_list" | "ordered_list":
            first = int(node.attrs.get("start", 1))
            before = " " * min(len(hung), DEEPEST)
            for number, item in enumerate(node.children, start=first):
                mark = "- " if node.type == "bullet_list" else f"{number}. "
                for nth, child in enumerate(item.children):
                    yield from _blocks(child, before + (" " * len(mark) if nth else mark))
        case "blockquote":
            for child in node.children:
                yield from _blocks(child, f"{hung[:DEEPEST]}> ")
        case "hr":
            yield Words(Content("---"))
        case _:
            for child in node.children:
                yield from _blocks(child, hung)


def _inside(node: SyntaxTreeNode) -> Content:
    """The words of a paragraph or of a cell."""
    return _content(
        child for inline in node.children for child in inline.to_tokens()[0].children or ()
    )


def _content(tokens: Iterable[Token]) -> Content:
    text = ""
    spans: list[Span] = []
    opened: list[tuple[int, str]] = []
    for token in tokens:
        match token.type:
            case "code_inline":
                spans.append(Span(len(text), len(text) + len(token.content), CODE))
                text += token.content
            case "softbreak":
                text += " "
            case "hardbreak":
                text += "\n"
            case "link_open":
                opened.append((len(text), str(token.attrs.get("href", ""))))
            case "link_close":
                start, leads_to = opened.pop()
                if leads_to != text[start:]:
                    text += f" ({leads_to})"
            case "strong_open" | "em_open":
                opened.append((len(text), STYLES[token.tag]))
            case "strong_close" | "em_close":
                start, style = opened.pop()
                spans.append(Span(start, len(text), style))
            case _:
                text += token.content
    return Content(text, spans)


def mark(content: Content, words: str) -> Content:
    """The content with these words marked, where they stand in it."""
    at = content.plain.find(words) if words else -1
    return content if at < 0 else content.stylize(DECIDES, at, at + len(words))


class Prose(Vertical):
    """A text of Markdown. `decides` are the words that decide, to be marked."""

    def __init__(self, text: str, *, decides: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks = blocks(text)
        self._decides = inline(decides).plain

    def compose(self) -> ComposeResult:
        for block in self._blocks:
            match block:
                case Words(content, hung):
                    words = Static(mark(content, self._decides), classes="words")
                    yield Hung(hung, words) if hung else words
                case Code(content):
                    yield Static(mark(content, self._decides), classes="code")
                case Grid(rows):
                    cells = [[_cell(cell, self._decides) for cell in row] for row in rows]
                    yield Static(Fitted(cells), classes="grid")


def _cell(content: Content, decides: str) -> Text:
    text = Text(content.plain)
    for span in mark(content, decides).spans:
        text.stylize(DECIDES if span.style == DECIDES else "bold", span.start, span.end)
    return text


class Fitted:
    """A table as wide as it needs to be, the figures to the right. Where there is no room for
    its longest words it is told row by row: a figure is never broken."""

    def __init__(self, rows: Sequence[Sequence[Text]]) -> None:
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = self._table()
        unbounded = options.update(max_width=1_000)
        if Measurement.get(console, unbounded, table).minimum <= options.max_width:
            yield table
        else:
            yield from self._row_by_row()

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold underline")
        head, *rows = self._rows
        for n, title in enumerate(head):
            figures = all(_is_figure(row[n].plain) for row in rows)
            table.add_column(title, justify="right" if figures else "left", no_wrap=figures)
        for row in rows:
            table.add_row(*row)
        return table

    def _row_by_row(self) -> Iterator[Text]:
        head, *rows = self._rows
        for row in rows:
            first, *others = (
                Text("=").join(part for part in pair if part.plain)
                for pair in zip(head, row, strict=True)
            )
            yield Text.assemble(first, ": ", Text(", ").join(others))


class Hung(Horizontal):
    """Something with a mark hung before its first line: a bullet, a number."""

    def __init__(self, mark: str, *words: Static) -> None:
        super().__init__()
        self._mark, self._words = mark, words

    def compose(self) -> ComposeResult:
        mark = Static(self._mark, markup=False, classes="mark")
        mark.styles.width = len(self._mark)
        yield mark
        yield from self._words


def _is_figure(cell: str) -> bool:
    return any(c.isdigit() for c in cell) and not any(c.isalpha() for c in cell.split(" ")[0])
