"""The container's two commands, over an /opt/ml layout under BASE, and how the cloud runs them.

python -m labs.cloud.algorithms.xgboost train BASE
python -m labs.cloud.algorithms.xgboost serve BASE --port 8080
python -m labs.cloud.algorithms.xgboost wait     # what to do comes as one line of JSON on stdin
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from labs.cloud.algorithms import waiting
from labs.cloud.algorithms.xgboost import engine
from labs.cloud.algorithms.xgboost.layout import Layout
from labs.cloud.spot import SWITCH

STANDSTILL_S = 10.0  # if nobody ends the process meanwhile


def main() -> int:
    arguments = _parser().parse_args()
    engine.load_lean()
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="[%(asctime)s:%(levelname)s] %(message)s",
        datefmt="%Y-%m-%d:%H:%M:%S",
    )
    match arguments.command:
        case "train":
            return train(arguments.base)
        case "serve":
            return serve(arguments.base, arguments.port)
        case _:
            return wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m labs.cloud.algorithms.xgboost",
        description="The built-in algorithm XGBoost; BASE stands for /opt/ml.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train", help="train on BASE/input, into BASE/model")
    training.add_argument("base", type=waiting.folder, metavar="BASE")
    serving = commands.add_parser("serve", help="answer from BASE/model, on the loopback address")
    serving.add_argument("base", type=waiting.folder, metavar="BASE")
    port = os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
    serving.add_argument("--port", type=int, default=port, help=f"default: {port}")
    commands.add_parser("wait", help="load the library, then wait for work on stdin")
    return parser


def train(base: Path) -> int:
    from labs.cloud.algorithms.xgboost import training

    told = itertools.count(1)
    last = _last_round(os.environ)

    def say(line: str) -> None:
        print(line, flush=True)
        if next(told) == last:
            time.sleep(STANDSTILL_S)

    return training.run(
        Layout(base),
        say=say,
        keep_model_on_termination=_end_at_once_on_sigterm,
    )


def _last_round(environment: Mapping[str, str]) -> int | None:
    """After how many lines this instance will be taken away; see labs/cloud/spot.py.

    The process stands still then, and gets no further while that is noticed.
    """
    first = environment.get(SWITCH, "").partition(",")[0].strip()
    return int(first) if first.isascii() and first.isdigit() else None


def _end_at_once_on_sigterm() -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def serve(base: Path, port: int) -> int:
    from labs.cloud.algorithms.xgboost import server

    try:
        server.serve(base / "model", port, os.environ)
    except OSError as error:
        print(f"Port {port} cannot be used: {error}. Choose another with --port.", file=sys.stderr)
        return 1
    return 0


def check(folder: Path) -> int:
    """Load a model here, where it can break nothing; on failure the reason is printed."""
    from labs.cloud.algorithms.xgboost import serving

    try:
        serving.load(folder)
    except serving.BadModel as error:
        print(error, flush=True)
        return 1
    return 0


def wait() -> int:
    """Do what the line says that comes."""
    work = waiting.receive()
    if work is None:
        return 0
    match work.verb:
        case "train":
            return train(work.folder)
        case "check":
            return check(work.folder)
    raise ValueError(f"no such work: {work.verb!r}")


if __name__ == "__main__":
    waiting.leave(main())
