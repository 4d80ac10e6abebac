"""Making a workspace, going on in one, beginning one anew.

A file that the learner changed is theirs: nothing here overwrites it unless it is told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labs.errors import LabsError
from labs.lab import Lab
from labs.runner import catalogue
from labs.runner.notes import Notes, Workspace, sha256, write

FOLDER = "quizengine-labs"  # in the learner's home
GUIDE = "guide.md"
SOLUTION = "solution"  # the folder in a workspace in which solutions run, beside files as given


@dataclass(frozen=True)
class Begun:
    """`written`: files that were put there now; `kept`: those that the learner had changed;
    `left`: the folder in which the lab was done before, if it was another one."""

    workspace: Workspace
    written: tuple[str, ...]
    kept: tuple[str, ...]
    left: Path | None = None


def begin(notes: Notes, lab: Lab, into: Path | None = None) -> Begun:
    """Make the workspace of a lab, or go on in the one it has.

    `into`: the folder; else the one it was begun in, else one in the learner's home. What is
    missing, or of an older version of the lab, is put there. Raises LabsError.
    """
    known = notes.workspace(lab.slug)
    folder = _folder(lab, known, into)
    if (other := notes.holding(folder)) not in (None, lab.slug):
        raise LabsError(f"{folder} is the workspace of {other}.", "Name another: --into FOLDER")
    files = catalogue.given(lab)
    before = known if known is not None and known.folder == folder else None
    if before is None:
        before = _adopted(lab, folder, files)
    kept = tuple(before.changed())
    due = {name: content for name, content in files.items() if name not in kept}
    written = tuple(name for name in due if before.digest(name) != sha256(due[name]))
    for name in written:
        write(folder / name, due[name])
    given = {name: sha256(content) for name, content in files.items()}
    workspace = Workspace(lab.slug, folder, given | {name: before.given[name] for name in kept})
    notes.keep(workspace)
    left = known.folder if known is not None and known.folder != folder else None
    return Begun(workspace, written, kept, left)


def restore(notes: Notes, lab: Lab, workspace: Workspace) -> None:
    """Put every file there as it was given, over whatever the learner made of it."""
    files = catalogue.given(lab)
    for name, content in files.items():
        write(workspace.folder / name, content)
    given = {name: sha256(content) for name, content in files.items()}
    notes.keep(Workspace(lab.slug, workspace.folder, given))


def lay_out_solution(lab: Lab, workspace: Workspace, kind: str) -> Path:
    """The solution's script in a folder of its own in the workspace, beside the other one and the
    files that they use as they were given: the learner's own are neither touched nor leant on."""
    folder = workspace.folder / SOLUTION
    for name, content in catalogue.given(lab).items():
        if not name.endswith(".md") and name != "starter.py":
            write(folder / name, content)
    for each in catalogue.SOLUTIONS:
        source = catalogue.solution(lab, each)
        write(folder / source.name, source.read_bytes())
    return folder / catalogue.SOLUTIONS[kind]


def script(workspace: Workspace, named: str, here: Path) -> Path:
    """The script of that name: in the workspace, or where the learner is. Raises LabsError."""
    for path in (workspace.folder / named, here / named):
        if path.is_file():
            return path
    scripts = ", ".join(sorted(path.name for path in workspace.folder.glob("*.py")))
    way_out = f"There are: {scripts}." if scripts else f"quizengine lab start {workspace.lab}"
    raise LabsError(f"There is no {named} in {workspace.folder}.", way_out)


def _folder(lab: Lab, known: Workspace | None, into: Path | None) -> Path:
    try:
        if into is not None:
            return into.expanduser().absolute()
        return known.folder if known is not None else Path.home() / FOLDER / lab.slug
    except RuntimeError:  # no home
        raise LabsError("Your home folder is not known.", "Name one: --into FOLDER") from None


def _adopted(lab: Lab, folder: Path, files: Mapping[str, bytes]) -> Workspace:
    """A folder that nobody noted: empty of our files, or known by its guide to be this lab's.

    Raises LabsError at a file of the same name in any other.
    """
    found = Workspace(lab.slug, folder, {name: sha256(files[name]) for name in files})
    foreign = found.changed()
    if foreign and found.digest(GUIDE) != found.given[GUIDE]:
        raise LabsError(
            f"{folder / foreign[0]} is there already, and is not this lab's.",
            "Move it away, or name another folder: --into FOLDER",
        )
    return found
