"""quizengine completion"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog='Example: eval "$(quizengine completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell."""
    from quizengine.cli import cli

    completer = get_completion_class(shell)
    assert completer is not None
    click.echo(completer(cli, {}, "quizengine", "_QUIZENGINE_COMPLETE").source())
