"""Bare quizengine: where the learner stands and what can be done next."""

from __future__ import annotations

from quizengine import wiring
from quizengine.cli import render
from quizengine.words import time_left


def show() -> None:
    with wiring.opened() as study:
        lines = study.history()
        offers = study.offers()
        render.say(render.strong("quizengine"))
        for line in reversed(lines):
            if not line.attempt.is_open:
                continue
            attempt, count = line.attempt, len(line.attempt.form.places)
            answered = f"{count - len(attempt.unanswered)} of {count} answered"
            render.say(
                f"Open: {attempt.form.exam}, {answered}, {time_left(study.left_in(attempt))}: "
                f"quizengine exam resume {attempt.id[:8]}"
            )
        done = [line for line in lines if line.result is not None]
        if done and done[-1].result is not None:
            result = done[-1].result
            render.say(
                f"Last: {done[-1].attempt.form.exam}, {result.right} of {result.count} right: "
                f"quizengine exam report {done[-1].attempt.id[:8]}"
            )
    render.say()
    ready = [offer for offer in offers if offer.is_full]
    ready.sort(key=lambda offer: offer.exam.code != wiring.DEFAULT_EXAM)
    for offer in ready:
        status = "" if offer.exam.status.value == "active" else f" ({offer.exam.status.value})"
        render.say(f"quizengine exam start {offer.exam.code}")
        render.say(f"    a full mock of {offer.exam.name}{status}")
    if ready:
        render.say(f"quizengine exam start {ready[0].exam.code} --questions 10 --untimed")
        render.say("    ten questions without a clock")
    render.say("quizengine exam list")
    render.say("    every exam and how far the bank serves it")
    render.say("quizengine --help")
    render.say("    all commands")
