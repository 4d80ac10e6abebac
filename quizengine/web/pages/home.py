"""The first page: what to do today, where one stands, attempts to go on with, exams to sit."""

from __future__ import annotations

from starlette.responses import Response

from quizengine import wiring
from quizengine.study import HistoryLine
from quizengine.web import charts, reply
from quizengine.web.asked import Asked
from quizengine.web.pages.plan import address

LATEST = 5  # results that are listed
TOLD = 20  # corrections that are told at once
FEW = 500  # answers whose taking in nobody notices; after more, the page of progress does it first


def show(asked: Asked) -> Response:
    study = asked.study
    lines = study.history()
    opened = [(line, study.left_in(line.attempt)) for line in lines if line.attempt.is_open]
    done = [line for line in lines if line.result is not None]
    offers = sorted(study.offers(), key=lambda offer: offer.exam.code != wiring.DEFAULT_EXAM)
    found = study.agenda(asked.day, asked.today, a_day=asked.new_a_day)
    code = found.goal.exam if found else done[-1].attempt.form.exam if done else None
    seen = None if code is None else study.outlook(code, at_most=FEW)
    steps = [] if found or code is None else study.next_steps(code, asked.day)
    corrected = study.corrected()
    return reply.page(
        asked.look,
        "home.html",
        today=asked.today,
        opened=_latest_first(opened),
        done=done[: -LATEST - 1 : -1],
        offers=[offer for offer in offers if offer.longest],
        empty=[offer for offer in offers if not offer.longest],
        found=found,
        steps=steps,
        code=code,
        seen=seen,
        scale=charts.expected(seen) if seen and seen.chance.answers else None,
        deck=study.deck(asked.day, a_day=asked.new_a_day),
        in_accounts=wiring.left_in_accounts(),
        corrected=corrected[:TOLD],
        more=max(0, len(corrected) - TOLD),
        address=address,
    )


def _latest_first(
    opened: list[tuple[HistoryLine, int | None]],
) -> list[tuple[HistoryLine, int | None]]:
    """Those whose clock runs before those without one."""
    latest = opened[::-1]
    return [o for o in latest if o[1] is not None] + [o for o in latest if o[1] is None]


def told(asked: Asked) -> Response:
    """The learner has read which keys were corrected: these are not told again."""
    read = set(asked.form.getlist("question"))
    asked.study.tell_corrected([q for q in asked.study.corrected() if q.id in read])
    return reply.to("/")
