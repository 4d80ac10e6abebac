"""quizengine corrections"""

from __future__ import annotations

from itertools import groupby

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.cli.question import citations, item_words
from quizengine.corrections import Correction
from quizengine.topic import area_of
from quizengine.words import plural


@click.command(
    epilog="Examples: quizengine corrections | quizengine corrections --area training | "
    "quizengine corrections --exam aif-c01 --json"
)
@click.option("--exam", help="Only on what this exam asks.")
@click.option("--area", help="Only of this area, such as training.")
@click.option("--topic", help="Only of this topic, such as training/early-stopping.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def corrections(exam: str | None, area: str | None, topic: str | None, as_json: bool) -> None:
    """What the decks claim wrongly, and what is true."""
    with wiring.opened() as study:
        found = study.corrections(exam=exam, area=area, topic=topic)
        if as_json:
            render.show_json([_json(correction) for correction in found])
            return
        topics = study.bank.topics
        for name, group in groupby(found, key=lambda each: topics[each.card.topic].area):
            render.say(render.strong(name))
            render.say()
            for correction in group:
                name = item_words(correction.source.item, study.bank)
                render.say(render.prose(f"{name}: {correction.verdict}"))
                render.say(render.prose(f"claimed  {correction.source.claimed}", " " * 11, "  "))
                render.say(render.prose(f"true     {correction.source.true}", " " * 11, "  "))
                for line in citations(correction.card.references):
                    render.say(line)
                render.say(f"  quizengine bank show {correction.card.id}")
                render.say()
    render.say(f"{plural(len(found), 'item')} of the decks corrected.")


def _json(correction: Correction) -> dict[str, object]:
    card, source = correction.card, correction.source
    return {
        "item": source.item,
        "deck": correction.deck,
        "title": correction.title,
        "verdict": source.verdict,
        "claimed": source.claimed,
        "true": source.true,
        "area": area_of(card.topic),
        "topic": card.topic,
        "card": card.id,
        "verified_on": card.verified_on,
        "references": [reference.model_dump(mode="json") for reference in card.references],
    }
