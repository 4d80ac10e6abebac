"""The model of the learner, kept between runs. It only saves time: whatever is wrong with a file,
nothing is found, and the record is folded anew."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from quizengine.course import Course, Week
from quizengine.storage.mastery import DAMAGE, from_bytes, to_bytes

HEAD = 32  # bytes of the sha256 that a file begins with


class KeptCourse:
    """Courses by name, one file each, in a folder of caches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, topics: Iterable[str]) -> Course | None:
        """What was kept under the name; None where that is nothing, damaged, or of other topics.

        Whether it is also that of the record says `Mastery.is_fold_of`.
        """
        try:
            return course_from_bytes(topics, self._path(name).read_bytes())
        except (OSError, ValueError):
            return None

    def write(self, name: str, course: Course) -> None:
        """Keep it; where the disk refuses, the next run has more to do, and nothing is lost."""
        path = self._path(name)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(course_to_bytes(course))
            os.replace(beside, path)
        except OSError:
            return

    def _path(self, name: str) -> Path:
        return self.folder / f"mastery-{name}.npz"


def course_to_bytes(course: Course) -> bytes:
    """The sha256 of the rest, and the rest in numpy's own format."""
    topics = len(course.mastery.tree.topics)
    file = io.BytesIO()
    np.savez(
        file,
        allow_pickle=False,
        state=np.frombuffer(to_bytes(course.mastery), dtype=np.uint8),
        when=np.array([(week.ends, week.count) for week in course.weeks]).reshape(-1, 2),
        know=np.array([week.know for week in course.weeks]).reshape(-1, topics),
    )
    body = file.getvalue()
    return hashlib.sha256(body).digest() + body


def course_from_bytes(topics: Iterable[str], data: bytes) -> Course:
    """The other way. Raises ValueError where these are not the bytes of a course over them."""
    topics = tuple(topics)
    head, body = data[:HEAD], data[HEAD:]
    if hashlib.sha256(body).digest() != head:
        raise ValueError("a kept course that is damaged")
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as file:
            state, when, know = (file[name] for name in ("state", "when", "know"))
    except DAMAGE as error:
        raise ValueError(f"not a kept course: {error}") from error
    if when.shape != (len(know), 2) or know.shape[1:] != (len(topics),):
        raise ValueError("weeks of other topics")
    weeks = (
        Week(float(ends), int(count), row) for (ends, count), row in zip(when, know, strict=True)
    )
    return Course(from_bytes(topics, state.tobytes()), tuple(weeks))
