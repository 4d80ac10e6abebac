"""One sitting, folded from its events, and what may happen in it now.

Nothing here reads a clock: every moment is UTC milliseconds handed in by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, NewType, TypeAlias, assert_never

from pydantic import Field

from quizengine.content import Model, QuestionId, frozen
from quizengine.errors import AlreadySubmitted, NotFound, OnBreak, TimeIsUp
from quizengine.form import Form, Place
from quizengine.question import BLANK, Answer
from quizengine.terms import MINUTE, Terms

AttemptId = NewType("AttemptId", str)
ClientId = NewType("ClientId", str)  # one window on an attempt

EventKind: TypeAlias = Literal[
    "started",
    "shown",
    "moved",
    "answered",
    "struck",
    "flagged",
    "noted",
    "revealed",
    "paused",
    "resumed",
    "submitted",
    "outcome",
    "graded",
    "told",
    "lab",
    "planned",
]


class Event(Model):
    """One act of a learner. `at` is UTC milliseconds; `revision` counts up within a client."""

    id: str
    learner: str
    attempt: AttemptId
    client: ClientId
    revision: Annotated[int, Field(ge=0)]
    kind: EventKind
    question: QuestionId | None = None
    payload: dict[str, Any] = Field(default_factory=dict)
    at: Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Response:
    """What the learner did with one question. `spent` is milliseconds in front of it."""

    answer: Answer = BLANK
    complete: bool = False  # as many choices as the question takes
    sure: bool | None = None
    struck: frozenset[str] = frozenset()
    flagged: bool = False
    note: str = ""
    seen: bool = False
    revealed_at: int | None = None  # practice: when the key was shown; the answer is final since
    spent: int = 0
    answers: tuple[Answer, ...] = ()  # every answer given, in time order

    @property
    def given(self) -> int:
        """How many choices the answer has so far."""
        return sum(bool(choice) for choice in self.answer)


@dataclass(frozen=True)
class Attempt:
    """One sitting as its events tell it."""

    id: AttemptId
    learner: str
    form: Form
    terms: Terms
    started_at: int
    last_at: int  # of the last event
    position: int = 0  # index of the place in front of the learner
    responses: Mapping[QuestionId, Response] = field(default_factory=dict)
    on_break_since: int | None = None
    break_ms: int = 0
    submitted_at: int | None = None
    submitted_by: Literal["learner", "time"] | None = None
    since: int = 0  # when the question in front came up, for time spent
    client: ClientId = ClientId("")  # the window of the last event

    @property
    def place(self) -> Place:
        """The place in front of the learner."""
        return self.form.places[self.position]

    def response(self, question: QuestionId) -> Response:
        return self.responses.get(question, Response())

    @property
    def is_open(self) -> bool:
        return self.submitted_at is None

    @property
    def deadline(self) -> int | None:
        """When time runs out, UTC milliseconds; None if untimed. Breaks push it back."""
        if self.terms.minutes is None:
            return None
        return self.started_at + round(self.terms.minutes * MINUTE) + self.break_ms

    def left(self, now: int) -> int | None:
        """Milliseconds left, at least 0; None if untimed. The clock stands during a break."""
        if self.deadline is None:
            return None
        if self.on_break_since is not None:
            now = self.on_break_since
        return max(0, self.deadline - now)

    def is_over(self, now: int) -> bool:
        return self.left(now) == 0

    def places_where(self, claim: Callable[[Response], bool]) -> list[int]:
        """Indexes of the places whose response meets the claim."""
        return [
            n for n, place in enumerate(self.form.places) if claim(self.response(place.question))
        ]

    @property
    def unanswered(self) -> list[int]:
        """Places without a complete answer."""
        return self.places_where(lambda response: not response.complete)

    @property
    def flagged(self) -> list[int]:
        return self.places_where(lambda response: response.flagged)

    @property
    def next_unanswered(self) -> int | None:
        """The next place without a complete answer, beginning anew after the last; None if
        every question is answered."""
        places = self.unanswered
        return next((n for n in places if n > self.position), places[0] if places else None)

    def number_of(self, question: str) -> int:
        """The index of a question's place. Raises NotFound."""
        for n, place in enumerate(self.form.places):
            if place.question == question:
                return n
        raise NotFound("question in this form", question, [p.question for p in self.form.places])

    @property
    def is_practice(self) -> bool:
        return self.terms.feedback

    @property
    def is_mock(self) -> bool:
        """An exam, whose result is an estimate: no practice, and none of a lab's questions."""
        return not self.is_practice and self.form.lab is None

    @property
    def comes_again(self) -> bool:
        """Asked before a lab: its questions come again after it, and no key is told until then."""
        return self.form.lab is not None and not self.is_practice

    def check_change(self, now: int) -> None:
        """Raise unless the learner may change something at `now`."""
        if not self.is_open:
            raise AlreadySubmitted
        if self.on_break_since is not None:
            raise OnBreak
        if self.is_over(now):
            raise TimeIsUp


def in_order(event: Event) -> tuple[int, int, str]:
    """Sorts events as they happened, alike on every machine."""
    return event.at, event.revision, event.client


def fold(events: Iterable[Event]) -> Attempt:
    """The attempt its events tell of. Raises ValueError if they do not begin with `started`."""
    attempt: Attempt | None = None
    for event in events:
        attempt = begin(event) if attempt is None else apply(attempt, event)
    if attempt is None:
        raise ValueError("an attempt without events")
    return attempt


def begin(event: Event) -> Attempt:
    if event.kind != "started":
        raise ValueError(f"attempt {event.attempt} begins with {event.kind!r}, not 'started'")
    form = Form.model_validate(frozen(event.payload["form"]))
    return Attempt(
        id=event.attempt,
        learner=event.learner,
        form=form,
        terms=Terms.model_validate(event.payload["terms"]),
        started_at=event.at,
        last_at=event.at,
        since=event.at,
        client=event.client,
    )


def apply(attempt: Attempt, event: Event) -> Attempt:
    """The attempt after one more event. What comes after the end changes nothing."""
    if not attempt.is_open:
        return attempt
    if event.client != attempt.client:  # between two windows nobody sat in front of a question
        attempt = replace(attempt, client=event.client, since=event.at)
    attempt = replace(attempt, last_at=max(attempt.last_at, event.at))
    match event.kind:
        case "started" | "outcome" | "graded" | "told" | "lab" | "planned":
            return attempt
        case "moved":
            return replace(_spend(attempt, event.at), position=attempt.number_of(_of(event)))
        case "shown":
            return _change(attempt, event, seen=True)
        case "answered":
            picked = tuple(event.payload["picked"])
            before = attempt.response(_of(event))
            return _change(
                attempt,
                event,
                answer=picked,
                complete=event.payload["complete"],
                sure=event.payload.get("sure"),
                answers=before.answers if picked == before.answer else (*before.answers, picked),
            )
        case "struck":
            return _change(attempt, event, struck=frozenset(event.payload["options"]))
        case "flagged":
            return _change(attempt, event, flagged=event.payload["on"])
        case "noted":
            return _change(attempt, event, note=event.payload["text"])
        case "revealed":
            return _change(_spend(attempt, event.at), event, revealed_at=event.at)
        case "paused":
            if attempt.on_break_since is not None:
                return attempt
            return replace(_spend(attempt, event.at), on_break_since=event.at)
        case "resumed":
            if attempt.on_break_since is None:
                return attempt
            return replace(
                attempt,
                break_ms=attempt.break_ms + max(0, event.at - attempt.on_break_since),
                on_break_since=None,
                since=event.at,
            )
        case "submitted":
            return replace(
                _spend(attempt, event.at), submitted_at=event.at, submitted_by=event.payload["by"]
            )
    assert_never(event.kind)


def _of(event: Event) -> QuestionId:
    if event.question is None:
        raise ValueError(f"a {event.kind!r} event names no question")
    return event.question


def _change(attempt: Attempt, event: Event, **changes: Any) -> Attempt:
    question = _of(event)
    changed = replace(attempt.response(question), **changes)
    return replace(attempt, responses={**attempt.responses, question: changed})


def _spend(attempt: Attempt, at: int) -> Attempt:
    """The time since the question in front came up, put to its account."""
    question = attempt.place.question
    before = attempt.response(question)
    if attempt.on_break_since is not None or before.revealed_at is not None:
        return replace(attempt, since=at)  # reading the reasons is not answering
    spent = replace(before, spent=before.spent + max(0, at - attempt.since))
    return replace(attempt, since=at, responses={**attempt.responses, question: spent})
