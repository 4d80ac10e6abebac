"""quizengine today"""

from __future__ import annotations

import sys

import click

from quizengine import wiring
from quizengine.agenda import Agenda, Item
from quizengine.cli import cli, render
from quizengine.cli.plan import agenda_json, say_head, say_how, show_today
from quizengine.errors import NotFound


@click.command(epilog="Examples: quizengine today | quizengine today --start 2")
@click.option("--start", type=click.IntRange(1), metavar="N", help="Start item N at once.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def today(start: int | None, as_json: bool) -> None:
    """Show what the plan has for today, and start it."""
    with wiring.opened() as study:
        found = study.agenda(wiring.day(), wiring.today(), a_day=wiring.settings().new_cards)
    if as_json:
        render.show_json([] if found is None else agenda_json(found)["today"])
        return
    if found is None:
        say_how()
        return
    if start is None:
        if not say_head(found):
            return
        show_today(found, numbered=True)
    item = _asked(found) if start is None else _numbered(found, start)
    if item is not None:
        render.say(item.line)
        cli.main(list(item.command), prog_name="quizengine", standalone_mode=False)


def _asked(found: Agenda) -> Item | None:
    """The one to start; nobody is asked where nobody types."""
    if not found.left or not sys.stdin.isatty():
        return None
    first = next(n for n, (_, done) in enumerate(found.today, start=1) if not done)
    numbers = [str(n) for n in range(1, len(found.today) + 1)]
    picked = click.prompt(
        "Which one? (q: none)", default=str(first), type=click.Choice([*numbers, "q"])
    )
    return None if picked == "q" else _numbered(found, int(picked))


def _numbered(found: Agenda, number: int) -> Item:
    if number > len(found.today):
        known = [str(n) for n in range(1, len(found.today) + 1)]
        raise NotFound("item of today", str(number), known, "quizengine today lists them.")
    return found.today[number - 1][0]
