"""The whole record as JSON Lines: to keep, to move, to read with other tools.

    {"quizengine_record": 2, "learner": "...", "revisions": 2, "events": 9}     first line
    {"revision": "<canonical JSON of a question>"} every revision that was shown or told of
    {"event": {...}}                               every event, as attempt.Event has it

The first line counts the others, so that a file cut short is noticed. Importing is a union by event
id: twice changes nothing, and the order of files does not matter.

A file is foreign: every attempt in it must be told from its start, in terms of the revisions beside
it, as this program would have written it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, InstanceOf

from quizengine import agenda
from quizengine import outcome as outcomes
from quizengine.attempt import AttemptId, Event, EventKind, fold, in_order
from quizengine.content import SLUG, Digest, Model, frozen, said
from quizengine.errors import BadRequest, QuizengineError, shown
from quizengine.form import Form
from quizengine.labwork import Did
from quizengine.question import Answer, Question, question_from_canonical
from quizengine.schedule import Graded
from quizengine.terms import Terms

VERSION = 2  # of what is written; every version from 1 on is read
MAX_LINE = 1_000_000  # characters
ALONE = ("outcome", "graded", "told", "lab", "planned")  # belong to no attempt
BEGINNINGS = ("started", *ALONE)
LATEST = 10**14  # UTC milliseconds, in the year 5138: what dates and SQLite's integers can hold
LONGEST = 10_000  # minutes of an attempt: more than any accommodation gives

AGAIN = "Export it again with: quizengine record export FILE"


@dataclass(frozen=True)
class Record:
    """What a file holds. `revisions` maps sha256 to canonical text."""

    events: tuple[Event, ...]
    revisions: dict[Digest, str]


def to_lines(learner: str, revisions: Sequence[str], events: Sequence[Event]) -> Iterator[str]:
    """The lines of a file, without line ends."""
    counts = {"revisions": len(revisions), "events": len(events)}
    yield _line({"quizengine_record": VERSION, "learner": learner, **counts})
    for body in revisions:
        yield _line({"revision": body})
    for event in events:
        yield _line({"event": event.model_dump(mode="json")})


def from_lines(lines: Iterable[str], name: str) -> Record:
    """The record in the lines of a file called `name`.

    Raises BadRequest naming the line or the attempt; nothing of a faulty file is taken.
    """
    head: _Head | None = None
    events: dict[str, Event] = {}
    revisions: dict[Digest, str] = {}
    questions: dict[Digest, Question] = {}
    for number, line in enumerate(lines, start=1):
        try:
            found = _decoded(line)
            if head is None:
                head = _head(found, name)
                continue
            match found:
                case {"event": dict(body)} if len(found) == 1:
                    event = _event(body)
                    if events.setdefault(event.id, event) != event:
                        raise ValueError(f"id {event.id} is used twice")
                case {"revision": str(body)} if len(found) == 1:
                    digest = Digest(hashlib.sha256(body.encode()).hexdigest())
                    questions[digest] = _question(body)
                    revisions[digest] = body  # what was shown is kept as it was
                case _:
                    raise ValueError("neither an event nor a revision")
        except (ValueError, TypeError, RecursionError) as error:
            raise BadRequest(
                f"{name}, line {number}: {said(error)}. Nothing was imported.", AGAIN
            ) from None
    if head is None:
        raise BadRequest(f"{name} is empty.", "quizengine record export FILE makes such a file.")
    if (len(revisions), len(events)) != (head.revisions, head.events):
        raise BadRequest(
            f"{name} is not whole: it has {len(revisions)} of {head.revisions} revisions and "
            f"{len(events)} of {head.events} events. Nothing was imported.",
            AGAIN,
        )
    _check_attempts(events.values(), questions, name)
    return Record(tuple(events.values()), revisions)


def unknown(here: Iterable[Event], found: Iterable[Event], name: str) -> list[Event]:
    """Those of the events found that are not here yet.

    Raises BadRequest where an event, or the beginning of an attempt, is told otherwise here.
    """
    known = {event.id: event for event in here}
    begun = {event.attempt: event.id for event in known.values() if event.kind in BEGINNINGS}
    new = []
    for event in found:
        begins = event.kind in BEGINNINGS and begun.get(event.attempt, event.id) != event.id
        if begins or known.get(event.id, event) != event:
            raise BadRequest(
                f"{name}: attempt {shown(event.attempt)} is told otherwise in the record here. "
                "Nothing was imported.",
                AGAIN,
            )
        if event.id not in known:
            new.append(event)
    return new


# One line


class _Head(Model):
    quizengine_record: int
    learner: str
    revisions: int
    events: int


class _Started(Model):
    form: Form
    terms: Terms


class _Answered(Model):
    picked: Answer
    complete: bool
    sure: bool | None = None


class _Struck(Model):
    options: Answer


class _Flagged(Model):
    on: bool


class _Noted(Model):
    text: Annotated[InstanceOf[str], Field(max_length=2_000)]  # may hold half a surrogate pair


class _Submitted(Model):
    by: Literal["learner", "time"]


class _Told(Model):
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Nothing(Model):
    pass


PAYLOADS: Mapping[EventKind, type[Model]] = {
    "started": _Started,
    "shown": _Nothing,
    "moved": _Nothing,
    "answered": _Answered,
    "struck": _Struck,
    "flagged": _Flagged,
    "noted": _Noted,
    "revealed": _Nothing,
    "paused": _Nothing,
    "resumed": _Nothing,
    "submitted": _Submitted,
    "graded": Graded,
    "told": _Told,
    "lab": Did,
}


def _decoded(line: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE:,} characters")
    found = json.loads(line, parse_constant=_no_constant)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _head(found: dict[str, Any], name: str) -> _Head:
    version = found.get("quizengine_record")
    if type(version) is not int or version < 1:
        raise ValueError("not a record of quizengine")
    if version > VERSION:
        raise BadRequest(
            f"{name} was written by a newer quizengine (record version {shown(version)}, this one "
            f"reads {VERSION}). Nothing was imported.",
            "Update quizengine.",
        )
    return _Head.model_validate(found)


def _event(found: dict[str, Any]) -> Event:
    event = Event.model_validate(found)
    for id in (event.id, event.learner, event.attempt, event.client):
        _check_name(id)
    if max(event.at, event.revision) > LATEST:
        raise ValueError("a number beyond all times and counts")
    if event.kind == "outcome":
        outcomes.of(event)
    elif event.kind == "planned":
        agenda.of(event)
    else:
        PAYLOADS[event.kind].model_validate(frozen(event.payload))
    return event


def _question(body: str) -> Question:
    question = question_from_canonical(body)
    if not re.fullmatch(SLUG, question.id):
        raise ValueError(f"{shown(question.id)} is no id of a question")
    if question.lab is not None:
        _check_name(question.lab)
    return question


def _check_name(name: str) -> None:
    """An id is printed and typed: nothing in it may turn a terminal."""
    if not re.fullmatch(r"[ -~]{1,100}", name):
        raise ValueError(f"{shown(name)} is no id")


# One attempt


def _check_attempts(
    events: Iterable[Event], questions: Mapping[Digest, Question], name: str
) -> None:
    attempts: dict[AttemptId, list[Event]] = {}
    for event in events:
        attempts.setdefault(event.attempt, []).append(event)
    for id, mine in attempts.items():
        try:
            _check_attempt(sorted(mine, key=in_order), questions)
        except (ValueError, QuizengineError) as error:
            raise BadRequest(
                f"{name}: attempt {shown(id)} cannot be read: {said(error)}. Nothing was imported.",
                AGAIN,
            ) from None


def _check_attempt(events: Sequence[Event], revisions: Mapping[Digest, Question]) -> None:
    """Raise an error where this cannot have happened with the questions that were shown."""
    for event in events:
        if event.kind in ALONE:
            if len(events) > 1:
                raise ValueError(f"{event.kind!r} is no part of an attempt")
            _check_alone(event, revisions)
            return
    attempt = fold(events)
    if sum(event.kind == "started" for event in events) > 1:
        raise ValueError("it begins twice")
    form, minutes = attempt.form, attempt.terms.minutes
    if not re.fullmatch(SLUG, form.exam):
        raise ValueError(f"{shown(form.exam)} is no exam")
    if minutes is not None and not 0 < minutes <= LONGEST:
        raise ValueError(f"it lasts {minutes:g} minutes")
    asked: dict[str, Question] = {}
    for place in form.places:
        if place.digest not in revisions:
            raise ValueError(f"the file lacks a revision of {place.question}")
        question = asked[place.question] = revisions[place.digest]
        if (
            question.id != place.question
            or form.exam not in question.exams
            or sorted(place.order) != sorted(question.shuffled)
        ):
            raise ValueError(f"{place.question} cannot have been shown so")
    if len(asked) < len(form.places):
        raise ValueError("a question stands twice in its form")
    for id, response in attempt.responses.items():
        if id not in asked:
            raise ValueError(f"{shown(id)} is not in its form")
        for answer in (response.answer, *response.answers):
            if asked[id].checked(answer) != answer:
                raise ValueError(f"{id} cannot have been answered so")
        if not response.struck <= set(asked[id].shuffled):
            raise ValueError(f"{id} has no such choice to strike")


def _check_alone(event: Event, revisions: Mapping[Digest, Question]) -> None:
    match event.kind:
        case "outcome" | "planned":
            _check_name(event.payload["exam"])
        case "told":
            digest = event.payload["digest"]
            if digest not in revisions:
                raise ValueError(f"the file lacks a revision of {shown(event.question)}")
            if revisions[digest].id != event.question:
                raise ValueError(f"{shown(event.question)} cannot have been told of so")


def _line(value: dict[str, object]) -> str:
    # ASCII: a note may hold half a surrogate pair, which no encoding writes
    return json.dumps(value, separators=(",", ":"))
