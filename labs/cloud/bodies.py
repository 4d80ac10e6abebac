"""Bytes beside a log of JSON: small ones within its lines, large ones in files named by sha256."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

INLINE = 16_384  # bytes; what is larger lies in a file of its own
NAME = re.compile(rb'"sha256":"([0-9a-f]{64})"')  # as a line of the log names such a file


class Bodies:
    """The files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, value: Any) -> Any:
        """The value with all bytes in it as JSON; large ones are on the disk when it returns.

        Raises OSError.
        """
        if isinstance(value, Mapping):
            return {key: self.put(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.put(inner) for inner in value]
        if not isinstance(value, bytes):
            return value
        if len(value) <= INLINE:
            return {"base64": base64.b64encode(value).decode()}
        name = hashlib.sha256(value).hexdigest()
        if not (self.folder / name).exists():
            write_whole(self.folder / name, value)
        return {"sha256": name, "size": len(value)}

    def take(self, value: Any) -> Any:
        """What was put. Raises ValueError if a file is missing or has lost something."""
        if isinstance(value, list):
            return [self.take(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"base64"}:
            return base64.b64decode(value["base64"])
        if value.keys() == {"sha256", "size"}:
            try:
                data = (self.folder / value["sha256"]).read_bytes()
            except OSError as error:
                raise ValueError(f"its body is missing: {error}") from None
            if len(data) != value["size"]:
                raise ValueError(f"its body {value['sha256']} is damaged")
            return data
        return {key: self.take(inner) for key, inner in value.items()}

    def keep(self, names: Set[str]) -> None:
        """Delete the files of all others. Raises OSError."""
        for path in self.folder.iterdir():
            if path.name not in names:
                path.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a whole file so that after a power failure it is all there or not at all."""
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
