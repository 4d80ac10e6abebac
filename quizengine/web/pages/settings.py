"""How the pages look and which keys they take, in this browser; and what is set for all of it."""

from __future__ import annotations

from starlette.responses import Response

from quizengine import wiring
from quizengine.deck import MOST_A_DAY
from quizengine.errors import BadRequest, QuizengineError
from quizengine.web import reply
from quizengine.web.asked import Asked


def show(asked: Asked) -> Response:
    return _page(asked)


def change(asked: Asked) -> Response:
    """Keep what the form says, if it can be meant."""
    said = asked.form.get("new_cards", "")
    try:
        if not (said.isascii() and said.isdecimal() and len(said) < 6) or int(said) > MOST_A_DAY:
            raise BadRequest(
                f"New cards a day cannot be {said[:40]!r}.", f"Say a number from 0 to {MOST_A_DAY}."
            )
        wiring.change_settings({"new_cards": int(said), "plain": "plain" in asked.form})
    except QuizengineError as error:
        return _page(asked, error, said)
    return reply.to("/settings?saved=yes")


def _page(asked: Asked, error: QuizengineError | None = None, said: str | None = None) -> Response:
    try:
        settings = wiring.settings()
    except QuizengineError as unreadable:  # the file is not ours to overwrite
        settings, error = None, error or unreadable
    return reply.page(
        asked.look,
        "settings.html",
        status=200 if error is None else 422,
        here="/settings",
        settings=settings,
        new_cards=said if said is not None else settings and settings.new_cards,
        most=MOST_A_DAY,
        error=error,
        saved="saved" in asked.query and error is None,
        files={"Settings": wiring.settings_path(), "Your record": wiring.record_path()},
    )
