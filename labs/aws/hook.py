"""Hangs the door into botocore, so that no session of this process goes without it."""

from __future__ import annotations

import itertools
import os
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labs.aws import terms
from labs.aws.door import NOBODY, Door, DoorError, NotSent
from labs.aws.pricelist import prices

ATTEMPTS = 6  # of the door's own calls


def door() -> Door:
    """The door that the environment of this process tells of. Raises LabsError, and whatever
    terms.read raises where there is none (any more)."""
    file = Path(os.environ[terms.VARIABLE])
    told = terms.read(file)

    def client(service: str) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        patience = Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS})
        make: Any = Session().create_client
        return make(service, region_name=told.region, config=patience)

    def now() -> int:
        return time.time_ns() // 1_000_000

    def renewed() -> terms.Keys:
        return terms.read(file).keys

    return Door(told, prices(told.region), now, lambda: uuid.uuid4().hex, client, renewed)


class Shut:
    """In place of a door that is not there: nothing leaves."""

    def __init__(self, why: str) -> None:
        self._why = why

    def built(self, **_: Any) -> None:
        raise NotSent(f"Nothing is sent from here: {self._why}", "quizengine lab run --target aws")

    leaving = signed = tried = answered = failed = built


EVENTS = {  # of botocore, and what of a door they are for; each is to come last
    "before-parameter-build": "built",
    "before-call": "leaving",
    "before-sign": "signed",
    "needs-retry": "tried",
    "after-call": "answered",
    "after-call-error": "failed",
}


def install(into: Door | Shut) -> None:
    """Into botocore, before its first session is made."""
    import botocore.credentials
    from botocore.handlers import BUILTIN_HANDLERS, REGISTER_LAST

    for event, name in EVENTS.items():
        BUILTIN_HANDLERS.append((event, getattr(into, name), REGISTER_LAST))

    class Nobody(botocore.credentials.CredentialProvider):
        METHOD = CANONICAL_NAME = "quizengine"

        def load(self) -> Any:
            return botocore.credentials.Credentials(NOBODY, NOBODY, method=self.METHOD)

    sys.excepthook = _shortly(sys.excepthook)

    def resolver(*_: Any, **__: Any) -> Any:
        return botocore.credentials.CredentialResolver([Nobody()])

    botocore.credentials.create_credential_resolver = resolver


def _shortly(otherwise: Callable[..., Any]) -> Callable[..., None]:
    """What Python shows at the end of a script that the door has stopped: where in the script it
    was, and the sentence; not the way through botocore."""
    ways = tuple(f"{os.sep}{name}{os.sep}" for name in ("boto3", "botocore", "s3transfer"))

    def show(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if not isinstance(error, DoorError):
            otherwise(kind, error, trace)
            return
        import traceback

        told = traceback.TracebackException(kind, error, trace)
        own = itertools.takewhile(
            lambda frame: not any(way in frame.filename for way in ways), told.stack
        )
        told.stack = traceback.StackSummary.from_list(list(own))
        print("".join(told.format()), end="", file=sys.stderr)

    return show
