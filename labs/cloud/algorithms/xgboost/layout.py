"""Where a container's files lie: BASE stands for /opt/ml.

Source: "How Amazon SageMaker provides training information" in SageMaker's developer guide.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeAlias

from labs.cloud.algorithms.xgboost.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MODEL_NAME = "xgboost-model"
OPT_ML = "/opt/ml"


@dataclass(frozen=True)
class Layout:
    """The folders and files under `base`."""

    base: Path

    def shown(self, path: Path) -> str:
        """`path` as the program inside a container would see it, for messages."""
        return f"{OPT_ML}/{path.relative_to(self.base).as_posix()}"

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

    @property
    def checkpoints(self) -> Path | None:
        """The folder that `checkpointconfig` names, made if it is not there; None without one.
        Raises UserError if it lies elsewhere."""
        named = self.config("checkpointconfig").get("LocalPath")
        if named is None:
            return None
        path = PurePosixPath(str(named))
        if not path.is_relative_to(OPT_ML) or ".." in path.parts:
            raise UserError(f"The LocalPath of checkpoints is {named}, and must be below {OPT_ML}.")
        folder = self.base / path.relative_to(OPT_ML)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def save_model(self, raw: bytes, fold: int | None = None) -> None:
        """Put a model in place all at once: whoever kills us finds the old or the new one."""
        name = MODEL_NAME if fold is None else f"{MODEL_NAME}-{fold}"
        partial = self.base / f"{name}.partial"
        partial.write_bytes(raw)
        os.replace(partial, self.model / name)

    def save_predictions(self, table: Array) -> None:
        """Write `output/data/predictions.csv`, six decimals a number."""
        import numpy as np

        np.savetxt(self.base / "output/data/predictions.csv", table, delimiter=",", fmt="%f")
