"""A proof in a process of its own: it reaches no other computer, and its cloud is new."""

from __future__ import annotations

import ast
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import labs
from labs.cloud import environment
from labs.errors import LabsError

SECONDS = 120.0  # the slowest takes four alone
_HOME = Path(labs.__file__).parents[1]
GRACE = 5.0  # seconds in which a proof that was interrupted ends by itself
_NEEDED = ("boto3", "moto", "sklearn", "xgboost")
_ERRORS = 2_000  # characters of a traceback that are told
# With the first, Python would leave out the assertion; the second leads out of this process.
_NOT_WANTED = ("PYTHONOPTIMIZE", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class Outcome:
    """How it ended. `said` is the traceback, where the proof failed."""

    code: int
    said: str = ""

    @property
    def shown(self) -> bool:
        """Whether it ran to its end, where its assertion stands."""
        return self.code == 0


def about(script: Path) -> str:
    """What settles it: how its text begins. Raises LabsError where the script is missing."""
    try:
        text = script.read_text(encoding="utf-8")
    except OSError as error:
        hint = "quizengine bank lint names what is missing."
        raise LabsError(f"{script} cannot be read: {error.strerror}.", hint) from None
    return " ".join((ast.get_docstring(ast.parse(text)) or "").split())


def run(
    script: Path,
    environ: Mapping[str, str],
    *,
    on_line: Callable[[str], None],
    timeout_s: float = SECONDS,
) -> Outcome:
    """Run it, and hand over each line that it prints as it prints it. Raises LabsError where it
    does not end in time, ModuleNotFoundError where the labs are not installed."""
    for name in _NEEDED:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    with (
        tempfile.TemporaryDirectory(prefix="proof-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            # -P: its folder is not on the path, so no other proof hides a module
            (sys.executable, "-P", "-B", "-u", str(script.absolute())),
            cwd=folder,
            env=_environment(environ, folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        late = threading.Event()

        def cut() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(timeout_s, cut)
        clock.daemon = True
        clock.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                on_line(line.rstrip("\r\n"))
            code = process.wait()
        except KeyboardInterrupt:  # the terminal told both: it has a moment to end its jobs
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                process.wait(GRACE)
            raise
        finally:
            clock.cancel()
            if process.poll() is None:
                process.kill()
        if late.is_set():
            raise LabsError(
                f"The proof {script.name} did not end within {timeout_s:g} seconds.",
                "Try it again when the computer has less to do.",
            )
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip()
    return Outcome(code, _end(said) if code else "")


def _end(said: str) -> str:
    """The last lines of a traceback, whole ones."""
    if len(said) <= _ERRORS:
        return said
    return "...\n" + said[-_ERRORS:].partition("\n")[2]


def _environment(environ: Mapping[str, str], folder: str) -> dict[str, str]:
    """That of a process that can reach nothing. Its cloud lies in the process itself, behind
    AWS's own addresses: so no other endpoint is named, and the guard stops what gets past it.
    Its temporary files lie in the folder, which goes whatever becomes of the process."""
    made = environment.offline(environ, environment.NOWHERE)
    made["PYTHONPATH"] = os.pathsep.join((made["PYTHONPATH"], str(_HOME)))
    made["PYTHONIOENCODING"] = "utf-8"
    made |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    made["OMP_NUM_THREADS"] = "1"  # small tables: more threads would only wait for each other
    return {name: value for name, value in made.items() if name not in _NOT_WANTED}
