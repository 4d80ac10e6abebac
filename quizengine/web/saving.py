"""Saves: one change each, as a browser's outbox sends them, one after the other until each is
acknowledged.

Saying a change twice changes nothing. A revision that is not above the last one of its window was
stored before; where the server was started anew since, the change finds that it is so already.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, assert_never

from pydantic import Field

from quizengine.content import Model
from quizengine.errors import BadRequest
from quizengine.study import Seat, Study
from quizengine.web import sheet as sheets
from quizengine.web.windows import Window

MOST_CHOICES = 9
LONGEST_NOTE = 2_000

Number: TypeAlias = Annotated[int, Field(ge=0, le=MOST_CHOICES)]
Numbers: TypeAlias = Annotated[tuple[Number, ...], Field(max_length=MOST_CHOICES)]


class Answered(Model):
    kind: Literal["answer"] = "answer"
    picked: Numbers
    sure: bool | None


class Struck(Model):
    kind: Literal["strike"] = "strike"
    options: Numbers


class Flagged(Model):
    kind: Literal["flag"] = "flag"
    on: bool


class Noted(Model):
    kind: Literal["note"] = "note"
    text: Annotated[str, Field(max_length=LONGEST_NOTE)]


Change: TypeAlias = Answered | Struck | Flagged | Noted


class Save(Model):
    """`number` is the question's, from 1; choices are told by their numbers as shown."""

    revision: Annotated[int, Field(ge=1, le=2**53)]
    number: Annotated[int, Field(ge=1, le=1_000)]
    change: Annotated[Change, Field(discriminator="kind")]


def save(study: Study, window: Window, save: Save) -> bool:
    """Store it; False if it was stored before. Raises what Study raises."""
    if save.revision <= window.revision:
        return False
    changed = change(study, window.seat, save.number, save.change)
    is_new = changed is not window.seat
    window.seat, window.revision = changed, save.revision
    return is_new


def change(study: Study, seat: Seat, number: int, change: Change) -> Seat:
    """The seat after the change: the same one, if all is so already."""
    places = seat.attempt.form.places
    if not 1 <= number <= len(places):
        raise BadRequest(f"There is no question {number}.", f"The form has 1 to {len(places)}.")
    place = places[number - 1]
    question, response = seat.questions[place.question], seat.attempt.response(place.question)
    match change:
        case Answered():
            wanted = question.checked(sheets.answer(question, place.order, change.picked))
            if (wanted, change.sure) == (response.answer, response.sure):
                return seat
            return study.answer(seat, place.question, wanted, sure=change.sure)
        case Struck():
            struck = frozenset(sheets.answer(question, place.order, change.options)) - {""}
            same = struck == response.struck
            return seat if same else study.strike(seat, place.question, struck)
        case Flagged():
            same = change.on == response.flagged
            return seat if same else study.flag(seat, place.question, change.on)
        case Noted():
            same = change.text == response.note
            return seat if same else study.note(seat, place.question, change.text)
    assert_never(change)
