"""Checkpoints: the model after each round, so that a job can go on where another one ended.

Files, and how many are kept, are those of the reference's `checkpointing.py` before it became
xgboost's own callback, whose files its own loader does not find.
"""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labs.cloud.algorithms.xgboost import soundness

if TYPE_CHECKING:
    from xgboost import Booster

NAME = re.compile(r"xgboost-checkpoint\.(\d{1,9})")
KEPT = 5
TRIED = 5  # so many damaged ones are passed over
UNFINISHED = ".sagemaker-ignore"  # the end of a name: SageMaker leaves such a file where it is

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoints:
    """Files `xgboost-checkpoint.<round>` in `folder`; rounds are counted from 0."""

    folder: Path

    def latest(self) -> tuple[Booster, int] | None:
        """The model of the last round that can be read, and that round; None if there is none."""
        import xgboost as xgb

        for number, path in reversed(self._kept()[-TRIED:]):
            booster = xgb.Booster()
            try:
                raw = path.read_bytes()
                if not raw.startswith(b"{"):  # xgboost ends the process over such a thing
                    raise ValueError("it is no model in xgboost's JSON or UBJSON format")
                booster.load_model(bytearray(raw))
                soundness.check(json.loads(booster.save_raw("json")))
            except (xgb.core.XGBoostError, ValueError, LookupError, TypeError) as error:
                log.warning("%s cannot be read, an earlier one is tried: %s",
                            path.name, str(error).partition("\n")[0])  # fmt: skip
                continue
            log.info("Checkpoint loaded from %s", path.name)
            log.info("Resuming from iteration %d", number + 1)
            return booster, number
        return None

    def save(self, number: int, raw: bytes) -> None:
        """Put the model of a round in place all at once, and let the oldest go."""
        path = self.folder / f"xgboost-checkpoint.{number}"
        partial = path.with_name(path.name + UNFINISHED)
        partial.write_bytes(raw)
        os.replace(partial, path)
        for _, old in self._kept()[:-KEPT]:
            old.unlink(missing_ok=True)

    def of_fold(self, fold: int) -> Checkpoints:
        """Those of one model of a cross-validation."""
        folder = self.folder / f"model-{fold}"
        folder.mkdir(exist_ok=True)
        return Checkpoints(folder)

    def _kept(self) -> list[tuple[int, Path]]:
        """Oldest first."""
        return sorted(
            (int(name[1]), path)
            for path in self.folder.iterdir()
            if (name := NAME.fullmatch(path.name)) and path.is_file() and not path.is_symlink()
        )
