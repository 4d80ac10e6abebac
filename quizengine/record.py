"""The whole record as JSON Lines: to keep, to move, to read with other tools.

    {"quizengine_record": 1, "learner": "..."}     first line
    {"revision": "<canonical JSON of a question>"} every revision that was shown
    {"event": {...}}                               every event, as attempt.Event has it

Importing is a union by event id: twice changes nothing, and the order of files does not matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from quizengine.attempt import Event
from quizengine.content import Digest
from quizengine.errors import BadRequest
from quizengine.question import question_from_canonical

VERSION = 1
MAX_LINE = 1_000_000  # characters


@dataclass(frozen=True)
class Record:
    """What a file holds. `revisions` maps sha256 to canonical text."""

    events: tuple[Event, ...]
    revisions: dict[Digest, str]


def to_lines(learner: str, revisions: Iterable[str], events: Iterable[Event]) -> Iterator[str]:
    """The lines of a file, without line ends."""
    yield _line({"quizengine_record": VERSION, "learner": learner})
    for body in revisions:
        yield _line({"revision": body})
    for event in events:
        yield _line({"event": event.model_dump(mode="json")})


def from_lines(lines: Iterable[str], name: str) -> Record:
    """The record in the lines of a file called `name`.

    Raises BadRequest naming the line; nothing of a faulty file is taken.
    """
    events: list[Event] = []
    revisions: dict[Digest, str] = {}
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            if len(line) > MAX_LINE:
                raise ValueError(f"longer than {MAX_LINE:,} characters")
            found = json.loads(line)
            if not isinstance(found, dict):
                raise ValueError("not a JSON object")
            if number == 1:
                _check_version(found, name)
            elif "event" in found:
                events.append(Event.model_validate(found["event"]))
            elif "revision" in found:
                body = question_from_canonical(found["revision"]).canonical()
                revisions[Digest(hashlib.sha256(body.encode()).hexdigest())] = body
            else:
                raise ValueError("neither an event nor a revision")
        except (ValueError, TypeError, RecursionError) as error:
            raise BadRequest(
                f"{name}, line {number}: {_first(error)}. Nothing was imported.",
                "Export it again with: quizengine record export FILE",
            ) from None
    if number == 0:
        raise BadRequest(f"{name} is empty.", "quizengine record export FILE makes such a file.")
    return Record(tuple(events), revisions)


def _check_version(head: dict[str, object], name: str) -> None:
    version = head.get("quizengine_record")
    if not isinstance(version, int):
        raise ValueError("not a record of quizengine")
    if version > VERSION:
        raise BadRequest(
            f"{name} was written by a newer quizengine (record version {version}, this one "
            f"reads {VERSION}). Nothing was imported.",
            "Update quizengine.",
        )


def _line(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error) or type(error).__name__
