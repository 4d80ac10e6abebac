"""What is let through: from this computer's own address, from this browser, from its own pages.

`refusal` decides over plain values; `Guard` stands before the application and does as it says. It
refuses before a body is read and before anything knows what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from quizengine.web import reply
from quizengine.web.door import Door

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
SAFE = frozenset({"GET", "HEAD"})
OPEN = ("/static/", "/favicon.ico", "/alive")  # for everybody: they tell nothing
TOKEN = "token"


@dataclass(frozen=True)
class Refusal:
    status: int
    title: str
    message: str
    hint: str


def host_and_port(host: str) -> tuple[str, str]:
    """`127.0.0.1:8765` in its two parts; the port is "80" where none is named."""
    name, colon, port = host.rpartition(":")
    if not colon or port.endswith("]"):
        return host, "80"
    return name, port


def refusal(
    method: str, headers: Mapping[str, str], *, signed_in: bool, open_to_all: bool
) -> Refusal | None:
    """Why a request is not let through; None if it is. `headers` in lower case.

    Any name may point at this computer, so the address must be one of the few that mean it (DNS
    rebinding). A page of another site, or of another port, may send what it likes here: it is known
    by Sec-Fetch-Site, or else by Origin, and only following a link is allowed it.
    """
    host, port = host_and_port(headers.get("host", ""))
    if host not in HOSTS or not port.isdecimal() or len(port) > 5:
        return MISDIRECTED
    site = headers.get("sec-fetch-site")
    if method in SAFE:
        if site in ("cross-site", "same-site") and not _follows_a_link(headers):
            return FOREIGN
    elif site is not None:
        if site != "same-origin":
            return FOREIGN
    elif (origin := headers.get("origin")) is not None:
        if origin.partition("://")[2] != headers["host"]:
            return FOREIGN
    elif headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return FOREIGN  # a form could be anybody's; JSON needs leave to cross from site to site
    if not signed_in and not open_to_all:
        return UNKNOWN
    return None


def _follows_a_link(headers: Mapping[str, str]) -> bool:
    return (
        headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )


class Guard:
    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            answer = self._answer(request)
            await (self._app if answer is None else answer)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:  # there are no web sockets here
            await send({"type": "websocket.close", "code": 1008})

    def _answer(self, request: Request) -> Response | None:
        """A refusal, or the way in; None to let the request through."""
        path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
        port = host_and_port(request.headers.get("host", ""))[1]
        name, value = self._door.cookie(port)
        signed_in = self._door.is_known(request.cookies.get(name, ""))
        asks_in = path == "/" and request.method == "GET" and TOKEN in query
        tickets = parse_qs(query).get(TOKEN, []) if asks_in else []
        open_to_all = bool(tickets) or path.startswith(OPEN)
        headers = dict(request.headers)
        why = refusal(request.method, headers, signed_in=signed_in, open_to_all=open_to_all)
        if why is not None:
            return reply.refused(request, why.status, why.title, why.message, why.hint)
        if not tickets:
            return None
        taken = self._door.take(tickets[0])
        if not (taken or signed_in):
            return reply.refused(request, USED.status, USED.title, USED.message, USED.hint)
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(name, value, httponly=True, samesite="strict", path="/")
        return answer


LINK = "quizengine serve --link, in the terminal, prints a fresh link."
MISDIRECTED = Refusal(
    421,
    "Another address",
    "quizengine answers only at 127.0.0.1 and localhost.",
    "Open the address that quizengine serve printed.",
)
FOREIGN = Refusal(
    403,
    "Not from here",
    "This came from a page of another site, or from no page at all. Nothing was done.",
    "Go back to quizengine and do it there.",
)
UNKNOWN = Refusal(401, "Who is there?", "This browser is not signed in here.", LINK)
USED = Refusal(401, "A link works once", "This link was used before, or is not whole.", LINK)
