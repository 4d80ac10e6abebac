"""A training job: the learner's program, run to its end in this process."""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from labs.cloud.algorithms.sklearn import requirements
from labs.cloud.algorithms.sklearn.errors import ContainerError, script_failed, without_us
from labs.cloud.algorithms.sklearn.program import Program, program


def run(base: Path, *, say: Callable[[str], None]) -> int:
    """Train over the /opt/ml layout under `base`. The exit code is the program's; why it failed
    stands in output/failure. The program becomes this process: its folder, its arguments."""
    failure = base / "output/failure"
    try:
        hyperparameters = json.loads((base / "input/config/hyperparameters.json").read_bytes())
        called = program(base, hyperparameters)
        requirements.check(called.folder, say)
    except ContainerError as error:
        say(str(error))
        failure.write_text(str(error))
        return 1
    say(f"Invoking script with the following command:\n\n{called.command}\n")
    code, why = _run(called)
    if code:
        text = script_failed(code, why, called.command)
        failure.write_text(text)
        say(text)
        return code
    say("Reporting training SUCCESS")
    return 0


def _run(called: Program) -> tuple[int, str]:
    """The exit code, and what was wrong."""
    script = called.folder / called.script
    os.environ.update(called.environment)
    os.chdir(called.folder)
    sys.argv = [called.script, *called.arguments]
    sys.path.insert(0, str(script.parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return (ended.code or 0) & 0xFF, ""
        print(ended.code, file=sys.stderr, flush=True)
        return 1, str(ended.code)
    except BaseException as error:
        text = "".join(traceback.format_exception(without_us(error)))
        print(text, file=sys.stderr, end="", flush=True)
        return 1, text.strip()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0, ""
