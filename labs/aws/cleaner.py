"""Who takes things down in an account: the learner's role, which can touch nothing else; where that
is not there any more, or may not be assumed, the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from labs.aws import account
from labs.aws.account import Opened
from labs.errors import LabsError
from labs.lab import Lab

SECONDS = 3600.0  # of a session: deleting an endpoint takes minutes


@dataclass(frozen=True)
class Cleaner:
    """An Account. `prefix` is that of a lab there, or of all labs; `as_learner`: whether it is the
    learner's role that acts."""

    opened: Opened
    prefix: str
    as_learner: bool
    make: Any = field(repr=False)
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def bucket(self) -> str:
        return self.opened.bucket

    @property
    def role_arn(self) -> str:
        return self.opened.role_arn

    @property
    def region(self) -> str:
        return self.opened.caller.region

    def client(self, service: str) -> Any:
        """A client that tries long enough to get through a storm of refusals."""
        if service not in self._clients:
            from botocore.config import Config

            patience = Config(
                connect_timeout=10,
                read_timeout=60,
                retries={"mode": "standard", "total_max_attempts": 8},
            )
            self._clients[service] = self.make(service, config=patience)
        return self._clients[service]


def owner(opened: Opened, lab: Lab) -> Cleaner:
    """The caller, with what the caller may."""
    return Cleaner(opened, lab.prefix_in(opened.prefix), False, opened.client)


def of_all(opened: Opened) -> Cleaner:
    """The caller, and everything that labs have made."""
    return Cleaner(opened, opened.prefix, False, opened.client)


def cleaner(opened: Opened, lab: Lab) -> Cleaner:
    """Whoever may clean after a lab. Raises LabsError."""
    import boto3

    prefix = lab.prefix_in(opened.prefix)
    try:
        keys = account.learner(opened, lab.slug, SECONDS)
    except LabsError:
        return owner(opened, lab)
    session = boto3.Session(keys.id, keys.secret, keys.token, region_name=opened.caller.region)
    make: Any = session.client  # its stubs want each service's name spelt out
    return Cleaner(opened, prefix, True, make)
