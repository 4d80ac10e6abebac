"""Bare quizengine: where the learner stands and what can be done next."""

from __future__ import annotations

from quizengine import wiring
from quizengine.cli import render
from quizengine.study import Study
from quizengine.words import percent, plural, time_left

FEW = 500  # answers whose taking in nobody notices; after more, progress says the chance first


def show() -> None:
    """Where the learner stands, and what there is to do."""
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
        deck = study.deck(wiring.day(), a_day=wiring.settings().new_cards)
        if deck.waiting:
            render.say(f"Cards: {len(deck.due)} due, {len(deck.new)} new: quizengine cards")
        _tell_left()
        _tell_prospects(study, done[-1].attempt.form.exam if done else None)
        _tell_corrected(study)
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


def _tell_left() -> None:
    """What labs may have left in an account of AWS, where it can cost something."""
    for left in wiring.left_in_accounts():
        render.say(
            f"On AWS: {left.lab} may have {plural(left.count, 'thing')} in account {left.account}, "
            f"since {render.when(left.since)}: {left.command}"
        )


def _tell_prospects(study: Study, last: str | None) -> None:
    """The chance and today's plan, each in a line. `last` is the exam of the last attempt."""
    found = study.agenda(wiring.day(), wiring.today(), a_day=wiring.settings().new_cards)
    code = last if found is None else found.goal.exam
    seen = None if code is None else study.outlook(code, at_most=FEW)
    if seen is not None and seen.chance.answers:
        low, high = seen.chance.scaled_range
        render.say(
            f"Chance to pass our mock of {code}: {percent(seen.chance.passing)}, estimate "
            f"{seen.chance.scaled} ({low}-{high}): quizengine progress {code}"
        )
    if found is not None and found.days:
        ticked = len(found.today) - len(found.left)
        coming = f", next {found.left[0].title}" if found.left else ""
        render.say(f"Today: {ticked} of {len(found.today)} done{coming}: quizengine today")


def _tell_corrected(study: Study) -> None:
    """Say once of each question that its key is another one now."""
    corrected = study.corrected()
    for question in corrected:
        what = "was withdrawn" if question.withdrawn is not None else "has a corrected key"
        render.say(
            render.prose(
                f"Since you met it, question {question.id} {what}: "
                f"quizengine bank show {question.id}"
            )
        )
    if corrected:
        study.tell_corrected(corrected)
