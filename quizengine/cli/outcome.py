"""quizengine outcome"""

from __future__ import annotations

from datetime import date, datetime

import click
from pydantic import ValidationError

from quizengine import wiring
from quizengine.cli import NounGroup, render
from quizengine.content import ExamCode, said
from quizengine.errors import BadRequest, shown
from quizengine.outcome import Outcome
from quizengine.scoring import HIGHEST, LOWEST, Competency

CLASSES: dict[str, Competency] = {"meets": "meets competencies", "needs": "needs improvement"}


@click.group(cls=NounGroup)
def outcome() -> None:
    """What a real exam, or another provider's mock, said of you."""


@outcome.command(
    epilog="Examples: "
    "quizengine outcome add mls-c01 --on 2026-03-14 --score 812 --domain 1=meets | "
    "quizengine outcome add aif-c01 --passed | "
    "quizengine outcome add mls-c01 --score 700 --provider 'Another simulator'"
)
@click.argument("code")
@click.option("--on", "taken_on", type=click.DateTime(["%Y-%m-%d"]), help="The day; else today.")
@click.option(
    "--score", type=click.IntRange(LOWEST, HIGHEST), help="The scaled score of the report."
)
@click.option("--passed/--failed", default=None, help="Where no score is known.")
@click.option("--domain", "domains", multiple=True, help="1=meets or 1=needs, as reported.")
@click.option("--provider", help="Of an outside mock; left out, it was the real exam.")
def add(
    code: str,
    taken_on: datetime | None,
    score: int | None,
    passed: bool | None,
    domains: tuple[str, ...],
    provider: str | None,
) -> None:
    """Keep a result. It is your own evidence: it changes no report."""
    day: date = wiring.today() if taken_on is None else taken_on.date()
    try:
        told = Outcome(
            exam=ExamCode(code.lower()),
            taken_on=day,
            score=score,
            passed=passed,
            domains=_classes(domains),
            provider=provider,
        )
    except ValidationError as error:
        raise BadRequest(
            f"This cannot be kept: {said(error)}.", "quizengine outcome add --help"
        ) from None
    with wiring.opened() as study:
        study.add_outcome(told, wiring.today())
    render.say(f"Kept: {_words(told)}.")


@outcome.command("list", epilog="Example: quizengine outcome list --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """List what you told."""
    with wiring.opened() as study:
        found = study.outcomes()
    if as_json:
        render.show_json([told.model_dump(mode="json") for told in found])
        return
    for told in found:
        render.say(_words(told))
    if not found:
        render.say("Nothing yet. quizengine outcome add --help")


def _classes(words: tuple[str, ...]) -> dict[str, Competency]:
    found: dict[str, Competency] = {}
    for word in words:
        domain, _, name = word.partition("=")
        if name not in CLASSES:
            raise BadRequest(f"{shown(word)} is no class of a domain.", "Say 1=meets or 1=needs.")
        if domain in found:
            raise BadRequest(f"Domain {shown(domain)} is given twice.", "Give each domain once.")
        found[domain] = CLASSES[name]
    return found


def _words(told: Outcome) -> str:
    parts = [str(told.taken_on), told.exam, told.provider or "the real exam"]
    if told.score is not None:
        parts.append(f"{told.score} of {HIGHEST}")
    if told.passed is not None:
        parts.append("passed" if told.passed else "failed")
    parts += [f"domain {id} {name}" for id, name in sorted(told.domains.items())]
    return ", ".join(parts)
