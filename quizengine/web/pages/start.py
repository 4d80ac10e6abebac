"""Before an exam: how long, with what accommodation, by which rules. The clock is not running."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from quizengine.errors import BadRequest, TooFewQuestions
from quizengine.form import sealed
from quizengine.study import Offer, Plan
from quizengine.terms import EXTRA_TIME, ExtraTime
from quizengine.web import reply
from quizengine.web.asked import Asked, Sent
from quizengine.words import duration, plural

SHORTER = (10, 20, 40)  # questions
SPANS = (30, 60)  # minutes
EXTRAS: dict[ExtraTime, str] = {
    "none": "None",
    "+30": "30 minutes more",
    "x1.25": "A quarter more",
    "x1.5": "Half as much again",
    "x2": "Twice the time",
    "untimed": "No time limit",
}


def show(asked: Asked) -> Response:
    """The choices and what they give: as a page, or in words for the script."""
    offer = asked.study.offer(asked.path["code"])
    said = asked.query
    try:
        plan, refusal = _plan(asked, offer, said), None
    except (BadRequest, TooFewQuestions) as error:
        plan, refusal = None, error
    if said.get("as") == "json":
        told = summary(plan) if plan else [refusal.message if refusal else ""]
        return reply.data(told=told, possible=plan is not None, start=button(plan))
    return reply.page(
        asked.look,
        "start.html",
        status=200 if refusal is None else 422,
        here=asked.address,
        offer=offer,
        lengths=lengths(offer) | _asked_for(said),
        extras=EXTRAS,
        said=said,
        told=summary(plan) if plan else [],
        refusal=refusal,
        start=button(plan),
        keeps=_keeps(asked, offer),
    )


def begin(asked: Asked) -> Response:
    """The clock runs from here."""
    offer = asked.study.offer(asked.path["code"])
    plan = _plan(asked, offer, asked.form)
    return reply.to(asked.windows.start(asked.study, plan).page())


def lengths(offer: Offer) -> dict[str, str]:
    """The lengths to choose from, as far as the bank can fill them."""
    format = offer.exam.formats[0]
    found = {}
    if offer.is_full:
        found["full"] = f"The full form: {format.length} questions"
    else:
        found[f"{offer.longest}-questions"] = (
            f"The longest form there is: {offer.longest} questions"
        )
    for count in SHORTER:
        if count < offer.longest:
            found[f"{count}-questions"] = f"{count} questions"
    for minutes in SPANS:
        if minutes * format.length / format.minutes.used < offer.longest:
            found[f"{minutes}-minutes"] = f"As many as fit into {minutes} minutes"
    return found


def _asked_for(said: Sent) -> dict[str, str]:
    """The length that a link asks for, if it is a number of questions."""
    found = re.fullmatch(r"([0-9]{1,4})-questions", said.get("length", ""))
    return {found[0]: plural(int(found[1]), "question")} if found else {}


def summary(plan: Plan) -> list[str]:
    """What will be sat, in sentences."""
    terms = plan.terms
    time = "no time limit" if terms.minutes is None else duration(terms.minutes)
    if terms.extra not in ("none", "untimed"):
        time += f" (with {terms.extra})"
    told = [f"{plural(len(plan.form.places), 'question')}, {time}."]
    if unscored := sum(not place.scored for place in plan.form.places):
        told.append(
            f"{unscored} of them do not count, as in the real exam; which ones is not shown."
        )
    if terms.breaks:
        told.append("You may stop the clock for breaks.")
    return told


def _keeps(asked: Asked, offer: Offer) -> bool:
    """Whether any question is kept for the last mocks of this exam."""
    bank, kinds = asked.study.bank, offer.exam.formats[0].kinds.used
    return bool(sealed(offer.exam, bank.pool(offer.exam.code, kinds), bank.labs.values()))


def button(plan: Plan | None) -> str:
    """What the button says: with a clock, that it runs."""
    timed = plan is not None and plan.terms.minutes is not None
    return "Start: the clock runs from here" if timed else "Start"


def _plan(asked: Asked, offer: Offer, said: Sent) -> Plan:
    """The plan of what the form says. Raises BadRequest, TooFewQuestions."""
    length = said.get("length") or next(iter(lengths(offer)))
    found = re.fullmatch(r"([0-9]{1,4})-(questions|minutes)", length)
    if found is None and length != "full":
        raise BadRequest(f"There is no length {length[:40]!r}.", "Choose one from the list.")
    wanted: dict[str, Any] = {found[2]: int(found[1])} if found else {}
    extra = said.get("extra", "none")
    if extra not in EXTRA_TIME:
        raise BadRequest(f"There is no extra time {extra[:40]!r}.", "Choose one from the list.")
    return asked.study.plan(
        offer.exam.code,
        format=said.get("format") or None,
        extra=extra,
        breaks="breaks" in said,
        from_sealed="sealed" in said,
        computed="computed" in said,
        **wanted,
    )
