"""What AWS's error codes say of a call: whether it was surely not made, and in plain words why.

Source: the list of retryable codes in botocore's retries/standard.py, and "Troubleshooting
Signature Version 4" in the IAM user guide.
"""

from __future__ import annotations

from dataclasses import dataclass

EXPIRED = frozenset(
    ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
)
THROTTLED = frozenset(
    (
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
    )
)
_SKEWED = frozenset(("RequestTimeTooSkewed", "RequestInTheFuture"))
_SKEWED_SAID = ("Signature expired", "Signature not yet current", "request time and the current")
# A 4xx, and yet the call may have been carried out, or is being.
_UNSURE = frozenset(
    (
        "IDPCommunicationError",
        "OperationAborted",
        "PriorRequestNotComplete",
        "RequestTimeout",
        "RequestTimeoutException",
        "TransactionInProgressException",
    )
)


@dataclass(frozen=True)
class Plainly:
    """An error of AWS's in plain words, and the way out."""

    message: str
    hint: str


def surely_not_made(status: int, code: str) -> bool:
    """Whether an answer means that the call was not carried out: an error of the request itself, or
    one too many."""
    return code in THROTTLED or (300 <= status < 500 and status != 408 and code not in _UNSURE)


def is_denied(code: str) -> bool:
    """Whether it is a matter of permissions."""
    return code.startswith("AccessDenied") or code == "UnauthorizedOperation"


def is_skewed(code: str, said: str) -> bool:
    """Whether it is this computer's clock. A late signature comes under several codes."""
    return code in _SKEWED or any(each in said for each in _SKEWED_SAID)


def plainly(code: str, said: str) -> Plainly | None:
    """What stands in the way of any call, in plain words; None for what concerns this call only."""
    if is_skewed(code, said):
        return Plainly(
            f"AWS refuses a request whose time is not the time of AWS ({code}): {said}",
            "Set the clock of this computer right, time zone included, then try again.",
        )
    if code in EXPIRED:
        return Plainly(
            f"The credentials of this run have expired ({code}): {said}",
            "Run it again: each run gets new ones. A longer script: --timeout SECONDS.",
        )
    if code in THROTTLED:
        return Plainly(
            f"AWS asks to be called less often ({code}), also after every retry: {said}",
            "Wait a minute, then try again. Do other programs call this account at the same time?",
        )
    return None
