"""A lab on an AWS account: whose it is and what it may cost is said before anything runs."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import click

from quizengine import wiring
from quizengine.cli import labshown as shown
from quizengine.cli import render
from quizengine.cli.cloud import from_labs
from quizengine.cli.infra import in_an_account
from quizengine.words import plural

if TYPE_CHECKING:
    from labs.aws.account import Opened
    from labs.aws.room import Room
    from labs.aws.terms import Keys
    from labs.aws.visit import Foreseen
    from labs.lab import Lab
    from labs.runner.checking import Looked

Target: TypeAlias = Literal["offline", "aws"]
Command = TypeVar("Command", bound=Callable[..., Any])

CHECK_S = 900.0  # seconds of a session in which checks look around
SPARE_S = 120.0  # beside what a script may take
TIMEOUT_S = 3600  # of a script, where nobody says otherwise: AWS needs minutes for what is instant
# offline, and a job may wait half an hour for a spot instance

target_option = click.option(
    "--target",
    type=click.Choice(["offline", "aws"]),
    default="offline",
    show_default=True,
    help="The cloud on this computer, or an AWS account of yours.",
)


@dataclass(frozen=True)
class Place:
    """Which account, as it was typed."""

    profile: str | None
    region: str | None
    prefix: str
    expect_account: str | None


@dataclass(frozen=True)
class Bounds:
    """What it may cost and how many seconds it may take, as it was typed."""

    max_usd: Decimal
    on_demand: bool
    yes: bool
    timeout: float


def with_target(command: Command) -> Command:
    """--target, and what says which account."""
    return target_option(in_an_account(command))


def with_bounds(command: Command) -> Command:
    """What a run may cost."""
    for option in (
        click.option("--yes", is_flag=True, help="On AWS: do not ask."),
        click.option(
            "--on-demand", is_flag=True, help="On AWS: no spot instances, at the full price."
        ),
        click.option(
            "--max-usd",
            type=click.FloatRange(min=0),
            default=2.0,
            show_default=True,
            help="On AWS: the ceiling; no call leaves that would bring the lab above it.",
        ),
    ):
        command = option(command)
    return command


def place(ctx: click.Context, target: str, given: dict[str, Any]) -> Place | None:
    """Where a command works: None is the cloud on this computer. An option of the other kind is no
    slip of the finger to be passed over: it may be money."""
    names = ("profile", "region", "prefix", "expect_account", "max_usd", "on_demand", "yes")
    if target == "offline":
        typed = click.core.ParameterSource.COMMANDLINE
        for name in names:
            if ctx.get_parameter_source(name) is typed:
                option = "--" + name.replace("_", "-")
                raise click.UsageError(f"{option} is for --target aws.")
        return None
    return Place(**{name: given[name] for name in names[:4]})


def bounds(ctx: click.Context, given: dict[str, Any], timeout: float) -> Bounds:
    """What a run may cost and take, of the options that say so."""
    if ctx.get_parameter_source("timeout") is click.core.ParameterSource.DEFAULT:
        timeout = TIMEOUT_S
    return Bounds(Decimal(str(given["max_usd"])), given["on_demand"], given["yes"], timeout)


def run(lab: Lab, script: Path, at: Place, may: Bounds, kind: str = "boto3") -> int:
    """Say what it is about, ask, run a script in an account; its exit code."""
    account, foreseen = _foreseen(lab, at, may, kind)
    render.say(account.caller.sentence())
    _show(lab, account, foreseen, may)
    if not may.yes:
        question = f"Run {script.name} in account {account.caller.account}?"
        if not click.confirm(question):
            render.say("Nothing was run.")
            return 1
    with from_labs():
        from labs.aws.account import learner, session_s
        from labs.runner import process

        seconds = may.timeout + SPARE_S
        keys = partial(learner, account, lab.slug, seconds)
        renew = keys if session_s(account, seconds) < may.timeout else None
        with _admitted(lab, account, keys(), may.max_usd, foreseen.spot, renew) as variables:
            command = (sys.executable, "-B", "-u", str(script))
            ended = process.run(
                command, folder=script.parent, environment=variables, timeout_s=may.timeout
            )
    with wiring.opened() as study:
        study.note_lab(lab.slug, "ran", target="aws")
    shown.show_ended(script.name, ended, may.timeout)
    _show_left(lab, account)
    return ended.code


def check(lab: Lab, at: Place, *, as_json: bool = False) -> bool:
    """Check in an account, show, keep; whether all of it holds."""
    with from_labs(), _looking(lab, at, quiet=as_json) as variables:
        from labs.runner import inside

        looked = shown.show_looked(lab, inside.checked(lab, variables), quiet=as_json)
    with wiring.opened() as study:
        passed = {each.check.id: each.verdict.passed for each in looked}
        study.note_lab(lab.slug, "checked", checks=passed, target="aws")
        line = study.lab(lab.slug)
    if as_json:
        render.show_json(shown.looked_json(lab, looked))
    else:
        shown.show_what_next(lab, looked, line, _where(at.prefix))
    return all(passed.values())


def looked(lab: Lab, at: Place) -> list[Looked]:
    """What the checks find in an account."""
    with from_labs(), _looking(lab, at, quiet=False) as variables:
        from labs.runner import inside

        return list(inside.checked(lab, variables))


@contextmanager
def _looking(lab: Lab, at: Place, *, quiet: bool) -> Iterator[dict[str, str]]:
    """The environment of a process that looks around in an account. It may cost nothing."""
    from labs.aws.account import learner

    account = _opened(lab, at)
    if not quiet:
        click.echo(account.caller.sentence(), err=True)
    keys = learner(account, lab.slug, CHECK_S)
    with _admitted(lab, account, keys, Decimal(0), spot=False) as variables:
        yield variables


@contextmanager
def _admitted(
    lab: Lab,
    account: Opened,
    keys: Keys,
    ceiling: Decimal,
    spot: bool,
    renew: Callable[[], Keys] | None = None,
) -> Iterator[dict[str, str]]:
    from labs.aws import visit

    given = visit.terms_of(
        account, lab, keys, ceiling=ceiling, spot=spot, journals=wiring.labs_journals_path()
    )
    with visit.admitted(given, lab, os.environ, renew) as variables:
        yield variables


def _opened(lab: Lab, at: Place) -> Opened:
    from labs.aws import account, visit

    visit.demand_target(lab)
    return account.opened(at.profile, at.region, at.prefix, at.expect_account)


def _foreseen(lab: Lab, at: Place, may: Bounds, kind: str) -> tuple[Opened, Foreseen]:
    with from_labs():
        from labs.aws import visit
        from labs.aws.room import demand_room

        account = _opened(lab, at)
        foreseen = visit.foreseen(
            account, lab, kind, spot=not may.on_demand, now=wiring.SystemClock().now() // 1000
        )
        demand_room(account, foreseen.rooms)
    return account, foreseen


def _show(lab: Lab, account: Opened, foreseen: Foreseen, may: Bounds) -> None:
    """What the learner says yes to."""
    with from_labs():
        from labs.aws.account import session_s
        from labs.aws.journalfile import JournalFile

        journal = JournalFile.of(wiring.labs_journals_path(), account.whose).read().of(lab.slug)
        limits = account.limits(lab)
        session = session_s(account, may.timeout + SPARE_S)
    lines = [f"Names begin with {limits.prefix}; what calls is {account.learner_role_arn}."]
    if foreseen.usd is None:
        lines.append("What the solution would cost was not recorded.")
    else:
        lines.append(
            f"The solution can cost {_usd(foreseen.usd)} at most, at prices of {foreseen.as_of}."
        )
    spent = f"; {_usd(journal.usd)} of it are taken" if journal.usd else ""
    lines.append(f"No call leaves that would bring this lab above {_usd(may.max_usd)}{spent}.")
    if foreseen.usd is not None and journal.usd + foreseen.usd > may.max_usd:
        enough = math.ceil(journal.usd + foreseen.usd)
        lines.append(f"That is too little for the whole solution; enough is --max-usd {enough}.")
    lines += [_room(room) for room in foreseen.rooms]
    if not foreseen.spot and not may.on_demand:
        lines.append("There is no quota for spot instances: jobs cost the full price.")
    elif foreseen.spot:
        lines.append("Training jobs that say nothing else go on spot instances.")
    lines.append(
        f"AWS itself deletes an endpoint {_hours(account.deadline_hours)} after it was made; the "
        f"sweeper ends what else was forgotten after {_hours(account.sweep_hours)}."
    )
    lines.append(_time(may.timeout, session))
    for line in lines:
        render.say(render.prose(line))


def _room(room: Room) -> str:
    name, has, wanted = room.quota.name, room.has, room.quota.wanted
    if room.refused:
        return f"Quota: {name}: could not be asked ({room.refused}); {wanted} needed."
    if has is None:
        return f"Quota: {name}: not known; {wanted} needed."
    short = "" if has >= wanted else " The whole solution may not fit."
    return f"Quota: {name}: {has.normalize():f}; {wanted} needed.{short}"


def _time(timeout: float, session: int) -> str:
    """When a script is ended, and how long its credentials last if that is not as long."""
    end = wiring.SystemClock().now() / 1000 + timeout
    until = datetime.fromtimestamp(end).astimezone().strftime("%H:%M")
    said = f"The script is ended at {until}, after {timeout:g} seconds; more: --timeout SECONDS."
    if session < timeout:
        said += f" Its credentials last {session} seconds, and are renewed while it runs."
    return said


def _show_left(lab: Lab, account: Opened) -> None:
    with from_labs():
        from labs.aws.journalfile import JournalFile

        left = JournalFile.of(wiring.labs_journals_path(), account.whose).read().of(lab.slug).open
    if left:
        what = plural(len(left), "thing")
        click.echo(
            f"{what} of {lab.slug} may stand in account {account.caller.account}. Once you are "
            f"done: quizengine lab clean {lab.slug}{_where(account.prefix)}",
            err=True,
        )


def _where(prefix: str) -> str:
    """The options that lead a command to the same stacks."""
    return " --target aws" + ("" if prefix == "quizengine" else f" --prefix {prefix}")


def _usd(amount: Decimal) -> str:
    return f"{amount:.2f} USD"


def _hours(hours: Decimal) -> str:
    return f"{float(hours):g} hours"
