"""Home, practice, progress and the plan: what they say, and what they refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from quizengine import wiring
from quizengine.agenda import Goal
from quizengine.bank import LoadedBank
from quizengine.content import ExamCode
from quizengine.practice import ONLY
from quizengine.schedule import Day
from quizengine.web.pages import practice
from quizengine.words import percent
from tests.builders import Desk, a_bank, a_card, a_question, a_short_exam
from tests.unit.learner import (
    BANK,
    MLS,
    STOPPING,
    STREAMS,
    Learner,
    a_placed_question,
    placed_bank,
)
from tests.web.helpers import Page, Visitor

TODAY = date(2027, 1, 15)  # where the clock of the tests stands
GOAL = Goal(exam=ExamCode(MLS), on=TODAY + timedelta(days=10), minutes=30)


@pytest.fixture
def learner() -> Learner:
    """Six wrong answers on early stopping, five right ones on streams."""
    learner = Learner(Desk(BANK))
    learner.sits(dict.fromkeys(("a1", "a2", "a3", "a4", "a5", "a6"), "wrong-a"))
    learner.sits(dict.fromkeys(("b1", "b2", "b3", "b4", "b5"), "right"))
    return learner


@pytest.fixture
def visitor(learner: Learner) -> Iterator[Visitor]:
    with Visitor(learner.desk) as visitor:
        yield visitor


def the_day(visitor: Visitor) -> Day:
    """The day on which the clock of the tests stands, where the tests run."""
    return wiring.day(visitor.desk.clock.now())


def links(page: Page) -> list[str]:
    return re.findall(r'<a[^>]*href="([^"]*)"', page.html)


def plans(visitor: Visitor, **changes: str) -> Page:
    said = {"exam": MLS, "date": str(GOAL.on), "minutes": "30"} | changes
    return visitor.post("/plan", list(said.items()))


# The way around


def test_every_page_but_those_of_an_exam_leads_to_the_main_ones(visitor: Visitor) -> None:
    for path in ("/", "/practice", "/cards", "/progress", "/plan", "/exam/mls-c01", "/nothing"):
        found = re.search(r'<nav class="main-nav".*?</nav>', visitor.get(path).html, re.S)
        assert found is not None, path
        assert re.findall(r">(\w+)</a>", found[0]) == [
            *("Home", "Practice", "Cards", "Progress", "Labs", "Search", "Settings")
        ]
    window = visitor.start().window
    for page in ("/1", "/review", "/end"):
        assert "main-nav" not in visitor.get(window + page).html


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/", "Home"),
        ("/practice", "Practice"),
        ("/cards?which=due", "Cards"),
        ("/progress/mls-c01?by=topic", "Progress"),
        ("/plan", "Progress"),
        ("/nothing", None),
        ("/exam/mls-c01", None),
    ],
)
def test_the_navigation_says_where_one_is(visitor: Visitor, path: str, here: str | None) -> None:
    nav = visitor.get(path).html.split("</nav>")[0]
    found = re.search(r'aria-current="page">(\w+)<', nav)
    assert (found and found[1]) == here


# Home


def test_who_has_done_nothing_is_told_how_to_begin() -> None:
    with Visitor(Desk(a_bank(exam=a_short_exam(), cards=[a_card()]))) as visitor:
        page = visitor.get("/")
        assert "How to begin" in page.text
        assert "Where you stand" not in page.text
        (ten,) = [link for link in links(page) if "untimed" in link]
        assert visitor.get(ten.replace("&amp;", "&")).status == 200


def test_home_has_the_chance_with_what_it_rests_on(visitor: Visitor, learner: Learner) -> None:
    text = visitor.get("/").text
    seen = learner.study.outlook(MLS)
    assert seen is not None
    low, high = seen.chance.scaled_range
    assert percent(seen.chance.passing) in text
    assert f"Estimate to expect: {seen.chance.scaled} of 1000" in text
    assert f"90 of 100 mocks lie in {low}-{high}" in text
    assert "Based on 11 answers" in text


def test_what_runs_against_a_clock_stands_before_what_has_none(visitor: Visitor) -> None:
    visitor.start()
    visitor.start(extra="untimed")
    text = visitor.get("/").text
    assert text.count(", no time limit.") == 1
    assert text.index(" left.") < text.index(", no time limit.")


def test_home_without_a_plan_names_what_helps_most(visitor: Visitor, learner: Learner) -> None:
    page = visitor.get("/")
    steps = learner.study.next_steps(MLS, the_day(visitor))
    for item in steps:
        assert item.title in page.text
    assert "/plan" in links(page)


def test_home_has_todays_plan_and_ticks_what_is_done(visitor: Visitor, learner: Learner) -> None:
    learner.study.set_goal(GOAL, TODAY)
    learner.desk.clock.advance(minutes=1)
    page = visitor.get("/")
    assert "10 days until MLS-C01" in page.text
    agenda = learner.study.agenda(the_day(visitor), TODAY)
    assert agenda is not None
    (first, _), *_ = agenda.today
    assert first.about == STOPPING
    assert first.title in page.text
    assert "Done:" not in page.text
    assert f"The plan: 0 of {len(agenda.today)} done" in page.text
    learner.practises(dict.fromkeys(("a1", "a2", "a3", "a4", "a5", "a6"), "right"))
    learner.practises(dict.fromkeys(("b1", "b2", "b3", "b4", "b5"), "right"))
    assert f"Done: {first.title}" in visitor.get("/").text


def test_what_the_plan_says_leads_to_where_it_is_done(visitor: Visitor, learner: Learner) -> None:
    learner.study.set_goal(GOAL, TODAY)
    learner.desk.clock.advance(minutes=1)
    found = [link.replace("&amp;", "&") for link in links(visitor.get("/")) if "within=" in link]
    assert found
    page = visitor.get(found[0])
    assert page.status == 200
    assert re.search(rf'<option value="{STOPPING}" selected>', page.html)
    count = re.search(r"length=(\d+)-questions", found[0])
    assert count is not None
    assert f'<option value="{count[1]}-questions" selected>' in page.html


def test_a_corrected_key_is_told_until_it_was_read(learner: Learner) -> None:
    options = [
        {"id": id, "text": f"Do {id}.", "why": "So.", **({"correct": True} if right else more)}
        for id, right, more in (
            ("right", False, {"trap": "stage"}),
            *((f"wrong-{n}", n == "a", {"trap": "stage"}) for n in "abc"),
        )
    ]
    corrected = a_placed_question("a1", options=options)
    withdrawn = a_placed_question("a2", withdrawn="Two options were right.")
    learner.desk.bank = placed_bank(corrected, withdrawn)
    with Visitor(learner.desk) as visitor:
        for _ in range(2):
            text = visitor.get("/").text
            assert "question a1 has a corrected key" in text
            assert "question a2 was withdrawn" in text
        page = visitor.post("/told", [("question", "a1")])
        assert "a1 has" not in page.text
        assert "question a2 was withdrawn" in page.text
        page = visitor.post("/told", [("question", "a2"), ("question", "nothing")])
        assert "Since you met" not in page.text
        assert len(learner.desk.store.of_kind("told")) == 2
        visitor.post("/told", [("question", "a2")])
        assert len(learner.desk.store.of_kind("told")) == 2


def test_very_many_corrected_keys_are_told_a_few_at_a_time() -> None:
    bank = a_bank(exam=a_short_exam())
    learner = Learner(Desk(bank))
    ids = list(bank.questions)[:25]
    learner.sits(dict.fromkeys(ids, "right"))
    gone = [a_question("single", id, exams={MLS: "1.1"}, withdrawn="It was wrong.") for id in ids]
    learner.desk.bank = a_bank(exam=a_short_exam(), instead=gone)
    with Visitor(learner.desk) as visitor:
        page = visitor.get("/")
        assert "And 5 more questions." in page.text
        listed = re.findall(r'name="question" value="([^"]*)"', page.html)
        page = visitor.post("/told", [("question", id) for id in listed])
        assert page.text.count("was withdrawn") == 5
        assert "more question" not in page.text


def test_home_counts_due_and_new_cards() -> None:
    bank = a_bank(exam=a_short_exam(), cards=[a_card(f"card-{n}") for n in range(12)])
    with Visitor(Desk(bank)) as visitor:
        assert "due 0 new 10" in visitor.get("/").text


# Practice


def told(visitor: Visitor, *said: tuple[str, str]) -> tuple[list[str], bool]:
    """What the script is told of choices, as they are made."""
    page = visitor.get(f"/practice/{MLS}?{urlencode([*said, ('as', 'json')])}")
    answer = json.loads(page.html)
    return answer["told"], answer["possible"]


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ([], {}),
        ([("only", "wrong")], {"only": ["wrong"]}),
        ([("only", "wrong"), ("only", "unseen")], {"only": ["wrong", "unseen"]}),
        ([("within", "2")], {"within": "2"}),
        ([("within", STREAMS)], {"within": STREAMS}),
        ([("within", "weak")], {"weak": True}),
    ],
)
def test_practice_says_how_many_questions_fit(
    visitor: Visitor, learner: Learner, said: list[tuple[str, str]], how: dict[str, Any]
) -> None:
    fitting = len(learner.study.practisable(MLS, **how))
    count = len(learner.study.plan_practice(MLS, **how).form.places)
    (first, _), possible = told(visitor, *said)
    assert possible
    if count == fitting:
        assert first == f"{count} questions: all that fit, without a clock."
    else:
        assert first == (
            f"{count} questions of {fitting} that fit, the longest unseen first, without a clock."
        )


def test_practice_can_have_a_clock(visitor: Visitor) -> None:
    assert told(visitor, ("length", "30-minutes"))[0][0].endswith("in 30 minutes.")


def test_of_computed_questions_there_is_no_end(visitor: Visitor, learner: Learner) -> None:
    plan = learner.study.plan_practice(MLS, questions=5)
    (first, _) = practice.summary(plan, None)
    assert first == "5 questions with numbers that you never saw, without a clock."
    # The bank of this test knows no topic of theirs.
    assert told(visitor, ("computed", "on")) == (["No question of mls-c01 is of that kind."], False)


def test_practice_shows_how_many_there_are_of_each_kind(visitor: Visitor) -> None:
    assert tuple(practice.ONLIES) == ONLY
    text = visitor.get(f"/practice/{MLS}").text
    for words in ("not right the last time 6", "never seen 12", "flagged 0", "unsure of 0"):
        assert words in text


def test_practice_begins_and_reveals_at_once(visitor: Visitor, learner: Learner) -> None:
    page = visitor.post(f"/practice/{MLS}", [("within", "1.1"), ("length", "5-questions")])
    assert "Question 1 of 5" in page.title
    (*_, line) = learner.study.history()
    assert line.attempt.is_practice
    page = visitor.press(page, "check", picks=[1])
    assert page.path.endswith("?focus=verdict")
    verdict = re.search(r'<p class="verdict[^>]*id="verdict"[^>]*>', page.html)
    assert verdict is not None
    assert {"autofocus", 'role="status"', 'tabindex="-1"'} <= set(verdict[0].rstrip(">").split())
    assert "What decides" in page.text


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"only": "hard"}, 422),
        ({"only": "flagged"}, 422),
        ({"within": "9.9"}, 422),
        ({"within": "training/nothing"}, 422),
        ({"length": "0-questions"}, 422),
        ({"length": "9999-questions"}, 200),
        ({"length": "0-minutes"}, 422),
        ({"length": "9999-minutes"}, 422),
        ({"length": "<script>"}, 422),
    ],
)
def test_practice_that_cannot_be_meant_begins_nothing(
    visitor: Visitor, learner: Learner, said: dict[str, str], status: int
) -> None:
    before = len(learner.study.history())
    page = visitor.get(f"/practice/{MLS}?{urlencode(said)}")
    assert page.status == status
    assert "<script>" not in page.html
    if status == 422:
        assert 'role="alert"' in page.html
        assert visitor.post(f"/practice/{MLS}", list(said.items())).status in (404, 422)
        assert len(learner.study.history()) == before


def test_practice_of_an_exam_that_is_not_there_names_the_close_ones(visitor: Visitor) -> None:
    for page in ("practice", "progress"):
        answer = visitor.get(f"/{page}/mls-c02")
        assert answer.status == 404
        assert "Did you mean mls-c01?" in answer.text


def test_practice_and_progress_open_on_the_exam_that_is_prepared_for() -> None:
    exams = [a_short_exam(), a_short_exam(code="aif-c01")]
    bank = a_bank(exam=exams[0])
    extra = a_question("single", "other", exams={"aif-c01": "1.1"})
    questions = [*map(bank.question, bank.questions), extra]
    desk = Desk(LoadedBank(questions, (), bank.topics.values(), exams))
    with Visitor(desk) as visitor:
        assert visitor.get("/practice").path == "/practice/mls-c01"
        desk.study().set_goal(GOAL.model_copy(update={"exam": "aif-c01"}), TODAY)
        assert visitor.get("/practice").path == "/practice/aif-c01"
        assert visitor.get("/progress").path == "/progress/aif-c01"


# Progress


def test_progress_has_what_the_model_says_weakest_first(visitor: Visitor, learner: Learner) -> None:
    text = visitor.get(f"/progress/{MLS}?by=topic").text
    seen = learner.study.outlook(MLS)
    assert seen is not None
    at = 0
    for weak in seen.weakest("topic"):
        reading = weak.reading
        row = f"{reading.know:.0%} {reading.low:.0%}-{reading.high:.0%}"
        assert weak.because in text
        assert row in text[at:]
        at = text.index(row, at)
    assert seen.trusted in text
    low, high = (percent(share) for share in seen.chance.passing_range)
    assert f"{low} to {high} if the cut is off by 3%" in text
    assert "If you do nothing until 2027-02-14" in text


def test_progress_has_counts_habits_and_mocks(visitor: Visitor, learner: Learner) -> None:
    text = visitor.get(f"/progress/{MLS}?by=domain").text
    found = learner.progress()
    assert "11 answers counted" in text
    for tally in found.at("domain"):
        assert f"{tally.seen}/{tally.held} {tally.right}/{tally.seen}" in text
        assert tally.standing in text
    assert "Median time: " in text
    assert "What the wrong options you chose mixed up" in text
    for point in found.trend:
        assert f"{point.right}/{point.count} {point.scaled}" in text


def test_progress_shows_the_weeks_as_a_line_and_as_a_table(learner: Learner) -> None:
    for _ in range(3):
        learner.desk.clock.advance(minutes=7 * 24 * 60)
        learner.practises({"a1": "right", "b1": "wrong-a"})
    seen = learner.study.outlook(MLS)
    assert seen is not None
    assert len(seen.weeks) >= 3
    with Visitor(learner.desk) as visitor:
        html = visitor.get(f"/progress/{MLS}").html
    (points,) = re.findall(r'<polyline class="way-line" points="([^"]*)"', html)
    assert len(points.split()) == len(seen.weeks) + 1
    for point in seen.weeks:
        assert f'<td class="figure">{point.scaled}</td>' in html


def test_progress_without_answers_says_what_counts() -> None:
    with Visitor() as visitor:
        page = visitor.get("/progress/mls-c01")
        assert "Nothing counts yet" in page.text
        assert "not practised yet" in page.text
        assert "chance to pass" not in page.text


def test_a_level_that_is_not_there_is_the_usual_one(visitor: Visitor) -> None:
    assert visitor.get(f"/progress/{MLS}?by=%3Cb%3E").html == visitor.get(f"/progress/{MLS}").html


# The plan


def test_a_plan_is_set_and_shown_day_by_day(visitor: Visitor, learner: Learner) -> None:
    assert "There is no plan yet." in visitor.get("/plan").text
    page = plans(visitor)
    assert page.path == "/plan"
    assert learner.study.goal() == GOAL
    assert "MLS-C01 on 2027-01-25: 10 days left, 30 minutes a day." in page.text
    agenda = learner.study.agenda(the_day(visitor), TODAY)
    assert agenda is not None
    for day in agenda.days[1:]:
        assert f"{day.on:%a} {day.on}" in page.text
        assert all(item.title in page.text for item in day.items)


def test_a_whole_mock_that_no_day_has_room_for_is_a_link(visitor: Visitor) -> None:
    page = plans(visitor, minutes="10")
    assert "A whole mock takes" in page.text
    assert any(link.startswith("/exam/mls-c01?length=") for link in links(page))
    assert "A whole mock takes" not in plans(visitor, minutes="900").text


def test_the_same_plan_sent_twice_is_one_plan(visitor: Visitor, learner: Learner) -> None:
    for _ in range(3):
        plans(visitor)
    assert len(learner.desk.store.of_kind("planned")) == 1
    plans(visitor, minutes="45")
    assert len(learner.desk.store.of_kind("planned")) == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"date": "soon"}, "That is no date."),
        ({"date": ""}, "That is no date."),
        ({"date": "2027-01-15"}, "2027-01-15 is not in the future."),
        ({"date": "2001-01-01"}, "is not in the future"),
        ({"date": "2099-01-01"}, "more than two years away"),
        ({"minutes": "9"}, "a number from 10 to 960"),
        ({"minutes": "961"}, "a number from 10 to 960"),
        ({"minutes": "-5"}, "a number from 10 to 960"),
        ({"minutes": "1e3"}, "a number from 10 to 960"),
        ({"exam": "mls-c02"}, "Did you mean mls-c01?"),
        ({"exam": ""}, "There is no exam"),
    ],
)
def test_a_plan_that_cannot_be_meant_changes_nothing(
    visitor: Visitor, learner: Learner, said: dict[str, str], words: str
) -> None:
    plans(visitor)
    page = plans(visitor, **said)
    assert page.status in (404, 422)
    assert words in page.text
    assert learner.study.goal() == GOAL


def test_what_was_typed_into_a_refused_plan_is_still_there(visitor: Visitor) -> None:
    page = plans(visitor, minutes="5", date="2027-03-03")
    assert 'value="2027-03-03"' in page.html
    assert 'value="5"' in page.html


def test_a_plan_whose_day_has_come_says_so(visitor: Visitor) -> None:
    plans(visitor)
    visitor.desk.clock.advance(minutes=11 * 24 * 60)
    for path in ("/", "/plan"):
        assert "MLS-C01 was planned for 2027-01-25: that day has come." in visitor.get(path).text


# Who may send


@pytest.mark.parametrize("path", ["/plan", "/told", f"/practice/{MLS}", "/cards"])
def test_another_site_changes_nothing(visitor: Visitor, learner: Learner, path: str) -> None:
    before = len(list(learner.study.export()))
    fields = [("exam", MLS), ("date", "2027-02-01"), ("minutes", "30"), ("grade", "good")]
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": ""},
    ):
        assert visitor.post(path, fields, headers=headers).status == 403
    assert visitor.another().post(path, fields).status == 401
    assert len(list(learner.study.export())) == before
