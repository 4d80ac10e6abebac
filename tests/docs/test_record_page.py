"""docs/record.md describes what is really written: compared with a record made by every act."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from quizengine import record, wiring
from quizengine.agenda import Goal
from quizengine.attempt import Event, EventKind
from quizengine.content import CardId, ExamCode, Model
from quizengine.errors import BadRequest
from quizengine.form import Form, Place
from quizengine.outcome import Outcome
from quizengine.schedule import Day
from quizengine.terms import EXTRA_TIME, Terms
from tests.builders import CHECKED, Desk, a_bank, a_lab, a_short_exam
from tests.docs.pages import TEXTS, blocks, inline_code, says, table, table_after

PAGE = TEXTS["docs/record.md"]
KINDS = {row[0].strip("`"): row for row in table(PAGE, "kind", "question", "payload")}


def everything() -> list[str]:
    """The export of a record in which everything was done once."""
    desk = Desk(a_bank(exam=a_short_exam(), labs=[a_lab()]))
    study = desk.study()
    seat = study.start(study.plan("mls-c01", breaks=True))
    question = seat.question
    seat = study.answer(seat, question.id, question.key, sure=True)
    seat = study.strike(seat, question.id, frozenset(question.shuffled[-1:]))
    seat = study.flag(seat, question.id, True)
    seat = study.note(seat, question.id, "look again")
    seat = study.go_to(seat, 1)
    seat = study.end_break(study.pause(seat))
    study.submit(seat)
    seat = study.start(study.plan_practice("mls-c01", questions=1))
    study.reveal(seat, seat.question.id)
    study.add_outcome(Outcome(exam=ExamCode("mls-c01"), taken_on=CHECKED, passed=True), CHECKED)
    study.grade(study.deck(Day(0, 1)), CardId("a-card"), "good")
    study.tell_corrected([question])
    study.note_lab("early_stopping", "checked", checks={"check-one": True})
    goal = Goal(exam=ExamCode("mls-c01"), on=CHECKED + timedelta(days=9), minutes=45)
    study.set_goal(goal, CHECKED)
    return list(study.export())


EXPORT = [json.loads(line) for line in everything()]
EVENTS: list[dict[str, Any]] = [line["event"] for line in EXPORT if "event" in line]


def test_every_kind_of_event_stands_in_the_page_and_no_other() -> None:
    assert list(KINDS) == list(get_args(EventKind))


@pytest.mark.parametrize("kind", get_args(EventKind))
def test_a_kind_of_event_is_written_as_the_page_says(kind: str) -> None:
    written: dict[str, set[Any]] = defaultdict(set)
    for event in EVENTS:
        if event["kind"] == kind:
            written["payload"].add(frozenset(event["payload"]))
            written["question"].add("no" if event["question"] is None else "yes")
    _, question, payload, _ = KINDS[kind]
    assert written["question"] == {question}
    assert written["payload"] == {frozenset(inline_code(payload))}


@pytest.mark.parametrize(
    ("sentence", "model"),
    [
        ("**Then one line for each event**", Event),
        ("A `form` has these keys:", Form),
        ("Each of its `places`:", Place),
        ("And `terms`:", Terms),
    ],
)
def test_every_key_is_explained(sentence: str, model: type[Model]) -> None:
    assert [row[0].strip("`") for row in table_after(PAGE, sentence)] == list(model.model_fields)


def test_the_lines_stand_in_the_order_of_the_page() -> None:
    order = ["quizengine_record", "revision", "event"]
    found = [next(key for key in order if key in line) for line in EXPORT]
    assert found == sorted(found, key=order.index)
    assert set(found) == set(order)


def test_the_examples_are_lines_of_a_record() -> None:
    head, revision, event = (body.strip() for kind, body in blocks(PAGE) if kind == "json")
    assert list(json.loads(head)) == list(EXPORT[0])
    assert json.loads(head)["quizengine_record"] == record.VERSION
    written = next(line for line in EXPORT if line.get("event", {}).get("kind") == "answered")
    told = json.loads(event)
    assert list(told) == ["event"]
    assert list(told["event"]) == list(written["event"])
    assert list(told["event"]["payload"]) == list(written["event"]["payload"])
    assert Event.model_validate(told["event"]).kind == "answered"
    assert list(json.loads(revision)) == ["revision"]
    shown = next(line["revision"] for line in EXPORT if "revision" in line)
    assert revision.startswith(json.dumps({"revision": shown}, separators=(",", ":"))[:24])


def test_the_figures_of_the_format_are_those_of_the_program() -> None:
    assert says(PAGE, f"The version is a whole number, now {record.VERSION}.")
    assert says(PAGE, f"of at most {record.MAX_LINE:,} characters")
    (extra,) = [row[1] for row in table_after(PAGE, "And `terms`:") if row[0] == "`extra`"]
    assert inline_code(extra) == list(EXTRA_TIME)


def test_what_lies_in_the_folder_is_what_the_page_lists(learner: Path) -> None:
    wiring.change_settings({"plain": True})
    aside, saved = wiring.rescue_record()
    assert saved
    listed = [line for line in PAGE.splitlines() if line.startswith("- `")]
    assert {path.name for path in learner.iterdir()} <= {
        code for line in listed for code in inline_code(line)
    }
    assert aside.name in inline_code("\n".join(listed))
    assert {path.name for path in wiring.own_files()} == {path.name for path in learner.iterdir()}


def test_the_folder_is_where_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/learner")
    folders = {row[0]: row[1].strip("`") for row in table(PAGE, "system", "folder")}
    for system, dirs in (("Linux", Unix), ("macOS", MacOS)):
        found = dirs("quizengine", appauthor=False).user_data_dir
        assert found.replace("/home/learner", "~") == folders[system]


def test_a_newer_version_is_refused_as_the_page_says() -> None:
    head = json.dumps(EXPORT[0] | {"quizengine_record": record.VERSION + 1})
    with pytest.raises(BadRequest) as refused:
        record.from_lines([head], "a file")
    assert says(PAGE, f'says "{(refused.value.hint or "").rstrip(".")}"')
