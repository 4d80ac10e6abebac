"""Puts the questions and their compiled bank into a wheel.

The wheel carries questions/ as quizengine/_content/questions and, built from it by
this tree's own quizengine, quizengine/_content/bank.sqlite: an installed quizengine
starts without compiling anything. The templates of infra/ go to labs/_infra. An
editable install gets none of these; it reads questions/ and infra/ where they lie.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CONTENT = "quizengine/_content"


class ContentHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling around each wheel build."""

    _compiled: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        questions = root / "questions"
        self._compiled = tempfile.TemporaryDirectory(prefix="quizengine-bank-")
        bank = Path(self._compiled.name) / "bank.sqlite"

        sys.path.insert(0, str(root))
        try:
            from quizengine.storage import compiled
        finally:
            sys.path.remove(str(root))
        if not Path(compiled.__file__).is_relative_to(root):
            raise RuntimeError(
                f"The bank would be compiled by {compiled.__file__}, which is not in {root}. "
                "Build in an environment that has not imported another quizengine."
            )
        compiled.build(questions, bank, root / "labs" / "catalog")

        included = build_data["force_include"]
        included[str(questions)] = f"{CONTENT}/questions"
        included[str(bank)] = f"{CONTENT}/bank.sqlite"
        included[str(root / "infra")] = "labs/_infra"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if self._compiled is not None:
            self._compiled.cleanup()
