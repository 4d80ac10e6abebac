"""Before the end: every question with its state, and the end itself, with counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

from starlette.responses import Response

from quizengine.web import reply
from quizengine.web.asked import Asked
from quizengine.web.pages.attempt import turned_away
from quizengine.web.pages.question import Stop, stops

Filter: TypeAlias = Literal["all", "unanswered", "unseen", "flagged"]
CLAIMS: dict[Filter, Callable[[Stop], bool]] = {
    "all": lambda _: True,
    "unanswered": lambda stop: stop.state != "answered",
    "unseen": lambda stop: stop.state == "unseen",
    "flagged": lambda stop: stop.flagged,
}


def show(asked: Asked) -> Response:
    """The list of all questions, or of one kind of them."""
    window = asked.window
    away = turned_away(asked, window)
    if away is not None:
        return away
    every = list(stops(window.seat))
    wanted = asked.query.get("show", "all")
    filter: Filter = next((name for name in get_args(Filter) if name == wanted), "all")
    return reply.page(
        asked.look,
        "review.html",
        here=asked.address,
        window=window,
        attempt=window.seat.attempt,
        filter=filter,
        counts={name: sum(map(claim, every)) for name, claim in CLAIMS.items()},
        stops=[stop for stop in every if CLAIMS[filter](stop)],
        left=asked.study.left(window.seat),
    )


def ending(asked: Asked) -> Response:
    """The last question: is this the end?"""
    window = asked.window
    away = turned_away(asked, window)
    if away is not None:
        return away
    attempt = window.seat.attempt
    return reply.page(
        asked.look,
        "end.html",
        here=asked.address,
        window=window,
        attempt=attempt,
        blank=len(attempt.unanswered),
        flagged=len(attempt.flagged),
        left=asked.study.left(window.seat),
    )
