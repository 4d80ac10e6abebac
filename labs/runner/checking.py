"""Whether the checks of a lab hold in an account."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from labs.aws.codes import is_denied
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


class NotAllowed(LabsError):
    """IAM does not let this caller look, or clean."""

    def __init__(self, error: Exception) -> None:
        super().__init__(
            f"You may not do this. {error}",
            "The learner's role may, with the policies of: quizengine infra plan",
        )


def check(lab: Lab, account: Account) -> Iterator[Looked]:
    """Look at each thing in turn. Raises CloudGone."""
    from botocore.exceptions import ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as NoConnection

    functions = importlib.import_module(f"labs.catalog.{lab.slug}.checks")
    for each in lab.checks:
        try:
            verdict: Verdict = getattr(functions, each.function)(account)
        except (NoConnection, HTTPClientError) as error:
            raise CloudGone(error) from None
        except LabsError:  # of the door to an account: it says itself what to do
            raise
        except Exception as error:
            if isinstance(error, ClientError) and is_denied(error.response["Error"]["Code"]):
                yield Looked(each, Verdict(False, f"You may not look at this. {error}"))
                continue
            saw = f"This check failed itself: {type(error).__name__}: {error}"
            yield Looked(each, Verdict(False, saw), traceback.format_exc())
        else:
            yield Looked(each, verdict)
