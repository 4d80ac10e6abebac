"""The exam in plain lines, sat by a learner who types: words, clock, refusals."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.errors import StoreBusy, StoreError, StoreFull, Superseded
from quizengine.question import Kind, Question
from tests.builders import KINDS, START, Desk, a_bank, a_question, an_exam
from tests.shells.helpers import Script, Sitting, Unreliable, Wait, resumed, sitting

FULL = StoreFull("NOT saved: writing record.sqlite failed.", "Free some room on the disk.")
TIME_IS_UP = "The time is up. The exam has been submitted with your answers so far.\n"
BUSY = StoreBusy("NOT saved: another program has held record.sqlite.", "Try again.")


def a_desk(minutes: int = 60, length: int = 3, kinds: tuple[Kind, ...] = ("single",)) -> Desk:
    """A learner before an exam of one domain: three singles in an hour, unless changed."""
    exam = an_exam(weights=(100,), scored=length, unscored=0, minutes=minutes)
    return Desk(a_bank(length, exam=exam, kinds=kinds))


def one(kind: Kind) -> Sitting:
    """An exam of a single question of that kind."""
    return sitting(a_desk(length=1, kinds=(kind,)))


def numbers(sat: Sitting, *choices: str) -> str:
    """The numbers under which the learner sees these choices, as they would be typed."""
    order = sat.seat.attempt.place.order
    return " ".join(str(order.index(choice) + 1) for choice in choices)


def answer(sat: Sitting) -> tuple[str, ...]:
    return sat.seat.attempt.response(sat.seat.question.id).answer


def sure(sat: Sitting) -> bool | None:
    return sat.seat.attempt.response(sat.seat.question.id).sure


def record(sat: Sitting) -> list[str]:
    """The kinds of the events that were stored, in order."""
    return [event.kind for event in sat.desk.store.events(sat.seat.attempt.id)]


def warnings(shown: str) -> list[str]:
    return re.findall(r"\[(\d+ minutes?) left\]", shown)


# The clock


def test_warnings_are_spoken_once_each_while_input_waits() -> None:
    sat = sitting(a_desk(minutes=60))
    assert warnings(sat.types(Wait(59.5), "t")) == [
        "30 minutes",
        "15 minutes",
        "5 minutes",
        "1 minute",
    ]


def test_a_warning_comes_at_its_minute_and_not_before() -> None:
    sat = sitting(a_desk(minutes=60))
    assert warnings(sat.types(Wait(29.99), "t")) == []
    assert warnings(sat.types(Wait(0.02), "t")) == ["30 minutes"]
    assert warnings(sat.types(Wait(14.9), "t")) == []


def test_a_warning_repeats_the_prompt_that_was_open() -> None:
    sat = sitting(a_desk(minutes=60))
    assert "\n[30 minutes left]\n> " in sat.types(Wait(31), "t")
    assert "\n[15 minutes left]\nThis is final. Type yes" in sat.types("end", Wait(15), "no")


def test_an_attempt_that_begins_with_less_is_not_told_what_it_knows() -> None:
    assert warnings(sitting(a_desk(minutes=10)).types(Wait(9.5), "t")) == ["5 minutes", "1 minute"]


def test_after_a_resume_only_the_warnings_still_ahead_are_spoken() -> None:
    desk = a_desk(minutes=60)
    sitting(desk).types("q")
    desk.clock.advance(minutes=50)
    assert warnings(resumed(desk).types(Wait(9.5), "t")) == ["5 minutes", "1 minute"]


def test_an_untimed_attempt_has_no_warnings_and_no_end() -> None:
    sat = sitting(a_desk(), extra="untimed")
    shown = sat.types(Wait(3_000), "t")
    assert warnings(shown) == []
    assert "No time limit." in shown
    assert sat.seat.attempt.is_open


def test_at_zero_the_exam_is_submitted_and_says_so() -> None:
    sat = sitting(a_desk(minutes=60))
    shown = sat.types("1", Wait(61))
    assert sat.done
    assert shown.endswith(TIME_IS_UP)
    assert sat.seat.attempt.submitted_by == "time"
    assert sat.seat.attempt.submitted_at == START + 60 * 60_000
    assert answer(sat)


class Late(Script):
    """Each line is on its way for a second."""

    def read(self, seconds: float | None) -> str | None:
        self.clock.advance(ms=1_000)
        return super().read(seconds)


@pytest.mark.parametrize("line", ["2", "clear", "f", "t", "?", "nonsense"])
def test_a_line_that_comes_after_zero_is_not_taken(line: str) -> None:
    desk = a_desk(minutes=60)
    sat = sitting(desk)
    sat.types("1")
    desk.clock.advance(minutes=60, ms=-500)
    before = answer(sat)
    sat.exam.terminal = late = Late(desk.clock, [line])
    assert sat.exam.sit()
    assert answer(sat) == before
    assert late.shown.endswith("> \n" + TIME_IS_UP)
    assert sat.seat.attempt.flagged == []


def test_the_end_of_the_time_is_noticed_soon_after_the_computer_wakes() -> None:
    desk = a_desk(minutes=60)
    sat = sitting(desk)
    asked: list[float | None] = []

    class Sleeps(Script):
        def read(self, seconds: float | None) -> str | None:
            asked.append(seconds)
            self.clock.advance(minutes=120)  # all the while that the waiting counts seconds
            return None

    sat.exam.terminal = Sleeps(desk.clock)
    assert sat.exam.sit()
    assert asked == [20.0]


def test_time_that_runs_out_at_the_last_question_to_confirm_submits_all_the_same() -> None:
    sat = sitting(a_desk(minutes=60))
    sat.types("1", "end", Wait(61), "no")
    assert sat.seat.attempt.submitted_by == "time"


def test_the_time_left_is_told_on_demand() -> None:
    assert "45:00 left." in sitting(a_desk(minutes=60)).types(Wait(15), "t")
    assert "2:00:00 left." in sitting(a_desk(minutes=120)).types("time")


# Breaks


def test_a_break_stops_the_clock() -> None:
    sat = sitting(a_desk(minutes=60), breaks=True)
    shown = sat.types(Wait(10), "break", Wait(200), "go", "t")
    assert "The clock is stopped." in shown
    assert "The clock runs again." in shown
    assert warnings(shown) == []
    assert shown.count("50:00 left.") >= 2


@pytest.mark.parametrize("line", ["1", "", "n", "g 2", "f", "x 1", "note a", "end", "?", "t", "r"])
def test_on_a_break_nothing_works_but_go_and_q(line: str) -> None:
    sat = sitting(a_desk(), breaks=True)
    sat.types("break")
    before = record(sat)
    shown = sat.types(line)
    assert record(sat) == before
    assert "The clock is stopped for a break." in shown
    assert "go" in shown.split("The clock is stopped for a break.")[1]


@pytest.mark.parametrize("word", ["q", "quit", "exit", "Q"])
def test_leaving_on_a_break_keeps_the_clock_stopped(word: str) -> None:
    desk = a_desk(minutes=60)
    sat = sitting(desk, breaks=True)
    sat.types("break", word, "never read")
    assert sat.terminal.lines == ["never read"]
    desk.clock.advance(minutes=500)
    assert "60:00" not in (shown := resumed(desk).types("go", "t"))
    assert "1:00:00 left." in shown


def test_a_break_that_was_not_agreed_on_is_refused_with_the_way_to_have_one() -> None:
    sat = sitting(a_desk())
    assert "exam start --breaks" in sat.types("break")
    assert sat.seat.attempt.on_break_since is None


# Coming back


def test_a_resume_after_the_deadline_submits_only_on_the_word() -> None:
    desk = a_desk(minutes=60)
    sitting(desk).types("1", "q")
    desk.clock.advance(minutes=90)
    sat = resumed(desk)
    shown = sat.types("", "1", "yes", "end", "go", "submit please")
    assert "ran out at" in shown
    assert "clock shows" in shown
    assert sat.seat.attempt.is_open
    shown = sat.types("submit")
    assert sat.done
    assert "has been submitted" in shown
    assert sat.seat.attempt.submitted_by == "time"
    assert answer(sat)


@pytest.mark.parametrize("word", ["q", "quit", "exit"])
def test_a_resume_after_the_deadline_can_be_left_alone(word: str) -> None:
    desk = a_desk(minutes=60)
    sitting(desk).types("1", "q")
    desk.clock.advance(minutes=90)
    sat = resumed(desk)
    sat.types(word)
    assert not sat.done
    assert sat.seat.attempt.is_open
    desk.clock.advance(minutes=-60)  # the clock of the computer has been set right
    again = resumed(desk)
    again.types("2")
    assert again.seat.attempt.is_open


def test_a_resume_shows_the_question_that_was_in_front() -> None:
    desk = a_desk()
    sitting(desk).types("1", "g 3", "2", "q")
    shown = resumed(desk).types()
    assert "Question 3 of 3" in shown
    assert "Your answer: 2." in shown


# Moving


def test_enter_goes_through_the_questions_and_then_to_the_review() -> None:
    shown = sitting(a_desk()).types("", "", "", "")
    assert re.findall(r"Question \d of 3|Review before", shown) == [
        "Question 1 of 3",
        "Question 2 of 3",
        "Question 3 of 3",
        "Review before",
        "Review before",
    ]


@pytest.mark.parametrize("word", ["n", "next", "N", "  next  "])
def test_next_goes_to_the_next_question(word: str) -> None:
    sat = sitting(a_desk())
    sat.types(word)
    assert sat.seat.attempt.position == 1


@pytest.mark.parametrize("word", ["p", "prev", "previous"])
def test_previous_stops_at_the_first_question(word: str) -> None:
    sat = sitting(a_desk())
    assert "This is the first question." in sat.types("g 2", word, word)
    assert sat.seat.attempt.position == 0


@pytest.mark.parametrize("line", ["g 3", "go 3", "G   3"])
def test_a_jump_goes_to_the_question_with_that_number(line: str) -> None:
    sat = sitting(a_desk())
    assert "Question 3 of 3" in sat.types(line)
    assert sat.seat.attempt.position == 2


@pytest.mark.parametrize("number", ["0", "4", "9999", "12345", "-1", "", "two", "1.5", "2 3", "²"])
def test_a_jump_to_no_question_is_refused_and_goes_nowhere(number: str) -> None:
    sat = sitting(a_desk())
    sat.types("g 2")
    shown = sat.types(f"g {number}")
    assert re.search(r"There is no question|is no question number", shown)
    assert sat.seat.attempt.position == 1


def test_u_goes_round_the_questions_without_a_complete_answer() -> None:
    sat = sitting(a_desk())
    sat.types("g 2", "1", "u")
    assert sat.seat.attempt.position == 2
    sat.types("u")
    assert sat.seat.attempt.position == 0
    assert "Every question is answered." in sat.types("1", "g 3", "1", "u")


# Answering


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2 sure", True),
        ("2 unsure", False),
        ("2!", True),
        ("2?", False),
        ("2 !", True),
        ("2 ?", False),
        ("2, SURE", True),
        ("2unsure", False),
        ("2", None),
    ],
)
def test_an_answer_may_say_how_sure_it_is(said: str, expected: bool | None) -> None:
    sat = one("single")
    shown = sat.types(said)
    assert answer(sat) == (sat.seat.attempt.place.order[1],)
    assert sure(sat) is expected
    words = {True: "Saved: 2, sure.", False: "Saved: 2, unsure.", None: "Saved: 2."}
    assert words[expected] in shown


@pytest.mark.parametrize(("word", "expected"), [("sure", True), ("unsure", False)])
def test_how_sure_can_be_said_after_the_answer(word: str, expected: bool) -> None:
    sat = one("single")
    sat.types("3", word)
    assert answer(sat) == (sat.seat.attempt.place.order[2],)
    assert sure(sat) is expected


def test_nobody_can_be_sure_of_no_answer() -> None:
    sat = one("single")
    assert "There is no answer yet" in sat.types("sure")
    assert "answered" not in record(sat)


def test_sure_before_the_number_is_not_taken_for_an_answer() -> None:
    sat = one("single")
    assert "'sure 2' is no answer" in sat.types("1", "sure 2")
    assert answer(sat) == (sat.seat.attempt.place.order[0],)
    assert sure(sat) is None


def test_an_answer_can_be_changed_and_taken_back() -> None:
    sat = one("single")
    assert "Saved: no answer." in sat.types("1", "2", "clear")
    assert answer(sat) == ()
    assert sat.seat.attempt.unanswered == [0]
    assert "No answer yet." in sat.types("s")


@pytest.mark.parametrize("line", ["5", "9", "1 2 9", "10"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_that_does_not_exist_is_refused(kind: Kind, line: str) -> None:
    sat = one(kind)
    if kind == "multiple":
        line = line.replace("5", "6")
    if kind == "matching":
        line = " ".join(f"{letter}{n}" for letter, n in zip("abc", line.split(), strict=False))
    shown = sat.types(line)
    assert re.search(r"There is no choice|is no answer", shown)
    assert "answered" not in record(sat)


@pytest.mark.parametrize("line", ["1 2", "12", "1,2", "4 3 2 1"])
def test_a_single_takes_one_choice(line: str) -> None:
    sat = one("single")
    assert "This question takes 1" in sat.types("3", line)
    assert answer(sat) == (sat.seat.attempt.place.order[2],)


def test_a_multiple_takes_its_choices_in_any_order_and_says_what_is_missing() -> None:
    sat = one("multiple")
    assert "Saved: 4 (1 of 2)." in sat.types("4")
    assert sat.seat.attempt.unanswered == [0]
    assert "Saved: 1 4." in sat.types("4, 1")
    assert sat.seat.attempt.unanswered == []
    assert set(answer(sat)) == {sat.seat.attempt.place.order[n] for n in (0, 3)}


def test_a_multiple_with_too_many_picks_is_refused_and_the_old_answer_stays() -> None:
    sat = one("multiple")
    shown = sat.types("1 2", "1 2 3")
    assert "This question takes 2 and 3 were picked." in shown
    assert set(answer(sat)) == set(sat.seat.attempt.place.order[:2])


def test_the_same_choice_twice_counts_once() -> None:
    sat = one("multiple")
    assert "Saved: 3 (1 of 2)." in sat.types("3 3")


def test_an_ordering_takes_the_numbers_in_order() -> None:
    sat = one("ordering")
    steps = ("train", "clean", "deploy", "collect")
    typed = numbers(sat, *steps)
    assert f"Saved: {typed}." in sat.types(typed)
    assert answer(sat) == steps
    assert answer(sat) == steps != sat.seat.question.key


def test_an_ordering_may_be_half_done() -> None:
    sat = one("ordering")
    assert "Saved: 4 1 (2 of 4)." in sat.types("41")
    assert sat.seat.attempt.unanswered == [0]


def test_a_step_that_stands_twice_is_refused_without_a_word_about_what_it_is() -> None:
    sat = one("ordering")
    shown = sat.types("4 1 2 4")
    assert "4 stands there twice." in shown
    told = shown.split("4 stands there twice.")[1]
    assert not any(step in told for step in sat.seat.question.key)
    assert answer(sat) == ()


def test_a_matching_takes_pairs_in_one_line_or_in_several() -> None:
    sat = one("matching")
    assert "Saved: a2 (1 of 3)." in sat.types("a2")
    assert "Saved: a2 b1 c2." in sat.types("B=1 c: 2")
    order = sat.seat.attempt.place.order
    assert answer(sat) == (order[1], order[0], order[1])
    assert "Saved: a4 b1 c2, unsure." in sat.types("a 4 unsure")


def test_a_prompt_that_does_not_exist_is_refused() -> None:
    sat = one("matching")
    assert "There is no prompt d. The last is c." in " ".join(sat.types("a1 d2").split())
    assert answer(sat) == ()


def test_a_number_alone_is_no_answer_to_a_matching() -> None:
    sat = one("matching")
    assert "'2' is no answer and no command." in sat.types("2")


def test_pairs_are_no_answer_to_another_question() -> None:
    sat = one("single")
    assert "This is no matching question" in sat.types("a2")
    assert answer(sat) == ()


def test_the_sixth_prompt_can_be_matched_with_a_space_and_is_not_a_flag() -> None:
    prompts = [
        {"id": f"p{n}", "text": f"Prompt {n}.", "match": "one", "why": "So."} for n in range(6)
    ]
    options = [{"id": "one", "text": "One."}, {"id": "two", "text": "Two."}]
    exam = an_exam(weights=(100,), scored=1, unscored=0)
    question = a_question(
        "matching", "d1-000", prompts=prompts, options=options, exams={"mls-c01": "1.1"}
    )
    sat = sitting(Desk(a_bank(1, exam=exam, instead=[question])))
    assert "Saved: f2 (1 of 6)." in sat.types("f 2")
    assert sat.seat.attempt.flagged == []


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "yes",
        "-1",
        "0",
        "1.5",
        "1e3",
        "2 maybe",
        "a",
        "h1",
        "; rm -rf /",
        "\x1b[2J",
        "\x00",
        "１",
        "🙂",
        "sure unsure",
        "1" * 101,
        "a" + " " * 60_000 + "x",
        "2" + ", " * 60_000 + "x",
    ],
)
def test_nonsense_is_answered_with_the_way_to_the_help_and_changes_nothing(line: str) -> None:
    sat = one("single")
    before = record(sat)
    shown = sat.types(line)
    assert "is no answer and no command." in shown
    assert "Type ? for help." in shown
    assert "\x1b" not in shown
    assert record(sat) == before


def test_the_help_names_every_word_that_works() -> None:
    shown = sitting(a_desk()).types("?")
    for word in ("clear", "Enter", "p ", "g 12", "u ", "f ", "x 2", "note", "s ", "t ", "l ", "r "):
        assert word in shown
    for word in ("end", "q ", "break", "sure", "unsure", "a2 b1"):
        assert word in shown


# Marks


@pytest.mark.parametrize("word", ["f", "flag"])
def test_a_flag_is_set_and_taken_away(word: str) -> None:
    sat = sitting(a_desk())
    assert "Flagged for review." in sat.types(word)
    assert sat.seat.attempt.flagged == [0]
    assert "(flagged)" in sat.types("s")
    assert "Flag taken away." in sat.types(word)
    assert sat.seat.attempt.flagged == []


def test_choices_are_struck_out_and_brought_back() -> None:
    sat = sitting(a_desk())
    assert "Struck out: 1, 3." in sat.types("x 1 3")
    shown = sat.types("s")
    assert "1) (struck out)" in shown
    assert "2) (struck out)" not in shown
    assert "Struck out: 3." in sat.types("strike 1")
    assert "Struck out: none." in sat.types("x 3")


def test_a_struck_choice_can_still_be_the_answer() -> None:
    sat = sitting(a_desk())
    assert "Saved: 2." in sat.types("x 2", "2")


@pytest.mark.parametrize("line", ["x", "x nothing", "strike"])
def test_striking_nothing_is_refused(line: str) -> None:
    sat = sitting(a_desk())
    assert "Say which choice to strike out." in sat.types(line)
    assert "struck" not in record(sat)


def test_striking_a_choice_that_does_not_exist_is_refused() -> None:
    sat = sitting(a_desk())
    assert "There is no choice 7." in sat.types("x 7")
    assert "struck" not in record(sat)


def test_a_note_is_kept_as_it_was_typed_and_can_be_taken_away() -> None:
    sat = sitting(a_desk())
    assert "Note saved." in sat.types("note Look up  F1; 2 sure?")
    assert "Note: Look up  F1; 2 sure?" in sat.types("s")
    assert "Note taken away." in sat.types("note")
    assert "Note:" not in sat.types("s")


def test_a_note_that_is_too_long_is_refused() -> None:
    sat = sitting(a_desk())
    assert "A note has at most 2000." in sat.types("note " + "x" * 2_001)
    assert "noted" not in record(sat)


# Review and the end


def test_the_list_names_the_unanswered_and_the_flagged_by_number() -> None:
    shown = sitting(a_desk()).types("1", "f", "g 3", "f", "l")
    assert "Unanswered: 2, 3." in shown
    assert "Flagged: 1, 3." in shown
    assert "Unanswered: none." in sitting(a_desk(length=1)).types("1", "l")


def test_the_review_before_the_end_counts_and_says_that_a_guess_costs_nothing() -> None:
    shown = sitting(a_desk()).types("1", "f", "r")
    assert "1 answered, 2 unanswered, 1 flagged. 1:00:00 left." in shown
    assert "An unanswered question counts as wrong; a guess costs nothing." in shown
    assert "Unanswered: 2, 3." in shown


def test_a_half_answered_question_counts_as_unanswered() -> None:
    assert "0 answered, 1 unanswered" in one("ordering").types("4 1", "r")


def test_a_review_of_a_whole_exam_does_not_urge_to_guess() -> None:
    assert "a guess costs nothing" not in one("single").types("1", "r")


@pytest.mark.parametrize("word", ["end", "submit"])
@pytest.mark.parametrize("yes", ["yes", "y", "YES", " yes "])
def test_the_end_comes_after_the_counts_and_a_yes(word: str, yes: str) -> None:
    sat = sitting(a_desk())
    shown = sat.types("1", word, yes, "never read")
    assert "1 answered, 2 unanswered, 0 flagged." in shown
    assert shown.endswith("Submitted.\n")
    assert sat.done
    assert sat.seat.attempt.submitted_by == "learner"
    assert sat.terminal.lines == ["never read"]


@pytest.mark.parametrize("reply", ["no", "", "n", "yess", "submit", "end", "1"])
def test_anything_but_yes_goes_on(reply: str) -> None:
    sat = sitting(a_desk())
    assert "Not submitted." in sat.types("end", reply)
    assert sat.seat.attempt.is_open
    assert answer(sat) == ()


@pytest.mark.parametrize("word", ["q", "quit", "exit"])
def test_leaving_keeps_the_attempt_open(word: str) -> None:
    sat = sitting(a_desk())
    sat.types("1", word, "end", "yes")
    assert not sat.done
    assert sat.seat.attempt.is_open


def test_the_end_of_input_is_a_way_of_leaving() -> None:
    sat = sitting(a_desk())
    sat.types("1", "end")
    assert not sat.done
    assert sat.seat.attempt.is_open
    assert answer(sat)


# A record that cannot be written


@pytest.mark.parametrize("error", [FULL, BUSY], ids=["full", "busy"])
@pytest.mark.parametrize("line", ["2", "clear", "f", "x 1", "note a", "g 2", "break", "n"])
def test_what_could_not_be_saved_is_said_not_shown_as_done_and_works_when_tried_again(
    error: StoreError, line: str
) -> None:
    store = Unreliable()
    desk = a_desk()
    desk.store = store
    sat = sitting(desk, breaks=True)
    sat.types("1")
    before, kinds = sat.seat.attempt, record(sat)
    store.refusal = error
    shown = sat.types(line)
    assert "NOT saved" in shown
    assert "Saved:" not in shown
    assert sat.seat.attempt == before
    assert record(sat) == kinds
    store.refusal = None
    sat.types(line)
    assert len(record(sat)) > len(kinds)
    assert sat.seat.attempt != before


def test_a_submit_that_could_not_be_saved_can_be_tried_again() -> None:
    store = Unreliable()
    desk = a_desk()
    desk.store = store
    sat = sitting(desk)
    store.refusal = FULL
    shown = sat.types("end", "yes")
    assert "NOT saved" in shown
    assert "Submitted." not in shown
    assert sat.seat.attempt.is_open
    store.refusal = None
    sat.types("end", "yes")
    assert sat.done


def test_a_jump_whose_showing_could_not_be_saved_loses_no_answer() -> None:
    store = Unreliable()
    desk = a_desk()
    desk.store = store
    sat = sitting(desk)
    store.refusal, store.only = FULL, "shown"
    assert "NOT saved" in sat.types("2", "g 2")
    store.refusal = None
    sat.types("g 2", "3", "q")
    again = resumed(desk)
    again.types()
    assert again.seat.attempt.unanswered == [2]


@pytest.mark.parametrize("error", [FULL, BUSY], ids=["full", "busy"])
def test_a_store_that_fails_when_the_time_is_up_is_tried_again_on_enter(error: StoreError) -> None:
    desk = a_desk(minutes=60)
    store = Unreliable()
    desk.store = store
    sat = sitting(desk)
    store.refusal = error

    class Frees(Script):
        """The learner makes room before the second time of pressing Enter."""

        def read(self, seconds: float | None) -> str | None:
            if len(self.lines) == 1:
                store.refusal = None
            return super().read(seconds)

    sat.exam.terminal = terminal = Frees(desk.clock, [Wait(61), "", ""])
    assert sat.exam.sit()
    assert terminal.shown.count("NOT saved") == 2
    assert terminal.shown.endswith(TIME_IS_UP)
    assert sat.seat.attempt.submitted_by == "time"


def test_a_store_that_fails_when_the_time_is_up_lets_the_learner_leave() -> None:
    desk = a_desk(minutes=60)
    store = Unreliable()
    desk.store = store
    sat = sitting(desk)
    store.refusal = FULL
    sat.types(Wait(61), "q")
    assert not sat.done
    store.refusal = None
    again = resumed(desk)
    again.types("submit")
    assert again.done


# Two windows


@pytest.mark.parametrize("line", ["1", "f", "n", "x 1", "note a", "clear"])
def test_the_older_of_two_windows_ends_with_a_message_and_changes_nothing(line: str) -> None:
    desk = a_desk()
    old = sitting(desk)
    new = resumed(desk)
    before = record(old)
    with pytest.raises(Superseded, match="now open in a newer window"):
        old.types(line)
    assert record(old) == before
    assert "Saved: 2." in new.types("2")


def test_an_older_window_cannot_submit_when_the_time_is_up() -> None:
    desk = a_desk(minutes=60)
    old = sitting(desk)
    new = resumed(desk)
    with pytest.raises(Superseded):
        old.types(Wait(61))
    new.types("submit")
    assert new.done


# What is not shown before the end


def secrets(question: Question) -> list[str]:
    """The reasons, and the title of what was read: none is for the eyes of who still answers."""
    match question.kind:
        case "single" | "multiple":
            whys = [option.why for option in question.options]
        case "ordering":
            whys = [step.why for step in question.steps]
        case "matching":
            whys = [prompt.why for prompt in question.prompts]
    return [*whys, *(reference.url for reference in question.references), question.id]


WORDS = [
    "",
    "p",
    "u",
    "f",
    "x 1",
    "clear",
    "sure",
    "note later",
    "s",
    "t",
    "l",
    "r",
    "?",
    "1",
    "1 2",
    "1 2 3",
    "4 3 2 1",
    "2 2",
    "a1 b2 c3",
    "a9",
    "d1",
    "g 3",
    "g 99",
    "break",
    "nonsense",
    "end",
    "no",
]


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_nothing_that_is_shown_before_the_end_betrays_key_reason_trap_or_what_counts(
    lines: list[str],
) -> None:
    exam = an_exam(weights=(50, 50), scored=6, unscored=2, minutes=60)
    desk = Desk(a_bank(4, exam=exam, kinds=KINDS))
    sat = sitting(desk)
    walk = [line for n in range(1, 9) for line in (f"g {n}", "1", "1 2", "4 3 2 1", "a1 b1 c2")]
    shown = " ".join(sat.types(*walk, *lines).split())
    assert sat.seat.attempt.is_open
    for place in sat.seat.attempt.form.places:
        question = desk.bank.question(place.question)
        assert question.stem in shown
        for secret in secrets(question):
            assert secret not in shown
    # "counts as wrong" of the unanswered is said of all alike, before the end.
    told = shown.replace("An unanswered question counts as wrong", "")
    told = re.sub(r"Do (wrong|right)(-[abc])?\.", "", told)  # the builders' texts of the options
    assert not re.search(r"correct|wrong|right|trap|scored|stage|boundary|count", told.lower())


def test_the_same_question_looks_the_same_whether_it_counts_or_not() -> None:
    looks = []
    for scored, unscored in ((2, 0), (1, 1)):
        exam = an_exam(weights=(100,), scored=scored, unscored=unscored, minutes=60)
        sat = sitting(Desk(a_bank(2, exam=exam)))
        looks.append(sat.types("g 1", "1", "g 2", "2", "r"))
        assert sum(p.scored for p in sat.seat.attempt.form.places) == scored
    assert looks[0] == looks[1]


def test_a_right_answer_and_a_wrong_one_are_confirmed_in_the_same_words() -> None:
    said = set()
    for choice in ("right", "wrong-a", "wrong-b", "wrong-c"):
        sat = one("single")
        typed = numbers(sat, choice)
        said.add(sat.types(typed).replace(f"Saved: {typed}.", "Saved."))
    assert len(said) == 1
