"""quizengine lab"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quizengine import wiring
from quizengine.cli import NounGroup, labaws, lableft, labplan, render
from quizengine.cli import labshown as shown
from quizengine.cli.cloud import cloud_folder, from_labs
from quizengine.cli.infra import in_an_account
from quizengine.cli.labaws import Target
from quizengine.cli.sitting import begin
from quizengine.errors import QuizengineError

if TYPE_CHECKING:
    from labs.runner.bench import Bench

SDK = 'pip install "quizengine[sdk]", or in the source tree: make setup'

lab_argument = click.argument("lab", required=False, metavar="[LAB]")
as_json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")
into_option = click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to work in (else quizengine-labs/LAB in your home).",
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=900,
    show_default=True,
    help=f"Seconds after which a script is ended; with --target aws {labaws.TIMEOUT_S}.",
)


@click.group(cls=NounGroup)
def lab() -> None:
    """Labs: SageMaker tasks that you do, checked in the cloud."""


@lab.command("list", epilog="Example: quizengine lab list --json")
@as_json_option
def list_(as_json: bool) -> None:
    """List the labs, how far you are, and which weak topics each would help."""
    with wiring.opened() as study:
        lines, gains = study.labs(), study.lab_gains()
    if as_json:
        render.show_json([shown.line_json(line, gains) for line in lines])
    else:
        shown.show_lines(lines, gains)


@lab.command(epilog="Examples: quizengine lab show train_xgboost | quizengine lab show --guide")
@lab_argument
@click.option("--guide", is_flag=True, help="The whole guide.")
@as_json_option
def show(lab: str | None, guide: bool, as_json: bool) -> None:
    """Show what a lab is about, its steps, and how far you are."""
    with from_labs():
        from labs.runner import catalogue

        bench = _bench()
        found = bench.meant(lab, Path.cwd())
        text = catalogue.guide(found)
        workspace = bench.notes.workspace(found.slug)
    with wiring.opened() as study:
        line = study.lab(found.slug)
    folder = None if workspace is None else workspace.folder
    if as_json:
        render.show_json(shown.lab_json(found, line, folder))
    elif guide:
        render.say(text)
    else:
        shown.show_lab(found, line, folder)
        shown.show_asks(line)


@lab.command(epilog="Example: quizengine lab start train_xgboost")
@click.argument("lab")
@into_option
def start(lab: str, into: Path | None) -> None:
    """Make a folder to work in and start the cloud; once begun, go on there."""
    with from_labs():
        from labs.runner import catalogue, workspace

        bench, found = _bench(), catalogue.load(lab)
        begun = workspace.begin(bench.notes, found, into)
        ready = bench.ready(found)
    with wiring.opened() as study:
        study.note_lab(found.slug, "started")
        line = study.lab(found.slug)
    shown.show_begun(found, begun, ready)
    shown.show_asks(line)


@lab.command(
    epilog="Examples: quizengine lab questions train_xgboost | "
    "quizengine lab questions train_xgboost --again"
)
@lab_argument
@click.option("--again", is_flag=True, help="Ask them again, with their keys, before it is done.")
@click.option("--yes", is_flag=True, help="Start at once.")
def questions(lab: str | None, again: bool, yes: bool) -> None:
    """Answer the three questions of a lab: before it, and again once it is done."""
    if lab is None:
        with from_labs():
            lab = _bench().meant(None, Path.cwd()).slug
    with wiring.opened() as study:
        begin(study, study.plan_lab(lab, again=again), at_once=yes)


@lab.command(
    epilog="Examples: quizengine lab run | quizengine lab run fault.py | "
    "quizengine lab run --target aws"
)
@click.argument("file", default="starter.py")
@click.option("--lab", help="The lab (else the one of this folder, or the last begun).")
@timeout_option
@labaws.with_target
@labaws.with_bounds
@click.pass_context
def run(
    ctx: click.Context, /, file: str, lab: str | None, timeout: float, target: str, **aws: Any
) -> None:
    """Run a script of yours: it reaches the cloud on this computer, and nothing else.

    With --target aws it reaches an account of yours, through a door that notes and prices every
    call; what that is and what it may cost is asked first.
    """
    place = labaws.place(ctx, target, aws)
    with from_labs():
        from labs.runner import workspace

        bench = _bench()
        found = bench.meant(lab, Path.cwd())
        script = workspace.script(bench.workspace(found), file, Path.cwd())
    if place is not None:
        ctx.exit(labaws.run(found, script, place, labaws.bounds(ctx, aws, timeout)))
    ctx.exit(_run(bench, found.slug, script, timeout))


@lab.command(epilog="Examples: quizengine lab check --json | quizengine lab check --target aws")
@lab_argument
@as_json_option
@labaws.with_target
@click.pass_context
def check(ctx: click.Context, /, lab: str | None, as_json: bool, target: str, **aws: Any) -> None:
    """Look at the cloud: what is done, and what to look at next."""
    place = labaws.place(ctx, target, aws)
    with from_labs():
        bench = _bench()
        found = bench.meant(lab, Path.cwd())
        bench.workspace(found)  # begun, or this says how
    if place is not None:
        ctx.exit(0 if labaws.check(found, place, as_json=as_json) else 1)
    ctx.exit(0 if _check(bench, found.slug, as_json=as_json) else 1)


@lab.command(epilog="Examples: quizengine lab hint | quizengine lab hint --target aws")
@lab_argument
@labaws.with_target
@click.pass_context
def hint(ctx: click.Context, /, lab: str | None, target: Target, **aws: Any) -> None:
    """A hint for the first check that does not hold; the next time, a plainer one."""
    place = labaws.place(ctx, target, aws)
    with from_labs():
        from labs.runner import inside

        bench = _bench()
        found = bench.meant(lab, Path.cwd())
        bench.workspace(found)
        if place is not None:
            looked = labaws.looked(found, place)
        else:
            looked = list(inside.checked(found, bench.ready(found).variables))
    first = next((each for each in looked if not each.verdict.passed), None)
    with wiring.opened() as study:
        if first is not None:
            study.note_lab(found.slug, "hinted", check=first.check.id, target=target)
        seen = study.lab(found.slug).work.hints
    shown.show_hint(first, seen)


@lab.command(
    epilog="Examples: quizengine lab solution | quizengine lab solution --sdk | "
    "quizengine lab solution --run"
)
@lab_argument
@click.option("--sdk", is_flag=True, help="The one with the SageMaker SDK, in place of boto3.")
@click.option("--run", "runs", is_flag=True, help="Run it, then check.")
@timeout_option
@labaws.with_target
@labaws.with_bounds
@click.pass_context
def solution(
    ctx: click.Context,
    /,
    lab: str | None,
    sdk: bool,
    runs: bool,
    timeout: float,
    target: Target,
    **aws: Any,
) -> None:
    """Show a solution, or run it. --target and what belongs to it are for --run."""
    kind = "sdk" if sdk else "boto3"
    place = labaws.place(ctx, target, aws)
    with from_labs():
        from labs.runner import catalogue, workspace

        bench = _bench()
        found = bench.meant(lab, Path.cwd())
        source = catalogue.solution(found, kind)
        if runs:
            if sdk:
                _need_sdk()
            source = workspace.lay_out_solution(found, bench.workspace(found), kind)
    with wiring.opened() as study:
        study.note_lab(found.slug, "solution_shown", target=target)
    if not runs:
        render.say(source.read_text(encoding="utf-8"))
        return
    if place is not None:
        code = labaws.run(found, source, place, labaws.bounds(ctx, aws, timeout), kind)
        ctx.exit(code or (0 if labaws.check(found, place) else 1))
    code = _run(bench, found.slug, source, timeout)
    ctx.exit(code or (0 if _check(bench, found.slug) else 1))


lab.add_command(labplan.plan)


@lab.command(epilog="Example: quizengine lab reset train_xgboost")
@lab_argument
@click.option("--yes", is_flag=True, help="Do not ask, even where you changed a file.")
def reset(lab: str | None, yes: bool) -> None:
    """Put a lab's files there as they were given; what is in the cloud stays."""
    with from_labs():
        from labs.runner import workspace

        bench = _bench()
        found = bench.meant(lab, Path.cwd())
        place = bench.workspace(found)
        changed = place.changed()
    if changed and not yes:
        question = f"You changed {', '.join(changed)}; that would be lost. Go on?"
        click.confirm(question, abort=True)
    with from_labs():
        workspace.restore(bench.notes, found, place)
    with wiring.opened() as study:
        study.note_lab(found.slug, "reset")
    render.say(f"{place.folder} is as it was given.")


@lab.command(epilog="Examples: quizengine lab clean | quizengine lab clean --target aws")
@lab_argument
@labaws.with_target
@click.pass_context
def clean(ctx: click.Context, /, lab: str | None, target: str, **where: Any) -> None:
    """Take down what a lab made: by its journal, and whatever is named as the lab's things are.

    The exit code is 3 if something is left.
    """
    with from_labs():
        from labs.runner import inside

        bench = _bench()
        found = bench.meant(lab, Path.cwd())
        if (place := labaws.place(ctx, target, where)) is not None:
            ctx.exit(lableft.clean(found, place))
        left = shown.show_cleaned(found, inside.cleaned(found, bench.ready(found).variables))
    with wiring.opened() as study:
        study.note_lab(found.slug, "cleaned")
    ctx.exit(lableft.LEFT if left else 0)


@lab.command(epilog="Examples: quizengine lab leftovers | quizengine lab leftovers --json")
@click.option(
    "--target",
    type=click.Choice(["offline", "aws"]),
    default="aws",
    show_default=True,
    help="Where to look.",
)
@in_an_account
@as_json_option
@click.pass_context
def leftovers(ctx: click.Context, /, target: str, as_json: bool, **where: Any) -> None:
    """Find what labs have left: by tag, by name, in the journal; what it costs, and its end.

    The exit code is 3 if anything is there, 0 if nothing is. Nothing is changed.
    """
    if (place := labaws.place(ctx, target, where)) is not None:
        ctx.exit(lableft.leftovers(place, as_json=as_json))
    ctx.exit(lableft.leftovers_offline(_bench(), as_json=as_json))


def _run(bench: Bench, slug: str, script: Path, timeout: float) -> int:
    """Run a script in its own folder; its exit code."""
    with from_labs():
        from labs.runner import catalogue, process

        ready = bench.ready(catalogue.load(slug))
        shown.show_ready(ready)
        command = (sys.executable, "-B", "-u", str(script))
        ended = process.run(
            command, folder=script.parent, environment=ready.variables, timeout_s=timeout
        )
    with wiring.opened() as study:
        study.note_lab(slug, "ran")
    shown.show_ended(script.name, ended, timeout)
    return ended.code


def _check(bench: Bench, slug: str, *, as_json: bool = False) -> bool:
    """Check, show, keep; whether all of it holds."""
    with from_labs():
        from labs.runner import catalogue, inside

        found = catalogue.load(slug)
        ready = bench.ready(found)
        if not as_json:
            shown.show_ready(ready)
        looked = shown.show_looked(found, inside.checked(found, ready.variables), quiet=as_json)
    with wiring.opened() as study:
        passed = {each.check.id: each.verdict.passed for each in looked}
        study.note_lab(slug, "checked", checks=passed)
        line = study.lab(slug)
    if as_json:
        render.show_json(shown.looked_json(found, looked))
    else:
        shown.show_what_next(found, looked, line)
    return all(passed.values())


def _bench() -> Bench:
    from labs.runner.bench import Bench
    from labs.runner.notes import Notes

    return Bench(cloud_folder(), Notes(wiring.labs_notes_path()))


def _need_sdk() -> None:
    from importlib.util import find_spec

    if find_spec("sagemaker") is None:
        raise QuizengineError("The SageMaker SDK is not installed.", SDK)
