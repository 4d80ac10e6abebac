"""The clock on the screen, the end of the time, and a record that cannot be written."""

from __future__ import annotations

import pytest

from quizengine.errors import StoreBusy, StoreDamaged, StoreFull
from quizengine.terms import MINUTE
from tests.builders import Desk
from tests.shells.helpers import Unreliable
from tests.tui.helpers import Stage, a_desk, on_stage, play

FULL = StoreFull("No room is left on the disk.", "Free some room.")
BUSY = StoreBusy("Another program holds the record.", "Close it.")


def clock(on: Stage) -> str:
    return on.lines[0].rpartition("  ")[2].strip()


def toasts(on: Stage) -> list[str]:
    return [notice.message for notice in on.app._notifications]


# The clock


@on_stage(minutes=40, questions=10)
async def test_the_clock_runs_and_warns_at_30_15_5_and_1_minutes(on: Stage) -> None:
    assert clock(on) == "40:00 left"
    told = {}
    for minute in range(39, 0, -1):
        before = len(toasts(on))
        await on.tick(minutes=1)
        assert clock(on) == f"{minute}:00 left"
        if len(toasts(on)) > before:
            told[minute] = toasts(on)[-1]
    assert told == {n: f"{n} minute{'s' if n > 1 else ''} left" for n in (30, 15, 5, 1)}


@on_stage(minutes=40, questions=10)
async def test_after_a_sleep_only_the_last_warning_is_given(on: Stage) -> None:
    await on.tick(minutes=37)
    assert toasts(on) == ["5 minutes left"]


@on_stage()
async def test_a_hidden_clock_comes_back_for_the_last_five_minutes_and_stays(on: Stage) -> None:
    await on.press("t")
    assert clock(on) == "clock hidden"
    await on.tick(minutes=14)
    assert clock(on) == "clock hidden"
    await on.tick(minutes=1)
    assert clock(on) == "5:00 left"
    await on.press("t")
    assert clock(on) == "5:00 left"
    assert on.said == "In the last minutes the clock stays."


@on_stage(extra="untimed")
async def test_without_a_limit_there_is_no_clock(on: Stage) -> None:
    await on.tick(minutes=600)
    assert clock(on) == "no time limit"
    assert toasts(on) == []


@on_stage()
async def test_the_head_stands_still_while_the_clock_runs_and_the_questions_change(
    on: Stage,
) -> None:
    heads = set()
    for _ in range(9):
        await on.tick(minutes=2)
        await on.press("n")
        heads.add((on.lines[0].index("of 10"), on.lines[0].rindex("left")))
    assert len(heads) == 1


# The end


@on_stage()
async def test_at_zero_the_answers_so_far_are_submitted(on: Stage) -> None:
    await on.press("1")
    await on.tick(minutes=20)
    assert on.ended == "submitted"
    report = on.desk.study().report()
    assert report.attempt.submitted_by == "time"
    assert report.attempt.submitted_at == report.attempt.deadline
    assert report.result.blank == 9


@pytest.mark.parametrize("window", "lego?")
@on_stage()
async def test_the_time_runs_out_over_any_window(on: Stage, window: str) -> None:
    await on.press(window)
    on.desk.clock.advance(minutes=20)
    for _ in range(200):  # the screen's own timer, not ours: it comes when the machine has time
        if on.ended is not None:
            break
        await on.pilot.pause(0.1)
    assert on.ended == "submitted"


@on_stage()
async def test_what_comes_between_the_deadline_and_the_next_tick_is_not_taken(on: Stage) -> None:
    on.desk.clock.advance(minutes=20)
    await on.press("1")
    assert on.ended == "submitted"
    assert on.desk.study().report().result.blank == 10


# Breaks


@on_stage(breaks=True)
async def test_a_break_stops_the_clock_and_hides_the_question(on: Stage) -> None:
    await on.press("b")
    assert clock(on) == "clock stopped"
    assert on.seat.question.stem not in on.text
    assert not any("Do " in text for text in on.everything())
    await on.tick(minutes=100)
    for key in ("1", "x", "enter", "s", "f", "n", "u"):
        await on.press(key)
    assert on.response.answer == ()
    assert not on.response.flagged
    assert on.number == 1
    await on.press("b")
    assert clock(on) == "20:00 left"
    assert on.seat.question.stem in on.text
    await on.press("1")
    assert on.response.given == 1


@on_stage()
async def test_without_the_accommodation_there_is_no_break(on: Stage) -> None:
    await on.press("b")
    assert on.said == "This attempt was started without breaks."
    assert clock(on) == "20:00 left"


@on_stage(breaks=True)
async def test_to_leave_during_a_break_keeps_the_clock_stopped(on: Stage) -> None:
    await on.press("b", "q")
    assert on.ended == "left"
    on.desk.clock.advance(minutes=1_000)
    study = on.desk.study()
    assert study.left(study.resume()) == 20 * MINUTE


# A record that cannot be written


def unreliable() -> Desk:
    desk = a_desk()
    desk.store = Unreliable()
    return desk


def refuse(on: Stage, refusal: StoreFull | StoreBusy | StoreDamaged | None) -> None:
    assert isinstance(on.desk.store, Unreliable)
    on.desk.store.refusal = refusal


@pytest.mark.parametrize("error", [FULL, BUSY], ids=["full", "busy"])
@on_stage(desk=unreliable)
async def test_what_could_not_be_saved_is_said_not_shown_as_chosen_and_tried_again(
    on: Stage, error: StoreFull | StoreBusy
) -> None:
    refuse(on, error)
    await on.press("2")
    assert f"NOT SAVED. {error.message} {error.hint} w tries again." in on.text
    assert not any("(•)" in line for line in on.lines)
    await on.press("w")
    assert "NOT SAVED" in on.text
    refuse(on, None)
    await on.press("w")
    assert "NOT SAVED" not in on.text
    assert on.response.answer == (on.seat.attempt.place.order[1],)
    assert any("(•) 2" in line for line in on.lines)


@on_stage(desk=unreliable)
async def test_to_try_again_with_nothing_unsaved_does_nothing(on: Stage) -> None:
    await on.press("w")
    assert len(on.desk.store.every_event()) == 2


@on_stage(desk=unreliable)
async def test_even_to_move_is_saved_first(on: Stage) -> None:
    refuse(on, FULL)
    await on.press("n")
    assert on.number == 1
    refuse(on, None)
    await on.press("w")
    assert on.number == 2


@on_stage(desk=unreliable)
async def test_a_note_that_could_not_be_saved_stays_in_its_window(on: Stage) -> None:
    refuse(on, FULL)
    await on.press("o")
    await on.type("long")
    await on.press("enter")
    assert "NOT SAVED. No room" in on.text
    assert on.app.screen is not on.app.sitting
    refuse(on, None)
    await on.press("enter")
    assert on.response.note == "long"
    assert on.app.screen is on.app.sitting
    assert "NOT SAVED" not in on.text


@on_stage(desk=unreliable)
async def test_an_end_that_could_not_be_saved_is_said_and_tried_again(on: Stage) -> None:
    refuse(on, FULL)
    await on.press("e", "y")
    assert "NOT SAVED" in on.text
    assert on.seat.attempt.is_open
    refuse(on, None)
    await on.press("w")
    assert on.ended == "submitted"


@on_stage(desk=unreliable)
async def test_when_time_is_up_and_the_disk_is_full_the_end_is_tried_until_it_is_saved(
    on: Stage,
) -> None:
    await on.press("1")
    refuse(on, FULL)
    await on.tick(minutes=21)
    assert "The time is up, and the end could not be saved." in on.text
    await on.press("2")
    await on.tick(ms=500)
    assert on.seat.attempt.is_open
    refuse(on, None)
    for _ in range(10):
        await on.tick(ms=500)
    assert on.ended == "submitted"
    report = on.desk.study().report()
    assert report.attempt.submitted_by == "time"
    assert report.result.blank == 9


@on_stage(desk=unreliable)
async def test_whoever_leaves_with_something_unsaved_is_not_told_that_all_is_saved(
    on: Stage,
) -> None:
    refuse(on, FULL)
    await on.press("1", "q")
    assert on.ended == "unsaved"


@on_stage(desk=unreliable)
async def test_a_damaged_record_ends_the_sitting_with_its_error(on: Stage) -> None:
    damaged = StoreDamaged("The record is damaged.", "quizengine doctor --rescue")
    refuse(on, damaged)
    await on.press("1")
    assert on.ended is damaged


def test_the_terminal_is_left_from_any_window_with_ctrl_c() -> None:
    for window in "lego?":
        desk = a_desk()
        study = desk.study()

        async def scenario(on: Stage, window: str = window) -> None:
            await on.press(window, "ctrl+c")
            assert on.ended == "left"

        play(scenario, desk, study.start(study.plan("mls-c01")))
