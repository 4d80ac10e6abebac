"""What a page is asked, as plain values; and how a request becomes that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from quizengine import wiring
from quizengine.schedule import Day
from quizengine.study import Study
from quizengine.web import look as looks
from quizengine.web.desk import Desk
from quizengine.web.limits import Limits
from quizengine.web.look import Look
from quizengine.web.windows import Window, Windows

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

Sent: TypeAlias = ImmutableMultiDict[str, str]


@dataclass(frozen=True)
class Asked:
    """`path` holds the parts of the address that vary, `query` what stands behind its question
    mark, `form` the fields of a form, `body` the bytes of a JSON body; `now` is in UTC
    milliseconds."""

    study: Study
    windows: Windows
    address: str
    path: dict[str, str]
    query: Sent
    form: Sent
    body: bytes
    look: Look
    now: int

    @property
    def today(self) -> date:
        """The learner's own date."""
        return wiring.today(self.now)

    @property
    def day(self) -> Day:
        """The learner's own day."""
        return wiring.day(self.now)

    @property
    def new_a_day(self) -> int:
        """How many new cards a day the learner wants."""
        return wiring.settings().new_cards

    @property
    def window(self) -> Window:
        """The window that the address names."""
        return self.windows.at(self.study, self.path["attempt"], int(self.path["epoch"]))


Act: TypeAlias = Callable[[Asked], Response]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def endpoint(
    act: Act, desk: Desk, windows: Windows, limits: Limits, now: Callable[[], int]
) -> Endpoint:
    """The act as Starlette calls it: the request is read here, the act done at the desk."""

    async def called(request: Request) -> Response:
        form, body = await _body(request, limits)
        path = {name: str(value) for name, value in request.path_params.items()}
        query = ImmutableMultiDict[str, str](request.query_params.multi_items())
        look = looks.of(request.cookies)
        address = request.scope["path"]

        def do(study: Study) -> Response:
            return act(Asked(study, windows, address, path, query, form, body, look, now()))

        return await desk.do(do)

    return called


async def _body(request: Request, limits: Limits) -> tuple[Sent, bytes]:
    """The fields of a form, or the bytes of a JSON body: nothing else is taken in."""
    if request.method in ("GET", "HEAD"):
        return ImmutableMultiDict(), b""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in (FORM, JSON):
        raise HTTPException(415, "Only forms and JSON are taken in.")
    try:
        async with asyncio.timeout(limits.patience):
            body = await request.body()
    except TimeoutError:
        raise HTTPException(408, "What was to be sent did not come.") from None
    if kind == JSON:
        return ImmutableMultiDict(), body
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=limits.fields)
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None
    return ImmutableMultiDict(pairs), b""
