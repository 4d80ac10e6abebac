"""What can go wrong in the labs and is not a bug: one message, and the way out."""

from __future__ import annotations


class LabsError(Exception):
    """A problem the learner can act on. `message` names the value and the place, `hint` the way
    out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadLab(LabsError):
    """A file of the catalogue is not as it must be."""
