"""Whether the checks of a lab hold in an account."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from labs.errors import LabsError
from labs.lab import Account, Check, Lab, Verdict


@dataclass(frozen=True)
class Looked:
    """What a check found. `broke` is the traceback of one that failed itself: a bug of the check,
    not of the learner's work."""

    check: Check
    verdict: Verdict
    broke: str = ""


class CloudGone(LabsError):
    """The cloud did not answer."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"The cloud does not answer: {error}", "Try again, or: quizengine cloud status"
        )


def check(lab: Lab, account: Account) -> Iterator[Looked]:
    """Look at each thing in turn. Raises CloudGone."""
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError

    functions = importlib.import_module(f"labs.catalog.{lab.slug}.checks")
    for each in lab.checks:
        try:
            verdict: Verdict = getattr(functions, each.function)(account)
        except (NoConnection, HTTPClientError) as error:
            raise CloudGone(error) from None
        except Exception as error:
            saw = f"This check failed itself: {type(error).__name__}: {error}"
            yield Looked(each, Verdict(False, saw), traceback.format_exc())
        else:
            yield Looked(each, verdict)
