"""What the decks claim wrongly, and what is true."""

from __future__ import annotations

from itertools import groupby

from starlette.responses import Response

from quizengine.corrections import Correction
from quizengine.errors import NotFound
from quizengine.web import reply
from quizengine.web.asked import Asked
from quizengine.web.pages.search import areas, exam_names, paged, query, topic_or_area

FIELDS = ("words", "deck", "exam", "topic")


def show(asked: Asked) -> Response:
    said = {name: asked.query.get(name, "").strip() for name in FIELDS}
    bank = asked.study.bank
    decks = dict(bank.sources.decks)
    if said["deck"] and said["deck"] not in decks:
        raise NotFound("deck", said["deck"], decks, "Choose one from the list.")
    where = topic_or_area(said["topic"])
    every = asked.study.corrections(exam=said["exam"] or None, **where)
    words = said["words"].lower().split()
    found = [each for each in every if _is_of(each, said["deck"]) and _has(each, words)]
    number, pages, some = paged(asked.query, len(found))
    same = {name: value for name, value in said.items() if value}
    topics = bank.topics
    return reply.page(
        asked.look,
        "corrections.html",
        here=asked.address,
        section="/search",
        said=said,
        decks=decks,
        exam_names=exam_names(bank),
        areas=areas(bank),
        topics=topics,
        count=len(found),
        number=number,
        pages=pages,
        to={n: query({**same, "page": str(n)}) for n in (number - 1, number + 1)},
        groups=[
            (name, list(group))
            for name, group in groupby(found[some], key=lambda each: topics[each.card.topic].area)
        ],
    )


def _is_of(correction: Correction, deck: str) -> bool:
    return not deck or correction.source.item.split("-")[0] == deck


def _has(correction: Correction, words: list[str]) -> bool:
    """Whether all the words stand in it."""
    source = correction.source
    parts = (source.item, correction.title, source.claimed, source.true)
    text = " ".join(part for part in parts if part is not None).lower()
    return all(word in text for word in words)
