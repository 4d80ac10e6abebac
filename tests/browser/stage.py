"""What the tests of the browser share: a server in a thread, windows that are watched."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from quizengine.attempt import Attempt, Response
from quizengine.card import Card
from quizengine.figure import Figure
from quizengine.question import Kind
from quizengine.study import Study
from quizengine.web import desk as desks
from quizengine.web.app import build
from quizengine.web.door import Door, ticket
from quizengine.web.server import listen
from tests.builders import Desk, a_bank, a_card, a_lab, an_exam
from tests.web.helpers import COOKIES, PLENTY, TICKETS

CARDS = [a_card(f"card-{n}", prompt=f"What ends a training job of kind {n}?") for n in range(3)]
LAB = "train_xgboost"
FIGURE = Figure(
    id="early-stopping",  # its picture is one that there is
    title="Early stopping",
    alt="The validation loss is lowest in round 14.",
    columns=("round", "loss"),
    rows=(("14", "0.52"),),
)
QUICK = 5_000  # ms in which what is expected has to be there


def a_desk(*kinds: Kind) -> Desk:
    """An exam of eight questions in sixteen minutes, of these kinds in turn."""
    exam = an_exam(weights=(50, 50), scored=8, unscored=0, minutes=16)
    cards = [*CARDS, a_corrected_card()]
    bank = a_bank(8, exam=exam, kinds=kinds, cards=cards, labs=[a_lab(LAB)])
    bank.figures[FIGURE.id] = FIGURE
    return Desk(bank)


def a_corrected_card() -> Card:
    """A card that puts a deck right, with a figure."""
    claims = {"verdict": "corrected", "claimed": "Any `metric` will do.", "true": "One that falls."}
    sources = [{"item": "S4-02", **claims}]
    return a_card("corrected", figure=FIGURE.id, sources=sources)


@dataclass
class Server:
    """Runs in a thread; started anew it is at the same port, over the same record."""

    desk: Desk
    port: int = 0

    def start(self) -> None:
        bound = listen(self.port)
        self.port = bound.getsockname()[1]
        study = self.desk.study()
        self.web = desks.Desk(lambda: nullcontext(study))
        self.web.__enter__()
        self.app = build(self.web, Door(TICKETS, COOKIES), self.desk.clock.now, PLENTY)
        config = uvicorn.Config(
            self.app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, args=(bound,), daemon=True)
        self._thread.start()

    def _run(self, bound: socket.socket) -> None:
        with bound:
            self._server.run(sockets=[bound])

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(20)
        self.web.__exit__(None, None, None)


@dataclass
class Stage:
    browser: Browser
    desk: Desk
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)  # patterns of what a test provokes

    def open(self) -> None:
        self.server = Server(self.desk)
        self.server.start()
        self.context = self.visit()
        self.page = self.window()
        self.page.goto(f"{self.address}/?token={ticket(TICKETS)}")

    def visit(self, **how: Any) -> BrowserContext:
        """Another browser, that knows nothing of the first."""
        how = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce"} | how
        context = self.browser.new_context(**how)
        context.set_default_timeout(QUICK)
        return context

    def window(self, context: BrowserContext | None = None) -> Page:
        """A tab in which whatever goes wrong is noted."""
        page = (context or self.context).new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        return page

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self.problems.append(f"{message.type}: {message.text}")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def check(self) -> None:
        """Nothing went wrong but what the test provoked."""
        left = [
            problem
            for problem in self.problems
            if not any(re.search(pattern, problem) for pattern in self.expected)
        ]
        assert left == []

    def close(self) -> None:
        for context in self.browser.contexts:
            context.close()
        self.server.stop()

    # An attempt

    def start(self, page: Page | None = None, **said: str) -> Page:
        """The first question of an exam."""
        page = page or self.page
        query = "&".join(f"{name}={value}" for name, value in said.items())
        page.goto(f"{self.address}/exam/mls-c01?{query}")
        page.get_by_role("button", name=re.compile("^Start")).click()
        self.is_at(page, 1)
        return page

    def is_at(self, page: Page, number: int) -> None:
        expect(page).to_have_title(re.compile(f"^Question {number} of "), timeout=QUICK)
        page.wait_for_load_state()  # the script hears no key before

    def saved(self, page: Page) -> None:
        expect(page.locator("#state")).to_have_text("Saved", timeout=20_000)

    def study(self) -> Study:
        return self.desk.study()

    @property
    def attempt(self) -> Attempt:
        """The latest attempt as the record has it, read anew."""
        return self.study().history()[-1].attempt

    def response(self, number: int) -> Response:
        attempt = self.attempt
        return attempt.response(attempt.form.places[number - 1].question)

    def key(self, number: int) -> tuple[Kind, list[int]]:
        """(kind, the right choices as numbers on the page) of a question."""
        place = self.attempt.form.places[number - 1]
        question = self.desk.bank.question(place.question)
        return question.kind, [place.order.index(id) + 1 for id in question.key]
