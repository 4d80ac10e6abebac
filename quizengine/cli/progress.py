"""quizengine progress"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, get_args

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.cli.report import show_lure
from quizengine.progress import ENOUGH, Level, Progress, Tally
from quizengine.question import TRAPS
from quizengine.words import clock, plural

if TYPE_CHECKING:
    from quizengine.outlook import Outlook

BESIDE = 53  # columns that the figures beside a name take


@click.command(
    epilog="Examples: quizengine progress | quizengine progress mls-c01 --by topic | "
    "quizengine progress --html progress.html"
)
@click.argument("code", default=wiring.DEFAULT_EXAM)
@click.option(
    "--by",
    type=click.Choice(get_args(Level)),
    default="task",
    show_default=True,
    help="How finely to count.",
)
@click.option("--all", "every", is_flag=True, help="Also every weak place, habits and mocks.")
@click.option("--html", "file", metavar="FILE", help="Write a page for a browser to this file.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, every level at once.")
def progress(code: str, by: Level, every: bool, file: str | None, as_json: bool) -> None:
    """Show where you stand, and how sure that is."""
    with wiring.opened() as study:
        found = study.progress(code)
        seen = study.outlook(code)
    if file is not None:
        from quizengine.cli.progresspage import page

        wiring.write_new(file, [page(found, seen, wiring.today())])
        render.say(f"Written: {file}")
        return
    if as_json:
        from quizengine.cli import outlook

        render.show_json(_json(found) | {"model": None if seen is None else outlook.as_json(seen)})
        return
    render.say(render.strong(f"{found.exam.name}: {plural(found.answers, 'answer')} counted"))
    if seen is not None and seen.chance.answers + seen.outcomes:
        _show_model(seen, every)
    _show_counts(found, by)
    _show_lure(found)
    if every:
        _show_habits(found)
        _show_trend(found)
    else:
        render.say()
        render.say("quizengine progress --all    also habits, mocks, and every weak place.")
    render.say("quizengine practice --weak    practises what is weak.")
    render.say("quizengine plan --help    plans the days until your exam.")


def _show_model(seen: Outlook, every: bool) -> None:
    from quizengine.cli import outlook

    outlook.show_chance(seen)
    render.say()
    outlook.show_weakest(seen, None if every else outlook.SHOWN)
    outlook.show_fading(seen)


def _show_counts(found: Progress, by: Level) -> None:
    """The raw counts: facts, without any model."""
    render.say()
    rows = [(_name(tally), f"{tally.seen}/{tally.held}", *_share(tally)) for tally in found.at(by)]
    render.say(render.table(rows, (by, "seen", "right", "90% interval", "")))
    render.say()
    render.say(
        render.prose(
            f"Of each question your last final answer counts. Below {ENOUGH} questions nothing is "
            "said; weak or strong is said only when the whole interval lies on one side of the "
            "share that passes."
        )
    )
    if not found.answers:
        render.say()
        render.say("An exam counts when it is submitted, practice at once: quizengine practice")


def _name(tally: Tally) -> str:
    """Its id and title, cut to leave room for the numbers beside it."""
    if tally.level == "topic":
        return tally.id
    return textwrap.shorten(
        f"{tally.id} {tally.title}", max(12, render.width() - BESIDE), placeholder="..."
    )


def _share(tally: Tally) -> tuple[str, str, str]:
    done = ", lab done" if tally.labs else ""
    if tally.interval is None:
        return "-", "-", f"not practised yet{done}"
    low, high = tally.interval
    return f"{tally.right}/{tally.seen}", f"{low:.0%}-{high:.0%}", f"{tally.standing}{done}"


def _show_lure(found: Progress) -> None:
    if found.lure is not None:
        render.say()
        show_lure(found.lure, ends=not found.shown_by)
        for id in found.shown_by:
            render.say(f"  quizengine bank show {id}")


def _show_habits(found: Progress) -> None:
    caught = sorted(found.traps.items(), key=lambda pair: -pair[1])
    if caught:
        render.say()
        render.say("What the wrong options you chose mixed up:")
        for trap, count in caught:
            render.say(f"  {count} {trap}: {TRAPS[trap]}")
    changes = found.changes
    changed = changes.better + changes.worse + changes.neither
    if changed or found.time_right is not None or found.time_wrong is not None:
        render.say()
    if changed:
        render.say(
            f"You changed {plural(changed, 'answer')}: {changes.better} for the better, "
            f"{changes.worse} for the worse, {changes.neither} from wrong to wrong."
        )
    times = {"right": found.time_right, "wrong": found.time_wrong}
    said = [f"{clock(round(t))} on what was {k}" for k, t in times.items() if t is not None]
    if said:
        render.say(f"Median time: {', '.join(said)}.")
    if found.sure_but_wrong:
        render.say()
        render.say("Sure, but wrong (worth the most when you look again):")
        for id in found.sure_but_wrong:
            render.say(f"  quizengine bank show {id}")


def _show_trend(found: Progress) -> None:
    if not found.trend:
        return
    render.say()
    rows = [
        (render.when(point.attempt.started_at), f"{point.right}/{point.count}", point.scaled)
        for point in found.trend
    ]
    render.say(render.table(rows, ("mock exam", "right", "estimate")))


def _json(found: Progress) -> dict[str, object]:
    return {
        "exam": found.exam.code,
        "answers": found.answers,
        "enough": ENOUGH,
        "tallies": [
            {
                "level": tally.level,
                "id": tally.id,
                "title": tally.title,
                "held": tally.held,
                "seen": tally.seen,
                "right": tally.right,
                "interval_90": None if tally.interval is None else list(tally.interval),
                "standing": tally.standing,
                "labs_done": list(tally.labs),
            }
            for tally in found.tallies
        ],
        "traps": dict(found.traps),
        "trap": None
        if found.lure is None
        else {
            "trap": found.lure.trap,
            "caught": found.lure.caught,
            "by_chance": round(found.lure.expected, 2),
            "offered": found.lure.offered,
            "advice": found.lure.advice,
            "questions": list(found.shown_by),
        },
        "changes": {
            "better": found.changes.better,
            "worse": found.changes.worse,
            "neither": found.changes.neither,
        },
        "median_seconds": {
            "right": None if found.time_right is None else found.time_right / 1000,
            "wrong": None if found.time_wrong is None else found.time_wrong / 1000,
        },
        "sure_but_wrong": list(found.sure_but_wrong),
        "trend": [
            {
                "attempt": point.attempt.id,
                "started_at": point.attempt.started_at,
                "right": point.right,
                "scored": point.count,
                "scaled_estimate": point.scaled,
            }
            for point in found.trend
        ],
    }
