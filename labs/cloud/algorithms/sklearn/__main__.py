"""The container's commands, over an /opt/ml layout under BASE, and how the cloud runs them.

python -m labs.cloud.algorithms.sklearn train BASE
python -m labs.cloud.algorithms.sklearn answer FOLDER  # frames on stdin and stdout: frames.py
python -m labs.cloud.algorithms.sklearn wait           # what to do comes as one line on stdin

It runs the learner's own program. The cloud starts it with labs/guard on Python's path.
"""

from __future__ import annotations

import argparse
import io
import os
import select
import sys
from pathlib import Path

from labs.cloud.algorithms import waiting
from labs.cloud.algorithms.worker import scripted_environment


def main() -> int:
    arguments = _parser().parse_args()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a line is to be in the log at once
            stream.reconfigure(line_buffering=True)
    match arguments.command:
        case "train":
            return train(arguments.base)
        case "answer":
            from labs.cloud.algorithms.sklearn import answering

            return answering.run(arguments.folder, os.environ)
        case _:
            return wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m labs.cloud.algorithms.sklearn",
        description="scikit-learn in script mode; BASE stands for /opt/ml.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="run the program on BASE/input")
    training.add_argument("base", type=waiting.folder, metavar="BASE")
    answering = commands.add_parser("answer", help="answer from the model in FOLDER")
    answering.add_argument("folder", type=waiting.folder, metavar="FOLDER")
    commands.add_parser("wait", help="load the library, then wait for work on stdin")
    return parser


def train(base: Path) -> int:
    from labs.cloud.algorithms.sklearn import training

    return training.run(base, say=print)


def _is_told() -> bool:
    """Whether there is something to do already."""
    return os.name == "posix" and bool(select.select([sys.stdin], [], [], 0)[0])


def wait() -> int:
    """Do what the line says that comes. Who has to wait for it loads the library meanwhile."""
    if not _is_told():
        import sklearn.base  # noqa: F401 - most of what a program needs

    own = dict(os.environ)
    work = waiting.receive()
    if work is None:
        return 0
    os.environ.update(own)
    # What the program starts has a PATH, and wears the guard as well.
    os.environ.update(scripted_environment(work.environment))
    if work.verb == "train":
        return train(work.folder)
    raise ValueError(f"no such work: {work.verb!r}")


if __name__ == "__main__":
    sys.exit(main())
