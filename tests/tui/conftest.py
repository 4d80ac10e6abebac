"""A home and questions for the tests that start the program: those of every shell."""

from __future__ import annotations

from tests.shells.conftest import home, questions, shell

__all__ = ["home", "questions", "shell"]
