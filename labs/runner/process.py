"""A learner's script in a process of its own: their terminal, their output, their traceback."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

GRACE = 5.0  # seconds in which a process that was told to end does so


@dataclass(frozen=True)
class Exit:
    """How it ended: `code` as a shell tells it (128 and the number of a signal)."""

    code: int
    cut: Literal["", "time", "keyboard"] = ""


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout_s: float,
    grace_s: float = GRACE,
) -> Exit:
    """Run it to its end, or to the end of its time. What it prints goes where this process's
    prints go. An interrupt ends it, too: the terminal tells both, and it has a moment to obey."""
    process = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        return Exit(_code(process.wait(timeout_s)))
    except subprocess.TimeoutExpired:
        process.terminate()
        _end(process, grace_s)
        return Exit(124, "time")
    except KeyboardInterrupt:
        _end(process, grace_s)
        return Exit(130, "keyboard")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Wait for it; then see to it."""
    try:
        process.wait(grace_s)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _code(returned: int) -> int:
    return returned if returned >= 0 else 128 - returned
