"""quizengine practice"""

from __future__ import annotations

import click

from quizengine import wiring
from quizengine.cli.sitting import begin
from quizengine.practice import ONLY, Only


@click.command(
    epilog="Examples: quizengine practice | quizengine practice --only wrong --only unsure | "
    "quizengine practice --in 3.4 | quizengine practice --in training/early-stopping"
)
@click.argument("code", default=wiring.DEFAULT_EXAM)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(ONLY),
    help="Only what was this; repeatable.",
)
@click.option("--in", "within", help="Only this domain (3), task (3.4), area or topic.")
@click.option("--questions", type=int, help="How many at most; ten, unless --minutes is given.")
@click.option("--minutes", type=float, help="As many as the exam's pace allows, and end then.")
@click.option("--seed", type=click.IntRange(0), help="Draw the same questions again.")
@click.option("--yes", is_flag=True, help="Start at once.")
def practice(
    code: str,
    only: tuple[Only, ...],
    within: str | None,
    questions: int | None,
    minutes: float | None,
    seed: int | None,
    yes: bool,
) -> None:
    """Practise with feedback at once, every reason given."""
    with wiring.opened() as study:
        plan = study.plan_practice(
            code, only=only, within=within, questions=questions, minutes=minutes, seed=seed
        )
        begin(study, plan, at_once=yes)
