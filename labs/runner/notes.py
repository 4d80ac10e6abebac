"""Which labs were begun, and where: a small file among the learner's own."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.errors import LabsError


@dataclass(frozen=True)
class Workspace:
    """The folder in which a lab is done. `given` maps the name of each file to the sha256 of what
    was put there."""

    lab: str
    folder: Path
    given: Mapping[str, str]

    def changed(self) -> list[str]:
        """The files that the learner changed. One that is gone has not been changed."""
        return [
            name for name, digest in self.given.items() if self.digest(name) not in (None, digest)
        ]

    def missing(self) -> list[str]:
        """The files that are gone."""
        return [name for name in self.given if self.digest(name) is None]

    def digest(self, name: str) -> str | None:
        """sha256 of a file as it is now; None if there is none."""
        path = self.folder / name
        try:
            return sha256(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LabsError(
                f"{path} cannot be read: {error.strerror}.", "Name another folder: --into FOLDER"
            ) from None


class Notes:
    """The file of notes. One that cannot be read is as good as none: a start makes it anew."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def current(self) -> str | None:
        """The lab that was begun last."""
        found = self._read().get("current")
        return found if isinstance(found, str) else None

    def workspace(self, lab: str) -> Workspace | None:
        """Where a lab was begun."""
        return next((found for found in self._known() if found.lab == lab), None)

    def holding(self, folder: Path) -> str | None:
        """The lab whose workspace a folder is, or lies in."""
        here = folder.resolve()
        for found in self._known():
            if here.is_relative_to(found.folder.resolve()):
                return found.lab
        return None

    def keep(self, workspace: Workspace) -> None:
        """Note where a lab is; it is the current one from now on."""
        found = {each.lab: each for each in self._known()} | {workspace.lab: workspace}
        told = {
            lab: {"folder": str(each.folder), "given": dict(each.given)}
            for lab, each in found.items()
        }
        notes = {"current": workspace.lab, "workspaces": told}
        write(self._path, (json.dumps(notes, indent=1) + "\n").encode())

    def _known(self) -> list[Workspace]:
        told = self._read().get("workspaces")
        found = []
        for lab, each in told.items() if isinstance(told, dict) else ():
            match each:
                case {"folder": str(folder), "given": dict(given)}:
                    found.append(Workspace(lab, Path(folder), given))
        return found

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all. Raises LabsError."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(content)
        os.replace(new, path)
    except OSError as error:
        raise LabsError(
            f"{path} cannot be written: {error.strerror}.", "Name another folder: --into FOLDER"
        ) from None


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
