"""Where a container's files lie: BASE stands for /opt/ml.

Source: "How Amazon SageMaker provides training information" in SageMaker's developer guide.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.cloud.algorithms.common.errors import BadModel, CustomerError, not_offered

MODEL_NAME = "model_algo-1"


@dataclass(frozen=True)
class Layout:
    """The folders and files under `base`."""

    base: Path

    def config(self, name: str) -> dict[str, Any]:
        """What `input/config/<name>.json` holds; nothing if there is no such file."""
        path = self.base / "input" / "config" / f"{name}.json"
        try:
            value = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError) as error:
            raise CustomerError(f"/opt/ml/input/config/{name}.json is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise CustomerError(f"/opt/ml/input/config/{name}.json holds no JSON object.")
        return value

    @property
    def data(self) -> Path:
        """Here lies a folder for each channel, or, in Pipe mode, a pipe for each epoch."""
        return self.base / "input" / "data"

    @property
    def failure(self) -> Path:
        """The file whose text becomes the job's FailureReason."""
        return self.base / "output" / "failure"

    def prepare(self) -> None:
        """Make the folders for results, and forget how an earlier run failed."""
        for folder in (self.base / "model", self.base / "output" / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        self.failure.unlink(missing_ok=True)

    def save_model(self, raw: bytes) -> None:
        """Put a model in place all at once: whoever kills us finds none or the whole one."""
        partial = self.base / f"{MODEL_NAME}.partial"
        partial.write_bytes(raw)
        os.replace(partial, self.base / "model" / MODEL_NAME)


def refuse_what_is_not_offered(layout: Layout) -> None:
    """Raises CustomerError for what AWS does beside an algorithm, and this does not."""
    hosts = layout.config("resourceconfig").get("hosts", ["algo-1"])
    if len(hosts) != 1:
        raise not_offered(f"Training on {len(hosts)} instances", "Use one.")
    if "LocalPath" in layout.config("checkpointconfig"):
        raise not_offered("Checkpointing with this algorithm", "Leave CheckpointConfig out.")


def model_file(folder: Path) -> bytes:
    """The model in an unpacked model.tar.gz. Raises BadModel."""
    path = folder / MODEL_NAME
    if path.is_symlink() or not path.is_file():
        raise BadModel(f"The archive holds no model: no file {MODEL_NAME} at its top.")
    return path.read_bytes()
