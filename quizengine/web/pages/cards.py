"""The cards of one sitting: a prompt, the answer when it is asked for, and how well it was known.

Nothing of a sitting is kept here. The address says which cards, and since when; what was graded
since is in the record. So a page can be loaded anew, sent twice or opened in two tabs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args
from urllib.parse import urlencode

from starlette.responses import Response

from quizengine.bank import find_exam
from quizengine.card import Card, Source
from quizengine.content import CardId
from quizengine.deck import MOST_A_DAY, NEW_A_DAY, Deck
from quizengine.errors import BadRequest, NotFound
from quizengine.figure import Figure
from quizengine.schedule import GRADES, Grade
from quizengine.study import Study
from quizengine.topic import narrowed
from quizengine.web import reply
from quizengine.web.asked import Asked, Sent
from quizengine.web.pages.search import areas, topic_or_area

Which: TypeAlias = Literal["today", "due", "more", "all"]
WHICH: dict[Which, str] = {
    "today": "What is due, and today's new ones",
    "due": "What is due, and nothing new",
    "more": f"What is due, and {NEW_A_DAY} more new ones",
    "all": "All of them, also what is not due",
}
LIMITS = (10, 20, 50)  # cards
MEANING: dict[Grade, str] = {
    "again": "not known",
    "hard": "known, with trouble",
    "good": "known",
    "easy": "known at once",
}


@dataclass(frozen=True)
class Choice:
    """Which cards, and when their sitting began, in UTC milliseconds. `topic` may be an area."""

    since: int
    exam: str | None = None
    topic: str = ""
    which: Which = "today"
    limit: int | None = None

    def address(self, **more: str) -> str:
        """The page of this sitting."""
        usual = Choice(since=-1)
        told = {name: value for name, value in vars(self).items() if value != getattr(usual, name)}
        return "/cards?" + urlencode(told | more)

    def check(self, study: Study) -> None:
        """Raises NotFound where what it names is not there."""
        exam = None if self.exam is None else find_exam(study.bank, self.exam).code
        narrowed(study.bank.topics, exam=exam, **topic_or_area(self.topic))

    def deck(self, asked: Asked) -> Deck:
        """Raises NotFound."""
        new = {"due": 0, "more": NEW_A_DAY}.get(self.which)
        return asked.study.deck(
            asked.day,
            exam=self.exam,
            **topic_or_area(self.topic),
            a_day=asked.new_a_day,
            new=new,
            every=self.which == "all",
            limit=self.limit,
            since=self.since,
        )


def show(asked: Asked) -> Response:
    """The card to recall now, or that there is none."""
    choice = _choice(asked)
    deck = choice.deck(asked)
    study, found = asked.study, asked.study.next_card(deck)
    after = deck.memories.get(CardId(asked.query.get("after", "")))
    known = sum(deck.memories[id].stage == "known" for id in deck.asked)
    return reply.page(
        asked.look,
        "cards.html",
        here="/cards",
        choice=choice,
        deck=deck,
        found=found,
        figure=None if found is None else _figure(asked, found.card),
        sources=[] if found is None else [_source(asked, one) for one in found.card.sources],
        topic="" if found is None else _topic(asked, found.card),
        meaning=MEANING,
        known=known,
        after=None if after is None else max(0, after.due - asked.now),
        stale="stale" in asked.query,
        until=study.until_due(deck),
        exams=[offer.exam for offer in study.offers() if offer.longest],
        areas=areas(study.bank),
        whiches=WHICH,
        limits=sorted({*LIMITS, *([choice.limit] if choice.limit else [])}),
    )


def grade(asked: Asked) -> Response:
    """Keep how well it was known; the page of the next card says so after that.

    The form names the moment of the grade before. Where that is another one by now, this was sent
    twice, or from an older page, and the grade that is there stands.
    """
    choice, study = _choice(asked), asked.study
    given = next((grade for grade in GRADES if grade == asked.form.get("grade")), None)
    if given is None:
        raise BadRequest("That is no grade.", f"It is one of {', '.join(GRADES)}.")
    card = study.bank.card(CardId(asked.form.get("card", "")))
    choice.check(study)
    deck = study.deck(asked.day, since=choice.since)
    before = deck.memories.get(card.id)
    if asked.form.get("at", "") != ("" if before is None else str(before.at)):
        return reply.to(choice.address(after=card.id, stale="yes"))
    study.grade(deck, card.id, given)
    return reply.to(choice.address(after=card.id))


def _choice(asked: Asked) -> Choice:
    """What the address says. Raises BadRequest."""
    said = asked.query
    which = next((name for name in get_args(Which) if name == said.get("which", "today")), None)
    if which is None:
        raise BadRequest("There is no such choice of cards.", "Choose from what is there.")
    limit = _number(said, "limit")
    if limit == 0 or (limit or 0) > MOST_A_DAY:
        raise BadRequest(f"{limit} cards cannot be asked.", f"Ask for 1 to {MOST_A_DAY}.")
    since = _number(said, "since")
    return Choice(
        asked.now if since is None else since,
        said.get("exam") or None,
        said.get("topic", ""),
        which,
        limit,
    )


def _number(said: Sent, name: str) -> int | None:
    text = said.get(name, "")
    if text and not re.fullmatch(r"[0-9]{1,15}", text):
        raise BadRequest(f"{text[:40]!r} is no number.", "Begin anew: Cards, at the top.")
    return int(text) if text else None


def _figure(asked: Asked, card: Card) -> Figure | None:
    """The figure; None where it is missing, which the lint finds and no learner should."""
    try:
        return None if card.figure is None else asked.study.bank.figure(card.figure)
    except NotFound:
        return None


def _topic(asked: Asked, card: Card) -> str:
    """Its first topic and the area of that, in words."""
    topic = asked.study.bank.topics.get(card.topic)
    return card.topic if topic is None else f"{topic.area}: {topic.title}"


def _source(asked: Asked, source: Source) -> tuple[Source, str, str]:
    """(source, its deck, its title): what is not known is empty."""
    sources = asked.study.bank.sources
    item = sources.items.get(source.item)
    deck = sources.decks.get(source.item.split("-")[0], "")
    return source, deck, "" if item is None else item.title
