"""After the end: the result, and every question with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

from starlette.responses import Response

from quizengine import hindsight
from quizengine.errors import NotFound
from quizengine.question import TRAPS
from quizengine.scoring import CUT, CUT_ERROR, Marked
from quizengine.web import charts, marking, reply
from quizengine.web.asked import Asked

Only: TypeAlias = Literal["all", "wrong", "flagged", "unsure"]
CLAIMS: dict[Only, Callable[[Marked], bool]] = {
    "all": lambda _: True,
    "wrong": lambda marked: not marked.is_right,
    "flagged": lambda marked: marked.response.flagged,
    "unsure": lambda marked: marked.response.sure is False,
}


def show(asked: Asked) -> Response:
    report = asked.study.report(asked.path["attempt"])
    result = report.result
    only = which_of(asked)
    return reply.page(
        asked.look,
        "result.html",
        here=asked.address,
        report=report,
        result=result,
        cut=CUT,
        cut_error=CUT_ERROR,
        scale=charts.scale(result),
        pace=hindsight.pace(result),
        times=charts.times(result),
        changes=hindsight.changes(result),
        sureness=hindsight.sureness(result),
        traps=[(TRAPS[trap], n) for trap, n in hindsight.traps(result).most_common()],
        lure=hindsight.lure_of(result),
        traps_said=TRAPS,
        only=only,
        counts={name: sum(map(claim, result.questions)) for name, claim in CLAIMS.items()},
        listed=[marked for marked in result.questions if CLAIMS[only](marked)],
    )


def question(asked: Asked) -> Response:
    """One question: what was answered, the key, every reason, where to read on."""
    report = asked.study.report(asked.path["attempt"])
    number, only = int(asked.path["number"]), which_of(asked)
    by_number = {marked.number: marked for marked in report.result.questions}
    if number not in by_number:
        known = [str(n) for n in by_number]
        raise NotFound("question number", str(number), known, "The result lists them all.")
    found = by_number[number]
    listed = [n for n, marked in by_number.items() if CLAIMS[only](marked) or n == number]
    at = listed.index(number)
    return reply.page(
        asked.look,
        "marked.html",
        here=asked.address,
        report=report,
        number=number,
        count=len(by_number),
        only=only,
        before=listed[at - 1] if at else None,
        after=listed[at + 1] if at + 1 < len(listed) else None,
        at=at + 1,
        of=len(listed),
        place=found.place,
        response=found.response,
        corrected=found.question.id in report.corrected,
        marked=marking.marked(
            found.question, found.place.order, found.response, asked.study.bank, report.due
        ),
    )


def which_of(asked: Asked) -> Only:
    """Of which questions the address speaks."""
    wanted = asked.query.get("only", "all")
    return next((name for name in get_args(Only) if name == wanted), "all")
