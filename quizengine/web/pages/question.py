"""One question of an attempt: shown, answered, left for the next. All of it works by forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from starlette.responses import Response

from quizengine.attempt import Response as Given
from quizengine.errors import BadRequest, QuizengineError
from quizengine.question import Question
from quizengine.study import Seat
from quizengine.web import marking, reply, saving
from quizengine.web import sheet as sheets
from quizengine.web.asked import Asked, Sent
from quizengine.web.pages.attempt import turned_away
from quizengine.web.sheet import Numbers, Sheet, State
from quizengine.web.windows import Window

Fate: TypeAlias = Literal["right", "wrong", "blank"]
SURE = {"sure": True, "unsure": False}


@dataclass(frozen=True)
class Stop:
    """One question in the row of all."""

    number: int
    state: State
    fate: Fate | None  # of one whose key was shown, in practice
    flagged: bool
    sure: bool | None
    note: str
    here: bool

    @property
    def shown(self) -> State | Fate:
        """What there is to say of it."""
        return self.fate or self.state


def stops(seat: Seat) -> Iterator[Stop]:
    """Every question with its state, in order."""
    attempt = seat.attempt
    for n, place in enumerate(attempt.form.places):
        response = attempt.response(place.question)
        yield Stop(
            n + 1,
            sheets.state(response),
            _fate(seat.questions[place.question], response),
            response.flagged,
            response.sure,
            response.note,
            n == attempt.position,
        )


def _fate(question: Question, response: Given) -> Fate | None:
    if response.revealed_at is None:
        return None
    if not response.answer:
        return "blank"
    return "right" if question.is_right(response.answer) else "wrong"


def show(asked: Asked) -> Response:
    window = asked.window
    away = turned_away(asked, window)
    if away is not None:
        return away
    window.seat = asked.study.go_to(window.seat, int(asked.path["number"]) - 1)
    return _page(asked, window)


def act(asked: Asked) -> Response:
    """Save what the form holds, then do what its button says."""
    window, number = asked.window, int(asked.path["number"])
    does, _, which = asked.form.get("do", "stay").partition("-")
    away = turned_away(asked, window, saves=True)
    if away is not None:
        return away
    try:
        _save(asked, window, number)
        focus = _marks(asked, window, number, does, which)
    except BadRequest as error:
        return _page(asked, window, error, _numbers(asked.form), asks_first=does == "check")
    return _onward(window, number, does, which, focus)


def _save(asked: Asked, window: Window, number: int) -> None:
    """The answer, the flag and the note, as far as they are others than before."""
    form, study = asked.form, asked.study
    changes: list[saving.Change] = []
    if "answerable" in form:
        sure = SURE.get(form.get("sure", ""))
        changes.append(saving.Answered(picked=_numbers(form), sure=sure))
    if "markable" in form:
        changes.append(saving.Flagged(on="flag" in form))
        note = form.get("note", "").replace("\r\n", "\n")
        if len(note) > saving.LONGEST_NOTE:
            raise BadRequest(
                f"The note has {len(note):,} characters.",
                f"A note has at most {saving.LONGEST_NOTE:,}.",
            )
        changes.append(saving.Noted(text=note))
    for change in changes:
        window.seat = saving.change(study, window.seat, number, change)


def _marks(asked: Asked, window: Window, number: int, does: str, which: str) -> str:
    """What a button beside a choice does, and where the focus belongs then."""
    seat, study = window.seat, asked.study
    if not 1 <= number <= len(seat.attempt.form.places):
        raise BadRequest(f"There is no question {number}.", "Go on to another.")
    place = seat.attempt.form.places[number - 1]
    response = seat.attempt.response(place.question)
    known = re.fullmatch(r"[1-9]", which) is not None and int(which) <= len(place.order)
    match does:
        case "strike" if known:
            options = response.struck ^ {place.order[int(which) - 1]}
            window.seat = study.strike(seat, place.question, options)
            return f"strike-{which}"
        case "up" | "down" if known:
            steps = list(response.answer or place.order)
            here = steps.index(place.order[int(which) - 1])
            there = min(max(here + (1 if does == "down" else -1), 0), len(steps) - 1)
            steps.insert(there, steps.pop(here))
            window.seat = study.answer(seat, place.question, tuple(steps), sure=response.sure)
            return f"{does}-{which}"
        case "take":
            steps = list(response.answer or place.order)
            window.seat = study.answer(seat, place.question, tuple(steps), sure=response.sure)
        case "clear":
            window.seat = study.answer(seat, place.question, (), sure=None)
        case "break":
            window.seat = study.pause(seat)
        case "check" if not response.complete and response.revealed_at is None:
            shown = sheets.sheet(seat.questions[place.question], place.order, response)
            raise BadRequest(
                shown.first, "Show the answer tells the key all the same; it counts as not right."
            )
        case "check" | "show":
            window.seat = study.reveal(seat, place.question)
            return "verdict"
    return ""


def _onward(window: Window, number: int, does: str, which: str, focus: str) -> Response:
    """The page that the button leads to."""
    last = len(window.seat.attempt.form.places)
    match does:
        case "next":
            to = f"/{number + 1}" if number < last else "/review"
        case "previous":
            to = f"/{max(1, number - 1)}"
        case "go" if re.fullmatch(r"[0-9]{1,4}", which):
            to = f"/{int(which)}"
        case "review" | "end":
            to = f"/{does}"
        case "leave":
            return reply.to("/")
        case _:
            to = f"/{number}?focus={focus}" if focus else f"/{number}"
    return reply.to(window.path + to)


def _numbers(form: Sent) -> Numbers:
    """The choices that a form holds, by their numbers. Raises BadRequest."""
    found = form.getlist("pick")
    if len(found) > saving.MOST_CHOICES or not all(re.fullmatch(r"[0-9]", n) for n in found):
        raise BadRequest("Such an answer cannot be meant.", "Choose from what is there.")
    return tuple(int(n) for n in found)


def _page(
    asked: Asked,
    window: Window,
    error: QuizengineError | None = None,
    picked: Numbers | None = None,
    *,
    asks_first: bool = False,
) -> Response:
    """The question that the address names. `asks_first`: it could not be checked without an
    answer, so there is a button that shows the key all the same."""
    seat, number = window.seat, int(asked.path["number"])
    places = seat.attempt.form.places
    place = places[min(max(number, 1), len(places)) - 1]
    question, response = seat.questions[place.question], seat.attempt.response(place.question)
    shown: dict[str, Any] = {"sheet": None, "marked": None}
    if response.revealed_at is not None:
        shown["marked"] = marking.marked(question, place.order, response, asked.study.bank)
    else:
        shown["sheet"] = sheets.sheet(question, place.order, response, picked)
    return reply.page(
        asked.look,
        "question.html",
        status=200 if error is None else 422,
        here=asked.address,
        window=window,
        attempt=seat.attempt,
        number=number,
        count=len(places),
        response=response,
        stops=list(stops(seat)),
        left=asked.study.left(seat),
        error=error,
        asks_first=asks_first,
        focus=asked.query.get("focus", ""),
        **shown,
    )


__all__ = ["Sheet", "Stop", "act", "show", "stops"]
