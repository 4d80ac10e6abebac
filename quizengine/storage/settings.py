"""The learner's settings: a small TOML file, written whole."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from quizengine.content import Model
from quizengine.deck import MOST_A_DAY, NEW_A_DAY
from quizengine.errors import BadRequest


class Settings(Model):
    """`plain`: no colour and no full screen in any command. `new_cards`: how many new cards a
    day."""

    plain: bool = False
    new_cards: Annotated[int, Field(ge=0, le=MOST_A_DAY)] = NEW_A_DAY


def load(path: Path) -> Settings:
    """The settings, or the defaults where there is no file. Raises BadRequest."""
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (ValueError, ValidationError, OSError) as error:
        raise BadRequest(
            f"The settings file {path} cannot be read: {str(error).splitlines()[0]}.",
            f"Correct it, or delete it to return to the defaults: {path}",
        ) from None


def save(settings: Settings, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{name} = {str(value).lower()}" for name, value in settings.model_dump().items()]
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise BadRequest(
            f"The settings file {path} cannot be written: {error.strerror}.",
            "Set QUIZENGINE_HOME to a folder you can write to.",
        ) from None
