"""A workspace: made, gone on with, begun anew; what the learner wrote is never lost unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labs.errors import LabsError
from labs.lab import Lab
from labs.runner import catalogue
from labs.runner.bench import Bench
from labs.runner.notes import Notes, Workspace
from labs.runner.workspace import SOLUTION, begin, lay_out_solution, restore, script

GIVEN = ("fault.py", "guide.md", "starter.py", "tumours.py")


def test_a_new_workspace_holds_what_the_lab_gives_and_no_solution(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    begun = begin(notes, lab, tmp_path / "work")
    assert begun.written == GIVEN
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == list(GIVEN)
    assert notes.current() == lab.slug
    assert notes.workspace(lab.slug) == begun.workspace


def test_without_a_folder_named_it_lies_in_the_home(
    notes: Notes, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert begin(notes, lab).workspace.folder == tmp_path / "quizengine-labs" / lab.slug


def test_a_second_start_keeps_what_was_written_and_gives_what_is_missing(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    folder = begin(notes, lab, tmp_path / "work").workspace.folder
    (folder / "starter.py").write_text("mine")
    (folder / "fault.py").unlink()
    again = begin(notes, lab)  # the folder is remembered
    assert again.workspace.folder == folder
    assert again.written == ("fault.py",)
    assert again.kept == ("starter.py",)
    assert (folder / "starter.py").read_text() == "mine"
    assert again.workspace.changed() == ["starter.py"]


def test_a_workspace_that_was_deleted_is_made_again(notes: Notes, lab: Lab, tmp_path: Path) -> None:
    folder = begin(notes, lab, tmp_path / "work").workspace.folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert begin(notes, lab).written == GIVEN


def test_a_file_of_an_older_version_is_replaced_unless_it_was_changed(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    workspace = begin(notes, lab, tmp_path / "work").workspace
    old = dict(workspace.given)
    for name in ("guide.md", "fault.py"):  # as an older version gave them
        (workspace.folder / name).write_text("old")
        old[name] = type(workspace)(lab.slug, workspace.folder, {}).digest(name) or ""
    notes.keep(type(workspace)(lab.slug, workspace.folder, old))
    (workspace.folder / "fault.py").write_text("old, and mine")
    again = begin(notes, lab)
    assert again.written == ("guide.md",)
    assert again.kept == ("fault.py",)


def test_a_folder_of_somebody_else_is_left_alone(notes: Notes, lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "starter.py").write_text("my own thing")
    with pytest.raises(LabsError, match=r"starter\.py is there already") as refused:
        begin(notes, lab, tmp_path)
    assert "--into FOLDER" in refused.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["starter.py"]
    assert notes.current() is None


def test_two_labs_do_not_share_a_folder(notes: Notes, lab: Lab, other: Lab, tmp_path: Path) -> None:
    begin(notes, lab, tmp_path / "work")
    for folder in (tmp_path / "work", tmp_path / "work" / "inside"):
        with pytest.raises(LabsError, match="is the workspace of train_xgboost"):
            begin(notes, other, folder)


def test_a_lab_can_be_begun_elsewhere_and_the_old_folder_stays(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    begin(notes, lab, tmp_path / "one")
    (tmp_path / "one" / "starter.py").write_text("mine")
    assert begin(notes, lab, tmp_path / "two").written == GIVEN
    found = notes.workspace(lab.slug)
    assert found is not None
    assert found.folder == tmp_path / "two"
    assert (tmp_path / "one" / "starter.py").read_text() == "mine"


def test_a_restored_workspace_is_as_it_was_given(notes: Notes, lab: Lab, tmp_path: Path) -> None:
    workspace = begin(notes, lab, tmp_path / "work").workspace
    (workspace.folder / "starter.py").write_text("mine")
    (workspace.folder / "notes.txt").write_text("my own, too")
    restore(notes, lab, workspace)
    found = notes.workspace(lab.slug)
    assert found is not None
    assert not found.changed()
    assert (workspace.folder / "notes.txt").exists()


def test_a_solution_runs_beside_files_as_they_were_given(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    workspace = begin(notes, lab, tmp_path / "work").workspace
    (workspace.folder / "fault.py").write_text("repaired")
    path = lay_out_solution(lab, workspace, "boto3")
    assert path == workspace.folder / SOLUTION / "solution_boto3.py"
    assert path.read_bytes() == catalogue.solution(lab, "boto3").read_bytes()
    assert (path.parent / "fault.py").read_bytes() == catalogue.given(lab)["fault.py"]
    assert not (path.parent / "starter.py").exists()
    assert (workspace.folder / "fault.py").read_text() == "repaired"


def test_a_script_is_looked_for_in_the_workspace_and_then_here(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    workspace = begin(notes, lab, tmp_path / "work").workspace
    (tmp_path / "own.py").write_text("")
    assert script(workspace, "fault.py", tmp_path) == workspace.folder / "fault.py"
    assert script(workspace, "own.py", tmp_path) == tmp_path / "own.py"
    with pytest.raises(LabsError, match=r"There is no mine\.py in") as refused:
        script(workspace, "mine.py", tmp_path)
    assert refused.value.hint == "There are: fault.py, starter.py, tumours.py."


def test_an_empty_folder_says_how_its_files_come_back(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    workspace = begin(notes, lab, tmp_path / "work").workspace
    for path in workspace.folder.iterdir():
        path.unlink()
    with pytest.raises(LabsError) as refused:
        script(workspace, "starter.py", tmp_path)
    assert refused.value.hint == "quizengine lab start train_xgboost"


# Where it can go wrong


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabsError) as refused:
        begin(notes, lab, tmp_path / "file" / "work")
    assert "--into FOLDER" in refused.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", '{"workspaces": 3}', '{"workspaces": {"a": 1}}'])
def test_notes_that_cannot_be_read_are_as_good_as_none(
    notes: Notes, lab: Lab, tmp_path: Path, text: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "labs.json").write_text(text)
    assert notes.current() is None
    assert notes.workspace(lab.slug) is None
    assert notes.holding(tmp_path) is None
    assert begin(notes, lab, tmp_path / "work").written == GIVEN
    assert notes.current() == lab.slug


def test_a_workspace_whose_notes_are_lost_is_known_by_its_guide(
    notes: Notes, lab: Lab, other: Lab, tmp_path: Path
) -> None:
    begin(notes, lab, tmp_path / "work")
    (tmp_path / "work" / "starter.py").write_text("mine")
    (tmp_path / "data" / "labs.json").unlink()
    with pytest.raises(LabsError, match="is there already"):
        begin(notes, other, tmp_path / "work")
    again = begin(notes, lab, tmp_path / "work")
    assert again.written == ()
    assert again.kept == ("starter.py",)


def test_the_folder_we_are_in_tells_the_lab(
    notes: Notes, lab: Lab, other: Lab, tmp_path: Path
) -> None:
    begin(notes, lab, tmp_path / "one")
    begin(notes, other, tmp_path / "two")
    (tmp_path / "one" / "deep").mkdir()
    assert notes.holding(tmp_path / "one" / "deep") == lab.slug
    assert notes.holding(tmp_path / "two") == other.slug
    assert notes.holding(tmp_path) is None
    assert notes.current() == other.slug


def test_a_link_to_the_workspace_is_the_workspace(notes: Notes, lab: Lab, tmp_path: Path) -> None:
    begin(notes, lab, tmp_path / "work")
    try:
        os.symlink(tmp_path / "work", tmp_path / "link")
    except OSError:
        pytest.skip("this system makes no links")
    assert notes.holding(tmp_path / "link") == lab.slug


# A terminal


def test_a_terminal_has_the_variables_of_the_lab_it_is_in_or_of_the_last(
    notes: Notes, lab: Lab, tmp_path: Path
) -> None:
    bench = Bench(tmp_path / "cloud", notes)
    assert bench.variables(tmp_path, "us-east-1") == {}
    folder = begin(notes, lab, tmp_path / "work").workspace.folder
    other = begin(notes, catalogue.load("deploy_endpoint"), tmp_path / "other")
    assert bench.variables(folder, "us-east-1")["LAB_PREFIX"] == lab.prefix
    assert bench.variables(tmp_path, "us-east-1")["LAB_PREFIX"] == "deploy-endpoint"
    assert other.left is None
    assert bench.variables(folder, "eu-west-1") == {}, "the bucket is not there"


def test_a_lab_that_is_no_longer_there_gives_a_terminal_nothing(
    notes: Notes, tmp_path: Path
) -> None:
    notes.keep(Workspace("gone", tmp_path / "gone", {}))
    assert Bench(tmp_path / "cloud", notes).variables(tmp_path, "us-east-1") == {}
