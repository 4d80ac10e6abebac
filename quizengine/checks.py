"""What questions and cards are checked for alike. The rules of each say which apply to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from markdown_it import MarkdownIt

from quizengine.card import Card
from quizengine.likeness import Pair
from quizengine.question import Question
from quizengine.rule import Found, Given
from quizengine.texts import texts

STALE = timedelta(days=365)
_ZONES = timedelta(days=1)  # two clocks on Earth show dates that are a day apart at most

_MARKDOWN = MarkdownIt("commonmark").enable("table")  # HTML on here, so that it is seen
_GENERIC = frozenset({
    "the", "new", "old", "my", "our", "copy", "draft", "test", "temp", "tmp", "todo", "untitled",
    "example", "sample", "question", "questions", "quiz", "item", "option", "card", "cards", "fact",
})  # fmt: skip
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_UNSAFE = re.compile(r"http://(?!localhost\b|[\d.:]+(?:/|$))", re.IGNORECASE)
_MIRRORS = re.compile(
    r"---|rproxy"
    r"|amazonaws(?:\.com)?\.cn|docs\.aws\.amazon\.com/[a-z]{2}_[a-z]{2}/"
    r"|docs\.aws\.amazon\.com/.*\.md$"
    r"|githubusercontent|github\.com/awsdocs\b|huggingface\.co/datasets"
    r"|translate\.goog|translate\.google|translate\.yandex|microsofttranslator"
    r"|web\.archive\.org|\barchive\.(?:is|ph|today)\b|webcache\.|cc\.bingj\.com"
    r"|\br\.jina\.ai|\b12ft\.io"
)


def topics(content: Question | Card, given: Given) -> Found:
    for topic in content.topics:
        if topic not in given.bank.topics:
            yield f"topics: there is no topic {topic!r}"


def html_and_images(content: Question | Card) -> Found:
    for where, text in texts(content):
        for block in _MARKDOWN.parse(text):
            for token in (block, *(block.children or ())):
                if token.type in ("html_block", "html_inline", "image"):
                    name = "an image" if token.type == "image" else "HTML"
                    yield f"{where}: {name} is not shown: {token.content[:40]!r}"


def reading_dates(content: Question | Card) -> Found:
    for reference in content.references:
        if reference.as_of != "unknown" and reference.as_of > content.verified_on:
            yield f"references: {reference.url} is dated after verified_on"


def figure(content: Question | Card, given: Given) -> Found:
    if content.figure is not None and content.figure not in given.bank.figures:
        yield f"figure: there is no figure {content.figure!r}"


def age(content: Question | Card, given: Given) -> Found:
    if given.today - content.verified_on > STALE:
        days = (given.today - content.verified_on).days
        yield f"verified_on: {content.verified_on} is {days} days ago; check it again"


def future(content: Question | Card, given: Given) -> Found:
    if content.verified_on > given.today + _ZONES:
        yield f"verified_on: {content.verified_on} has not come yet"


def addresses(content: Question | Card) -> Found:
    """References, and the links in a text (there, a server of the case's own may speak http)."""
    found = [("references", reference.url) for reference in content.references]
    for where, text in texts(content):
        found += [(where, address) for address in _ADDRESS.findall(text)]
    for where, address in found:
        if _UNSAFE.match(address):
            yield f"{where}: not https: {address}"
        elif mirror := _MIRRORS.search(address.lower().removeprefix("https://")):
            yield f"{where}: {mirror.group()!r} marks a copy, cite the original: {address}"


def id_words(id: str) -> Found:
    telling = [
        word for word in id.split("-") if re.search(r"[a-z]{2}", word) and word not in _GENERIC
    ]
    if len(telling) < 2:
        yield "id: two words or more that say what it is about, and no number, tell it apart"


def covered(ids: Sequence[str], key: str, given: Given) -> Found:
    for id in ids:
        if id not in given.bank.sources:
            yield f"{key}: sources.toml has no {id}"
        elif id in given.bank.sources.items and given.bank.sources.items[id].ask == "no":
            yield f"{key}: {id} is not to be asked"


def twins(id: str, pairs: Mapping[str, Sequence[Pair]]) -> Found:
    for pair in pairs.get(id, ()):
        yield f"nearly the same as {pair.first} (likeness {pair.likeness:.2f})"
