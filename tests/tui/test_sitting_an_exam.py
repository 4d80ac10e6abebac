"""A whole exam on the full screen, by keys and by mouse."""

from __future__ import annotations

import pytest

from quizengine.errors import Superseded
from quizengine.question import Kind
from quizengine.terms import MINUTE
from quizengine.tui.acts import Do
from quizengine.tui.row import Row
from tests.builders import KINDS, Desk, a_bank, a_short_exam
from tests.tui.helpers import Stage, a_desk, on_stage, play

# From the first question to the end


async def answer_by_keys(on: Stage) -> None:
    question, key = on.seat.question, on.seat.question.key
    match question.kind:
        case "single" | "multiple":
            for choice in key:
                await on.press(on.key_of(choice))
        case "ordering":
            for place, step in enumerate(key, start=1):
                rows = list(on.app.screen.query(Row))
                steps = on.response.answer or on.seat.attempt.place.order
                rows[steps.index(step)].focus()
                await on.press(str(place))
        case "matching":
            for row, match in zip(on.app.screen.query(Row), key, strict=True):
                row.focus()
                await on.press(on.key_of(match))


@on_stage(*KINDS)
async def test_an_exam_of_all_four_kinds_is_sat_by_keys_alone(on: Stage) -> None:
    kinds: set[Kind] = set()
    for number in range(1, 11):
        assert on.number == number
        await answer_by_keys(on)
        kinds.add(on.seat.question.kind)
        assert on.response.complete, on.seat.question.kind
        assert on.seat.question.is_right(on.response.answer)
        await on.press("n")
    assert kinds == set(KINDS)
    assert "a all 10 i unanswered 0 s unseen 0 f flagged 0" in on.text
    await on.press("e")
    assert "10 answered, 0 unanswered, 0 flagged. Ending is final." in on.text
    await on.press("y")
    assert on.ended == "submitted"
    assert on.desk.study().report().result.right == on.desk.study().report().result.count


async def answer_by_mouse(on: Stage) -> None:
    question, key = on.seat.question, on.seat.question.key
    rows = list(on.app.screen.query(Row))
    match question.kind:
        case "single" | "multiple":
            for choice in key:
                await on.click(rows[int(on.key_of(choice)) - 1], at=(12, 0))
        case "ordering":
            for place, step in enumerate(key):
                while (steps := list(on.response.answer or on.seat.attempt.place.order)).index(
                    step
                ) > place:
                    await on.click(rows[steps.index(step)].query("Mover").first(), at=(1, 0))
            if not on.response.answer:
                await on.click(rows[0], at=(12, 0))
        case "matching":
            for row, match in zip(rows, key, strict=True):
                await on.click(row, at=(12, 0))
                await on.click("OptionList", at=(5, int(on.key_of(match)) - 1))


@on_stage(*KINDS)
async def test_an_exam_of_all_four_kinds_is_sat_by_mouse_alone(on: Stage) -> None:
    for number in range(1, 5):
        assert on.number == number
        await answer_by_mouse(on)
        assert on.seat.question.is_right(on.response.answer), on.seat.question.kind
        await on.click_key("next")
    await on.click_key("list")
    await on.click("#list", at=(5, 2))
    assert on.number == 3
    await on.click_key("flag")
    assert on.response.flagged
    await on.click_key("back")
    assert on.number == 2
    await on.click_key("end")
    await on.click("#no")
    assert on.seat.attempt.is_open
    await on.click_key("end")
    await on.click("#yes")
    assert on.ended == "submitted"


# Answering


@on_stage("single")
async def test_another_option_of_a_single_takes_the_place_of_the_first(on: Stage) -> None:
    await on.press("1")
    await on.press("3")
    assert on.response.answer == (on.seat.attempt.place.order[2],)
    assert sum("(•)" in line for line in on.lines) == 1


@on_stage("multiple")
async def test_select_two_is_counted_and_a_third_is_refused(on: Stage) -> None:
    assert on.said == "Select TWO: 0 of 2 selected.  "
    await on.press("1")
    assert on.said.startswith("Select TWO: 1 of 2 selected.")
    await on.press("2")
    assert on.said == "Select TWO: 2 of 2 selected.  Saved."
    await on.press("3")
    assert on.said == "2 options are selected: take one back."
    assert on.response.given == 2
    await on.press("1")
    assert on.said.startswith("Select TWO: 1 of 2 selected.")


@on_stage("multiple")
async def test_a_double_click_is_one_choice(on: Stage) -> None:
    await on.pilot.double_click("#row-2", offset=(12, 0))
    await on.pilot.pause()
    assert on.response.given == 1


@on_stage("single")
async def test_enter_and_space_choose_the_option_with_the_focus(on: Stage) -> None:
    await on.press("down", "enter")
    assert on.response.answer == (on.seat.attempt.place.order[1],)
    await on.press("down", "space")
    assert on.response.answer == (on.seat.attempt.place.order[2],)


@on_stage("single")
async def test_keys_typed_faster_than_the_screen_follows_go_to_their_questions(on: Stage) -> None:
    await on.press_at_once("2", "n", "3", "f", "n", "x", "down", "enter", "n", "1", "n", "4")
    attempt = on.seat.attempt
    places = attempt.form.places
    chosen = [attempt.response(place.question).answer for place in places[:5]]
    orders = [place.order for place in places[:5]]
    assert chosen == [(order[n],) for order, n in zip(orders, (1, 2, 1, 0, 3), strict=True)]
    assert attempt.flagged == [1]
    assert attempt.response(places[2].question).struck == {orders[2][0]}
    assert on.number == 5


@on_stage("multiple")
async def test_two_digits_typed_at_once_are_two_choices(on: Stage) -> None:
    await on.press_at_once("1", "4", "2")
    assert on.response.given == 2
    assert on.said == "2 options are selected: take one back."


@on_stage("ordering")
async def test_moves_typed_at_once_carry_one_step(on: Stage) -> None:
    first, *others = on.seat.attempt.place.order
    await on.press_at_once("]", "]", "]")
    assert on.response.answer == (*others, first)


@on_stage("single")
async def test_an_answer_typed_just_before_leaving_is_saved(on: Stage) -> None:
    await on.press_at_once("3", "q")
    assert on.ended == "left"
    assert on.response.given == 1


@on_stage("single")
async def test_a_click_and_a_key_at_once_never_answer_another_question(on: Stage) -> None:
    first = on.seat.question.id
    row = on.app.screen.query(Row).first()
    on.app.post_message(Do(row.action_pick))
    await on.press_at_once("n")
    on.app.post_message(Do(row.action_pick))  # late: its question has gone
    await on.settle()
    assert on.seat.attempt.response(first).given == 1
    assert on.number == 2
    assert on.response.given == 0


@on_stage("single")
async def test_a_digit_without_an_option_does_nothing(on: Stage) -> None:
    await on.press("5", "7", "9", "0")
    assert on.response.answer == ()


@on_stage("single")
async def test_an_answer_is_taken_back(on: Stage) -> None:
    await on.press("2", "s", "backspace")
    assert on.response.answer == ()
    assert on.response.sure is None
    assert not any("(•)" in line for line in on.lines)


@on_stage("single")
async def test_an_option_is_struck_out_brought_back_and_can_be_chosen_all_the_same(
    on: Stage,
) -> None:
    first, second = on.seat.attempt.place.order[:2]
    await on.press("x")
    await on.click("#row-2", button=3)
    assert on.response.struck == {first, second}
    assert on.response.answer == ()
    assert any("( ) 1x" in line for line in on.lines)
    await on.press("x", "1")
    assert on.response.struck == {first}
    assert any("(•) 1x" in line for line in on.lines)


@on_stage("ordering")
async def test_a_step_cannot_be_struck_out(on: Stage) -> None:
    await on.press("x")
    assert on.said == "Only options to choose from can be struck out."
    assert on.response.struck == frozenset()


@on_stage("single")
async def test_how_sure_one_is_is_said_in_turn(on: Stage) -> None:
    told = []
    for keys in (["1", "s"], ["s"], ["2"], ["s"]):
        await on.press(*keys)
        told.append((on.response.sure, on.said.partition(".  ")[2]))
    assert told == [
        (True, "You are sure.  Saved."),
        (False, "You are unsure.  Saved."),
        (False, "You are unsure.  Saved."),
        (None, "Saved."),
    ]


@on_stage("ordering")
async def test_the_step_with_the_focus_is_moved_and_keeps_the_focus(on: Stage) -> None:
    first, second, third, fourth = on.seat.attempt.place.order
    await on.press("]")
    assert on.response.answer == (second, first, third, fourth)
    await on.press("shift+down")
    assert on.response.answer == (second, third, first, fourth)
    await on.press("[")
    assert on.response.answer == (second, first, third, fourth)
    await on.press("4")
    assert on.response.answer == (second, third, fourth, first)
    focused = on.app.focused
    assert isinstance(focused, Row)
    assert focused.number == 4


@on_stage("ordering")
async def test_at_the_edge_a_step_stays(on: Stage) -> None:
    await on.press("[", "shift+up", "1")
    assert on.response.answer == ()


@on_stage("ordering")
async def test_an_order_can_be_taken_as_it_is(on: Stage) -> None:
    assert "Enter takes it so." in on.said
    await on.press("enter")
    assert on.response.answer == on.seat.attempt.place.order
    assert on.response.complete


@on_stage("matching")
async def test_a_match_is_chosen_from_a_list_or_with_its_number(on: Stage) -> None:
    order = on.seat.attempt.place.order
    await on.press("enter")
    await on.press("down", "enter")
    assert on.response.answer == (order[1], "", "")
    assert on.said.startswith("Match each line: 1 of 3 matched.")
    await on.press("down", "enter")
    await on.press("4")
    assert on.response.answer == (order[1], order[3], "")
    await on.press("1")
    assert on.response.answer == (order[1], order[0], "")
    assert not on.response.complete


@on_stage("matching")
async def test_to_leave_the_list_changes_nothing(on: Stage) -> None:
    await on.press("enter")
    await on.press("escape")
    assert on.response.answer == ()
    assert on.seat.attempt.is_open


# Flag, note


@on_stage("single")
async def test_a_flag_stands_in_the_head_and_is_taken_away(on: Stage) -> None:
    await on.press("f")
    assert on.lines[0].startswith(" Question  1 of 10 FLAGGED")
    await on.press("f")
    assert "FLAGGED" not in on.text


@on_stage("single")
async def test_a_note_is_written_shown_and_changed(on: Stage) -> None:
    await on.press("o")
    await on.type("see q 5")
    await on.press("enter")
    assert on.response.note == "see q 5"
    assert "Your note: see q 5" in on.text
    await on.press("o")
    await on.type("!")
    await on.press("enter")
    assert on.response.note == "see q 5!"


@on_stage("single")
async def test_a_note_that_is_left_stays_as_it_was(on: Stage) -> None:
    await on.press("o")
    await on.type("eq")  # keys of the exam do nothing in a line of input
    await on.press("escape")
    assert on.response.note == ""
    assert on.ended is None


# Moving


@on_stage("single")
async def test_there_is_no_question_before_the_first(on: Stage) -> None:
    await on.press("p")
    assert on.said == "This is the first question."
    assert on.number == 1


@on_stage("single")
async def test_arrows_and_letters_go_from_question_to_question(on: Stage) -> None:
    await on.press("right", "n", "left", "p", "n")
    assert on.number == 2


@on_stage("single")
async def test_u_goes_to_the_next_unanswered_question(on: Stage) -> None:
    await on.press("1", "n", "1", "u")
    assert on.number == 3
    for _ in range(8):
        await on.press("1", "u")
    assert on.said == "Every question is answered."


@on_stage("single")
async def test_a_number_goes_to_its_question_and_a_wrong_one_is_asked_again(on: Stage) -> None:
    await on.press("g")
    await on.type("99")
    await on.press("enter")
    assert "The questions are 1 to 10." in on.text
    await on.press("backspace", "backspace", "7", "enter")
    assert on.number == 7


@on_stage("single")
async def test_the_focus_comes_back_to_the_chosen_option(on: Stage) -> None:
    await on.press("3", "n")
    focused = on.app.focused
    assert isinstance(focused, Row)
    assert focused.number == 1
    await on.press("p")
    focused = on.app.focused
    assert isinstance(focused, Row)
    assert focused.number == 3


# The list and the end


@on_stage("single")
async def test_the_list_tells_every_state_and_filters(on: Stage) -> None:
    await on.press("1", "s", "n", "f", "o")
    await on.type("why not?")
    await on.press("enter", "n", "l")
    assert "a all 10 i unanswered 9 s unseen 7 f flagged 1" in on.text
    shown = [line.strip(" │▐▌") for line in on.lines]
    assert any(line.startswith("1  answered") and line.endswith("sure") for line in shown)
    assert any(line.startswith("2  unanswered  FLAGGED") and "why not?" in line for line in shown)
    assert any(line.startswith(">  3  unanswered") for line in shown)
    assert any(line.startswith("4  unseen") for line in shown)
    await on.press("f")
    assert not any("unseen" in line for line in on.lines[3:])
    await on.press("enter")
    assert on.number == 2
    await on.press("r")  # the filter is remembered
    assert not any("unseen" in line for line in on.lines[3:])
    await on.press("s", "enter")
    assert on.number == 4


@on_stage("single")
async def test_an_empty_filter_says_so_and_goes_nowhere(on: Stage) -> None:
    await on.press("l", "f")
    assert "None." in on.text
    await on.press("enter")
    await on.press("escape")
    assert on.number == 1


@on_stage("single")
async def test_after_the_last_question_comes_the_list(on: Stage) -> None:
    await on.press("g")
    await on.press("1", "0", "enter", "n")
    assert "a all 10" in on.text


@on_stage("single")
async def test_to_end_is_asked_with_counts_and_no_is_the_first_answer(on: Stage) -> None:
    await on.press("1", "n", "f", "e")
    assert "End the exam? 1 answered, 9 unanswered, 1 flagged." in on.text
    assert "An unanswered question counts as wrong; a guess costs nothing." in on.text
    await on.press("enter")
    assert on.seat.attempt.is_open
    await on.press("e", "escape", "e", "n")
    assert on.seat.attempt.is_open
    assert on.ended is None
    await on.press("e", "right", "enter")
    assert on.ended == "submitted"


@on_stage("single")
async def test_the_list_leads_to_the_end(on: Stage) -> None:
    await on.press("l", "e")
    assert "End the exam?" in on.text
    await on.press("y")
    assert on.ended == "submitted"


@on_stage("single")
async def test_escape_ends_nothing(on: Stage) -> None:
    await on.press("escape", "escape")
    for window in "lego?":
        await on.press(window, "escape")
    assert on.ended is None
    assert on.seat.attempt.is_open


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
@on_stage("single")
async def test_to_leave_asks_nothing_and_keeps_the_attempt_open(on: Stage, key: str) -> None:
    await on.press("2", key)
    assert on.ended == "left"
    assert on.desk.study().resume().attempt.response(on.seat.question.id).given == 1


@on_stage("single")
async def test_every_key_of_the_exam_is_in_the_help(on: Stage) -> None:
    await on.press("?")
    help = " ".join(on.everything())
    bound = {"n", "right", "p", "left", "u", "g", "l", "r", "s", "Backspace", "f", "o", "t"}
    assert (bound | {"b", "w", "e", "q", "c", "x", "1-7", "Enter", "Space"}) <= set(help.split())


# Between the shells


def test_what_was_begun_elsewhere_goes_on_here_and_the_other_way_round() -> None:
    desk = Desk(a_bank(exam=a_short_exam(), kinds=KINDS))
    study = desk.study()
    seat = study.start(study.plan("mls-c01"))
    seat = study.flag(seat, seat.question.id, True)
    seat = study.go_to(seat, 4)
    seat = study.note(seat, seat.question.id, "begun in plain lines")

    async def scenario(on: Stage) -> None:
        assert on.number == 5
        assert "begun in plain lines" in on.text
        await answer_by_keys(on)
        await on.press("s", "p", "q")

    play(scenario, desk)
    attempt = desk.study().resume().attempt
    assert attempt.position == 3
    assert attempt.flagged == [0]
    assert attempt.response(seat.question.id).complete
    assert attempt.response(seat.question.id).sure is True


def test_the_same_acts_leave_the_same_events_as_in_any_other_shell() -> None:
    desk, other = a_desk("single"), a_desk("single")
    study = other.study()
    seat = study.start(study.plan("mls-c01"))
    first = seat.question.id
    seat = study.answer(seat, first, (seat.attempt.place.order[1],))
    seat = study.answer(seat, first, (seat.attempt.place.order[1],), sure=True)
    seat = study.strike(seat, first, frozenset({seat.attempt.place.order[1]}))
    seat = study.flag(seat, first, True)
    seat = study.go_to(seat, 1)
    study.submit(seat)

    async def scenario(on: Stage) -> None:
        await on.press("2", "s", "x", "f", "n", "e", "y")

    at_home = desk.study()
    play(scenario, desk, at_home.start(at_home.plan("mls-c01")))
    told = [
        [(e.kind, e.question, e.payload, e.revision) for e in each.store.every_event()]
        for each in (desk, other)
    ]
    assert told[0] == told[1]


@on_stage("single")
async def test_a_newer_window_takes_the_attempt_and_this_one_ends(on: Stage) -> None:
    newer = on.desk.study()
    seat = newer.resume()
    await on.press("1")
    assert isinstance(on.ended, Superseded)
    assert newer.resume().attempt.response(seat.question.id).answer == ()


def test_a_break_is_still_on_when_the_attempt_is_resumed() -> None:
    desk = a_desk()
    study = desk.study()
    seat = study.pause(study.start(study.plan("mls-c01", breaks=True)))
    desk.clock.advance(ms=90 * MINUTE)

    async def scenario(on: Stage) -> None:
        assert "The question is hidden" in on.text
        assert seat.question.stem not in on.text
        await on.press("b")
        assert seat.question.stem in on.text
        assert on.lines[0].endswith("20:00 left")

    play(scenario, desk)
