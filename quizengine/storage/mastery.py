"""The model of the learner as bytes, to be kept: numpy's own format, without pickled objects."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizengine.mastery import Mastery
from quizengine.observation import Trace

FREE = ("questions", "traces")  # arrays as long as there are questions

# What a damaged file makes zipfile and numpy raise (RuntimeError: "encrypted", "version 13.7").
DAMAGE = (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)


def to_bytes(mastery: Mastery) -> bytes:
    """Everything that the topics do not tell."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **_arrays(mastery))
    return file.getvalue()


def from_bytes(topics: Iterable[str], data: bytes) -> Mastery:
    """The other way. Raises ValueError where these are not the bytes of a model of these topics.

    Whether it is also the state of a record says `is_fold_of`.
    """
    new = Mastery.over(topics)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except DAMAGE as error:
        raise ValueError(f"not the kept state of a model: {error}") from error
    for name, mine in _arrays(new).items():
        kept = found.get(name)
        if kept is None or kept.dtype.kind != mine.dtype.kind:
            raise ValueError(f"no array {name!r} of the right kind")
        if kept.shape[1:] != mine.shape[1:] or (name not in FREE and kept.shape != mine.shape):
            raise ValueError(f"{name!r} is {kept.shape}, not {mine.shape}")
    seen, right, guesses = found["counts"]
    traces = (Trace(*row) for row in found["traces"].tolist())
    return replace(
        new,
        belief=replace(
            new.belief, mean=found["mean"], cov=found["cov"], log_weight=found["log_weight"]
        ),
        seen=seen,
        right=right,
        guesses=guesses,
        moved=found["moved"],
        digest=found["digest"].tobytes(),
        day=float(found["when"][0]),
        count=int(found["when"][1]),
        traces=dict(zip(found["questions"].tolist(), traces, strict=True)),
    )


def _arrays(mastery: Mastery) -> dict[str, NDArray[Any]]:
    return {
        "mean": mastery.belief.mean,
        "cov": mastery.belief.cov,
        "log_weight": mastery.belief.log_weight,
        "counts": np.stack([mastery.seen, mastery.right, mastery.guesses]),
        "moved": mastery.moved,
        "digest": np.frombuffer(mastery.digest, dtype=np.uint8),
        "when": np.array([mastery.day, mastery.count], dtype=float),
        "questions": np.array(list(mastery.traces), dtype=np.str_),
        "traces": np.array(list(mastery.traces.values()), dtype=float).reshape(-1, 2),
    }
