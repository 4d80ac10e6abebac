"""Markdown from a question file as HTML that can do nothing.

Questions are untrusted. HTML in them stays text (markdown-it with HTML off, no images), and what
comes out is held against a list of what may pass (nh3): no attribute but the few below, links only
to https, no id or name that a script could mistake for its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from markupsafe import Markup

_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable("table").disable("image")
)
TAGS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "mark", "a"),
    *("ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td"),
}
_ASIDE = {"text-align:right": "right", "text-align:center": "center"}
_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    allowed_classes={"p": {"head"}, "th": {"right", "center"}, "td": {"right", "center"}},
    url_schemes={"https"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


@lru_cache(maxsize=4_000)
def blocks(text: str, decides: str = "") -> Markup:
    """A text of Markdown. `decides` are the words in it that decide, to be marked."""
    tokens = _MARKDOWN.parse(text)
    words = plain(decides)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):  # the page has headings of its own
            token.tag = "p"
            token.attrs = {"class": "head"} if token.nesting > 0 else {}
        elif style := token.attrs.pop("style", None):  # of a table's cell; styles are not let in
            token.attrs["class"] = _ASIDE.get(str(style), "")
        elif token.type == "inline" and token.children:
            token.children = list(_marked(token.children, words))
        elif token.type in ("fence", "code_block"):
            token.type, token.content = "html_block", _code(token.content, words)
    return _washed(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


@lru_cache(maxsize=16_000)
def line(text: str) -> Markup:
    """One line of Markdown: code, bold, italics, links."""
    return _washed(_MARKDOWN.renderInline(text))


def plain(text: str) -> str:
    """The words of one line of Markdown, without its marks: for where no marks can stand."""
    return "".join(
        _words(child) for token in _MARKDOWN.parseInline(text) for child in token.children or ()
    )


def _washed(html: str) -> Markup:
    return Markup(_CLEANER.clean(html))


def _words(token: Token) -> str:
    """What of a token stands on the page."""
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content


def _marked(tokens: Iterable[Token], words: str) -> Iterator[Token]:
    """The tokens of a paragraph, with these words in it marked where they first stand."""
    tokens = list(tokens)
    begin = "".join(map(_words, tokens)).find(words) if words else -1
    end, here = begin + len(words), 0
    for token in tokens:
        there = here + len(_words(token))
        first, last = max(begin, here) - here, min(end, there) - here
        if begin < 0 or first >= last:
            yield token
        elif token.type in ("text", "code_inline"):
            yield from _split(token, first, last)
        else:
            yield token
        here = there


def _split(token: Token, first: int, last: int) -> Iterator[Token]:
    """A token in up to three, the middle one marked."""
    text = token.content
    for part, mark in ((text[:first], ""), (text[first:last], "mark"), (text[last:], "")):
        if part:
            if mark:
                yield Token("html_inline", "", 0, content="<mark>")
            yield Token(token.type, token.tag, 0, content=part, markup=token.markup)
            if mark:
                yield Token("html_inline", "", 0, content="</mark>")


def _code(text: str, words: str) -> str:
    before, found, after = text.partition(words) if words else (text, "", "")
    mark = f"<mark>{escapeHtml(found)}</mark>" if found else ""
    return f"<pre><code>{escapeHtml(before)}{mark}{escapeHtml(after)}</code></pre>\n"
