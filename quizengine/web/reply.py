"""Answers: a page from a template, a way on to another page, data for the script."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from quizengine import __version__, words
from quizengine.terms import WARNINGS
from quizengine.web import look as looks
from quizengine.web import prose
from quizengine.web.keys import SHORTCUTS
from quizengine.web.look import Look
from quizengine.web.windows import SLACK

FOLDER = Path(__file__).parent
SECTIONS = {
    "/": "Home",
    "/practice": "Practice",
    "/cards": "Cards",
    "/progress": "Progress",
    "/labs": "Labs",
    "/search": "Search",
    "/settings": "Settings",
}
TYPES = {
    "style.css": "text/css; charset=utf-8",
    "cards.js": "text/javascript; charset=utf-8",
    "exam.js": "text/javascript; charset=utf-8",
    "marks.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def assets() -> Mapping[str, bytes]:
    """The stylesheet, the scripts, the icon: all that a page loads."""
    return {name: (FOLDER / "static" / name).read_bytes() for name in TYPES}


@cache
def digest() -> str:
    """In the address of the assets, so that a browser may keep them for ever."""
    return hashlib.sha256(b"".join(assets().values())).hexdigest()[:16]


def _sources() -> list[Path]:
    return sorted((FOLDER / "templates").iterdir())


def load() -> None:
    """Read all that pages are made of, once: what an upgrade puts into the files while the server
    runs does not come among what was read before."""
    digest()
    _templates()


def stamps(folder: Path = FOLDER.parent) -> Mapping[Path, tuple[int, int]]:
    """When each Python file and template of the program was changed, and its size: others than at
    the start of the server, if it was renewed since."""
    files = (path for kind in ("*.py", "*.html") for path in folder.rglob(kind))
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=DictLoader({path.name: path.read_text("utf-8") for path in _sources()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"blocks": prose.blocks, "line": prose.line, "moment": _moment}
    environment.globals |= {
        "static": f"/static/{digest()}",
        "version": __version__,
        "words": words,
        "looks": looks,
        "sections": SECTIONS,
        "shortcuts": SHORTCUTS,
        "slack": SLACK // 1000,
        "warnings": WARNINGS,
    }
    return environment


def _moment(milliseconds: int) -> str:
    """A moment in the local time of this computer."""
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M")


def page(look: Look, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of HTML. `here` among the values is its path, to come back to; `section` the part of
    the main navigation that it belongs to, which its path says unless it is given."""
    here = values.setdefault("here", "/")
    values = {"look": look, "section": "/" + here.split("/")[1]} | values
    return HTMLResponse(_templates().get_template(template).render(values), status_code=status)


def to(path: str) -> Response:
    """On to another page, by GET."""
    return RedirectResponse(path, status_code=303)


def data(status: int = 200, **values: Any) -> Response:
    """JSON for the script."""
    return JSONResponse(values, status_code=status)


def refused(request: Request, status: int, title: str, message: str, hint: str | None) -> Response:
    """A page that says what is wrong and the way out."""
    return page(
        looks.of(request.cookies),
        "refused.html",
        status=status,
        section="",
        title=title,
        message=message,
        hint=hint,
    )
