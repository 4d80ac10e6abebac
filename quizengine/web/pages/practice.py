"""Practice: which questions to ask again, how many of them, and off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from quizengine import wiring
from quizengine.errors import BadRequest, NotFound
from quizengine.practice import ONLY, Only
from quizengine.study import PRACTICE, Offer, Plan
from quizengine.topic import area_of
from quizengine.web import reply
from quizengine.web.asked import Asked, Sent
from quizengine.words import duration, plural

COUNTS = (5, 10, 20, 40)  # questions
SPANS = (15, 30, 60)  # minutes
WEAK, COMPUTED = "weak", "computed"
ONLIES: dict[Only, str] = {
    "wrong": "not right the last time",
    "unseen": "never seen",
    "flagged": "flagged",
    "unsure": "unsure of",
}


@dataclass(frozen=True)
class Group:
    """Places to practise, by what `within` takes."""

    name: str
    places: Mapping[str, str]


def front(asked: Asked) -> Response:
    """Practice of the exam that is prepared for."""
    return reply.to(f"/practice/{preferred(asked)}")


def preferred(asked: Asked) -> str:
    """The exam of the goal, else of the latest attempt, else the usual one."""
    goal = asked.study.goal()
    known = asked.study.bank.exams
    latest = [line.attempt.form.exam for line in asked.study.history()]
    wanted = [*([goal.exam] if goal else []), *latest[::-1], *known]
    usual = wiring.DEFAULT_EXAM
    return next((code for code in wanted if code in known), usual)


def show(asked: Asked) -> Response:
    """The choices and how many questions fit: as a page, or in words for the script."""
    offer, said = asked.study.offer(asked.path["code"]), asked.query
    code = offer.exam.code
    status, refusal = 200, None
    told: list[str] = []
    try:
        fitting = None if COMPUTED in said else asked.study.practisable(code, **_which(said))
        told = summary(_plan(asked, said), None if fitting is None else len(fitting))
    except (BadRequest, NotFound) as error:
        status, refusal = 422, error
    if said.get("as") == "json":
        lines = told if refusal is None else [refusal.message]
        return reply.data(told=lines, possible=refusal is None)
    study = asked.study
    return reply.page(
        asked.look,
        "practice.html",
        status=status,
        here=asked.address,
        offer=offer,
        offers=[one for one in study.offers() if one.longest],
        only={
            kind: (words, len(study.practisable(code, only=[kind])))
            for kind, words in ONLIES.items()
        },
        groups=list(_groups(asked, offer)),
        weak=WEAK,
        computed=COMPUTED,
        lengths=_lengths(said),
        usual=f"{PRACTICE}-questions",
        said=said,
        chosen=said.getlist("only"),
        told=told,
        refusal=refusal,
    )


def begin(asked: Asked) -> Response:
    """The attempt, in which each question can be checked at once."""
    plan = _plan(asked, asked.form)
    return reply.to(asked.windows.start(asked.study, plan).page())


def summary(plan: Plan, fitting: int | None) -> list[str]:
    """What will be asked, in sentences; `fitting` is None where there is no end of them."""
    count = len(plan.form.places)
    if fitting is None:
        said = f"{plural(count, 'question')} with numbers that you never saw"
    elif count == fitting:
        said = f"{plural(count, 'question')}: all that fit"
    else:
        said = f"{plural(count, 'question')} of {fitting} that fit, the longest unseen first"
    minutes = plan.terms.minutes
    time = "without a clock" if minutes is None else f"in {duration(minutes)}"
    return [f"{said}, {time}.", "Each with its key and every reason as soon as you ask for it."]


def _plan(asked: Asked, said: Sent) -> Plan:
    """Raises BadRequest, NotFound."""
    length = said.get("length") or f"{PRACTICE}-questions"
    found = re.fullmatch(r"([0-9]{1,4})-(questions|minutes)", length)
    if found is None:
        raise BadRequest(f"There is no length {length[:40]!r}.", "Choose one from the list.")
    wanted: dict[str, Any] = {found[2]: int(found[1])}
    computed = COMPUTED in said
    return asked.study.plan_practice(
        asked.path["code"], **_which(said), computed=computed, **wanted
    )


def _which(said: Sent) -> dict[str, Any]:
    """Which questions the form says. Raises BadRequest."""
    only, within = said.getlist("only"), said.get("within") or None
    if unknown := [one for one in only if one not in ONLY]:
        raise BadRequest(f"There is no kind {unknown[0][:40]!r}.", "Choose from what is there.")
    if within == WEAK:
        return {"only": only, "weak": True}
    return {"only": only, "within": within}


def _lengths(said: Sent) -> dict[str, str]:
    """The lengths to choose from, and the one that a link asks for."""
    found = {f"{count}-questions": f"{count} questions" for count in COUNTS}
    found |= {f"{span}-minutes": f"As many as fit into {span} minutes" for span in SPANS}
    asked = re.fullmatch(r"([0-9]{1,4})-questions", said.get("length", ""))
    return found if asked is None else {asked[0]: plural(int(asked[1]), "question")} | found


def _groups(asked: Asked, offer: Offer) -> Iterator[Group]:
    """Domains with their tasks, then areas with their topics, as far as this exam asks them."""
    exam = offer.exam
    for domain in exam.domains:
        places = {domain.id: f"{domain.id} {domain.title}"}
        yield Group(
            f"Domain {domain.id}",
            places | {task.id: f"{task.id} {task.title}" for task in domain.tasks},
        )
    topics = [topic for topic in asked.study.bank.topics.values() if exam.code in topic.exams]
    for area in dict.fromkeys(area_of(topic.id) for topic in topics):
        mine = [topic for topic in topics if area_of(topic.id) == area]
        name = mine[0].area
        yield Group(
            f"Topics: {name}",
            {area: f"All of {name}"} | {str(topic.id): topic.title for topic in mine},
        )
