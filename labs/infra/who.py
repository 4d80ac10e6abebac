"""Whose account this is: the first question before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from labs.aws import codes
from labs.errors import LabsError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_UNKNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


@dataclass(frozen=True)
class Caller:
    """Who asks, and where. `offline` is the address of a cloud on this computer, or nothing."""

    account: str
    arn: str
    region: str
    offline: str = ""

    def sentence(self) -> str:
        """Where it is, as a person should read it before they say yes."""
        where = f"the cloud on this computer, {self.offline}" if self.offline else "AWS"
        return f"Account {self.account} in {self.region} ({where}), as {self.arn}"


def session(profile: str | None, region: str | None) -> Any:
    """A boto3 session. Raises LabsError if there is no such profile, or no region."""
    import boto3

    with plainly():
        made = boto3.Session(profile_name=profile, region_name=region)
    if made.region_name is None:
        raise LabsError("No region is chosen.", "--region us-east-1, or set AWS_DEFAULT_REGION.")
    return made


def caller(session: Any, expected: str | None) -> Caller:
    """Ask STS. Raises LabsError, also where the account is not the one that is expected."""
    with plainly():
        sts = session.client("sts")
        told = sts.get_caller_identity()
    url = sts.meta.endpoint_url
    offline = url if urlsplit(url).hostname in _LOOPBACK else ""
    found = Caller(told["Account"], told["Arn"], session.region_name, offline)
    if expected is not None and found.account != expected:
        raise LabsError(
            f"This is account {found.account}, not {expected}: nothing was changed.",
            "Choose its credentials with --profile, or name this one with --expect-account.",
        )
    return found


@contextmanager
def plainly() -> Iterator[None]:
    """What the SDK says about credentials and permissions, with the way out."""
    from botocore import exceptions as told

    try:
        yield
    except told.ProfileNotFound as error:
        raise LabsError(f"{error}.", "aws configure list-profiles shows them.") from None
    except (told.NoCredentialsError, told.PartialCredentialsError) as error:
        way_out = "aws sso login or aws configure, then choose with --profile."
        raise LabsError(f"There are no credentials: {error}.", way_out) from None
    except (
        told.SSOError,  # among them: the token could not be loaded, or is not accepted any more
        told.TokenRetrievalError,
    ) as error:
        raise LabsError(f"You are not signed in (any more): {error}", "aws sso login") from None
    except (told.ConnectionError, told.HTTPClientError) as error:
        way_out = "Is the cloud stopped, or the network away? quizengine cloud status"
        raise LabsError(f"The account does not answer: {error}", way_out) from None
    except told.ClientError as error:
        code, said = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if codes.is_skewed(code, said) and (plain := codes.plainly(code, said)) is not None:
            raise LabsError(plain.message, plain.hint) from None
        if code in _EXPIRED:
            raise LabsError(
                f"Your credentials have expired: {said}", "Sign in again: aws sso login"
            ) from None
        if code in _UNKNOWN:
            way_out = "aws sts get-caller-identity says whose they are."
            raise LabsError(f"AWS does not know these credentials: {said}", way_out) from None
        if code in _DENIED:
            way_out = "To deploy takes an administrator of the account, not the learner's role."
            raise LabsError(f"You may not do this: {said}", way_out) from None
        way_out = "Wait a minute, then try again." if code in codes.THROTTLED else _LOOK
        raise LabsError(f"{error.operation_name} was refused: {code}: {said}", way_out) from None


_LOOK = "Try again; the events of the stack, in the CloudFormation console, may say more."
