"""quizengine infra"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from quizengine.cli import NounGroup, render
from quizengine.cli.cloud import from_labs

if TYPE_CHECKING:
    from labs.infra.leaving import Place
    from labs.infra.stacks import Proposal

Command = TypeVar("Command", bound=Callable[..., Any])

EXAMPLE = "Example: quizengine infra {} --profile lab --region us-east-1"


def _prefix(ctx: click.Context, parameter: click.Parameter, given: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9]{1,11}", given):  # as both templates have it
        raise click.BadParameter("2 to 12 small letters and digits, the first one a letter.")
    return given


def in_an_account(command: Command) -> Command:
    """The options that say which account, which region and which of the stacks there."""
    for option in (
        click.option("--expect-account", metavar="NUMBER", help="Stop if it is another account."),
        click.option(
            "--prefix",
            default="quizengine",
            show_default=True,
            callback=_prefix,
            help="Which of your stacks: their names begin so.",
        ),
        click.option("--region", help="The region (else that of your AWS configuration)."),
        click.option("--profile", help="A profile of your AWS configuration."),
    ):
        command = option(command)
    return command


def with_values(command: Command) -> Command:
    """The options that give the templates' parameters their values."""
    command = click.option(
        "--set",
        "values",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_pairs,
        help="A parameter of a template, such as MonthlyBudget=20; may be given again.",
    )(command)
    return click.option("--email", help="Where warnings about costs go.")(command)


def _pairs(
    ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    for name, equals, _ in pairs:
        if not equals:
            raise click.BadParameter(f"{name!r} is not NAME=VALUE.")
    return {name: value for name, _, value in pairs}


yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group(cls=NounGroup)
def infra() -> None:
    """The stacks for labs in an AWS account: what they would change, make them, remove them."""


@infra.command(epilog=EXAMPLE.format("plan"))
@in_an_account
@with_values
def plan(email: str | None, values: dict[str, str], **where: Any) -> None:
    """Show what would change in the account, and change nothing."""
    place = _place(**where)
    proposals = _proposed(place, email, values)
    _withdraw(place, proposals)


@infra.command(epilog=EXAMPLE.format("deploy"))
@in_an_account
@with_values
@yes_option
def deploy(email: str | None, values: dict[str, str], yes: bool, **where: Any) -> None:
    """Show what would change in the account, ask, and change it."""
    place = _place(**where)
    if not _cleared(place, yes):
        render.say("Nothing was changed.")
        return
    waiting = _proposed(place, email, values)
    if not waiting:
        return
    try:
        if not yes and not click.confirm(f"Change account {place.caller.account} so?"):
            render.say("Nothing was changed.")
            return
        with from_labs():
            from labs.infra import stacks

            while waiting:
                proposal = waiting.pop(0)  # from here on CloudFormation itself takes it back
                stacks.execute(place.client, proposal)
                render.say(f"{proposal.stack} is as shown.")
    finally:
        _withdraw(place, waiting)


@infra.command(epilog=EXAMPLE.format("destroy"))
@in_an_account
@yes_option
def destroy(yes: bool, **where: Any) -> None:
    """Remove the stacks, and all that labs have made under their prefix."""
    place = _place(**where)
    with from_labs():
        from labs.infra import leaving

        found = leaving.scope(place)
    if found:
        render.say("To be removed:")
    for each in found:
        render.say(f"  {each}")
    question = f"Remove this from account {place.caller.account}?"
    if found and not yes and not click.confirm(question):
        render.say("Nothing was removed.")
        return
    with from_labs():
        for gone in leaving.destroy(place):
            render.say(f"  gone: {gone}")
    render.say(f"Nothing of {place.prefix} is left.")


def _place(
    profile: str | None, region: str | None, prefix: str, expect_account: str | None
) -> Place:
    """Ask whose account it is, and say so before anything else happens."""
    with from_labs():
        from labs.infra import who
        from labs.infra.leaving import Place

        session = who.session(profile, region)
        caller = who.caller(session, expect_account)
    render.say(caller.sentence())
    return Place(prefix, caller, session.client)


def _cleared(place: Place, yes: bool) -> bool:
    """Delete what failed when it was made: nothing can be proposed for it. False if that is not
    wanted."""
    with from_labs():
        from labs.infra import stacks

        failed = stacks.failed(place.client, place.prefix)
    for stack in failed:
        question = f"The stack {stack} could not be made, and nothing is in it. Delete it?"
        if not yes and not click.confirm(question):
            return False
        with from_labs():
            stacks.delete(place.client, stack)
        render.say(f"  gone: stack {stack}")
    return True


def _proposed(place: Place, email: str | None, values: Mapping[str, str]) -> list[Proposal]:
    """Show what would change; the proposals that wait."""
    given = {**({"Email": email} if email else {}), **values}
    waiting: list[Proposal] = []
    with from_labs():
        from labs.infra import stacks

        try:
            for proposal in stacks.proposed(place.client, place.prefix, given):
                if proposal.changes:
                    waiting.append(proposal)
                _show(proposal)
        except BaseException:
            _withdraw(place, waiting)
            raise
    return waiting


def _withdraw(place: Place, waiting: list[Proposal]) -> None:
    with from_labs():
        from labs.infra import stacks

        for proposal in waiting:
            stacks.withdraw(place.client, proposal)


def _show(proposal: Proposal) -> None:
    new = " (new)" if proposal.kind == "CREATE" else ""
    render.say(f"\nThe stack {proposal.stack}{new}:")
    for change in proposal.changes:
        replaced = ", replaced by another" if change.replaced else ""
        render.say(f"  {change.action.lower():<7} {change.name:<17} {change.kind}{replaced}")
    if not proposal.changes:
        render.say("  stays as it is")
    for note in proposal.notes:
        render.say(f"  Note: {note}")
