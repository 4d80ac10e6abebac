"""quizengine plan, and what it shares with today"""

from __future__ import annotations

import re
from datetime import date, timedelta

import click

from quizengine import wiring
from quizengine.agenda import LEAST_A_DAY, MOST_A_DAY, Agenda, Day, Goal, Item
from quizengine.cli import render
from quizengine.content import ExamCode
from quizengine.errors import BadRequest
from quizengine.words import plural, too_long

MINUTES = 45  # a day, unless said otherwise
HOW = "quizengine plan --exam mls-c01 --date +60 --minutes 45    is in 60 days; or give its date."
SHOWN = 14  # days, unless all are asked for


def _day_of(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    """A date, or so many days from today."""
    if value is None:
        return None
    if re.fullmatch(r"\+[0-9]{1,4}", value):
        return wiring.today() + timedelta(days=int(value))
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is no date. Give one like 2027-03-01, or +60: in 60 days."
        ) from None


@click.command(
    epilog="Examples: quizengine plan --exam mls-c01 --date 2027-03-01 --minutes 45 | "
    "quizengine plan --date +60 | "
    "quizengine plan --all"
)
@click.option("--exam", help=f"The exam to prepare for; {wiring.DEFAULT_EXAM} unless one was set.")
@click.option("--date", "on", callback=_day_of, help="Its day, as 2027-03-01; +60: in 60 days.")
@click.option(
    "--minutes",
    type=click.IntRange(LEAST_A_DAY, MOST_A_DAY),
    help=f"How long you want to learn each day; {MINUTES} unless set before.",
)
@click.option("--all", "every", is_flag=True, help=f"Every day, not only the next {SHOWN}.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, every day.")
def plan(
    exam: str | None, on: date | None, minutes: int | None, every: bool, as_json: bool
) -> None:
    """Plan the days until your exam; without options, show the plan."""
    with wiring.opened() as study:
        before = study.goal()
        if exam is not None or on is not None or minutes is not None:
            code = None if exam is None else study.offer(exam).exam.code
            study.set_goal(_changed(before, code, on, minutes), wiring.today())
        found = study.agenda(wiring.day(), wiring.today(), a_day=wiring.settings().new_cards)
    if as_json:
        render.show_json({} if found is None else agenda_json(found))
    elif found is None:
        say_how()
    else:
        _show(found, every)


def _changed(
    before: Goal | None, exam: ExamCode | None, on: date | None, minutes: int | None
) -> Goal:
    """The goal with what was said now, and the rest as it was."""
    if before is not None:
        return Goal(exam=exam or before.exam, on=on or before.on, minutes=minutes or before.minutes)
    if on is None:
        raise BadRequest("The day of the exam was not said yet.", HOW)
    return Goal(exam=exam or ExamCode(wiring.DEFAULT_EXAM), on=on, minutes=minutes or MINUTES)


def say_how() -> None:
    """There is no plan yet."""
    render.say("There is no plan yet. When is your exam, and how long can you learn each day?")
    render.say(HOW)


def say_head(found: Agenda) -> bool:
    """The goal in a line; False where there is nothing left to plan."""
    goal = found.goal
    if not found.days:
        render.say(f"{goal.exam} was planned for {goal.on}: that day has come.")
        render.say("quizengine outcome add --help    notes what it said.")
        return False
    left = plural(len(found.days), "day")
    render.say(
        render.strong(f"{goal.exam} on {goal.on}: {left} left, {goal.minutes} minutes a day")
    )
    return True


def show_today(found: Agenda, *, numbered: bool = False) -> None:
    """Today's items, each with a tick once it is done, and the command that starts it."""
    for n, (item, done) in enumerate(found.today, start=1):
        number = f"{n} " if numbered else ""
        first = f"{number}[{'x' if done else ' '}] {item.minutes:>3} min  "
        indent = " " * len(first)
        render.say(render.prose(f"{item.title} ({item.reason})", indent=indent, first=first))
        render.say(f"    {item.line}")
    if not found.left:
        render.say("All of today is done.")


def _show(found: Agenda, every: bool) -> None:
    if not say_head(found):
        return
    render.say()
    render.say(f"Today, {_day(found.days[0])}")
    show_today(found)
    days = found.days[1:] if every else found.days[1:SHOWN]
    if days:
        render.say()
    for day in days:
        told = "; ".join(item.title for item in day.items) or "nothing"
        first = f"{_day(day)}  "
        render.say(render.prose(told, indent=" " * len(first), first=first))
    if rest := len(found.days) - 1 - len(days):
        render.say(f"and {plural(rest, 'day')} more: quizengine plan --all")
    if found.too_long is not None:
        render.say()
        render.say(render.prose(f"{too_long(found.too_long.minutes)} {found.too_long.line}"))
    render.say()
    render.say(
        render.prose("It is planned anew every day from what you did. quizengine today starts it.")
    )


def _day(day: Day) -> str:
    return f"{day.on:%a} {day.on} {day.minutes:>3} min"


def agenda_json(found: Agenda) -> dict[str, object]:
    goal = found.goal
    return {
        "exam": goal.exam,
        "date": goal.on,
        "minutes_a_day": goal.minutes,
        "today": [item_json(item) | {"done": done} for item, done in found.today],
        "days": [
            {
                "date": day.on,
                "minutes": day.minutes,
                "items": [item_json(item) for item in day.items],
            }
            for day in found.days
        ],
    }


def item_json(item: Item) -> dict[str, object]:
    return {
        "kind": item.kind,
        "title": item.title,
        "minutes": item.minutes,
        "count": item.count,
        "about": item.about,
        "reason": item.reason,
        "command": item.line,
    }
