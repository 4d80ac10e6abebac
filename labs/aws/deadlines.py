"""The deadlines of endpoints: schedules by which AWS itself deletes them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from labs import provision
from labs.aws.terms import Terms
from labs.errors import LabsError

Ask = Callable[..., Any]  # (service, method, *error codes, **request): None for one of these codes

_THERE = ("ConflictException", "ResourceConflictException")
_GONE = "ResourceNotFoundException"


class Deadlines:
    """`ask` calls the account and raises LabsError; `now` gives UTC milliseconds."""

    def __init__(self, terms: Terms, ask: Ask, now: Callable[[], int]) -> None:
        self._terms, self._ask, self._now = terms, ask, now

    def set(self, endpoint: str) -> bool:
        """Set one before the endpoint is made; whether it was. One that stands keeps the deadline
        that it has: AWS refuses a second of its name. Raises LabsError."""
        terms = self._terms
        call = provision.deadline(
            endpoint,
            self._now() + int(terms.deadline_hours * 3_600_000),
            group=terms.limits.group,
            role_arn=terms.deadline_role_arn,
            partition=terms.partition,
        )
        if self._ask("scheduler", "create_schedule", *_THERE, **call.request) is None:
            if self._stands(endpoint):
                return False
            self.lift(endpoint)  # it has outlived its endpoint
            self._ask("scheduler", "create_schedule", **call.request)
        return True

    def lift(self, endpoint: str) -> None:
        """Take it away, if it is there. Raises LabsError."""
        request = provision.lifted(endpoint, self._terms.limits.group).request
        self._ask("scheduler", "delete_schedule", _GONE, **request)

    def lift_if_vain(self, endpoint: str) -> None:
        """Take it away if the endpoint was not made. One that stays deletes nothing, and goes."""
        with contextlib.suppress(LabsError):
            if not self._stands(endpoint):
                self.lift(endpoint)

    def _stands(self, endpoint: str) -> bool:
        found = self._ask(
            "sagemaker", "describe_endpoint", "ValidationException", EndpointName=endpoint
        )
        return found is not None
