"""What the tests of the web share: a visitor with a browser that runs no script."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from starlette.types import ASGIApp

from quizengine.form import place
from quizengine.question import Kind, Question
from quizengine.study import Plan, Study
from quizengine.web import desk as desks
from quizengine.web.app import build
from quizengine.web.door import Door, ticket
from quizengine.web.limits import Limits
from tests.builders import Desk, a_bank, a_short_exam

TICKETS, COOKIES = "a" * 64, "b" * 64
HERE = "http://127.0.0.1:8765"
BROWSER = {
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}
PLENTY = Limits(burst=100_000, rate=100_000.0)


class Fields(HTMLParser):
    """The form with id `sheet`: what a browser would send of it as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._text: str | None = None
        self._in = False

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        values = dict(pairs)
        if tag == "form":
            self._in = values.get("id") == "sheet"
        mine = self._in or values.get("form") == "sheet"
        name = values.get("name") or ""
        if not mine:
            return
        match tag:
            case "input" if values.get("type") in ("radio", "checkbox"):
                if "checked" in values:
                    self.fields.append((name, values.get("value") or "on"))
            case "input":
                self.fields.append((name, values.get("value") or ""))
            case "select":
                self._select, self._options = name, []
            case "option" if self._select is not None:
                self._options.append((values.get("value") or "", "selected" in values))
            case "textarea":
                self._text = name
                self.fields.append((name, ""))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            name, before = self.fields[-1]
            self.fields[-1] = (name, before + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = False
        if tag == "textarea":
            self._text = None
        if tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected]
            self.fields.append((self._select, (chosen or [self._options[0][0]])[0]))
            self._select = None


@dataclass(frozen=True)
class Page:
    """An answer. `path` is where the redirects led."""

    status: int
    path: str
    html: str
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """What is read: no tags, one space between words."""
        bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", self.html, flags=re.S)
        return " ".join(html.unescape(bare).split())

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.html)
        return html.unescape(found[1]) if found else ""

    @property
    def fields(self) -> list[tuple[str, str]]:
        parser = Fields()
        parser.feed(self.html)
        return parser.fields

    @property
    def window(self) -> str:
        """The path of the window that a page of an attempt belongs to."""
        return self.path.rpartition("/")[0]


@dataclass
class Visitor:
    """One browser on one server. A context: the server closes with it."""

    desk: Desk = field(default_factory=lambda: a_web_desk())
    limits: Limits = PLENTY
    signed_in: bool = True
    study: Study | None = None

    def __post_init__(self) -> None:
        self.study = self.study or self.desk.study()
        self.open_server()
        self.cookies = dict([self.door.cookie("8765")]) if self.signed_in else {}

    def open_server(self) -> None:
        """Begin the server anew, over the same record."""
        assert self.study is not None
        study = self.study
        self.web = desks.Desk(lambda: nullcontext(study))
        self.web.__enter__()
        self.door = Door(TICKETS, COOKIES)
        self.app: ASGIApp = build(self.web, self.door, self.desk.clock.now, self.limits)

    def close(self) -> None:
        self.web.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def another(self) -> Visitor:
        """The same server, seen by a browser that is not signed in."""
        twin = object.__new__(Visitor)
        twin.__dict__ = self.__dict__ | {"cookies": {}}
        return twin

    def ticket(self) -> str:
        return ticket(TICKETS)

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        follow: bool = True,
        host: str = "127.0.0.1:8765",
    ) -> Page:
        """One request, as a browser sends it from a page of ours, and where it leads."""

        async def run() -> httpx.Response:
            # What the server cannot help is told by the answer, not by an exception here.
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
                cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
                sent = {"host": host, **BROWSER, **(headers or {})}
                if cookies:
                    sent.setdefault("cookie", cookies)
                return await client.request(
                    method, path, headers={k: v for k, v in sent.items() if v}, content=body
                )

        answer = asyncio.run(run())
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if follow and answer.status_code == 303:
            return self.ask("GET", answer.headers["location"], headers=headers, host=host)
        return Page(answer.status_code, path, answer.text, dict(answer.headers))

    def get(self, path: str, **more: Any) -> Page:
        return self.ask("GET", path, **more)

    def post(self, path: str, fields: Sequence[tuple[str, str]] = (), **more: Any) -> Page:
        """Send a form."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        headers = kind | dict(more.pop("headers", {}))
        return self.ask("POST", path, headers=headers, body=urlencode(fields).encode(), **more)

    def press(
        self, page: Page, do: str, *, picks: Sequence[int] | None = None, **fields: str
    ) -> Page:
        """Fill in the form of a question and press one of its buttons."""
        sent = [(k, v) for k, v in page.fields if k not in fields]
        if picks is not None:
            sent = [(k, v) for k, v in sent if k != "pick"]
            sent += [("pick", str(n)) for n in picks]
        sent += [(k, v) for k, v in fields.items() if v]
        return self.post(page.path, [*sent, ("do", do)])

    # An attempt

    def start(self, code: str = "mls-c01", **said: str) -> Page:
        """The first question of a new attempt."""
        return self.post(f"/exam/{code}", list(said.items()))

    def sits(self, plan: Plan) -> Page:
        """The first question of an attempt that was begun elsewhere, opened here."""
        assert self.study is not None
        seat = self.study.start(plan)
        return self.post(f"/attempt/{seat.attempt.id}")


def a_web_desk(*kinds: Kind) -> Desk:
    """Ten questions in twenty minutes, of these kinds in turn: singles, unless it is said."""
    return Desk(a_bank(exam=a_short_exam(), kinds=kinds or ("single",)))


def a_plan_of(study: Study, questions: Sequence[Question], **plan: Any) -> Plan:
    """The plan of an exam with exactly these questions, choices in the order of the file's ids
    turned round."""
    import random
    from dataclasses import replace

    drawn = study.plan("mls-c01", questions=1, **plan)
    places = tuple(place(question, True, random.Random(1)) for question in questions)
    return replace(drawn, form=drawn.form.model_copy(update={"places": places}))
