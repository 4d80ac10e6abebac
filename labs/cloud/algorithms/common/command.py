"""The commands of a built-in algorithm, over an /opt/ml layout under BASE.

python -m labs.cloud.algorithms.<name> train BASE
python -m labs.cloud.algorithms.<name> wait     # what to do comes as one line of JSON on stdin
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labs.cloud.algorithms import waiting
from labs.cloud.algorithms.common.errors import AlgorithmError, BadModel, Failure
from labs.cloud.algorithms.common.layout import Layout

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """An algorithm as a process. `prepare` loads what it computes with; `train` raises Failure,
    `load` BadModel."""

    name: str
    title: str
    prepare: Callable[[], object]
    train: Callable[[Layout], None]
    load: Callable[[Path], object]

    def main(self) -> None:
        """Do what the command line says, and end the process."""
        # Before numpy is there: idle threads sleep, and small products do not wake others.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        arguments = self._parser().parse_args()
        logging.basicConfig(
            stream=sys.stderr,
            level=logging.INFO,
            format="[%(asctime)s %(levelname)s %(thread)d] %(message)s",
            datefmt="%m/%d/%Y %H:%M:%S",
        )
        waiting.leave(
            self.run(Layout(arguments.base)) if arguments.command == "train" else self._wait()
        )

    def run(self, layout: Layout) -> int:
        """Train; returns the exit code, with the reason in `output/failure` if it is not 0."""
        layout.prepare()
        try:
            self.train(layout)
        except Exception as error:
            failure = error if isinstance(error, Failure) else AlgorithmError(_story(error))
            layout.failure.write_text(str(failure), encoding="utf-8")
            kind = "Customer" if failure.code == 2 else "Algorithm"
            log.error("%s Error: %s", kind, failure)
            return failure.code
        return 0

    def check(self, folder: Path) -> int:
        """Load a model here, where it can break nothing; on failure the reason is printed."""
        try:
            self.load(folder)
        except BadModel as error:
            print(error, flush=True)
            return 1
        return 0

    def _wait(self) -> int:
        self.prepare()
        work = waiting.receive()
        if work is None:
            return 0
        match work.verb:
            case "train":
                return self.run(Layout(work.folder))
            case "check":
                return self.check(work.folder)
        raise ValueError(f"no such work: {work.verb!r}")

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(
            prog=f"python -m labs.cloud.algorithms.{self.name}",
            description=f"The built-in algorithm {self.title}; BASE stands for /opt/ml.",
        )
        commands = parser.add_subparsers(dest="command", required=True)
        training = commands.add_parser("train", help="train on BASE/input, into BASE/model")
        training.add_argument("base", type=waiting.folder, metavar="BASE")
        commands.add_parser("wait", help="load the library, then wait for work on stdin")
        return parser


def _story(error: Exception) -> str:
    """SageMaker cuts FailureReason at 1024 characters, so what went wrong comes first."""
    return f"{type(error).__name__}: {error}\n{''.join(traceback.format_exception(error))}"
