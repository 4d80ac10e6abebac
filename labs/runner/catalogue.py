"""The labs that come along, and the files that each of them brings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import labs
from labs.errors import LabsError
from labs.lab import Lab, lab_from_toml

HOME = Path(labs.__file__).parent
CATALOGUE = HOME / "catalog"
DATASETS = HOME / "datasets"
TOOLS = HOME / "tools"
SOLUTIONS: Mapping[str, str] = {"boto3": "solution_boto3.py", "sdk": "solution_sdk.py"}
_OURS = ("__init__.py", "checks.py", "lab.toml", *SOLUTIONS.values())


def slugs() -> list[str]:
    """Every lab there is."""
    return sorted(path.parent.name for path in CATALOGUE.glob("*/lab.toml"))


def load(slug: str) -> Lab:
    """The lab of that name; `-` and `_` are one. Raises LabsError if there is none, BadLab if its
    file is not as it must be."""
    slug = slug.lower().replace("-", "_")
    if slug not in slugs():
        close = difflib.get_close_matches(slug, slugs(), n=1)
        way_out = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(slugs())}."
        raise LabsError(f"There is no lab called {slug!r}.", way_out)
    return lab_from_toml((CATALOGUE / slug / "lab.toml").read_text(encoding="utf-8"), slug)


def given(lab: Lab) -> dict[str, bytes]:
    """What its workspace gets: the names of files and what is in them."""
    own = [
        path
        for path in sorted((CATALOGUE / lab.slug).iterdir())
        if path.is_file() and path.suffix in (".md", ".py", ".yaml") and path.name not in _OURS
    ]
    data = [DATASETS / f"{name}.py" for name in lab.datasets]
    tools = [TOOLS / f"{name}.py" for name in lab.tools]
    return {path.name: path.read_bytes() for path in [*own, *data, *tools]}


def guide(lab: Lab) -> str:
    """The guide, Markdown."""
    return (CATALOGUE / lab.slug / "guide.md").read_text(encoding="utf-8")


def solution(lab: Lab, kind: str) -> Path:
    """The script that solves it; `kind` is one of SOLUTIONS."""
    return CATALOGUE / lab.slug / SOLUTIONS[kind]
