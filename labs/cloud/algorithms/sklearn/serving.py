"""A model of the learner's script: its process, seen from the cloud.

The script runs in a process of its own (answering.py), under the guard; here bytes go in and out.
It answers one request at a time. A process that dies, or that takes longer than its timeout, is
ended, and the next request starts a new one.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labs.cloud.algorithms.sklearn import frames
from labs.cloud.algorithms.sklearn.process import Process

TIMEOUT = "SAGEMAKER_MODEL_SERVER_TIMEOUT"  # of the container's environment: seconds
TIMEOUT_S = 60.0  # an invocation, where that says nothing else; SageMaker waits no longer
START_S = 60.0  # loading the model
KEPT_LINES = 1000  # of what is printed before anybody listens
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


class BadModel(Exception):
    """The script did not load its model; the message says why."""


@dataclass(frozen=True)
class Answer:
    """`status` is an HTTP status."""

    status: int
    content_type: str
    body: bytes


class Model:
    """A `ports.Living`. `answer` may be called from many threads."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """`folder` is the model's own from now on: `close` takes it away. Raises BadModel."""
        self._on_line: Callable[[str], None] | None = None
        self._folder, self._environment = folder, dict(environment)
        self._one_at_a_time, self._hearing = threading.Lock(), threading.Lock()
        self._said: list[str] = []  # before anybody listens
        self._process: Process | None = None
        self._is_closed = False
        self._ending = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            self._timeout_s = _seconds(environment)
            with self._one_at_a_time:
                self._started()
        except BadModel:
            self.close()
            raise

    @property
    def process_id(self) -> int | None:
        """Of the process that answers; None before the first."""
        return None if self._process is None else self._process.id

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        """The answer to POST /invocations; 500 if the process died over it, 504 if it took too
        long."""
        with self._one_at_a_time:
            try:
                process = self._started()
            except BadModel as error:
                return _broken(500, str(error))
            about = {"content_type": content_type, "accept": accept}
            try:
                head, answer = process.asked(about, body, self._timeout_s)
                return Answer(int(head["status"]), str(head["content_type"]), answer)
            except (frames.BadFrame, OSError, LookupError, TypeError, ValueError):
                process.end()
                if process.timed_out:
                    return _broken(504, TIMED_OUT)
                return _broken(500, f"The serving process ended with code {process.code}.")

    def listen(self, on_line: Callable[[str], None]) -> None:
        """Have what the script prints, also what it has printed so far."""
        with self._hearing:
            said, self._said, self._on_line = self._said, [], on_line
            for line in said:
                on_line(line)

    def close(self) -> None:
        """End the process, whatever it is at, and take its folder away."""
        self._is_closed = True
        if self._process is not None:
            self._process.end()
        self._ending()

    def _started(self) -> Process:
        """The process, with its model loaded. Raises BadModel."""
        if self._process is not None and self._process.is_alive:
            return self._process
        if self._is_closed:
            raise BadModel("The model is closed.")
        me = weakref.ref(self)  # or the process would keep the model for ever

        def say(line: str) -> None:
            if (model := me()) is not None:
                model._say(line)

        try:
            process = Process(self._folder, self._environment, say)
        except OSError as error:
            raise BadModel(f"The process could not be started: {error}") from None
        weakref.finalize(self, process.end)
        self._process = process
        try:
            head, why = process.received(START_S)
            problem = None if head.get("is_loaded") else why.decode(errors="replace")
        except frames.BadFrame:
            if process.timed_out:
                problem = f"The script did not load its model within {START_S:g} seconds."
            else:
                process.end()
                problem = f"The process ended with code {process.code} while it loaded the model."
        if problem is not None:
            process.end()
            raise BadModel(problem)
        return process

    def _say(self, line: str) -> None:
        with self._hearing:
            if self._on_line is None:
                del self._said[: 1 - KEPT_LINES]
                self._said.append(line)
            else:
                self._on_line(line)


def load(folder: Path, environment: Mapping[str, str]) -> Model:
    """The model in `folder`, an unpacked model.tar.gz, loaded by the script in its folder `code`
    that the environment names (SAGEMAKER_PROGRAM). Raises BadModel."""
    own = Path(tempfile.mkdtemp(prefix="offline-cloud-", dir=folder.parent))
    shutil.copytree(folder, own, dirs_exist_ok=True)  # the caller takes its folder away
    return Model(own, environment)


def _seconds(environment: Mapping[str, str]) -> float:
    text = environment.get(TIMEOUT, str(TIMEOUT_S))
    try:
        return min(float(text), TIMEOUT_S)
    except ValueError:
        raise BadModel(f"{TIMEOUT} is {text!r}, and must be a number of seconds.") from None


def _broken(status: int, message: str) -> Answer:
    return Answer(status, "text/plain", message.encode())
