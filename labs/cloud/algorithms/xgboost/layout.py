"""Where a container's files lie: BASE stands for /opt/ml.

Source: "How Amazon SageMaker provides training information" in SageMaker's developer guide.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.cloud.algorithms.xgboost.errors import UserError

MODEL_NAME = "xgboost-model"


@dataclass(frozen=True)
class Layout:
    """The folders and files under `base`."""

    base: Path

    def shown(self, path: Path) -> str:
        """`path` as the program inside a container would see it, for messages."""
        return f"/opt/ml/{path.relative_to(self.base).as_posix()}"

    def config(self, name: str) -> dict[str, Any]:
        """What `input/config/<name>.json` holds; nothing if there is no such file."""
        path = self.base / "input" / "config" / f"{name}.json"
        try:
            value = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise UserError(f"{self.shown(path)} is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise UserError(f"{self.shown(path)} holds no JSON object.")
        return value

    def channel(self, name: str) -> Path:
        """The folder with a channel's files."""
        return self.base / "input" / "data" / name

    @property
    def model(self) -> Path:
        """The folder that becomes model.tar.gz."""
        return self.base / "model"

    @property
    def failure(self) -> Path:
        """The file whose text becomes the job's FailureReason."""
        return self.base / "output" / "failure"

    def prepare(self) -> None:
        """Make the folders for results, and forget how an earlier run failed."""
        for folder in (self.model, self.base / "output" / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        self.failure.unlink(missing_ok=True)

    def save_model(self, raw: bytes) -> None:
        """Put a model in place all at once: whoever kills us finds the old or the new one."""
        partial = self.base / f"{MODEL_NAME}.partial"
        partial.write_bytes(raw)
        os.replace(partial, self.model / MODEL_NAME)
