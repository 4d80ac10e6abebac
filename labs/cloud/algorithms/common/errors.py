"""How an algorithm gives up.

    Failure
    ├── CustomerError     exit code 2: something the learner gave, and can correct
    └── AlgorithmError    exit code 1: anything else

The names and codes are those of SageMaker's built-in algorithms; the job's FailureReason begins
with ClientError or AlgorithmError accordingly.
"""

from __future__ import annotations


class Failure(Exception):
    """The job cannot go on; the message says why."""

    code = 1


class CustomerError(Failure):
    """Something the learner gave; the message names the value and the place."""

    code = 2


class AlgorithmError(Failure):
    """Something that the algorithm could not do."""


class BadModel(Exception):
    """A folder holds no model that can be served; the message says why."""


def not_offered(what: str, instead: str) -> CustomerError:
    """AWS could do `what`; say so, and what to do `instead`, rather than pass over it."""
    return CustomerError(f"{what} is not offered offline. {instead}")
