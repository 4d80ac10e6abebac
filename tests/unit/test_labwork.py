"""What the record says of the labs, and where labs are offered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizengine.attempt import Event
from quizengine.bank import LoadedBank, find_lab, lab_for
from quizengine.errors import BadRequest, NotFound
from quizengine.lab import LabId
from quizengine.labwork import Act, Did, Work, fold
from quizengine.record import from_lines, to_lines
from quizengine.terms import MINUTE
from tests.builders import START, Desk, a_bank, a_lab, a_question, a_short_exam, an_event

LAB = a_lab()  # check-one, check-two, check-three
NAME = LabId(LAB.id)


def did(act: Act, *, at: float = 0, **told: Any) -> Event:
    payload = Did(lab=LAB.id, act=act, **told).model_dump(mode="json")
    return an_event("lab", at=at, id=f"{act} {at}", attempt=f"{act} {at}", **payload)


def checked(at: float, *passed: str) -> Event:
    found = {check.id: check.id.removeprefix("check-") in passed for check in LAB.checks}
    return did("checked", at=at, checks=found)


def work(*events: Event) -> Work:
    return fold(events)[NAME]


def ms(minutes: float) -> int:
    return START + round(minutes * MINUTE)


# The fold


def test_a_lab_in_which_nothing_was_done_is_not_started() -> None:
    assert fold([]) == {}
    assert Work().state(LAB) == "not started"


def test_a_lab_that_was_started_counts_its_checks() -> None:
    begun = work(did("started"), did("started", at=9))
    assert begun.state(LAB) == "0 of 3 checks"
    assert (begun.started_at, begun.last_at) == (ms(0), ms(9))
    assert work(did("started"), checked(1, "one", "two")).state(LAB) == "2 of 3 checks"


def test_what_has_held_once_stays_passed_whatever_comes_after() -> None:
    found = work(checked(1, "one"), checked(2), did("cleaned", at=3), did("reset", at=4))
    assert found.passed == {"check-one": ms(1)}


def test_what_a_check_found_when_it_was_last_looked_at_is_known_beside() -> None:
    later = did("checked", at=3, checks={"check-two": True})
    assert work(checked(1, "one"), checked(2), later).found == {
        "check-one": (False, ms(2)),
        "check-two": (True, ms(3)),
        "check-three": (False, ms(2)),
    }


def test_a_lab_is_done_when_the_last_of_its_checks_has_held() -> None:
    found = work(checked(1, "one", "two"), checked(5, "three"), checked(6, "three"))
    assert found.finished_at(LAB) == ms(5)
    assert found.state(LAB) == "done"
    assert work(checked(1, "one", "two")).finished_at(LAB) is None


def test_a_lab_done_after_its_solution_was_seen_says_so() -> None:
    before = work(did("solution_shown", at=1), checked(2, "one", "two", "three"))
    after = work(checked(2, "one", "two", "three"), did("solution_shown", at=3))
    assert before.state(LAB) == "done with the solution"
    assert after.state(LAB) == "done"


def test_a_check_that_a_newer_version_added_is_still_to_be_done() -> None:
    found = work(checked(1, "one", "two", "three"))
    more = a_lab(checks=[*(c.model_dump() for c in LAB.checks), {"id": "new", "title": "New."}])
    assert found.state(more) == "3 of 4 checks"


def test_hints_are_counted_for_each_check() -> None:
    hints = [did("hinted", at=n, check="check-one") for n in (1, 2)]
    found = work(*hints, did("hinted", at=3, check="check-two"))
    assert found.hints == {"check-one": 2, "check-two": 1}


def test_two_labs_are_told_apart() -> None:
    other = an_event("lab", attempt="other", lab="traffic", act="ran")
    assert set(fold([did("started"), other])) == {NAME, "traffic"}
    assert work(did("started"), other).runs == 0


ACTS = [
    did("started"),
    checked(1, "one"),
    did("hinted", at=2, check="check-two"),
    checked(3, "one", "two", "three"),
    did("solution_shown", at=4),
    did("ran", at=5),
    did("cleaned", at=6),
]


@given(st.permutations(ACTS))
def test_the_order_of_the_events_does_not_matter(events: list[Event]) -> None:
    assert fold(events) == fold(ACTS)


@given(st.lists(st.sampled_from(ACTS)))
def test_no_further_event_takes_a_passed_check_away(events: list[Event]) -> None:
    passed: set[str] = set()
    for n in range(len(events) + 1):
        now = fold(events[:n]).get(NAME, Work())
        assert passed <= set(now.passed)
        passed = set(now.passed)


@pytest.mark.parametrize(
    "told",
    [
        {"act": "checked"},
        {"act": "ran", "checks": {"check-one": True}},
        {"act": "hinted"},
        {"act": "started", "check": "check-one"},
        {"act": "started", "lab": "Not A Lab"},
        {"act": "started", "lab": "\x1b[2J"},
        {"act": "checked", "checks": {"\x1b[2J": True}},
        {"act": "checked", "checks": {"check-one": "yes"}},
        {"act": "forgotten"},
        {"act": "started", "target": "moon"},
        {"act": "started", "more": 1},
    ],
)
def test_an_event_that_cannot_be_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Did.model_validate({"lab": LAB.id, **told})


# The study


def desk() -> Desk:
    """The first domain is practised in early_stopping, one question of the second in traffic."""
    exam = a_short_exam()
    bank = a_bank(exam=exam, labs=[a_lab("traffic", order=2, questions=["d2-000"]), LAB])
    named = [
        a_question("single", question.id, exams=dict(question.exams), lab="early_stopping")
        for question in bank.questions.values()
        if question.id.startswith("d1")
    ]
    return Desk(a_bank(exam=exam, instead=named, labs=bank.labs.values()))


def test_labs_are_listed_in_their_order_with_what_was_done() -> None:
    at = desk()
    at.study().note_lab("early_stopping", "started")
    at.clock.advance(minutes=5)
    at.study().note_lab("early-stopping", "checked", checks={"check-one": True})
    lines = at.study().labs()
    assert [line.lab.id for line in lines] == ["early_stopping", "traffic"]
    assert [line.work.state(line.lab) for line in lines] == ["1 of 3 checks", "not started"]
    assert at.study().lab("early_stopping") == lines[0]


def test_a_lab_that_is_not_there_is_named_with_the_close_ones() -> None:
    for call in (desk().study().lab, lambda id: desk().study().note_lab(id, "ran")):
        with pytest.raises(NotFound, match="Did you mean traffic"):
            call("trafic")


def test_what_was_done_in_a_lab_travels_with_the_record() -> None:
    at, other = desk(), desk()
    study = at.study()
    study.note_lab("traffic", "started")
    study.note_lab("traffic", "hinted", check="check-one")
    study.note_lab("traffic", "checked", checks={"check-one": True, "check-two": False})
    lines = list(study.export())
    assert other.study().import_lines(lines, "file") == (3, 0)
    assert other.study().import_lines(lines, "file") == (0, 3)
    assert other.study().labs() == study.labs()
    assert not list(other.study().history()), "it is no attempt"


def test_an_import_refuses_an_event_of_a_lab_that_is_none() -> None:
    good = did("started")
    bad = good.model_copy(update={"payload": {"lab": "traffic", "act": "won"}})
    assert from_lines(to_lines("learner", [], [good]), "file").events == (good,)
    with pytest.raises(BadRequest, match="line 2: act"):
        from_lines(to_lines("learner", [], [bad]), "file")


def test_an_event_of_a_lab_is_alone() -> None:
    pair = [did("started"), did("ran", at=1)]
    together = [event.model_copy(update={"attempt": "one"}) for event in pair]
    with pytest.raises(BadRequest, match="no part of an attempt"):
        from_lines(to_lines("learner", [], together), "file")


# Where a lab is offered


def test_a_question_is_practised_in_its_own_lab_or_in_one_that_lists_it() -> None:
    bank = desk().bank
    found = [lab_for(bank, bank.question(id)) for id in ("d1-000", "d2-000", "d2-001")]
    assert [lab and lab.id for lab in found] == ["early_stopping", "traffic", None]


def test_a_lab_that_is_only_planned_is_not_offered() -> None:
    question = a_question("single", "asks-much", lab="kmeans_segments")
    bank = LoadedBank([question], labs=[LAB])
    assert lab_for(bank, question) is None
    with pytest.raises(NotFound):
        find_lab(bank, "kmeans_segments")


def test_a_report_names_the_labs_of_what_was_not_right() -> None:
    study = desk().study()
    seat = study.start(study.plan("mls-c01"))
    asked = [place.question for place in seat.attempt.form.places]
    right = next(id for id in asked if id.startswith("d1"))
    seat = study.answer(seat, right, study.bank.question(right).key)
    study.submit(seat)
    labs = {lab.id: count for lab, count in study.report().labs}
    missed = sum(id.startswith("d1") for id in asked) - 1
    assert missed > 1
    assert labs == {"early_stopping": missed} | ({"traffic": 1} if "d2-000" in asked else {})
    study.note_lab(LAB.id, "checked", checks={check.id: True for check in LAB.checks})
    assert LAB not in [lab for lab, _ in study.report().labs]
