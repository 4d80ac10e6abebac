"""The plan: the exam and its day, what comes today, and the days until then."""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from quizengine import wiring
from quizengine.agenda import LEAST_A_DAY, MOST_A_DAY, Goal, Item
from quizengine.content import ExamCode
from quizengine.errors import BadRequest
from quizengine.web import reply
from quizengine.web.asked import Asked, Sent

MINUTES = 45  # a day, unless said otherwise
AHEAD = 60  # days: where the day of the exam is not known, one that can be changed
SHOWN = 8  # days that are open on the page, today too


def show(asked: Asked) -> Response:
    return _page(asked, {}, None)


def change(asked: Asked) -> Response:
    """Take a goal; the same one again changes nothing."""
    try:
        goal = _goal(asked.form)
        if goal != asked.study.goal():
            asked.study.set_goal(goal, asked.today)
    except BadRequest as error:
        return _page(asked, dict(asked.form), error)
    return reply.to("/plan")


def address(exam: str, item: Item) -> str:
    """Where an item of the plan is done."""
    count = f"{item.count}-questions"
    match item.kind:
        case "cards":
            return "/cards?" + urlencode({"exam": exam, "limit": item.count})
        case "practice":
            return f"/practice/{exam}?" + urlencode({"within": item.about, "length": count})
        case "mock":
            return f"/exam/{exam}?" + urlencode({"length": count})
        case "sealed mock":
            return f"/exam/{exam}?" + urlencode({"length": count, "sealed": "on"})
        case "lab":
            return f"/labs/{item.about}"


def _goal(said: Sent) -> Goal:
    """What the form says. Raises BadRequest."""
    try:
        on = date.fromisoformat(said.get("date", ""))
    except ValueError:
        raise BadRequest("That is no date.", "Give the day of the exam.") from None
    minutes = said.get("minutes", "")
    if not re.fullmatch(r"[0-9]{1,4}", minutes) or not LEAST_A_DAY <= int(minutes) <= MOST_A_DAY:
        raise BadRequest(
            f"The minutes a day are a number from {LEAST_A_DAY} to {MOST_A_DAY}.",
            "What you can keep up is more than what you wish.",
        )
    return Goal(exam=ExamCode(said.get("exam", "")), on=on, minutes=int(minutes))


def _page(asked: Asked, said: dict[str, str], error: BadRequest | None) -> Response:
    study, goal = asked.study, asked.study.goal()
    found = study.agenda(asked.day, asked.today, a_day=asked.new_a_day)
    if goal is None:
        goal = Goal(
            exam=ExamCode(wiring.DEFAULT_EXAM),
            on=asked.today + timedelta(days=AHEAD),
            minutes=MINUTES,
        )
    before = {"exam": goal.exam, "date": goal.on.isoformat(), "minutes": str(goal.minutes)}
    return reply.page(
        asked.look,
        "plan.html",
        status=200 if error is None else 422,
        here="/plan",
        section="/progress",
        found=found,
        offers=[offer for offer in study.offers() if offer.longest],
        said=before | said,
        tomorrow=asked.today + timedelta(days=1),
        least=LEAST_A_DAY,
        most=MOST_A_DAY,
        shown=SHOWN,
        address=address,
        error=error,
    )
