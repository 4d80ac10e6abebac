"""The record as a file: it comes back as it was, joins with others, is foreign until checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.attempt import Event
from quizengine.content import CardId, Digest, ExamCode
from quizengine.errors import AttemptError, BadRequest, NotFound
from quizengine.outcome import Outcome
from quizengine.record import MAX_LINE, VERSION, from_lines, to_lines
from quizengine.schedule import Day, Grade, fold
from quizengine.storage.memory import MemoryStore
from quizengine.study import Report, Seat
from tests.builders import START, Desk, FakeClock, Ids
from tests.unit.learner import BANK, MLS, Learner, a_placed_question, picked

NAME = "my-record.jsonl"
TODAY = date(2026, 11, 21)
DAY = Day(START, START + 86_400_000)


def empty(number: int = 1) -> Learner:
    """Another computer, with no record yet; its ids are its own."""
    ids = Ids()
    ids.count = number * 1_000_000
    return Learner(Desk(BANK, MemoryStore(f"learner-{number}"), FakeClock(), ids))


def exported(learner: Learner) -> list[str]:
    return list(learner.study.export())


def joined(*files: Iterable[str]) -> Learner:
    """A computer that took these files in."""
    learner = empty(9)
    for lines in files:
        learner.study.import_lines(lines, NAME, merge=True)
    return learner


def reports(learner: Learner) -> list[Report]:
    return [
        learner.study.report(line.attempt.id)
        for line in learner.study.history()
        if not line.attempt.is_open
    ]


def told(learner: Learner) -> tuple[object, ...]:
    """Everything the program tells from the record."""
    study, store = learner.study, learner.desk.store
    return (
        store.every_event(),
        store.every_revision(),
        store.last_shown(),
        study.history(),
        study.past(),
        study.progress(MLS),
        study.outcomes(),
        study.corrected(),
        fold(store.of_kind("graded")),
        reports(learner),
    )


@pytest.fixture(scope="module")
def full() -> Learner:
    """A record with something of everything in it."""
    learner = Learner()
    seat = learner.starts("a1", "a2", "b1", "c1", minutes=60)
    seat = learner.study.go_to(learner.answers(seat, "a1", "wrong-a", True), 1)
    seat = learner.answers(seat, "a1", "right", False)
    seat = learner.study.strike(seat, "a2", frozenset(BANK.question("a2").shuffled))
    seat = learner.study.note(learner.study.flag(seat, "a2", True), "a2", "Größe? 漢字 🦆\n\t2.")
    learner.submits(learner.answers(seat, "c1", "right-b right-a"))
    learner.practises({"a2": "right", "b2": "wrong-a"})
    learner.submits(learner.starts("b3", practice=True, minutes=0.25))
    learner.answers(learner.starts("a3", "a4"), "a3", "right")
    outcome = Outcome(
        exam=ExamCode(MLS), taken_on=TODAY, score=812, domains={"1": "meets competencies"}
    )
    learner.study.add_outcome(outcome, TODAY)
    deck = learner.study.deck(DAY)
    grades: list[Grade] = ["again", "hard"]
    for grade in grades:
        deck = learner.study.grade(deck, CardId("a-card"), grade)
    learner.study.tell_corrected([BANK.question("a1")])
    return learner


# There and back


def test_a_record_comes_back_as_it_was(full: Learner) -> None:
    again = joined(exported(full))
    assert told(again) == told(full)
    assert len(reports(again)) == 2


def test_an_exam_that_was_open_goes_on_elsewhere(full: Learner) -> None:
    again = joined(exported(full))
    seat = again.study.resume()
    there = full.study.history()[-1].attempt
    assert (seat.attempt.form, seat.attempt.responses) == (there.form, there.responses)
    again.desk.clock.at = full.desk.clock.at
    assert again.submits(seat).attempt.submitted_by == "learner"


def test_a_new_record_is_a_file_as_well() -> None:
    assert joined(exported(empty())).desk.store.every_event() == []


def test_to_import_twice_changes_nothing(full: Learner) -> None:
    lines = exported(full)
    events = len(full.desk.store.every_event())
    learner = empty()
    assert learner.study.import_lines(lines, NAME) == (events, 0)
    before = told(learner)
    assert learner.study.import_lines(lines, NAME) == (0, events)
    assert full.study.import_lines(lines, NAME) == (0, events)
    assert told(learner) == before


def test_what_is_already_here_stays_beside_what_comes(full: Learner) -> None:
    learner = empty()
    mine = learner.sits({"a1": "wrong-a"})
    learner.study.import_lines(exported(full), NAME, merge=True)
    assert mine.attempt.id in [line.attempt.id for line in learner.study.history()]
    assert len(learner.study.history()) == 1 + len(full.study.history())


def test_the_record_of_another_is_not_mixed_with_mine_unless_i_say_so(full: Learner) -> None:
    learner = empty()
    learner.sits({"a1": "wrong-a"})
    before = told(learner)
    with pytest.raises(BadRequest, match="written by another installation") as found:
        learner.study.import_lines(exported(full), NAME)
    assert found.value.hint == "If both are yours: quizengine record import --merge FILE"
    assert told(learner) == before
    learner.study.import_lines(exported(learner), NAME)
    assert told(learner) == before
    learner.study.import_lines(exported(full), NAME, merge=True)
    assert learner.study.import_lines(exported(full), NAME)[0] == 0  # both are here by now


def test_an_export_is_lines_of_ascii_whatever_a_note_holds() -> None:
    learner = Learner()
    text = "half a pair \ud800, \x1b[D, \u2028, \x85, \r\n, \x00, 🦆"
    learner.study.note(learner.starts("a1"), "a1", text)
    lines = exported(learner)
    assert all(line.isascii() and len(line.splitlines()) == 1 for line in lines)
    attempt = joined(lines).study.history()[0].attempt
    assert [response.note for response in attempt.responses.values()] == [text]


def test_a_revision_is_kept_as_it_was_shown_byte_for_byte() -> None:
    question = a_placed_question("a1", stem="Größe? \u2028 🦆 rises again")
    learner = Learner()
    bodies = [
        question.canonical(),
        json.dumps(json.loads(question.canonical()), indent=1) + "\n  ",  # an older program's
    ]
    learner.desk.store.keep(
        {Digest(hashlib.sha256(body.encode()).hexdigest()): body for body in bodies}
    )
    again = joined(exported(learner))
    assert sorted(again.desk.store.every_revision()) == sorted(bodies)
    for digest in (hashlib.sha256(body.encode()).hexdigest() for body in bodies):
        assert again.desk.store.revision(Digest(digest)) in bodies


def test_a_record_of_an_exam_that_is_unknown_here_is_taken_in(full: Learner) -> None:
    lines = [line.replace(MLS, "old-c01") for line in exported(full)]
    texts = [json.loads(line).get("revision") for line in exported(full)]
    for text in filter(None, texts):
        old = hashlib.sha256(text.encode()).hexdigest()
        new = hashlib.sha256(text.replace(MLS, "old-c01").encode()).hexdigest()
        lines = [line.replace(old, new) for line in lines]
    history = joined(lines).study.history()
    assert [(line.exam, line.attempt.form.exam) for line in history] == [(None, "old-c01")] * 4


# Two machines

ACTS = st.sampled_from(["exam", "practice", "answer", "answer", "flag", "submit", "take", "send"])
STEPS = st.lists(
    st.tuples(
        st.booleans(),
        ACTS,
        st.sampled_from(["a1", "b1", "c1"]),
        st.sampled_from(["right", "wrong-a", "right-a right-b", ""]),
        st.sampled_from([0, 0, 1, 60_000]),
    ),
    max_size=25,
)


@dataclass
class Machine:
    """One of a learner's computers, perhaps with a window open on an attempt."""

    learner: Learner
    seat: Seat | None = None

    def act(self, act: str, id: str, words: str, other: Machine) -> None:
        study = self.learner.study
        match act:
            case "exam" | "practice":
                self.seat = self.learner.starts("a1", "b1", "c1", practice=act == "practice")
            case "take":
                self.seat = study.resume()
            case "send":
                other.learner.study.import_lines(exported(self.learner), NAME, merge=True)
            case "answer" if self.seat is not None:
                self.seat = study.answer(self.seat, id, picked(words))
                if self.seat.attempt.is_practice:
                    self.seat = study.reveal(self.seat, id)
            case "flag" if self.seat is not None:
                self.seat = study.flag(self.seat, id, True)
            case "submit" if self.seat is not None:
                self.seat = study.submit(self.seat)


@given(STEPS)
def test_the_union_of_two_machines_is_the_same_in_either_order(
    steps: list[tuple[bool, str, str, str, int]],
) -> None:
    one, two = Machine(empty(1)), Machine(empty(2))
    for first, act, id, words, waited in steps:
        here, there = (one, two) if first else (two, one)
        here.learner.desk.clock.advance(ms=waited)
        try:
            here.act(act, id, words, there)
        except (AttemptError, BadRequest, NotFound):
            continue  # not possible now: not in this attempt, or no more
    files = exported(one.learner), exported(two.learner)
    union = told(joined(*files))
    assert told(joined(*files[::-1])) == union
    assert told(joined(files[0], files[1], files[0])) == union
    one.learner.study.import_lines(files[1], NAME, merge=True)
    two.learner.study.import_lines(files[0], NAME, merge=True)
    assert told(one.learner) == told(two.learner) == union
    assert {event.id for event in one.learner.desk.store.every_event()} == {
        event.id for lines in files for event in from_lines(lines, NAME).events
    }


# What is not taken

Lines = list[dict[str, Any]]
Spoil = Callable[[Lines], None]


@pytest.fixture(scope="module")
def short() -> list[str]:
    """The lines of a record that holds one exam over a1, answered and submitted."""
    learner = empty()
    seat = learner.study.strike(learner.starts("a1", minutes=2), "a1", frozenset({"wrong-b"}))
    seat = learner.study.note(learner.study.flag(seat, "a1", True), "a1", "Why?")
    learner.submits(learner.answers(seat, "a1", "right", True))
    return exported(learner)


KINDS = ["started", "shown", "struck", "flagged", "noted", "answered", "submitted"]


def spoilt(lines: list[str], spoil: Spoil) -> list[str]:
    found = [json.loads(line) for line in lines]
    spoil(found)
    return [json.dumps(line) for line in found]


def event(lines: Lines, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        line["event"] for line in lines if line.get("event", {}).get("kind") == kind
    )
    return found


def of_head(**changes: object) -> Spoil:
    return lambda lines: lines[0].update(changes)


def of(kind: str, /, **changes: object) -> Spoil:
    return lambda lines: event(lines, kind).update(changes)


def told_by(kind: str, /, **changes: object) -> Spoil:
    return lambda lines: event(lines, kind)["payload"].update(changes)


def of_form(**changes: object) -> Spoil:
    return lambda lines: event(lines, "started")["payload"]["form"].update(changes)


def of_place(**changes: object) -> Spoil:
    return lambda lines: event(lines, "started")["payload"]["form"]["places"][0].update(changes)


def of_terms(**changes: object) -> Spoil:
    return lambda lines: event(lines, "started")["payload"]["terms"].update(changes)


def of_revision(**changes: object) -> Spoil:
    """The form shows the changed question, as if it had been so."""

    def spoil(lines: Lines) -> None:
        body = json.dumps(json.loads(lines[1]["revision"]) | changes)
        lines[1]["revision"] = body
        of_place(digest=hashlib.sha256(body.encode()).hexdigest())(lines)

    return spoil


def replaced(number: int, line: dict[str, Any]) -> Spoil:
    def spoil(lines: Lines) -> None:
        lines[number] = line

    return spoil


def more(kind: str, /, **changes: object) -> Spoil:
    """One more event like the first of that kind, counted."""

    def spoil(lines: Lines) -> None:
        lines.append({"event": deepcopy(event(lines, kind)) | {"id": "another"} | changes})
        lines[0]["events"] += 1

    return spoil


def without(kind: str) -> Spoil:
    def spoil(lines: Lines) -> None:
        lines.remove({"event": event(lines, kind)})
        lines[0]["events"] -= 1

    return spoil


def refused(lines: Iterable[str], *words: str) -> BadRequest:
    """The file is refused in one readable message with a way out, and nothing of it is kept."""
    learner = empty(2)
    with pytest.raises(BadRequest) as found:
        learner.study.import_lines(lines, NAME)
    assert learner.desk.store.every_event() == []
    assert learner.desk.store.every_revision() == []
    message = found.value.message
    assert message.startswith(NAME)
    assert found.value.hint
    assert message.isprintable()
    assert len(message) < 400
    for word in words:
        assert word in message
    return found.value


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("garbage", "Expecting value"),
        ("", "Expecting value"),
        ("\x00\x1b[2J", "Expecting value"),
        ("\ufeff{}", "BOM"),
        ("[]", "not a JSON object"),
        ("1", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "neither an event nor a revision"),
        ('{"event": 1}', "neither an event nor a revision"),
        ('{"event": {}}', "Field required"),
        ('{"revision": 1}', "neither an event nor a revision"),
        ('{"revision": "{}"}', "line 2"),
        ('{"revision": "garbage"}', "Invalid JSON"),
        ('{"revision": "\\ud800"}', "line 2"),
        ('{"event": {"at": NaN}}', "NaN is no JSON"),
        ('{"event": ' + "9" * 5_000 + "}", "line 2"),
        ('{"event": ' * 100_000, "line 2"),
        ("[" * 100_000, "line 2"),
        ('{"event": {"a": ' + "[" * 50_000 + "]" * 50_000 + "}}", "line 2"),
        ("x" * (MAX_LINE + 1), "longer than 1,000,000 characters"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(short: list[str], line: str, words: str) -> None:
    refused([short[0], line, *short[2:]], "line 2", words)


@pytest.mark.parametrize("number", range(9))
def test_any_line_may_be_the_faulty_one(short: list[str], number: int) -> None:
    lines = list(short)
    lines[number] = lines[number][:-1]
    error = refused(lines, f"line {number + 1}:", "Nothing was imported")
    assert error.hint == "Export it again with: quizengine record export FILE"


def test_a_file_that_was_cut_short_anywhere_is_refused(short: list[str]) -> None:
    text = "\n".join(short) + "\n"
    for end in range(0, len(text) - 1, 7):
        refused(text[:end].splitlines(keepends=True))
    for number in range(len(short)):
        refused(short[:number])


@pytest.mark.parametrize("number", range(9))
def test_a_file_that_lost_a_line_is_refused(short: list[str], number: int) -> None:
    refused(short[:number] + short[number + 1 :])


def test_an_empty_file_is_no_record() -> None:
    assert "record export" in (refused([], "is empty").hint or "")


@pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, None, [1], "\x1b[2J"])
def test_a_file_of_no_version_is_no_record(short: list[str], version: object) -> None:
    refused(spoilt(short, of_head(quizengine_record=version)), "line 1", "not a record")


@pytest.mark.parametrize("version", [VERSION + 1, 10**300])
def test_a_newer_file_says_so_whatever_else_is_in_it(short: list[str], version: int) -> None:
    head = {"quizengine_record": version, "compressed": True}
    error = refused([json.dumps(head), "unreadable"], "newer quizengine")
    assert error.hint == "Update quizengine."


@pytest.mark.parametrize(
    "spoil",
    [
        of_head(colour="red"),
        of_head(learner=1),
        of_head(events="7"),
        of_head(events=None),
        replaced(0, {"quizengine_record": VERSION}),
    ],
)
def test_the_first_line_says_just_what_it_must(short: list[str], spoil: Spoil) -> None:
    refused(spoilt(short, spoil), "line 1")


@pytest.mark.parametrize("head", [{"events": 8}, {"events": 6}, {"revisions": 0}, {"events": -7}])
def test_a_file_with_another_number_of_lines_than_it_says_is_not_whole(
    short: list[str], head: dict[str, int]
) -> None:
    refused(spoilt(short, of_head(**head)), "is not whole")


UNKNOWN_KEYS: list[Spoil] = [
    lambda lines: lines[1].update(colour="red"),
    lambda lines: lines[2].update(revision=lines[1]["revision"]),
    *(of(kind, colour="red") for kind in KINDS),
    *(told_by(kind, colour="red") for kind in KINDS),
    of_form(colour="red"),
    of_place(colour="red"),
    of_terms(colour="red"),
    of_revision(colour="red"),
]


@pytest.mark.parametrize("spoil", UNKNOWN_KEYS)
def test_a_key_that_is_unknown_is_refused_wherever_it_stands(
    short: list[str], spoil: Spoil
) -> None:
    refused(spoilt(short, spoil), "line ")


@pytest.mark.parametrize(
    "spoil",
    [
        told_by("answered", picked="right"),
        told_by("answered", picked=[1]),
        told_by("answered", picked=[["right"]]),
        told_by("answered", picked=None),
        told_by("answered", complete="yes"),
        told_by("answered", sure="very"),
        of("answered", payload={}),
        of("answered", payload=None),
        told_by("struck", options=[{}]),
        told_by("flagged", on=1),
        told_by("noted", text=7),
        told_by("noted", text="x" * 2_001),
        told_by("submitted", by="nobody"),
        of("submitted", payload={}),
        of("submitted", at=-1),
        of("submitted", at=1.5),
        of("submitted", at=10**14 + 1),
        of("submitted", at=10**30),
        of("submitted", revision=10**30),
        of("submitted", revision=-1),
        of("submitted", kind="exploded"),
        of_terms(minutes="60"),
        of_terms(extra="x100"),
        of_form(places=[]),
        of_form(places={}),
        of_form(format="\x1b[2J"),
        of_place(order="right"),
        of_place(scored="yes"),
    ],
)
def test_a_payload_that_tells_nonsense_is_refused_with_its_line(
    short: list[str], spoil: Spoil
) -> None:
    refused(spoilt(short, spoil), "line ")


@pytest.mark.parametrize("key", ["id", "learner", "attempt", "client"])
@pytest.mark.parametrize("hostile", ["", "\x1b[2J", "a\nb", "\u202eabc", "\ud800", "x" * 101, 7])
def test_an_id_that_would_turn_a_terminal_is_refused(
    short: list[str], key: str, hostile: object
) -> None:
    refused(spoilt(short, of("submitted", **{key: hostile})), "line 9")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (without("started"), "begins with"),
        (of("started", at=START * 2), "begins with"),
        (of("answered", attempt="elsewhere"), "begins with"),
        (more("started", at=START * 2), "it begins twice"),
        (
            lambda lines: replaced(1, {"revision": a_placed_question("a2").canonical()})(lines),
            "lacks",
        ),
        (of_place(digest="0" * 64), "the file lacks a revision of a1"),
        (of_place(question="a2"), "a2 cannot have been shown so"),
        (of_place(order=["right"]), "a1 cannot have been shown so"),
        (of_place(order=["right", "wrong-a", "wrong-b", "wrong-d"]), "cannot have been shown so"),
        (of_revision(exams={"aif-c01": "1.1"}), "a1 cannot have been shown so"),
        (of_form(exam="\x1b[2J"), "is no exam"),
        (of_terms(minutes=-1.0), "it lasts -1 minutes"),
        (of_terms(minutes=1e300), "it lasts 1e+300 minutes"),
        (of("answered", question="a2"), "'a2' is not in its form"),
        (of("answered", question=None), "names no question"),
        (of("flagged", question="\x1b[2J"), "is not in its form"),
        (told_by("answered", picked=["nonsense"]), "no choice"),
        (told_by("answered", picked=["wrong-a", "right"]), "2 were picked"),
        (told_by("answered", picked=["right", "right"]), "cannot have been answered so"),
        (told_by("struck", options=["nonsense"]), "no such choice"),
        (more("shown", kind="moved", question="a2", at=START + 1_500), "question in this form"),
        (more("shown", kind="outcome", question=None), "exam"),
    ],
)
def test_an_attempt_that_cannot_have_been_is_refused(
    short: list[str], spoil: Spoil, words: str
) -> None:
    refused(spoilt(short, spoil), words, "Nothing was imported")


def test_a_form_with_a_question_twice_is_refused(short: list[str]) -> None:
    def twice(lines: Lines) -> None:
        event(lines, "started")["payload"]["form"]["places"] *= 2

    refused(spoilt(short, twice), "attempt", "stands twice")


@pytest.mark.parametrize(
    "changes", [{"id": "\x1b[2J"}, {"id": "A1"}, {"lab": "\x1b[2J"}, {"stem": "\x1b[2J"}]
)
def test_a_question_that_would_turn_a_terminal_is_refused(
    short: list[str], changes: dict[str, object]
) -> None:
    refused(spoilt(short, of_revision(**changes)), "line 2")


def test_one_id_for_two_things_is_refused(short: list[str]) -> None:
    lines = [json.loads(line) for line in short]
    twin = more("answered", id=event(lines, "answered")["id"], at=START + 1)
    refused(spoilt(short, twin), "line 10", "is used twice")


def test_one_event_told_twice_is_one(short: list[str]) -> None:
    again = [*short[:3], short[2], *short[3:]]
    assert told(joined(again)) == told(joined(short))


def test_an_outcome_is_alone_in_its_attempt(short: list[str]) -> None:
    payload = {"exam": MLS, "taken_on": "2026-03-14", "score": 700}
    outcome = more("submitted", kind="outcome", payload=payload)
    refused(spoilt(short, outcome), "'outcome' is no part of an attempt")

    def two_alone(lines: Lines) -> None:
        outcome(lines)
        twin = lines[-1]["event"] | {"attempt": "elsewhere"}
        lines[2:] = [{"event": twin}, {"event": twin | {"id": "a third"}}]
        lines[0]["events"] = 2

    refused(spoilt(short, two_alone), "'outcome' is no part of an attempt")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"exam": MLS, "taken_on": "yesterday"},
        {"exam": MLS, "taken_on": "2026-03-14", "score": 10**9},
        {"exam": "\x1b[2J", "taken_on": "2026-03-14"},
        {"exam": MLS, "taken_on": "2026-03-14", "provider": "\x1b[2J"},
        {"exam": MLS, "taken_on": "2026-03-14", "grade": "A"},
    ],
)
def test_an_outcome_that_nobody_can_have_told_is_refused(payload: dict[str, object]) -> None:
    told_once = Event(
        id="1", learner="l", attempt="o", client="c", revision=0, kind="outcome",  # type: ignore[arg-type]
        payload=payload, at=START,
    )  # fmt: skip
    refused(to_lines("learner", [], [told_once]))


def test_a_message_names_the_attempt_that_cannot_be_read(short: list[str], full: Learner) -> None:
    id = json.loads(short[-1])["event"]["attempt"]
    refused(spoilt(short, without("started")), f"attempt '{id}'")


def alone(kind: str, /, **changes: object) -> Spoil:
    """One more event of that kind, in an attempt of its own."""
    return more("submitted", kind=kind, attempt="elsewhere", **changes)


GRADE: dict[str, object] = {"card": "a-card", "grade": "good"}
TOLD: dict[str, object] = {"digest": BANK.question("a1").digest()}


PLANNED: dict[str, object] = {"exam": MLS, "on": "2027-03-14", "minutes": 45}


def test_a_grade_and_what_was_told_are_taken_in(short: list[str]) -> None:
    lines = spoilt(short, alone("graded", payload=GRADE))
    assert len(joined(lines).desk.store.of_kind("graded")) == 1
    lines = spoilt(short, alone("told", question="a1", payload=TOLD))
    assert len(joined(lines).desk.store.of_kind("told")) == 1
    lines = spoilt(short, alone("planned", payload=PLANNED))
    assert len(joined(lines).desk.store.of_kind("planned")) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        alone("graded", payload={}),
        alone("graded", payload=GRADE | {"grade": "fine"}),
        alone("graded", payload=GRADE | {"card": "\x1b[2J"}),
        alone("graded", payload=GRADE | {"colour": "red"}),
        alone("planned", payload=PLANNED | {"minutes": 0}),
        alone("planned", payload=PLANNED | {"on": "soon"}),
        alone("planned", payload={}),
        alone("told", question="a1", payload={}),
        alone("told", question="a1", payload={"digest": "short"}),
    ],
)
def test_a_grade_or_correction_that_tells_nothing_is_refused(
    short: list[str], spoil: Spoil
) -> None:
    refused(spoilt(short, spoil), "line 10")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (more("submitted", kind="graded", payload=GRADE), "'graded' is no part of an attempt"),
        (more("submitted", kind="told", payload=TOLD), "'told' is no part of an attempt"),
        (alone("planned", payload=PLANNED | {"exam": "\x1b[2J"}), "is no id"),
        (alone("told", question="a2", payload=TOLD), "cannot have been told of so"),
        (alone("told", question="a1", payload={"digest": "0" * 64}), "lacks a revision of 'a1'"),
        (alone("told", question=None, payload=TOLD), "cannot have been told of so"),
    ],
)
def test_a_grade_or_correction_that_cannot_have_been_is_refused(
    short: list[str], spoil: Spoil, words: str
) -> None:
    refused(spoilt(short, spoil), words, "Nothing was imported")


def test_a_file_of_the_first_version_is_read(short: list[str]) -> None:
    assert VERSION > 1
    assert told(joined(spoilt(short, of_head(quizengine_record=1)))) == told(joined(short))


VALUES: list[object] = [None, True, False, 0, 1, -1, 1.5, 10**30, START, START * 2]
WORDS = ["", "a1", "a2", "right", "\x1b[2J", "x" * 3_000, MLS]
SHAPES: list[object] = [[], {}, [[]], ["right"], ["wrong-a", "right"], [None], {"a": 1}]
MORE_KINDS = ["outcome", "graded", "told", "planned", "revealed", "paused", "resumed", "moved"]


@pytest.mark.parametrize(
    "spoil",
    [
        told_by("noted", text="Something else."),
        of("answered", at=START + 1_999),
        of("submitted", learner="another"),
        of("started", id="another"),
        lambda lines: [line["event"].update(id=f"another-{n}") for n, line in enumerate(lines[2:])],
    ],
)
def test_what_contradicts_the_record_here_is_refused(short: list[str], spoil: Spoil) -> None:
    learner = joined(short)
    before = told(learner)
    with pytest.raises(BadRequest, match="is told otherwise in the record here") as found:
        learner.study.import_lines(spoilt(short, spoil), NAME, merge=True)
    assert found.value.message.startswith(f"{NAME}: attempt '")
    assert found.value.hint
    assert told(learner) == before


def test_an_outcome_that_takes_the_id_of_an_attempt_here_is_refused(short: list[str]) -> None:
    learner = joined(short)
    before = told(learner)
    id = json.loads(short[-1])["event"]["attempt"]
    payload = {"exam": MLS, "taken_on": "2026-03-14", "score": 700}
    outcome = Event.model_validate(
        {"id": "1", "learner": "l", "attempt": id, "client": "c", "revision": 0}
        | {"kind": "outcome", "payload": payload, "at": 0}
    )
    with pytest.raises(BadRequest, match="told otherwise"):
        learner.study.import_lines(to_lines("learner", [], [outcome]), NAME, merge=True)
    assert told(learner) == before


HOSTILE = st.sampled_from([*VALUES, *WORDS, *SHAPES, *KINDS, *MORE_KINDS])


@given(data=st.data())
@settings(max_examples=100)
def test_whatever_stands_in_a_file_the_program_goes_on_to_tell(
    short: list[str], data: st.DataObject
) -> None:
    lines = [json.loads(line) for line in short]
    for _ in range(data.draw(st.integers(1, 3))):
        node: Any = data.draw(st.sampled_from(lines[1:]))
        while True:
            keys = list(node) if isinstance(node, dict) else range(len(node))
            key = data.draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
                node = node[key]
                continue
            node[key] = deepcopy(data.draw(HOSTILE))
            break
    learner = empty(2)
    try:
        learner.study.import_lines([json.dumps(line) for line in lines], NAME)
    except BadRequest:
        assert learner.desk.store.every_event() == []
        return
    told(learner)
    learner.offered()
    with suppress(BadRequest):  # none is open
        learner.submits(learner.study.resume())
    told(learner)
