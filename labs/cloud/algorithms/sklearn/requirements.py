"""requirements.txt beside the learner's program. On AWS pip installs it; here nothing can be
downloaded, so what it names must be there."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from labs.cloud.algorithms.sklearn.errors import ContainerError

FILE = "requirements.txt"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check(folder: Path, say: Callable[[str], None]) -> None:
    """Raises ContainerError for what is not installed. Which version is, is said, not judged."""
    path = folder / FILE
    if not path.is_file():
        return
    missing = []
    for line in path.read_text(errors="replace").splitlines():
        wanted = line.partition("#")[0].strip()
        if not wanted:
            continue
        found = _NAME.match(wanted)
        try:
            version = metadata.version(found[0]) if found else None
        except metadata.PackageNotFoundError:
            version = None
        if version is None:
            missing.append(wanted)
        else:
            say(f"{FILE}: {wanted} is not installed anew; version {version} is here")
    if missing:
        raise ContainerError(
            f"InstallRequirementsError: {FILE} names {', '.join(missing)}, and installing packages "
            "is not offered offline: a job reaches no other computer."
        )
