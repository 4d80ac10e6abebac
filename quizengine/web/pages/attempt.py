"""An attempt and its windows: opening it, and what keeps a window from going on."""

from __future__ import annotations

from starlette.responses import Response

from quizengine.errors import AlreadySubmitted
from quizengine.web import reply
from quizengine.web.asked import Asked
from quizengine.web.windows import SLACK, Window


def show(asked: Asked) -> Response:
    """The way into an attempt: looking at it takes it from no other window."""
    line = asked.study.look_at(asked.path["attempt"])
    if not line.attempt.is_open:
        return reply.to(f"/result/{line.attempt.id}")
    left = asked.study.left_in(line.attempt)
    return reply.page(asked.look, "open.html", here=asked.address, line=line, left=left)


def open(asked: Asked) -> Response:
    """Take the attempt over in this window."""
    try:
        window = asked.windows.open(asked.study, asked.path["attempt"])
    except AlreadySubmitted:
        return reply.to(f"/result/{asked.path['attempt']}")
    return reply.to(window.page())


def front(asked: Asked) -> Response:
    """The window without a number: the question in front."""
    return reply.to(asked.window.page())


def turned_away(asked: Asked, window: Window, *, saves: bool = False) -> Response | None:
    """What is shown in place of the page, where the attempt cannot go on here; None if it can.
    What `saves` has a little longer, for its way."""
    study, attempt = asked.study, window.seat.attempt
    if not attempt.is_open:
        return reply.to(f"/result/{attempt.id}")
    if not study.is_newest(window.seat):
        return reply.page(asked.look, "superseded.html", status=409, attempt=attempt)
    if attempt.on_break_since is not None:
        left = study.left(window.seat)
        return reply.page(asked.look, "break.html", here=window.path, window=window, left=left)
    if study.left(window.seat) == 0 and not (saves and not _is_past_slack(asked, window)):
        return _time_is_up(asked, window)
    return None


def _is_past_slack(asked: Asked, window: Window) -> bool:
    """Whether no save of this window can be on its way any more."""
    deadline = window.seat.attempt.deadline
    return deadline is not None and asked.study.now(window.seat) >= deadline + SLACK


def _time_is_up(asked: Asked, window: Window) -> Response:
    """Submitted without asking, once nothing can be on its way any more; but an attempt that was
    opened after its deadline asks first, since it may be the computer's clock that is wrong."""
    study, seat = asked.study, window.seat
    if window.began_in_time and _is_past_slack(asked, window):
        return end(asked)
    return reply.page(
        asked.look,
        "time_up.html",
        here=window.path,
        window=window,
        asks=not window.began_in_time,
        deadline=seat.attempt.deadline,
        now=study.now(seat),
    )


def end(asked: Asked) -> Response:
    """Submit for good, by the learner's word or because the time is up."""
    window = asked.window
    if window.seat.attempt.is_open:
        window.seat = asked.study.submit(window.seat)
    return reply.to(f"/result/{window.seat.attempt.id}")


def pause(asked: Asked) -> Response:
    """Stop the clock, or let it run again."""
    window = asked.window
    if window.seat.attempt.on_break_since is None:
        window.seat = asked.study.pause(window.seat)
    else:
        window.seat = asked.study.end_break(window.seat)
    return reply.to(window.page())
