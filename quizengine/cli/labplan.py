"""quizengine lab plan"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.cli.cloud import cloud_folder, from_labs

if TYPE_CHECKING:
    from labs.lab import Lab
    from labs.plan import Plan, Priced
    from labs.prices import Prices
    from labs.quota import Quota

REGION = "us-east-1"  # of which labs/prices.toml has the prices
ALONE = "This lab is for the cloud on this computer alone."
CEILING = 2  # what --max-usd is where nobody says otherwise


@dataclass(frozen=True)
class Shown:
    """All that there is to say of one solution."""

    lab: Lab
    plan: Plan
    prices: Prices
    priced: list[Priced]
    quotas: list[Quota]


@click.command(epilog="Examples: quizengine lab plan train_xgboost | quizengine lab plan --sdk")
@click.argument("lab", required=False, metavar="[LAB]")
@click.option("--sdk", is_flag=True, help="Of the solution with the SageMaker SDK.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def plan(lab: str | None, sdk: bool, as_json: bool) -> None:
    """Show what a solution calls, the most it can cost on AWS, and what it needs there."""
    kind = "sdk" if sdk else "boto3"
    with from_labs():
        from labs.aws.pricelist import prices
        from labs.plan import priced
        from labs.quota import quotas
        from labs.runner import plans
        from labs.runner.bench import Bench
        from labs.runner.notes import Notes

        bench = Bench(cloud_folder(), Notes(wiring.labs_notes_path()))
        meant = bench.meant(lab, Path.cwd())
        found = plans.recorded(meant, kind)
        if found is None:
            _show_none(meant, as_json)
            return
        table = prices(REGION)
        calls = [each.call for each in found.calls]
        shown = Shown(meant, found, table, list(priced(found, table)), quotas(calls))
    if as_json:
        render.show_json(_json(shown))
    else:
        render.say(_text(shown))


def _show_none(lab: Lab, as_json: bool) -> None:
    if as_json:
        render.show_json({"lab": lab.slug, "recorded": False})
    else:
        render.say(f"What {lab.slug} calls has not been recorded, so there is no plan of it.")
        if "aws" not in lab.targets:
            render.say(ALONE)
        render.say(f"Its guide says what it would cost: quizengine lab show {lab.slug} --guide")


def _text(shown: Shown) -> str:
    """A Python script: first, in comments, the sum of it."""
    from labs.script import notes, script

    head = "\n".join(line for text in _head(shown) for line in _comment(text))
    return f"{head}\n\n{script(shown.plan, notes(shown.priced))}".rstrip()


def _head(shown: Shown) -> Iterator[str]:
    from labs.cost import DEADLINE_HOURS, SWEEP_HOURS
    from labs.plan import total
    from labs.script import dollars

    lab, plan = shown.lab, shown.plan
    how = {"boto3": "with boto3", "sdk": "with the SageMaker SDK"}[plan.kind]
    yield f"{lab.slug}: what its solution {how} calls, recorded offline, as boto3 would call it."
    if "aws" not in lab.targets:
        yield ALONE
    usd = total(shown.priced)
    at = f"at prices of {REGION} as of {shown.prices.as_of}"
    yield f"All of it on AWS: {dollars(usd)}, {at}; AWS's price pages decide."
    if refused := sorted({each.refused for each in shown.priced if each.refused}):
        yield f"Without what has no price, and so is refused there: {' '.join(refused)}"
    if usd > CEILING:
        more = int(usd) + 1
        yield f"That is above the ceiling of {CEILING} USD: it takes --max-usd {more}."
    operations = {each.call.operation for each in plan.calls}
    if "CreateEndpoint" in operations:
        yield f"Endpoints count for {DEADLINE_HOURS} hours: then AWS deletes them, by a schedule."
    if "CreateTransformJob" in operations:
        yield (
            f"Transform jobs have no limit of their own: they count for the {SWEEP_HOURS} hours "
            "until the sweeper ends them."
        )
    quotas = "; ".join(f"{each.name}: {each.wanted}" for each in shown.quotas)
    yield f"Quotas it touches, and how much of each: {quotas or 'none'}."
    yield f"You need: {', '.join(plan.caller)}."
    yield f"The role of its jobs and endpoints needs: {', '.join(plan.role)}."
    looks = sum(plan.reads.values())
    if looks:
        yield f"Beside these calls it looks, up to {looks} times: {_names(plan.reads)}."


def _names(reads: Iterable[str]) -> str:
    return ", ".join(name.partition(":")[2] for name in reads)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        88,
        initial_indent="# ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _json(shown: Shown) -> dict[str, object]:
    from labs.plan import total

    return {
        "lab": shown.lab.slug,
        "recorded": True,
        "solution": shown.plan.kind,
        "region": REGION,
        "prices_as_of": shown.prices.as_of,
        "usd": _amount(total(shown.priced)),
        "calls": [
            {
                "service": each.planned.call.service,
                "operation": each.planned.call.operation,
                "times": each.planned.times,
                "usd": None if each.cost is None else _amount(each.cost.usd),
                "why": each.refused if each.cost is None else each.cost.why,
                "request": each.planned.call.request,
            }
            for each in shown.priced
        ],
        "reads": dict(shown.plan.reads),
        "actions": {"caller": shown.plan.caller, "role": shown.plan.role},
        "quotas": [{"name": each.name, "wanted": each.wanted} for each in shown.quotas],
    }


def _amount(usd: Decimal) -> str:
    """USD, rounded up to a ten-thousandth."""
    return str(usd.quantize(Decimal("0.0001"), ROUND_CEILING))
