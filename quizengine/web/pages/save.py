"""What the script of a page sends and asks: saves, and the time."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.responses import Response

from quizengine.content import said
from quizengine.errors import (
    AlreadySubmitted,
    OnBreak,
    QuizengineError,
    StoreError,
    Superseded,
    TimeIsUp,
)
from quizengine.web import reply, saving
from quizengine.web.asked import Asked

# What a save comes to. Only "saved", "stored", "superseded" and "ended" empty an outbox.
FATES: dict[type[QuizengineError], tuple[int, str]] = {
    Superseded: (409, "superseded"),
    AlreadySubmitted: (409, "ended"),
    TimeIsUp: (409, "late"),
    OnBreak: (409, "break"),
    StoreError: (503, "unsaved"),
    QuizengineError: (422, "refused"),
}


def save(asked: Asked) -> Response:
    """Store one change; say so only after it is on the disk."""
    try:
        told = saving.Save.model_validate_json(asked.body)
    except ValidationError as error:
        return reply.data(422, state="refused", message=said(error))
    try:
        window = asked.window
        is_new = saving.save(asked.study, window, told)
    except QuizengineError as error:
        status, state = next(fate for kind, fate in FATES.items() if isinstance(error, kind))
        return reply.data(status, state=state, message=error.message)
    attempt = window.seat.attempt
    place = attempt.form.places[told.number - 1]
    return reply.data(
        state="saved" if is_new else "stored",
        left=asked.study.left(window.seat),
        complete=attempt.response(place.question).complete,
    )


def clock(asked: Asked) -> Response:
    """The milliseconds left, and whether the attempt can go on in this window."""
    window = asked.window
    attempt, left = window.seat.attempt, asked.study.left(window.seat)
    if not attempt.is_open:
        state = "ended"
    elif not asked.study.is_newest(window.seat):
        state = "superseded"
    elif attempt.on_break_since is not None:
        state = "break"
    else:
        state = "open"
    return reply.data(state=state, left=left)
