"""The result of a finished attempt, in plain lines."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.agenda import Item
from quizengine.cli import render
from quizengine.scoring import CUT, CUT_ERROR, Result
from quizengine.study import Report
from quizengine.words import plural


def show_report(report: Report, steps: Sequence[Item] = ()) -> None:
    """`steps`: what is best done next, whatever this attempt was about."""
    result, attempt = report.result, report.attempt
    kind = "practice" if attempt.is_practice else "result"
    render.say(render.strong(f"{report.exam.name}: your {kind}"))
    if attempt.submitted_by == "time":
        render.say("Submitted when the time was up.")
    if attempt.is_practice:
        answered = len(result.questions) - result.blank
        render.say(f"{result.right} right of {plural(answered, 'question')} answered.")
    else:
        _show_exam(result)
    if report.regraded is not None:
        render.say()
        render.say(
            render.prose(
                f"The marking of {plural(len(report.corrected), 'question')} was corrected after "
                f"you sat this ({', '.join(report.corrected)}). By today's keys: "
                f"{report.regraded.right} of {report.regraded.count}"
                + ("." if attempt.is_practice else f", estimate {report.regraded.scaled}.")
            )
        )
    _show_next(report)
    _show_steps(steps)


def _show_exam(result: Result) -> None:
    share = result.right / result.count if result.count else 0.0
    low, high = result.scaled_range
    verdict = "above" if result.passed else "below"
    render.say(f"{result.right} of {result.count} scored questions right ({share:.0%}).")
    render.say(
        render.prose(
            f"Estimated scaled score: {result.scaled} of 1000 ({low}-{high}); the pass mark is "
            f"{result.pass_mark}: {verdict} it. AWS does not publish how it scales: the estimate "
            f"takes {CUT:.0%} right (+-{CUT_ERROR:.0%}) for the pass mark."
        )
    )
    if result.blank:
        render.say(f"{plural(result.blank, 'question')} left blank, counted as wrong.")
    render.say()
    rows = [
        (
            f"{d.id} {d.title}",
            f"{d.weight}%",
            f"{d.right}/{d.count}",
            d.competency or "no questions",
        )
        for d in result.domains
    ]
    render.say(render.table(rows, ("domain", "weight", "right", "")))


def _show_next(report: Report) -> None:
    """What to do now, as commands."""
    attempt, code = report.attempt.id[:8], report.exam.code
    missed = any(m.response.answer and not m.is_right for m in report.result.questions)
    render.say()
    if missed:
        render.say(f"quizengine exam review {attempt} --wrong    goes through what was not right.")
        render.say(f"quizengine practice {code} --only wrong    asks it again, with feedback.")
        if report.due:
            count = plural(len(report.due), "card")
            render.say(f"quizengine cards --due    drills what you missed: {count} due now.")
        for lab, questions in report.labs[:2]:
            what = f"what {questions} of them asked, in {lab.minutes} minutes"
            render.say(f"quizengine lab start {lab.id}    practises {what}.")
    else:
        render.say(f"quizengine exam review {attempt}    goes through every question.")
    render.say(f"quizengine progress {code}    shows where you stand over all attempts.")


def _show_steps(steps: Sequence[Item]) -> None:
    """The best things to do next, each with the command that starts it."""
    if steps:
        render.say()
        render.say("Next, by what it gains:")
    for n, item in enumerate(steps, start=1):
        told = f"{item.title}, {item.minutes} min ({item.reason})"
        render.say(render.prose(told, indent="   ", first=f"{n}. "))
        render.say(f"   {item.line}")
