"""On what terms the scripts of one run may reach an account. They lie, with the credentials, in a
file that nobody but the learner can read, and that the door alone looks for."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from labs.limits import Limits

VARIABLE = "QUIZENGINE_DOOR"  # names the file


@dataclass(frozen=True)
class Keys:
    """Credentials of the learner's role. `until`: UTC milliseconds."""

    id: str
    secret: str
    token: str
    until: int

    def __repr__(self) -> str:
        return f"Keys({self.id}, until={self.until})"


@dataclass(frozen=True)
class Terms:
    """`url`: the address of a cloud on this computer that plays the account, or nothing. `prefix`
    is that of the stacks; the lab's own stands in `limits`. `ceiling`: USD. `spot`: whether jobs
    that say nothing are put on spot instances."""

    account: str
    region: str
    partition: str
    prefix: str
    url: str
    lab: str
    limits: Limits
    deadline_role_arn: str
    deadline_hours: Decimal
    sweep_hours: Decimal
    ceiling: Decimal
    spot: bool
    journal: Path
    keys: Keys


def write(terms: Terms, path: Path) -> None:
    """Into a new file with the mode 0600. Raises FileExistsError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as out:
        json.dump(asdict(terms), out, default=str)


def renew(terms: Terms, path: Path) -> None:
    """In place of what is there, whole at any moment. Raises OSError."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    write(terms, beside)
    beside.replace(path)


def read(path: Path) -> Terms:
    """Raises OSError, ValueError, KeyError, TypeError for what is no such file."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    limits = told.pop("limits")
    amounts = {name: Decimal(told.pop(name)) for name in _AMOUNTS}
    return Terms(
        **{
            **told,
            **amounts,
            "limits": Limits(**{**limits, "instance_types": tuple(limits["instance_types"])}),
            "journal": Path(told["journal"]),
            "keys": Keys(**told["keys"]),
        }
    )


_AMOUNTS = ("deadline_hours", "sweep_hours", "ceiling")
