"""A home and questions for the tests that start the server: those of every shell."""

from __future__ import annotations

from tests.shells.conftest import home as _home
from tests.shells.conftest import questions, shell

home = _home
__all__ = ["home", "questions", "shell"]
