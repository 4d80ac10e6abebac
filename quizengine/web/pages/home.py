"""The first page: attempts to go on with, exams to sit, what was sat last."""

from __future__ import annotations

from starlette.responses import Response

from quizengine import wiring
from quizengine.web import reply
from quizengine.web.asked import Asked

LATEST = 5  # results that are listed


def show(asked: Asked) -> Response:
    study = asked.study
    lines = study.history()
    opened = [(line, study.left_in(line.attempt)) for line in lines if line.attempt.is_open]
    done = [line for line in lines if line.result is not None]
    offers = sorted(study.offers(), key=lambda offer: offer.exam.code != wiring.DEFAULT_EXAM)
    return reply.page(
        asked.look,
        "home.html",
        opened=opened[::-1],
        done=done[: -LATEST - 1 : -1],
        offers=[offer for offer in offers if offer.longest],
        empty=[offer for offer in offers if not offer.longest],
    )
