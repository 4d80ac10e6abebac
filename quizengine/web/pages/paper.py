"""On paper: a form with a sheet for the answers, its key apart; a result with all its grounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from quizengine import wiring
from quizengine.attempt import Response as Given
from quizengine.errors import BadRequest
from quizengine.question import PROMPT_LETTERS, Question
from quizengine.study import Plan
from quizengine.web import marking, reply
from quizengine.web import sheet as sheets
from quizengine.web.asked import Asked
from quizengine.web.marking import Marking
from quizengine.web.pages.result import CLAIMS, which_of
from quizengine.web.sheet import Sheet

SECTION = "/search"
LETTERS = "ABCDEFG"  # of the choices: numbers would stand beside those of the questions
MOST_SEED = 2**32


@dataclass(frozen=True)
class Leaf:
    """A question on paper. `boxes` are what the answer sheet has to tick for it, a row each: its
    label, and the letters; `key` is the same with what is right."""

    number: int
    sheet: Sheet
    boxes: Sequence[tuple[str, str]]
    key: str


def choose(asked: Asked) -> Response:
    """Which exam, how long, which seed."""
    offers = [offer for offer in asked.study.offers() if offer.longest]
    return reply.page(
        asked.look,
        "paper.html",
        here=asked.address,
        section=SECTION,
        offers=offers,
        first=wiring.DEFAULT_EXAM,
    )


def form(asked: Asked) -> Response:
    """A form to print. Without a seed one is drawn, and the address has it from then on."""
    code, said = asked.query.get("exam", ""), asked.query
    offer = asked.study.offer(code)
    count = _number(said.get("questions") or str(offer.longest), "questions", 1, 1_000)
    with_key = "key" in said
    if not said.get("seed"):
        plan = asked.study.plan_on_paper(code, count)
        fields = {"exam": plan.exam.code, "questions": count, "seed": plan.form.seed}
        return reply.to("/paper/form?" + urlencode(fields | ({"key": "on"} if with_key else {})))
    seed = _number(said["seed"], "seed", 0, MOST_SEED)
    plan = asked.study.plan_on_paper(code, count, seed)
    hidden = asked.study.withheld()
    open_here = any(place.question in hidden for place in plan.form.places)
    return reply.page(
        asked.look,
        "paper_form.html",
        here="/paper",
        section=SECTION,
        plan=plan,
        seed=seed,
        leaves=leaves(asked, plan),
        with_key=with_key and not open_here,
        refuses_key=with_key and open_here,
        letters=LETTERS,
        marked=_told(asked, plan) if with_key and not open_here else (),
    )


def leaves(asked: Asked, plan: Plan) -> list[Leaf]:
    found = []
    for number, place in enumerate(plan.form.places, start=1):
        question = asked.study.bank.question(place.question)
        sheet = sheets.sheet(question, place.order, Given())
        letters = LETTERS[: len(place.order)]
        key = [letters[n - 1] for n in sheets.numbers(question, place.order, question.key)]
        found.append(Leaf(number, sheet, _boxes(question, letters), _key(question, key)))
    return found


def _boxes(question: Question, letters: str) -> list[tuple[str, str]]:
    match question.kind:
        case "single" | "multiple":
            return [("", letters)]
        case "ordering":
            return [(f"{place}.", letters) for place in range(1, len(letters) + 1)]
        case "matching":
            return [(label, letters) for label in PROMPT_LETTERS[: len(question.prompts)]]


def _key(question: Question, key: Sequence[str]) -> str:
    """The key in letters: `B`, `A D`, `C A B`, `a B, b A`."""
    if question.kind == "matching":
        return ", ".join(f"{p} {k}" for p, k in zip(PROMPT_LETTERS, key, strict=False))
    return ", ".join(key)


def _told(asked: Asked, plan: Plan) -> list[Marking]:
    bank = asked.study.bank
    return [
        marking.told(bank.question(place.question), place.order, bank) for place in plan.form.places
    ]


def result(asked: Asked) -> Response:
    """A result and every question of it with its grounds, on one page."""
    report = asked.study.report(asked.path["attempt"])
    which = which_of(asked)
    return reply.page(
        asked.look,
        "paper_result.html",
        here=asked.address,
        section=SECTION,
        report=report,
        result=report.result,
        only=which,
        counts={name: sum(map(claim, report.result.questions)) for name, claim in CLAIMS.items()},
        pairs=[
            (each, marking.marked(each.question, each.place.order, each.response, asked.study.bank))
            for each in report.result.questions
            if CLAIMS[which](each)
        ],
    )


def _number(said: str, noun: str, least: int, most: int) -> int:
    """Raises BadRequest."""
    if not re.fullmatch(r"[0-9]{1,10}", said) or not least <= int(said) <= most:
        raise BadRequest(
            f"There is no {noun} {said[:40]!r} on paper.", f"Say a number from {least} to {most:,}."
        )
    return int(said)
