"""What the cloud answers instead of doing what it was asked."""

from __future__ import annotations

NOT_OFFERED = "NotOfferedOffline"


class Refused(Exception):
    """An error answer: AWS's code and message, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> Refused:
    """What SageMaker's control plane says to most mistakes, a name it does not know included."""
    return Refused("ValidationException", message)


def not_offered(what: str, instead: str = "") -> Refused:
    """AWS has it, the offline cloud has not. 501: no client tries that again."""
    return Refused(NOT_OFFERED, not_offered_text(what, instead), 501)


def not_offered_text(what: str, instead: str = "") -> str:
    """What the cloud says of it, whoever was asked."""
    parts = (f"{what} is not offered offline.", instead, "What is: quizengine cloud coverage")
    return " ".join(filter(None, parts))
