"""Sitting an attempt: the start screen, the full screen or the plain one, and what comes after."""

from __future__ import annotations

import os
import sys
from typing import Literal, TypeAlias

from quizengine import wiring
from quizengine.agenda import Item
from quizengine.cli import render
from quizengine.cli.plain import PlainExam
from quizengine.cli.report import show_report
from quizengine.cli.terminal import (
    QUIT,
    Hangup,
    Prompt,
    StandardStreams,
    Terminal,
    hang_up_in_order,
    has_keyboard,
)
from quizengine.errors import KeptBack, QuizengineError
from quizengine.study import Plan, Seat, Study
from quizengine.words import duration, plural

Left: TypeAlias = Literal["left", "unsaved"]

SAVED: dict[Left, str] = {
    "left": "Your answers are saved.",
    "unsaved": "The last change could not be saved; everything before it is.",
}


def begin(study: Study, plan: Plan, *, at_once: bool) -> None:
    """Show what it is; start the clock when the learner says so; sit it."""
    _announce(plan)
    terminal = _terminal()
    if has_keyboard() and not at_once:
        what = "begin" if plan.terms.minutes is None else "start the clock"
        terminal.write(f"Press Enter to {what}, or type q to leave> ", end="")
        try:
            line = terminal.read(None) or ""
        except EOFError:
            line = "q"
        if line.strip().lower() in QUIT:
            render.say("Not started.")
            return
    sit(study, study.start(plan), terminal)


def next_steps(study: Study, code: str) -> list[Item]:
    """What is best done next for an exam."""
    return study.next_steps(code, wiring.day(), a_day=wiring.settings().new_cards)


def sit(study: Study, seat: Seat, terminal: Terminal | None = None) -> None:
    """Sit the attempt; whatever ends the sitting, say how to resume. Exits unless it is done."""
    hang_up_in_order()
    terminal = terminal or _terminal()
    ended: Left | Literal["submitted"] = "left"
    code = 0
    try:
        if _is_full_screen() and study.left(seat) != 0:
            ended, code = _full_screen(study, seat)
        elif PlainExam(study, seat, terminal).sit():  # asks in words where the time has run out
            ended = "submitted"
    except KeyboardInterrupt:
        code = 130
    except Hangup as hangup:
        code = 128 + hangup.number
    if ended == "submitted":
        render.say()
        try:
            found = study.report(seat.attempt.id)
        except KeptBack as kept:  # asked before a lab: that is how it ends
            render.say(render.prose(kept.message))
            render.say(kept.hint or "")
            return
        show_report(found, next_steps(study, found.exam.code))
        return
    try:
        if code:  # the line with the prompt is still open
            render.say()
        render.say(f"{SAVED[ended]} Go on with:")
        render.say(f"  quizengine exam resume {seat.attempt.id[:8]}")
    except OSError:  # the terminal is gone
        code = code or 1
    sys.exit(code)


def _full_screen(study: Study, seat: Seat) -> tuple[Left | Literal["submitted"], int]:
    """How it ended, and the exit code. Raises the error that ended it."""
    from quizengine.tui.app import ExamApp

    app = ExamApp(study, seat, colourless=wiring.no_colour())
    ended = app.run()
    if isinstance(ended, QuizengineError):
        raise ended
    return ended or "left", app.return_code or 0


def _terminal() -> Terminal:
    return Prompt() if _is_full_screen() else StandardStreams()


def _is_full_screen() -> bool:
    """On a terminal that can be drawn on, unless plain output is asked for."""
    return (
        has_keyboard()
        and sys.stdout.isatty()
        and os.environ.get("TERM") != "dumb"
        and not wiring.is_plain()
    )


def _announce(plan: Plan) -> None:
    """The start screen: what it is, how long, the rules."""
    exam, terms = plan.exam, plan.terms
    render.say(render.strong(f"{exam.name} ({exam.code})"))
    if exam.status.notice is not None:
        render.say(render.prose(exam.status.notice))
    time = "no time limit" if terms.minutes is None else duration(terms.minutes)
    if terms.extra not in ("none", "untimed"):
        time += f" (with {terms.extra})"
    render.say(f"{plural(len(plan.form.places), 'question')}, {time}.")
    unscored = sum(not place.scored for place in plan.form.places)
    if unscored:
        rest = "of them do not count, as in the real exam; which ones is not shown."
        render.say(render.prose(f"{unscored} {rest}"))
    if plan.form.lab is not None and not terms.feedback:
        rules = "They come again after the lab: until then you see only how many were right."
    elif terms.feedback:
        rules = "The key and every reason are shown as soon as a question is answered."
    else:
        rules = "A blank answer counts as wrong and a guess costs nothing. No partial credit."
    kept = "Every answer is saved at once and kept; you can leave and resume"
    clock = "." if terms.minutes is None else ", but the clock runs on."
    render.say(render.prose(f"{rules} {kept}{clock}"))
    if plan.changed:
        render.say(
            f"{plural(len(plan.changed), 'question')} changed since this form was saved: "
            "the present wording is used."
        )
