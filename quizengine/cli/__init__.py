"""The command line: one file per noun, imported only when its command runs.

Exit codes: 0 done; 1 an error the message explains (or lint found problems); 2 a command line
that cannot be meant; 130 interrupted.
"""

from __future__ import annotations

import difflib
import importlib
import io
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeAlias

import click

from quizengine.errors import QuizengineError

# name -> (module:attribute, first line of its help). A test compares the lines with the real ones.
COMMANDS = {
    "exam": ("exam:exam", "Mock exams: sit one, resume it, see its result."),
    "serve": ("serve:serve", "Sit exams in the browser: a server for this computer alone."),
    "practice": ("practice:practice", "Practise with feedback at once, every reason given."),
    "cards": ("cards:cards", "Drill the cards that are due, and some new ones."),
    "progress": ("progress:progress", "Show where you stand, and how sure that is."),
    "plan": ("plan:plan", "Plan the days until your exam; without options, show the plan."),
    "today": ("today:today", "Show what the plan has for today, and start it."),
    "bank": ("bank:bank", "The questions: count, show, search and check them."),
    "corrections": (
        "corrections:corrections",
        "What the decks claim wrongly, and what is true.",
    ),
    "outcome": ("outcome:outcome", "What a real exam, or another provider's mock, said of you."),
    "record": ("record:record", "Your own record: take it along, bring it back, delete it."),
    "lab": ("lab:lab", "Labs: SageMaker tasks that you do, checked in the cloud."),
    "cloud": ("cloud:cloud", "SageMaker on this computer: it really trains, and costs nothing."),
    "infra": (
        "infra:infra",
        "The stacks for labs in an AWS account: what they would change, make them, remove them.",
    ),
    "settings": ("settings:settings", "Show or change a setting."),
    "doctor": ("doctor:doctor", "Examine the installation and the record."),
    "completion": ("completion:completion", "Print the completion script of a shell."),
}


Resolved: TypeAlias = tuple[str | None, click.Command | None, list[str]]
Resolve: TypeAlias = Callable[[click.Context, list[str]], Resolved]


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for, and knows the close names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(f"quizengine.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Resolved:
        return suggest(self, ctx, args, super().resolve_command)


class NounGroup(click.Group):
    """A noun with its verbs, in the order they were written; it knows the close names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Resolved:
        return suggest(self, ctx, args, super().resolve_command)


def suggest(group: click.Group, ctx: click.Context, args: list[str], resolve: Resolve) -> Resolved:
    """Resolve a command; where there is none, say which ones are close."""
    try:
        return resolve(ctx, args)
    except click.UsageError:
        names = group.list_commands(ctx)
        close = difflib.get_close_matches(args[0], names, n=2, cutoff=0.4)
        way_out = (
            f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(names)}."
        )
        raise click.UsageError(f"No command {args[0]!r}. {way_out}", ctx) from None


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from quizengine import __version__

        click.echo(f"quizengine {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    epilog="Begin with: quizengine exam start --questions 10 --untimed",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Mock exams over verified questions for AWS machine-learning certifications.

    Without a command: where you stand and what to do next.
    """
    if ctx.invoked_subcommand is None:
        from quizengine.cli.home import show

        show()


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The console script. Every error of the tree becomes one message here."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a character it cannot show becomes a ?
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(args, prog_name="quizengine", standalone_mode=False)
    except QuizengineError as error:
        click.echo(f"Error: {_harmless(error.message)}", err=True)
        if error.hint:
            click.echo(_harmless(error.hint), err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


def _harmless(text: str) -> str:
    """The text without control characters: a file's name or content may hold some."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
