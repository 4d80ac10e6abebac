"""What the pages say, before an exam and after it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from quizengine.terms import MINUTE
from tests.builders import Desk, a_bank, a_card, a_lab, a_question, a_short_exam, a_single, an_exam
from tests.web.helpers import Page, Visitor, a_plan_of, a_web_desk


def told(visitor: Visitor, **said: str) -> list[str]:
    """The summary that the script asks for as the choices are made."""
    query = "&".join(f"{name}={value}" for name, value in {**said, "as": "json"}.items())
    found: list[str] = json.loads(visitor.get(f"/exam/mls-c01?{query}").html)["told"]
    return found


# Before


def test_the_start_says_what_the_choices_give() -> None:
    with Visitor() as visitor:
        page = visitor.get("/exam/mls-c01")
        assert "10 questions, 20 minutes." in page.text
        assert "4 of them do not count, as in the real exam" in page.text
        assert "Start: the clock runs from here" in page.text
        assert "kept for as long as you like" in page.text
        assert "No partial credit" in page.text
        assert "may take 5 seconds longer" in page.text
        assert told(visitor, extra="x1.5") == [
            "10 questions, 30 minutes (with x1.5).",
            "4 of them do not count, as in the real exam; which ones is not shown.",
        ]
        assert told(visitor, extra="%2B30")[0] == "10 questions, 50 minutes (with +30)."
        assert told(visitor, extra="untimed")[0] == "10 questions, no time limit."
        assert told(visitor, breaks="on")[-1] == "You may stop the clock for breaks."


def test_the_start_speaks_of_a_clock_only_where_one_runs() -> None:
    with Visitor() as visitor:
        timed, free = (visitor.get(f"/exam/mls-c01{said}") for said in ("", "?extra=untimed"))
        assert "the clock runs from here" in timed.text
        assert "the clock runs from here" not in free.text
        assert ">Start</button>" in free.html
        said = json.loads(visitor.get("/exam/mls-c01?extra=untimed&as=json").html)
        assert said["start"] == "Start"


def test_what_is_kept_for_the_last_mocks_is_offered_where_something_is_kept() -> None:
    exam = a_short_exam()
    for each, offered in ((5, False), (40, True)):
        with Visitor(Desk(a_bank(each, exam=exam))) as visitor:
            assert ('name="sealed"' in visitor.get("/exam/mls-c01").html) is offered


def test_what_is_started_is_what_was_chosen() -> None:
    with Visitor(Desk(a_bank(40, exam=an_exam()))) as visitor:
        page = visitor.start(length="20-questions", extra="x2", breaks="on")
        assert "Question 1 of 20" in page.title
        (line,) = visitor.desk.study().history()
        terms = line.attempt.terms
        assert (terms.minutes, terms.extra, terms.breaks) == (112, "x2", True)


def test_a_shorter_exam_can_be_told_in_minutes() -> None:
    with Visitor(Desk(a_bank(40, exam=an_exam()))) as visitor:
        assert told(visitor, length="30-minutes") == ["10 questions, 30 minutes."]


@pytest.mark.parametrize(
    "said",
    [
        {"length": "0-questions"},
        {"length": "9999-questions"},
        {"length": "many"},
        {"extra": "x9"},
        {"format": "nothing"},
        {"sealed": "on"},
    ],
)
def test_a_choice_that_cannot_be_meant_is_said_to_be_so_and_starts_nothing(
    said: dict[str, str],
) -> None:
    with Visitor(a_web_desk()) as visitor:
        query = "&".join(f"{k}={v}" for k, v in said.items())
        page = visitor.get(f"/exam/mls-c01?{query}")
        if said == {"sealed": "on"}:  # this bank keeps some
            assert page.status == 200
            return
        assert page.status in (404, 422)
        assert page.html.count('role="alert"') <= 1
        assert visitor.start(**said).status in (404, 422)
        assert visitor.desk.study().history() == []


def test_an_exam_that_is_not_there_names_the_close_ones() -> None:
    with Visitor() as visitor:
        page = visitor.get("/exam/mls-c02")
        assert page.status == 404
        assert "Did you mean mls-c01?" in page.text


def test_where_the_bank_is_small_the_longest_form_is_offered() -> None:
    with Visitor(Desk(a_bank(4, exam=an_exam()))) as visitor:
        home, page = visitor.get("/"), visitor.get("/exam/mls-c01")
        assert "16 questions; longest form" in home.text
        assert "The longest form there is" in page.text
        assert "The full form" not in page.text
        assert visitor.start().status == 200


def test_the_first_page_shows_status_notice_and_bank() -> None:
    status = {"value": "retired", "since": "2026-03-31", "source": "guide", "as_of": "2026-11-21"}
    exam = a_short_exam()
    retired = exam.status.model_copy(update={"value": "retired", "notice": "It is retired."})
    exam = exam.model_copy(update={"status": retired})
    assert status["value"] == retired.value
    with Visitor(Desk(a_bank(exam=exam))) as visitor:
        page = visitor.get("/")
        for words in (
            "The exam mls-c01",
            "retired",
            "It is retired.",
            "40 questions",
            "20 minutes",
        ):
            assert words in page.text


def test_the_first_page_offers_to_go_on_and_lists_results() -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "next", picks=[1])
        visitor.desk.clock.advance(minutes=5)
        home = visitor.get("/")
        assert "1 of 10 answered, 15:00 left." in home.text
        visitor.post(f"{page.window}/end")
        home = visitor.get("/")
        assert "Go on" not in home.text
        assert "of 6" in home.text


# During


def test_the_review_says_how_long_there_is_for_each_unanswered_question() -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "review", picks=[1])
        assert "2:14 for each unanswered question." in page.text


def test_the_end_states_the_counts_and_that_it_is_final() -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "end", picks=[1], flag="on")
        for words in ("answered 1", "unanswered 9", "flagged 1", "Ending is final."):
            assert words.split()[0] in page.text
        assert "An unanswered question counts as wrong; a guess costs nothing." in page.text


def test_a_question_in_the_list_is_told_by_its_state_in_words() -> None:
    with Visitor() as visitor:
        page = visitor.press(visitor.start(), "next", picks=[1], flag="on")
        assert 'aria-label="Question 1: answered, flagged"' in page.html
        assert 'aria-label="Question 2: unanswered"' in page.html
        assert 'aria-label="Question 3: unseen"' in page.html


# After


@pytest.fixture
def finished() -> Any:
    """An exam that has ended: right and sure, changed for the better, caught and flagged, blank."""
    questions = [
        a_single("first", "a", cards=("a-card",), lab="early_stopping"),
        a_single("second", "b"),
        a_single("third", "c", cards=("a-card", "gone")),
        a_question("matching", "fourth"),
    ]
    bank = a_bank(
        exam=a_short_exam(), instead=questions, cards=[a_card()], labs=[a_lab(questions=("third",))]
    )
    bank.questions |= {question.id: question for question in questions}
    visitor = Visitor(Desk(bank))
    study = visitor.desk.study()
    seat = study.start(a_plan_of(study, questions, extra="untimed"))

    def spend(minutes: float) -> None:
        visitor.desk.clock.advance(ms=round(minutes * MINUTE))

    spend(0.5)
    seat = study.answer(seat, "first", ("a",), sure=True)
    seat = study.go_to(seat, 1)
    seat = study.answer(seat, "second", ("a",))
    spend(1)
    seat = study.answer(seat, "second", ("b",), sure=False)
    seat = study.go_to(seat, 2)
    spend(2.5)
    seat = study.answer(seat, "third", ("a",), sure=True)
    seat = study.flag(seat, "third", True)
    seat = study.note(seat, "third", "look <b>again</b>")
    seat = study.submit(seat)
    with visitor:
        yield visitor, f"/result/{seat.attempt.id}"


def test_the_result_tells_all_there_is_to_tell(finished: tuple[Visitor, str]) -> None:
    visitor, path = finished
    page = visitor.get(path)
    for words in (
        "The exam mls-c01: your result",
        "estimated scaled score, of 1000",
        "below the pass mark of 750",
        "2 of 4 scored questions right (50 %)",
        "1 question left blank, counted as wrong.",
        "An estimate: AWS does not publish how it scales. It takes 72 % right (± 3)",
        "1 Domain 1",
        "too few to say",
        "Longest: question 3 (2:30)",
        "the right idea at the wrong stage (1)",
        "You changed 1 answer: 1 for the better, 0 for the worse.",
        "Where you were sure, 1 of 2 were right.",
        "Where you were unsure, 1 of 1 were right.",
        "Practise what was not right",
        "quizengine lab start early_stopping practises 1 of what was not right",
        "wrong 2",
        "flagged 1",
    ):
        assert words in page.text, words


def test_what_caught_the_learner_can_be_gone_through_alone(finished: tuple[Visitor, str]) -> None:
    visitor, path = finished
    assert 'href="' + path + '/3?only=wrong"' in visitor.get(path).html
    page = visitor.get(f"{path}/3?only=wrong")
    assert "wrong: 1 of 2" in page.text
    assert f"{path}/4?only=wrong" in page.html
    assert f"{path}/2?" not in page.html


def test_a_reviewed_question_shows_its_grounds(finished: tuple[Visitor, str]) -> None:
    visitor, path = finished
    page = visitor.get(f"{path}/3")
    for words in (
        "Not right, and you were sure.",
        "2:30 spent; flagged; you were sure.",
        "Wrong, your answer. Because of a. This option: the right idea at the wrong stage.",
        "Right. Because of c.",
        "What decides rises again",
        "A page as of 2026-08-04",
        "Verified on 2026-11-21",
        "To remember (due now)",
        "What ends a training job early?",
        "Common error To take the training loss for the validation loss.",
        "Stop a job early (30 minutes)",
        "Your note look <b>again</b>",
    ):
        assert words in page.text, words
    assert "<mark>rises again</mark>" in page.html
    assert "&lt;b&gt;again" in page.html
    assert 'rel="noopener noreferrer"' in page.html
    right = visitor.get(f"{path}/1")
    assert "due now" not in right.text
    assert "Right, your answer." in right.text


def test_a_blank_matching_is_reviewed_prompt_by_prompt(finished: tuple[Visitor, str]) -> None:
    visitor, path = finished
    page = visitor.get(f"{path}/4")
    assert "Left blank." in page.text
    assert page.text.count("You: nothing.") == 3
    assert "It is labels. → That is supervised." in page.text


def test_a_question_that_is_not_there_is_said_to_be_so(finished: tuple[Visitor, str]) -> None:
    visitor, path = finished
    for number in (0, 5, 10**20):
        page = visitor.get(f"{path}/{number}")
        assert page.status == 404
        assert "There is no question number called" in page.text


def test_a_corrected_key_is_told_with_the_result_by_todays_keys() -> None:
    questions = [a_single("first", "a"), a_single("second", "b")]
    bank = a_bank(exam=a_short_exam(), instead=questions)
    bank.questions |= {question.id: question for question in questions}
    desk = Desk(bank)
    study = desk.study()
    seat = study.start(a_plan_of(study, questions))
    seat = study.submit(study.answer(seat, "first", ("a",)))
    bank.questions[questions[0].id] = a_single("first", "d")
    with Visitor(desk) as visitor:
        path = f"/result/{seat.attempt.id}"
        assert "The marking of 1 question was corrected" in visitor.get(path).text
        assert "By today's keys: 0 of 2" in visitor.get(path).text
        assert "The key was corrected since" in visitor.get(f"{path}/1").text


def test_practice_has_no_estimate() -> None:
    with Visitor() as visitor:
        assert visitor.study is not None
        page: Page = visitor.sits(visitor.study.plan_practice("mls-c01", questions=2))
        page = visitor.press(page, "check", picks=[1])
        page = visitor.post(f"{page.window}/end")
        assert "your practice" in page.text
        assert "estimated" not in page.text
        assert "right of 1 question answered." in page.text
