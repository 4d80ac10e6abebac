"""Saves: what the script of a page sends, and what becomes of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.attempt import Response
from quizengine.errors import StoreBusy, StoreError, StoreFull
from quizengine.question import Kind
from quizengine.storage.memory import MemoryStore
from quizengine.terms import MINUTE
from tests.builders import KINDS, Desk, a_bank, a_short_exam
from tests.shells.helpers import Unreliable
from tests.web.helpers import Page, Visitor, a_web_desk

JSON = {"content-type": "application/json"}


@dataclass
class Script:
    """The outbox of a page: it numbers its changes."""

    visitor: Visitor
    page: Page
    revision: int = 0

    def send(
        self, change: dict[str, Any], number: int = 1, revision: int | None = None
    ) -> tuple[int, dict[str, Any]]:
        """(status, what the server says) of one change."""
        if revision is None:
            self.revision += 1
            revision = self.revision
        body = {"revision": revision, "number": number, "change": change}
        return self.raw(json.dumps(body).encode())

    def raw(self, body: bytes) -> tuple[int, dict[str, Any]]:
        answer = self.visitor.ask("POST", f"{self.page.window}/save", headers=JSON, body=body)
        return answer.status, json.loads(answer.html)

    def answer(self, *picked: int, number: int = 1, **more: Any) -> str:
        told = self.send({"kind": "answer", "picked": picked, "sure": None}, number, **more)[1]
        return str(told["state"])

    def clock(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.visitor.get(f"{self.page.window}/clock").html)
        return found

    def response(self, number: int = 1) -> Response:
        """What the record has, read anew."""
        study = self.visitor.desk.study()
        (line,) = study.history()
        return line.attempt.response(line.attempt.form.places[number - 1].question)

    def events(self, kind: str = "answered") -> int:
        return sum(event.kind == kind for event in self.visitor.desk.store.every_event())


def script(visitor: Visitor, **said: str) -> Script:
    return Script(visitor, visitor.start(**said))


def test_a_save_is_in_the_record_when_it_is_acknowledged() -> None:
    with Visitor() as visitor:
        page = script(visitor)
        status, told = page.send({"kind": "answer", "picked": [2], "sure": True})
        assert (status, told) == (200, {"state": "saved", "left": 20 * MINUTE, "complete": True})
        response = page.response()
        assert (response.given, response.sure) == (1, True)


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"kind": "strike", "options": [1, 3]}, lambda r: len(r.struck) == 2),
        ({"kind": "flag", "on": True}, lambda r: r.flagged),
        ({"kind": "note", "text": "look again\nhere"}, lambda r: r.note == "look again\nhere"),
        ({"kind": "answer", "picked": [4], "sure": False}, lambda r: r.sure is False),
    ],
)
def test_every_mark_is_saved(change: dict[str, Any], claim: Any) -> None:
    with Visitor() as visitor:
        page = script(visitor)
        assert page.send(change)[1]["state"] == "saved"
        assert claim(page.response())


def test_a_save_that_is_sent_again_is_stored_once() -> None:
    with Visitor() as visitor:
        page = script(visitor)
        assert [page.answer(2, revision=5) for _ in range(3)] == ["saved", "stored", "stored"]
        assert page.events() == 1


def test_an_older_save_that_comes_late_changes_nothing() -> None:
    with Visitor() as visitor:
        page = script(visitor)
        assert page.answer(1, revision=1) == "saved"
        assert page.answer(2, revision=3) == "saved"
        assert page.answer(1, revision=2) == "stored"
        picked = page.response().answer
        assert page.answer(2, revision=4) == "stored"
        assert page.response().answer == picked


def test_after_a_new_start_of_the_server_the_page_goes_on_and_nothing_is_stored_twice() -> None:
    with Visitor() as visitor:
        page = script(visitor)
        assert page.answer(2) == "saved"
        visitor.close()
        visitor.study = visitor.desk.study()  # the program is run anew; the record stays
        visitor.open_server()
        assert page.answer(2, revision=1) == "stored"  # its acknowledgement was lost
        assert page.events() == 1
        assert page.answer(3) == "saved"
        assert page.answer(1, number=2) == "saved"
        assert visitor.get(page.page.path).status == 200
        assert page.clock()["state"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 10_000,
        b'{"revision":1,"number":1,"change":{"kind":"answer","picked":[1]}}',
        b'{"revision":1,"number":1,"change":{"kind":"answer","picked":[-1],"sure":null}}',
        b'{"revision":1,"number":1,"change":{"kind":"answer","picked":["1"],"sure":null}}',
        b'{"revision":1,"number":1,"change":{"kind":"answer","picked":[1.5],"sure":null}}',
        b'{"revision":1,"number":1,"change":{"kind":"answer","picked":[9],"sure":null}}',
        b'{"revision":1,"number":11,"change":{"kind":"flag","on":true}}',
        b'{"revision":1,"number":0,"change":{"kind":"flag","on":true}}',
        b'{"revision":0,"number":1,"change":{"kind":"flag","on":true}}',
        b'{"revision":1e400,"number":1,"change":{"kind":"flag","on":true}}',
        b'{"revision":1,"number":1,"change":{"kind":"flag","on":1}}',
        b'{"revision":1,"number":1,"change":{"kind":"submitted"}}',
        b'{"revision":1,"number":1,"change":{"kind":"note","text":"\\ud800"}}',
        b'{"revision":1,"number":1,"extra":1,"change":{"kind":"flag","on":true}}',
        b'{"revision":1,"number":1,"change":{"kind":"note","text":"%s"}}' % (b"x" * 2_001),
        b'{"revision":1,"number":1,"change":{"kind":"answer","picked":%s,"sure":null}}'
        % json.dumps([1] * 10).encode(),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words_and_changes_nothing(body: bytes) -> None:
    with Visitor() as visitor:
        page = script(visitor)
        before = len(visitor.desk.store.every_event())
        status, told = page.raw(body)
        assert (status, told["state"]) == (422, "refused")
        assert told["message"]
        assert len(visitor.desk.store.every_event()) == before
        assert page.answer(1) == "saved"


def test_a_third_option_is_refused() -> None:
    with Visitor(a_web_desk("multiple")) as visitor:
        page = script(visitor)
        status, told = page.send({"kind": "answer", "picked": [1, 2, 3], "sure": None})
        assert (status, told["state"]) == (422, "refused")
        assert "takes 2 and 3 were picked" in told["message"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picked", [[1, 1, 1, 1], [0, 1], [9], [4, 3, 2, 1, 1], [1, 2, 3, 4, 4]])
def test_no_refusal_tells_an_id(kind: Kind, picked: list[int]) -> None:
    with Visitor(a_web_desk(kind)) as visitor:
        page = script(visitor)
        told = page.send({"kind": "answer", "picked": picked, "sure": None})[1]
        form = visitor.press(page.page, "stay", picks=picked).text
        for each in visitor.desk.bank.questions.values():
            for id in (each.id, *each.shuffled):
                assert not re.search(rf"\b{id}\b", told.get("message", ""))
        if told["state"] == "refused":
            assert told["message"] in form


@pytest.mark.parametrize("error", [StoreFull, StoreBusy, StoreError])
def test_what_the_disk_does_not_take_is_not_acknowledged_and_is_taken_later(
    error: type[StoreError],
) -> None:
    store = Unreliable()
    with Visitor(Desk(a_bank(exam=a_short_exam()), store)) as visitor:
        page = script(visitor)
        store.refusal = error("NOT saved: no room.", "Free some.")
        status, told = page.send({"kind": "flag", "on": True}, revision=1)
        assert (status, told["state"]) == (503, "unsaved")
        assert "NOT saved" in told["message"]
        store.refusal = None
        assert page.send({"kind": "flag", "on": True}, revision=1)[1]["state"] == "saved"


def test_an_attempt_that_is_not_there_is_refused_in_words() -> None:
    with Visitor() as visitor:
        page = script(visitor)
        page.page = Page(200, "/attempt/ffffffff/1/1", "", {})
        assert page.send({"kind": "flag", "on": True})[1]["state"] == "refused"


# A law: whatever is sent, whenever it is sent again, whenever the server is started anew, the
# record ends up as if every change had been made once.

CHANGES = st.one_of(
    st.builds(
        lambda n, picked, sure: (n, {"kind": "answer", "picked": [picked], "sure": sure}),
        st.integers(1, 3),
        st.integers(1, 4),
        st.sampled_from([None, True, False]),
    ),
    st.builds(lambda n, on: (n, {"kind": "flag", "on": on}), st.integers(1, 3), st.booleans()),
    st.builds(
        lambda n, text: (n, {"kind": "note", "text": text}),
        st.integers(1, 3),
        st.sampled_from(["", "a", "b"]),
    ),
)
STEPS = st.lists(st.tuples(CHANGES, st.integers(1, 3), st.booleans()), max_size=12)


@given(STEPS)
def test_repeats_and_new_starts_change_nothing(
    steps: list[tuple[tuple[int, dict[str, Any]], int, bool]],
) -> None:
    with Visitor() as visitor:
        page = script(visitor)
        for (number, change), times, anew in steps:
            page.revision += 1
            for _ in range(times):
                status, told = page.send(change, number, page.revision)
                assert (status, told["state"]) in ((200, "saved"), (200, "stored"))
            if anew:
                visitor.close()
                visitor.study = visitor.desk.study()
                visitor.open_server()
        with Visitor(Desk(visitor.desk.bank, MemoryStore())) as plain:
            once = script(plain)
            for (number, change), _, _ in steps:
                once.send(change, number)
            for number in (1, 2, 3):
                mine, theirs = page.response(number), once.response(number)
                assert mine.answers == theirs.answers
                assert (mine.sure, mine.flagged, mine.note) == (
                    theirs.sure,
                    theirs.flagged,
                    theirs.note,
                )


# Time


def test_the_clock_is_told_with_every_save_and_when_asked() -> None:
    with Visitor() as visitor:
        page = script(visitor)
        visitor.desk.clock.advance(minutes=3)
        assert page.send({"kind": "flag", "on": True})[1]["left"] == 17 * MINUTE
        assert page.clock() == {"state": "open", "left": 17 * MINUTE}


def test_without_a_limit_there_is_no_clock() -> None:
    with Visitor() as visitor:
        page = script(visitor, extra="untimed")
        assert page.clock() == {"state": "open", "left": None}
        assert "no time limit" in page.page.text


@pytest.mark.parametrize(("late", "state"), [(-1, "saved"), (0, "saved"), (4_999, "saved")])
def test_a_last_save_may_take_five_seconds_longer_on_its_way(late: int, state: str) -> None:
    with Visitor() as visitor:
        page = script(visitor)
        visitor.desk.clock.advance(minutes=20, ms=late)
        assert page.answer(2) == state
        answered = visitor.desk.store.of_kind("answered")[-1]
        started = visitor.desk.store.of_kind("started")[-1]
        assert answered.at < started.at + 20 * MINUTE  # it was made before the end


@pytest.mark.parametrize("late", [5_000, 60_000])
def test_a_save_that_comes_later_is_not_taken(late: int) -> None:
    with Visitor() as visitor:
        page = script(visitor)
        visitor.desk.clock.advance(minutes=20, ms=late)
        assert page.answer(2) == "late"
        assert not page.response().answer


def test_what_was_stored_in_time_is_still_called_stored_after_the_end() -> None:
    with Visitor() as visitor:
        page = script(visitor)
        page.answer(2)
        visitor.desk.clock.advance(minutes=21)
        assert page.answer(2, revision=1) == "stored"
        visitor.post(f"{page.page.window}/end")
        assert page.answer(2, revision=1) == "stored"
        assert page.answer(3) == "ended"


def test_in_a_break_nothing_is_taken() -> None:
    with Visitor() as visitor:
        page = script(visitor, breaks="on")
        visitor.post(f"{page.page.window}/break")
        assert page.answer(2) == "break"
        assert page.clock()["state"] == "break"


@pytest.mark.parametrize("kind", ["single", "multiple", "ordering", "matching"])
def test_a_save_says_whether_the_question_is_answered_now(kind: Kind) -> None:
    parts = {"single": [1], "multiple": [1, 2], "ordering": [4, 3, 2, 1], "matching": [1, 1, 2]}
    with Visitor(a_web_desk(kind)) as visitor:
        page = script(visitor)
        for picked in (parts[kind], parts[kind][:-1] if kind != "ordering" else []):
            told = page.send({"kind": "answer", "picked": picked, "sure": None})[1]
            assert told["complete"] is (picked == parts[kind])
