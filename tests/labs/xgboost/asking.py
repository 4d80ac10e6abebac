"""Small models, and what they are asked."""

from __future__ import annotations

from pathlib import Path

from labs.cloud.algorithms.xgboost.serving import Model
from tests.labs.xgboost.jobs import Array, csv, job

FEATURES = 10
ROW = ",".join(str(at / 100) for at in range(FEATURES))


def train(folder: Path, data: tuple[Array, Array], **hyperparameters: str) -> Path:
    """The folder of a model that was trained on all rows."""
    given = {"num_round": "5", "max_depth": "3", "nthread": "1"} | hyperparameters
    done = job(folder, given, csv(*data)).run()
    assert done.code == 0, done.failure
    return done.layout.model


def ask(
    model: Model,
    body: str | bytes,
    content_type: str | None = "text/csv",
    accept: str | None = None,
) -> tuple[int, str]:
    """The status and the body of an answer."""
    raw = body.encode() if isinstance(body, str) else body
    answer = model.answer(raw, content_type, accept)
    return answer.status, answer.body.decode()
