"""The deadlines of endpoints: schedules by which AWS itself deletes them."""

from __future__ import annotations

import contextlib
import math
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

    def demand_time(self, endpoint: str, seconds: int) -> None:
        """Raises LabsError where an endpoint is to be deleted before that many seconds are over:
        AWS refuses that while the endpoint is being changed. Of one that is not there AWS says
        so itself."""
        name = provision.lifted(endpoint, self._terms.limits.group).request
        found = self._ask("scheduler", "get_schedule", _GONE, **name)
        if found is None and not self._stands(endpoint):
            return
        left = -1 if found is None else provision.due(found["ScheduleExpression"]) - self._now()
        if left < seconds * 1000:
            due = f"is due in {left // 60_000} minutes" if left > 0 else "is over"
            raise LabsError(
                f"the deadline of the endpoint {endpoint!r} {due}, and a change may take "
                f"{math.ceil(seconds / 60)}: AWS could not delete it in the midst of one.",
                "Delete the endpoint and make it anew: it then gets a new deadline.",
            )

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
