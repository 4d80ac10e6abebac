"""The windows that browsers have open on attempts, each with its seat.

A window is one opening of an attempt: it is known by the attempt and its epoch, which stand in the
address of its pages. So a page stays what it is when it is loaded anew, or when the server is.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from quizengine.attempt import AttemptId
from quizengine.study import Plan, Seat, Study

SLACK = 5_000  # milliseconds after the deadline in which a last save is taken
MOST = 50  # windows that are remembered; an older one is read from the record again


@dataclass
class Window:
    """`seat` after the last change that was saved; `revision` of the last save that was taken,
    from its outbox. `began_in_time`: this run of the server has seen it before its deadline, so
    that it is no wrong clock when the time is up."""

    seat: Seat
    began_in_time: bool
    revision: int = 0

    @property
    def path(self) -> str:
        return path(self.seat.attempt.id, self.seat.epoch)

    def page(self, number: int | None = None) -> str:
        """The address of a question, from 1: the one in front, unless it is said."""
        return f"{self.path}/{self.seat.attempt.position + 1 if number is None else number}"


def path(attempt: AttemptId, epoch: int) -> str:
    return f"/attempt/{attempt}/{epoch}"


class Windows:
    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, int], Window] = OrderedDict()

    def start(self, study: Study, plan: Plan) -> Window:
        """Begin the attempt in a window of its own."""
        return self._keep(study, study.start(plan))

    def open(self, study: Study, attempt: str) -> Window:
        """Take the attempt over: from here on this is its newest window."""
        return self._keep(study, study.resume(attempt))

    def at(self, study: Study, attempt: str, epoch: int) -> Window:
        """The window of this address, newest or not. Raises NotFound."""
        found = self._open.get((attempt, epoch))
        if found is None:
            return self._keep(study, study.return_to(attempt, epoch))
        self._open.move_to_end((attempt, epoch))
        return found

    def _keep(self, study: Study, seat: Seat) -> Window:
        seat = replace(seat, slack=SLACK)
        window = Window(seat, began_in_time=study.left(seat) != 0)
        self._open[(seat.attempt.id, seat.epoch)] = window
        while len(self._open) > MOST:
            self._open.popitem(last=False)
        return window
