"""quizengine record"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import click

from quizengine import wiring
from quizengine.cli import NounGroup, render
from quizengine.errors import BadRequest
from quizengine.record import MAX_LINE
from quizengine.words import plural


@click.group(cls=NounGroup)
def record() -> None:
    """Your own record: take it along, bring it back, delete it."""


@record.command("export", epilog="Example: quizengine record export my-record.jsonl")
@click.argument("file", type=click.Path(dir_okay=False))
def export(file: str) -> None:
    """Write everything to a new file of JSON Lines (docs/record.md describes it)."""
    with wiring.opened() as study:
        wiring.write_new(file, study.export())
    render.say(f"Written to {file}. Bring it in with: quizengine record import {file}")


@record.command("import", epilog="Example: quizengine record import my-record.jsonl")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--merge", is_flag=True, help="Mix in another installation's record for good.")
def import_(file: TextIO, merge: bool) -> None:
    """Take in a file that was exported. Twice changes nothing."""
    with wiring.opened() as study:
        try:
            new, known = study.import_lines(_lines(file), file.name, merge=merge)
        except UnicodeDecodeError as error:
            raise BadRequest(
                f"{file.name} is no text: {error}. Nothing was imported.", "Name another file."
            ) from None
    render.say(f"{plural(new, 'event')} taken in, {known} were here already.")


@record.command(epilog="Example: quizengine record delete")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(yes: bool) -> None:
    """Delete everything quizengine keeps: record, settings, caches."""
    files = wiring.own_files()
    if not files:
        render.say("There is nothing to delete.")
        return
    for path in files:
        render.say(str(path))
    if not yes and click.prompt("This cannot be undone. Type delete to go on") != "delete":
        render.say("Nothing was deleted.")
        return
    wiring.delete_own_files()
    render.say("Deleted.")


def _lines(file: TextIO) -> Iterator[str]:
    """The lines, none read further than to see that it is too long."""
    return iter(lambda: file.readline(MAX_LINE + 1), "")
