"""Colours, size of text, keys: changed from any page, and back to it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from quizengine.web import look as looks
from quizengine.web import reply
from quizengine.web.asked import Asked

YEAR = 365 * 24 * 3600  # seconds


def change(asked: Asked) -> Response:
    look = asked.look.changed(dict(asked.form))
    answer = reply.to(_here(asked.form.get("back", "/")))
    answer.set_cookie(
        looks.COOKIE, look.cookie(), max_age=YEAR, httponly=True, samesite="strict", path="/"
    )
    return answer


def _here(back: str) -> str:
    """The path to go back to; the first page if it would lead elsewhere."""
    parts = urlsplit(back)
    is_path = back.startswith("/") and not back.startswith(("//", "/\\"))
    return parts.path if is_path and not parts.netloc and back.isprintable() else "/"
