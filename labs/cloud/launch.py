"""Beginning the server's process: detached, with its log, and no way out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import labs
from labs.cloud import ACCOUNT, environment
from labs.errors import LabsError

LOG = "server.log"
LONG_LOG = 1 << 20  # bytes; then a new one is begun and one old one kept


def launch(
    folder: Path, address: str, port: int, pace: float, *, or_any: bool
) -> Sequence[str] | None:
    """Begin a server and wait until it answers: its notes. None if another process has the folder.

    `or_any`: another port, if this one is taken. Raises LabsError, ModuleNotFoundError.
    """
    _check_installed()
    with _log(folder) as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "labs.cloud.server", str(folder)),
                *("--host", address, "--port", str(port), "--pace", str(pace)),
                *(("--or-any",) if or_any else ()),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=_environment(f"http://{address}:{port}"),
            **_detached(),
        )
    assert server.stdout is not None
    try:
        with server.stdout:
            line = server.stdout.readline()
    except BaseException:
        server.terminate()
        raise
    said = json.loads(line) if line else {}
    if "url" in said:
        server.returncode = 0  # it outlives this process: nothing to warn of
        notes: list[str] = said["notes"]
        return notes
    server.wait()
    if "claimed" in said:
        return None
    if "error" in said:
        raise LabsError(said["error"], said["hint"])
    tail = "\n".join((folder / LOG).read_text("utf-8", "replace").splitlines()[-3:])
    raise LabsError(f"The cloud did not start. Its log ends:\n{tail}", f"All of it: {folder / LOG}")


def _check_installed() -> None:
    """Raises ModuleNotFoundError for the first module that the server would miss."""
    for name in ("boto3", "moto", "flask", "uvicorn", "httptools", "xgboost", "sklearn"):
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"no module {name}", name=name)


def _log(folder: Path) -> IO[bytes]:
    """The log of a server that begins. Raises LabsError if the folder cannot be had."""
    path = folder / LOG
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LONG_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")
    except OSError as error:
        raise LabsError(
            f"The folder {folder} cannot be written: {error.strerror}.",
            "Set QUIZENGINE_HOME to a folder you can write to.",
        ) from None


def _environment(url: str) -> dict[str, str]:
    """The server has no way out, either. Its root comes first: no other `labs` hides this one."""
    own = environment.offline(os.environ, url)
    root = str(Path(labs.__file__).parents[1])
    guard, _, rest = own["PYTHONPATH"].partition(os.pathsep)
    own["PYTHONPATH"] = os.pathsep.join([guard, root, *filter(None, [rest])])
    # xgboost's threads would wait for each other by spinning; it reads this when it is loaded
    own["OMP_WAIT_POLICY"] = "PASSIVE"
    own["MOTO_ACCOUNT_ID"] = ACCOUNT  # or moto looks for it among all keys of all partitions
    own["MOTO_DISABLE_GLOBAL_CORS"] = "true"  # no page of any site may read an answer
    return own


def _detached() -> dict[str, Any]:
    """The server stays when the terminal goes."""
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"start_new_session": True}
