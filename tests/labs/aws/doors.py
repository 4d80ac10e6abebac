"""A session with the door in it, in this process, at an account that the offline cloud plays."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import Session

from labs.aws import hook, pricelist
from labs.aws.door import NOBODY, Door
from labs.aws.journalfile import JournalFile
from labs.aws.terms import Keys, Terms
from labs.journal import Journal
from labs.limits import Limits
from tests.labs.aws.faults.ground import PREFIX, REGION

ACCOUNT = "123456789012"
BUCKET = f"{PREFIX}-labs-{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-execution"
NOW = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp() * 1000)
ONCE = Config(retries={"total_max_attempts": 1})
TWICE = Config(retries={"total_max_attempts": 2, "mode": "standard"})


def terms(url: str, sts: Any, lab_prefix: str, journal: Path) -> Terms:
    """Of a lab that may cost two dollars, as the learner's role of the account at `url`."""
    told = sts.assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-learner", RoleSessionName="quizengine-test"
    )["Credentials"]
    keys = Keys(told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"], NOW + 3_600_000)
    limits = Limits(lab_prefix, BUCKET, ROLE, f"{PREFIX}-deadlines", ("ml.m5.large",), 3600, 5)
    return Terms(
        account=ACCOUNT,
        region=REGION,
        partition="aws",
        prefix=PREFIX,
        url=url,
        lab="deploy_endpoint",
        limits=limits,
        deadline_role_arn=f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-deadline",
        deadline_hours=Decimal(2),
        sweep_hours=Decimal("4.5"),
        ceiling=Decimal(2),
        spot=True,
        journal=journal,
        keys=keys,
    )


class Rig:
    """A session whose calls go through whichever door it is given: to make one takes long."""

    def __init__(self, url: str) -> None:
        self.url, self.door, self.left = url, None, lambda request: None
        self._made: dict[str, Any] = {}
        self.session = Session()
        self.session.set_credentials(NOBODY, NOBODY)
        events = self.session.get_component("event_emitter")
        for event in hook.EVENTS:
            events.register_last(event, self._passes(event))
        events.register("before-send", lambda **told: self.left(told["request"]))

    door: Door | None
    left: Callable[[Any], None]

    def _passes(self, event: str) -> Callable[..., None]:
        def handler(**told: Any) -> None:
            assert self.door is not None
            getattr(self.door, hook.EVENTS[event])(**told)

        return handler

    def client(self, service: str, config: Config = ONCE, **more: Any) -> Any:
        key = repr((service, id(config), sorted(more.items())))
        if key not in self._made:
            given = {"region_name": REGION, "endpoint_url": self.url, "config": config, **more}
            make: Any = self.session.create_client
            self._made[key] = make(service, **given)
        return self._made[key]


@dataclass
class Wearing:
    """A session that goes through a door of these terms. `sent`: the requests that left, in their
    order; `sending` is called with each before it does."""

    terms: Terms
    rig: Rig
    sent: list[Any]
    sending: Callable[[Any], None] = lambda request: None

    def client(self, service: str, config: Config = ONCE, **more: Any) -> Any:
        return self.rig.client(service, config, **more)

    @property
    def file(self) -> JournalFile:
        return JournalFile(self.terms.journal)

    @property
    def journal(self) -> Journal:
        return self.file.read()

    @property
    def open(self) -> list[str]:
        """What is open, oldest first: operations."""
        return [each.call.operation for each in reversed(self.journal.open)]

    def lines(self) -> list[str]:
        return self.terms.journal.read_text().splitlines() if self.terms.journal.exists() else []


def wearing(rig: Rig, terms: Terms, renewed: Callable[[], Keys] | None = None) -> Wearing:
    """Let a rig's session go through a door of these terms."""
    numbers = itertools.count(1)
    found = Wearing(terms, rig, [])

    def left(request: Any) -> None:
        found.sending(request)
        found.sent.append(request)

    rig.left = left
    rig.door = Door(
        terms,
        pricelist.prices(REGION),
        lambda: NOW,
        lambda: f"{id(found)}-{next(numbers)}",
        rig.client,
        renewed,
    )
    return found
