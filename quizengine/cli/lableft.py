"""What labs leave in an AWS account: take it down (`lab clean --target aws`), find it (`lab
leftovers`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from quizengine import wiring
from quizengine.cli import labshown as shown
from quizengine.cli import render
from quizengine.cli.cloud import from_labs

if TYPE_CHECKING:
    from labs.aws.leftovers import Leftover, Search
    from labs.lab import Lab
    from labs.runner.bench import Bench
    from quizengine.cli.labaws import Place

LEFT = 3  # the exit code where something is left


def clean(lab: Lab, at: Place) -> int:
    """Take down what a lab made in an account; the exit code. The account is said first, and what
    another account's journal has is not touched."""
    with from_labs():
        from labs.aws import account
        from labs.aws import clean as cleaning
        from labs.aws.cleaner import cleaner, owner
        from labs.aws.journalfile import JournalFile

        seen = account.seen(at.profile, at.region, at.prefix, at.expect_account)
        render.say(seen.caller.sentence())
        journal = JournalFile.of(wiring.labs_journals_path(), seen.whose)
        fates = cleaning.clean(cleaner(seen, lab), journal, lab.slug, _now, owner=owner(seen, lab))
        left = shown.show_cleaned(lab, fates)
    with wiring.opened() as study:
        study.note_lab(lab.slug, "cleaned", target="aws")
    return LEFT if left else 0


def _now() -> int:
    return wiring.SystemClock().now()


def leftovers(at: Place, *, as_json: bool) -> int:
    """Show what labs have left in an account; the exit code."""
    with from_labs():
        from labs.aws import account, pricelist
        from labs.aws.journalfile import JournalFile
        from labs.aws.leftovers import search
        from labs.cost import UnknownPrice
        from labs.runner import catalogue

        seen = account.seen(at.profile, at.region, at.prefix, at.expect_account)
        journal = JournalFile.of(wiring.labs_journals_path(), seen.whose).read()
        try:
            prices = pricelist.prices(seen.caller.region)
        except UnknownPrice:
            prices = None
        labs = [catalogue.load(slug) for slug in catalogue.slugs()]
        found = search(seen, journal, labs, prices)
    if as_json:
        render.show_json(_json(found))
    else:
        render.say(seen.caller.sentence())
        _show(found)
    return LEFT if found.things else 0


def leftovers_offline(bench: Bench, *, as_json: bool) -> int:
    """The same of the cloud on this computer, where nothing costs anything."""
    with from_labs():
        from labs.runner import catalogue, inside

        labs = [catalogue.load(slug) for slug in catalogue.slugs()]
        ready = bench.ready(labs[0])
        found = list(inside.left(labs, ready.variables))
    things = [
        {
            "kind": thing.kind,
            "name": thing.name,
            "since": thing.since,
            "lab": slug,
            "usd_hour": "0",
            "command": f"quizengine lab clean {slug}",
            "found": ["names"],
        }
        for slug, thing in found
    ]
    if as_json:
        render.show_json({"things": things, "blind": []})
    else:
        shown.show_ready(ready)
        _show_rows(
            [(thing.kind, thing.name, _since(thing.since), "0") for _, thing in found],
            [f"quizengine lab clean {slug}" for slug, _ in found],
        )
    return LEFT if found else 0


def _show(found: Search) -> None:
    rows = [(each.kind, each.name, _since(each.since), _usd(each)) for each in found.things]
    _show_rows(rows, [each.command for each in found.things])
    for each in found.blind:
        render.say(f"Could not look: {each}")


def _show_rows(rows: Sequence[tuple[str, str, str, str]], commands: Iterable[str]) -> None:
    if not rows:
        render.say("Nothing of the labs is there.")
        return
    render.say(render.table(rows, ("what", "name", "since", "USD an hour")))
    render.say()
    render.say("To remove it:")
    for command in dict.fromkeys(commands):
        render.say(f"  {command}")


def _since(at: datetime | None) -> str:
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M")


def _usd(each: Leftover) -> str:
    return "not known" if each.usd_hour is None else f"{each.usd_hour:.4f}".rstrip("0").rstrip(".")


def _json(found: Search) -> dict[str, object]:
    return {
        "things": [
            {
                "kind": each.kind,
                "name": each.name,
                "since": each.since,
                "lab": each.lab,
                "usd_hour": None if each.usd_hour is None else str(each.usd_hour),
                "command": each.command,
                "found": list(each.found),
            }
            for each in found.things
        ],
        "blind": list(found.blind),
    }
