"""One visit to an account: what it may come to, on what terms, and the environment of the process
that makes it."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from labs.aws import environment, terms
from labs.aws.account import Opened
from labs.aws.pricelist import prices
from labs.aws.room import Room, rooms
from labs.aws.terms import Keys, Terms
from labs.errors import LabsError
from labs.lab import Lab
from labs.plan import priced, total
from labs.provision import on_spot
from labs.quota import quotas
from labs.runner import plans
from labs.runner.furniture import Furniture
from labs.undo import Call

RENEWED_S = 600.0  # before they lapse, credentials are renewed
PAUSE_S = 30.0  # until that is tried again
_SPOT = "spot"


@dataclass(frozen=True)
class Foreseen:
    """What a lab's solution would come to: `usd` at most, at prices of `as_of`; None where no plan
    is recorded. `rooms`: the quotas that it touches. `spot`: whether jobs go on spot instances."""

    usd: Decimal | None
    as_of: date
    rooms: tuple[Room, ...]
    spot: bool


def demand_target(lab: Lab) -> None:
    """Raises LabsError for a lab that is not for an account of one's own."""
    if "aws" not in lab.targets:
        raise LabsError(
            f"The lab {lab.slug} is for the cloud on this computer alone.",
            "Its guide says why. Leave out --target aws.",
        )


def foreseen(account: Opened, lab: Lab, kind: str, *, spot: bool, now: int) -> Foreseen:
    """By the recorded plan of a solution. `now`: seconds since 1970. Raises LabsError."""
    table = prices(account.caller.region)
    plan = plans.recorded(lab, kind)
    if plan is None:
        return Foreseen(None, table.as_of, (), spot)
    limits = account.limits(lab)
    furniture = Furniture(account.caller.region, account.role_arn, account.bucket)
    names = {
        **furniture.variables(lab),
        "LAB_PREFIX": limits.prefix,
        "ACCOUNT": account.caller.account,
        "REGION": account.caller.region,
    }
    found = _rooms(account, plan.filled(names, now), spot)
    is_zero = [room.has == 0 for room in found if _SPOT in room.quota.name]
    if any(is_zero):  # then none can be had, and the full price is paid
        spot = False
        found = _rooms(account, plan.filled(names, now), spot)
    usd = total(list(priced(plan, table, deadline_hours=account.deadline_hours)))
    return Foreseen(usd, table.as_of, tuple(found), spot)


def _rooms(account: Opened, calls: Sequence[Call], spot: bool) -> list[Room]:
    return rooms(account, quotas(map(on_spot, calls) if spot else calls))


def terms_of(
    account: Opened, lab: Lab, keys: Keys, *, ceiling: Decimal, spot: bool, journals: Path
) -> Terms:
    """`journals`: the folder of the journals. Raises LabsError where the region has no prices: then
    nothing could leave."""
    caller = account.caller
    prices(caller.region)
    return Terms(
        account=caller.account,
        region=caller.region,
        partition=account.partition,
        prefix=account.prefix,
        url=caller.offline,
        lab=lab.slug,
        limits=account.limits(lab),
        deadline_role_arn=account.deadline_role_arn,
        deadline_hours=account.deadline_hours,
        sweep_hours=account.sweep_hours,
        ceiling=ceiling,
        spot=spot,
        journal=(journals / account.whose.name).absolute(),
        keys=keys,
    )


@contextmanager
def admitted(
    given: Terms,
    lab: Lab,
    environ: Mapping[str, str],
    renew: Callable[[], Keys] | None = None,
) -> Iterator[dict[str, str]]:
    """The environment of a process that these terms hold for, while this lasts: after it nothing
    that was started in it can reach the account any more by a new process. `renew` gives new
    credentials; without it those of the terms are all there is."""
    with tempfile.TemporaryDirectory(prefix="quizengine-") as folder:
        file = Path(folder) / "terms.json"
        terms.write(given, file)
        with contextlib.nullcontext() if renew is None else _fresh(given, file, renew):
            yield environment.variables(environ, given, file, lab)


@contextmanager
def _fresh(given: Terms, file: Path, renew: Callable[[], Keys]) -> Iterator[None]:
    """The terms in the file get new credentials before theirs lapse, and so on."""
    over = threading.Event()

    def keep() -> None:
        keys = given.keys
        while not over.wait(max(keys.until / 1000 - RENEWED_S - time.time(), PAUSE_S)):
            with contextlib.suppress(LabsError, OSError):  # a bad line: later, as long as it lasts
                newer = renew()
                if not over.is_set():
                    terms.renew(replace(given, keys=newer), file)
                keys = newer

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(PAUSE_S)
