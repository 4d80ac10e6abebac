"""Progress: the chance to pass, what is weak and how surely, the weeks, and the plain counts."""

from __future__ import annotations

from typing import get_args

from starlette.responses import Response

from quizengine.agenda import date_of
from quizengine.progress import ENOUGH, Level
from quizengine.question import TRAPS
from quizengine.scoring import CUT, CUT_ERROR
from quizengine.web import charts, reply
from quizengine.web.asked import Asked
from quizengine.web.pages.practice import preferred


def front(asked: Asked) -> Response:
    """Progress in the exam that is prepared for."""
    return reply.to(f"/progress/{preferred(asked)}")


def show(asked: Asked) -> Response:
    study, code = asked.study, asked.path["code"]
    found = study.progress(code)
    seen = study.outlook(code)
    if seen is not None and not seen.chance.answers + seen.outcomes:
        seen = None  # nothing to go by
    usual: Level = "task" if seen is None else seen.level
    wanted = asked.query.get("by")
    level = next((level for level in get_args(Level) if level == wanted), usual)
    return reply.page(
        asked.look,
        "progress.html",
        here=asked.address,
        found=found,
        seen=seen,
        scale=None if seen is None else charts.expected(seen),
        way=None if seen is None else charts.way(seen),
        level=level,
        levels=get_args(Level),
        weakest=[] if seen is None else seen.weakest(level),
        offers=[offer for offer in study.offers() if offer.longest],
        goal=study.goal(),
        traps_said=TRAPS,
        traps=sorted(
            ((TRAPS[trap], count) for trap, count in found.traps.items()), key=lambda pair: -pair[1]
        ),
        fades=None if seen is None else date_of(seen.fading.day),
        cut=CUT,
        cut_error=CUT_ERROR,
        enough=ENOUGH,
    )
