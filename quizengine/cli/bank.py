"""quizengine bank"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

import click

from quizengine import __version__, rules, wiring
from quizengine.bank import Bank
from quizengine.card import Card
from quizengine.census import census
from quizengine.cli import NounGroup, render
from quizengine.cli.question import show_card, show_question
from quizengine.cli.stats import LEVELS, census_json, show_census, show_missing
from quizengine.errors import ContentError, NotFound
from quizengine.objection import objection
from quizengine.progress import Level
from quizengine.question import Question
from quizengine.schema import schemas
from quizengine.words import plural

as_json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group(cls=NounGroup)
def bank() -> None:
    """The questions: count, show, search and check them."""


@bank.command(
    epilog="Examples: quizengine bank stats | quizengine bank stats --by topic | "
    "quizengine bank stats --missing"
)
@click.option(
    "--by",
    type=click.Choice(LEVELS),
    default="domain",
    show_default=True,
    help="How finely to count.",
)
@click.option("--missing", is_flag=True, help="List what of the sources nothing serves yet.")
@as_json_option
def stats(by: Level, missing: bool, as_json: bool) -> None:
    """Count what there is, by exam and topic, and how far it serves its sources."""
    questions = _open()
    found = census(questions, wiring.today())
    if as_json:
        render.show_json(census_json(found))
    elif missing:
        show_missing(found, questions.sources)
    else:
        show_census(found, by)


@bank.command(
    epilog="Examples: quizengine bank show early-stopping-in-a-job | "
    "quizengine bank show early-stopping-last-round-and-trees --prove"
)
@click.argument("id")
@click.option("--prove", is_flag=True, help="Run the proof of its key. Exits 1 if it fails.")
@as_json_option
@click.pass_context
def show(ctx: click.Context, id: str, prove: bool, as_json: bool) -> None:
    """Show one question or card whole, with its key and reasons."""
    questions = _open()
    item = _find(questions, id)
    if prove:
        from quizengine.cli.proof import show_proof

        ctx.exit(0 if show_proof(item, questions, as_json=as_json) else 1)
    if as_json:
        render.show_json(item.model_dump(mode="json"))
    elif isinstance(item, Card):
        show_card(item, questions)
    else:
        show_question(item, questions)


@bank.command(
    epilog="Example: quizengine bank report early-stopping-in-a-job --think 'The key should be ...'"
)
@click.argument("id")
@click.option("--think", help="What is wrong; else the text has a place for it.")
@as_json_option
def report(id: str, think: str | None, as_json: bool) -> None:
    """Print a text that says what is wrong with a question or card. Nothing is sent."""
    questions = _open()
    item = _find(questions, id)
    if as_json:
        about = {"id": item.id, "version": item.version, "sha256": item.digest()}
        render.show_json(
            {**about, "bank": questions.digest, "quizengine": __version__, "thinks": think}
        )
        return
    text = objection(item, thinks=think, program=__version__, bank=questions.digest)
    render.say(text)
    click.echo("\nNothing was sent. Give this text to whoever you have quizengine from.", err=True)


@bank.command(epilog="Example: quizengine bank search early stopping")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many at most."
)
@as_json_option
def search(words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find the questions that contain all the words."""
    hits = _open().search(" ".join(words), limit)
    if as_json:
        render.show_json([hit._asdict() for hit in hits])
    elif not hits:
        render.say("No question contains all of these words.")
    for hit in hits if not as_json else ():
        render.say(f"{hit.id}\n    {hit.excerpt}")


@bank.command(epilog="Example: quizengine bank lint")
@click.option("--rules", "list_rules", is_flag=True, help="List the rules, and check nothing.")
@as_json_option
@click.pass_context
def lint(ctx: click.Context, list_rules: bool, as_json: bool) -> None:
    """Check every content file against every rule. Exits 1 if there is an error."""
    if list_rules:
        _show_rules(as_json)
        return
    try:
        loaded = wiring.load_questions()
    except ContentError as error:
        problems = rules.unloadable(error.problems)
        looked_at = "the questions"
    else:
        problems = rules.lint(loaded, today=wiring.today())
        questions, cards = len(loaded.questions), len(loaded.cards())
        looked_at = f"{plural(questions, 'question')} and {plural(cards, 'card')}"
    if as_json:
        render.show_json({"problems": [asdict(problem) for problem in problems]})
    else:
        _show_problems(problems, looked_at)
    ctx.exit(1 if any(problem.severity == "error" for problem in problems) else 0)


def _show_problems(problems: list[rules.Problem], looked_at: str) -> None:
    counts = []
    for severity in ("error", "warning"):
        group = [problem for problem in problems if problem.severity == severity]
        if group:
            counts.append(plural(len(group), severity))
            render.say(render.strong(f"{severity.capitalize()}s"))
            for problem in group:
                render.say(str(problem))
            render.say()
    render.say(f"{' and '.join(counts) or 'Nothing wrong'} in {looked_at}.")


def _show_rules(as_json: bool) -> None:
    if as_json:
        shown = ("number", "name", "severity", "statistical", "why")
        render.show_json(
            {"rules": [{key: getattr(rule, key) for key in shown} for rule in rules.RULES]}
        )
        return
    rows = [(rule.number, rule.name, rule.weight) for rule in rules.RULES]
    render.say(render.table(rows, ("rule", "name", "severity")))


@bank.command(epilog="Example: quizengine bank schema question")
@click.argument("name", type=click.Choice(["question", "card", "exam"]))
def schema(name: str) -> None:
    """Print the JSON Schema of a content file, for editors."""
    render.show_json(schemas()[name])


def _find(bank: Bank, id: str) -> Question | Card:
    try:
        return bank.question(id)
    except NotFound as missing:
        try:
            return bank.card(id)
        except NotFound as also_missing:
            close = [*missing.close, *also_missing.close]
            raise NotFound("question or card", id, close, "quizengine bank search WORDS") from None


def _open() -> Bank:
    """The bank, closed when the command ends."""
    return click.get_current_context().with_resource(closing(wiring.open_questions()))
