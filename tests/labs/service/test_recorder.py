"""Calls that changed something are recorded, and repeated they give the same."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labs.cloud.calls import Call, Log, Outcome
from labs.cloud.recorder import Recorder
from labs.cloud.wire import Request, Response


class Toy:
    """A moto of one list: POST adds a line to it, with the moment and the seed."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.lines: list[str] = []
        self._moment = "none"

    @contextmanager
    def repeatable(self, at: int, seed: int) -> Iterator[None]:
        self._moment = f"{at}/{seed}"
        yield
        self._moment = "none"

    def execute(self, request: Request) -> Response:
        if request.target == "/refused":
            return Response(400, (), b"no")
        if request.method == "POST":
            self.lines.append(f"{request.body.decode()} at {self._moment}")
        return Response(200, (), "; ".join(self.lines).encode())


class Jobs:
    def __init__(self, toy: Toy) -> None:
        self._toy = toy

    def restore(self, outcome: Mapping[str, Any]) -> None:
        self._toy.lines.append(f"restored {outcome['job']}")


class Desk:
    """A recorder over a toy; `again()` is the next start on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.toy = folder, Toy()
        self.log = Log(folder)
        clock, dice = itertools.count(100), itertools.count(7)
        self.recorder = Recorder(
            self.log,
            self.toy,
            Jobs(self.toy),
            now=lambda: next(clock),
            seed=lambda: next(dice),
        )

    def say(self, body: bytes, target: str = "/", method: str = "POST") -> Response:
        return self.recorder.call(Request(method, target, (), body))

    def again(self) -> Desk:
        self.log.close()
        return Desk(self.folder)


def test_the_next_start_repeats_what_was_done_at_its_time_with_its_dice(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.say(b"one")
    desk.say(b"two")
    later = desk.again()
    assert later.recorder.repeat() == []
    assert later.toy.lines == desk.toy.lines == ["one at 100/7", "two at 101/8"]
    later.log.close()


def test_only_what_changed_something_is_recorded(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.say(b"", method="GET")
    desk.say(b"x", target="/refused")
    assert desk.log.count == 0
    desk.say(b"one")
    (record,) = desk.log
    assert isinstance(record, Call)
    assert record.request.body == b"one"
    desk.log.close()


def test_outcomes_come_back_in_their_place(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.say(b"one")
    desk.recorder.keep({"job": "a", "artefact": b"\x00\x01"})
    desk.say(b"two")
    later = desk.again()
    later.recorder.repeat()
    assert later.toy.lines == ["one at 100/7", "restored a", "two at 102/8"]
    assert list(later.log)[1] == Outcome(101, {"job": "a", "artefact": b"\x00\x01"})
    later.log.close()


def test_a_call_that_cannot_be_repeated_is_noted_and_the_rest_goes_on(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(Call(1, 1, Request("POST", "/refused", (), b"gone")))
    log.append(Call(2, 2, Request("POST", "/", (), b"stays")))
    log.close()
    desk = Desk(tmp_path)
    (note,) = desk.recorder.repeat()
    assert "line 2" in note
    assert "/refused" in note
    assert desk.toy.lines == ["stays at 2/2"]
    desk.log.close()


def test_a_call_that_could_not_be_recorded_is_not_acknowledged(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "bodies").rmdir()  # where its large body should lie
    answer = desk.say(b"x" * 20_000)
    assert answer.status >= 400
    assert b"cannot be written" in answer.body
    desk.log.close()
