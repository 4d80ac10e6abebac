"""How a training job fails.

    TrainingError
    ├── UserError         the learner can correct it: a hyperparameter, a channel, the data
    └── AlgorithmError    xgboost itself gave up

The reference has the same two names. Both end a job alike: exit code 1, text in `output/failure`.
"""

from __future__ import annotations


class TrainingError(Exception):
    """The job cannot go on; the message says why."""


class UserError(TrainingError):
    """Something the learner gave; the message names the value and the place."""


class AlgorithmError(TrainingError):
    """Something that xgboost could not do."""


def reason(error: Exception) -> str:
    """What xgboost said, without where in it that was."""
    return str(error).partition("\nStack trace:")[0].rstrip()


def not_offered(what: str, instead: str) -> UserError:
    """AWS could do `what`; say so, and what to do `instead`, rather than pass over it."""
    return UserError(f"{what} is not offered offline. {instead}")
