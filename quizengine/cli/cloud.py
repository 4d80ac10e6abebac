"""quizengine cloud"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from quizengine import wiring
from quizengine.cli import NounGroup, render
from quizengine.errors import BadRequest, QuizengineError

SHELLS = {"sh": "export {}='{}'", "fish": "set -gx {} '{}'", "powershell": "$Env:{} = '{}'"}
SHELL = "powershell" if sys.platform == "win32" else "sh"
INSTALL = 'pip install "quizengine[labs]", or in the source tree: make setup-labs'


@click.group(cls=NounGroup)
def cloud() -> None:
    """SageMaker on this computer: it really trains, and costs nothing."""


@cloud.command(epilog="Example: quizengine cloud start --paced")
@click.option("--port", type=click.IntRange(0, 65535), help="The port (else 4580, if it is free).")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of loopback.")
@click.option("--paced", is_flag=True, help="Let every state last a moment, to be watched.")
def start(port: int | None, host: str, paced: bool) -> None:
    """Start the cloud; it runs on after the terminal closes."""
    with from_labs():
        from labs.cloud import service

        pace = service.PACE if paced else 0.0
        started = service.start(cloud_folder(), host=host, port=port, pace=pace)
    server = started.running
    runs = "is" if started.new else "runs already"
    render.say(f"The cloud {runs} at {server.url} (process {server.pid}).")
    if server.pace:
        render.say(_paced(server.pace))
    for note in started.notes:
        render.say(f"Note: {note}")
    render.say('Use it in this terminal: eval "$(quizengine cloud env)"')


@cloud.command(epilog="Example: quizengine cloud stop")
def stop() -> None:
    """Stop the cloud; what it holds is there again at the next start."""
    with from_labs():
        from labs.cloud import service

        stopped = service.stop(cloud_folder())
    render.say(f"Stopped process {stopped.pid}." if stopped else "The cloud does not run.")


@cloud.command(epilog="Example: quizengine cloud status --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(as_json: bool) -> None:
    """Say whether the cloud runs, where, and where its files are."""
    with from_labs():
        from labs.cloud import service

        found = service.status(cloud_folder())
    if as_json:
        paths = {"folder": str(found.folder), "log": str(found.log)}
        render.show_json(asdict(found) | paths)
        return
    render.say(found.sentence())
    if found.server is not None and found.server.pace:
        render.say(_paced(found.server.pace))
    if found.calls is not None and found.size is not None:
        render.say(f"It holds what {found.calls:,} calls made, {found.size / 1e6:,.1f} MB on disk.")
    render.say(f"Files: {found.folder}\nLog:   {found.log}")


class SafeToEvaluate(click.Command):
    """Whatever goes wrong, standard output leads a shell to nowhere: an empty one would leave it
    with the learner's own account, unnoticed."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> Any:
        said = [word.rpartition("=")[2] for word in args]
        named = next((shell for shell in SHELLS if shell in said), SHELL)
        try:
            return super().make_context(info_name, args, *rest, **more)
        except click.UsageError:
            render.say(_nowhere(named))
            raise

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BaseException:
            render.say(_nowhere(ctx.params["shell"]))
            raise


@cloud.command(cls=SafeToEvaluate, epilog="Example: quizengine cloud env --shell fish")
@click.option(
    "--shell",
    type=click.Choice([*SHELLS]),
    default=SHELL,
    show_default=True,
    help="The shell that is to read it (sh: also bash, zsh).",
)
@click.option("--region", default="us-east-1", show_default=True, help="The region to work in.")
def env(shell: str, region: str) -> None:
    """Print what points a terminal at the cloud, and only there."""
    with from_labs():
        from labs.cloud import environment, service
        from labs.runner.bench import Bench
        from labs.runner.notes import Notes

        server = service.needed(cloud_folder())
        change = environment.variables(server.url, os.environ, region=region)
        bench = Bench(cloud_folder(), Notes(wiring.labs_notes_path()))
        of_lab = bench.variables(Path.cwd(), region)
        script = environment.script(replace(change, set={**change.set, **of_lab}), shell)
    render.say(script)


@cloud.command(epilog="Example: quizengine cloud coverage --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def coverage(as_json: bool) -> None:
    """List the operations and services that are offered."""
    with from_labs():
        from labs.cloud import coverage as covered
        from labs.cloud.wsgi import OFFERED

    kinds = {
        "real": (covered.REAL, "SageMaker, as on AWS"),
        "records": (covered.RECORDS, "Kept and given back; nothing happens behind it"),
        "empty": (covered.EMPTY, "Answered with an empty list: such things cannot be made here"),
    }
    if as_json:
        operations = {name: kind for kind, (names, _) in kinds.items() for name in sorted(names)}
        runtime = covered.RUNTIME
        render.show_json({"sagemaker": operations, "runtime": runtime, "services": sorted(OFFERED)})
        return
    for names, title in (
        *kinds.values(),
        (OFFERED - {"sagemaker"}, "Other services, as moto keeps them"),
    ):
        render.say(f"{title}:\n{render.prose(', '.join(sorted(names)), '  ')}\n")
    render.say("InvokeEndpoint is real. Everything else is refused: NotOfferedOffline.")


@cloud.command(epilog="Example: quizengine cloud reset --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Forget all buckets, jobs, models and endpoints."""
    question = "All buckets, jobs, models and endpoints go. Type reset to go on"
    if not yes and click.prompt(question) != "reset":
        render.say("Nothing was forgotten.")
        return
    with from_labs():
        from labs.cloud import service

        service.reset(cloud_folder())
    render.say("The cloud is as new.")


def _nowhere(shell: str) -> str:
    """What keeps a terminal from every account, and reaches no cloud either."""
    try:
        from labs.cloud import environment
    except ImportError:  # hidden: then at least keys that open nothing, and no endpoint
        nothing = {
            "AWS_ACCESS_KEY_ID": "OFFLINE",
            "AWS_SECRET_ACCESS_KEY": "OFFLINE",
            "AWS_SESSION_TOKEN": "OFFLINE",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PROFILE": "",
        }
        return "\n".join(SHELLS[shell].format(*each) for each in nothing.items())
    return environment.script(environment.variables(environment.NOWHERE, os.environ), shell)


def _paced(pace: float) -> str:
    return f"It is paced: every state of a job or an endpoint lasts {pace:g} seconds or more."


def cloud_folder() -> Path:
    return wiring.home() / "cloud"


@contextmanager
def from_labs() -> Iterator[None]:
    """Around everything that comes from labs: its errors in the words of this program."""
    try:
        yield
    except ModuleNotFoundError as error:
        if f"{error.name}".startswith("labs"):
            hidden = "Another package called labs hides the one of quizengine."
            raise QuizengineError(hidden, "quizengine doctor says which it is.") from None
        missing = f"The labs are not installed: {error.name} is missing."
        raise QuizengineError(missing, INSTALL) from None
    except Exception as error:
        from labs.errors import LabsError

        if not isinstance(error, LabsError):
            raise
        raise BadRequest(error.message, error.hint) from None
