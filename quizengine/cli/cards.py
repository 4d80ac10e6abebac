"""quizengine cards"""

from __future__ import annotations

import os
import sys

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.cli.drill import Drill
from quizengine.cli.terminal import (
    Hangup,
    Keys,
    StandardStreams,
    Terminal,
    hang_up_in_order,
    has_keyboard,
)
from quizengine.content import CardId
from quizengine.deck import NEW_A_DAY, Deck
from quizengine.study import Study
from quizengine.words import plural, span


@click.command(
    epilog="Examples: quizengine cards | quizengine cards --exam aif-c01 --new 20 | "
    "quizengine cards --topic training/early-stopping --all"
)
@click.option("--exam", help="Only cards on what this exam asks.")
@click.option("--area", help="Only cards of this area, such as training.")
@click.option("--topic", help="Only cards of this topic, such as training/early-stopping.")
@click.option("--due", "due_only", is_flag=True, help="What is due, and nothing new.")
@click.option("--new", type=click.IntRange(0), help="So many new ones, whatever today had of them.")
@click.option("--all", "every", is_flag=True, help="Also what is not due, and all that is new.")
@click.option("--limit", type=click.IntRange(1), help="So many cards at most.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: what would be asked, in order.")
@click.pass_context
def cards(
    ctx: click.Context,
    exam: str | None,
    area: str | None,
    topic: str | None,
    due_only: bool,
    new: int | None,
    every: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Drill the cards that are due, and some new ones."""
    if due_only + every + (new is not None) > 1:
        raise click.UsageError("Only one of --due, --new and --all can be meant.", ctx)
    with wiring.opened() as study:
        deck = study.deck(
            wiring.day(),
            exam=exam,
            area=area,
            topic=topic,
            a_day=wiring.settings().new_cards,
            new=0 if due_only else new,
            every=every,
            limit=limit,
        )
        if as_json:
            render.show_json(_json(deck))
        elif deck.waiting:
            _drill(study, deck)
        else:
            render.say("No card is due.")
            _say_what_comes(study, deck)


def _drill(study: Study, deck: Deck) -> None:
    """Ask; whatever ends it, every grade given is kept."""
    hang_up_in_order()
    render.say(f"{plural(len(deck.due), 'card')} due, {len(deck.new)} new.")
    drill = Drill(study, deck, _terminal())
    try:
        drill.run()
    except Hangup as hangup:
        sys.exit(128 + hangup.number)
    render.say(f"{plural(drill.graded, 'grade')} saved.")
    if drill.deck.left:
        render.say(f"{plural(drill.deck.left, 'card')} left: quizengine cards")
    else:
        _say_what_comes(study, drill.deck)


def _terminal() -> Terminal:
    """Key by key where there is a keyboard to read from, else line by line."""
    if has_keyboard() and os.environ.get("TERM") != "dumb":
        return Keys()
    return StandardStreams()


def _say_what_comes(study: Study, deck: Deck) -> None:
    until = study.until_due(deck)
    if until is not None:
        render.say(f"The next card is due in {span(until)}.")
    render.say(f"More new ones at once: quizengine cards --new {NEW_A_DAY}")


def _json(deck: Deck) -> dict[str, object]:
    return {
        "due": len(deck.due),
        "new": len(deck.new),
        "cards": [_card(deck, id) for id in deck.waiting],
    }


def _card(deck: Deck, id: CardId) -> dict[str, object]:
    memory = deck.memories.get(id)
    return {
        "card": id,
        "due": id in deck.due,
        "new": id in deck.new,
        "missed": id in deck.missed,
        "due_at": None if memory is None else memory.due,
        "stability_days": None if memory is None else round(memory.stability, 3),
        "recall": None if memory is None else round(memory.recall(deck.at), 4),
    }
