"""The result of a finished attempt, in plain lines."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine import hindsight
from quizengine.agenda import Item
from quizengine.cli import render
from quizengine.hindsight import Lure
from quizengine.question import TRAPS
from quizengine.scoring import CUT, CUT_ERROR, Result
from quizengine.study import Report
from quizengine.words import plural


def show_report(report: Report, steps: Sequence[Item] = ()) -> None:
    """`steps`: what is best done next, whatever this attempt was about."""
    result, attempt = report.result, report.attempt
    kind = "result" if attempt.is_mock else "practice"
    render.say(render.strong(f"{report.exam.name}: your {kind}"))
    if attempt.submitted_by == "time":
        render.say("Submitted when the time was up.")
    if not attempt.is_mock:
        answered = len(result.questions) - result.blank
        render.say(f"{result.right} right of {plural(answered, 'question')} answered.")
        _show_compared(report)
    else:
        _show_exam(result)
    if report.regraded is not None:
        render.say()
        render.say(
            render.prose(
                f"The marking of {plural(len(report.corrected), 'question')} was corrected after "
                f"you sat this ({', '.join(report.corrected)}). By today's keys: "
                f"{report.regraded.right} of {report.regraded.count}"
                + ("." if not attempt.is_mock else f", estimate {report.regraded.scaled}.")
            )
        )
    _show_lure(report)
    _show_next(report)
    _show_steps(steps)


def _show_compared(report: Report) -> None:
    """A lab's questions before it and after it, each."""
    compared = report.compared
    if compared is None or compared.before is None or compared.after is None:
        return
    render.say(f"{report.attempt.form.lab}: {compared.told}.")
    words = {True: "right", False: "not right", None: "-"}
    rows = [
        (id, words[right], words[compared.after.get(id)]) for id, right in compared.before.items()
    ]
    render.say(render.table(rows, ("question", "before", "after")))


def _show_lure(report: Report) -> None:
    """The trap that caught most, how to avoid it, and the questions that show it."""
    found = hindsight.lure_of(report.result)
    if found is not None:
        lure, missed = found
        render.say()
        show_lure(lure)
        attempt = report.attempt.id[:8]
        for marked in missed:
            render.say(f"  quizengine exam review {attempt} --question {marked.number}")


def show_lure(lure: Lure, *, ends: bool = False) -> None:
    """What the trap is, how often it caught, and what helps; `ends` where no question follows."""
    told = f"The trap you fell for most: {TRAPS[lure.trap]}. {lure.told}"
    render.say(render.prose(told))
    render.say(render.prose(lure.advice))
    if not ends:
        render.say("It shows best in:")


def _show_exam(result: Result) -> None:
    share = result.right / result.count if result.count else 0.0
    low, high = result.scaled_range
    least, most = result.chance_range
    verdict = "above" if result.passed else "below"
    render.say(f"{result.right} of {result.count} scored questions right ({share:.0%}).")
    render.say(
        render.prose(
            f"Estimated scaled score: {result.scaled} of 1000 ({low}-{high}); the pass mark is "
            f"{result.pass_mark}: {verdict} it. AWS does not publish how it scales: the estimate "
            f"takes {CUT:.0%} right (+-{CUT_ERROR:.0%}) for the pass mark. With "
            f"{plural(result.count, 'question')}, luck alone moves it within {least}-{most} in 90 "
            "of 100 cases."
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
            d.told,
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
