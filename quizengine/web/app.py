"""The application: which act answers which address, and what stands around them all."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from quizengine.errors import (
    AlreadySubmitted,
    AttemptError,
    BadRequest,
    KeptBack,
    NotFound,
    QuizengineError,
    StoreError,
    TooFewQuestions,
)
from quizengine.web import reply
from quizengine.web.asked import Act, endpoint
from quizengine.web.desk import Desk
from quizengine.web.door import Door
from quizengine.web.guard import Guard
from quizengine.web.headers import Armour
from quizengine.web.limits import Limits, Measure
from quizengine.web.pages import (
    attempt,
    bank,
    cards,
    corrections,
    figure,
    home,
    labs,
    look,
    paper,
    plan,
    practice,
    progress,
    question,
    result,
    review,
    save,
    search,
    settings,
    start,
)
from quizengine.web.windows import Windows

WINDOW = "/attempt/{attempt}/{epoch:int}"
PAGES: tuple[tuple[str, str, Act], ...] = (
    ("GET", "/", home.show),
    ("POST", "/told", home.told),
    ("GET", "/plan", plan.show),
    ("POST", "/plan", plan.change),
    ("GET", "/practice", practice.front),
    ("GET", "/practice/{code}", practice.show),
    ("POST", "/practice/{code}", practice.begin),
    ("GET", "/cards", cards.show),
    ("POST", "/cards", cards.grade),
    ("GET", "/progress", progress.front),
    ("GET", "/progress/{code}", progress.show),
    ("GET", "/exam/{code}", start.show),
    ("POST", "/exam/{code}", start.begin),
    ("GET", "/attempt/{attempt}", attempt.show),
    ("POST", "/attempt/{attempt}", attempt.open),
    ("GET", WINDOW, attempt.front),
    ("POST", f"{WINDOW}/save", save.save),
    ("GET", f"{WINDOW}/clock", save.clock),
    ("GET", f"{WINDOW}/review", review.show),
    ("GET", f"{WINDOW}/end", review.ending),
    ("POST", f"{WINDOW}/end", attempt.end),
    ("POST", f"{WINDOW}/break", attempt.pause),
    ("GET", f"{WINDOW}/{{number:int}}", question.show),
    ("POST", f"{WINDOW}/{{number:int}}", question.act),
    ("GET", "/result/{attempt}", result.show),
    ("GET", "/result/{attempt}/{number:int}", result.question),
    ("GET", "/result/{attempt}/paper", paper.result),
    ("GET", "/search", search.show),
    ("GET", "/question/{id}", bank.question),
    ("GET", "/question/{id}/report", bank.report_question),
    ("GET", "/card/{id}", bank.card),
    ("GET", "/card/{id}/report", bank.report_card),
    ("GET", "/corrections", corrections.show),
    ("GET", "/labs", labs.show),
    ("GET", "/labs/{id}", labs.lab),
    ("POST", "/labs/{id}", labs.ask),
    ("GET", "/paper", paper.choose),
    ("GET", "/paper/form", paper.form),
    ("GET", "/settings", settings.show),
    ("POST", "/settings", settings.change),
    ("GET", "/figure/{id}.svg", figure.show),
    ("POST", "/look", look.change),
)
STATUS: dict[type[QuizengineError], int] = {
    NotFound: 404,
    AttemptError: 409,
    BadRequest: 422,
    TooFewQuestions: 422,
    StoreError: 503,
    QuizengineError: 500,
}
YEAR = 365 * 24 * 3600  # seconds
CHALLENGE = 64  # hex digits at most


def build(
    desk: Desk,
    door: Door,
    now: Callable[[], int],
    limits: Limits | None = None,
    stamps: Callable[[], object] = reply.stamps,
) -> ASGIApp:
    """The whole server as one ASGI application. `now` is in milliseconds; `stamps` are others once
    the program's files are."""
    limits = limits or Limits()
    reply.load()
    at_start = stamps()

    async def bug(request: Request, error: Exception) -> Response:
        renewed = stamps() != at_start
        return _renewed(request) if renewed else _bug(request, error)

    windows = Windows()
    pages = [
        Route(path, endpoint(act, desk, windows, limits, now), methods=[method])
        for method, path, act in PAGES
    ]
    app = Starlette(
        routes=[*pages, *_open_to_all(door)],
        exception_handlers={
            QuizengineError: _problem,
            HTTPException: _http_problem,
            Exception: bug,
        },
        max_body_size=limits.body,
    )
    app.router.redirect_slashes = False
    return Armour(Guard(Measure(app, limits, now), door))


def _open_to_all(door: Door) -> list[Route]:
    """What anybody may ask for: the assets, and whether this is the server of that file."""

    async def asset(request: Request) -> Response:
        name = request.path_params.get("name", "icon.svg")
        if name not in reply.TYPES:
            raise HTTPException(404)
        kept = request.path_params.get("digest") == reply.digest()
        age = f"private, max-age={YEAR}, immutable" if kept else "no-store"
        return Response(
            reply.assets()[name], headers={"Content-Type": reply.TYPES[name], "Cache-Control": age}
        )

    async def alive(request: Request) -> Response:
        challenge = request.query_params.get("challenge", "")[:CHALLENGE]
        return Response(door.alive(challenge), media_type="text/plain")

    return [
        Route("/static/{digest}/{name}", asset),
        Route("/favicon.ico", asset),
        Route("/alive", alive),
    ]


async def _problem(request: Request, error: Exception) -> Response:
    """An error of the tree, as a page with the way out."""
    assert isinstance(error, QuizengineError)
    if isinstance(error, AlreadySubmitted) and "attempt" in request.path_params:
        return reply.to(f"/result/{request.path_params['attempt']}")
    if isinstance(error, KeptBack):
        return reply.to(f"/labs/{error.lab}#asked")
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    return reply.refused(request, status, "That did not work", error.message, error.hint)


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = "There is no such page" if error.status_code == 404 else "That did not work"
    hint = "The first page leads everywhere."
    answer = reply.refused(request, error.status_code, title, error.detail, hint)
    answer.headers.update(error.headers or {})
    return answer


def _renewed(request: Request) -> Response:
    """Other files came under a running server: old code may have met new."""
    return reply.refused(
        request,
        500,
        "quizengine was renewed while it ran",
        "What you asked for could not be done. Your answers are kept.",
        "End it in its terminal (Ctrl-C) and start it again.",
    )


def _bug(request: Request, error: Exception) -> Response:
    """Not ours to explain: its traceback stands where the server runs."""
    return reply.refused(
        request,
        500,
        "A mistake of the program",
        f"{type(error).__name__}: what you asked for could not be done. Your answers are kept.",
        "The terminal in which quizengine runs shows where. Please report it.",
    )
