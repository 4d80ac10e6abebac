"""A question or a card of the bank, whole; and a text that says it is wrong."""

from __future__ import annotations

import random

from starlette.responses import Response as Answer

from quizengine import __version__
from quizengine.attempt import Response
from quizengine.form import place
from quizengine.objection import objection
from quizengine.question import Question
from quizengine.web import marking, reply
from quizengine.web import sheet as sheets
from quizengine.web.asked import Asked
from quizengine.web.pages.search import KINDS

SECTION = "/search"


def question(asked: Asked) -> Answer:
    """As it is asked; the key and the reasons behind a step, so that browsing spoils nothing."""
    found = asked.study.bank.question(asked.path["id"])
    if (away := _withheld(asked, found)) is not None:
        return away
    bank, order = asked.study.bank, place(found, True, random.Random(found.id)).order
    return reply.page(
        asked.look,
        "asked.html",
        here=asked.address,
        section=SECTION,
        question=found,
        kind=KINDS[found.kind],
        topics=[bank.topics[id] for id in bank.topics if id in found.topics],
        sheet=sheets.sheet(found, order, Response()),
        marked=marking.told(found, order, bank),
        kept=found.id in asked.study.kept_back(),
    )


def card(asked: Asked) -> Answer:
    bank = asked.study.bank
    found = bank.card(asked.path["id"])
    return reply.page(
        asked.look,
        "card.html",
        here=asked.address,
        section=SECTION,
        card=found,
        topics=[bank.topics[id] for id in bank.topics if id in found.topics],
        figure=marking.figure(found.figure, bank),
        decks=bank.sources.decks,
        items=bank.sources.items,
    )


def report_question(asked: Asked) -> Answer:
    found = asked.study.bank.question(asked.path["id"])
    away = _withheld(asked, found)
    if away is not None:
        return away
    text = objection(found, thinks=None, program=__version__, bank=asked.study.bank.digest)
    return _report(asked, f"/question/{found.id}", "question", text)


def report_card(asked: Asked) -> Answer:
    found = asked.study.bank.card(asked.path["id"])
    text = objection(found, thinks=None, program=__version__, bank=asked.study.bank.digest)
    return _report(asked, f"/card/{found.id}", "card", text)


def _report(asked: Asked, back: str, noun: str, text: str) -> Answer:
    """The text to send: nothing is sent from here."""
    return reply.page(
        asked.look,
        "report.html",
        here=asked.address,
        section=SECTION,
        back=back,
        noun=noun,
        text=text,
    )


def _withheld(asked: Asked, question: Question) -> Answer | None:
    """Nothing before the end: what is shown of a question that an open attempt asks."""
    attempt = asked.study.withheld().get(question.id)
    if attempt is None:
        return None
    return reply.page(
        asked.look,
        "withheld.html",
        status=409,
        here=asked.address,
        section=SECTION,
        attempt=attempt,
    )
