"""Writes docs/cli.md: every command as its own --help tells it, and the keys of an exam.

Run from anywhere: .venv/bin/python docs/make_cli.py
A test fails while the page is not what this would write.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from quizengine import wiring
from quizengine.cli import cli, drill
from quizengine.cli.plain import HELP
from quizengine.tui.screens import KEYS

PAGE = Path(__file__).with_name("cli.md")
WIDTH = 88  # columns of a help text: what fits beside a margin on most screens

HEAD = """\
# Every command

<!-- Written by docs/make_cli.py from the program itself. Do not edit: your words would be lost. -->

What `quizengine COMMAND --help` says, of every command, and the keys of an exam. Why a thing is as
it is stands in the page of its noun: [all pages](README.md).

Exit codes: 0, done (leaving an exam is done, too); 1, an error that the message explains,
`bank lint` or `doctor` found a problem, or a check of a lab does not hold; 2, a command line that
cannot be meant; 124, the time of a lab's script was up; 130, interrupted (128 and its number for
another signal). Else `lab run` has the exit code of the script.
"""


def commands() -> Iterator[tuple[str, click.Context]]:
    """Every command with the words that call it, groups before what is in them."""
    yield from _below("quizengine", cli, None)


def _below(
    words: str, command: click.Command, parent: click.Context | None
) -> Iterator[tuple[str, click.Context]]:
    context = click.Context(
        command,
        parent,
        info_name=words.split()[-1],
        terminal_width=WIDTH,
        **command.context_settings,
    )
    yield words, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _below(f"{words} {name}", found, context)


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for words, context in commands():
        parts.append(f"## {words}\n\n{_block(context.get_help())}")
    environment = inspect.cleandoc((wiring.__doc__ or "").partition("Environment:")[2])
    parts.append(f"## The environment\n\n{_block(environment)}")
    parts.append(f"## What you can type in a plain exam\n\n{_block(HELP)}")
    parts.append(f"## What you can type while you drill cards\n\n{_block(drill.HELP)}")
    parts.append(f"## The keys of the full screen\n\n{_block(_columns(KEYS))}")
    return "\n".join(parts)


def _columns(keys: Mapping[str, Mapping[str, str]]) -> str:
    """Keys beside what they do, under their heads."""
    wide = max(len(key) for group in keys.values() for key in group)
    lines = [
        [head, *(f"  {key:{wide}}  {does}" for key, does in group.items())]
        for head, group in keys.items()
    ]
    return "\n".join(line for group in lines for line in group)


def _block(text: str) -> str:
    return f"```text\n{text.strip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
