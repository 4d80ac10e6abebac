"""quizengine practice"""

from __future__ import annotations

import click

from quizengine import wiring
from quizengine.cli.sitting import begin
from quizengine.practice import ONLY, Only


@click.command(
    epilog="Examples: quizengine practice | quizengine practice --weak | "
    "quizengine practice --only wrong --only unsure | quizengine practice --in 3.4 | "
    "quizengine practice --in training/early-stopping | quizengine practice --computed"
)
@click.argument("code", default=wiring.DEFAULT_EXAM)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(ONLY),
    help="Only what was this; repeatable.",
)
@click.option("--in", "within", help="Only this domain (3), task (3.4), area or topic.")
@click.option("--weak", is_flag=True, help="Only the topics on which the exam loses most.")
@click.option("--computed", is_flag=True, help="Only questions whose numbers are new each time.")
@click.option("--questions", type=int, help="How many at most; ten, unless --minutes is given.")
@click.option("--minutes", type=float, help="As many as the exam's pace allows, and end then.")
@click.option("--seed", type=click.IntRange(0), help="Draw the same questions again.")
@click.option("--yes", is_flag=True, help="Start at once.")
def practice(
    code: str,
    only: tuple[Only, ...],
    within: str | None,
    weak: bool,
    computed: bool,
    questions: int | None,
    minutes: float | None,
    seed: int | None,
    yes: bool,
) -> None:
    """Practise with feedback at once, every reason given."""
    if weak and within is not None:
        raise click.UsageError("Only one of --weak and --in can be meant.")
    with wiring.opened() as study:
        plan = study.plan_practice(
            code,
            only=only,
            within=within,
            weak=weak,
            computed=computed,
            questions=questions,
            minutes=minutes,
            seed=seed,
        )
        begin(study, plan, at_once=yes)
